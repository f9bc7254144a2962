"""What a scenario expects, checked against what the city now holds. Each key of ``expect`` is one function here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.cases import answers
from engine.cases.records import ITEM_IS_OPEN, case, child, document, item, link, meeting_item
from engine.dates.records import alarm, deadline
from engine.errors import Invalid
from engine.library import shelf
from engine.office import journal, people
from engine.office.records import notice

if TYPE_CHECKING:
    from engine.rehearsal.scenarios import Walk

__all__ = ["KEYS", "has_rung", "taken", "timer_due", "unmet"]


def unmet(walk: Walk, expect: Mapping[str, Any]) -> list[str]:
    """One sentence for each expectation that was not met."""
    return [problem for key, wanted in expect.items() for problem in _CHECKS[key](walk, wanted)]


def _end(walk: Walk, wanted: Any) -> Iterator[str]:
    found = walk.city.case(walk.case_id)["end"]
    if found != wanted:
        yield f"end：應為 {wanted}，實為 {found}。"


def _steps(walk: Walk, wanted: Sequence[str]) -> Iterator[str]:
    passed = _passed(walk)
    at = 0
    for step in wanted:
        if step not in passed[at:]:
            yield f"steps：{step} 沒有依序經過；實際經過 {' '.join(passed)}。"
            return
        at = passed.index(step, at) + 1


def _not_steps(walk: Walk, wanted: Sequence[str]) -> Iterator[str]:
    passed = set(_passed(walk))
    yield from (f"not_steps：不應經過 {step}。" for step in wanted if step in passed)


def _facts(walk: Walk, wanted: Mapping[str, Any]) -> Iterator[str]:
    row = walk.city.case(walk.case_id)
    names = {number: alias for alias, number in walk.aliases.items()}
    found: dict[str, Any] = {
        "close_reason": row["close_reason"], "status": row["status"], "responsible_unit": row["unit"],
        "channel": row["channel"], "type": row["type"], "parent": names.get(row["parent_id"]),
        "dispatched": row["dispatched_at"] is not None, "released": row["released_at"] is not None,
        "controlled": row["controlled_at"] is not None, "solved": row["solved"], "informant": row["informant"],
    }  # fmt: skip
    variables = _variables(walk)
    for name, value in wanted.items():
        alias, _, fact = name.partition(".")
        if alias in walk.aliases:
            other = walk.city.case(walk.aliases[alias])
            actual: Any = {"released": other["released_at"] is not None}.get(fact, other.get(fact))
        else:
            actual = found[name] if name in found else variables.get(name)
        if actual != value:
            yield f"facts.{name}：應為 {value!r}，實為 {actual!r}。"


def _links(walk: Walk, wanted: Sequence[Mapping[str, str]]) -> Iterator[str]:
    names = {number: alias for alias, number in walk.aliases.items()}
    with walk.city.store.look() as db:
        rows = db.execute(sa.select(link.c.to_id, link.c.kind).where(link.c.case_id == walk.case_id)).all()
    found = sorted((names.get(row.to_id, str(row.to_id)), row.kind) for row in rows)
    if found != sorted((w["to"], w["kind"]) for w in wanted):
        yield f"links：應為 {list(wanted)}，實為 {found}。"


def _notices(walk: Walk, wanted: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Rungs exactly; of the other notices those that are named with ``about`` (a step path)."""
    with walk.city.store.look() as db:
        told = [dict(row) for row in db.execute(sa.select(notice)).mappings()]
        made = {
            f"document:{row.id}": row.step
            for row in db.execute(sa.select(document).where(document.c.case_id == walk.case_id))
        }
        met = set()
        for want in wanted:
            who = _persons(walk, db, str(want["to"]))
            hits = [n["id"] for n in told if _is_meant(n, want, who, made)]
            if not hits:
                yield f"notices：沒有 {dict(want)}。"
            met.update(hits)
    for row in told:
        if "rung" in row["facts"] and row["case_id"] == walk.case_id and row["id"] not in met:
            yield f"notices：多出 {row['facts']['deadline']} {row['facts']['rung']} 於 {_minute(walk, row['at'])}。"


def _is_meant(row: Mapping[str, Any], want: Mapping[str, Any], who: set[int | None], made: Mapping[str, str]) -> bool:
    unknown = set(want) - {"to", "deadline", "rung", "at", "about", "kind"}
    if unknown:
        raise Invalid("scenarios_key", f"notices 有不認得的欄位：{'、'.join(sorted(unknown))}。")
    facts = row["facts"]
    source = ":".join(row["key"].split(":")[:2])
    if row["key"].startswith(("duplicate:", "reply:")):
        source = "document:" + row["key"].split(":")[1]
    return (
        row["person_id"] in who
        and want.get("deadline") == (facts.get("deadline") if "deadline" in want else None)
        and want.get("rung", facts.get("rung")) == facts.get("rung")
        and want.get("kind", row["kind"]) == row["kind"]
        and ("about" not in want or made.get(source) == want["about"])
        and ("at" not in want or _minute_of(want["at"]) == row["at"].astimezone(_zone()).strftime("%Y-%m-%dT%H:%M"))
    )


