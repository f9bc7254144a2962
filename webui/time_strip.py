"""The clocks of a case made ready for their strips: instants counted in the office's working days, dates in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from diagrams.deadline_strip import Label, Pause, Sign, SignKind, Strip, draw
from engine.cases.desks import Moment
from engine.dates.workdays import Calendar
from engine.errors import Invalid
from webui import phrases, shown
from webui.words import said_in, worded

__all__ = ["Line", "Says", "of_control", "of_limit"]

Row = Mapping[str, Any]
#: how far past its due date a line goes for a rung that is not due yet
_BEYOND = 1.5
#: of a long follow-up only the newest rounds are shown
_MOST_ROUNDS = 40
_MOST_TICKS = 400


class Says:
    """A pattern, a word and a date in the reader's language."""

    def __init__(self, language: str) -> None:
        self._worded, self.word = worded(language), said_in(language)

    def __call__(self, pattern: str, *values: object) -> str:
        return self._worded(pattern, *values)

    def day(self, instant: datetime) -> str:
        return self.word(shown.short_day(instant))

    def when(self, instant: datetime) -> str:
        return self.word(shown.when(instant))


class Line:
    """Places on a line of working days that begins with the day of ``first``."""

    def __init__(self, first: datetime, calendar: Calendar) -> None:
        self.first, self.calendar = shown.local(first).date(), calendar

    def place(self, instant: datetime) -> float:
        """In working days; a day that is not worked has no length. In calendar days where no calendar is published."""
        day = shown.local(instant).date()
        try:
            before = self._worked_before(day) - self._worked_before(self.first)
            return before + self._part(day, instant)
        except Invalid:
            return float((day - self.first).days)

    def ticks(self, until: float) -> list[tuple[float, str]]:
        """The beginning of each working day, with its day of the month."""
        found = []
        try:
            day = self.calendar.on_or_after(self.first)
            for n in range(min(int(until) + 1, _MOST_TICKS)):
                found.append((float(n), f"{day.month}/{day.day}"))
                day = self.calendar.add(day, 1)
        except Invalid:
            return []
        return found

    def _worked_before(self, day: date) -> int:
        return self.calendar.between(self.first - timedelta(days=1), day - timedelta(days=1))

    def _part(self, day: date, instant: datetime) -> float:
        spans = self.calendar.spans(day)
        worked = sum((max(min(until, instant) - since, timedelta()) for since, until in spans), timedelta())
        whole = sum((until - since for since, until in spans), timedelta())
        return worked / whole if whole else 0.0


def of_limit(
    row: Row, moments: Sequence[Moment], suspensions: Sequence[Row], *, opened: datetime, at: datetime,
    calendar: Calendar, says: Says,
) -> str:  # fmt: skip
    """One deadline's strip as SVG. ``moments`` are told in words beside it.

    What is counted back from an event begins, as a line, with the case: ``opened``.
    """
    backward = row["starts_at"] > row["due_at"]
    begin = min(opened, row["due_at"]) if backward else row["starts_at"]
    line = Line(begin, calendar)
    place = line.place
    now, due = place(at), place(row["due_at"])
    over = place(row["met_at"] or row["ended_at"]) if row["ended_at"] is not None else None
    end = max(due, over if over is not None else now)
    furthest = end + max(2.0, (end - place(begin)) * (_BEYOND - 1))
    signs = []
    source = says("倒推自 {0}", says.day(row["starts_at"])) if backward else says("起算 {0}", says.day(begin))
    labels = [
        Label(place(row["starts_at"]), source),
        Label(due, says("期限 {0}", says.when(row["due_at"])), bold=True),
    ]
    for moment in moments:
        if moment.old is not None and moment.old != row["due_at"]:
            labels.append(Label(place(moment.old), says("原期限 {0}", says.day(moment.old)), struck=True))
        kind = _SIGNS.get(moment.kind)
        where = place(moment.at)
        if kind is None or moment.state == "silent" or where > furthest:
            continue
        happened = moment.state in ("rang", "past")
        signs.append(Sign(where, kind, happened, _told(moment, says), moment.level))
    if over is not None:
        day = says.day(row["met_at"] or row["ended_at"])
        labels.append(Label(over, says("達成 {0}", day) if row["met_at"] is not None else says("結束計時 {0}", day)))
    length = max([end, place(row["starts_at"]), *(sign.at for sign in signs)]) * 1.02 + 0.1
    return draw(
        Strip(
            said=_said(row, at, says), start=place(begin), due=due, now=now, over=over, length=length,
            signs=signs, labels=_once(labels), pauses=_pauses(row, suspensions, line, at, says),
            ticks=line.ticks(length), now_words=says("現在"),
        )
    )  # fmt: skip


_SIGNS: Mapping[str, SignKind] = {
    "reminder": "reminder", "escalation": "escalation", "timer": "timer", "met": "met", "ended": "ended",
    "suspension": "changed", "extension": "changed", "event": "changed", "recount": "changed", "given": "changed",
}  # fmt: skip


