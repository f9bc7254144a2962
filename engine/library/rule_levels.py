"""At what level the office asks each of the reviewers' rules: error, warning, hint, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from engine.errors import Invalid
from engine.office import chosen, people
from engine.office.people import Person
from engine.sops.rules.rule import Level, rules
from engine.store import Connection

__all__ = ["FIXED", "LEVELS", "change", "levels"]

_NAME = "rules"
LEVELS: tuple[Level, ...] = get_args(Level)
#: secrets and personal data in an SOP are an error in every office
FIXED = frozenset({"L024"})


def levels(db: Connection) -> Mapping[str, Level]:
    """What the office decided otherwise, by rule id; a rule that is not in it keeps its own level."""
    known = {rule.id for rule in rules()} - FIXED
    return {name: level for name, level in chosen.stored(db, _NAME).items() if name in known and level in LEVELS}


def change(db: Connection, new: Mapping[str, str], *, who: Person, at: datetime) -> None:
    """Ask the rules at other levels from now on, with one journal line. What is published stays published.

    Raises NotAllowed for all but administrators; Invalid for an unknown rule or level and for one that is fixed.
    """
    people.require(db, who, "manage_settings")
    own = {rule.id: rule.level for rule in rules()}
    wrong = {
        name: "這條規則的等級不能改。" if name in FIXED else "等級須為錯誤、警告、提示或不檢查。"
        for name, level in new.items()
        if name not in own or level not in LEVELS or (name in FIXED and level != own[name])
    }
    if wrong:
        raise Invalid("rule_levels", "檢核規則的等級需要修正。", fields=wrong)
    kept = {name: level for name, level in new.items() if level != own[name]}
    old = levels(db)
    if kept != old:
        chosen.choose(db, _NAME, old=old, new=kept, verb="settings.rules", who=who, at=at)
