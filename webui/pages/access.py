"""誰查閱了什麼: who looked at which petitioner's identity, why, and who was refused. Never the identity itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases.desks import access as looks
from engine.cases.desks.access import Sought
from engine.errors import Invalid
from engine.office.people import OFFICE_ZONE
from webui import days, door, sheets, verbs
from webui.paging import chosen, page_of, words_of
from webui.permissions import permit

pages = Blueprint("access", __name__)

KINDS = (("opened", "查閱"), ("refused", "遭拒"), ("destroyed", "銷毀"))
LABELS = {"since": "自", "until": "至"}
_COLUMNS = ("時間", "案號", "檢舉案", "人員", "帳號", "動作", "理由")


@pages.get("/admin/access", endpoint="access")
@permit("read_access")
def report() -> ResponseReturnValue:
    given, sought, wrong = _asked()
    with door.look() as db:
        found = looks.access(db, sought, who=door.who(), page=page_of(request))
    words = render_template(
        "access.html", page=found, given=given, wrong=wrong, labels=LABELS, kinds=KINDS, verbs=verbs.VERBS,
        query={name: value for name, value in given.items() if value}, help=days.HELP,
    )  # fmt: skip
    return words, 422 if wrong else 200


@pages.get("/admin/access.csv")
@permit("read_access")
def sheet() -> ResponseReturnValue:
    _, sought, wrong = _asked()
    if wrong:
        raise Invalid("access_days", "日期需要修正。", fields=wrong)
    with door.look() as db:
        rows = [
            (
                row["at"], row["number"], "是" if row["informant"] else "", row["name"] or "系統", row["account"],
                verbs.VERBS.get(row["verb"], row["verb"]), row["reason"],
            )
            for row in looks.every_look(db, sought, who=door.who())
        ]  # fmt: skip
    return sheets.as_csv(sheets.dated("查閱紀錄", g.at), _COLUMNS, rows)


def _asked() -> tuple[dict[str, str], Sought, dict[str, str]]:
    given = {name: words_of(request, name) for name in ("number", "person", "since", "until")}
    given["kind"] = chosen(request, "kind", [name for name, _ in KINDS])
    wrong: dict[str, str] = {}
    since, until = (days.read(given[name], name, wrong, must=False) for name in ("since", "until"))
    if since is not None and until is not None and until < since:
        wrong["until"] = "迄日不能早於起日。"
    sought = Sought(
        number=given["number"], person=given["person"], kind=given["kind"], since=_midnight(since),
        until=_midnight(until + timedelta(days=1)) if until is not None else None,
    )  # fmt: skip
    return given, sought, wrong


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), OFFICE_ZONE).astimezone(UTC) if day is not None else None
