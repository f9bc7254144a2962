"""Which row each step stands in: loops found first, then Graphviz ranks what is left.

`dot` gets generated names and numbers only, never a word of the SOP, and runs with a limit of time. When it is too
slow the rows are the longest paths; when it is not installed that is said in one sentence.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import graphviz

from engine.errors import Refusal

#: seconds `dot` may take; 300 nodes take about 0.03
DOT_SECONDS = 10
#: nodes up to which it is tried whether a side branch may stand beside its gateway
BESIDE_MOST = 400
#: nodes of one lane in one row; more go into further rows
ROW_MOST = 6


@dataclass(frozen=True, slots=True)
class Link:
    """A flow between two placed nodes. `source` is the host where a boundary event sends it."""

    flow: str
    source: str
    target: str
    border: str | None = None  # the boundary event it leaves from


def backward(nodes: Sequence[str], links: Sequence[Link]) -> frozenset[str]:
    """The flows that close a loop: they lead to a node still on the path from the start (depth first, file order)."""
    leaving: dict[str, list[Link]] = {n: [] for n in nodes}
    entered = {link.target for link in links if link.source != link.target}
    for link in links:
        leaving[link.source].append(link)
    found: set[str] = set()
    on_path: set[str] = set()
    seen: set[str] = set()
    for root in [n for n in nodes if n not in entered] + list(nodes):
        if root in seen:
            continue
        seen.add(root)
        on_path.add(root)
        walk = [(root, iter(leaving[root]))]
        while walk:
            node, rest = walk[-1]
            onward = next(rest, None)
            if onward is None:
                on_path.discard(node)
                walk.pop()
            elif onward.target in on_path:
                found.add(onward.flow)
            elif onward.target not in seen:
                seen.add(onward.target)
                on_path.add(onward.target)
                walk.append((onward.target, iter(leaving[onward.target])))
    return frozenset(found)


def rows(
    nodes: Sequence[str],
    links: Sequence[Link],
    *,
    lane: Mapping[str, int],
    splits: frozenset[str],
    handovers: bool = True,
) -> dict[str, int]:
    """Node → row, from 0.

    `splits` are the exclusive gateways: their side branches may begin beside them; with `handovers` a step of another
    lane may stand beside the one that leads to it.
    """
    loops = backward(nodes, links)
    onward = [link for link in links if link.flow not in loops]
    beside: frozenset[str] = frozenset()
    if len(nodes) <= BESIDE_MOST:
        beside = _beside(nodes, onward, lane, splits, handovers)
    ranked = _by_dot(nodes, onward, lane, beside)
    return _packed(nodes, links, ranked, lane)


def longest_paths(nodes: Sequence[str], links: Sequence[Link], beside: frozenset[str] = frozenset()) -> dict[str, int]:
    """Node → length of the longest way to it, flows in `beside` counting nothing. The links hold no loop."""
    waiting = dict.fromkeys(nodes, 0)
    leaving: dict[str, list[Link]] = {n: [] for n in nodes}
    for link in links:
        waiting[link.target] += 1
        leaving[link.source].append(link)
    rank = dict.fromkeys(nodes, 0)
    ready = [n for n in nodes if not waiting[n]]
    for node in ready:
        for link in leaving[node]:
            rank[link.target] = max(rank[link.target], rank[node] + (link.flow not in beside))
            waiting[link.target] -= 1
            if not waiting[link.target]:
                ready.append(link.target)
    return rank


def _beside(
    nodes: Sequence[str],
    links: Sequence[Link],
    lane: Mapping[str, int],
    splits: frozenset[str],
    handovers: bool,
) -> frozenset[str]:
    """The flows whose target may stand in the same row as its source: a side branch, a hand-over to another lane."""
    into: dict[str, int] = dict.fromkeys(nodes, 0)
    leaving: dict[str, list[Link]] = {n: [] for n in nodes}
    for link in links:
        into[link.target] += 1
        leaving[link.source].append(link)
    depth = _depths(nodes, leaving)
    chosen: frozenset[str] = frozenset()
    for node in nodes:
        out = [link for link in leaving[node] if not link.border]
        if len(out) == 1 and lane[out[0].target] != lane[node] and (handovers or not into[node]):
            candidates = out
        elif node in splits and len(out) > 1:
            deepest = max(depth[link.target] for link in out)
            straight = {x.flow for x in out if lane[x.target] == lane[node] and 2 * depth[x.target] >= deepest}
            main = max(out, key=lambda x: (x.flow in straight, depth[x.target]))
            candidates = [link for link in out if link is not main and link.target != main.target]
        else:
            continue
        sides: set[int] = set()
        for link in candidates:
            way = (lane[link.target] > lane[node]) - (lane[link.target] < lane[node])
            if into[link.target] != 1 or (way in sides and way) or len(sides) == 2:
                continue
            trial = chosen | {link.flow}
            rank = longest_paths(nodes, links, trial)
            low, high = sorted((lane[node], lane[link.target]))
            between = [
                n for n in nodes if rank[n] == rank[node] and low <= lane[n] <= high and n not in (node, link.target)
            ]
            if len(between) <= (way == 0 and all(n in {x.target for x in out} for n in between)):
                chosen = trial
                sides.add(way or (-1 if -1 not in sides else 1))
    return chosen


def _depths(nodes: Sequence[str], leaving: Mapping[str, Sequence[Link]]) -> dict[str, int]:
    """How far it goes on from each node at most."""
    turned = [Link(link.flow, link.target, link.source) for n in nodes for link in leaving[n]]
    return longest_paths(nodes, turned)


def _by_dot(
    nodes: Sequence[str], links: Sequence[Link], lane: Mapping[str, int], beside: frozenset[str]
) -> dict[str, int]:
    """Rows by Graphviz's network simplex: short flows, more so within a lane. `phase=1` stops it after the ranks."""
    name = {node: f"n{i}" for i, node in enumerate(nodes)}
    graph = graphviz.Digraph(graph_attr={"phase": "1"})
    for node in nodes:
        graph.node(name[node])
    for link in links:
        weight = 3 if lane[link.source] == lane[link.target] else 1
        graph.edge(name[link.source], name[link.target], minlen=str(int(link.flow not in beside)), weight=str(weight))
    try:
        ranks = _dot(graph.source)
        return {node: ranks[name[node]] for node in nodes}
    except FileNotFoundError:
        raise Refusal("dot_missing", "這台機器沒有 Graphviz 的 dot 程式，無法排版，請安裝 graphviz 套件。") from None
    except (subprocess.SubprocessError, ValueError, KeyError):
        return longest_paths(nodes, links, beside)


