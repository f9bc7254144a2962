"""How good an SOP is by the reviewers' rules, as one number: for a list, never for a ranking of people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.sops.rules.rule import Level, rules
from engine.sops.sop import Finding

#: a rule whose breach forbids publication counts three times one that only asks for a reason
_WEIGHT = {"error": 3, "warning": 1}


@dataclass(frozen=True, slots=True)
class Score:
    """``points`` of 100, rounded down: 100 means every rule is kept. ``kept`` of ``asked`` rules."""

    points: int
    kept: int
    asked: int


def score(findings: Iterable[Finding], levels: Mapping[str, Level] = MappingProxyType({})) -> Score:
    """From the findings of one SOP; a rule counts once, however often it is broken. Hints and rules that are switched
    off do not count."""
    broken = {finding.rule for finding in findings}
    weights = {rule.id: _WEIGHT.get(levels.get(rule.id, rule.level), 0) for rule in rules()}
    asked = [name for name, weight in weights.items() if weight]
    kept = [name for name in asked if name not in broken]
    whole = sum(weights.values())
    points = 100 * sum(weights[name] for name in kept) // whole if whole else 100
    return Score(points, len(kept), len(asked))


def of_library(scores: Collection[Score]) -> int:
    """The mean of the SOPs' points, rounded down; 100 where there is no SOP."""
    return sum(one.points for one in scores) // len(scores) if scores else 100
