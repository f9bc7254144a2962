"""提送情形: the units and plans a case waits for, who has not handed in, and one word to all of those chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import calling_in, desks
from engine.errors import Invalid, Stuck
from webui import door, handing_in, sheets, shown
from webui.case_view import CaseView
from webui.paging import words_of
from webui.permissions import permit

pages = Blueprint("handing_in", __name__)

COLUMNS = ("對象", "單位", "案號", "目前步驟", "承辦人", "狀態", "期限", "提送時間", "最近提醒")


@pages.get("/cases/<id:case_id>/handing-in")
@permit("see")
def screen(case_id: int) -> ResponseReturnValue:
    return _page(case_id, words_of(request, "step"), {}, {})


@pages.get("/cases/<id:case_id>/handing-in.csv")
@permit("see")
def as_csv(case_id: int) -> ResponseReturnValue:
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        asked = desks.asked_at(db, row, words_of(request, "step"), who=door.who(), at=g.at)
    lines = [
        [
            line.entry, line.unit, line.number, "、".join(line.where), "、".join(line.holders),
            handing_in.state(line)[2], line.due_at, line.over_at, line.reminded_at,
        ]
        for line in asked.lines
    ]  # fmt: skip
    return sheets.as_csv(sheets.dated("提送情形", g.at), COLUMNS, lines)


@pages.post("/cases/<id:case_id>/handing-in")
@permit("call_in")
def call_in(case_id: int) -> ResponseReturnValue:
    """One word to all that were ticked; refused, the page comes back as it was filled in."""
    form = door.posted()
    form.only({"step", "reason"}, several={"picked"})
    step = form.one("step")
    picked = [int(one) for one in form.many("picked") if one.isascii() and one.isdigit() and len(one) < 19]
    try:
        with door.act() as db:
            cases.call_in(
                db, case_id, step, picked, reason=form.one("reason"), who=door.who(), at=g.at, office=door.office()
            )
    except Stuck:
        raise
    except Invalid as refusal:
        given = {"picked": set(picked), "reason": form.one("reason")}
        return _page(case_id, step, given, refusal.fields), refusal.status
    return door.go("handing_in.screen", "called-in", case_id=case_id, step=step)


def _page(case_id: int, step: str, given: Mapping[str, Any], wrong: Mapping[str, str]) -> str:
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        asked = desks.asked_at(db, row, step, who=door.who(), at=g.at)
        view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
        may = calling_in.may(db, row, door.who())
        name = handing_in.name_of(view, step)
    rows = [
        {"line": line, "state": handing_in.state(line), "left": shown.left(line.due_at, g.at, door.office().calendar)}
        for line in asked.lines
    ]  # fmt: skip
    return render_template(
        "handing_in.html", case=row, asked=asked, name=name, rows=rows, given=given, wrong=wrong,
        may=may and asked.missing > 0,
    )  # fmt: skip
