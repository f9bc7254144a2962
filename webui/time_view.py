"""The time part of a case file: the clocks as strips, who may ask, decide, stop and move, and what was asked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from engine.cases import Office, desks, extending, foreseen, holding, planning
from engine.cases.desks import CaseFile, Moment
from engine.dates import changes
from engine.errors import Invalid
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.store import Connection
from webui import door, phrases, shown, time_strip
from webui.case_parts import Clock

__all__ = ["TimeView"]

#: older deadlines of a path that began anew are folded away, this many of them
_MOST_EARLIER = 20


@dataclass(frozen=True, slots=True)
class Strip:
    """One deadline with everything that happens around it, in order."""

    clock: Clock
    moments: Sequence[Moment]
    may_ask: extending.Allowed | None
    at_most: datetime | None = None  # where the longest extension that may be asked for would end
    if_it_ran_on: datetime | None = None  # where a deadline that stands still would be, if it stood no longer

    @property
    def id(self) -> int:
        return int(self.clock.row["id"])

    @property
    def stands(self) -> bool:
        return self.clock.row["stopped_at"] is not None and self.clock.row["ended_at"] is None

    @property
    def shorter(self) -> str:
        """Which rule won, where the unit's own competed or the SOP's was not the shortest; '' where nobody wonders."""
        row = self.clock.row
        said = (line["why"] for line in row["working"] or () if line["what"] == "採用")
        won = next(said, "").removeprefix("取最短者：")
        others = {rule["name"] for rule in row["reckoned"] or ()} - {"本項期限", changes.CAP}
        return won if others or not won.startswith("本項期限") else ""


class TimeView:
    """Worked out once, from the file that the page has read already."""

    def __init__(
        self,
        db: Connection,
        case_row: Mapping[str, Any],
        file: CaseFile,
        clocks: Sequence[Clock],
        *,
        who: Person,
        at: datetime,
        office: Office,
    ) -> None:
        self.db, self.case, self.file, self.who, self.at, self.office = db, case_row, file, who, at, office
        self.requests = desks.extensions(db, case_row["id"])
        self.suspensions = desks.suspensions(db, case_row["id"])
        self.standing = next((row for row in self.suspensions if row["ended_at"] is None), None)
        self.open = case_row["status"] == "open"
        self.by_id = {clock.row["id"]: clock for clock in clocks}
        self.projection = shelf.projection(db, case_row["bundle"], case_row["start"])

    def expected(self) -> datetime | None:
        """The day of the answer while the limit has not begun; None where it has, or where nothing waits for one."""
        if not self.open or any(row["regime"] != "standard" for row in self.file.deadlines):
            return None
        return foreseen.answer_by(self.db, self.case, self.office.calendar)

    # -- the clocks

    def strips(self) -> list[Strip]:
        """The running deadline of every path, else the last; standard times have no strip of their own."""
        return self._strips

    @cached_property
    def _told(self) -> dict[int, list[Moment]]:
        """What happens around each limit, and around each standard time that runs."""
        newest = desks.newest_per_path(self.file.deadlines)
        rows = [row for row in newest if row["regime"] != "standard" or row["ended_at"] is None]
        return desks.moments(self.db, self.case, rows, at=self.at)

    @cached_property
    def _strips(self) -> list[Strip]:
        newest = desks.newest_per_path(self.file.deadlines)
        limits = [row for row in newest if row["regime"] != "standard"]
        told = self._told
        allowed = {one.path: one for one in self._allowed(limits)}
        return [
            Strip(
                self.by_id[row["id"]], told.get(row["id"], ()), allowed.get(row["path"]),
                self._at_most(row, allowed.get(row["path"])), self._if_it_ran_on(row),
            )
            for row in limits
        ]  # fmt: skip

    def _at_most(self, row: Mapping[str, Any], may: extending.Allowed | None) -> datetime | None:
        if may is None:
            return None
        with suppress(Invalid):  # the calendar does not reach so far
            return extending.would_be(SimpleNamespace(**row), may.length, may.unit, self.office).due
        return None

    def _if_it_ran_on(self, row: Mapping[str, Any]) -> datetime | None:
        if row["stopped_at"] is None or row["ended_at"] is not None:
            return None
        with suppress(Invalid):  # the calendar does not reach so far
            as_row = SimpleNamespace(**row)
            stood = changes.stood(as_row)
            return changes.give_back(as_row, stood, row["stopped_at"], self.at, self.office.calendar).due
        return None

    def picture_of(self, deadline_id: int) -> str:
        """The same by the deadline's id; '' of one that has begun anew since."""
        return next((self.picture(strip) for strip in self.strips() if strip.id == deadline_id), "")

    def rungs_of(self, deadline_id: int) -> list[Moment]:
        """Its reminders and escalations with whom they reach; none of one that is over."""
        if self.by_id[deadline_id].row["ended_at"] is not None:
            return []
        return [one for one in self._told.get(deadline_id, ()) if one.kind in ("reminder", "escalation")]

    def picture(self, strip: Strip, language: str = "") -> str:
        """A deadline as a line of working days, as SVG; in the reader's language where none is named."""
        return time_strip.of_limit(
            strip.clock.row, strip.moments, self.suspensions, opened=self.case["received_at"], at=self.at,
            calendar=self.office.calendar,
            says=time_strip.Says(language or door.language()),
        )  # fmt: skip

    def control_picture(self, language: str = "") -> str:
        """The other clock of a petition, 列管; '' of a case that is not in control."""
        if self.case["controlled_at"] is None:
            return ""
        rounds = [row for row in self.file.deadlines if row["regime"] == "follow-up"]
        return time_strip.of_control(
            self.case, rounds, at=self.at, calendar=self.office.calendar,
            says=time_strip.Says(language or door.language()),
        )  # fmt: skip

    def standard(self) -> list[Clock]:
        """Standard times that still run: for planning, never a limit."""
        return [
            self.by_id[row["id"]] for row in desks.newest_per_path(self.file.deadlines)
            if row["regime"] == "standard" and row["ended_at"] is None
        ]  # fmt: skip

    def earlier(self) -> list[Clock]:
        """Deadlines of the case that began anew since: the newest first."""
        shown_now = {row["id"] for row in desks.newest_per_path(self.file.deadlines)}
        older = [
            row for row in reversed(self.file.deadlines) if row["id"] not in shown_now and row["regime"] != "standard"
        ]
        return [self.by_id[row["id"]] for row in older[:_MOST_EARLIER]]

    def two_clocks(self) -> list[tuple[str, str, str]]:
        """公文 and 列管 of a petition: (which, state, since or until). A reply closes the one and not the other."""
        case = self.case
        if case["controlled_at"] is None and case["dispatched_at"] is None:
            return []
        if case["dispatched_at"] is not None:
            document = ("公文", "已除管", shown.when(case["dispatched_at"]))
        else:
            limit = next((row for row in self.file.deadlines if row["regime"] == "petition"), None)
            document = ("公文", "辦理中", f"期限 {shown.when(limit['due_at'])}" if limit else "")
        if case["released_at"] is not None:
            control = ("列管", "已解除", shown.when(case["released_at"]))
        elif self.open:
            control = ("列管", "列管中", f"自 {shown.when(case['controlled_at'])}" if case["controlled_at"] else "")
        else:
            control = ("列管", "已結束", shown.when(case["ended_at"]))
        return [document, control]

    # -- what this person may do

    def _allowed(self, limits: Sequence[Mapping[str, Any]]) -> list[extending.Allowed]:
        if not self.open or not holding.may(self.db, self.who, "ask_extension", self.case):
            return []
        return list(extending.allowed(self.projection, limits, self.requests, at=self.at))

    def may_decide(self, request: Mapping[str, Any]) -> bool:
        if request["state"] != "asked" or request["asked_by"] in self.who.ids:
            return False
        facts = {**self.case, "level": self.level(request)}
        return people.may(self.db, self.who, "decide_extension", facts)

    def level(self, request: Mapping[str, Any]) -> str:
        return desks.level_of(self.db, request)

    def may_suspend(self) -> bool:
        runs = any(
            row["ended_at"] is None and row["stopped_at"] is None and row["due_at"] >= self.at
            and row["regime"] not in ("standard", "backward", "fixed")
            for row in self.file.deadlines
        )  # fmt: skip
        return self.standing is None and runs and holding.may(self.db, self.who, "suspend", self.case)

    def may_proceed(self) -> bool:
        return self.standing is not None and holding.may(self.db, self.who, "proceed", self.case)

    def events(self) -> list[tuple[str, datetime | None]]:
        return list(planning.events_of(self.db, self.projection, self.case["id"]).items())

    def may_move(self) -> bool:
        return self.open and holding.may(self.db, self.who, "move_event", self.case)

    # -- words

    def event_title(self, event: str) -> str:
        """The event as a form calls it: its field's title; what another case handed in is called by its deadline."""
        scope, _, name = event.rpartition("/")
        paths = [self.case["start"], *(path for path, step in self.projection.steps.items() if step.scope == scope)]
        forms = (shelf.form(self.db, self.case["bundle"], path) for path in paths)
        fields = (form.field(name) for form in forms if form is not None)
        limits = (one.deadline.name for one in self.projection.deadlines.values() if one.event == name)
        return next((field.title for field in fields if field is not None), next(limits, event))

    def deadline_name(self, path: str) -> str:
        return next((row["name"] for row in self.file.deadlines if row["path"] == path), path)

    @staticmethod
    def moment_words(moment: Moment) -> str:
        words = phrases.of(phrases.MOMENT, moment.kind)
        return f"{words}（第 {moment.level} 級）" if moment.level else words
