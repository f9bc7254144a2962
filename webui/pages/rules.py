"""檢核規則: what the reviewers ask of an SOP, at what level this office asks it, and where each rule comes from."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine.errors import Invalid
from engine.library import rule_levels
from engine.office import people
from engine.sops.rules.rule import rules as all_rules
from webui import door, office_values
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("rules", __name__)


@pages.get("/workshop/rules")
@permit(SIGNED_IN)
def rules() -> ResponseReturnValue:
    with door.look() as db:
        return _page(rule_levels.levels(db), {}, may=people.may(db, door.who(), "manage_settings"))


@pages.post("/workshop/rules")
@permit("manage_settings")
def save() -> ResponseReturnValue:
    form = door.posted()
    names = [rule.id for rule in all_rules() if rule.id not in rule_levels.FIXED]
    form.only(names)
    given = {name: form.one(name) for name in names}
    try:
        with door.act() as db:
            rule_levels.change(db, given, who=door.who(), at=g.at)
    except Invalid as bad:
        return _page(given, bad.fields, may=True), bad.status
    return door.go("rules.rules", "settings-saved")


def _page(given: Mapping[str, str], wrong: Mapping[str, str], *, may: bool) -> str:
    return render_template(
        "rules.html", rules=all_rules(), given=given, wrong=wrong, levels=office_values.LEVELS, may=may,
        fixed=rule_levels.FIXED, english=door.language() == "en",
    )  # fmt: skip
