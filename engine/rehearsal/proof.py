"""The scenarios of a draft, walked at every check: what it could do yesterday it can still do, or a finding says where
it stops.

Walking costs seconds where the rest of a check costs milliseconds. So it is done once per content: what runs (not
where it stands on the page), the scenarios, what is called, the offices and the calendar. ``ask`` gathers that in a
look; ``prove`` walks it, in a city in memory, with no database open; ``known`` says what was found before, or nothing;
an act, which holds up everybody who writes, never walks: ``settled`` refuses it until somebody has looked.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.dates.workdays import Calendar
from engine.errors import Invalid, NotNow
from engine.library import bundles, shelf
from engine.library.folder import SopFolder
from engine.rehearsal import branches, laying, scenarios, ways
from engine.rehearsal.scenarios import Scenario
from engine.rehearsal.virtual import Virtual
from engine.rehearsal.ways import Way
from engine.sops.sop import Finding, Sop
from engine.store import Connection, Store, metadata

__all__ = ["MOST_SCENARIOS", "Asked", "Proof", "ask", "known", "of", "prove", "remembered", "settled", "walk"]

UNREADABLE = "scenarios_unreadable"
LEFT_OUT = "scenarios_left_out"
CALLER_FAILS = "caller_scenario_fails"
#: scenarios of one SOP that a check walks; those of all SOPs that call a shared procedure, together
MOST_SCENARIOS = 40
MOST_OF_CALLERS = 24
#: acts of people and ringings of clocks in all of one proof
_MOST_IN_ALL = 4000
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Proof:
    """What the walks say; ``unreadable``: the sentence, where the file of scenarios cannot be read."""

    ways: tuple[Way, ...] = ()
    findings: tuple[Finding, ...] = ()
    unreadable: str = ""

    def branches(self, sop: Sop) -> tuple[branches.Branch, ...]:
        return branches.of(sop, {way.name: way.taken for way in self.ways if not way.problem})


@dataclass(frozen=True)
class Asked:
    """Everything a proof needs, read in one look. ``callers``: of a shared procedure, the SOPs in force that use it,
    each once with it and once as it is. ``draft``: it is not in force, and nothing of it need be kept afterwards."""

    key: str
    folder: SopFolder
    company: Sequence[SopFolder]
    staff: laying.Rows
    calendar: Calendar
    most: int = MOST_SCENARIOS
    callers: tuple[tuple[Asked, Asked], ...] = ()
    draft: bool = False


#: what was found, by content and city; by content alone, whatever the city was then
_found: dict[str, Proof] = {}
_newest: dict[str, Proof] = {}
#: one walk at a time: two would only share the processor
_walking = threading.Lock()


def ask(db: Connection, folder: SopFolder, calendar: Calendar, today: date) -> Asked:
    """What would be walked for this draft now."""
    staff = laying.staff(db, today)
    in_force = bundles.standing(db)

    def asked(own: SopFolder, instead: Mapping[str, SopFolder], most: int) -> Asked:
        return of(own, laying.company(db, own, instead=instead), staff, calendar, most)

    found = asked(folder, {}, MOST_SCENARIOS)
    draft = folder.id not in in_force or in_force[folder.id].hash != folder.hash
    if not (draft and folder.id in in_force):
        return replace(found, draft=draft)
    users = [one for one in _users(db, folder) if one.scenarios]
    each = max(1, MOST_OF_CALLERS // len(users)) if users else 0
    both = tuple((asked(one, {folder.id: folder}, each), asked(one, {}, each)) for one in users[:MOST_OF_CALLERS])
    key = hashlib.sha256("".join([found.key, *(one.key for pair in both for one in pair)]).encode()).hexdigest()
    return replace(found, key=key, callers=both, draft=True)


def of(
    own: SopFolder, company: Sequence[SopFolder], staff: laying.Rows, calendar: Calendar, most: int = MOST_SCENARIOS
) -> Asked:
    """What would be walked in this company by these people, known by all that matters to it."""
    city = hashlib.sha256(repr((staff, hash(calendar))).encode("utf-8", "surrogatepass")).hexdigest()
    return Asked(f"{_content(own, company)}{city}{most}", own, company, staff, calendar, most)


def known(db: Connection, folder: SopFolder) -> Proof | None:
    """What was found of this content before; None: it was not walked yet."""
    return _newest.get(_content(folder, laying.company(db, folder)))


def prove(asked: Asked) -> Proof:
    """Walk what was asked, unless it was walked before."""
    found = _found.get(asked.key)
    if found is None:
        with _walking:
            found = _proof(asked)
            if asked.draft:
                bundles.forget(asked.folder.hash)
    _keep(_newest, _content(asked.folder, asked.company), found)
    return found


def walk(store: Store, folder: SopFolder, calendar: Calendar, today: date) -> None:
    """Walk now what an act is about to ask; no transaction is open meanwhile."""
    with store.look() as db:
        asked = ask(db, folder, calendar, today)
    prove(asked)


def settled(db: Connection, folder: SopFolder, calendar: Calendar, today: date) -> Sequence[Finding]:
    """For a check within an act that has to know. Raises NotNow where nobody has walked just this before."""
    asked = ask(db, folder, calendar, today)
    if asked.key not in _found and (folder.scenarios.strip() or asked.callers):
        raise NotNow("scenarios_not_walked", "這個內容的情境還沒有走過，請先到流程工坊的情境頁走一遍。")
    return prove(asked).findings


def remembered(db: Connection, folder: SopFolder) -> Sequence[Finding]:
    """For a check that may not wait: what is known of this content, else nothing."""
    found = known(db, folder)
    return found.findings if found is not None else ()


def _users(db: Connection, folder: SopFolder) -> list[SopFolder]:
    """Who in force runs it, with the scenarios of the version in force."""
    held = bundles.standing(db)
    names = [name for name in held if name != folder.id and folder.id in bundles.closure(name, held.get)]
    written = shelf.in_force(db) if names else {}
    return [written[name] for name in names]


def _content(folder: SopFolder, company: Sequence[SopFolder]) -> str:
    """Names what runs; moving a shape about changes nothing."""
    said: list[Any] = [folder.scenarios]
    for one in sorted(company, key=lambda one: one.id):
        said.append(
            (one.id, repr(replace(one.sop, drawing=None)), sorted(one.forms.items()), sorted(one.tables.items()))
        )
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


def _keep(kept: dict[str, Proof], key: str, found: Proof) -> None:
    kept.pop(key, None)
    kept[key] = found
    while len(kept) > _MOST_KEPT:
        kept.pop(next(iter(kept)), None)


# -- walking


def _proof(asked: Asked) -> Proof:
    if asked.key not in _found:
        try:
            everything = scenarios.read(asked.folder.id, asked.folder.scenarios)
        except Invalid as bad:
            found = Finding(UNREADABLE, "warning", bad.sentence, asked.folder.id)
            own = Proof(findings=(found,), unreadable=bad.sentence)
        else:
            own = _walked(asked, everything)
        _keep(_found, asked.key, replace(own, findings=(*own.findings, *_of_callers(asked))))
    return _found[asked.key]


def _of_callers(asked: Asked) -> Iterator[Finding]:
    """Scenarios of others that pass today and would not with this draft."""
    for with_it, as_it_is in asked.callers:
        broken = [way for way in _proof(with_it).ways if way.problem]
        sound = {way.name for way in _proof(as_it_is).ways if not way.problem} if broken else set()
        for way in broken:
            if way.name in sound:
                name = with_it.folder.sop.name
                said = f"發布後「{name}」的情境「{way.name}」會走不通：{way.problem}"
                yield Finding(CALLER_FAILS, "warning", said, asked.folder.id)


def _walked(asked: Asked, everything: Sequence[Scenario]) -> Proof:
    gone: list[Way] = []
    left = _MOST_IN_ALL
    if everything:
        begins = min(map(scenarios.first_instant, everything))
        with _Stage(asked, begins) as stage:
            for one in everything[: asked.most]:
                city = stage.again(one, min(laying.MOST_ACTS, left))
                gone.append(_way(city, one, everything, asked.folder))
                left -= city.acts
                if left <= 0:
                    break
    findings = list(ways.findings(gone))
    if asked.most == MOST_SCENARIOS and len(gone) < len(everything):
        said = f"情境共 {len(everything)} 個，檢核只走了前 {len(gone)} 個。"
        findings.append(Finding(LEFT_OUT, "info", said, asked.folder.id, blocks=False))
    return Proof(tuple(gone), tuple(findings))


class _Stage:
    """One city in memory, laid once and set back before each scenario."""

    def __init__(self, asked: Asked, begins: datetime) -> None:
        self.store = Store("sqlite://")
        self.office = scenarios.office(asked.calendar)
        self.begins = begins
        metadata.create_all(self.store.engine)
        laying.furnish(self.store, asked.staff, asked.company, begins)
        self.laid = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection().backup(self.laid)

    def _connection(self) -> sqlite3.Connection:
        found = self.store.engine.raw_connection().driver_connection
        assert isinstance(found, sqlite3.Connection)
        return found

    def again(self, one: Scenario, most: int) -> Virtual:
        self.laid.backup(self._connection())
        return Virtual(self.store, self.office, scenarios.first_instant(one), most=most)

    def __enter__(self) -> _Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.laid.close()
        self.store.close()


def _way(city: Virtual, one: Scenario, everything: Sequence[Scenario], folder: SopFolder) -> Way:
    try:
        return ways.of(scenarios.walk_in(city, one, everything), folder)
    except Exception:  # whoever wrote the file may have written anything: a check answers with a finding
        return Way(one.name, len(one.steps), 0, "走不完：請檢查答案與期待的寫法。", folder.id)
