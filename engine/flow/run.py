"""Running a case: every act takes a State and gives a new one, with everything that happened in between.

``begin`` opens, ``complete`` is a person's step, ``wake`` a timer's ring, ``move`` a send-back or recall, ``withdraw``
the end by order, ``take_up`` the way back from an end. Only the values that somebody in their scope reads are kept.
What cannot go on is ``Stuck`` and leaves the given state as it was; an error of the machine callback itself (a database
that is gone) passes through unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Refusal
from engine.flow.acting import Acting, Machine, Passed, handed_in
from engine.flow.chart import WAITING_KINDS
from engine.flow.engine_room import Walk, marking_of
from engine.flow.projected import ProjectedStep, Projection
from engine.flow.sentences import not_now, stuck
from engine.flow.state import State, token_paths
from engine.sops import expressions
from engine.sops.sop import PERSON_KINDS


@dataclass(frozen=True, slots=True)
class Advance:
    """What an act did. Steps and timers that closed and opened again in the same act stand in both lists."""

    state: State
    passed: tuple[Passed, ...] = ()  # in order
    opened: tuple[str, ...] = ()  # person steps
    closed: tuple[str, ...] = ()
    timers_opened: tuple[str, ...] = ()
    timers_closed: tuple[str, ...] = ()
    boxes_opened: tuple[str, ...] = ()  # call boxes that now wait for cases of their own
    boxes_closed: tuple[str, ...] = ()
    ended: bool = False  # nothing is left to do in this case
    ends: tuple[str, ...] = ()  # end events of the main procedure reached in this act


def begin(
    projection: Projection, *, values: Mapping[str, Any], machine: Machine, context: Mapping[str, Any]
) -> Advance:
    """Opens a case at the projection's start event; ``values`` are what the opening brought, in scope ""."""
    before = State((), {}, {})
    acting = Acting(projection, before, machine, context)
    acting.open_main(values)
    return _act(projection, before, acting, lambda walk: walk.enter(projection.start))


def complete(
    projection: Projection, state: State, path: str, *,
    values: Mapping[str, Any], machine: Machine, context: Mapping[str, Any],
) -> Advance:  # fmt: skip
    """A person has done an open step with these answers, or the cases of a call box came back with these outs.

    Raises NotNow('step_not_open') when it is not open.
    """
    if path not in state.tokens or projection.points[path].kind not in (*PERSON_KINDS, "linked"):
        raise not_now("step_not_open", path)
    acting = Acting(projection, state, machine, context, answers=values)
    return _act(projection, state, acting, lambda walk: walk.complete(path))


def wake(
    projection: Projection, state: State, timer_path: str, *, machine: Machine, context: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
) -> Advance:  # fmt: skip
    """An open timer rings. Raises NotNow('timer_not_open').

    ``values``: what is there of a step of many units, or of a call box for many, when its date has come.
    """
    if timer_path not in open_timers(projection, state):
        raise not_now("timer_not_open", timer_path)
    if projection.points[timer_path].kind in (*PERSON_KINDS, "linked"):
        return complete(projection, state, timer_path, values=values or {}, machine=machine, context=context)
    acting = Acting(projection, state, machine, context)
    return _act(projection, state, acting, lambda walk: walk.ring(timer_path))


def move(
    projection: Projection, state: State, from_path: str, to_path: str, *,
    machine: Machine, context: Mapping[str, Any],
) -> Advance:  # fmt: skip
    """Puts the only token back to another person step; values stay. Raises NotNow while more than one thing is open."""
    del machine, context  # nothing runs: a move edits the marking
    if to_path not in projection.steps or projection.steps[to_path].kind not in PERSON_KINDS:
        raise not_now("step_unknown", to_path, path=to_path)
    if from_path not in state.tokens or projection.points[from_path].kind not in WAITING_KINDS:
        raise not_now("step_not_open", from_path)
    if len([t for t in state.tokens if not is_armed_timer(projection, t)]) != 1:
        raise not_now("several_open", from_path)
    if projection.points[from_path].side is not projection.points[to_path].side:
        raise not_now("move_across", to_path)
    if not projection.steps[to_path].alone:
        raise not_now("move_into_parallel", to_path)
    boxes = {projection.timers[t].host for t in projection.points[to_path].timers} - {
        projection.timers[t].host for t in projection.points[from_path].timers
    }
    tokens = [to_path]
    for timer in projection.points[to_path].timers:
        told = projection.timers[timer]
        if not told.interrupting and (told.host == to_path or told.host in boxes or timer in state.tokens):
            tokens.append(timer)
    after = State(tuple(tokens), state.values, state.rounds)
    return _difference(projection, state, after, {to_path, *boxes}, {from_path})


def take_up(projection: Projection, state: State, tokens: tuple[str, ...]) -> Advance:
    """A case that was over goes on with this marking: the one it had when it was ended, or that of ``standing_at``.

    Values stay. Raises NotNow where something is still open, and for a token this chart does not know.
    """
    if any(not is_armed_timer(projection, token) for token in state.tokens):
        raise not_now("several_open", state.tokens[0])
    for token in tokens:
        if token not in token_paths(projection):
            raise not_now("step_unknown", token, path=token)
    before = State((), state.values, state.rounds)
    return _difference(projection, before, State(tokens, state.values, state.rounds), set(tokens), set())


