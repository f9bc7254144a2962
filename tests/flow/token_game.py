"""An independent token game: plays BPMN XML itself, to say which steps and timers an engine ought to offer.

It reads the files with lxml and imports nothing of the house. It keeps frames (a procedure call or sub-process that is
going on) with tokens in them, where the engine keeps one flat chart, so the two can hardly share a mistake.
Conditions: ``name == "value"``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_SOP = "{urn:sopflow:sop:1}"
_WAITS = {"userTask", "manualTask", "task", "intermediateCatchEvent"}
_CONDITION = re.compile(r'^\s*(\w+) == "([^"]*)"\s*$')


class TwoTokens(AssertionError):
    """The model is not 1-safe: the game cannot say which of two equal tokens moves."""


@dataclass
class Part:
    """A process or sub-process as written."""

    start: str
    tags: dict[str, str] = field(default_factory=dict)
    elements: dict[str, etree._Element] = field(default_factory=dict)
    flows: dict[str, etree._Element] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)

    def incoming(self, node: str) -> set[str]:
        return {i for i, f in self.flows.items() if f.get("targetRef") == node}

    def outgoing(self, node: str) -> list[str]:
        return [o.text.strip() for o in self.elements[node].findall(f"{_BPMN}outgoing")]

    def boundaries(self, host: str) -> list[str]:
        return [i for i, e in self.elements.items() if e.get("attachedToRef") == host]


def read_part(element: etree._Element, start: str | None) -> Part:
    part = Part(start or "")
    for child in element:
        if not isinstance(child.tag, str) or not child.tag.startswith(_BPMN):
            continue
        tag, name = child.tag.removeprefix(_BPMN), child.get("id")
        if tag == "sequenceFlow":
            part.flows[name] = child
        elif tag not in ("documentation", "extensionElements", "laneSet"):
            part.tags[name], part.elements[name] = tag, child
            if tag == "startEvent" and not part.start:
                part.start = name
            if tag == "subProcess":
                part.parts[name] = read_part(child, None)
    return part


@dataclass(eq=False)
class Frame:
    """A part that is being played. ``values`` belong to the procedure; a sub-process shares its procedure's."""

    part: Part
    path: str
    values: dict[str, str]
    up: Frame | None = None
    box: str = ""
    side: bool = False  # the token waiting for this frame is on a side branch of the frame above
    tokens: dict[str, bool] = field(default_factory=dict)  # waiting node → on a side branch
    armed: set[str] = field(default_factory=set)  # boundary timers
    arrived: dict[str, dict[str, bool]] = field(default_factory=dict)  # join → flows with a token
    done: dict[str, bool] = field(default_factory=dict)  # person steps completed → on a side branch
    inside: dict[str, Frame] = field(default_factory=dict)  # box → frame

    def name(self, node: str) -> str:
        return f"{self.path}/{node}" if self.path else node


