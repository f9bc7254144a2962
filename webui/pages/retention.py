"""保存與銷毀: how long identities, files and notices are kept after the release; a dry run before anything is set."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine.cases import retention as keeping
from engine.cases.retention import Periods
from engine.errors import Invalid
from webui import door
from webui.permissions import permit

pages = Blueprint("retention", __name__)

LABELS = {"identities": "陳情人身分資料", "files": "附件", "notices": "通知"}


@pages.get("/admin/retention", endpoint="retention")
@permit("manage_retention")
def show() -> ResponseReturnValue:
    return _page()


@pages.post("/admin/retention")
@permit("manage_retention")
def save() -> ResponseReturnValue:
    """``act`` says whether to count or to set."""
    form = door.posted()
    form.only({*LABELS, "act"})
    given = {name: form.one(name) for name in LABELS}
    wrong: dict[str, str] = {}
    asked: dict[str, int | None] = {}
    for name, text in given.items():
        if text and not (text.isascii() and text.isdigit() and len(text) < 6):
            wrong[name] = "請填月數，或留白表示永久保存。"
        asked[name] = int(text) if text and name not in wrong else None
    new = Periods(**asked)
    saving = form.one("act") == "save"
    if not wrong:
        try:
            keeping.demand_possible(new)
            if saving:
                with door.act() as db:
                    keeping.change(db, new, who=door.who(), at=g.at)
                return door.go("retention.retention", "retention")
        except Invalid as bad:
            wrong = bad.fields
    return _page(given, wrong, new if not wrong else None), 422 if wrong else 200


def _page(
    given: dict[str, str] | None = None, wrong: dict[str, str] | None = None, counted: Periods | None = None
) -> str:  # fmt: skip
    with door.look() as db:
        now = keeping.periods(db)
        due = keeping.due(db, counted if counted is not None else now, g.at)
    values = given or {name: str(getattr(now, name) or "") for name in LABELS}
    proposed = {name: getattr(keeping.PROPOSED, name) for name in LABELS}
    return render_template(
        "retention.html", values=values, wrong=wrong or {}, now=now, due=due, counted=counted is not None,
        labels=LABELS, proposed=proposed, is_set=now != Periods(),
    )  # fmt: skip