def of_control(
    case: Row, rounds: Sequence[Row], *, at: datetime, calendar: Calendar, says: Says
) -> str:  # fmt: skip
    """The other clock of a petition, 列管: from control to release, whatever was answered on the way.

    ``rounds``: the deadlines of its follow-ups.
    """
    line = Line(case["controlled_at"], calendar)
    place = line.place
    ended = case["released_at"] or case["ended_at"]
    start, now, over = place(case["controlled_at"]), place(at), place(ended) if ended is not None else None
    labels = [Label(start, says("列管 {0}", says.day(case["controlled_at"])))]
    signs = []
    if case["dispatched_at"] is not None:
        told = says("公文除管 {0}", says.day(case["dispatched_at"]))
        labels.append(Label(place(case["dispatched_at"]), told))
        signs.append(Sign(place(case["dispatched_at"]), "changed", True, told))
    for row in rounds[-_MOST_ROUNDS:]:
        if row["ended_at"] is None or row["due_at"] <= row["ended_at"]:
            told = says("追蹤 {0}", says.when(row["due_at"]))
            signs.append(Sign(place(row["due_at"]), "reminder", row["due_at"] <= at, told))
    if case["released_at"] is not None:
        labels.append(Label(place(ended), says("解除列管 {0}", says.when(ended)), bold=True))
        signs.append(Sign(place(ended), "met", True, says("解除列管 {0}", says.when(ended))))
        said = says("列管自 {0} 至 {1}。", says.when(case["controlled_at"]), says.when(ended))
    elif ended is not None:
        labels.append(Label(place(ended), says("結束 {0}", says.when(ended)), bold=True))
        signs.append(Sign(place(ended), "ended", True, says("結束 {0}", says.when(ended))))
        said = says("列管自 {0} 至 {1}。", says.when(case["controlled_at"]), says.when(ended))
    else:
        said = says("列管自 {0}，尚未解除。", says.when(case["controlled_at"]))
    last = over if over is not None else now
    length = max([last, *(sign.at for sign in signs)]) * 1.05 + 0.3
    return draw(
        Strip(
            said=said, start=start, due=None, now=now, over=over, length=length, signs=signs, labels=labels,
            ticks=line.ticks(length), now_words=says("現在"),
        )
    )  # fmt: skip


def _pauses(row: Row, suspensions: Sequence[Row], line: Line, at: datetime, says: Says) -> list[Pause]:
    """When this deadline stood still: it got its time back, or it stands now."""
    found = []
    for one in suspensions:
        lasts = one["ended_at"] is None and row["ended_at"] is None
        mine = row["stopped_at"] is not None if lasts else row["path"] in _given_back(one)
        until = min(one["ended_at"] or at, row["ended_at"] or at)
        if (
            not mine
            or until <= row["starts_at"]
            or (row["ended_at"] is not None and one["began_at"] >= row["ended_at"])
        ):
            continue
        words = (
            says("停止計時，自 {0}", says.when(one["began_at"])) if lasts
            else says("停止計時，{0} 至 {1}", says.when(one["began_at"]), says.when(until))
        )  # fmt: skip
        found.append(Pause(line.place(one["began_at"]), line.place(until), words))
    return found


def _given_back(suspension: Row) -> set[str]:
    return {str(one["path"]) for one in suspension["given_back"] or ()}


def _once(labels: Sequence[Label]) -> list[Label]:
    """A due date that was moved twice from the same day is named once."""
    return list({(one.words, one.struck): one for one in labels}.values())


def _told(moment: Moment, says: Says) -> str:
    what = says.word(phrases.of(phrases.MOMENT, moment.kind))
    if moment.level:
        what = says("{0}（第 {1} 級）", what, moment.level)
    state = phrases.of(phrases.MOMENT_STATE, moment.state)
    parts = [says.when(moment.at), what, *([says.word(state)] if state else [])]
    return " ".join(parts)


def _said(row: Row, at: datetime, says: Says) -> str:
    """The whole strip in a sentence; each of its moments stands in the list beside it."""
    begins, due = says.when(row["starts_at"]), says.when(row["due_at"])
    if row["met_at"] is not None:
        met = says.when(row["met_at"])
        if row["met_at"] > row["due_at"]:
            return says("{0}：{1} 起算，期限 {2}，{3} 達成，已逾期。", row["name"], begins, due, met)
        return says("{0}：{1} 起算，期限 {2}，{3} 如期達成。", row["name"], begins, due, met)
    if row["ended_at"] is not None:
        ended = says.when(row["ended_at"])
        return says("{0}：{1} 起算，期限 {2}，{3} 結束計時。", row["name"], begins, due, ended)
    if row["stopped_at"] is not None:
        return says("{0}：{1} 起算，期限 {2}，現在停止計時。", row["name"], begins, due)
    if row["due_at"] < at:
        return says("{0}：{1} 起算，期限 {2}，現在已逾期。", row["name"], begins, due)
    return says("{0}：{1} 起算，期限 {2}，現在進行中。", row["name"], begins, due)
