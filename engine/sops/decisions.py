"""Decision tables: a DMN subset, read through the hardened reader, decided without evaluating anything.

One table per file; inputs are variable names; hit policies UNIQUE (exactly one row), FIRST (the first row in the
file's order) and COLLECT (every row). ``check`` finds what the rows miss or say twice.
"""

from __future__ import annotations

from lxml import etree

from engine.sops import cells, expressions, reader
from engine.sops.decision_gaps import check
from engine.sops.sentences import refused, unreadable
from engine.sops.tables import Input, Output, Rule, Table

__all__ = ["Input", "Output", "Rule", "Table", "check", "read"]

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
MAX_RULES = 200
MAX_COLUMNS = 12

#: DMN type → ours
_TYPES = {
    "string": "string", "number": "number", "double": "number", "integer": "integer", "long": "integer",
    "boolean": "boolean",
}  # fmt: skip
_BESIDE = frozenset(["DMNDI", "extensionElements", "description"])


def read(data: bytes) -> Table:
    """The table of a ``.dmn`` file. Raises ``BadSop``; ``readable=False`` when it is no DMN file at all."""
    root = reader.parse(data)
    if root.tag != _dmn("definitions"):
        raise unreadable("not_dmn")
    decisions = root.findall(_dmn("decision"))
    for child in root:
        if child.tag != _dmn("decision") and _local(child) not in _BESIDE:
            raise refused("decision_kind", element=child.get("id"), tag=_local(child))
    if len(decisions) != 1:
        raise refused("decision_count", element=decisions[1].get("id") if decisions else None)
    return _table(decisions[0])


def _table(decision: etree._Element) -> Table:
    table_id = decision.get("id")
    if not table_id or not expressions.is_variable(table_id):
        raise unreadable("missing_id", tag="decision")
    grids = decision.findall(_dmn("decisionTable"))
    strange = [c for c in decision if _local(c) not in ("decisionTable", "question", "variable", *_BESIDE)]
    if strange or len(grids) != 1:
        tag = _local(strange[0]) if strange else "decision"
        raise refused("decision_kind", element=table_id, tag=tag)
    grid = grids[0]
    policy = grid.get("hitPolicy", "UNIQUE")
    if policy not in ("UNIQUE", "FIRST", "COLLECT") or grid.get("aggregation"):
        raise refused("decision_hit_policy", element=table_id)
    inputs = tuple(_input(el, table_id) for el in grid.findall(_dmn("input")))
    outputs = tuple(_output(el, table_id) for el in grid.findall(_dmn("output")))
    rows = grid.findall(_dmn("rule"))
    if len(rows) > MAX_RULES or len(inputs) > MAX_COLUMNS or len(outputs) > MAX_COLUMNS:
        raise refused("decision_size", element=table_id, limit=MAX_RULES)
    if not outputs or len({o.name for o in outputs}) != len(outputs):
        raise refused("decision_output", element=table_id)
    if len({i.name for i in inputs}) != len(inputs):
        raise refused("decision_input", element=table_id)
    rules = tuple(_rule(row, inputs, outputs, table_id) for row in rows)
    return Table(table_id, decision.get("name") or "", policy, inputs, outputs, rules)


def _input(el: etree._Element, table_id: str) -> Input:
    where = el.get("id") or table_id
    expression = el.find(_dmn("inputExpression"))
    name = "" if expression is None else _said(expression)
    if expression is None or not expressions.is_variable(name):
        raise refused("decision_input", element=where)
    type_ = _type(expression.get("typeRef"), where)
    declared = el.find(_dmn("inputValues"))
    cell = cells.read_cell("" if declared is None else _said(declared), where, type_)
    values = tuple(item.value for item in cell.items) if all(item.op == "=" for item in cell.items) else ()
    bounds = cell if cell.items and not values else None
    return Input(name, el.get("label") or name, type_, values, bounds)


def _output(el: etree._Element, table_id: str) -> Output:
    where = el.get("id") or table_id
    name = el.get("name") or ""
    if not expressions.is_variable(name):
        raise refused("decision_output", element=where)
    type_ = _type(el.get("typeRef"), where)
    declared = el.find(_dmn("outputValues"))
    cell = cells.read_cell("" if declared is None else _said(declared), where, type_)
    if any(item.op != "=" for item in cell.items):
        raise refused("decision_values", element=where)
    return Output(name, el.get("label") or name, type_, tuple(item.value for item in cell.items))


def _rule(row: etree._Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...], table_id: str) -> Rule:
    rule_id = row.get("id") or table_id
    conditions, results = row.findall(_dmn("inputEntry")), row.findall(_dmn("outputEntry"))
    if len(conditions) != len(inputs) or len(results) != len(outputs):
        raise refused("decision_row", element=rule_id)
    read_cells = [
        cells.read_cell(_said(el), el.get("id") or rule_id, column.type)
        for el, column in zip(conditions, inputs, strict=True)
    ]
    constants = [
        cells.read_constant(_said(el), el.get("id") or rule_id, column.type)
        for el, column in zip(results, outputs, strict=True)
    ]
    for el, constant, column in zip(results, constants, outputs, strict=True):
        if column.values and constant not in column.values:
            raise refused("decision_outside", element=el.get("id") or rule_id, cell=constant)
    for el, cell, declared in zip(conditions, read_cells, inputs, strict=True):
        for item in cell.items:
            if declared.values and item.op in ("=", "!=") and item.value not in declared.values:
                raise refused("decision_outside", element=el.get("id") or rule_id, cell=item.value)
    description = row.find(_dmn("description"))
    text = "" if description is None else (description.text or "").strip()
    return Rule(rule_id, tuple(read_cells), tuple(constants), text)


def _type(name: str | None, where: str) -> str:
    if name not in _TYPES:
        raise refused("decision_type", element=where, type=name or "")
    return _TYPES[name]


def _said(el: etree._Element) -> str:
    text = el.find(_dmn("text"))
    return "" if text is None else (text.text or "").strip()


def _dmn(local: str) -> str:
    return f"{{{DMN}}}{local}"


def _local(el: etree._Element) -> str:
    return etree.QName(el).localname
