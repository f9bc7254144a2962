"""Letters to the petitioner about the date: it was put off, the clocks wait for him, they run on.

Whoever waits for an answer is told when its day moves, and why. The outbox row names the extension or the suspension;
its words are read when the letter is sent and are copied nowhere.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.cases import documents
from engine.cases.act import Act
from engine.cases.records import extension, suspension
from engine.dates import roc
from engine.flow import ProjectedDeadline
from engine.office import notices
from engine.office.notices import Notice
from engine.office.records import vault
from engine.store import Connection

__all__ = ["KINDS", "concerns", "is_awaited", "send", "text_of"]

#: the letters, each with the row its words come from
KINDS = {"interim": extension, "supplement": suspension, "resumed": suspension}
_INSIDE = frozenset({"standard", "backward", "fixed"})


def concerns(act: Act, path: str) -> bool:
    """Whether the petitioner waits for this deadline."""
    return is_awaited(act.projection.deadlines.get(path))


def is_awaited(limit: ProjectedDeadline | None) -> bool:
    """Whether somebody outside would wait for it: it is the case's own, not a step's and not a plan of ours."""
    if limit is None or limit.scope or limit.deadline.of != "case":
        return False
    return limit.deadline.regime not in _INSIDE


def send(act: Act, kind: str, which: int, *, due: datetime | None = None) -> int | None:
    """Tell the petitioner by the channel of receipt; the document's id. None where nobody handed the case in.

    ``which`` is the extension or suspension; ``due`` the date that counts from now on.
    """
    handed_in = act.db.scalar(sa.select(vault.c.case_id).where(vault.c.case_id == act.case["id"]))
    if handed_in is None or act.case["channel"] is None:
        return None
    document = documents.make(act, None, kind=kind, facts={"channel": act.case["channel"]})
    facts = {"number": act.case["number"], "document": document, "of": which}
    if due is not None:
        facts["due"] = due.isoformat()
    notice = notices.post(
        act.db, key=f"{kind}:{which}", to=None, case_id=act.case["id"], kind=kind, at=act.at, facts=facts,
        channel="mail",
    )  # fmt: skip
    documents.proven_by(act, document, notice)
    return document


def text_of(db: Connection, notice: Notice) -> str | None:
    """What the letter says below its heading."""
    of = KINDS[notice.kind]
    mine = sa.and_(of.c.id == notice.facts.get("of"), of.c.case_id == notice.case_id)
    reason = db.scalar(sa.select(of.c.reason).where(mine))
    if reason is None:
        return None
    due = roc.moment(datetime.fromisoformat(notice.facts["due"])) if notice.facts.get("due") else ""
    if notice.kind == "interim":
        return f"您的案件需要較長的時間辦理，辦理期限延至 {due}。\n原因：{reason}"
    if notice.kind == "supplement":
        return f"您的案件需要您的協助才能繼續，收到之前暫停計算辦理期限。\n說明：{reason}"
    return f"您的案件已繼續辦理，辦理期限為 {due}。"
