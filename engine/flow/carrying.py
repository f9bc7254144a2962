"""A running case carried over to another version of its SOP: where it stands in the new chart, or why it cannot.

What waits must be there under its old path, of the same kind. One thing alone is carried wherever the new chart lets it
stand alone; several at once only where their procedures are drawn as before, for a join would wait for ever otherwise.
What the new chart reads and the old one never kept must be written on every way from here before it is read. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import NotNow
from engine.flow.projected import Point, Projection
from engine.flow.run import is_armed_timer
from engine.flow.state import State, token_paths

__all__ = ["carry"]

#: step path → the names its screen form asks for
Asked = Mapping[str, frozenset[str]]


def carry(old: Projection, new: Projection, state: State, *, asked: Asked) -> State:
    """The state as it stands in ``new``. Raises NotNow naming the step that cannot be carried."""
    main = [token for token in state.tokens if not is_armed_timer(old, token)]
    for token in main:
        if token not in token_paths(new) or old.points[token].kind != new.points[token].kind:
            raise _no("carry_step", f"新版沒有案件目前所在的「{_called(old, token)}」，或它的種類不同。", token)
    scopes = {scope for token in main for scope in _around(old, token)}
    drawn_alike = all(_shape(old, scope) == _shape(new, scope) for scope in scopes)
    if not drawn_alike and (len(main) > 1 or not _alone(new, main)):
        raise _no("carry_parallel", "案件同時有多處在進行，而新版在這裡的畫法不同。", main[0] if main else None)
    after = State((*main, *_armed(old, new, state, main)), _values(new, state), _rounds(new, state))
    for scope, name in _newly_read(old, new, after):
        reader = _read_unwritten(new, main, scope, name, asked)
        if reader is not None:
            raise _no(
                "carry_value",
                f"新版的「{_called(new, reader)}」要用「{name}」，這件案件沒有填過，之後也不會填到。",
                reader,
            )
    return after


def _no(code: str, sentence: str, path: str | None) -> NotNow:
    return NotNow(code, sentence, element=path)


def _called(projection: Projection, key: str) -> str:
    point = projection.points.get(key)
    return (point.node.name or key) if point is not None and point.node is not None else key


def _alone(new: Projection, main: list[str]) -> bool:
    return len(main) == 1 and main[0] in new.steps and new.steps[main[0]].alone and not new.points[main[0]].side


def _around(projection: Projection, token: str) -> Iterator[str]:
    """The procedure a token stands in, and those that called it."""
    scope: str | None = projection.points[token].scope
    while scope is not None:
        yield scope
        scope = projection.scopes[scope].caller


def _shape(projection: Projection, scope: str) -> object:
    """How a procedure is drawn: what kinds of things, and which arrows between them."""
    if scope not in projection.scopes:
        return None
    sop = projection.scopes[scope].sop
    nodes = {node.id: (node.kind, node.attached_to, node.called, node.each) for node in sop.nodes.values()}
    return nodes, {(flow.id, flow.source, flow.target) for flow in sop.flows.values()}


def _armed(old: Projection, new: Projection, state: State, main: list[str]) -> list[str]:
    """Non-interrupting timers of what waits: those that still wait, and those that are new there."""
    found: dict[str, None] = {}
    for token in main:
        for timer in new.points[token].timers:
            told = new.timers[timer]
            if not told.interrupting and (timer in state.tokens or timer not in old.timers):
                found[timer] = None
    return list(found)


def _values(new: Projection, state: State) -> dict[str, dict[str, object]]:
    return {
        scope: {name: value for name, value in named.items() if new.keeps(scope, name)}
        for scope, named in state.values.items()
        if scope in new.scopes
    }


def _rounds(new: Projection, state: State) -> dict[str, int]:
    return {path: count for path, count in state.rounds.items() if path in new.scopes}


def _newly_read(old: Projection, new: Projection, after: State) -> Iterator[tuple[str, str]]:
    for scope, names in new.reads.items():
        had = after.values.get(scope, {})
        for name in sorted(names):
            known = scope in old.scopes and old.keeps(scope, name)
            if name not in had and not known:
                yield scope, name


def _read_unwritten(new: Projection, main: list[str], scope: str, name: str, asked: Asked) -> str | None:
    """The first thing on a way from here that reads the name before anything has written it."""
    todo, seen = list(main), set(main)
    for token in main:
        todo += [timer for timer in new.points[token].timers if timer in new.points]
    while todo:
        point = new.points[todo.pop()]
        if point.scope == scope and _reads(point, name):
            return point.key
        if point.scope == scope and _writes(point, name, asked):
            continue
        for way in point.ways:
            if point.scope == scope and way.condition is not None and name in way.condition.names:
                return point.key
            following = [way.target, *(t for t in new.points[way.target].timers if t in new.points)]
            todo += [key for key in following if key not in seen]
            seen.update(following)
    return None


def _reads(point: Point, name: str) -> bool:
    node = point.node
    if any(one.from_ == name for one in point.sets):
        return True
    if node is None or point.kind == "exit":
        return False
    given = [one.from_ for one in (node.operator.args if node.operator else ())] + [one.from_ for one in node.ins]
    given += [one.from_ for one in node.decision.ins] if node.decision else []
    return name in given or (node.each is not None and node.each.units == name)


def _writes(point: Point, name: str, asked: Asked) -> bool:
    node = point.node
    if any(one.name == name for one in point.sets):
        return True
    if node is None or point.kind == "enter":
        return False
    if any(out.to == name for out in (*node.outs, *(node.decision.outs if node.decision else ()))):
        return True
    return name in asked.get(point.path, ()) or (node.outcome is not None and node.outcome.variable == name)
