"""Where things stand on the page: BPMN DI to a ``Drawing`` and back. Meaning never reads it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from lxml import etree

from engine.sops import names
from engine.sops.bpmn_remarks import read_remarks, read_ties
from engine.sops.sentences import finding
from engine.sops.sop import Bounds, Drawing, Finding, Flow, Tie, pool_id

#: a page is at most this wide and high; what stands further out is a broken file
MAX_COORDINATE = 100_000.0
MAX_WAYPOINTS = 200

#: other tools write fifteen digits after the point, and tiny numbers with an exponent
_NUMBER = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,20})?(E-[0-9]{1,3})?", re.IGNORECASE)


def read_drawing(
    root: etree._Element,
    *,
    known: Collection[str],
    flows: Mapping[str, Flow],
    pool: tuple[str, str],
    problems: list[Finding],
) -> Drawing | None:
    """The drawing of the known nodes, lanes and flows, and of the remarks beside them.

    ``pool`` is (the participant's id in the file, the SOP's id).
    """
    remarks, ties = read_remarks(root, problems), read_ties(root)
    known = {*known, *remarks}
    tied: dict[str, Tie] = {}
    participant, sop_id = pool
    shapes: dict[str, Bounds] = {}
    edges: dict[str, tuple[tuple[float, float], ...]] = {}
    labels: dict[str, Bounds] = {}
    for plane in root.iterfind(f"{_di('BPMNDiagram')}/{_di('BPMNPlane')}"):
        for item in plane:
            about = item.get("bpmnElement", "")
            key = pool_id(sop_id) if about == participant and participant else about
            if item.tag == _di("BPMNShape") and (
                about in known or (participant and about == participant and key not in known)
            ):
                bounds = _bounds(item)
                if bounds is None:
                    problems.append(finding("drawing_number", element=about, level="warning", id=about))
                    continue
                shapes[key] = bounds
            elif item.tag == _di("BPMNEdge") and (about in flows or about in ties):
                points = _points(item)
                if points is None:
                    problems.append(finding("drawing_number", element=about, level="warning", id=about))
                    continue
                if about in ties:
                    tied[about] = Tie(*ties[about], points)
                    continue
                edges[key] = points
            else:
                continue
            label = item.find(_di("BPMNLabel"))
            box = None if label is None else _bounds(label)
            if box is not None:
                labels[key] = box
    for remark in remarks.values():
        if remark.id not in shapes:
            problems.append(finding("remark_not_drawn", element=remark.id, level="info", text=remark.text[:20]))
    if not shapes and not edges:
        return None
    return Drawing(
        MappingProxyType(shapes), MappingProxyType(edges), MappingProxyType(labels),
        tuple(one for one in remarks.values() if one.id in shapes), MappingProxyType(tied),
    )  # fmt: skip


def _bounds(item: etree._Element) -> Bounds | None:
    el = item.find(f"{{{names.DC}}}Bounds")
    if el is None:
        return None
    x, y, width, height = (_number(el.get(name)) for name in ("x", "y", "width", "height"))
    if x is None or y is None or width is None or height is None or width <= 0 or height <= 0:
        return None
    return Bounds(x, y, width, height)


def _points(item: etree._Element) -> tuple[tuple[float, float], ...] | None:
    points: list[tuple[float, float]] = []
    for el in item.findall(f"{{{names.DI}}}waypoint"):
        x, y = _number(el.get("x")), _number(el.get("y"))
        if x is None or y is None:
            return None
        points.append((x, y))
    return tuple(points) if 2 <= len(points) <= MAX_WAYPOINTS else None


def _number(text: str | None) -> float | None:
    if text is None or not _NUMBER.fullmatch(text):
        return None
    value = round(float(text), 3)
    return value if abs(value) <= MAX_COORDINATE else None


def lanes_are_columns(drawing: Drawing, lanes: Iterable[str]) -> bool:
    """Whether the lanes stand side by side, as ours do. A file from elsewhere may have them one above the other."""
    drawn = [drawing.shapes[lane] for lane in lanes if lane in drawing.shapes]
    return len({box.y for box in drawn}) <= 1


def as_text(number: float) -> str:
    """A number as it is written: at most four decimals, none when they are needless."""
    return str(int(number)) if number == int(number) else repr(round(number, 4))


def _di(local: str) -> str:
    return f"{{{names.BPMNDI}}}{local}"
