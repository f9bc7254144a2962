"""Whether a case could ever stand like this: several things open at once, each where a way from the start leads.

A token game over the flat chart, in which every branch may be taken and every timer may ring. From a marking that can
be reached a sound chart always comes to an end; from any other a join may wait for ever. Armed timers are no tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.flow.chart import WAITING_KINDS
from engine.flow.projected import Point, Projection

__all__ = ["MOST", "reaches"]

#: markings looked at before the answer is no
MOST = 20_000
#: answers kept for one projection
MOST_KEPT = 1_000

Marking = frozenset[str]


def reaches(projection: Projection, wanted: Collection[str]) -> bool:
    """Whether exactly these tokens can be what is open; no where that is not found among ``MOST`` markings.

    Kept with the projection: hundreds of cases stand at the same few places.
    """
    kept, goal = projection.room.setdefault("reached", {}), frozenset(wanted)
    assert isinstance(kept, dict)
    if goal not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[goal] = _found(projection, goal)
    return bool(kept[goal])


def _found(projection: Projection, goal: Marking) -> bool:
    points, joins = projection.points, _joins(projection)
    seen: set[Marking] = set()
    todo = list(_rests(points, joins, frozenset(), [projection.start]))
    while todo:
        marking = todo.pop()
        if marking == goal:
            return True
        if marking in seen:
            continue
        seen.add(marking)
        if len(seen) > MOST:
            return False
        for key in marking:
            todo += [one for one in _following(points, joins, marking, key) if one not in seen]
    return False


def _joins(projection: Projection) -> Mapping[str, Marking]:
    """Each join with the flows on which tokens wait for one another."""
    found: dict[str, set[str]] = {key: set() for key, point in projection.points.items() if point.joins}
    for key, point in projection.points.items():
        if point.kind == "flow" and point.ways[0].target in found:
            found[point.ways[0].target].add(key)
    return {key: frozenset(flows) for key, flows in found.items()}


def _following(
    points: Mapping[str, Point], joins: Mapping[str, Marking], marking: Marking, key: str
) -> Iterator[Marking]:  # fmt: skip
    """What comes when the token at ``key`` is done there, or a timer on it rings."""
    point = points[key]
    if point.kind == "flow":  # it waits at a join, and others move
        return
    yield from _rests(points, joins, marking - {key}, [way.target for way in point.ways])
    for timer in point.timers:
        boundary = points[timer]
        left = marking - {key} if boundary.node is not None and boundary.node.interrupting else marking
        yield from _rests(points, joins, left, [way.target for way in boundary.ways])


def _rests(
    points: Mapping[str, Point], joins: Mapping[str, Marking], marking: Marking, moving: list[str]
) -> Iterator[Marking]:  # fmt: skip
    """The markings in which all has come to rest that is ``moving``. Two tokens in one place are none."""
    here, todo = set(marking), list(moving)
    while todo:
        key = todo.pop()
        point = points[key]
        if point.kind in WAITING_KINDS:
            if key in here:
                return
            here.add(key)
        elif point.kind == "flow" and point.ways[0].target in joins:
            if key in here:
                return
            here.add(key)
            join = point.ways[0].target
            if joins[join] <= here:
                here -= joins[join]
                todo += [way.target for way in points[join].ways]
        elif point.kind == "exclusive":
            for way in point.ways:
                yield from _rests(points, joins, frozenset(here), [*todo, way.target])
            return
        else:
            todo += [way.target for way in point.ways]
    yield frozenset(here)
