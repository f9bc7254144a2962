"""In which row and on which track of the flow each step stands, and its number.

Graphviz ranks the steps (diagrams.rows); here the ranks are told in one line, as a person would: a side branch to its
end, then the way on. The way on keeps its track, a side branch stands one track further right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diagrams.rows import Link, backward, longest_paths, rows
from engine.sops.sop import Node, Sop

__all__ = ["Order", "numbers", "order"]

_NUMBERED = frozenset({"user", "manual", "task", "service", "rule", "call", "subprocess"})


@dataclass(slots=True)
class Order:
    """``row`` and ``track`` of every node that stands by itself; ``host``: boundary event → its step."""

    sop: Sop
    host: dict[str, str] = field(default_factory=dict)
    placed: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    loops: frozenset[str] = frozenset()
    #: ids of links no flow of the SOP has: from a sub-process to what it begins with
    inside: frozenset[str] = frozenset()
    row: dict[str, int] = field(default_factory=dict)
    track: dict[str, int] = field(default_factory=dict)
    #: the links that go on along their source's track
    main: frozenset[str] = frozenset()


def numbers(sop: Sop) -> dict[str, int]:
    """Step → its number on every chart and sheet of the SOP, from 1."""
    told = order(sop)
    inside = sorted((n for n in told.placed if sop.nodes[n].kind in _NUMBERED), key=lambda n: told.row[n])
    return {node: i for i, node in enumerate(inside, 1)}


def order(sop: Sop, *, bare: frozenset[str] = frozenset(), tracks: int = 99) -> Order:
    """``bare``: events without a cell, which may stand in the row of what leads to them.

    Raises Refusal 'dot_missing' where Graphviz is not installed.
    """
    made = Order(sop)
    events = {n.id for n in sop.nodes.values() if n.kind == "boundary" and n.attached_to in sop.nodes}
    for event in sorted(events):
        host = sop.nodes[event].attached_to
        if host is not None and host not in events:
            made.host[event] = host
    made.placed = [n for n in sop.nodes if n not in made.host]
    _link(made)
    made.loops = backward(made.placed, made.links)
    onward = [link for link in made.links if link.flow not in made.loops]
    rank = rows(made.placed, made.links, lane=dict.fromkeys(made.placed, 0), splits=frozenset())
    depth = longest_paths(made.placed, [Link(x.flow, x.target, x.source) for x in onward])
    leaving: dict[str, list[Link]] = {n: [] for n in made.placed}
    for link in onward:
        leaving[link.source].append(link)
    main = {n: _way_on(leaving[n], depth) for n in made.placed}
    made.main = frozenset(link.flow for link in main.values() if link is not None)
    line = _in_line(made.placed, leaving, rank, main, depth)
    _seat(made, line, onward, main, tracks, bare)
    return made


def _link(made: Order) -> None:
    sop = made.sop
    for flow in sop.flows.values():
        host = made.host.get(flow.source)
        if flow.source in sop.nodes and flow.target in sop.nodes and flow.target not in made.host:
            made.links.append(Link(flow.id, host or flow.source, flow.target, flow.source if host else None))
    entered = {link.target for link in made.links}
    within = [n for n in made.placed if sop.nodes[n].parent in sop.nodes and n not in entered]
    extra = [Link(f"inside {n}", _parent(sop.nodes[n]), n) for n in within]
    made.inside = frozenset(link.flow for link in extra)
    made.links += extra


def _parent(node: Node) -> str:
    assert node.parent is not None
    return node.parent


def _way_on(out: Sequence[Link], depth: Mapping[str, int]) -> Link | None:
    """Of the flows that leave a step the one after which most follows; its branches and timers come before it."""
    own = [link for link in out if link.border is None and not link.flow.startswith("inside ")]
    return max(own or out, key=lambda link: depth[link.target], default=None)


def _in_line(
    placed: Sequence[str],
    leaving: Mapping[str, Sequence[Link]],
    rank: Mapping[str, int],
    main: Mapping[str, Link | None],
    depth: Mapping[str, int],
) -> list[str]:
    """Every node after those that lead to it; what branches off is told to its end before the way on."""
    before: dict[str, set[str]] = {n: set() for n in placed}
    for out in leaving.values():
        for link in out:
            before[link.target].add(link.source)
    file = {n: i for i, n in enumerate(placed)}
    roots = sorted((n for n in placed if not before[n]), key=lambda n: (rank[n], file[n]))
    waiting_roots, told = set(roots), set[str]()
    line: list[str] = []
    stack: list[str] = []
    while roots or stack:
        if not stack:
            stack.append(roots.pop(0))
        node = stack.pop()
        if node in told:
            continue
        told.add(node)
        waiting_roots.discard(node)
        roots = [r for r in roots if r != node]
        line.append(node)
        way_on = main[node]
        after = sorted(
            {link.target for link in leaving[node]},
            key=lambda n: (way_on is None or n != way_on.target, -depth[n], -file[n]),
        )
        for target in after:
            missing = before[target] - told
            if not missing:
                stack.append(target)
            elif missing <= waiting_roots:  # only another beginning is still missing: it is told now
                stack += [target, *sorted(missing, key=lambda n: -file[n])]
    return line


def _seat(
    made: Order,
    line: Sequence[str],
    onward: Sequence[Link],
    main: Mapping[str, Link | None],
    tracks: int,
    bare: frozenset[str],
) -> None:
    into: dict[str, list[Link]] = {n: [] for n in made.placed}
    for link in onward:
        into[link.target].append(link)
    taken: set[tuple[int, int]] = set()
    last = -1
    for node in line:
        sides = [
            made.track[x.source] + (x.border is not None or (main[x.source] is not x and not _same(main[x.source], x)))
            for x in into[node]
        ]  # fmt: skip
        track = min(min(sides, default=0), tracks - 1)
        row = last + 1
        if node in bare and len(into[node]) == 1 and into[node][0].border is None:
            source = into[node][0].source
            cell = made.row[source], made.track[source] + 1
            if (
                track > made.track[source]
                and cell not in taken
                and not any(r == cell[0] and t > made.track[source] for r, t in taken)
            ):
                row, track = cell
        made.row[node], made.track[node] = row, track
        taken.add((row, track))
        last = max(last, row)


def _same(one: Link | None, other: Link) -> bool:
    """Two flows from one step to the same next one."""
    return one is not None and one.target == other.target
