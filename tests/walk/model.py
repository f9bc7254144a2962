"""What the office would be if it were written down on paper: the cases, who holds them, which clocks run.

It knows nothing of the engine. Each act says what somebody reads who tries it (``OK`` or the refusal's status) and,
when it passes, what is different afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
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
    "roads-chief": ("works-roads", "section_chief"),
    "drainage1": ("works-drainage", "officer"),
}
#: who leads which units
CHIEFS = {
    "lighting-chief": {"works-lighting"},
    "works-head": {"works-lighting", "works-roads"},
    "roads-chief": {"works-roads"},
}
CONTROL, SERVICE, ASKED = "rdec1", "service1", "works-roads"
#: who does a step; None: of the responsible unit
STEPS: dict[str, tuple[str | None, str]] = {
    "PO-07": (None, "officer"),
    "PO-08": (None, "officer"),
    "PO-09": (None, "section_chief"),
    "PO-11": ("planning-rdec", "rdec_officer"),
    "PO-FU/FU-04": (None, "officer"),
    "PO-FU/FU-07": (None, "section_chief"),
    "PO-FU/FU-05": ("planning-rdec", "rdec_officer"),
}
#: what follows a step that is done; and where a review sends it back to
NEXT = {
    "PO-07": "PO-08", "PO-08": "PO-09", "PO-09": "PO-11",
    "PO-FU/FU-04": "PO-FU/FU-07", "PO-FU/FU-07": "PO-FU/FU-05",
}  # fmt: skip
BACK = {"PO-08": "PO-07", "PO-09": "PO-08", "PO-FU/FU-07": "PO-FU/FU-04"}
#: reviews, and what comes after them: the answer has left the house
REVIEWS, SENT = ("PO-09", "PO-FU/FU-07"), ("PO-11", "PO-FU/FU-05")
#: where a step goes on when the reply is late
LATE = {"PO-08": "PO-FU/FU-04", "PO-09": "PO-FU/FU-07"}
#: working days for a petition by the web
DAYS = 5
#: microseconds of one minute at work, of one working day
MINUTE = 60_000_000
DAY = 480 * MINUTE


def work(instant: datetime) -> int:
    """Working microseconds since a Monday long ago: weekdays, eight to noon and one to five."""
    local = instant.astimezone(TAIPEI)
    days = (local.date() - date(2026, 1, 5)).days
    before = (days // 7 * 5 + min(days % 7, 5)) * DAY
    if days % 7 >= 5:
        return before
    since = (local - datetime.combine(local.date(), time(8), TAIPEI)) // timedelta(microseconds=1)
    return before + max(0, min(since, 240 * MINUTE)) + max(0, min(since - 300 * MINUTE, 240 * MINUTE))


@dataclass
class Case:
    id: int
    number: str
    opened: datetime
    due: int
    unit: str = "works-lighting"
    step: str = "PO-08"
    holder: str | None = None
    drafted_by: str | None = None
    #: step → whose draft was left there when the case was taken away; it lies there when it comes back
    left: dict[str, str] = field(default_factory=dict)
    #: somebody took, gave or wrote since the step was opened
    touched: bool = False
    status: str = "open"
    #: step → who did it last, or had it when the case was taken away from it
    last: dict[str, str | None] = field(default_factory=lambda: {"PO-07": "lighting1"})
    #: what was completed last and opened the step as it stands
    opener: tuple[str, str] | None = ("PO-07", "lighting1")
    #: step that somebody completed → the unit it was done in, and by whom
    done: dict[str, tuple[str, str]] = field(default_factory=lambda: {"PO-07": ("works-lighting", "lighting1")})
    #: units that had work in it before
    units: set[str] = field(default_factory=lambda: {"works-lighting"})
    amended: int = 0
    replied: bool = False
    stopped: int | None = None
    follow_up: date | None = None
    extension: tuple[int, str, int] | None = None
    extended: bool = False
    priority: int = 0
    informant: bool = False
    excluded: set[str] = field(default_factory=set)
    notes: dict[int, tuple[str, bool]] = field(default_factory=dict)
    opinion: tuple[int, str] | None = None
    #: an opinion is, or was, really asked for
    asked_ever: bool = False
    #: one that was asked for earlier was not taken back
    answered: bool = False
    joined: Case | None = None
    #: the newest line of its journal: what, by whom, what was before
    newest: tuple[str, str, object] = ("complete", "lighting1", None)
    entries: int = 3
    #: late: until when its unit says how it stands
    cycle: date | None = None
    #: later still, the flow goes ways that are not on this paper
    strange: bool = False

    @property
    def seat(self) -> tuple[str, str]:
        unit, role = STEPS[self.step]
        return unit or self.unit, role

    @property
    def over(self) -> bool:
        return self.status != "open"


@dataclass
class Model:
    now: datetime
    cases: dict[int, Case] = field(default_factory=dict)
    #: what somebody has done something to since this was last emptied
    written: set[int] = field(default_factory=set)
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
            or unit in CHIEFS.get(who, ())
            or case.holder in selves
        )

    def sees_done(self, case: Case, step: str, who: str) -> bool:
        """Whether somebody sees a step as it was done."""
        unit, by = case.done[step]
        near = who in (CONTROL, by) or PEOPLE[who][0] == unit or self.is_chief(case, who, unit)
        return near and who not in case.excluded

    def sees(self, case: Case, who: str) -> bool:
        if who in case.excluded:
            return False
        units = case.units | {case.unit, case.seat[0]} | ({ASKED} if case.asked_ever else set())
        return PEOPLE[who][0] in units | {"planning-rdec"} or bool(CHIEFS.get(who, set()) & units)

    def holds(self, case: Case, who: str) -> bool:
        return any(PEOPLE[one] == case.seat for one in self.selves(case, who))

    def may_do(self, case: Case, who: str) -> bool:
        selves = self.selves(case, who)
        return case.holder in selves if case.holder is not None else self.holds(case, who)

    def leads(self, case: Case, who: str) -> bool:
        return self.is_chief(case, who, case.seat[0])

    def is_chief(self, case: Case, who: str, unit: str) -> bool:
        return who not in case.excluded and unit in CHIEFS.get(who, ())

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
        reply = not case.replied and case.stopped is None and self.now > instant_of(case.due)
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
            and case.step not in SENT else None,
            "claim": "hand_back" if not case.over and case.holder == who and quiet else None,
            "assign": "take_back_assignment" if not case.over and quiet else None,
            "send_back": "take_back_send_back" if not case.over and not case.touched else None,
            "withdraw": "reopen",
            "join": "part",
            "note_add": "note_strike",
            "ask_extension": "take_back_extension" if case.extension else None,
            "ask_opinion": "take_back_opinion" if case.opinion else None,
            "set_priority": "set_priority" if not case.over else None,
            "transfer": "transfer" if not case.over else None,
            "amend": "amend",
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
        self.written.add(case.id)

    def leaves(self, case: Case) -> None:
        """The case is taken away from its step, and nobody has done it."""
        case.units.add(case.seat[0])
        case.last[case.step] = case.holder
        if case.drafted_by is not None:
            case.left[case.step] = case.drafted_by
            case.drafted_by = None

    def opens(self, case: Case, step: str, opener: tuple[str, str] | None) -> None:
        """A step opens, for whoever had it last."""
        case.step, case.opener = step, opener
        last = case.last.get(step)
        case.holder = self.taker(case, last) if last is not None and PEOPLE[last] == case.seat else None
        case.drafted_by, case.touched = case.left.pop(step, None), False
        if step == "PO-FU/FU-04" and self.is_over(case):
            case.strange = True

    def ends(self, case: Case, status: str) -> None:
        case.status = status
        self.goes_on(case)
        case.answered |= case.opinion is not None
        case.opinion = None
        case.extension = None

    def completes(self, case: Case, who: str, *, back: bool = False) -> None:
        step = case.step
        case.last[step], case.drafted_by = who, None
        case.done[step] = (case.seat[0], who)
        case.units.add(case.seat[0])
        self.wrote(case, "complete", who, step)
        following = BACK[step] if back else NEXT.get(step)
        if step in REVIEWS and not back:
            case.replied, case.extension = True, None
        if following is None:
            self.ends(case, "ended")
            case.follow_up = None
        else:
            self.opens(case, following, (step, who))

    def goes_on(self, case: Case) -> None:
        """The clock stands still no longer, and gets its time back."""
        if case.stopped is not None:
            case.due += work(self.now) - case.stopped
            case.stopped = None

    def undoes(self, case: Case, verb: str, who: str) -> None:
        """What the newest line left is as it was before it."""
        _, _, before = case.newest
        previous = before if isinstance(before, str) else None
        if verb == "recall":
            self.leaves(case)
            self.opens(case, case.opener[0] if case.opener else case.step, None)
        elif verb == "take_back_send_back":
            self.leaves(case)
            self.opens(case, previous or case.step, None)
        elif verb in ("claim", "assign", "hand_back", "take_back_assignment"):
            before = case.holder
            case.holder, case.touched = (None if verb == "hand_back" else previous), True
        elif verb == "note_strike":
            newest = max(case.notes)
            case.notes[newest] = (case.notes[newest][0], True)
        elif verb == "take_back_extension":
            case.extension = None
        elif verb == "take_back_opinion":
            case.opinion = None
            case.asked_ever = case.answered
        elif verb == "set_priority":
            before, case.priority = case.priority, int(str(before))
        elif verb == "proceed":
            self.goes_on(case)
        self.wrote(case, verb, who, before)

    def is_over(self, case: Case) -> bool:
        """Its unit has not said in time how it stands."""
        return case.cycle is not None and self.now.astimezone(TAIPEI).date() > case.cycle

    def passes(self, now: datetime) -> None:
        """Time goes on: what was due on the way rang, and what is late goes on in the follow-up."""
        self.now = now
        self.written |= self.cases.keys()
        for case in self.cases.values():
            if case.step == "PO-FU/FU-04" and not case.over and self.is_over(case):
                case.strange = True
            if not case.over and not case.replied and case.cycle is None and self.late(case):
                case.extension = None
                case.newest = ("timer", "", None)
                if case.step in LATE:
                    case.entries += 1
                    case.cycle = follow_up_after(instant_of(case.due).date())
                    drafted, touched = case.drafted_by, case.touched
                    case.step, case.opener = LATE[case.step], None
                    case.holder = self.taker(case, case.holder, instant_of(case.due))
                    case.drafted_by, case.touched = drafted, touched
                else:
                    case.strange = True


def due_after(opened: datetime) -> int:
    """The closing of the fifth working day after the day it came in on."""
    at_work = opened.astimezone(TAIPEI).weekday() < 5
    return (work(opened) // DAY + at_work + DAYS) * DAY


def instant_of(due: int) -> datetime:
    """The first instant at which so much work is over: a closing, or within office hours."""
    day, rest = divmod(due - 1, DAY)
    opens = datetime.combine(date(2026, 1, 5) + timedelta(days=day // 5 * 7 + day % 5), time(8), TAIPEI)
    noon = 60 * MINUTE if rest >= 240 * MINUTE else 0
    return opens + timedelta(microseconds=rest + 1 + noon)


def follow_up_after(day: date) -> date:
    """A week on, or the Monday after."""
    on = day + timedelta(days=7)
    return on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() >= 5 else 0)
