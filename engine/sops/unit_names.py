"""An SOP as readers name its units: ids of the organisation replaced by names, to be told and never stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from engine.sops.sop import Deadline, Lane, Sop

__all__ = ["named"]

_FIXED = "fixed:"


def named(sop: Sop, units: Mapping[str, str]) -> Sop:
    """``units``: id → name; one that is not among them keeps its id, and so do two of one name."""
    once = [name for name in units.values() if list(units.values()).count(name) == 1]
    known = {id_: name for id_, name in units.items() if name in once}
    if not known:
        return sop
    nodes = {
        id_: replace(
            node, co_units=tuple(_rule(ref, known) for ref in node.co_units),
            deadlines=tuple(_deadline(limit, known) for limit in node.deadlines),
        )
        for id_, node in sop.nodes.items()
    }  # fmt: skip
    return replace(
        sop, nodes=MappingProxyType(nodes), lanes=tuple(_lane(lane, known) for lane in sop.lanes),
        deadlines=tuple(_deadline(limit, known) for limit in sop.deadlines),
        sheet=replace(sop.sheet, unit=known.get(sop.sheet.unit or "", sop.sheet.unit)),
    )  # fmt: skip


def _rule(rule: str, units: Mapping[str, str]) -> str:
    unit = rule.removeprefix(_FIXED)
    return f"{_FIXED}{units.get(unit, unit)}" if unit != rule else rule


def _to(to: str, units: Mapping[str, str]) -> str:
    role, at, rule = to.partition("@")
    return f"{role}{at}{_rule(rule, units)}"


def _lane(lane: Lane, units: Mapping[str, str]) -> Lane:
    return lane if lane.who is None else replace(lane, who=replace(lane.who, unit=_rule(lane.who.unit, units)))


def _deadline(limit: Deadline, units: Mapping[str, str]) -> Deadline:
    rungs = tuple(replace(rung, to=tuple(_to(one, units) for one in rung.to)) for rung in limit.rungs)
    return replace(limit, rungs=rungs)
