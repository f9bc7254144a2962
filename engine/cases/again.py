"""A matter handed in again: linked to the earlier case, counted along its whole chain, opened anew where need be.

The earlier case stays as it ended (catalogue 1, C-11). Every n-th return of one matter goes on the municipal meeting's
list (建議值 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import answers as answering
from engine.cases import meeting_list
from engine.cases.act import Act
from engine.cases.records import case as case_table
from engine.cases.records import link
from engine.errors import Refusal, Stuck
from engine.library import shelf
from engine.office import vault
from engine.office.people import SYSTEM
from engine.office.records import vault as vault_table

__all__ = ["AGAIN", "alert", "link_to", "open_again", "returns_of", "sealed_identity"]

AGAIN = "re-petition"
#: the meeting's category of matters that keep coming back
COMING_BACK = "再陳情"
_MOST_WORDS = 8000


def link_to(act: Act, case_id: int, original: Mapping[str, Any], kind: str, *, from_number: str) -> bool:
    """Link a case to an earlier one, once; False when it was linked already. The earlier case's journal says so."""
    known = sa.select(link.c.at).where(
        link.c.case_id == case_id, link.c.to_id == original["id"], link.c.kind == kind
    )  # fmt: skip
    if act.db.execute(known).first() is not None:
        return False
    act.db.execute(link.insert(), {"case_id": case_id, "to_id": original["id"], "kind": kind, "at": act.at})
    if original["id"] != act.case["id"]:  # a second case touched gets its own entry under the same act
        act.touch(original["id"], "linked", {"kind": kind, "from": from_number})
    return True


def returns_of(act: Act, case_id: int) -> int:
    """How often the matter of this case has come back: every case that was linked, near or far, to its first one."""
    up = sa.select(sa.literal(case_id, sa.BigInteger).label("id")).cte("up", recursive=True)
    up = up.union(sa.select(link.c.to_id).join(up, sa.and_(link.c.case_id == up.c.id, link.c.kind == AGAIN)))
    # from every case above downwards: the same set as from the first one, whichever way the chain branched
    down = sa.select(up.c.id).cte("down", recursive=True)
    down = down.union(sa.select(link.c.case_id).join(down, sa.and_(link.c.to_id == down.c.id, link.c.kind == AGAIN)))
    came_back = sa.select(sa.func.count(sa.distinct(link.c.case_id))).where(
        link.c.kind == AGAIN, link.c.case_id.in_(sa.select(down.c.id))
    )
    return int(act.db.execute(came_back).scalar_one())


def alert(act: Act, case_id: int, alert_at: Any) -> None:
    """From the n-th return on, the newest case of the matter is put on the municipal meeting's list."""
    if alert_at is not None and returns_of(act, case_id) >= int(alert_at):
        meeting_list.put_on(act, why="third-re-petition", category=COMING_BACK, case_id=case_id)


def open_again(act: Act, why: str) -> tuple[int, str]:
    """Open the same SOP anew for a petitioner the answer did not satisfy, once per case: (id, number).

    What was handed in goes along with what is wrong with the answer, and with the sealed identity. The new case begins
    at its first step, where the service centre looks at it.
    """
    from engine.cases.opening import open_case  # opening a case runs operators, and one of them stands on this

    earlier = act.db.execute(
        sa.select(case_table.c.id, case_table.c.number)
        .join(link, sa.and_(link.c.case_id == case_table.c.id, link.c.kind == AGAIN))
        .where(link.c.to_id == act.case["id"], case_table.c.opened_by.is_(None))
    ).first()
    if earlier is not None:
        return earlier.id, earlier.number
    opening = answering.latest(act.db, act.case["id"], act.case["start"])
    if opening is None:
        raise Stuck("again_without_opening", "找不到本案的收件內容，無法另立新案。")
    given = {**opening["answers"], **sealed_identity(act)}
    given["body"] = f"對案件 {act.case['number']} 的處理不滿意：{why}\n\n原陳情內容：{given.get('body') or ''}"[
        :_MOST_WORDS
    ]
    known = {f.name for f in _fields(act) if f.kind != "files"}
    try:
        opened = open_case(
            act.db, act.case["sop_id"], who=SYSTEM, at=act.at, office=act.office, start=act.case["start"],
            answers={name: value for name, value in given.items() if name in known}, parent=act.case["id"],
            act_id=act.id,
        )  # fmt: skip
    except Stuck:
        raise
    except Refusal as refusal:
        raise Stuck("again_refused", f"另立新案未成：{refusal.sentence}") from refusal
    link_to(act, opened.case_id, act.case, AGAIN, from_number=opened.number)
    act.note("opened_again", opened.number)
    return opened.case_id, opened.number


def sealed_identity(act: Act) -> Mapping[str, str]:
    """Who handed the case of this act in, to be sealed once more in a case opened on it; never for anybody's eyes."""
    sealed = sa.select(vault_table.c.case_id).where(vault_table.c.case_id == act.case["id"])
    if act.db.execute(sealed).first() is None:
        return {}
    if act.office.key is None:
        raise Stuck("no_key", "系統沒有身分保管金鑰，無法收受陳情人資料。")
    return vault.read(act.db, act.case["id"], act.office.key)


def _fields(act: Act) -> Any:
    form = shelf.form(act.db, shelf.bundle(act.db, act.case["sop_id"]), act.case["start"])
    return form.fields if form is not None else ()
