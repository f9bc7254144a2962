"""An SOP's drawing as one SVG: BPMN symbols, lanes, words, and where a case stands.

The SVG stands alone: no script, no style sheet, no reference to anything outside or inside it. Every word of the SOP is
cleaned, bounded and escaped. What is seen is also said: title, description and a list of the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType

from diagrams import badges, figures, labels, lettering, marks, remarks
from diagrams.foot import WIDE as FOOT_WIDE
from diagrams.foot import Foot
from diagrams.layout import HEAD, lay_out
from diagrams.lettering import clean
from diagrams.standing import LOOKS, Look, in_words, state_of
from diagrams.steps_list import steps_list
from diagrams.strokes import INK, arrow, circle, fitted, number, path, rect, words
from diagrams.wording import Worded, as_written
from engine.sops.sop import Bounds, Drawing, Node, Progress, Sop, pool_id

_NONE: Mapping[str, Look] = MappingProxyType({})
#: how a flow is drawn of which nothing is said
_FLOW = Look("", "", "none", INK, INK)
MARGIN = 20.0
#: a drawing wider or higher than this is not kept, the SOP is laid out anew
DRAWING_MOST = 40_000.0
#: lines of the list for screen readers
LIST_MOST = 400
LANE_HEAD_FILL, POOL_HEAD_FILL, LANE_LINE = "#eef2f7", "#dfe7f1", "#7a8493"


def draw(
    sop: Sop,
    *,
    progress: Progress | None = None,
    title: str | None = None,
    worded: Worded = as_written,
    looks: Mapping[str, Look] = _NONE,
    foot: Foot | None = None,
    said: str | None = None,
) -> str:
    """The SVG text. With `progress` each step shows its state by badge, line and colour. `worded`: our own words.

    `looks`: node, flow or lane id → how it is drawn and what its badge says; `foot` stands below the chart; `said` is
    its description instead of the list of steps. Raises Refusal 'dot_missing' if the SOP has no drawing and Graphviz is
    not installed.
    """
    drawing = sop.drawing if sop.drawing and _whole(sop, sop.drawing) else lay_out(sop)
    named = clean(title or sop.name) or clean(sop.id)
    return _Picture(sop, drawing, progress, named, worded, looks).text(foot, said)


def _whole(sop: Sop, drawing: Drawing) -> bool:
    """Whether a drawing shows every node and flow, on a page of a sensible size."""
    if not all(node in drawing.shapes for node in sop.nodes):
        return False
    if not all(
        flow.id in drawing.edges for flow in sop.flows.values() if flow.source in sop.nodes and flow.target in sop.nodes
    ):
        return False
    left, top, right, bottom = _outline(drawing)
    return right - left <= DRAWING_MOST and bottom - top <= DRAWING_MOST


def _outline(drawing: Drawing) -> tuple[float, float, float, float]:
    boxes = [*drawing.shapes.values(), *drawing.labels.values()]
    points = [point for line in drawing.edges.values() for point in line]
    points += [point for tie in drawing.ties.values() for point in tie.line]
    points += [(b.x, b.y) for b in boxes] + [(b.x + b.width, b.y + b.height) for b in boxes]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs, default=0.0), min(ys, default=0.0), max(xs, default=200.0), max(ys, default=100.0)


class _Picture:
    def __init__(
        self,
        sop: Sop,
        drawing: Drawing,
        progress: Progress | None,
        title: str,
        worded: Worded,
        looks: Mapping[str, Look],
    ) -> None:
        self.sop, self.drawing, self.progress, self.title, self.worded = sop, drawing, progress, title, worded
        self.looks = looks
        self.parents = {node.parent for node in sop.nodes.values() if node.parent}
        left, _, right, _ = _outline(drawing)
        self.sides = left - MARGIN, right + MARGIN

    def text(self, foot: Foot | None, said: str | None) -> str:
        left, top, right, bottom = _outline(self.drawing)
        wide, high = right - left + 2 * MARGIN, bottom - top + 2 * MARGIN
        below: list[str] = []
        if foot is not None:
            wide = max(wide, FOOT_WIDE + 2 * MARGIN)
            below = list(foot.drawn(left, bottom, wide - 2 * MARGIN))
            high += foot.high(wide - 2 * MARGIN)
        view = " ".join(number(v) for v in (left - MARGIN, top - MARGIN, wide, high))
        beside = remarks.beside(self.drawing)
        body = [*self._pool(), *self._frames(), *beside, *self._flows(), *self._nodes(), *self._labels(), *below]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(wide)}" height="{number(high)}"'
                f' viewBox="{view}" role="img" lang="zh-Hant-TW" xml:lang="zh-Hant-TW"'
                f' font-family="{lettering.FAMILY}">',
                f"<title>{escape(self.title)}</title>",
                f"<desc>{escape(self._said() if said is None else said)}</desc>",
                f'<rect x="{number(left - MARGIN)}" y="{number(top - MARGIN)}" width="{number(wide)}"'
                f' height="{number(high)}" fill="#ffffff"/>',
                *body,
                "</svg>\n",
            ]
        )

    def _said(self) -> str:
        lines = steps_list(self.sop, self.progress, worded=self.worded)
        said = [self.worded("{0}，共 {1} 項。", self.title, len(lines))]
        said += [self.worded("{0}. {1}。", i, line.sentence) for i, line in enumerate(lines[:LIST_MOST], 1)]
        if len(lines) > LIST_MOST:
            said.append(self.worded("另有 {0} 項未列。", len(lines) - LIST_MOST))
        return "\n".join(line.rstrip() for line in said)

    def _pool(self) -> Iterator[str]:
        pool = self.drawing.shapes.get(pool_id(self.sop.id))
        lanes = [(lane, self.drawing.shapes[lane.id]) for lane in self.sop.lanes if lane.id in self.drawing.shapes]
        upright = len({box.y for _, box in lanes}) <= 1
        if pool is not None:
            yield rect(pool, "#ffffff", thick=1.5, ink=LANE_LINE)
            yield self._head(pool, self.title, POOL_HEAD_FILL, upright or not lanes, bold=True)
        for lane, box in lanes:
            yield rect(box, "none", thick=1.2, ink=LANE_LINE)
            look = self.looks.get(lane.id)
            yield self._head(box, lane.name, look.fill if look else LANE_HEAD_FILL, upright, bold=look is not None)

    def _head(self, box: Bounds, name: str, fill: str, upright: bool, *, bold: bool) -> str:
        if upright:
            lines, size = fitted(name, box.width - 10, HEAD - 1, figures.LETTER + bold, 8)
            bar = Bounds(box.x, box.y, box.width, min(HEAD, box.height))
            text = words(lines, box.x + box.width / 2, box.y + HEAD / 2, size, bold=bold)
        else:
            lines, size = fitted(name, box.height - 10, HEAD - 1, figures.LETTER + bold, 8)
            bar = Bounds(box.x, box.y, min(HEAD, box.width), box.height)
            x, y = box.x + HEAD / 2, box.y + box.height / 2
            text = f'<g transform="rotate(-90 {number(x)} {number(y)})">{words(lines, x, y, size, bold=bold)}</g>'
        return rect(bar, fill, thick=1.2, ink=LANE_LINE) + text

    def _frames(self) -> Iterator[str]:
        for node in self.sop.nodes.values():
            if node.id in self.parents:
                yield self._group(node, self._frame(node))

    def _flows(self) -> Iterator[str]:
        dashed_first = sorted(self.sop.flows.values(), key=lambda flow: not self.looks.get(flow.id, _FLOW).dashes)
        for flow in dashed_first:
            line = self.drawing.edges.get(flow.id)
            if line:
                source = self.sop.nodes.get(flow.source)
                slash = source is not None and source.default == flow.id
                look = self.looks.get(flow.id, _FLOW)
                thick = max(1.5, look.thick - 1)
                drawn = arrow(line, slash=slash, ink=look.stroke, thick=thick, dashes=look.dashes)
                yield f'<g data-flow="{escape(clean(flow.id))}">{drawn}</g>'

    def _nodes(self) -> Iterator[str]:
        for hosted in (False, True):
            for node in self.sop.nodes.values():
                if node.id not in self.parents and bool(node.attached_to) == hosted:
                    yield self._group(node, self._node(node))

    def _group(self, node: Node, drawn: str) -> str:
        state = state_of(self.progress, node.id)
        marked = f' data-state="{state}"' if state else ""
        said = clean(node.name) or clean(node.id)
        if state or node.id in self.looks:
            said = self.worded("{0}（{1}）", said, self.worded(self._look(node).word)).rstrip()
        if node.id in self.parents:
            marked += ' data-frame="yes"'
        if node.attached_to:
            marked += f' data-on="{escape(clean(node.attached_to))}"'
        return f'<g data-step="{escape(clean(node.id))}"{marked}><title>{escape(said)}</title>{drawn}</g>'

    def _look(self, node: Node) -> Look:
        return self.looks.get(node.id) or LOOKS[state_of(self.progress, node.id) or "todo"]

    def _frame(self, node: Node) -> str:
        box = self.drawing.shapes[node.id]
        look = self._look(node)
        lines, size = fitted(node.name, box.width - 24, 26, figures.LETTER, 8)
        return (
            rect(box, look.fill, thick=look.thick, ink=look.stroke, dashes=look.dashes or _dashed(node), round_=10)
            + words(lines, box.x + box.width / 2, box.y + 15, size)
            + self._badge(node, box)
        )

    def _node(self, node: Node) -> str:
        box = self.drawing.shapes[node.id]
        look = self._look(node)
        kind = figures.figure(node)
        cx, cy = box.x + box.width / 2, box.y + box.height / 2
        if kind == "circle":
            drawn = self._event(node, box, look)
        elif kind == "diamond":
            d = f"M{number(cx)} {number(box.y)}L{number(box.x + box.width)} {number(cy)}"
            d += f"L{number(cx)} {number(box.y + box.height)}L{number(box.x)} {number(cy)}Z"
            drawn = path(d, fill=look.fill, thick=look.thick, ink=look.stroke, dashes=look.dashes or _dashed(node))
            drawn += marks.of_gateway(node, box)
        else:
            drawn = self._box(node, box, look)
        return drawn + self._badge(node, box)

    def _box(self, node: Node, box: Bounds, look: Look) -> str:
        thick = max(look.thick, 4.0) if node.kind == "call" else look.thick
        drawn = rect(box, look.fill, thick=thick, ink=look.stroke, dashes=look.dashes or _dashed(node), round_=8)
        mark, foot = marks.of_step(node), marks.at_foot(node)
        if mark:
            drawn += f'<g transform="translate({number(box.x + 6)} {number(box.y + 6)})">{mark}</g>'
        if foot:
            x, y = box.x + box.width / 2 - 7, box.y + box.height - 19
            drawn += f'<g transform="translate({number(x)} {number(y)})">{foot}</g>'
        side = 2 * figures.BOX_SIDE if box.width > 60 else 4.0
        up, down = (figures.BOX_MARKS if mark else 6.0), (figures.BOX_MARKS if foot else 6.0)
        lines, size = fitted(node.name, box.width - side, box.height - 2 * max(up, down), figures.LETTER, 8)
        if size < figures.LETTER:  # a box drawn elsewhere: use the room beside the mark too
            lines, size = fitted(node.name, box.width - side, box.height - up - down, figures.LETTER, 8)
            return drawn + words(lines, box.x + box.width / 2, box.y + up + (box.height - up - down) / 2, size)
        lower = 3.0 if mark and not foot and len(lines) > 1 else 0.0
        return drawn + words(lines, box.x + box.width / 2, box.y + box.height / 2 + lower, size)

    def _event(self, node: Node, box: Bounds, look: Look) -> str:
        cx, cy, r = box.x + box.width / 2, box.y + box.height / 2, box.width / 2
        element = node.element or ""
        dashes = "" if node.interrupting else "4 3"
        if node.kind == "start" or element == "startEvent":
            rings = circle(cx, cy, r, fill=look.fill, thick=look.thick, ink=look.stroke, dashes=dashes)
        elif node.kind == "end" or element == "endEvent":
            rings = circle(cx, cy, r - 1, fill=look.fill, thick=max(3.5, look.thick), ink=look.stroke)
        else:
            rings = circle(cx, cy, r, fill=look.fill, thick=look.thick, ink=look.stroke, dashes=dashes)
            rings += circle(cx, cy, r - 3.5, ink=look.stroke, dashes=dashes)
        return rings + marks.of_event(node, box)

    def _badge(self, node: Node, box: Bounds) -> str:
        """The state in words on the upper right corner; on small shapes its sign only."""
        state = state_of(self.progress, node.id)
        look = self._look(node)
        if node.id in self.looks:
            said, small = f"{look.sign} {look.word}", look.sign
        elif state is None or state == "todo":
            return ""
        else:
            visits = self.progress.visits.get(node.id, 0) if self.progress else 0
            said, small = in_words(state, visits, self.worded), look.sign
        taken = [self.drawing.labels[key] for key in (node.id, *node.outgoing) if key in self.drawing.labels]
        return badges.badge(figures.figure(node), box, said, small, look.badge, taken, self.sides)

    def _labels(self) -> Iterator[str]:
        for node in self.sop.nodes.values():
            if node.name and figures.figure(node) != "box":
                box = self.drawing.labels.get(node.id)
                if box is None:
                    box = labels.beside_node(node.name, self.drawing.shapes[node.id], "circle")[0]
                yield _label(node.id, node.name, box)
        for flow in self.sop.flows.values():
            line = self.drawing.edges.get(flow.id)
            if flow.name and line:
                box = self.drawing.labels.get(flow.id) or labels.along(flow.name, line)[0]
                yield _label(flow.id, flow.name, box, ink=self.looks.get(flow.id, _FLOW).stroke)


def _dashed(node: Node) -> str:
    """What is shown but not run has a dashed outline."""
    return "6 3" if node.kind == "shown" else ""


def _label(of: str, text: str, box: Bounds, *, ink: str = INK) -> str:
    lines = lettering.wrap(clean(text), max(box.width + 2, 40.0), figures.LABEL_LETTER)
    said = words(lines, box.x + box.width / 2, box.y + box.height / 2, figures.LABEL_LETTER, ink=ink, halo=True)
    return f'<g data-label="{escape(clean(of))}">{said}</g>'
