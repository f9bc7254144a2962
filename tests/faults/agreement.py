"""Whether a database agrees with itself and with what was seen from outside. One sentence per disagreement.

Asked after any fault, on any database: it reads everything, knows nothing of how the fault was made, and trusts no
constraint of the schema to have held.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import records as c
from engine.dates.records import alarm, deadline
from engine.library import shelf
from engine.migrations import backups
from engine.office import journal
from engine.office import records as o
from engine.store import Store
from tests.faults.evidence import Line

__all__ = ["problems"]

Row = Mapping[str, Any]
#: refusals that somebody who was slower, or not allowed, may read; anything else is a fault
FAIR = frozenset({"already_done", "already_claimed", "claimed", "item_changed", "own_work"})
#: entries that another case's act, or a look, writes into a case's chain
FOREIGN = frozenset({"linked", "unlinked", "answered", "identity.open"})


def problems(store: Store, said: Sequence[Line] = ()) -> list[str]:
    """Everything that does not agree. ``said`` is the evidence; without it the database is only asked about itself."""
    books = Books(store, said)
    return [f"{check.__name__.lstrip('_')}: {each}" for check in CHECKS for each in check(books)]


@dataclass
class Books:
    """All rows, read in one look, and the evidence beside them."""

    store: Store
    said: Sequence[Line]

    def __post_init__(self) -> None:
        with self.store.look() as db:

            def read(table: sa.Table) -> list[Row]:
                return [dict(row) for row in db.execute(sa.select(table)).mappings()]

            self.cases, self.items, self.answers = read(c.case), read(c.item), read(c.answer)
            self.documents, self.incidents, self.keys = read(c.document), read(c.incident), read(c.idempotency)
            self.serials, self.deadlines, self.alarms = read(c.serial), read(deadline), read(alarm)
            self.notices, self.vault, self.people = read(o.notice), read(o.vault), read(o.person)
            entries = db.execute(sa.select(o.entry).where(o.entry.c.subject.like("case:%")).order_by(o.entry.c.id))
            self.entries = [dict(row) for row in entries.mappings()]
            self.chains = journal.verify(db)
            self.positions = {row["id"]: self._position(db, row) for row in self.cases}

    @staticmethod
    def _position(db: Any, row: Row) -> tuple[list[str], list[str]]:
        """The steps and timers that wait according to the engine's state."""
        if not row["state"]:
            return [], []
        projection = shelf.projection(db, row["bundle"], row["start"])
        state = flow.load(projection, row["state"])
        return sorted(flow.open_steps(projection, state)), sorted(flow.open_timers(projection, state))

    def lines(self, what: str) -> list[Line]:
        return [line for line in self.said if line["what"] == what]

    @cached_property
    def by_case(self) -> dict[int, list[Row]]:
        """Journal entries of each case's own acts, in their order."""
        found: dict[int, list[Row]] = defaultdict(list)
        for entry in self.entries:
            if entry["verb"] not in FOREIGN:
                found[int(entry["subject"].removeprefix("case:"))].append(entry)
        return found

    def waiting(self, case_id: int, kind: str = "") -> list[Row]:
        return [
            a for a in self.alarms
            if a["case_id"] == case_id and a["rang_at"] is None and a["silenced_at"] is None and kind in ("", a["kind"])
        ]  # fmt: skip


# -- what was seen from outside --------------------------------------------------------------------------------------


def _nobody_crashed(books: Books) -> Iterator[str]:
    for line in books.lines("crashed"):
        yield f"{line.get('verb')}: {line['why'].strip().splitlines()[-1]}"
    for line in books.lines("refused"):
        if line["code"] not in FAIR:
            yield f"{line['verb']} was refused with {line['code']}: {line['sentence']}"
    for line in books.lines("ticked"):
        if line["stuck"]:
            yield f"{line['stuck']} alarms could not ring at {line['at']}"


