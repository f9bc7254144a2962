"""Which ways out of its gateways an SOP's scenarios take, on its chart: sign, line and colour, each alone enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from diagrams import bpmn_svg
from diagrams.foot import Foot
from diagrams.lettering import clean
from diagrams.standing import Look
from diagrams.wording import Worded, as_written
from engine.sops.sop import Drawing, Flow, Sop

__all__ = ["draw"]

_TAKEN = Look("有情境走過", "✓", "#e6f4e8", "#1b5e20", "#1b5e20", 2.5)
_NOT = Look("沒有情境走過", "！", "#fdf3dc", "#7a5200", "#7a5200", 3.0, "8 4")
#: how wide a sign and its space are
_SIGN = 18.0


def draw(
    sop: Sop, taken: Mapping[str, int], *, title: str | None = None, worded: Worded = as_written
) -> str:  # fmt: skip
    """The SVG text. ``taken``: every branch (flow id) and by how many scenarios it is taken."""
    looks = {id_: _TAKEN if count else _NOT for id_, count in taken.items()}
    chart = replace(
        sop, flows=MappingProxyType({flow.id: _signed(flow, looks.get(flow.id)) for flow in sop.flows.values()}),
        drawing=_with_room(sop.drawing, looks) if sop.drawing is not None else None,
    )  # fmt: skip
    named = clean(title or sop.name) or clean(sop.id)
    count = worded("分支 {0} 條，有情境走過的 {1} 條。", len(taken), sum(bool(one) for one in taken.values()))
    foot = Foot([(look, worded(look.word)) for look in (_TAKEN, _NOT)], count, ())
    return bpmn_svg.draw(chart, title=named, worded=worded, looks=looks, foot=foot, said=f"{named}\n{count}")


def _with_room(drawing: Drawing, looks: Mapping[str, Look]) -> Drawing:
    """The names of branches a sign wider, so that they need no more lines than before."""
    wider = {
        id_: replace(box, x=box.x - _SIGN / 2, width=box.width + _SIGN)
        for id_, box in drawing.labels.items()
        if id_ in looks
    }
    return replace(drawing, labels=MappingProxyType({**drawing.labels, **wider}))


def _signed(flow: Flow, look: Look | None) -> Flow:
    return replace(flow, name=f"{look.sign} {flow.name}") if look is not None and flow.name else flow
