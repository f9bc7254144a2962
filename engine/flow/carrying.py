"""A running case carried over to another version of its SOP: where it stands in the new chart, or why it cannot.

What waits must be there under its old path, of the same kind, or somebody says at which step it goes on. Where the new
chart is drawn otherwise, a case could have come to stand there by itself: else a join would wait for ever. What the new
chart reads and the old one never kept must be written on every way from here before it is read. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.errors import NotNow
from engine.flow.projected import Point, Projection
from engine.flow.reaching import reaches
from engine.flow.run import is_armed_timer
from engine.flow.state import State, token_paths
from engine.sops.sop import PERSON_KINDS

__all__ = ["carry"]

#: step path → the names its screen form asks for
Asked = Mapping[str, frozenset[str]]


def carry(
    old: Projection, new: Projection, state: State, *, asked: Asked, lands: Mapping[str, str] = MappingProxyType({})
) -> State:  # fmt: skip
    """The state as it stands in ``new``. ``lands``: for steps of the old chart, the step of the new one at which a case
    goes on that stands there. Raises NotNow naming the step that cannot be carried.
    """
    before = [token for token in state.tokens if not is_armed_timer(old, token)]
    main = [_landing(old, new, token, lands) for token in before]
    if len(set(main)) != len(main):
        twice = next(token for token in main if main.count(token) > 1)
        raise _no("carry_twice", f"案件目前的兩處不能都落在「{_called(new, twice)}」。", twice)
    scopes = {scope for token in before for scope in _around(old, token)}
    if main != before or not all(_shape(old, scope) == _shape(new, scope) for scope in scopes):
        _demand_reached(new, main)
    after = State(
        (*main, *_armed(old, new, state, main, set(main) - set(before))), _values(new, state), _rounds(new, state)
    )
    for scope, name in _newly_read(old, new, after):
        reader = _read_unwritten(new, main, scope, name, asked)
        if reader is not None:
            raise _no(
                "carry_value",
                f"新版的「{_called(new, reader)}」要用「{name}」，這件案件沒有填過，之後也不會填到。",
                reader,
            )
    return after


def _landing(old: Projection, new: Projection, token: str, lands: Mapping[str, str]) -> str:
    """Where a token goes on: at the step somebody chose, else where it is."""
    chosen = lands.get(token)
    if chosen is not None and chosen != token and token in old.steps:
        to, was = new.steps.get(chosen), old.steps[token]
        if to is None or to.kind not in PERSON_KINDS or was.kind not in PERSON_KINDS or to.node.each or was.node.each:
            raise _no(
                "carry_landing", f"「{_called(old, token)}」不能對應到這個步驟，請另選由一個人辦理的步驟。", token
            )
        return chosen
    here, there = old.points[token], new.points.get(token)
    if there is None or token not in token_paths(new) or (here.kind, _many(here)) != (there.kind, _many(there)):
        raise _no("carry_step", f"新版沒有案件目前所在的「{_called(old, token)}」，或它的種類不同。", token)
    return token


def _many(point: Point) -> object:
    """For whom a step is repeated, where it is."""
    each = point.node.each if point.node is not None else None
    return each and (each.units, each.until)


def _demand_reached(new: Projection, main: list[str]) -> None:
    """Refuse where no way of the new chart leads to what would be open."""
    if len(main) == 1:
        if not _alone(new, main):
            said = f"新版的「{_called(new, main[0])}」只與其他步驟同時進行，案件不能單獨停在那裡。"
            raise _no("carry_alone", said, main[0])
    elif main and not reaches(new, main):
        names = "、".join(f"「{_called(new, token)}」" for token in main if token in new.steps)
        said = f"案件同時有多處在進行（{names}），新版走不到這樣的情形；請等其中一處辦完，或另外指定對應的步驟。"
        raise _no("carry_parallel", said, main[0])


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


def _armed(old: Projection, new: Projection, state: State, main: list[str], landed: set[str]) -> list[str]:
    """Non-interrupting timers of what waits: those that still wait, and those that are new there."""
    found: dict[str, None] = {}
    for token in main:
        for timer in new.points[token].timers:
            told = new.timers[timer]
            fresh = timer not in old.timers or (token in landed and told.host == token)
            if not told.interrupting and (timer in state.tokens or fresh):
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
