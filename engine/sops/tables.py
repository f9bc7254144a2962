"""A decision table as a value, and its answer. ``decisions`` reads one from a file, ``decision_gaps`` checks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.sops import cells
from engine.sops.cells import Cell, Value
from engine.sops.sentences import stuck


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions. ``values`` are the declared choices; ``bounds`` a declared condition on a number."""

    name: str
    label: str
    type: str
    values: tuple[str | int | float | bool, ...] = ()
    bounds: Cell | None = None


@dataclass(frozen=True, slots=True)
class Output:
    name: str
    label: str
    type: str
    values: tuple[str | int | float | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. ``description`` is where it comes from."""

    id: str
    cells: tuple[Cell, ...]
    results: tuple[str | int | float | bool, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    id: str
    name: str
    hit_policy: Literal["UNIQUE", "FIRST", "COLLECT"]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def decide(self, values: Mapping[str, Any]) -> dict[str, Any] | list[dict[str, Any]]:
        """The outputs for these values; for COLLECT a list of them. Raises ``Stuck('decision_*')``."""
        given = [self._given(column, values) for column in self.inputs]
        hits = [rule for rule in self.rules if self._hits(rule, given)]
        if self.hit_policy == "FIRST":
            hits = hits[:1]
        for rule in hits:
            self._demand_value(rule, given)
        if self.hit_policy == "COLLECT":
            return [self._said(rule) for rule in hits]
        if not hits:
            raise stuck("decision_no_match", element=self.id, table=self.name or self.id)
        if self.hit_policy == "UNIQUE" and len(hits) > 1:
            raise stuck("decision_many", element=self.id, table=self.name or self.id)
        return self._said(hits[0])

    def _hits(self, rule: Rule, given: list[Value]) -> bool:
        """Whether the row applies, or would for some value of what has none."""
        return all(value is None or cell.matches(value) for cell, value in zip(rule.cells, given, strict=True))

    def _demand_value(self, rule: Rule, given: list[Value]) -> None:
        """A row that asks for what has no value is not passed over in silence: nobody knows whether it applies."""
        for column, cell, value in zip(self.inputs, rule.cells, given, strict=True):
            if value is None and cell.items:
                raise stuck("decision_no_value", element=self.id, table=self.name or self.id, name=column.name)

    def _given(self, column: Input, values: Mapping[str, Any]) -> Value:
        if column.name not in values:
            raise stuck("decision_no_value", element=self.id, table=self.name or self.id, name=column.name)
        value = values[column.name]
        wanted = "number" if column.type == "integer" else column.type
        broken = column.type == "integer" and isinstance(value, float) and not value.is_integer()
        if value is not None and (cells.kind_of(value) != wanted or broken):
            raise stuck("decision_value_type", element=self.id, table=self.name or self.id, name=column.name)
        return value

    def _said(self, rule: Rule) -> dict[str, Any]:
        return {column.name: result for column, result in zip(self.outputs, rule.results, strict=True)}
