"""At what level the reviewers' rules are asked: the administrator decides, one line tells, secrets stay an error."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed
from engine.library import rule_levels
from engine.office.people import SYSTEM, Person
from engine.office.records import entry
from engine.sops.rules.rule import Rule, rules
from engine.sops.rules.score import Score, of_library, score
from engine.sops.sop import Finding
from engine.store import Store

AT = datetime(2026, 3, 2, 2, tzinfo=UTC)


def broken(*names: str) -> list[Finding]:
    return [Finding(name, "error", "", None) for name in names for _ in range(2)]


def told(store: Store) -> int:
    with store.look() as db:
        return db.scalar(sa.select(sa.func.count()).where(entry.c.verb == "settings.rules")) or 0


def test_an_administrator_asks_a_rule_at_another_level_and_one_line_tells(store: Store) -> None:
    with store.act() as db:
        rule_levels.change(db, {"L035": "error", "L048": "off", "L001": "error"}, who=SYSTEM, at=AT)
    with store.look() as db:
        assert rule_levels.levels(db) == {"L035": "error", "L048": "off"}, "what is as by default is not kept"
    with store.act() as db:
        rule_levels.change(db, {"L035": "error", "L048": "off"}, who=SYSTEM, at=AT)
    assert told(store) == 1, "nothing changed the second time"


@pytest.mark.parametrize("given", [{"L024": "off"}, {"L999": "error"}, {"L035": "grave"}])
def test_what_cannot_be_is_refused_and_nothing_is_kept(store: Store, given: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused, store.act() as db:
        rule_levels.change(db, {"L048": "off", **given}, who=SYSTEM, at=AT)
    assert refused.value.fields.keys() == given.keys()
    with store.look() as db:
        assert rule_levels.levels(db) == {}


def test_neither_a_process_owner_nor_a_clerk_changes_them(store: Store, staff: dict[str, Person]) -> None:
    for person in staff.values():
        with pytest.raises(NotAllowed), store.act() as db:
            rule_levels.change(db, {"L048": "off"}, who=person, at=AT)
    assert told(store) == 0


def test_the_score_weighs_errors_three_times_and_counts_a_rule_once() -> None:
    by_level: dict[str, list[Rule]] = {"error": [], "warning": [], "info": []}
    for rule in rules():
        by_level[rule.level].append(rule)
    errors, warnings = len(by_level["error"]), len(by_level["warning"])
    whole = 3 * errors + warnings
    assert score([]) == Score(100, errors + warnings, errors + warnings)
    assert score(broken("L001", "some_structural_fault")).points == 100 * (whole - 3) // whole
    assert score(broken("L035")).points == 100 * (whole - 1) // whole
    assert score(broken("L001"), {"L001": "off"}) == Score(100, errors + warnings - 1, errors + warnings - 1)
    assert of_library([score([]), score(broken("L001"))]) == (100 + 100 * (whole - 3) // whole) // 2
    assert of_library([]) == 100
