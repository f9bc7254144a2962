"""The parts of a case's page, as frozen values: what the templates are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.cases.desks.oversight_load import Load
from engine.office.absence import Candidate
from engine.sops.sop import Checklist, Choice, Node, Note
from webui.fields import Asked
from webui.sentences import Told


@dataclass(frozen=True, slots=True)
class Given:
    """A form that was refused: what stood in it and what was wrong, so that nothing typed is lost."""

    item_id: int
    act: str
    status: int
    answers: Mapping[str, Any] = field(default_factory=dict)
    checklist: Sequence[str] = ()
    reason: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person entered at a step; ``amends`` says it corrects an earlier entry."""

    step: str
    name: str
    by: str
    at: datetime
    lines: Sequence[tuple[str, str]]
    ticked: Sequence[str]
    reason: str
    amends: bool
    may_amend: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A reply as the petitioner will read it, shown to who decides whether it leaves. ``files`` are in words."""

    subject: str
    text: str
    files: str


@dataclass(frozen=True, slots=True)
class Now:
    """One open step: what it is, its form, and what this person may do with it."""

    item: Mapping[str, Any]
    node: Node
    procedure: str
    unit: str
    role: str
    holder: str
    band: str
    left: str
    asked: Sequence[Asked]
    choices: Sequence[Choice]
    variable: str
    checklists: Sequence[Checklist]
    ticked: Sequence[str]
    reason: str
    wrong: Mapping[str, str]
    notes: Sequence[Note]
    drafted_at: datetime | None
    may: frozenset[str]
    candidates: Sequence[Candidate]
    loads: Mapping[int, Load]  # of the candidates
    nobody: str  # why an unclaimed step waits in vain
    earlier: Sequence[tuple[str, str]]
    similar: Sequence[Mapping[str, Any]] = ()
    to_read: Sequence[Answered] = ()
    returned: Told | None = None
    letter: Letter | None = None

    @property
    def needs_reason(self) -> bool:
        return any(choice.needs == "reason" for choice in self.choices)

    @property
    def labels_needing_reason(self) -> str:
        return "、".join(f"「{choice.label}」" for choice in self.choices if choice.needs == "reason")

    def label_of(self, value: str) -> str:
        return next((choice.label for choice in self.choices if choice.value == value), value)

    @property
    def titles(self) -> dict[str, str]:
        return {a.name: a.title for a in self.asked}


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline with its working; ``articles`` are the rules its days were counted by."""

    name: str
    band: str
    left: str
    row: Mapping[str, Any]
    done: str
    articles: Sequence[str]
