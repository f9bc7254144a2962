"""Lists handed in from outside, of things that run out: passwords, backups, certificates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases import documents, people_of
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import answer, case
from engine.dates import roc
from engine.dates.workdays import TAIPEI, local_day
from engine.flow import ProjectedStep
from engine.office.records import person

#: how many of the newest lists are looked at, and how many lines a report writes out
LOOK_BACK, MOST_LINES = 20, 300
_LINE = re.compile(r"\s*([^,，\t]{1,100}?)\s*[,，\t]\s*([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a list and the last day on which it holds."""

    name: str
    until: date


@operator(
    "list.run-out", required=("start", "field", "days"), optional=("before", "fresh", "of", "tell"),
    results=("listed", "soon", "past", "longest", "unreadable"), chooses=True,
)  # fmt: skip
def run_out(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Look through the newest list of this SOP for what runs out: a line each, a name and a date.

    The list is the answer ``field`` of the start event ``start``. A thing holds for ``days`` days from its date: a
    number, or the field of that start that says so; then the newest list of each number counts. ``soon`` have as many
    days left as ``before`` names, ``past`` have run out, ``longest`` is for how many days; with
    ``fresh`` only those count that ran out at most so many days ago. With ``of`` (soon or past)
    those are written into the papers handed out, and whoever bears an account of that name is told, and ``tell``.
    """
    today = local_day(act.at)
    entries, unreadable = _entries(act, args)
    before = {int(day) for day in str(args.get("before") or "").split()}
    oldest = today - timedelta(days=int(args["fresh"])) if args.get("fresh") else date.min
    found = {
        "soon": [one for one in entries if (one.until - today).days in before],
        "past": [one for one in entries if oldest <= one.until < today],
    }
    if args.get("of") in found and found[args["of"]]:
        _tell(act, step, found[args["of"]], str(args["of"]), str(args.get("tell") or ""))
    return {
        "listed": "yes" if entries else "no", "soon": len(found["soon"]), "past": len(found["past"]),
        "longest": max(((today - one.until).days for one in found["past"]), default=0), "unreadable": unreadable,
    }  # fmt: skip


def _entries(act: Act, args: Mapping[str, Any]) -> tuple[list[Entry], int]:
    """What the newest lists hold, and how many of their lines are no name and date."""
    query = (
        sa.select(answer.c.answers)
        .join(case, case.c.id == answer.c.case_id)
        .where(case.c.sop_id == act.case["sop_id"], answer.c.step == str(args["start"]))
        .order_by(answer.c.id.desc())
        .limit(LOOK_BACK)
    )
    newest: dict[int, str] = {}
    for said in act.db.scalars(query):
        days = str(args["days"]) if str(args["days"]).isdigit() else str(said.get(str(args["days"])) or "")
        if days.isdigit() and said.get(str(args["field"])):
            newest.setdefault(int(days), str(said[str(args["field"])]))
    read = [one for days, text in newest.items() for one in _read(text, days)]
    return [one for one in read if one is not None], read.count(None)


def _read(text: str, days: int) -> Iterator[Entry | None]:
    for line in filter(str.strip, text.splitlines()):
        match = _LINE.fullmatch(line)
        try:
            yield Entry(match[1], date(*map(int, match.group(2, 3, 4))) + timedelta(days=days)) if match else None
        except (ValueError, OverflowError):
            yield None


def _tell(act: Act, step: ProjectedStep, entries: list[Entry], of: str, also: str) -> None:
    lines = [f"{one.name} {roc.short(one.until)}" for one in entries]
    until = {one.name: one.until for one in entries}
    made = documents.make(
        act, step, kind="record", facts={"count": len(entries), "list": "\n".join(lines[:MOST_LINES])}
    )
    kind = "expiring" if of == "soon" else "expired"
    bearers = sa.select(person.c.account, person.c.id).where(person.c.active, person.c.account.in_(sorted(until)))
    for account, bearer in act.db.execute(bearers).all():
        last = datetime.combine(until[account], time(23, 59), TAIPEI)
        people_of.tell_persons(
            act, [bearer], kind=kind, key=f"document:{made}:{account}",
            facts={"step": step.path, "name": step.node.name, "due": last.isoformat()},
        )  # fmt: skip
    people_of.tell(act, also.split(), kind="told", key=f"document:{made}", facts={"step": step.path})
