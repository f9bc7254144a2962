"""An official form filled from a case: each field of its layout with the words that stand in it, or nothing.

Reading only, from the case's page as it was worked out; what is missing stays empty, to be filled by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.cases import foreseen
from engine.library.layouts import Cell, Layout, Part, Shelf
from engine.sops.forms import Field
from engine.sops.sop import Checklist
from webui import phrases, shown
from webui.case_view import CaseView
from webui.fields import words_of

__all__ = ["Filled", "Ticked", "answered", "empty", "fill", "issued"]

Row = Mapping[str, Any]
_INSTANTS = frozenset({"received_at", "controlled_at", "dispatched_at", "released_at", "ended_at", "reopened_at"})
_WORDS = {
    "close_reason": phrases.CLOSE_REASON, "status": phrases.CASE_STATUS, "solved": phrases.SOLVED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filled:
    """A field as it is printed. ``sealed``: an identity that was not asked for. ``strong``: known, and told large."""

    label: str
    words: str
    lines: int
    sealed: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Ticked:
    """One line of a checklist."""

    text: str
    done: bool


def issued(view: CaseView, layouts: Shelf) -> list[str]:
    """The forms with a layout of their own that the case's steps have handed out or read so far, each once."""
    found: dict[str, None] = {}
    for row in view.file.items:
        node = view.node(row["step"])
        for form in node.forms if node is not None else ():
            if form.ref in layouts and (form.direction == "out" or form.ref.endswith("-checklist")):
                found.setdefault(form.ref)
    return list(found)


class _Source:
    """What one form may say of one case."""

    def __init__(self, view: CaseView, document: Row | None, identity: Mapping[str, str] | None) -> None:
        self.view, self.document, self.identity = view, document, identity
        answers = view.file.answers
        if document is None:
            self.before, self.after = answers, []
            return
        same = [d for d in view.file.documents if (d["form"], d["kind"]) == (document["form"], document["kind"])]
        following = [d["at"] for d in same if d["at"] > document["at"]]
        until = min(following, default=None)
        self.round = 1 + sum(d["id"] < document["id"] for d in same)
        self.before = [a for a in answers if a["at"] <= document["at"]]
        self.after = [a for a in answers if a["at"] > document["at"] and (until is None or a["at"] <= until)]

    def words(self, kind: str, name: str) -> str:
        return str(getattr(self, f"_{kind}")(name))

    def _case(self, name: str) -> str:
        value = self.view.case.get(name)
        if value in (None, ""):
            return ""
        if name in _INSTANTS:
            return shown.full_when(value)
        if name == "unit":
            return self.view.unit_name(str(value))
        if name == "opened_by":
            return self.view.person_name(value)
        return phrases.of(_WORDS[name], str(value)) if name in _WORDS else str(value)

    def _start(self, name: str) -> str:
        row = next((a for a in reversed(self.view.file.answers) if a["step"] == self.view.case["start"]), None)
        return self._value(row, name) if row is not None else ""

    def _answer(self, name: str) -> str:
        return self._value(_newest(self.view.file.answers, name), name)

    def _before(self, name: str) -> str:
        return self._value(_newest(self.before, name), name)

    def _later(self, name: str) -> str:
        return self._value(_newest(self.after, name), name)

    def _by(self, name: str) -> str:
        row = self._given(name)
        return self.view.person_name(row["by"]) if row is not None else ""

    def _at(self, name: str) -> str:
        row = self._given(name)
        return shown.full_when(row["at"]) if row is not None else ""

    def _given(self, name: str) -> Row | None:
        when, _, field = name.rpartition(".")
        among = {"later": self.after, "before": self.before}.get(when, self.view.file.answers)
        return _newest(among, field)

    def _deadline(self, name: str) -> str:
        """``promised``: the date the petitioner was given; ``expected``: the one to be expected while there is none.

        Else the newest of the case's own of that id.
        """
        if name == "promised":
            promised = self.view.promised()
            return shown.full_when(promised) if promised is not None else ""
        if name == "next":
            first = self.view.next_limit()
            return f"{shown.full_when(first['due_at'])}（{first['name']}）" if first is not None else ""
        if name == "expected":
            expected = foreseen.answer_by(self.view.db, self.view.case, self.view.office.calendar)
            return f"{shown.full_when(expected)}（暫定，權責單位認定後確定）" if expected is not None else ""
        rows = [row for row in self.view.file.deadlines if row["path"] == name]
        return shown.full_when(rows[-1]["due_at"]) if rows else ""

    def _document(self, name: str) -> str:
        document = self.document
        if document is None:
            return ""
        if name == "at":
            return shown.full_day(document["at"])
        if name == "round":
            return f"第 {self.round} 次"
        if name == "step":
            return self.view.step_name(document["step"])
        if name == "delivery" and document["delivery"]:
            sent = f"（{shown.when(document['sent_at'])}）" if document["sent_at"] else ""
            return f"{phrases.of(phrases.DELIVERY, document['delivery'])}{sent}"
        return ""

    def _fact(self, name: str) -> str:
        value = (self.document["facts"] or {}).get(name) if self.document is not None else None
        return "" if value is None else str(value)

    def _identity(self, name: str) -> str:
        return (self.identity or {}).get(name, "")

    def _value(self, row: Row | None, name: str) -> str:
        """One answer in words, as its own form or outcome reads it."""
        if row is None or row["answers"].get(name) in (None, "", []):
            return ""
        value = row["answers"][name]
        form = self.view.bundle.form(row["step"]) if self.view.node(row["step"]) else None
        field: Field | None = form.field(name) if form is not None else None
        if field is None:
            return self.view.outcome_words(row["step"], str(value))
        if field.kind == "files":
            names = {str(one["id"]): one["name"] for one in self.view.file.attachments}
            return "、".join(names[one] for one in value if one in names)
        return words_of(field, value, self.view.units)

    def ticked(self) -> list[Ticked]:
        """The checklist of the newest step that has one, with what was ticked; empty boxes before it was."""
        for row in reversed(self.before):
            node = self.view.node(row["step"])
            if node is not None and node.checklists:
                return _ticks(node.checklists, row["checklist"] or ())
        waiting = [self.view.node(row["step"]) for row in self.view.file.items if row["status"] == "open"]
        found = next((node for node in waiting if node is not None and node.checklists), None)
        return _ticks(found.checklists, ()) if found is not None else []


