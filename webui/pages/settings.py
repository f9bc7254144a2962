"""設定: all office-wide values with what is proposed; quiet hours, digest and language of mails; for administrators."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Blueprint, current_app, g, render_template
from flask.typing import ResponseReturnValue

from engine import clock
from engine.cases import rules as case_rules
from engine.errors import Invalid, Missing
from engine.library import yearly
from engine.office import people, quiet
from engine.office.quiet import Rules
from webui import door, office_values
from webui.permissions import permit

pages = Blueprint("settings", __name__)
_FIELDS = ("begins", "ends", "days_off", "through", "digest_at", "language")
LABELS = {
    "begins": "勿擾開始", "ends": "勿擾結束", "through": "不受勿擾限制的稽催", "digest_at": "每日彙總寄送時間",
    "language": "通知信語言",
}  # fmt: skip
CASE_LABELS = {
    "return_alert": "第幾次退回時通知科長", "reopened_days": "重新列管後幾日追蹤",
    "soon_days": "幾個工作天內到期算即將到期",
}  # fmt: skip
REVIEW_LABELS = {"months": "作業流程每幾個月檢視一次"}


@pages.get("/settings")
@permit("manage_settings")
def index() -> ResponseReturnValue:
    with door.look() as db:
        groups = office_values.read(db, door.office().calendar)
    return render_template("office_values.html", groups=groups, built=current_app.view_functions)


@pages.post("/settings/<group>/proposed")
@permit("manage_settings")
def propose(group: str) -> ResponseReturnValue:
    """What is proposed holds again."""
    door.posted().only(())
    if group not in office_values.GROUPS:
        raise Missing("no_such_settings", "沒有這一組設定。")
    with door.act() as db:
        office_values.back_to_proposed(db, group, who=door.who(), at=g.at)
    return door.go("settings.index", "settings-proposed")


@pages.get("/settings/cases")
@permit("manage_settings")
def cases() -> ResponseReturnValue:
    with door.look() as db:
        now = case_rules.rules(db)
    return _cases({name: str(getattr(now, name)) for name in CASE_LABELS}, {})


@pages.post("/settings/cases")
@permit("manage_settings")
def save_cases() -> ResponseReturnValue:
    form = door.posted()
    form.only(CASE_LABELS)
    try:
        with door.act() as db:
            new = case_rules.Rules(**{name: form.number(name) or 0 for name in CASE_LABELS})
            case_rules.change(db, new, who=door.who(), at=g.at)
    except Invalid as bad:
        return _cases({name: form.one(name) for name in CASE_LABELS}, bad.fields), bad.status
    return door.go("settings.index", "settings-saved")


def _cases(given: dict[str, str], wrong: dict[str, str]) -> str:
    return render_template(
        "case_rules.html", given=given, wrong=wrong, labels=CASE_LABELS, proposed=case_rules.Rules()
    )  # fmt: skip


@pages.get("/settings/reviews")
@permit("manage_settings")
def reviews() -> ResponseReturnValue:
    with door.look() as db:
        return _reviews(str(yearly.months(db)), {})


@pages.post("/settings/reviews")
@permit("manage_settings")
def save_reviews() -> ResponseReturnValue:
    form = door.posted()
    form.only({"months"})
    try:
        with door.act() as db:
            yearly.change(db, form.number("months") or 0, who=door.who(), at=g.at)
    except Invalid as bad:
        return _reviews(form.one("months"), bad.fields), bad.status
    return door.go("settings.index", "settings-saved")


def _reviews(given: str, wrong: dict[str, str]) -> str:
    return render_template(
        "review_interval.html", given=given, wrong=wrong, labels=REVIEW_LABELS, proposed=yearly.PROPOSED
    )  # fmt: skip


@pages.get("/settings/notices")
@permit("manage_settings")
def show() -> ResponseReturnValue:
    return _page({})


@pages.post("/settings/notices")
@permit("manage_settings")
def save() -> ResponseReturnValue:
    form = door.posted()
    form.only(_FIELDS)
    given = {name: form.one(name) for name in _FIELDS}
    try:
        with door.act() as db:
            people.require(db, door.who(), "manage_settings")
            quiet.change(db, _rules(given), who=door.who(), at=g.at)
    except Invalid as bad:
        return _page(bad.fields or {"": bad.sentence}, given), 422
    return door.go("settings.show", "settings")


@pages.post("/settings/clock")
@permit("manage_settings")
def trust() -> ResponseReturnValue:
    """The administrator says that the machine's time is right."""
    door.posted().only(())
    with door.act() as db:
        clock.trust(db, who=door.who(), at=g.at)
    return door.go("settings.show", "clock")


def _page(wrong: dict[str, str], given: dict[str, str] | None = None) -> str:
    with door.look() as db:
        people.require(db, door.who(), "manage_settings")
        rules = quiet.rules(db)
        beat = clock.health(db, g.at)
    values = given or {
        "begins": f"{rules.begins:%H:%M}", "ends": f"{rules.ends:%H:%M}", "days_off": "yes" if rules.days_off else "",
        "through": str(rules.through or ""), "digest_at": f"{rules.digest_at:%H:%M}", "language": rules.language,
    }  # fmt: skip
    return render_template("settings.html", values=values, wrong=wrong, labels=LABELS, beat=beat)


def _rules(given: dict[str, str]) -> Rules:
    """What the form says, or Invalid by field."""
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    for name in ("begins", "ends", "digest_at"):
        try:
            found[name] = time.fromisoformat(given[name]) if len(given[name]) == 5 else None
        except ValueError:
            found[name] = None
        if found[name] is None:
            wrong[name] = "請填時間，例如 18:00。"
    level = given["through"]
    if level not in ("", "2", "3", "4"):
        wrong["through"] = "請由選項中選擇。"
    if wrong:
        raise Invalid("notice_rules", "通知設定需要修正。", fields=wrong)
    return Rules(
        begins=found["begins"], ends=found["ends"], days_off=given["days_off"] == "yes",
        through=int(level) if level else None, digest_at=found["digest_at"], language=given["language"],
    )  # fmt: skip
