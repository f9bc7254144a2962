"""歷程查詢: the office's journal sought by case, person, verb, day and reason; proved on request; downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases.desks import journals
from engine.cases.desks.journals import Search
from engine.dates import roc
from engine.errors import Invalid
from engine.office import proving
from webui import door, sheets, shown
from webui.paging import words_of
from webui.permissions import permit
from webui.verbs import VERBS

pages = Blueprint("journal", __name__)
_FIELDS = ("about", "by", "verb", "since", "until", "words", "act")
LABELS = {"since": "起日", "until": "迄日"}


@pages.get("/admin/journal")
@permit("see_journal")
def journal() -> ResponseReturnValue:
    given = {name: words_of(request, name) for name in _FIELDS}
    try:
        search = _search(given)
    except Invalid as bad:
        return _page(given, journals.Found(()), bad.fields), bad.status
    with door.look() as db:
        found = journals.find(db, search, who=door.who(), before=_edge("before"), after=_edge("after"))
    return _page(given, found, {})


@pages.get("/admin/journal.csv")
@permit("see_journal")
def download() -> ResponseReturnValue:
    """What fits, newest first."""
    search = _search({name: words_of(request, name) for name in _FIELDS})
    with door.look() as db:
        rows = [_cells(row) for row in journals.every(db, search, who=door.who())]
    return sheets.as_csv(sheets.dated("歷程", g.at), _COLUMNS, rows)


@pages.post("/admin/journal/verify")
@permit("see_journal")
def verify() -> ResponseReturnValue:
    """A short journal is proved at once; a long one by the next clock, and the page tells how far it is."""
    door.posted().only(())
    with door.act() as db:
        asked = proving.ask(db, who=door.who(), at=g.at)
    if asked.total <= proving.AT_ONCE:
        proving.work(door.door().store, g.at)
    return door.go("journal.journal")


def _page(given: Mapping[str, str], found: journals.Found, wrong: Mapping[str, str]) -> str:
    with door.look() as db:
        proof = proving.newest(db)
    return render_template(
        "journal.html", given=given, found=found, wrong=wrong, labels=LABELS, verbs=VERBS, proof=proof,
        query={name: value for name, value in given.items() if value},
    )  # fmt: skip


def _search(given: Mapping[str, str]) -> Search:
    """What the form asks. Invalid by field for what is no day."""
    wrong: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            days[name] = shown.local(roc.read_instant(given[name], time())).date() if given[name] else None
        except Invalid as bad:
            wrong[name], days[name] = bad.sentence, None
    since, until = days["since"], days["until"]
    if since is not None and until is not None and until < since:
        wrong["until"] = "迄日不能早於起日。"
    if wrong:
        raise Invalid("journal_days", "日期需要修正。", fields=wrong)
    return Search(**{**given, **days})  # type: ignore[arg-type]


def _edge(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


_COLUMNS = ("編號", "時間", "對象", "案號", "動作", "動作代碼", "人員", "步驟", "理由", "同一動作", "序號")


def _cells(row: Mapping[str, Any]) -> tuple[sheets.Value, ...]:
    reason = "（檢舉案件，不顯示）" if row["masked"] else row["reason"]
    return (
        row["id"], row["at"], row["subject"], row["number"], VERBS.get(row["verb"], row["verb"]), row["verb"],
        row["by_name"] or "系統", row["step"], reason, row["act_id"], row["seq"],
    )  # fmt: skip
