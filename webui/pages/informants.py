"""身分與迴避: a case as an informant's report, and who is kept away from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks, informants, sight
from engine.errors import Invalid, NotNow
from engine.office import people, roster
from engine.store import Connection
from webui import door
from webui.permissions import permit

pages = Blueprint("informants", __name__)

LABELS = {"person": "人員", "reason": "理由"}


@pages.get("/cases/<id:case_id>/guard")
@permit("exclude")
def guard(case_id: int) -> ResponseReturnValue:
    return _page(case_id)


@pages.post("/cases/<id:case_id>/guard/mark")
@permit("mark_informant")
def mark(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    reason = form.one("reason")
    return _do(
        case_id, "mark", "informant",
        lambda db: informants.mark(
            db, case_id, reason=reason, who=door.who(), at=g.at, office=door.office()
        ),
        given={"reason": reason},
    )  # fmt: skip


@pages.post("/cases/<id:case_id>/guard/exclude")
@permit("exclude")
def exclude(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"person", "reason"})
    given = {"person": form.one("person"), "reason": form.one("reason")}

    def act(db: Connection) -> None:
        informants.exclude(
            db, case_id, roster.named(db, given["person"]), reason=given["reason"], who=door.who(), at=g.at,
            office=door.office(),
        )  # fmt: skip

    return _do(case_id, "exclude", "excluded", act, given=given)


@pages.post("/cases/<id:case_id>/guard/readmit")
@permit("exclude")
def readmit(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"who", "reason"})
    given = {"who": form.one("who"), "reason": form.one("reason")}
    return _do(
        case_id, "readmit", "readmitted",
        lambda db: informants.readmit(
            db, case_id, form.number("who") or 0, reason=given["reason"], who=door.who(), at=g.at, office=door.office()
        ),
        given=given,
    )  # fmt: skip


def _do(
    case_id: int, act: str, said: str, verb: Callable[[Connection], Any], *, given: dict[str, str]
) -> ResponseReturnValue:
    try:
        with door.act() as db:
            verb(db)
    except (Invalid, NotNow) as refusal:
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        return _page(case_id, act, given=given, wrong=fields or {"": refusal.sentence}), refusal.status
    if people_left_out(case_id):
        return door.go("inbox.inbox", said)  # one has excluded oneself
    return door.go("informants.guard", said, case_id=case_id)


def people_left_out(case_id: int) -> bool:
    with door.look() as db:
        return door.who().id in people.excluded_from(db, case_id)


def _page(
    case_id: int, act: str = "", *, given: dict[str, str] | None = None, wrong: dict[str, str] | None = None
) -> str:
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        sight.require(db, door.who(), "exclude", row)
        kept_away = informants.excluded(db, case_id)
        left = informants.stranded(db, case_id, g.at)
    return render_template(
        "guard.html", case=row, excluded=kept_away, stranded=left, act=act, given=given or {}, wrong=wrong or {},
        labels=LABELS, section_of=request.endpoint,
    )  # fmt: skip