def fill(
    layout: Layout, view: CaseView, *, document: Row | None, identity: Mapping[str, str] | None = None
) -> list[tuple[Part, Sequence[Sequence[Filled]], Sequence[Ticked]]]:
    """The layout's parts, each with its rows as they are printed and its ticked lines."""
    source = _Source(view, document, identity)

    def filled(cell: Cell) -> Filled:
        said = ((nth, words) for nth, one in enumerate(cell.sources) if (words := source.words(*one)))
        nth, words = next(said, (0, ""))
        sealed = identity is None and bool(cell.sources) and cell.sources[0][0] == "identity"
        # what only stands in for what is not known yet is not told large
        strong = cell.strong and bool(words) and nth == 0
        return Filled(cell.label, words or cell.otherwise, cell.lines, sealed, strong)

    return [
        (part, [[filled(cell) for cell in row] for row in part.rows], source.ticked() if part.ticks else [])
        for part in layout.parts
    ]


def answered(view: CaseView, document: Row) -> tuple[Part, Sequence[Sequence[Filled]], Sequence[Ticked]] | None:
    """What stands in a form of which no layout is kept: the answers it was made from; None where there are none."""
    row = next((a for a in view.file.answers if a["id"] == document["answer_id"]), None)
    if row is None:
        return None
    found = view.in_words(row)
    return Part(found.name), [[Filled(title, words, 1)] for title, words in found.lines], []


def empty(layout: Layout) -> list[tuple[Part, Sequence[Sequence[Filled]], Sequence[Ticked]]]:
    """The layout's parts with nothing in them."""
    return [
        (part, [[Filled(cell.label, "", cell.lines) for cell in row] for row in part.rows], []) for part in layout.parts
    ]


def _newest(answers: Sequence[Row], name: str) -> Row | None:
    return next((a for a in reversed(answers) if a["answers"].get(name) not in (None, "", [])), None)


def _ticks(checklists: Sequence[Checklist], ticked: Sequence[str]) -> list[Ticked]:
    return [Ticked(item.text, item.id in ticked) for checklist in checklists for item in checklist.items]