def _no_acknowledged_act_is_lost(books: Books) -> Iterator[str]:
    items = {row["id"]: row for row in books.items}
    cases = {row["id"]: row for row in books.cases}
    account = {row["account"]: row["id"] for row in books.people}
    entries = Counter((e["subject"], e["verb"], e["step"], e["by"]) for e in books.entries)
    for line in books.lines("acked"):
        if line["verb"] == "open":
            found = cases.get(line["answer"]["case"])
            if found is None or found["number"] != line["answer"]["number"]:
                yield f"petition {line['answer']['number']} was acknowledged and is not there"
            continue
        row = items[line["item"]]
        if line["verb"] == "complete" and (row["status"], row["done_by"]) != ("done", account[line["who"]]):
            yield f"item {row['id']} was acknowledged to {line['who']} and is {row['status']} by {row['done_by']}"
        if (
            not line.get("replayed")
            and not entries[f"case:{row['case_id']}", line["verb"], row["step"], account[line["who"]]]
        ):
            yield f"{line['verb']} of item {row['id']} was acknowledged and the journal does not know"


def _no_step_is_done_twice(books: Books) -> Iterator[str]:
    told: dict[int, set[str]] = defaultdict(set)
    for line in books.lines("acked"):
        if line["verb"] == "complete":
            told[line["item"]].add(line["key"])
    for item_id, keys in told.items():
        if len(keys) > 1:
            yield f"item {item_id} was acknowledged as done to {len(keys)} forms"
    answers = Counter(row["item_id"] for row in books.answers if row["amends"] is None)
    entries = Counter(
        (int(e["subject"][5:]), e["effects"].get("answer")) for e in books.entries if e["verb"] == "complete"
    )
    of_answer = {row["item_id"]: (row["case_id"], row["id"]) for row in books.answers if row["amends"] is None}
    for row in books.items:
        expected = 1 if row["status"] == "done" else 0
        if answers[row["id"]] != expected:
            yield f"item {row['id']} ({row['step']}) is {row['status']} and has {answers[row['id']]} answers"
        elif expected and entries[of_answer[row["id"]]] != 1:
            yield f"item {row['id']} ({row['step']}) is done and has {entries[of_answer[row['id']]]} journal entries"
    done = sum(row["status"] == "done" for row in books.items)
    if sum(entries.values()) != done:
        yield f"{sum(entries.values())} completions are in the journal, {done} items are done"
    twice = Counter((row["case_id"], row["step"], row["each_unit"]) for row in books.items if row["status"] == "open")
    yield from (f"case {key[0]} offers {key[1]} {n} times" for key, n in twice.items() if n > 1)


def _a_form_sent_twice_has_one_effect_and_one_answer(books: Books) -> Iterator[str]:
    first: dict[str, Line] = {}
    for line in books.said:
        key = line.get("key")
        if line["what"] == "refused" and key in first:
            yield f"{line['verb']} {key[:6]} was acknowledged, and refused when sent again: {line['code']}"
        if line["what"] == "acked" and key is not None and line["answer"] != first.setdefault(key, line)["answer"]:
            yield f"{line['verb']} {key[:6]} was answered {first[key]['answer']}, then {line['answer']}"
    # two copies may be under way at once, so the one that did it need not be the first to say so
    did = Counter(line["key"] for line in books.lines("acked") if line["key"] is not None and not line["replayed"])
    yield from (f"form {key[:6]} was done {n} times" for key, n in did.items() if n > 1)
    if books.said:
        petitions = {line["answer"]["case"] for line in books.lines("acked") if line["verb"] == "open"}
        forms = {line["key"] for line in books.lines("acked") if line["verb"] == "open"}
        if not len(forms) == len(petitions) == len(books.cases):
            yield f"{len(forms)} petitions were sent, {len(petitions)} answered, {len(books.cases)} are there"


