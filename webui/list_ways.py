"""Where a step of the list goes on: each way with its name, its condition and what is set on it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import BadSop, Invalid
from engine.sops import comparing, expressions
from engine.sops.revising import Said, Way
from engine.sops.sop import Node, Set, Sop
from webui.list_known import Known
from webui.posted import Posted

COLUMNS = ("flow", "target", "way", "field", "sign", "value", "condition", "sets")
#: most rows of one kind that are read: as many as a form may have fields
MOST = 400


def default(now: Said) -> str:
    return next((str(n) for n, way in enumerate(now.ways) if way.default), "")


def row(way: Way) -> dict[str, str]:
    plain = comparing.read(way.condition) if way.condition else None
    found = dict.fromkeys(COLUMNS, "") | {
        "flow": way.flow or "",
        "target": way.target,
        "way": way.name,
        "condition": "" if plain is not None else way.condition or "",
        "sets": "\n".join(
            f"{one.name}={one.value}" if one.from_ is None else f"{one.name}:={one.from_}" for one in way.sets
        ),
    }
    if plain is not None:
        found |= {"field": plain.field, "sign": plain.sign, "value": plain.words}
    return found


def read(form: Posted, sop: Sop, node: Node, known: Known, wrong: dict[str, str]) -> list[Way]:
    found = []
    for n, row in enumerate(rows_of(form, COLUMNS)):
        if not row["target"]:
            continue
        if row["target"] not in sop.nodes or (row["flow"] and row["flow"] not in node.outgoing):
            wrong[f"target-{n}"] = "接往的步驟已經不在草案裡，請重新選擇。"
            continue
        condition = sop.flows[row["flow"]].condition if row["flow"] else None
        default = form.one("default") == str(n)
        if node.kind == "exclusive":
            try:
                condition = None if default else _condition(row, condition, known)
            except (Invalid, BadSop) as bad:
                wrong[f"{'value' if row['field'] else 'condition'}-{n}"] = bad.sentence
        sets = tuple(_set(line, n, wrong) for line in row["sets"].split("\n") if line.strip())
        found.append(Way(row["flow"] or None, row["target"], row["way"], condition, default, sets))
    return found


def _set(line: str, n: int, wrong: dict[str, str]) -> Set:
    """``field=value``, or ``field:=field or sum``."""
    name, equals, said = line.partition("=")
    taken = name.endswith(":")
    name = name.removesuffix(":").strip()
    if not equals or not expressions.is_variable(name.replace(".", "_")):
        wrong[f"sets-{n}"] = "請一行寫一個：欄位=值，或 欄位:=另一個欄位。"
    return Set(name, None, said.strip()) if taken else Set(name, said.strip())


def _condition(row: Mapping[str, str], stored: str | None, known: Known) -> str | None:
    """What the three controls say, or else the condition written beside them. Raises Invalid, BadSop."""
    plain = comparing.read(stored) if stored else None
    if not row["field"]:
        if row["condition"]:
            expressions.check(row["condition"])
        return row["condition"] or None
    kind = known.fields.get(row["field"], {}).get("kind", "text")
    if plain is not None and isinstance(plain.value, bool):
        kind = "boolean"
    elif plain is not None and not isinstance(plain.value, str):
        kind = "number"
    return str(comparing.of_words(row["field"], row["sign"], row["value"], kind))


def rows_of(form: Posted, columns: tuple[str, ...]) -> list[dict[str, str]]:
    rows = []
    for n in range(MOST):
        if not any(f"{column}-{n}" in form.names() for column in columns):
            break
        rows.append({column: form.one(f"{column}-{n}") for column in columns})
    return rows
