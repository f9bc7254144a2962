"""Scenarios: an SOP walked from a start to an end on the real engine, and everything expected of it checked.

``scenarios.yaml`` beside an SOP holds a list: name, start, given {at, answers, operators, cases}, steps, expect.
An unknown key anywhere is an error, so that a misspelt expectation can never pass unread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from engine import yaml_text
from engine.cases.records import case as case_table
from engine.cases.records import child
from engine.cases.surroundings import Office
from engine.dates import unit_limits
from engine.dates.workdays import Calendar
from engine.errors import Invalid, Refusal
from engine.library import shelf
from engine.office import organisation
from engine.office.people import SYSTEM
from engine.office.vault import Key
from engine.rehearsal import expectations, shapes
from engine.rehearsal.virtual import TAIPEI, Virtual
from engine.store import Store, metadata, printable

__all__ = [
    "REGISTRAR",
    "TAIPEI",
    "Outcome",
    "Scenario",
    "city",
    "first_instant",
    "instant",
    "office",
    "perform",
    "prepare",
    "read",
    "run",
    "run_all",
    "sops_of",
    "walk_in",
]

#: who registers the cases of a scenario that does not say who
REGISTRAR = "service_center@planning-rdec"


@dataclass(frozen=True, slots=True)
class Scenario:
    sop: str
    name: str
    start: str
    given: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario went. ``taken``: (SOP, gateway, flow) of every branch it took; ``done``: how many of its lines
    were walked, -1 where its case could not be opened; ``refused``: why the next one was not."""

    scenario: Scenario
    problems: tuple[str, ...]
    taken: frozenset[tuple[str, str, str]] = frozenset()
    done: int = -1
    refused: Refusal | None = None

    @property
    def passed(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class Walk:
    """A scenario under way: the city, the aliases of its cases, the case it is about."""

    city: Virtual
    case_id: int
    aliases: dict[str, int] = field(default_factory=dict)
    #: step path → when its newest item was opened
    bundle: str = ""


def read(sop: str, text: str) -> list[Scenario]:
    """The scenarios of one file. Raises Invalid naming the scenario and the key."""
    try:
        rows = yaml_text.read(text) or []
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date like 2026-99-99 is no YAMLError
        raise Invalid("scenarios_yaml", f"{sop} 的情境檔不是正確的 YAML。") from error
    if not isinstance(rows, list):
        raise Invalid("scenarios_shape", f"{sop} 的情境檔不是清單。")
    if len(rows) > shapes.MOST:
        raise Invalid("scenarios_size", f"{sop} 的情境超過 {shapes.MOST} 個。")
    for row in rows:
        shapes.of_a_scenario(row, sop)
    return [
        Scenario(sop, row["name"], row["start"], row["given"], tuple(row.get("steps") or ()), row.get("expect") or {})
        for row in rows
    ]


def city(
    processes: Path, at: datetime, *, store: Store | None = None, only: Collection[str] | None = None
) -> Virtual:  # fmt: skip
    """A city of its own: in memory unless a store is given, with the organisation and every SOP of ``processes``.

    ``only``: these SOPs and all that they call.
    """
    if store is None:
        store = Store("sqlite://")
        metadata.create_all(store.engine)
    with store.act() as db:
        organisation.load(db, (processes / "organisation.yaml").read_text("utf-8"), who=SYSTEM, at=at)
        own = processes / "unit_limits.yaml"
        if own.is_file():
            unit_limits.load(db, own.read_text("utf-8"), who=SYSTEM, at=at)
        shelf.load(db, processes, who=SYSTEM, at=at, only=only)
    return Virtual(store, office(), at)


def office(calendar: Calendar | None = None) -> Office:
    """The surroundings of a rehearsed city: the calendar of its years, and a key that seals nothing real."""
    return Office(calendar=calendar or Calendar(), key=Key.of(hashlib.sha256(b"rehearsal").digest()))


def run_all(
    processes: Path, sop: str | None = None, *, new_city: Callable[[datetime], Virtual] | None = None
) -> list[Outcome]:
    """Every scenario of every SOP (or of one), each in a city of its own."""
    outcomes = []
    for folder in shelf.folder(processes).values():
        if sop in (None, folder.id) and folder.scenarios:
            everything = read(folder.id, folder.scenarios)
            outcomes += [run(s, processes, siblings=everything, new_city=new_city) for s in everything]
    return outcomes


def run(
    scenario: Scenario,
    processes: Path,
    *,
    siblings: Sequence[Scenario] = (),
    new_city: Callable[[datetime], Virtual] | None = None,
    judge: Callable[[Walk, Mapping[str, Any]], list[str]] = expectations.unmet,
) -> Outcome:
    """Walk one scenario and check all it expects. Never raises for what the SOP does: that is the outcome."""
    begins = first_instant(scenario)
    made = new_city(begins) if new_city is not None else city(processes, begins, only=sops_of(scenario))
    try:
        return walk_in(made, scenario, siblings or (scenario,), judge)
    finally:
        if new_city is None:
            made.store.close()


def walk_in(
    made: Virtual, scenario: Scenario, siblings: Sequence[Scenario],
    judge: Callable[[Walk, Mapping[str, Any]], list[str]] = expectations.unmet,
) -> Outcome:  # fmt: skip
    """The same in a city that is there, where nothing has happened yet."""
    done = -1
    try:
        walk = prepare(made, scenario, siblings, instant(scenario.given["at"]))
        for done, step in enumerate(scenario.steps):  # noqa: B007
            perform(walk, step)
        done = len(scenario.steps)
        return Outcome(scenario, tuple(judge(walk, scenario.expect)), expectations.taken(walk), done)
    except Refusal as refusal:
        where = f"（{refusal.element}）" if refusal.element else ""
        fields = "；".join(f"{k}：{v}" for k, v in getattr(refusal, "fields", {}).items())
        return Outcome(scenario, (f"{refusal.code}{where}：{refusal.sentence}{fields}",), done=done, refused=refusal)


def first_instant(scenario: Scenario) -> datetime:
    """When the first of its cases is opened."""
    return min([instant(scenario.given["at"]), *(instant(c["at"]) for c in scenario.given.get("cases") or ())])


def sops_of(scenario: Scenario) -> set[str]:
    """The SOPs whose cases a scenario opens."""
    return {scenario.sop} | {other.get("sop", scenario.sop) for other in scenario.given.get("cases") or ()}


def prepare(made: Virtual, scenario: Scenario, siblings: Sequence[Scenario], at: datetime) -> Walk:
    """The other cases it names, and its own, opened. Raises what the SOP refuses."""
    aliases: dict[str, int] = {}
    for other in scenario.given.get("cases") or ():
        made.until(instant(other["at"]))
        try:
            aliases[other["alias"]] = _other_case(made, other, siblings, aliases)
        except Refusal as refusal:
            why = "；".join(getattr(refusal, "fields", {}).values()) or refusal.sentence
            said = f"開頭的案件「{other['alias']}」走不到那裡：{why}"
            raise Invalid("scenario_case", said, element=refusal.element) from refusal
    made.until(at)
    made.with_stand_ins(scenario.given.get("operators") or {})
    parent = aliases.get(str(scenario.given.get("parent")))
    opened = made.open_case(
        scenario.sop, who=scenario.given.get("who", REGISTRAR), start=scenario.start, parent=parent,
        unit=scenario.given.get("unit"), answers=_named(made, aliases, scenario.given.get("answers") or {}),
    )  # fmt: skip
    return Walk(made, opened.case_id, aliases)


def _other_case(made: Virtual, other: Mapping[str, Any], siblings: Sequence[Scenario], aliases: dict[str, int]) -> int:
    """A case there before: walked along the first scenario of its SOP until the step is open, or to its end.

    ``again``: it was itself a matter handed in again, of the case with that alias.
    """
    model = next((s for s in siblings if s.sop == other["sop"]), None)
    if model is None:
        raise Invalid("scenario_case", f"{other['alias']} 的流程沒有可照走的情境。")
    made.with_stand_ins(model.given.get("operators") or {})
    answers = {**(model.given.get("answers") or {}), **(other.get("answers") or {})}
    opened = made.open_case(
        other["sop"], who=model.given.get("who", REGISTRAR), start=model.start, answers=answers,
        unit=model.given.get("unit"),
    )  # fmt: skip
    walk = Walk(made, opened.case_id, dict(aliases))
    for step in model.steps:
        if other.get("open_step") == step.get("step"):
            break
        if "again" in other:
            _say_again(walk, str(other["again"]))
        perform(walk, step)
    return opened.case_id


def _say_again(walk: Walk, original: str) -> None:
    """Where the duplicate check waits for a person: handed in again, of that case."""
    waits = next((step for step in walk.city.open_steps(walk.case_id) if step.rpartition("/")[2] == "DC-02"), None)
    if waits is not None:
        answers = _named(walk.city, walk.aliases, {"duplicate_kind": "再陳情", "original_case": original})
        walk.city.complete(walk.case_id, waits, who=REGISTRAR, answers=answers)


def perform(walk: Walk, step: Mapping[str, Any]) -> None:
    """One line of the steps. Raises what the SOP refuses, and Invalid where nothing rang."""
    if "case" in step:
        opened = replace(walk, case_id=_opened_by(walk, str(step["case"])))
        perform(opened, {name: value for name, value in step.items() if name != "case"})
        return
    if "until" in step:
        walk.city.until(instant(step["until"]))
        return
    if "rings" in step:
        if "at" in step:
            walk.city.until(instant(step["at"]) + timedelta(seconds=1))
        else:
            walk.city.until(expectations.timer_due(walk, step["rings"]) + timedelta(seconds=1))
        if not expectations.has_rung(walk, step["rings"]):
            raise Invalid("did_not_ring", f"{step['rings']} 沒有響。")
        return
    case_id = _of(walk, str(step["of"])) if "of" in step else walk.case_id
    if "act" in step:
        walk.city.until(instant(step["at"]))
        walk.city.act_on(
            case_id, str(step["act"]), who=step["who"], reason=step.get("reason") or "", deadline=step.get("deadline"),
            length=step.get("length"),
        )  # fmt: skip
        return
    row = walk.city.open_item(case_id, str(step["step"]))
    if "after" in step:
        length, unit = str(step["after"]).split()
        walk.city.until(walk.city.office.calendar.after(row["opened_at"], float(length), unit))
    elif "at" in step:
        walk.city.until(instant(step["at"]))
    walk.city.complete(
        case_id, str(step["step"]), who=step["who"], answers=_named(walk.city, walk.aliases, step.get("answers") or {}),
        checklist=step.get("checklist") or (), reason=step.get("reason"),
    )  # fmt: skip


def _of(walk: Walk, alias: str) -> int:
    if alias not in walk.aliases:
        raise Invalid("scenario_case", f"情境開頭沒有名為「{printable(alias)}」的案件。")
    return walk.aliases[alias]


def _opened_by(walk: Walk, names: str) -> int:
    """The newest case that this one opened for an entry, or of an SOP; ``A > B``: that one's own."""
    case_id = walk.case_id
    with walk.city.store.look() as db:
        for name in (one.strip() for one in names.split(" > ")):
            found = (
                sa.select(child.c.case_id)
                .join(case_table, case_table.c.id == child.c.case_id)
                .where(child.c.parent_id == case_id, sa.or_(child.c.entry == name, case_table.c.sop_id == name))
                .order_by(child.c.case_id.desc())
            )
            below = db.execute(found).scalars().first()
            if below is None:
                raise Invalid("no_such_child", f"這個案件沒有開立「{name}」的案件。")
            case_id = below
    return case_id


def _named(made: Virtual, aliases: Mapping[str, int], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers with the aliases of cases replaced by their numbers, YAML dates written as the form takes them."""
    found: dict[str, Any] = {}
    for name, value in answers.items():
        if isinstance(value, str) and value in aliases:
            value = made.case(aliases[value])["number"]
        elif hasattr(value, "isoformat"):
            value = value.isoformat()
        found[name] = value
    return found


def instant(value: Any) -> datetime:
    """Office time as written in the file: ISO, Asia/Taipei unless it says otherwise."""
    there = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return there if there.tzinfo else there.replace(tzinfo=TAIPEI)
