"""A crowd of cases, as an office has them after years: copies of a few that the engine made. For measuring only.

The copies are thrown in whole, not acted out: their journals are not chained and their clocks have no alarms. Nobody
works on them; one looks through them, and what is measured is the looking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases import words
from engine.cases.records import answer, case, case_gram, document, item, serial
from engine.dates import roc
from engine.dates.records import deadline
from engine.office.records import entry, membership
from engine.rehearsal.bench import PATH
from engine.rehearsal.virtual import TAIPEI, Virtual

__all__ = ["gather"]

#: of so many cases one is open; the others were closed over the years
OPEN_OF = 10
_YEARS = timedelta(days=3 * 365)
_LATELY = timedelta(days=40)
_PIECE = 2000
_UNIT = "works-lighting"  # where the copied cases were worked
_PLACES = ("中山路", "和平街", "建國路", "民生巷", "堃園路", "學府路", "河濱公園", "車站前", "市場旁", "文化里")
_THINGS = ("路燈", "水溝", "人行道", "路樹", "號誌", "垃圾", "噪音", "招牌", "停車格", "圍籬")
_TROUBLES = ("不亮", "阻塞", "破損", "傾倒", "故障", "堆積", "擾人", "掉落", "占用", "老舊")
_TICKED = ("replied", "each-point", "copy-arrived", "no-promise")
#: in this order: each stands on those before it
_TABLES = (case, item, answer, document, deadline, entry)
Rows = dict[str, list[dict[str, Any]]]


def gather(city: Virtual, count: int) -> None:
    """``count`` cases more: one in ten open, of the last weeks and at every step; the others closed, three years back.

    The city's SOPs and people are those they are of; whoever works on in it finds no number taken.
    """
    with city.store.look() as db:
        lane = db.scalar(sa.select(sa.func.count()).select_from(case)) or 0
    stages = [_copy(city, _walked(city, steps, lane)) for steps in (0, 1, 2, 5, len(PATH))]
    with city.store.look() as db:
        units = list(db.scalars(sa.select(membership.c.unit_id).where(membership.c.role_id == "officer").distinct()))
        next_ids = {t.name: (db.scalar(sa.select(sa.func.max(t.c.id))) or 0) + 1 for t in _TABLES}
    for first in range(0, count, _PIECE):
        piece: Rows = {table.name: [] for table in (*_TABLES, case_gram)}
        for n in range(first, min(first + _PIECE, count)):
            closed = n % OPEN_OF != 0
            stage = stages[-1] if closed else stages[n // OPEN_OF % (len(stages) - 1)]
            age = _YEARS * (count - n) / count if closed else _LATELY * (n * 7919 % count) / count
            _one_more(piece, stage, n, age, units[(n * 2_654_435_761 >> 9) % len(units)], city.now, next_ids)
        with city.store.act() as db:
            for table in (*_TABLES, case_gram):
                if piece[table.name]:
                    db.execute(table.insert(), piece[table.name])
    with city.store.act() as db:
        db.execute(serial.update().values(last=serial.c.last + count))
        if not city.store.is_sqlite:
            for table in _TABLES:
                db.execute(
                    sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, "id"), next_ids[table.name]))
                )
    if not city.store.is_sqlite:  # which looks over its tables by itself; SQLite is served without figures of them
        with city.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql("VACUUM ANALYZE")


def _walked(city: Virtual, steps: int, lane: int) -> int:
    """A petition the engine took so far; about a place and by a person of its own, so that it is nobody's duplicate."""
    given = {
        "channel": "線上陳情", "case_type": "市政建議", "subject": "路燈不亮", "location": f"示例路{lane}巷{steps}號",
        "body": "示例路的路燈三天不亮，請派員修復。", "petitioner_name": f"例陳情{lane}之{steps}",
        "petitioner_email": f"crowd{lane}-{steps}@example.invalid",
    }  # fmt: skip
    case_id = city.open_case("petition-online", who="service1", answers=given).case_id
    for step, account, answers in PATH[:steps]:
        city.complete(case_id, step, who=account, answers=answers, checklist=_TICKED if step == "PO-11" else ())
    return case_id


def _copy(city: Virtual, case_id: int) -> Rows:
    """The rows of one case."""
    with city.store.look() as db:
        of_case = {table.name: table.c.case_id == case_id for table in _TABLES if "case_id" in table.c}
        of_case |= {"case": case.c.id == case_id, "entry": entry.c.subject == f"case:{case_id}"}
        return {
            table.name: [dict(row) for row in db.execute(sa.select(table).where(of_case[table.name])).mappings()]
            for table in _TABLES
        }


def _one_more(
    piece: Rows, stage: Rows, n: int, age: timedelta, unit: str, now: datetime, next_ids: dict[str, int]
) -> None:  # fmt: skip
    """One copy: its own number, words and unit, everything in it this much earlier."""
    case_id = next_ids["case"]
    place, thing, trouble = (
        said[n // (OPEN_OF * size) % 10] for said, size in ((_PLACES, 1), (_THINGS, 10), (_TROUBLES, 7))
    )
    subject, body = f"{place}{thing}{trouble}", f"{place}{n % 300}號附近的{thing}{trouble}，已經好幾天了，請派員處理。"
    received = stage["case"][0]["received_at"] - age
    ids: dict[tuple[str, int], int] = {}
    for table in _TABLES:
        for old in stage[table.name]:
            ids[table.name, old["id"]] = next_ids[table.name]
            row = {**dict(_shifted(old, age)), "id": next_ids[table.name]}
            next_ids[table.name] += 1
            if table is case:
                year = roc.year(received.astimezone(TAIPEI).date())
                row |= {"number": f"{year}-{100_000 + case_id:06}", "unit": unit if old["unit"] else None}
            elif table is entry:
                row |= {"subject": f"case:{case_id}", "act_id": f"crowd-{n}"}
            else:
                row["case_id"] = case_id
            if table is answer and old["step"] == stage["case"][0]["start"]:
                row["answers"] = {**old["answers"], "subject": subject, "body": body, "location": place}
            if table is item and old["unit"] == _UNIT:
                row["unit"] = unit
            if old.get("item_id"):
                row["item_id"] = ids["item", old["item_id"]]
            if old.get("answer_id"):
                row["answer_id"] = ids["answer", old["answer_id"]]
            piece[table.name].append(row)
    grams = words.pairs(subject) | words.pairs(body) | words.pairs(place)
    piece["case_gram"] += [{"gram": gram, "case_id": case_id} for gram in sorted(grams)]


def _shifted(row: Mapping[str, Any], age: timedelta) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        yield name, value - age if isinstance(value, datetime) else value
