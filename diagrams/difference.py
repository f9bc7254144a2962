"""What became different between two versions of an SOP, on one chart.

Told four ways, so that any one is enough: sign (＋ － △ ⇄), line (thick, dashed, chain, dotted), colour, and a number
that leads to the sentence below the chart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from diagrams import bpmn_svg, chart
from diagrams.chart import Column, Symbols
from diagrams.foot import Foot
from diagrams.lettering import clean
from diagrams.merged import Merged, merge
from diagrams.standing import Look
from diagrams.wording import Worded, as_written
from engine.sops.compare import Change
from engine.sops.sop import Flow, Sop

__all__ = ["LOOKS", "draw", "draw_columns"]

Kind = Literal["added", "removed", "changed", "moved"]
LOOKS: Mapping[Kind, Look] = MappingProxyType(
    {
        "added": Look("新增", "＋", "#e6f4e8", "#1b5e20", "#1b5e20", 4.0),
        "removed": Look("刪除", "－", "#fdeaea", "#a01717", "#a01717", 2.0, "7 4"),
        "changed": Look("調整", "△", "#fdf3dc", "#7a5200", "#7a5200", 2.5, "12 3 2 3"),
        "moved": Look("換人辦理", "⇄", "#efe9fb", "#4b2a91", "#4b2a91", 2.5, "2 3"),
    }
)
#: numbers that stand at one element
NUMBERS_MOST = 3


@dataclass(frozen=True, slots=True)
class _Told:
    """Both versions as one SOP with signed names, how each thing on it is drawn, and what is said below and of it."""

    sop: Sop
    looks: Mapping[str, Look]
    named: str
    foot: Foot
    said: str


def draw(
    old: Sop, new: Sop, found: Sequence[Change], *, title: str | None = None, worded: Worded = as_written
) -> str:  # fmt: skip
    """The BPMN drawing as SVG. ``found``: what `compare` says, in the reader's language; each gets its number and line.

    Raises Refusal 'dot_missing' where Graphviz is not installed.
    """
    one = _told(old, new, found, title, worded)
    return bpmn_svg.draw(one.sop, title=one.named, worded=worded, looks=one.looks, foot=one.foot, said=one.said)


def draw_columns(
    old: Sop, new: Sop, found: Sequence[Change], *, columns: Callable[[Sop], Sequence[Column]],
    symbols: Symbols = "ministry", title: str | None = None, worded: Worded = as_written,
) -> str:  # fmt: skip
    """The chart with columns, one sheet as large as it needs. ``columns``: those of the two versions as one SOP, where
    a step that went still says whose it was. Raises as ``draw`` does.
    """
    one = _told(old, new, found, title, worded)
    (svg,) = chart.draw(
        one.sop, columns=columns(one.sop), symbols=symbols, looks=one.looks, title=one.named, worded=worded,
        foot=one.foot, said=one.said,
    )  # fmt: skip
    return svg


def _told(old: Sop, new: Sop, found: Sequence[Change], title: str | None, worded: Worded) -> _Told:
    both = merge(old, new)
    numbers = _numbers(both, new, found)
    kinds = _kinds(both, numbers)
    looks = {id_: _look(kind, numbers.get(id_, ()), worded) for id_, kind in kinds.items()}
    signed = replace(
        both.sop,
        flows=MappingProxyType({f.id: _signed(f, looks.get(f.id)) for f in both.sop.flows.values()}),
        lanes=tuple(replace(x, name=f"{_sign(looks.get(x.id))}{x.name}") for x in both.sop.lanes),
    )
    named = clean(title or new.name) or clean(new.id)
    told = [clean(change.sentence) for change in found]
    count = worded("{0} 處不同：", len(told)) if told else worded("兩者的內容相同。")
    foot = Foot([(look, worded(look.word)) for look in LOOKS.values()], count, told)
    said = "\n".join([worded("{0}，共 {1} 處不同。", named, len(told)), *(f"{i}. {x}" for i, x in enumerate(told, 1))])
    return _Told(signed, looks, named, foot, said)


def _numbers(both: Merged, new: Sop, found: Sequence[Change]) -> dict[str, list[int]]:
    """Element of the chart → the numbers of what is said of it."""
    there = {*both.sop.nodes, *both.sop.flows, *(lane.id for lane in both.sop.lanes)}
    numbers: dict[str, list[int]] = {}
    for i, change in enumerate(found, 1):
        id_ = change.element or ""
        if change.kind == "removed" or (id_ not in new.nodes and id_ not in new.flows):
            id_ = both.was.get(id_, id_)
        if id_ in there:
            numbers.setdefault(id_, []).append(i)
    return numbers


def _kinds(both: Merged, numbers: Mapping[str, Sequence[int]]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = dict.fromkeys(numbers, "changed")
    for id_ in both.moved:
        if len(numbers.get(id_, ())) <= 1:
            kinds[id_] = "moved"
    return kinds | dict.fromkeys(both.removed, "removed") | dict.fromkeys(both.added, "added")


def _look(kind: Kind, numbers: Sequence[int], worded: Worded) -> Look:
    """With its numbers behind its sign: a badge says 「△3、5 調整」."""
    look = LOOKS[kind]
    shown = [*map(str, numbers[:NUMBERS_MOST]), *(["…"] if len(numbers) > NUMBERS_MOST else [])]
    return replace(look, sign=look.sign + worded("、").join(shown), word=worded(look.word))


def _signed(flow: Flow, look: Look | None) -> Flow:
    """A flow's name with its sign and numbers; one that came or went with its step is told by its line alone."""
    if look is None or (len(look.sign) == 1 and not flow.name):
        return flow
    return replace(flow, name=f"{look.sign} {flow.name}".rstrip())


def _sign(look: Look | None) -> str:
    return f"{look.sign} " if look else ""
