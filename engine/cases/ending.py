"""A case ends by order, before its end: withdrawn, or joined to another. How it stood is kept for the way back."""

from __future__ import annotations

from engine import flow
from engine.cases import limits, linked, opinions
from engine.cases.act import Act
from engine.cases.records import ITEM_IS_OPEN, item

__all__ = ["stop"]


def stop(act: Act, status: str = "withdrawn", *, why: str = "") -> None:
    """Take the case off every desk: items withdrawn, deadlines ended, opinions and cases no longer waited for.

    ``why``: what stands with the cases that it opened and that end with it.
    """
    act.effects["stood"] = list(act.state.tokens)
    for box in flow.open_boxes(act.projection, act.state):
        linked.leave(act, box, why)
    act.change(status=status, ended_at=act.at)
    act.state = flow.withdraw(act.projection, act.state).state
    act.db.execute(
        item.update()
        .where(item.c.case_id == act.case["id"], ITEM_IS_OPEN)
        .values(status="withdrawn", done_at=act.at, version=item.c.version + 1)
    )
    limits.end_all(act)
    linked.end_alongside(act)
    opinions.end_with_the_case(act)
    linked.child_over(act)
