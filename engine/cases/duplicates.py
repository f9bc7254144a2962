"""Everyone told and answered: whoever handed in a duplicate hears of the joining and gets the original's answer.

The text is not copied: the outbox row of the duplicate names the original's document, and the letter is composed from
the reviewed answer when it is sent. Whom no letter reaches (到府、電話、書面、傳真), the service centre tells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import documents, people_of
from engine.cases.act import Act
from engine.cases.records import case, document, link
from engine.flow import ProjectedStep
from engine.office import notices
from engine.office.records import vault
from engine.store import Prepared

__all__ = ["BY_HAND", "DUPLICATE", "EVERYBODY", "answer_all", "of", "register", "tell_petitioner"]

DUPLICATE = "duplicate"
#: channels whose answer a person brings: by telephone, at the counter, as a letter on paper
BY_HAND = frozenset({"到府", "電話", "書面", "傳真"})
#: who tells them
SERVICE = ("service_center@fixed:planning-rdec",)
#: whom a joining is told to
HOLDER, PETITIONER = "holder@original", "applicant"
EVERYBODY = (HOLDER, PETITIONER)


def register(act: Act, step: ProjectedStep | None, original: Mapping[str, Any], tell: Collection[str]) -> None:
    """This case was closed on ``original``: keep a record of it and tell whom ``tell`` names.

    Where the original was answered before, its answer goes out at once, whoever is told.
    """
    number = original["number"]
    record = documents.make(act, step, kind="duplicate-record", facts={"original": number})
    if HOLDER in tell:
        people_of.tell_holders(
            act, original["id"], kind="duplicate", key=f"document:{record}", facts={"of": number}
        )  # fmt: skip
    if PETITIONER in tell:
        facts = {"original": number, "document": record}
        documents.proven_by(act, record, tell_petitioner(act, "duplicate", key=f"duplicate:{record}", facts=facts))
    _answer_late(act, original["id"])


def tell_petitioner(act: Act, kind: str, *, key: str, facts: Mapping[str, Any]) -> int | None:
    """By mail, or through the service centre by whichever way they came; None where no letter goes."""
    if act.db.scalar(sa.select(vault.c.case_id).where(vault.c.case_id == act.case["id"])) is None:
        return None
    if act.case["channel"] in BY_HAND:
        people_of.tell(act, SERVICE, kind=f"{kind}-by-hand", key=key, facts=facts)
        return None
    return notices.post(
        act.db, key=key, to=None, case_id=act.case["id"], kind=kind, at=act.at,
        facts={"number": act.case["number"], **facts}, channel="mail",
    )  # fmt: skip


def _joined() -> Prepared:
    near = sa.select(link.c.case_id).where(link.c.to_id == sa.bindparam("to_id"), link.c.kind == DUPLICATE)
    all_ = near.cte("joined", recursive=True)
    all_ = all_.union(
        sa.select(link.c.case_id).join(all_, sa.and_(link.c.to_id == all_.c.case_id, link.c.kind == DUPLICATE))
    )
    return Prepared(
        sa.select(case.c.id, case.c.number, case.c.channel)
        .where(case.c.id.in_(sa.select(all_.c.case_id)), case.c.close_reason == DUPLICATE)
        .order_by(case.c.id)
    )


_JOINED = _joined()


def of(act: Act) -> list[Mapping[str, Any]]:
    """The cases joined to this one as duplicates, and those joined to them before: id, number, channel."""
    return [row._asdict() for row in _JOINED.rows(act.db, to_id=act.case["id"])]


def answer_all(act: Act, letter: int) -> None:
    """The answer of this case goes to everybody who handed in the same matter; the journal of each says so."""
    for joined in of(act):
        _answer(act, joined, act.case, letter)
        act.touch(joined["id"], "answered", {"from": act.case["number"]})


def _answer_late(act: Act, original: int) -> None:
    """Where the case this one was joined to had been answered already, the newest answer goes out at once.

    Also to those who had been joined to this one before; and also where the original was itself a duplicate, and what
    answered it stands in another case.
    """
    up = sa.select(sa.literal(original, sa.BigInteger).label("id")).cte("up", recursive=True)
    further = sa.and_(link.c.case_id == up.c.id, link.c.kind == DUPLICATE)
    up = up.union(
        sa.select(link.c.to_id)
        .join(up, further)
        .join(case, sa.and_(case.c.id == link.c.case_id, case.c.close_reason == DUPLICATE))
    )
    answered = (
        sa.select(document.c.id.label("letter"), case.c.id, case.c.number)
        .join(case, case.c.id == document.c.case_id)
        .where(document.c.case_id.in_(sa.select(up.c.id)), document.c.kind == "reply")
        .order_by(document.c.id.desc())
        .limit(1)
    )
    row = act.db.execute(answered).mappings().first()
    if row is None or row["id"] == act.case["id"]:
        return
    first = dict(row)
    _answer(act, act.case, first, first["letter"])
    for joined in of(act):
        _answer(act, joined, first, first["letter"])
        act.touch(joined["id"], "answered", {"from": first["number"]})


def _answer(act: Act, joined: Mapping[str, Any], original: Mapping[str, Any], letter: int) -> None:
    """Tell one of them by their own channel."""
    key = f"duplicate-reply:{letter}:{joined['id']}"
    facts = {"number": joined["number"], "original": original["number"], "document": letter}
    if joined["channel"] in BY_HAND:
        people_of.tell(act, SERVICE, kind="answer-by-hand", key=key, facts=facts)
    else:
        notices.post(
            act.db, key=key, to=None, case_id=joined["id"], kind="reply", at=act.at,
            facts={**facts, "of": original["id"]}, channel="mail",
        )  # fmt: skip
    act.note("answered", joined["number"])