def _no_alarm_seen_ringing_is_lost(books: Books) -> Iterator[str]:
    alarms = {row["id"]: row for row in books.alarms}
    seen = Counter(line["alarm"] for line in books.lines("rang"))
    yield from (f"alarm {number} was seen ringing {n} times" for number, n in seen.items() if n > 1)
    for line in books.lines("rang"):
        rang = alarms[line["alarm"]]["rang_at"]
        if rang is None or rang != datetime.fromisoformat(line["at"]):
            yield f"alarm {line['alarm']} was seen ringing at {line['at']} and is stored as {rang}"
    last = max((datetime.fromisoformat(line["at"]) for line in books.lines("ticked")), default=None)
    for row in books.alarms:
        if last is not None and row["rang_at"] is None and row["silenced_at"] is None and row["due_at"] < last:
            yield f"alarm {row['id']} was due at {row['due_at']} and the tick at {last} left it"


# -- what the database says of itself --------------------------------------------------------------------------------


def _the_engine_agrees_with_the_desks(books: Books) -> Iterator[str]:
    for row in books.cases:
        steps, timers = books.positions[row["id"]] if row["status"] == "open" else ([], [])
        items = sorted(i["step"] for i in books.items if i["case_id"] == row["id"] and i["status"] == "open")
        if steps != items:
            yield f"case {row['id']}: the engine waits at {steps}, the desks at {items}"
        alarms = sorted(a["step"] for a in books.waiting(row["id"], "timer"))
        if timers != alarms:
            yield f"case {row['id']}: the engine waits for the timers {timers}, the alarms are {alarms}"
        if row["status"] != "open" and books.waiting(row["id"]):
            yield f"case {row['id']} is {row['status']} and still has alarms"
        if row["status"] == "open" and not steps and not timers:
            yield f"case {row['id']} is open and waits for nothing"


def _each_act_has_one_entry(books: Books) -> Iterator[str]:
    yield from (f"{p.code} {p.sentence}" for p in books.chains)
    for row in books.cases:
        entries = books.by_case[row["id"]]
        if len(entries) != row["version"] - 1:
            yield f"case {row['id']} is at version {row['version']} and has {len(entries)} entries of its own"
        if len({e["act_id"] for e in entries}) != len(entries):
            yield f"case {row['id']} has two entries of one act"


def _each_effect_stands_in_one_entry(books: Books) -> Iterator[str]:
    kinds: tuple[tuple[str, Sequence[Row], str, Callable[[Any], Any]], ...] = (
        ("opened", books.items, "step", lambda said: said),
        ("deadlines", books.deadlines, "path", lambda said: said["path"]),
        ("documents", books.documents, "kind", lambda said: said),
    )
    for effect, rows, column, name in kinds:
        stored: dict[int, Counter[Any]] = defaultdict(Counter)
        for row in rows:
            stored[row["case_id"]][row[column]] += 1
        for case in books.cases:
            told = Counter(name(e) for entry in books.by_case[case["id"]] for e in entry["effects"].get(effect, ()))
            if told != stored[case["id"]]:
                extra, missing = dict(stored[case["id"]] - told), dict(told - stored[case["id"]])
                yield f"case {case['id']}: {effect} beyond the journal {extra}, in the journal only {missing}"


def _each_alarm_rang_once_with_its_effect(books: Books) -> Iterator[str]:
    paths = {row["id"]: row for row in books.deadlines}
    rang: Counter[Any] = Counter()
    told: dict[Any, Counter[int]] = defaultdict(Counter)
    posted: dict[str, list[int]] = defaultdict(list)
    for notice in books.notices:
        if notice["key"].startswith("alarm:"):
            posted[notice["key"].rpartition(":")[0]].append(notice["person_id"])
    for row in books.alarms:
        if row["rang_at"] is not None and row["silenced_at"] is not None:
            yield f"alarm {row['id']} rang and was silenced"
        if row["rang_at"] is None:
            if row["kind"] != "timer" and not _silent_for_a_reason(books, row, paths[row["deadline_id"]]):
                yield f"alarm {row['id']} was silenced at {row['silenced_at']} for no reason"
            continue
        if row["rang_at"] < row["due_at"]:
            yield f"alarm {row['id']} rang before it was due"
        if row["kind"] == "timer":
            rang[row["case_id"], "timer", row["step"]] += 1
            continue
        about = (row["case_id"], row["kind"], paths[row["deadline_id"]]["path"], row["rung"])
        rang[about] += 1
        told[about].update(posted.pop(f"alarm:{row['deadline_id']}:{row['kind']}:{row['rung']}", []))
    yield from (f"notices {key} belong to no alarm that rang" for key in posted)
    entries: Counter[Any] = Counter()
    said: dict[Any, Counter[int]] = defaultdict(Counter)
    for case_id, lines in books.by_case.items():
        for entry in lines:
            effects = entry["effects"]
            if entry["verb"] == "timer":
                entries[case_id, "timer", entry["step"]] += 1
            elif entry["verb"] == "ring":
                about = (case_id, effects["kind"], effects["deadline"], effects["rung"])
                entries[about] += 1
                said[about].update(effects["told"])
    for about in rang.keys() | entries.keys():
        if rang[about] != entries[about]:
            yield f"{about} rang {rang[about]} times and has {entries[about]} entries"
        elif told[about] != said[about]:
            yield f"{about} told {dict(told[about])}, the journal says {dict(said[about])}"


