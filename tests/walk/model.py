"""What the office would be if it were written down on paper: the cases, who holds them, which clocks run.

It knows nothing of the engine. Each act says what somebody reads who tries it (``OK`` or the refusal's status) and,
when it passes, what is different afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

__all__ = ["CHIEFS", "OK", "PEOPLE", "Case", "Model", "work"]

TAIPEI = ZoneInfo("Asia/Taipei")
OK, MISSING, NOT_ALLOWED, NOT_NOW, INVALID = 200, 404, 403, 409, 422
#: who sits where, with which role
PEOPLE: dict[str, tuple[str, str]] = {
    "lighting1": ("works-lighting", "officer"),
    "lighting2": ("works-lighting", "officer"),
    "lighting-chief": ("works-lighting", "section_chief"),
    "works-head": ("works", "unit_head"),
    "rdec1": ("planning-rdec", "rdec_officer"),
    "service1": ("planning-rdec", "service_center"),
    "roads1": ("works-roads", "officer"),
    "drainage1": ("works-drainage", "officer"),
}
CHIEFS = ("lighting-chief", "works-head")
CONTROL, SERVICE, ASKED = "rdec1", "service1", "roads1"
#: who does a step
STEPS: dict[str, tuple[str, str]] = {
    "PO-07": ("works-lighting", "officer"),
    "PO-08": ("works-lighting", "officer"),
    "PO-09": ("works-lighting", "section_chief"),
    "PO-11": ("planning-rdec", "rdec_officer"),
    "PO-FU/FU-04": ("works-lighting", "officer"),
    "PO-FU/FU-07": ("works-lighting", "section_chief"),
}
#: where a step goes on when the reply is late
LATE = {"PO-08": "PO-FU/FU-04", "PO-09": "PO-FU/FU-07"}
#: working days for a petition by the web
DAYS = 5
#: minutes of one working day
DAY = 480


def work(instant: datetime) -> float:
    """Working minutes since a Monday long ago: weekdays, eight to noon and one to five."""
    local = instant.astimezone(TAIPEI)
    days = (local.date() - date(2026, 1, 5)).days
    before = days // 7 * 5 + min(days % 7, 5)
    if days % 7 >= 5:
        return before * DAY
    minutes = (
        datetime.combine(local.date(), local.time()) - datetime.combine(local.date(), time(8))
    ).total_seconds() / 60
    return before * DAY + max(0.0, min(minutes, 240)) + max(0.0, min(minutes - 300, 240))


@dataclass
class Case:
    id: int
    number: str
    opened: datetime
    due: float
    step: str = "PO-08"
    holder: str | None = None
    drafted_by: str | None = None
    #: somebody took, gave or wrote since the step was opened
    touched: bool = False
    status: str = "open"
    done: dict[str, str] = field(default_factory=lambda: {"PO-07": "lighting1"})
    #: what was completed last and opened the step as it stands
    opener: tuple[str, str] | None = ("PO-07", "lighting1")
    replied: bool = False
    stopped: float | None = None
    follow_up: date | None = None
    extension: tuple[int, str, int] | None = None
    extended: bool = False
    priority: int = 0
    informant: bool = False
    excluded: set[str] = field(default_factory=set)
    notes: dict[int, tuple[str, bool]] = field(default_factory=dict)
    opinion: tuple[int, str] | None = None
    asked_ever: bool = False
    joined: Case | None = None
    reached_control: bool = False
    #: the newest line of its journal: what, by whom, what was before
    newest: tuple[str, str, object] = ("complete", "lighting1", None)
    entries: int = 3
    #: late: the flow goes ways that are not on this paper
    strange: bool = False

    @property
    def seat(self) -> tuple[str, str]:
        return STEPS[self.step]

    @property
    def over(self) -> bool:
        return self.status != "open"


@dataclass
class Model:
    now: datetime
    cases: dict[int, Case] = field(default_factory=dict)
    #: lighting1 is away until then, and lighting2 stands in
    away_until: datetime | None = None

    # -- who is who

    def away(self, at: datetime | None = None) -> bool:
        return self.away_until is not None and (at or self.now) < self.away_until

    def selves(self, case: Case, who: str) -> set[str]:
        """Whoever somebody acts for before this case; nobody when they are excluded from it."""
        if who in case.excluded:
            return set()
        stands = {"lighting1"} if who == "lighting2" and self.away() and "lighting1" not in case.excluded else set()
        return {who} | stands

    def taker(self, case: Case, who: str | None, at: datetime | None = None) -> str | None:
        if who is None or who in case.excluded:
            return None
        if who == "lighting1" and self.away(at):
            return "lighting2" if "lighting2" not in case.excluded else None
        return who

    def sees_item(self, case: Case, who: str) -> bool:
        selves = self.selves(case, who)
        unit = case.seat[0]
        return bool(selves) and (
            who == CONTROL
            or any(PEOPLE[one][0] == unit for one in selves)
            or (who in CHIEFS and unit == "works-lighting")
            or case.holder in selves
        )

    def sees(self, case: Case, who: str) -> bool:
        if who in case.excluded:
            return False
        if who == ASKED:
            return case.asked_ever
        return who != "drainage1"

    def holds(self, case: Case, who: str) -> bool:
        return any(PEOPLE[one] == case.seat for one in self.selves(case, who))

    def may_do(self, case: Case, who: str) -> bool:
        selves = self.selves(case, who)
        return case.holder in selves if case.holder is not None else self.holds(case, who)

    def leads(self, case: Case, who: str) -> bool:
        return who in CHIEFS and who not in case.excluded and case.seat[0] == "works-lighting"

    # -- what each reads

    def mine(self, who: str) -> set[tuple[int, str]]:
        return {
            (case.id, case.step) for case in self.cases.values()
            if not case.over and not case.strange and case.holder in self.selves(case, who)
        }  # fmt: skip

    def free(self, who: str) -> set[tuple[int, str]]:
        return {
            (case.id, case.step) for case in self.cases.values()
            if not case.over and not case.strange and case.holder is None and self.holds(case, who)
        }  # fmt: skip

    def late(self, case: Case) -> bool:
        """A limit of an open case is past, and does not stand still."""
        if case.over:
            return False
        reply = not case.replied and case.stopped is None and work(self.now) > case.due
        again = case.follow_up is not None and self.now.astimezone(TAIPEI).date() > case.follow_up
        return reply or again

    def undo(self, case: Case, who: str) -> str | None:
        """What of the newest line this person may take back."""
        what, by, before = case.newest
        if by != who or not self.sees(case, who):
            return None
        quiet = case.drafted_by is None
        ways = {
            "complete": "recall" if not case.over and case.opener == (before or "PO-07", who) and not case.touched
            and case.step != "PO-11" else None,
            "claim": "hand_back" if not case.over and case.holder == who and quiet else None,
            "assign": "take_back_assignment" if not case.over and quiet else None,
            "send_back": "take_back_send_back" if not case.over and not case.touched else None,
            "withdraw": "reopen",
            "join": "part",
            "note_add": "note_strike",
            "ask_extension": "take_back_extension" if case.extension else None,
            "ask_opinion": "take_back_opinion" if case.opinion else None,
            "set_priority": "set_priority" if not case.over else None,
            "suspend": "proceed" if case.stopped is not None else None,
        }  # fmt: skip
        if what == "hand_back":
            there = isinstance(before, str) and self.taker(case, before) == before
            return "claim" if before == who else "assign" if there and self.leads(case, who) else None
        return ways.get(what)

    # -- what an act gives

    def of_item(self, case: Case, who: str, *, may: bool) -> int:
        if not self.sees_item(case, who):
            return MISSING
        if not may:
            return NOT_ALLOWED
        return NOT_NOW if case.over else OK

    def holding(self, case: Case, who: str, *, chief: bool) -> int:
        if not self.sees(case, who):
            return MISSING
        if case.over:
            return NOT_NOW
        return OK if self.may_do(case, who) or (chief and self.leads(case, who)) else NOT_ALLOWED

    def of_case(self, case: Case, who: str, *may: str) -> int:
        if not self.sees(case, who):
            return MISSING
        return OK if who in may else NOT_ALLOWED

    # -- what an act leaves

    def wrote(self, case: Case, what: str, who: str, before: object = None) -> None:
        case.newest = (what, who, before)
        case.entries += 1

    def opens(self, case: Case, step: str, holder: str | None, opener: tuple[str, str] | None) -> None:
        case.step, case.holder, case.opener = step, self.taker(case, holder), opener
        case.drafted_by, case.touched = None, False
        case.reached_control |= step == "PO-11"

    def ends(self, case: Case, status: str) -> None:
        case.status = status
        case.opinion = None
        case.extension = None

    def completes(self, case: Case, who: str, *, back: bool = False) -> None:
        step = case.step
        case.done[step] = who
        self.wrote(case, "complete", who, step)
        following = {"PO-07": "PO-08", "PO-08": "PO-09", "PO-09": "PO-08" if back else "PO-11"}.get(step)
        if step == "PO-09" and not back:
            case.replied, case.extension = True, None
        if following is None:
            self.ends(case, "ended")
            case.follow_up = None
        else:
            self.opens(case, following, case.done.get(following), (step, who))

    def passes(self, now: datetime) -> None:
        """Time goes on: what was due on the way rang, and what is late goes on in the follow-up."""
        self.now = now
        for case in self.cases.values():
            if case.step.startswith("PO-FU"):
                case.strange = True
            if not case.over and not case.replied and self.late(case):
                case.extension = None
                case.newest = ("timer", "", None)
                if case.step in LATE:
                    case.entries += 1
                    drafted, touched = case.drafted_by, case.touched
                    case.step, case.opener = LATE[case.step], None
                    case.holder = self.taker(case, case.holder, closing(case.due))
                    case.drafted_by, case.touched = drafted, touched
                else:
                    case.strange = True


def due_after(opened: datetime) -> float:
    """The closing of the fifth working day after the day it came in on."""
    at_work = opened.astimezone(TAIPEI).weekday() < 5
    return (work(opened) // DAY + at_work + DAYS) * DAY


def closing(due: float) -> datetime:
    """The closing of the working day on which that many minutes are over."""
    day = ceil(due / DAY - 0.001) - 1
    return datetime.combine(date(2026, 1, 5) + timedelta(days=day // 5 * 7 + day % 5), time(17), TAIPEI)


def follow_up_after(day: date) -> date:
    """A week on, or the Monday after."""
    on = day + timedelta(days=7)
    return on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() >= 5 else 0)