@lru_cache(maxsize=256)
def _dot(source: str) -> dict[str, int]:
    """The rank `dot` gives to each name. Raises what subprocess and json raise."""
    run = subprocess.run(
        ["dot", "-Tjson0"], input=source.encode(), capture_output=True, timeout=DOT_SECONDS, check=True
    )
    return {thing["name"]: int(thing["rank"]) for thing in json.loads(run.stdout).get("objects", ())}


def _packed(
    nodes: Sequence[str], links: Sequence[Link], rank: Mapping[str, int], lane: Mapping[str, int]
) -> dict[str, int]:
    """Unconnected parts one below the other where a row would become crowded; no empty rows; no row too wide."""
    part = _parts(nodes, links)
    taken: dict[tuple[int, int], int] = {}
    placed: dict[str, int] = {}
    for members in part:
        lowest = min(rank[n] for n in members)
        shift = 0
        while any(taken.get((rank[n] - lowest + shift, lane[n]), 0) >= 2 for n in members):
            shift += 1
        for node in members:
            placed[node] = rank[node] - lowest + shift
            taken[placed[node], lane[node]] = taken.get((placed[node], lane[node]), 0) + 1
    seat: dict[tuple[int, int], int] = {}
    rows_of: dict[str, tuple[int, int]] = {}
    for node in nodes:
        cell = (placed[node], lane[node])
        rows_of[node] = (placed[node], seat.get(cell, 0) // ROW_MOST)
        seat[cell] = seat.get(cell, 0) + 1
    dense = {row: i for i, row in enumerate(sorted(set(rows_of.values())))}
    return {node: dense[rows_of[node]] for node in nodes}


def _parts(nodes: Sequence[str], links: Sequence[Link]) -> list[list[str]]:
    beside: dict[str, list[str]] = {n: [] for n in nodes}
    for link in links:
        beside[link.source].append(link.target)
        beside[link.target].append(link.source)
    seen: set[str] = set()
    parts: list[list[str]] = []
    for node in nodes:
        if node in seen:
            continue
        seen.add(node)
        members = [node]
        for member in members:
            for other in beside[member]:
                if other not in seen:
                    seen.add(other)
                    members.append(other)
        parts.append(members)
    return parts
