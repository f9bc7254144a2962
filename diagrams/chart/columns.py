"""The columns beside the flow: what each says of a step, in paragraphs. Other rooms may bring columns of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from diagrams.chart.days import calendar
from diagrams.wording import Worded, as_written
from engine.dates.periods import UNIT_WORDS
from engine.sops.sop import MACHINE_KINDS, Deadline, Node, Sop

__all__ = ["KEYS", "Column", "of"]

_NOTHING: Mapping[str, str] = MappingProxyType({})
_RULES = {"responsible": "權責單位", "child": "子案單位", "applicant": "申請人", "caller": "呼叫流程的單位"}


@dataclass(frozen=True, slots=True)
class Column:
    """``cells``: node id → paragraphs. ``wide``: pixels, None as its words need."""

    key: str
    title: str
    cells: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    wide: float | None = None


def of(
    sop: Sop,
    keys: Sequence[str],
    *,
    forms: Mapping[str, str] = _NOTHING,
    units: Mapping[str, str] = _NOTHING,
    worded: Worded = as_written,
) -> tuple[Column, ...]:
    """The columns of these keys. ``forms``, ``units``: id → official name; what is not among them is left out or
    named by its lane. Raises KeyError for a key that is none of KEYS."""
    said = _Said(sop, forms, units, worded)
    found: list[Column] = []
    for key in keys:
        title, tells = _TELLS[key]
        cells = {node.id: told for node in sop.nodes.values() if (told := tuple(tells(said, node)))}
        found.append(Column(key, worded(title), MappingProxyType(cells)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Said:
    sop: Sop
    forms: Mapping[str, str]
    units: Mapping[str, str]
    worded: Worded

    def owner(self, node: Node) -> list[str]:
        if node.kind in ("exclusive", "parallel", "start", "end", "boundary", "catch"):
            return []
        lane = self.sop.lane_of(node.id)
        name = [lane.name] if lane is not None and lane.name else []
        return [*name, self.worded("（系統）")] if node.kind in MACHINE_KINDS else name

    def support(self, node: Node) -> list[str]:
        return [self._unit(ref) for ref in node.co_units]

    def _unit(self, ref: str) -> str:
        rule, _, unit = ref.partition(":")
        if rule == "fixed":
            return self.units.get(unit, unit)
        return self.worded(_RULES[rule]) if rule in _RULES else ref

    def time(self, node: Node) -> list[str]:
        told: list[str] = []
        if node.calendar is not None:
            told.append(calendar(node.calendar, self.worded))
        told += [self._limit(deadline) for deadline in node.deadlines if deadline.length]
        standard = node.standard_time
        if standard is not None:
            unit = self.worded(UNIT_WORDS.get(standard.unit, standard.unit))
            told.append(f"{standard.value:g} {unit}")
            if standard.basis == "proposed":
                told.append(self.worded("（建議值）"))
        return told

    def _limit(self, deadline: Deadline) -> str:
        unit = self.worded(UNIT_WORDS.get(deadline.unit or "", deadline.unit or ""))
        return self.worded("限 {0} {1}", deadline.length, unit)

    def form(self, node: Node) -> list[str]:
        told: list[str] = []
        for form in node.forms:
            name = self.forms.get(form.ref, form.ref)
            if form.ref.startswith("caller:"):
                name = self.worded("呼叫流程的表單")
            told.append(self.worded("產出：{0}", name) if form.direction == "out" else self.worded("收入：{0}", name))
        return told


_TELLS: dict[str, tuple[str, Callable[[_Said, Node], list[str]]]] = {
    "owner": ("主辦", _Said.owner),
    "support": ("協辦", _Said.support),
    "time": ("標準工時／時間點", _Said.time),
    "forms": ("使用表格", _Said.form),
}
KEYS = tuple(_TELLS)