def _persons(walk: Walk, db: sa.Connection, to: str) -> set[int | None]:
    if to == "applicant":
        return {None}
    if to.startswith("holder@"):
        from engine.cases import people_of

        other = walk.aliases.get(to[7:], walk.case_id)
        return set(people_of.holders_of(db, other, walk.city.now))
    role, _, unit = to.partition("@")
    return {p.id for p in people.holders(db, role, unit, walk.city.now)}


def _deadlines(walk: Walk, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every deadline of the case but standard times, by path: ``due``, ``met``, ``overdue``, ``times`` …"""
    with walk.city.store.look() as db:
        rows = db.execute(
            sa.select(deadline).where(deadline.c.case_id == walk.case_id).order_by(deadline.c.id)
        ).mappings().all()  # fmt: skip
    by_path: dict[str, list[Any]] = {}
    for row in rows:
        by_path.setdefault(row["path"], []).append(row)
    legal = {path for path, found in by_path.items() if found[-1]["regime"] != "standard"}
    for path in sorted(legal - set(wanted)):
        yield f"deadlines：多出 {path}。"
    for path, want in wanted.items():
        if path not in by_path:
            yield f"deadlines：沒有 {path}。"
            continue
        last = by_path[path][-1]
        over = (last["met_at"] or last["ended_at"] or walk.city.now) > last["due_at"]
        found = {
            "due": _minute(walk, last["due_at"]), "met": last["met_by"], "overdue": over,
            "first_due": _minute(walk, _first_due(by_path[path][0])), "times": len(by_path[path]),
            "length": last["length"], "unit": last["unit"],
            "changes": [change["kind"] for change in last["changes"]],
        }  # fmt: skip
        for key, value in want.items():
            if key not in found:
                raise Invalid("scenarios_key", f"deadlines 有不認得的欄位：{key}。")
            if key in ("due", "first_due"):
                value = _minute_of(value)
            if found[key] != value:
                yield f"deadlines.{path}.{key}：應為 {value}，實為 {found[key]}。"


def _first_due(row: Mapping[str, Any]) -> datetime:
    """The date a deadline had before anything moved it."""
    changed = row["changes"]
    found: datetime = datetime.fromisoformat(changed[0]["from"]) if changed else row["due_at"]
    return found


def _documents(walk: Walk, wanted: Sequence[str]) -> Iterator[str]:
    """Forms or kinds that must have been made, in this order, as often as they are named; others may lie between."""
    with walk.city.store.look() as db:
        rows = db.execute(
            sa.select(document.c.form, document.c.kind)
            .where(document.c.case_id == walk.case_id)
            .order_by(document.c.id)
        ).all()
    left = [{row.form, row.kind} for row in rows]
    for name in wanted:
        while left and name not in left[0]:
            left.pop(0)
        if not left:
            yield f"documents：沒有依序出現 {name}；有 {[row.form or row.kind for row in rows]}。"
            return
        left.pop(0)


def _meeting(walk: Walk, wanted: Sequence[str]) -> Iterator[str]:
    with walk.city.store.look() as db:
        found = sorted(
            db.execute(sa.select(meeting_item.c.category).where(meeting_item.c.case_id == walk.case_id)).scalars()
        )
    if found != sorted(wanted):
        yield f"meeting：應為 {list(wanted)}，實為 {found}。"


def _open(walk: Walk, wanted: Sequence[str]) -> Iterator[str]:

    with walk.city.store.look() as db:
        found = sorted(db.execute(sa.select(item.c.step).where(item.c.case_id == walk.case_id, ITEM_IS_OPEN)).scalars())
    if found != sorted(wanted):
        yield f"open：應為 {list(wanted)}，實為 {found}。"


def _answers(walk: Walk, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What was last entered at a step, by field; other fields may stand beside them."""
    with walk.city.store.look() as db:
        for step, fields in wanted.items():
            row = answers.latest(db, walk.case_id, step)
            given = row["answers"] if row is not None else {}
            for name, value in fields.items():
                if given.get(name) != value:
                    yield f"answers.{step}.{name}：應為 {value!r}，實為 {given.get(name)!r}。"


def _children(walk: Walk, wanted: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The cases that were opened on from this one, all of them, in their order; of each what is named.

    ``kind``: of the link, or ``child`` where one is opened for each entry of a list, ``linked`` where one is.
    """
    kind = sa.case((child.c.entry != "", "child"), (child.c.entry == "", "linked"), else_=link.c.kind)
    with walk.city.store.look() as db:
        rows = db.execute(
            sa.select(case.c.id, case.c.sop_id, case.c.status, case.c.end, case.c.unit, child.c.entry,
                      kind.label("kind"))
            .join(link, sa.and_(link.c.case_id == case.c.id, link.c.to_id == walk.case_id), isouter=True)
            .join(child, child.c.case_id == case.c.id, isouter=True)
            .where(case.c.parent_id == walk.case_id, sa.or_(link.c.kind.is_not(None), child.c.entry.is_not(None)))
            .order_by(case.c.id)
        ).all()  # fmt: skip
    found = [
        {"sop": row.sop_id, "kind": row.kind, "status": row.status, "end": row.end, "unit": row.unit,
         "entry": row.entry, "open": sorted(walk.city.open_steps(row.id))}
        for row in rows
    ]  # fmt: skip
    for one in wanted:
        if unknown := sorted(set(one) - {"sop", "kind", "status", "end", "unit", "entry", "open"}):
            raise Invalid("scenarios_key", f"children 有不認得的欄位：{'、'.join(unknown)}。")
    if len(found) != len(wanted):
        yield f"children：應為 {len(wanted)} 件，實為 {found}。"
        return
    for at, (has, want) in enumerate(zip(found, wanted, strict=True), 1):
        for key, value in want.items():
            if has[key] != (sorted(value) if key == "open" else value):
                yield f"children 第 {at} 件的 {key}：應為 {value!r}，實為 {has[key]!r}。"


def _returns(walk: Walk, wanted: Mapping[str, int]) -> Iterator[str]:
    """How often a step was opened again."""

    with walk.city.store.look() as db:
        for step, times in wanted.items():
            opened = db.execute(
                sa.select(sa.func.max(item.c.opening)).where(item.c.case_id == walk.case_id, item.c.step == step)
            ).scalar()
            if (opened or 0) - 1 != times:
                yield f"returns.{step}：應為 {times} 次，實為 {(opened or 0) - 1} 次。"


_CHECKS: dict[str, Callable[[Walk, Any], Iterator[str]]] = {
    "end": _end, "steps": _steps, "not_steps": _not_steps, "facts": _facts, "links": _links, "notices": _notices,
    "deadlines": _deadlines, "documents": _documents, "meeting": _meeting, "open": _open, "returns": _returns,
    "answers": _answers, "children": _children,
}  # fmt: skip
KEYS = frozenset(_CHECKS)


# helpers


def _entries(walk: Walk) -> list[Mapping[str, Any]]:
    with walk.city.store.look() as db:
        return [entry.effects for entry in journal.of(db, f"case:{walk.case_id}")]


def _passed(walk: Walk) -> list[str]:
    return [path for effects in _entries(walk) for path in effects.get("passed", ())]


def _variables(walk: Walk) -> dict[str, Any]:
    """The newest value of every variable a person, a table or an operator wrote, by name and by scope/name."""
    found: dict[str, Any] = {}
    for effects in _entries(walk):
        for path, value in effects.get("values", {}).items():
            found[path] = value
            found[path.rpartition("/")[2]] = value
    return found


def has_rung(walk: Walk, timer: str) -> bool:
    return any(timer in effects.get("timers", ()) for effects in _entries(walk))


def timer_due(walk: Walk, timer: str) -> datetime:
    """When a waiting timer of the case falls due. Invalid when none waits there."""
    with walk.city.store.look() as db:
        due = db.execute(
            sa.select(sa.func.min(alarm.c.due_at)).where(
                alarm.c.case_id == walk.case_id, alarm.c.kind == "timer", alarm.c.step == timer,
                alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None),
            )
        ).scalar()  # fmt: skip
    if due is None:
        raise Invalid("no_timer", f"{timer} 沒有在計時。")
    found: datetime = due
    return found


def taken(walk: Walk) -> frozenset[tuple[str, str, str]]:
    """(procedure, gateway, flow) of every branch this case and the others took."""
    found: set[tuple[str, str, str]] = set()
    with walk.city.store.look() as db:
        for case_id, bundle, start in db.execute(sa.select(case.c.id, case.c.bundle, case.c.start)):
            steps = shelf.projection(db, bundle, start).steps
            for entry in journal.of(db, f"case:{case_id}"):
                for gateway, flow in entry.effects.get("branches", ()):
                    step = steps[gateway]
                    found.add((step.procedure, step.node.id, flow.rpartition("/")[2]))
    return frozenset(found)


def _zone() -> Any:
    return people.OFFICE_ZONE


def _minute(_walk: Walk, instant: datetime) -> str:
    return instant.astimezone(_zone()).strftime("%Y-%m-%dT%H:%M")


def _minute_of(value: Any) -> str:
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return instant.strftime("%Y-%m-%dT%H:%M") if instant.tzinfo is None else _minute(None, instant)  # type: ignore[arg-type]
