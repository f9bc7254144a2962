"""What a step costs, as ratios taken in one run: method and settings of both sides are part of the answer.

The product's path is the one that is served: permission, form, four eyes, flow, work items, deadlines, journal and its
chain, outbox, idempotency key, one transaction with a durable commit. It is set beside

* the **commit limit**: the very statements a product step sent to the database, captured and sent again by the bare
  driver, in the same transactions, against the same database as it was before (nothing else is run);
* **naive SpiffWorkflow**: ``tests/bench/naive.py``, the usual way with library, serializer and ORM, same charts, same
  path, same durability; run as a process of its own.

Rounds are interleaved, medians are taken over rounds (performance.md: the machine is shared, trust ratios).
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine import cases, migrations
from engine.cases.records import ITEM_IS_OPEN, item
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.rehearsal import scenarios
from engine.rehearsal.virtual import Virtual
from engine.store import Store

__all__ = ["PATH", "measure", "sizes_of_states"]

AT = datetime(2026, 11, 26, 1, tzinfo=UTC)
_HANDLED = {
    "visited": "yes", "visited_on": "2026-11-26", "findings": "現場勘查確認燈具故障，已派工更換。",
    "reply_kind": "實質辦結", "reply_text": "您反映的路燈故障，經現場勘查後已派工更換完成，謝謝您的反映。",
}  # fmt: skip
#: the steps that are timed: registered, confirmed, handled, returned once, handled again, approved, released
PATH: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("PO-04", "registry1", {"receipt_number": "115-1", "responsible_unit": "works-lighting"}),
    ("PO-07", "lighting1", {"ours": "yes"}),
    ("PO-08", "lighting1", _HANDLED),
    ("PO-09", "lighting-chief", {"reply_check": "退回修正", "reason": "請補充完工日期。"}),
    ("PO-08", "lighting1", _HANDLED),
    ("PO-09", "lighting-chief", {"reply_check": "核可"}),
    ("PO-11", "rdec1", {"release": "是"}),
)
_TICKED = ("replied", "each-point", "copy-arrived", "no-promise")


def measure(
    processes: Path, folder: Path, *, rounds: int = 5, petitions: int = 20, long_loop: int = 10_000,
    naive: Path | None = None, progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """Run everything in ``folder`` (made and removed files) and answer medians and ratios.

    ``naive``: the baseline's file, None to leave it out. ``long_loop``: correction rounds of one case for the growth
    measure. Times are microseconds of wall clock per step.
    """
    product: list[float] = []
    limit: list[float] = []
    baseline: list[float] = []
    statements = 0
    for number in range(rounds):
        progress(f"第 {number + 1}／{rounds} 回")
        step, floor, statements = _round(processes, folder / f"round-{number}", petitions)
        product.append(step)
        limit.append(floor)
        if naive is not None:
            baseline.append(_naive(naive, processes, folder / f"naive-{number}", petitions))
    progress("長迴圈")
    early, late = _growth(processes, folder / "growth", long_loop)
    progress("狀態大小")
    state = _largest_state(processes)
    found: dict[str, Any] = {
        "database": "SQLite WAL, synchronous=FULL, one process, one connection",
        "rounds": rounds, "petitions": petitions, "steps_per_petition": len(PATH),
        "step_us": _median(product), "commit_limit_us": _median(limit), "statements_per_step": statements,
        "share_of_commit_limit": round(statistics.median(b / a for a, b in zip(product, limit, strict=True)), 3),
        "growth": {"rounds": long_loop, "at_10_us": early, "at_end_us": late, "ratio": round(late / early, 3)},
        "largest_state_bytes": state,
    }  # fmt: skip
    if baseline:
        found["naive_us"] = _median(baseline)
        found["naive"] = "SpiffWorkflow parser, serialize_json with its spec, SQLAlchemy ORM, SQLite WAL FULL"
        found["times_naive"] = round(statistics.median(b / a for a, b in zip(product, baseline, strict=True)), 2)
    return found


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 1)


class _Staff:
    """The persons of the path, looked up once: a server has them from the session."""

    def __init__(self, city: Virtual) -> None:
        with city.store.look() as db:
            self.of: dict[str, Person] = {name: people.get(db, name, AT) for _, name, _ in PATH}


def _city(processes: Path, folder: Path) -> Virtual:
    folder.mkdir(parents=True)
    store = Store(f"sqlite:///{folder / 'bench.sqlite3'}")
    migrations.upgrade(store)
    return scenarios.city(processes, AT, store=store)


def _petitions(city: Virtual, count: int) -> list[int]:
    return [
        city.open_case(
            "petition-online", who="service1",
            answers={
                "channel": "線上陳情", "case_type": "其他", "subject": f"第{n}盞路燈不亮", "location": f"示例路{n}號",
                "body": "示例路的路燈三天不亮，請派員修復。", "petitioner_name": f"例陳情{n}",
                "petitioner_email": f"bench{n}@example.invalid",
            },
        ).case_id
        for n in range(count)
    ]  # fmt: skip


def _round(processes: Path, folder: Path, petitions: int) -> tuple[float, float, int]:
    """Seconds → µs per step of the product, of the same statements alone, and how many statements a step sends."""
    city = _city(processes, folder)
    ids = _petitions(city, petitions)
    staff = _Staff(city)
    city.store.close()
    before = folder / "before.sqlite3"
    _copy(folder / "bench.sqlite3", before)
    sent: list[list[tuple[str, Any]]] = []
    acting = False

    def capture(_c: Any, _cursor: Any, sql: str, parameters: Any, _x: Any, _many: bool) -> None:
        if acting and not sql.startswith(("BEGIN", "PRAGMA")):
            # "many" is said as well of rows that one statement carries: only the parameters tell how it was sent
            rows = bool(parameters) and isinstance(parameters[0], tuple)
            sent[-1].append((sql, list(parameters) if rows else tuple(parameters)))

    def step(begins: bool) -> None:
        nonlocal acting
        acting = begins
        if begins:
            sent.append([])

    # once captured and not timed, once timed and not captured: both on the same database as it was before
    sa.event.listen(city.store.engine, "before_cursor_execute", capture)
    _walk(city, ids, staff, around=step)
    sa.event.remove(city.store.engine, "before_cursor_execute", capture)
    city.store.close()
    _copy(before, folder / "bench.sqlite3")
    _walk(city, ids[:2], staff)  # warm: statements compiled, forms read
    city.store.close()
    _copy(before, folder / "bench.sqlite3")
    times: list[float] = []
    _walk(city, ids, staff, timed=times)
    city.store.close()
    _copy(before, folder / "bench.sqlite3")
    floor = _replay(folder / "bench.sqlite3", sent)
    shutil.rmtree(folder)
    count = len(ids) * len(PATH)
    return sum(times) / count * 1e6, floor / count * 1e6, round(sum(len(s) for s in sent) / count)


def _walk(
    city: Virtual, ids: list[int], staff: _Staff, *, timed: list[float] | None = None,
    around: Callable[[bool], None] = lambda _: None,
) -> None:  # fmt: skip
    for n, (step, account, answers) in enumerate(PATH):
        for case_id in ids:
            row = city.open_item(case_id, step)
            around(True)
            began = time.perf_counter()
            with city.store.act() as db:
                cases.complete(
                    db, row["id"], who=staff.of[account], at=AT, office=city.office, answers=answers,
                    checklist=_TICKED if step == "PO-11" else (), seen=row["version"], key=f"{case_id}-{n}",
                )  # fmt: skip
            took = time.perf_counter() - began
            around(False)
            if timed is not None:
                timed.append(took)


def _replay(path: Path, sent: list[list[tuple[str, Any]]]) -> float:
    """The captured statements again, by the bare driver, one durable transaction per step. Seconds in all."""
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {pragma}")
    began = time.perf_counter()
    for statements in sent:
        db.execute("BEGIN IMMEDIATE")
        for sql, parameters in statements:
            if isinstance(parameters, list):
                db.executemany(sql, parameters)
            else:
                db.execute(sql, parameters).fetchall()
        db.execute("COMMIT")
    took = time.perf_counter() - began
    db.close()
    return took


def _copy(source: Path, target: Path) -> None:
    """A consistent copy; what the old target left behind (WAL) goes."""
    for name in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))):
        name.unlink(missing_ok=True)
    a, b = sqlite3.connect(source), sqlite3.connect(target)
    with b:
        a.backup(b)
    a.close()
    b.close()


def _naive(script: Path, processes: Path, folder: Path, petitions: int) -> float:
    folder.mkdir(parents=True)
    path = [[step, dict(answers)] for step, _, answers in PATH]
    asked = {
        "processes": str(processes),
        "database": str(folder / "naive.sqlite3"),
        "petitions": petitions,
        "path": path,
    }
    done = subprocess.run(
        [sys.executable, str(script)], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    shutil.rmtree(folder)
    return float(json.loads(done.stdout)["step_us"])


def _growth(processes: Path, folder: Path, rounds: int) -> tuple[float, float]:
    """µs of one correction round (two steps) of one case: median around the 10th and around the last."""
    city = _city(processes, folder)
    staff = _Staff(city)
    case_id = _petitions(city, 1)[0]
    taken: list[float] = []
    for n in range(-1, rounds):
        steps = PATH[:2] if n < 0 else PATH[2:4]
        spent = 0.0
        for k, (step, account, answers) in enumerate(steps):
            with city.store.look() as db:
                item_id = db.execute(
                    sa.select(item.c.id).where(item.c.case_id == case_id, item.c.step == step, ITEM_IS_OPEN)
                ).scalar_one()
            began = time.perf_counter()
            with city.store.act() as db:
                cases.complete(
                    db, item_id, who=staff.of[account], at=AT, office=city.office, answers=answers, key=f"{n}-{k}"
                )
            spent += time.perf_counter() - began
        taken.append(spent)
    city.store.close()
    shutil.rmtree(folder)
    near = max(5, min(50, rounds // 4))
    return _median([t * 1e6 for t in taken[6 : 6 + near]]), _median([t * 1e6 for t in taken[-near:]])


def _largest_state(processes: Path) -> int:
    """Bytes of the largest engine state a case had after any act of any scenario; each in a city of what it needs."""
    largest = 0
    for folder in shelf.folder(processes).values():
        every = scenarios.read(folder.id, folder.scenarios) if folder.scenarios else []
        for scenario in every:
            city = scenarios.city(processes, scenarios.first_instant(scenario), only=scenarios.sops_of(scenario))
            sizes = sizes_of_states(city.store)
            assert scenarios.walk_in(city, scenario, every).passed, scenario.name
            city.store.close()
            largest = max(largest, *sizes, 0)
    return largest


def sizes_of_states(store: Store) -> list[int]:
    """Bytes of the engine states that are written from now on: the list grows."""
    sizes: list[int] = []

    def watch(_c: Any, _cursor: Any, sql: str, parameters: Any, _x: Any, _many: bool) -> None:
        if sql.startswith('UPDATE "case"'):
            values = parameters.values() if isinstance(parameters, Mapping) else parameters
            sizes.extend(len(one.encode()) for one in values if isinstance(one, str) and one.startswith('{"v"'))

    sa.event.listen(store.engine, "before_cursor_execute", watch)
    return sizes