def _silent_for_a_reason(books: Books, rung: Row, limit: Row) -> bool:
    """It waits with its deadline, ended or stands still with it, or was a reminder too late when it was armed."""
    if rung["silenced_at"] is None:
        return limit["ended_at"] is None
    if rung["silenced_at"] in (limit["ended_at"], limit["stopped_at"]):
        return True
    armed = [
        entry
        for entry in books.by_case[rung["case_id"]]
        if entry["at"] == rung["silenced_at"]
        and any(started["path"] == limit["path"] for started in entry["effects"].get("deadlines", ()))
    ]
    return bool(armed) and rung["kind"] == "reminder" and rung["due_at"] < rung["silenced_at"]


def _each_petition_is_numbered_sealed_and_received_once(books: Books) -> Iterator[str]:
    last = {row["name"].removeprefix("case:"): row["last"] for row in books.serials}
    numbers = sorted(row["number"] for row in books.cases)
    if numbers != sorted(f"{year}-{n:06d}" for year, most in last.items() for n in range(1, most + 1)):
        yield f"the serials stand at {last}, the petitions are numbered {numbers}"
    ids = Counter(row["id"] for row in books.cases)
    if Counter(row["case_id"] for row in books.vault) != ids:
        yield "an identity is missing or sealed twice"
    if Counter(row["case_id"] for row in books.answers if row["item_id"] is None) != ids:
        yield "a petition has not exactly one set of answers"
    if Counter(row["case_id"] for row in books.notices if row["kind"] == "receipt") != ids:
        yield "a petition has not exactly one receipt"
    replies = Counter(f"reply:{row['id']}" for row in books.documents if row["kind"] == "reply")
    letters = [row["key"] for row in books.notices if row["kind"] == "reply"]
    if Counter(key for key in letters if key.startswith("reply:")) != replies:
        yield "a reply has not exactly one letter"
    # whoever handed in the same matter gets the same answer: duplicate-reply:<document>:<case>
    others = {f"reply:{key.split(':')[1]}" for key in letters if not key.startswith("reply:")}
    yield from (f"a letter answers by {key}, which is no reply" for key in others - replies.keys())
    twice = [key for key, n in Counter(row["key"] for row in books.notices).items() if n > 1]
    yield from (f"notice {key} is there twice" for key in twice)


def _the_database_is_whole(books: Books) -> Iterator[str]:
    yield from backups.check(books.store)
    yield from (f"incident {row['code']} of case {row['case_id']}: {row['sentence']}" for row in books.incidents)


CHECKS = (
    _nobody_crashed,
    _no_acknowledged_act_is_lost,
    _no_step_is_done_twice,
    _a_form_sent_twice_has_one_effect_and_one_answer,
    _no_alarm_seen_ringing_is_lost,
    _the_engine_agrees_with_the_desks,
    _each_act_has_one_entry,
    _each_effect_stands_in_one_entry,
    _each_alarm_rang_once_with_its_effect,
    _each_petition_is_numbered_sealed_and_received_once,
    _the_database_is_whole,
)
