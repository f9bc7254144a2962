"""The part of a case file for acts on the case as a whole: what this person may do, ask, note and undo now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.cases import desks, documents, holding, reopening, sight, undoing
from engine.cases.taking_up import as_it_stood
from engine.library import shelf
from engine.office import people
from webui import phrases

if TYPE_CHECKING:
    from webui.case_view import CaseView

__all__ = ["ActsView", "RefusedAct"]

#: where the form of a verb posts to, and how its id is called there
_POSTS = {
    "recall": ("item_acts.recall", "item_id"),
    "hand_back": ("item_acts.hand_back", "item_id"),
    "claim": ("item_acts.claim", "item_id"),
    "assign": ("item_acts.assign", "item_id"),
    "take_back_assignment": ("undo_acts.take_back_assignment", "item_id"),
    "take_back_send_back": ("undo_acts.take_back_send_back", "item_id"),
    "take_back_extension": ("undo_acts.take_back_extension", "extension_id"),
    "reopen": ("standing_acts.reopen", "case_id"),
    "part": ("joining_acts.part", "case_id"),
    "transfer": ("standing_acts.transfer", "case_id"),
    "set_priority": ("standing_acts.priority", "case_id"),
    "set_solved": ("standing_acts.solved", "case_id"),
    "note_strike": ("note_acts.strike", "note_id"),
    "take_back_opinion": ("opinion_acts.take_back", "opinion_id"),
    "proceed": ("time_acts.proceed", "case_id"),
    "renew_back": ("renewing.back", "case_id"),
}
#: what its form asks a reason for; the undo button says that it was one
_WITH_REASON = frozenset({"recall", "hand_back", "reopen", "part", "transfer", "set_priority", "set_solved", "proceed"})
#: these look up themselves where they go back to
_OWN_WAY = frozenset({"take_back_assignment", "take_back_send_back", "renew_back"})
UNDO_REASON = "復原剛才的動作"


@dataclass(frozen=True, slots=True)
class RefusedAct:
    """A form that came back: which act, of which row, what stood in it, what was wrong."""

    act: str
    thing: int
    values: Mapping[str, str]
    wrong: Mapping[str, str]
    sentence: str
    code: str


@dataclass(frozen=True, slots=True)
class UndoButton:
    """``endpoint`` None: it is undone on a page of its own, at ``link``."""

    words: str
    endpoint: str
    ids: Mapping[str, int | str]
    fields: Mapping[str, str] = field(default_factory=dict)
    link: bool = False


class ActsView:
    """Worked out from the file that the page has read already. Buttons ask the table that refuses the act."""

    def __init__(self, view: CaseView) -> None:
        self.db, self.case, self.file = view.db, view.case, view.file
        self.who, self.at, self.view = view.who, view.at, view
        self.open = self.case["status"] == "open"

    @cached_property
    def _thing(self) -> dict[str, Any]:
        return sight.thing(self.db, self.who, self.case)

    def _may(self, verb: str, **facts: Any) -> bool:
        return people.may(self.db, self.who, verb, {**self._thing, **facts})

    # -- the case as a whole

    @cached_property
    def returns(self) -> Sequence[reopening.Return]:
        """Where the case may be taken up again; none for who may not, and for what was joined."""
        if self.open or not self._may("reopen") or self._was_joined:
            return ()
        chart = shelf.projection(self.db, self.case["bundle"], self.case["start"])
        return reopening.returns(self.db, self.case, chart)

    @cached_property
    def _was_joined(self) -> bool:
        if self.case["close_reason"] != "duplicate":
            return False
        return as_it_stood(self.db, self.case["id"], "join") is not None

    def may_join(self) -> bool:
        return self.open and self._may("join")

    def may_part(self) -> bool:
        return not self.open and self._was_joined and self._may("part")

    def may_transfer(self) -> bool:
        return self.open and self.case["unit"] is not None and self._may("transfer")

    def may_set_priority(self) -> bool:
        return self.open and self._may("set_priority")

    def may_set_solved(self) -> bool:
        return self.case["released_at"] is not None and self._may("set_solved")

    def other_units(self) -> list[tuple[str, str]]:
        """Units to choose from, without the responsible one, by name."""
        others = ((unit, name) for unit, name in self.view.units_now.items() if unit != self.case["unit"])
        return sorted(others, key=lambda unit: unit[1])

    # -- opinions

    @cached_property
    def opinions(self) -> Sequence[Mapping[str, Any]]:
        return desks.opinions_in(self.db, self.case["id"], self.at)

    @cached_property
    def may_ask(self) -> bool:
        return self.open and holding.may(self.db, self.who, "ask_opinion", self.case)

    def may_give(self, opinion: Mapping[str, Any]) -> bool:
        facts = {**opinion, "case_id": self.case["id"]}
        return opinion["state"] == "asked" and people.may(self.db, self.who, "give_opinion", facts)

    def may_take_back(self, opinion: Mapping[str, Any]) -> bool:
        return opinion["state"] == "asked" and self._may("take_back_opinion", asked_by=opinion["asked_by"])

    # -- notes

    @cached_property
    def notes(self) -> Sequence[Mapping[str, Any]]:
        return desks.notes_of(self.db, self.case["id"])

    def may_note(self) -> bool:
        return self._may("note_add")

    def may_strike(self, row: Mapping[str, Any]) -> bool:
        return row["struck_at"] is None and self._may("note_strike", by=row["by"])

    # -- letters

    def is_letter(self, document: Mapping[str, Any]) -> bool:
        return document["kind"] in documents.OUTSIDE or document["notice_id"] is not None

    def may_note_undeliverable(self, document: Mapping[str, Any]) -> bool:
        if not self.is_letter(document) or document["returned_at"] is not None:
            return False
        return self._may("note_undeliverable")

    def may_send_again(self, document: Mapping[str, Any]) -> bool:
        return document["returned_at"] is not None and self._may("send_again")

    @cached_property
    def identity_fields(self) -> list[tuple[str, str]]:
        """The sealed fields of the opening's form, for who may correct them: (name, title)."""
        if not self.case["sealed"] or not self._may("correct_identity"):
            return []
        form = self.view.bundle.form(self.case["start"])
        return [(f.name, f.title) for f in form.fields if f.identity] if form else []

    def anything(self) -> bool:
        """Whether the panel of acts has anything in it."""
        return (
            bool(self.returns)
            or bool(self.identity_fields)
            or any(
                may()
                for may in (self.may_join, self.may_part, self.may_transfer, self.may_set_priority, self.may_set_solved)
            )
        )

    # -- undo

    @cached_property
    def undo(self) -> UndoButton | None:
        """The way back from this person's own newest act, while nothing has followed."""
        way = undoing.offered(self.db, self.case, self.who, self.at)
        if way is None:
            return None
        words = phrases.of(phrases.UNDO, way.act)
        if way.verb == "amend":
            return UndoButton(
                words, "case_acts.amending", {"case_id": self.case["id"], "step": way.given["step"]}, link=True
            )
        endpoint, name = _POSTS[way.verb]
        fields = {key: str(value) for key, value in way.given.items() if way.verb not in _OWN_WAY}
        if way.verb in _WITH_REASON:
            fields["reason"] = UNDO_REASON
        return UndoButton(words, endpoint, {name: way.thing}, fields)
