"""會辦: another unit's opinion is asked, given, taken back; what waits for mine."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import desks
from engine.errors import Invalid
from engine.store import Connection
from webui import door, shown
from webui.pages.inbox import VIEWS
from webui.pages.whole_case import carry_out, case_of
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("opinion_acts", __name__)


@pages.get("/opinions")
@permit(SIGNED_IN)
def waiting() -> ResponseReturnValue:
    """What other units ask of this person's: a tab beside their own work."""
    office = door.office()
    borders = shown.borders(g.at, office)
    with door.look() as db:
        rows = [
            {
                **row,
                "band": desks.band_of(row["due_at"], borders),
                "left": shown.left(row["due_at"], g.at, office.calendar),
            }
            for row in desks.opinions(db, door.who(), g.at)
        ]
    return render_template("opinions.html", rows=rows, tabs=VIEWS)


@pages.post("/cases/<id:case_id>/opinions")
@permit("ask_opinion")
def ask(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"unit", "question", "due"})
    typed = {name: form.one(name) for name in ("unit", "question", "due")}

    def verb(db: Connection) -> int:
        return cases.ask_opinion(
            db, case_id, typed["unit"], typed["question"], due=_day(typed["due"]), who=door.who(), at=g.at,
            office=door.office(),
        )  # fmt: skip

    return carry_out(case_id, "ask_opinion", "opinion-asked", verb, typed, anchor="opinions")


@pages.post("/opinions/<id:opinion_id>/give")
@permit("give_opinion")
def give(opinion_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"answer"})
    answer = form.one("answer")
    return carry_out(
        case_of("opinion", opinion_id), "give_opinion", "opinion-given",
        lambda db: cases.give_opinion(db, opinion_id, answer, who=door.who(), at=g.at, office=door.office()),
        {"answer": answer}, thing=opinion_id, anchor="opinions",
    )  # fmt: skip


@pages.post("/opinions/<id:opinion_id>/take-back")
@permit("take_back_opinion")
def take_back(opinion_id: int) -> ResponseReturnValue:
    door.posted().only(())
    return carry_out(
        case_of("opinion", opinion_id), "take_back_opinion", "opinion-taken-back",
        lambda db: cases.take_back_opinion(db, opinion_id, who=door.who(), at=g.at, office=door.office()),
        {}, thing=opinion_id, anchor="opinions",
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("opinion_due", "請填可用的日期。", fields={"due": "請填可用的日期。"}) from None
