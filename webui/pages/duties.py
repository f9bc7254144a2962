"""年度行事曆: every recurring duty of the year, as strip, months, clashes; to download, and for one's own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask import Blueprint, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from diagrams.year_strip import strip
from engine.cases.desks import duties as found_in
from engine.cases.desks.duties import Duty
from engine.dates.workdays import local_day
from engine.library import yearly
from engine.library.yearly import Review
from engine.office import feeds, people
from engine.store import Connection
from webui import door, duty_calendar, sheets
from webui.permissions import EVERYONE, SIGNED_IN, permit
from webui.words import said_in

pages = Blueprint("duties", __name__)

#: as far as the holidays are known by law
FIRST, LAST = 1998, 2100
FEED = "duties"
_Due = TypeVar("_Due", Duty, Review)


@pages.get("/calendar/duties")
@permit(SIGNED_IN)
def duties() -> ResponseReturnValue:
    year = _year()
    with door.look() as db:
        every = found_in.duties(db, year, door.office().calendar)
        units = {one.id: one.name for one in people.units(db).values()}
        address = feeds.address(db, door.who(), door.office().key, of=FEED)
        reviews = [one for one in yearly.reviews(db) if one.due.year == year]
    mine = {unit for unit, _ in door.who().all_memberships}
    unit = request.args.get("unit", "")
    shown = _of_unit(every, unit)
    whose = sorted(
        {unit for unit in (*(d.unit for d in every), *(r.unit for r in reviews)) if unit},
        key=lambda one: units.get(one, one),
    )
    return render_template(
        "duties.html", year=year, first=FIRST, last=LAST, today=local_day(g.at), months=found_in.months(shown),
        meetings=found_in.meetings(shown), units=units, whose=whose, unit=unit, mine=mine, count=_count(shown),
        any=bool(every), feed=url_for("duties.feed", address=address, _external=True) if address else None,
        looks=_of_unit(reviews, unit),
        query={"year": year} | ({"unit": unit} if unit else {}),
    )  # fmt: skip


@pages.get("/calendar/duties.svg")
@permit(SIGNED_IN)
def picture() -> ResponseReturnValue:
    year = _year()
    say = said_in(door.language())
    names = [say(f"{number}月") for number in range(1, 13)]
    with door.look() as db:
        lines = duty_calendar.lines(_asked(db, year))
    svg = strip(say(f"民國{year - 1911}年行事曆"), year, lines, names, local_day(g.at), say("今天"))
    return Response(svg, content_type="image/svg+xml; charset=utf-8")


@pages.get("/calendar/duties.csv")
@permit(SIGNED_IN)
def as_csv() -> ResponseReturnValue:
    return sheets.as_csv(f"行事曆-{_year() - 1911}年", duty_calendar.COLUMNS, _rows())  # type: ignore[arg-type]


@pages.get("/calendar/duties.ods")
@permit(SIGNED_IN)
def as_ods() -> ResponseReturnValue:
    return sheets.as_ods(f"行事曆-{_year() - 1911}年", duty_calendar.COLUMNS, _rows())  # type: ignore[arg-type]


@pages.get("/calendar/duties.ics")
@permit(SIGNED_IN)
def as_ics() -> ResponseReturnValue:
    with door.look() as db:
        return _events(db, _asked(db, _year()), _looks(db, _year()))


@pages.get("/calendar/duties/<address>.ics")
@permit(EVERYONE)
def feed(address: str) -> ResponseReturnValue:
    """This year and the next, for a calendar program that cannot sign in: the address itself says whose it is."""
    this = local_day(g.at).year
    with door.look() as db:
        feeds.reader(db, address, door.office().key, of=FEED)
        found = [one for year in (this, this + 1) for one in found_in.duties(db, year, door.office().calendar)]
        return _events(db, found, [one for one in yearly.reviews(db) if one.due.year in (this, this + 1)])


def _events(db: Connection, found: Sequence[Duty], looks: Sequence[Review]) -> Response:
    units = {one.id: one.name for one in people.units(db).values()}
    answer = Response(duty_calendar.events(found, looks, units, at=g.at), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="duties.ics"'
    return answer


def _rows() -> list[list[object]]:
    with door.look() as db:
        units = {one.id: one.name for one in people.units(db).values()}
        return duty_calendar.rows(_asked(db, _year()), _looks(db, _year()), units)


def _asked(db: Connection, year: int) -> list[Duty]:
    return _of_unit(found_in.duties(db, year, door.office().calendar), request.args.get("unit", ""))


def _looks(db: Connection, year: int) -> list[Review]:
    """The yearly reviews of SOPs that are due in the year, of the unit that is asked for."""
    return _of_unit([one for one in yearly.reviews(db) if one.due.year == year], request.args.get("unit", ""))


def _count(found: Sequence[Duty]) -> int:
    """What is done every day counts once."""
    return sum(not duty.daily for duty in found) + len({duty.key for duty in found if duty.daily})


def _of_unit(found: Sequence[_Due], unit: str) -> list[_Due]:
    return [one for one in found if unit in ("", one.unit)]


def _year() -> int:
    return min(max(request.args.get("year", local_day(g.at).year, type=int), FIRST), LAST)
