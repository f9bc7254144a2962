"""Everyone answered: whoever handed in a duplicate gets the answer of the case it was joined to.

The text is not copied: the outbox row of the duplicate names the original's document, and the letter is composed from
the reviewed answer when it is sent. Whom no letter reaches (到府、電話、書面、傳真), the service centre tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import people_of
from engine.cases.act import Act
from engine.cases.records import case, document, link
from engine.office import notices

__all__ = ["BY_HAND", "DUPLICATE", "SERVICE", "answer_all", "answer_late", "of"]

DUPLICATE = "duplicate"
#: channels whose answer a person brings: by telephone, at the counter, as a letter on paper
BY_HAND = frozenset({"到府", "電話", "書面", "傳真"})
#: who tells them
SERVICE = ("service_center@fixed:planning-rdec",)


def of(act: Act) -> list[Mapping[str, Any]]:
    """The cases joined to this one as duplicates, and those joined to them before: id, number, channel."""
    near = sa.select(link.c.case_id).where(link.c.to_id == act.case["id"], link.c.kind == DUPLICATE)
    all_ = near.cte("joined", recursive=True)
    all_ = all_.union(
        sa.select(link.c.case_id).join(all_, sa.and_(link.c.to_id == all_.c.case_id, link.c.kind == DUPLICATE))
    )
    joined = (
        sa.select(case.c.id, case.c.number, case.c.channel)
        .where(case.c.id.in_(sa.select(all_.c.case_id)), case.c.close_reason == DUPLICATE)
        .order_by(case.c.id)
    )
    return [dict(row) for row in act.db.execute(joined).mappings()]


def answer_all(act: Act, letter: int) -> None:
    """The answer of this case goes to everybody who handed in the same matter; the journal of each says so."""
    for joined in of(act):
        _answer(act, joined, act.case, letter)
        act.touch(joined["id"], "answered", {"from": act.case["number"]})


def answer_late(act: Act, original: Mapping[str, Any]) -> None:
    """This case was joined to one that had been answered already: the newest answer goes out at once.

    Also to those who had been joined to this one before.
    """
    answered = (
        sa.select(document.c.id)
        .where(document.c.case_id == original["id"], document.c.kind == "reply")
        .order_by(document.c.id.desc())
        .limit(1)
    )
    letter = act.db.execute(answered).scalar()
    if letter is None:
        return
    _answer(act, act.case, original, letter)
    for joined in of(act):
        _answer(act, joined, original, letter)
        act.touch(joined["id"], "answered", {"from": original["number"]})


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
