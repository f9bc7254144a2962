"""The reviewers' rules: what a house rule is, which there are, and what they say of one SOP.

The sources' reviewers wrote 51 rules of a good SOP between the lines of their notes and minutes. Each is a module
``l0NN_<name>.py`` beside this one with a ``RULE``; those of bpmnlint's recommended set that say more than reading
and walking the chart already does are ``s0N_<name>.py``. A rule's failing and passing example stand in
``tests/sops/rules``, its page in ``docs/rules``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from engine.sops.rules.subject import Subject
from engine.sops.sop import Finding

Level = Literal["error", "warning", "info", "off"]
#: what a rule found: the element (None: the SOP as a whole) and a sentence for the process owner
Hit = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``wrong`` and ``right`` are a few words of example for its page; ``sources`` the notes it comes from
    (``R3.6``: note 6 to the third SOP of 研考科; P 綜合規劃科, I 資訊科, M the minutes, Z the summary)."""

    id: str
    name: str
    level: Level
    title: str
    english: str
    sources: tuple[str, ...]
    wrong: str
    right: str
    look: Callable[[Subject], Iterator[Hit]]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the house, by its number."""
    here = Path(__file__).parent
    modules = sorted(file.stem for file in here.glob("*.py") if re.match(r"l\d{3}_|s\d\d_", file.stem))
    return tuple(import_module(f"{__package__}.{module}").RULE for module in modules)


def examine(subject: Subject, levels: Mapping[str, Level] = MappingProxyType({})) -> Iterator[Finding]:
    """What the rules say; ``levels`` by rule id where the office decided otherwise. Only an error forbids publication;
    a warning asks for a reason where a draft is reviewed."""
    for rule in rules():
        level = levels.get(rule.id, rule.level)
        if level == "off":
            continue
        for element, sentence in rule.look(subject):
            yield Finding(rule.id, level, sentence, element, blocks=level == "error")
