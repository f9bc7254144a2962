"""期限試算: any period, reckoned as every deadline is, with each day's reason. It stores nothing."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from engine.dates.periods import Due
from engine.errors import Invalid
from webui import calculating, door, known_limits
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("calculator", __name__)

LABELS = {"from": "起算的日期或時刻", "regime": "計算方式", "length": "長度", "unit": "單位", "at": "固定期日"}
_FIRST = {"from": "", "regime": "petition", "length": "", "unit": "workday", "at": ""}
_LONGEST = 60


@pages.get("/calculator")
@permit(SIGNED_IN)
def calculator() -> ResponseReturnValue:
    given = {name: request.args.get(name, first)[:_LONGEST] for name, first in _FIRST.items()}
    asked = "from" in request.args
    wrong: dict[str, str] = {}
    due: Due | None = None
    if asked:
        try:
            due = calculating.reckon(
                door.office().calendar, begins=given["from"], regime=given["regime"], length=given["length"],
                unit=given["unit"], at=given["at"],
            )  # fmt: skip
        except Invalid as bad:
            wrong = bad.fields or {"": bad.sentence}
    words = render_template(
        "calculator.html", given=given, due=due, wrong=wrong, labels=LABELS, regimes=calculating.REGIMES,
        units=calculating.UNITS, known=known_limits.of(current_app.config["PROCESSES"]),
    )  # fmt: skip
    return words, 422 if wrong else 200
