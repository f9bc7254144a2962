"""查詢案件: a case by its number, by two characters of its text, by what it is and when it came."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks
from engine.dates import roc
from engine.errors import Invalid
from webui import door, shown
from webui.paging import chosen, page_of, words_of
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("finding", __name__)

STATUSES = (("open", "辦理中"), ("control", "列管中"), ("ended", "已結案"), ("withdrawn", "已撤案"))


@pages.get("/cases")
@permit(SIGNED_IN)
def cases() -> ResponseReturnValue:
    """The list; from the box at the top, a number that is one case's opens that case at once."""
    given = {name: words_of(request, name) for name in ("q", "sop", "unit", "channel", "type", "since", "until")}
    given["status"] = chosen(request, "status", dict(STATUSES))
    wrong: dict[str, str] = {}
    since, until = _day(given["since"], "since", wrong), _day(given["until"], "until", wrong)
    if since and until and since > until:
        wrong["until"] = "迄日不能早於起日。"
    sought = desks.Sought(
        given["q"], given["status"], given["sop"], given["unit"], given["channel"], given["type"], since, until
    )
    office = door.office()
    with door.look() as db:
        if request.args.get("go") and given["q"]:
            only = desks.by_number(db, given["q"], where=desks.visible(db, door.who()), at=g.at)
            if len(only) == 1:
                return door.go("case_file.case_file", case_id=only[0])
        choices = desks.choices(db)
        found = None if wrong else desks.find(db, sought, who=door.who(), at=g.at, page=page_of(request))
    rows = [
        {
            **row,
            "band": shown.band(row["due_at"], g.at, office),
            "left": shown.left(row["due_at"], g.at, office.calendar),
        }
        for row in (found.page.rows if found else ())
    ]
    query = {name: value for name, value in given.items() if value}
    words = render_template(
        "cases.html", given=given, wrong=wrong, choices={**choices, "status": STATUSES}, found=found, rows=rows,
        query=query, narrowed=bool(query),
    )  # fmt: skip
    return words, 422 if wrong else 200


def _day(typed: str, name: str, wrong: dict[str, str]) -> date | None:
    """A day as people write it, 民國 or ISO; what cannot be read is said at its field."""
    if not typed:
        return None
    try:
        return date.fromisoformat(typed) if typed[:4].isdigit() and typed[4:5] == "-" else roc.read(typed)
    except (Invalid, ValueError) as refusal:
        wrong[name] = refusal.sentence if isinstance(refusal, Invalid) else "日期請寫成 115/11/20。"
        return None
