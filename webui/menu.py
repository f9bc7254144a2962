"""The main menu: what stands in the bar, what is folded away, and for whom each entry is there.

One line per entry: endpoint, its words, its audience (webui/permissions.py). An entry only leads somewhere; who may
come in there is declared on the route itself. A test holds that whoever sees an entry may follow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.office.people import Person
from webui.permissions import ADMINISTRATORS, CONTROL_OFFICE, PROCESS_OWNERS, SIGNED_IN, SUPERVISORS, belongs


@dataclass(frozen=True, slots=True)
class Entry:
    """``audience`` may name several; one of them is enough."""

    endpoint: str
    words: str
    audience: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """``words`` is what it is folded under; empty for what stands in the bar itself. ``rooms``: the blueprints of pages
    that are found behind one of its entries."""

    words: str
    entries: tuple[Entry, ...]
    rooms: frozenset[str] = frozenset()

    def has(self, endpoint: str | None) -> bool:
        here = (endpoint or "").partition(".")[0]
        return here in self.rooms or any(entry.endpoint == endpoint for entry in self.entries)


def _entry(endpoint: str, words: str, *audience: str) -> Entry:
    return Entry(endpoint, words, audience or (SIGNED_IN,))


BAR = Group(
    "",
    (
        _entry("inbox.inbox", "待辦"),
        _entry("finding.cases", "查詢案件"),
        _entry("opening.choose", "受理陳情"),
        _entry("oversight.now", "督導", SUPERVISORS, CONTROL_OFFICE),
        _entry("control.control", "列管清單", CONTROL_OFFICE),
        _entry("notices.notices", "通知"),
    ),
)
MORE = Group(
    "更多",
    (
        _entry("time_acts.waiting", "展期"),
        _entry("procedures.procedures", "作業流程"),
        _entry("forms.forms", "表單登記"),
        _entry("workshop.workshop", "流程工坊", PROCESS_OWNERS, ADMINISTRATORS, CONTROL_OFFICE, SUPERVISORS),
        _entry("calculator.calculator", "期限試算"),
        _entry("calendar.calendar", "辦公日曆"),
        _entry("duties.duties", "年度行事曆"),
        _entry("absence.absence", "請假與代理"),
    ),
)
MANAGE = Group(
    "管理",
    (
        _entry("admin.index", "系統管理", ADMINISTRATORS),
        _entry("settings.show", "通知設定", ADMINISTRATORS),
        _entry("access.access", "誰查閱了什麼", ADMINISTRATORS, CONTROL_OFFICE),
    ),
    frozenset(
        ["health", "importing", "incidents", "journal", "nominations", "people", "retention", "settings", "units"]
    ),
)
GROUPS = (BAR, MORE, MANAGE)


def of(who: Person) -> Iterator[Group]:
    """The groups with what is there for this person; a group with nothing in it is left out."""
    for group in GROUPS:
        entries = tuple(entry for entry in group.entries if any(belongs(who, kind) for kind in entry.audience))
        if entries:
            yield Group(group.words, entries, group.rooms)
