"""Each rule of the reviewers notices its failing example at the right element, and nothing in its passing one."""

from __future__ import annotations

from importlib import import_module

import pytest

from engine.sops.rules.rule import Level, Rule, examine, rules
from engine.sops.rules.subject import Subject
from engine.sops.sop import Finding, Sop
from tests.house import rule_pages
from tests.sops.rules.parts import subject


def said(example: bytes | Sop | Subject, rule: Rule) -> list[Finding]:
    levels: dict[str, Level] = {other.id: "off" for other in rules() if other.id != rule.id}
    return list(examine(example if isinstance(example, Subject) else subject(example), levels))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule.id}-{rule.name}")
def test_a_rule_notices_its_failing_example_and_passes_its_passing_one(rule: Rule) -> None:
    examples = vars(import_module(f"tests.sops.rules.{rule.id.lower()}"))
    found = said(examples["FAILS"], rule)
    assert examples["AT"] in {finding.element for finding in found}
    assert {(finding.rule, finding.level) for finding in found} == {(rule.id, rule.level)}
    assert said(examples["PASSES"], rule) == []


def test_a_level_the_office_chose_holds_and_a_rule_may_be_switched_off() -> None:
    examples = vars(import_module("tests.sops.rules.l001"))
    levels: dict[str, Level] = {rule.id: "off" for rule in rules()}
    assert list(examine(subject(examples["FAILS"]), levels)) == []
    [finding] = examine(subject(examples["FAILS"]), {**levels, "L001": "warning"})
    assert (finding.level, finding.blocks) == ("warning", False)


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    written = {file.name: file.read_text("utf-8") for file in rule_pages.FOLDER.glob("*.md")}
    assert written == dict(rule_pages.pages())
