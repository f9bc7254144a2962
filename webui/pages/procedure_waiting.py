"""等待情形: all cases of an SOP on its chart, where they are and how long they wait there. No person is ever shown.

Chiefs see those of the units they lead, and what these units do in the cases of others; overseers the whole house.
"""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from diagrams import times
from diagrams.chart import A4
from engine.cases import desks
from engine.cases.desks.queues import AMONG, NEWEST, Queues, queues
from engine.office import people
from webui import door, queue_picture, sheets
from webui.pages.procedures import HOUSE, OVERSEERS, overseeing
from webui.permissions import SUPERVISORS, permit

pages = Blueprint("procedure_waiting", __name__)
COLUMNS = (
    "步驟", "執行者", "目前件數", "未領取", "最久（小時）", "等待次數", "等待中位數（小時）", "辦理次數",
    "辦理中位數（小時）", "標準工時（小時）",
)  # fmt: skip


@pages.get("/procedures/<sop_id>/waiting")
@permit(*OVERSEERS, SUPERVISORS)
def waiting(sop_id: str) -> ResponseReturnValue:
    found, seen, units = _read(sop_id)
    day = door.office().calendar.day_length.total_seconds() / 3600
    return render_template(
        "procedure_waiting.html", row=found.row, seen=seen, units=units, oversees=overseeing(),
        newest=NEWEST, among=AMONG,
        drawn=queue_picture.of_queues(found.sop, seen, language=door.language(), day=day),
        sheets=queue_picture.on_pages(found.sop, seen, A4, language=door.language(), day=day),
        slowest=queue_picture.slowest(seen), in_words=lambda hours: times.in_words(hours, day),
    )  # fmt: skip


@pages.get("/procedures/<sop_id>/waiting.csv")
@permit(*OVERSEERS, SUPERVISORS)
def as_csv(sop_id: str) -> ResponseReturnValue:
    found, seen, _ = _read(sop_id)
    rows = [
        (
            step.name, step.lane, step.open, step.free, _hours(step.oldest), step.times, _hours(step.waited),
            step.taken, _hours(step.took), _hours(step.standard),
        ) for step in seen.steps
    ]  # fmt: skip
    return sheets.as_csv(sheets.dated(f"等待情形-{found.row['id']}", g.at), COLUMNS, rows)


def _read(sop_id: str) -> tuple[desks.Procedure, Queues, list[str] | None]:
    """The SOP, what waits, and the names of the units whose it is; None: the whole house."""
    who = door.who()
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        units = None if overseeing() == HOUSE else people.units_led(db, who)
        seen = queues(db, found.sop, who=who, at=g.at, calendar=door.office().calendar, units=units)
        named = None if units is None else sorted(one.name for id_, one in people.units(db).items() if id_ in units)
        return found, seen, named


def _hours(hours: float | None) -> str | None:
    return None if hours is None else f"{hours:.1f}"
