"""What expressions may ask of a case: today, its due dates, days between; and whether a form's condition holds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.cases.act import Act
from engine.dates import lookups
from engine.errors import Stuck
from engine.flow import ProjectedForm, State
from engine.sops import expressions

__all__ = ["TAIPEI", "context", "fits"]

TAIPEI = ZoneInfo("Asia/Taipei")


def context(act: Act) -> dict[str, Any]:
    """``today`` and the functions of DESIGN section 4. ``today`` is the act's instant; days are counted in Taipei."""
    return {
        "today": act.at,
        "due": lambda deadline_id: _due(act, str(deadline_id)),
        "days_between": lambda a, b: (_day(b) - _day(a)).days,
        "workdays_between": lambda a, b: act.office.calendar.between(_day(a), _day(b)),
    }


def _due(act: Act, deadline_id: str) -> datetime:
    row = lookups.newest_of(act.db, act.case["id"], deadline_id)
    if row is None:
        raise Stuck("deadline_not_armed", f"期限「{deadline_id}」尚未起算。")
    due_at: datetime = row.due_at
    return due_at


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(TAIPEI).date()
    if isinstance(value, date):
        return value
    try:
        text = str(value)
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).astimezone(TAIPEI).date()
    except ValueError:
        raise Stuck("not_a_date", "計算日數時遇到不是日期的值。") from None


def fits(act: Act, form: ProjectedForm, state: State) -> bool:
    """A form's ``when``: shown or issued only where it holds for the state of the case that hands it in or out."""
    if form.when is None:
        return True
    values = state.values.get(form.scope, {})
    try:
        return bool(expressions.evaluate(form.when, values, context(act)))
    except Stuck:  # it asks for something nobody has said yet
        return False
