"""趨勢: received, finished and overdue week by week, and how long it took; pictures, each with its table."""

from __future__ import annotations

from itertools import pairwise

from flask import Blueprint, Response, abort, g, render_template, request
from flask.typing import ResponseReturnValue

from diagrams.trends import Series, bars
from engine.cases import desks
from engine.cases.desks import oversight as looks
from engine.cases.desks import oversight_trends as trending
from engine.office import people
from webui import door, sheets
from webui.paging import chosen, words_of
from webui.permissions import CONTROL_OFFICE, SUPERVISORS, permit
from webui.words import said_in

pages = Blueprint("trends", __name__)

MONTHS = tuple(str(one) for one in trending.MONTHS)


@pages.get("/oversight/trends")
@permit(SUPERVISORS, CONTROL_OFFICE)
def trends() -> ResponseReturnValue:
    asked = _asked()
    with door.look() as db:
        seen = looks.scope(db, door.who())
        wish = _wish(asked, seen)
        found, lead = trending.flow(db, wish), trending.lead(db, wish)
        units = [(one.id, one.name) for one in people.units(db).values() if seen.units is None or one.id in seen.units]
        sops = desks.named(db)
    return render_template(
        "oversight_trends.html", found=found, lead=lead, asked=asked, months=MONTHS, units=units, sops=sops,
        classes=_classes(), query={name: value for name, value in asked.items() if value},
    )  # fmt: skip


@pages.get("/oversight/trends/<which>.svg")
@permit(SUPERVISORS, CONTROL_OFFICE)
def picture(which: str) -> ResponseReturnValue:
    """A picture of its own, shown by <img>: so the page's policy holds and nothing of it is run."""
    if which not in ("weeks", "lead"):
        abort(404)
    with door.look() as db:
        wish = _wish(_asked(), looks.scope(db, door.who()))
        svg = _weeks(trending.flow(db, wish)) if which == "weeks" else _lead(trending.lead(db, wish))
    return Response(svg, content_type="image/svg+xml; charset=utf-8")


@pages.get("/oversight/trends.csv")
@permit(SUPERVISORS, CONTROL_OFFICE)
def as_csv() -> ResponseReturnValue:
    with door.look() as db:
        wish = _wish(_asked(), looks.scope(db, door.who()))
        found, lead = trending.flow(db, wish), trending.lead(db, wish)
    rows: list[list[sheets.Value]] = [["週", week.monday, week.received, week.finished, week.overdue]
                                      for week in found.weeks]  # fmt: skip
    for kind, groups in (("單位", found.by_unit), ("流程", found.by_sop)):
        rows += [[kind, one.name, one.received, one.finished, one.overdue] for one in groups]
    rows += [["辦理工作天", words, None, many, None] for words, many in zip(_classes(), lead.classes, strict=True)]
    columns = ("類別", "項目", "受理", "結案／解除列管", "逾期")
    return sheets.as_csv(sheets.dated("趨勢", g.at), columns, rows)


def _asked() -> dict[str, str]:
    return {
        "months": chosen(request, "months", MONTHS) or MONTHS[0], "unit": words_of(request, "unit"),
        "sop": words_of(request, "sop"),
    }  # fmt: skip


def _wish(asked: dict[str, str], seen: looks.Scope) -> trending.Asked:
    calendar = door.office().calendar
    return trending.Asked(seen, g.at, calendar, int(asked["months"]), asked["unit"], asked["sop"])


def _weeks(found: trending.Flow) -> str:
    say = said_in(door.language())
    series = [
        Series(say("受理"), [week.received for week in found.weeks]),
        Series(say("結案／解除列管"), [week.finished for week in found.weeks]),
        Series(say("逾期"), [week.overdue for week in found.weeks]),
    ]
    days = [f"{week.monday.month}/{week.monday.day}" for week in found.weeks]
    return bars(say("每週受理、結案與逾期件數"), days, series)


def _lead(found: trending.Lead) -> str:
    say = said_in(door.language())
    return bars(say("辦理天數分布"), [say(words) for words in _classes()], [Series(say("件數"), found.classes)])


def _classes() -> list[str]:
    """1 天內, 2–3 天 …, the last open."""
    tops = trending.CLASSES
    words = [f"{tops[0]} 天內"]
    words += [f"{low + 1}–{high} 天" for low, high in pairwise(tops)]
    return [*words, f"超過 {tops[-1]} 天"]