class Game:
    """One case."""

    def __init__(self, files: Mapping[str, bytes], main: str, start: str) -> None:
        """``files``: process id → BPMN file."""
        self.processes = {}
        for name, data in files.items():
            (process,) = etree.fromstring(data).findall(f"{_BPMN}process")
            self.processes[name] = process
        self.top = Frame(read_part(self.processes[main], start), "", {})
        self._start = start
        self.left: list[Frame] = []  # frames whose main line is gone while a side branch goes on

    def begin(self, values: Mapping[str, str]) -> None:
        self.top.values.update(values)
        self._leave(self.top, self._start, False)

    def steps(self) -> list[str]:
        """The person steps on offer, by path; a path offered twice stands twice."""
        return sorted(
            frame.name(node)
            for frame in self._frames()
            for node in frame.tokens
            if frame.part.tags[node] != "intermediateCatchEvent"
        )

    def timers(self) -> list[str]:
        """The timers that may ring, by path."""
        waiting = [
            frame.name(node)
            for frame in self._frames()
            for node in frame.tokens
            if frame.part.tags[node] == "intermediateCatchEvent"
        ]
        return sorted(waiting + [frame.name(timer) for frame in self._frames() for timer in frame.armed])

    def over(self) -> bool:
        return not any(frame.tokens or frame.inside or any(frame.arrived.values()) for frame in self._frames())

    def complete(self, path: str, values: Mapping[str, str]) -> None:
        frame, node = self._find(path, "tokens")
        frame.values.update(values)
        side = frame.done[node] = frame.tokens.pop(node)
        frame.armed -= set(frame.part.boundaries(node))
        self._leave(frame, node, side)

    def ring(self, path: str) -> None:
        frame, node = self._find(path, "tokens", "armed")
        if node in frame.tokens:
            self._leave(frame, node, frame.tokens.pop(node))
            return
        element = frame.part.elements[node]
        host = element.get("attachedToRef")
        if element.get("cancelActivity") == "false":
            frame.armed.discard(node)
            self._leave(frame, node, True)
            return
        if host in frame.tokens:
            side = frame.tokens.pop(host)
        else:
            side = frame.inside.pop(host).side
        frame.armed -= set(frame.part.boundaries(host))
        self._leave(frame, node, side)

    def movable(self) -> list[tuple[str, str]]:
        """Where the only token may be put back to: person steps of its procedure that were done before, if any."""
        holders = [frame for frame in self._frames() if frame.tokens or any(frame.arrived.values())]
        if len(holders) != 1 or any(holders[0].arrived.values()) or len(holders[0].tokens) != 1:
            return []
        (frame,), ((node, side),) = holders, holders[0].tokens.items()
        return [
            (frame.name(node), frame.name(earlier))
            for earlier, was_side in frame.done.items()
            if was_side is side and earlier != node
        ]

    def move(self, path: str, goal: str) -> None:
        frame, node = self._find(path, "tokens")
        earlier = goal.rpartition("/")[2]
        frame.armed -= set(frame.part.boundaries(node))
        frame.tokens[earlier] = frame.tokens.pop(node)
        frame.armed |= set(frame.part.boundaries(earlier))

    # ---- the rules of the game ----

    def _leave(self, frame: Frame, node: str, side: bool) -> None:
        """A token leaves a node by its only way out."""
        (flow,) = frame.part.outgoing(node)
        self._travel(frame, flow, side)

    def _travel(self, frame: Frame, flow: str, side: bool) -> None:
        node = frame.part.flows[flow].get("targetRef")
        tag = frame.part.tags[node]
        if tag in _WAITS:
            if node in frame.tokens:
                raise TwoTokens(frame.name(node))
            frame.tokens[node] = side
            frame.armed |= set(frame.part.boundaries(node))
        elif tag == "exclusiveGateway":
            self._travel(frame, self._branch(frame, node), side)
        elif tag == "parallelGateway":
            got = frame.arrived.setdefault(node, {})
            if flow in got:
                raise TwoTokens(flow)
            got[flow] = side
            if set(got) == frame.part.incoming(node):
                del frame.arrived[node]
                for out in frame.part.outgoing(node):
                    self._travel(frame, out, side)
        elif tag == "subProcess":
            self._open(frame, node, Frame(frame.part.parts[node], frame.path, frame.values), side)
        elif tag == "callActivity":
            part = read_part(self.processes[frame.part.elements[node].get("calledElement")], None)
            inner = Frame(part, frame.name(node), self._given(frame, node))
            self._open(frame, node, inner, side)
        elif tag == "endEvent":
            self._end(frame, side)
        else:
            self._leave(frame, node, side)

    def _open(self, frame: Frame, box: str, inner: Frame, side: bool) -> None:
        if box in frame.inside:
            raise TwoTokens(frame.name(box))
        inner.up, inner.box, inner.side = frame, box, side
        frame.inside[box] = inner
        frame.armed |= set(frame.part.boundaries(box))
        self._leave(inner, inner.part.start, False)

    def _end(self, frame: Frame, side: bool) -> None:
        if side or frame.up is None:
            return
        up, box = frame.up, frame.box
        del up.inside[box]
        if frame.tokens or frame.inside or any(frame.arrived.values()):
            self.left.append(frame)
        up.armed -= set(up.part.boundaries(box))
        for out in up.part.elements[box].iter(f"{_SOP}out"):
            if out.get("from") in frame.values:
                up.values[out.get("to")] = frame.values[out.get("from")]
        self._leave(up, box, frame.side)

    def _given(self, frame: Frame, box: str) -> dict[str, str]:
        given = {}
        for one in frame.part.elements[box].iter(f"{_SOP}in"):
            given[one.get("to")] = one.get("value") if one.get("from") is None else frame.values[one.get("from")]
        return given

    def _branch(self, frame: Frame, node: str) -> str:
        ways = frame.part.outgoing(node)
        default = frame.part.elements[node].get("default")
        for way in ways:
            condition = frame.part.flows[way].find(f"{_BPMN}conditionExpression")
            if way == default:
                continue
            if condition is None:
                return way
            name, value = _CONDITION.match(condition.text).groups()
            if frame.values[name] == value:
                return way
        assert default is not None, f"no branch at {frame.name(node)}"
        return default

    def _frames(self) -> list[Frame]:
        found, todo = [], [self.top, *self.left]
        while todo:
            frame = todo.pop()
            found.append(frame)
            todo.extend(frame.inside.values())
        return found

    def _find(self, path: str, *where: str) -> tuple[Frame, str]:
        for frame in self._frames():
            for kind in where:
                for node in getattr(frame, kind):
                    if frame.name(node) == path:
                        return frame, node
        raise KeyError(path)