def standing_at(projection: Projection, path: str) -> tuple[str, ...]:
    """The marking of a case that stands at this one person step, its timers armed. Raises NotNow where none can."""
    if path not in projection.steps or projection.steps[path].kind not in PERSON_KINDS:
        raise not_now("step_unknown", path, path=path)
    if not projection.steps[path].alone or projection.points[path].side:
        raise not_now("move_into_parallel", path)
    return (path, *(t for t in projection.points[path].timers if not projection.timers[t].interrupting))


def withdraw(projection: Projection, state: State) -> Advance:
    """Takes every token away; the case has ended without reaching an end event."""
    return _difference(projection, state, State((), state.values, state.rounds), set(), set(state.tokens))


def open_steps(projection: Projection, state: State) -> tuple[str, ...]:
    """The person steps that wait."""
    return tuple(token for token in state.tokens if projection.points[token].kind in PERSON_KINDS)


def open_timers(projection: Projection, state: State) -> tuple[str, ...]:
    """The timers that may ring: those drawn into the path, those on an open step or on a call box around it, and the
    date at which a step or a call box for many waits no longer.
    """
    found: dict[str, None] = {}
    for token in state.tokens:
        point = projection.points[token]
        if point.kind in WAITING_KINDS and token in projection.timers:
            found[token] = None
        if point.kind in WAITING_KINDS:
            for timer in point.timers:
                if projection.timers[timer].interrupting or timer in state.tokens:
                    found[timer] = None
    return tuple(found)


def open_boxes(projection: Projection, state: State) -> tuple[str, ...]:
    """The call boxes that wait for cases of their own."""
    return tuple(token for token in state.tokens if projection.points[token].kind == "linked")


def handed_to(projection: Projection, state: State, path: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """What a waiting call box hands to the cases it opens, by the names of its ins."""
    step = projection.steps[path]
    return handed_in(step.node, state.values.get(step.scope, {}), context, path)


def arguments(step: ProjectedStep, values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """What a machine step is given: an operator's arguments, a decision's ins; without ins, all of its scope."""
    given: dict[str, Any] = {}
    if step.node.operator is not None:
        for arg in step.node.operator.args:
            given[arg.name] = arg.value if arg.from_ is None else expressions.evaluate(arg.from_, values, context)
        return given
    ins = step.node.decision.ins if step.node.decision is not None else ()
    if not ins:
        return dict(values)
    for one in ins:
        given[one.to] = one.value if one.from_ is None else expressions.evaluate(one.from_, values, context)
    return given


def _act(projection: Projection, before: State, acting: Acting, push: Callable[[Walk], None]) -> Advance:
    """Lays the marking, pushes one token, walks, and reads the marking again."""
    try:
        walk = Walk(projection, acting)
        _lay(projection, walk, before)
        push(walk)
        marking = marking_of(walk)
    except Refusal:
        raise
    except Exception as error:
        if error is acting.outside:
            raise
        raise stuck("engine", what=type(error).__name__) from error
    new = {path for path, opened in marking.waiting if opened}
    still = {path for path, opened in marking.waiting if not opened}
    armed = [
        timer for timer, host in marking.armed
        if (host in new and projection.timers[timer].host in (host, *acting.entered)) or timer in before.tokens
    ]  # fmt: skip
    tokens = [*(path for path, _ in marking.waiting), *dict.fromkeys(armed), *marking.arrived]
    if len(set(tokens)) != len(tokens):
        raise stuck("engine", what="two tokens")
    after = State(tuple(tokens), acting.values, acting.rounds)
    gone = {t for t in before.tokens if projection.points[t].kind in WAITING_KINDS and t not in still}
    return _difference(projection, before, after, new | acting.entered, gone, tuple(acting.passed))


def _lay(projection: Projection, walk: Walk, state: State) -> None:
    """The marking as tasks of the library."""
    for path in state.tokens:
        point = projection.points[path]
        if point.kind == "boundary":
            continue
        if point.kind == "flow":
            walk.lay_arrival(path, point.ways[0].target)
            continue
        open_here = [timer for timer in point.timers if projection.timers[timer].interrupting or timer in state.tokens]
        walk.lay_waiting(point, open_here)


def is_armed_timer(projection: Projection, token: str) -> bool:
    return projection.points[token].kind == "boundary"


def _difference(
    projection: Projection, before: State, after: State, new: set[str], gone: set[str], passed: tuple[Passed, ...] = ()
) -> Advance:
    """The act as its two markings show it. ``new``: points and boxes opened in it, ``gone``: waiting points closed."""
    timers_before, timers_after = open_timers(projection, before), open_timers(projection, after)
    renewed = {t for t in timers_before if t in timers_after and projection.timers[t].host in new}
    return Advance(
        after, passed,
        tuple(step for step in open_steps(projection, after) if step in new),
        tuple(step for step in open_steps(projection, before) if step in gone),
        tuple(t for t in timers_after if t not in timers_before or t in renewed),
        tuple(t for t in timers_before if t not in timers_after or t in renewed),
        tuple(box for box in open_boxes(projection, after) if box in new),
        tuple(box for box in open_boxes(projection, before) if box in gone),
        all(is_armed_timer(projection, token) for token in after.tokens),
        tuple(p.path for p in passed if p.kind == "end" and p.scope == ""),
    )  # fmt: skip
