"""Each rule of the reviewers notices its failing example at the right element, and nothing in its passing one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from engine.sops import bpmn
from engine.sops.rules.rule import Rule, examine, rules
from engine.sops.rules.subject import Subject
from engine.sops.sop import Finding, Sop
from tests.house import rule_pages

HERE = Path(__file__).parent


def subject(example: bytes | Sop | Subject, more: Mapping[str, Any]) -> Subject:
    if isinstance(example, Subject):
        return example
    sop = bpmn.read(example) if isinstance(example, bytes) else example
    return Subject(sop, {sop.id: sop}, more.get("forms", {}), more.get("tables", {}), None)


def said(example: Any, rule: Rule, more: Mapping[str, Any]) -> list[Finding]:
    levels = {other.id: "off" for other in rules() if other.id != rule.id}
    return list(examine(subject(example, more), levels))  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule.id}-{rule.name}")
def test_a_rule_notices_its_failing_example_and_passes_its_passing_one(rule: Rule) -> None:
    examples = vars(import_module(f"tests.sops.rules.{rule.id.lower()}"))
    found = said(examples["FAILS"], rule, examples.get("MORE", {}))
    assert examples["AT"] in {finding.element for finding in found}
    assert {(finding.rule, finding.level) for finding in found} == {(rule.id, rule.level)}
    assert said(examples["PASSES"], rule, examples.get("MORE", {})) == []


def test_a_level_the_office_chose_holds_and_a_rule_may_be_switched_off() -> None:
    examples = vars(import_module("tests.sops.rules.l001"))
    levels = {rule.id: "off" for rule in rules()}
    assert list(examine(subject(examples["FAILS"], {}), levels)) == []  # type: ignore[arg-type]
    [finding] = examine(subject(examples["FAILS"], {}), {**levels, "L001": "warning"})  # type: ignore[dict-item]
    assert (finding.level, finding.blocks) == ("warning", False)


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    written = {file.name: file.read_text("utf-8") for file in rule_pages.FOLDER.glob("*.md")}
    assert written == dict(rule_pages.pages())
