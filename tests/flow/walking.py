"""Walks a random case through the engine and the token game side by side and compares what they offer."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from engine import flow
from engine.errors import Refusal
from engine.sops import bpmn
from engine.sops.sop import Sop
from tests.flow.models import WORDS, Model
from tests.flow.token_game import Game


class Differs(AssertionError):
    """The engine and the token game do not agree."""


def nothing(step: flow.ProjectedStep, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A machine whose steps do nothing."""
    return {}


def sops_of(model: Model) -> dict[str, Sop]:
    return {name: bpmn.read(data) for name, data in model.files.items()}


def projection_of(model: Model) -> flow.Projection:
    sops = sops_of(model)
    return flow.project(sops[model.main], model.start, sops)


class Pair:
    """One case in both."""

    def __init__(self, model: Model, projection: flow.Projection, rnd: random.Random) -> None:
        self.model, self.projection, self.rnd = model, projection, rnd
        self.game = Game(model.files, model.main, model.start)
        self.trace: list[str] = []
        self.moves = self.refused_moves = 0
        values = self.answers("")
        self.trace.append(f"begin {values}")
        self.game.begin(values)
        self.state = self._engine(lambda: flow.begin(projection, values=values, machine=nothing, context={}))

    def answers(self, scope: str) -> dict[str, str]:
        """A value for every gateway of a procedure."""
        variables = self.model.variables[self.projection.scopes[scope].sop.id]
        return {name: WORDS[self.rnd.randrange(choices)] for name, choices in variables.items()}

    def go(self, steps: int) -> int:
        """Up to so many random acts; how many there were. Raises Differs."""
        for done in range(steps):
            offered = [("complete", path) for path in self.game.steps()] + [
                ("ring", path) for path in self.game.timers()
            ]
            if not offered:
                if not self.game.over():
                    raise Differs(self._told("the case is lost: nothing is offered and it has not ended"))
                return done
            backwards = self.game.movable()
            if backwards and self.rnd.random() < 0.2:
                path, goal = self.rnd.choice(backwards)
                if not self.projection.steps[goal].alone:
                    self.refused_moves += self._refuses(path, goal)
                    continue
                self.trace.append(f"move {path} {goal}")
                self.game.move(path, goal)
                state = self.state
                self.state = self._engine(
                    lambda p=path, g=goal, s=state: flow.move(self.projection, s, p, g, machine=nothing, context={})
                )
                self.moves += 1
                continue
            # people are quicker than timers, else few cases would get far
            verb, path = self.rnd.choices(offered, [3 if verb == "complete" else 1 for verb, _ in offered])[0]
            if verb == "complete":
                values = self.answers(self.projection.steps[path].scope)
                self.trace.append(f"complete {path} {values}")
                self.game.complete(path, values)
                state = self.state
                self.state = self._engine(
                    lambda p=path, v=values, s=state: flow.complete(
                        self.projection, s, p, values=v, machine=nothing, context={}
                    )
                )
            else:
                self.trace.append(f"ring {path}")
                self.game.ring(path)
                state = self.state
                self.state = self._engine(
                    lambda p=path, s=state: flow.wake(self.projection, s, p, machine=nothing, context={})
                )
        return steps

    def _refuses(self, path: str, goal: str) -> int:
        """A move into one of several branches would lose the case: it must be refused."""
        try:
            flow.move(self.projection, self.state, path, goal, machine=nothing, context={})
        except Refusal as refusal:
            assert refusal.code == "move_into_parallel"
            return 1
        raise Differs(self._told(f"moved from {path} to {goal}"))

    def _engine(self, act: Any) -> flow.State:
        """The act in the engine, compared; the state as it is after saving and loading."""
        try:
            before = getattr(self, "state", None)
            advance = act()
            self._compare(advance.state)
            self._compare_difference(before, advance)
            if advance.ended is not self.game.over():
                raise Differs(self._told(f"ended: engine {advance.ended}"))
            loaded = flow.load(self.projection, flow.dump(advance.state))
        except Refusal as refusal:
            raise Differs(self._told(f"engine refuses: {refusal.code} {refusal.element}")) from refusal
        if loaded != advance.state:
            raise Differs(self._told(f"loaded {loaded} of {advance.state}"))
        self._compare(loaded)
        return loaded

    def _compare(self, state: flow.State) -> None:
        steps, timers = (
            sorted(flow.open_steps(self.projection, state)),
            sorted(flow.open_timers(self.projection, state)),
        )
        if steps != self.game.steps():
            raise Differs(self._told(f"steps: engine {steps}, game {self.game.steps()}"))
        if timers != self.game.timers():
            raise Differs(self._told(f"timers: engine {timers}, game {self.game.timers()}"))

    def _compare_difference(self, before: flow.State | None, advance: flow.Advance) -> None:
        """What the act says it opened and closed leads from the one marking to the other."""
        was = set(flow.open_steps(self.projection, before)) if before else set()
        if (was - set(advance.closed)) | set(advance.opened) != set(flow.open_steps(self.projection, advance.state)):
            raise Differs(self._told(f"opened {advance.opened}, closed {advance.closed}"))
        ticking = set(flow.open_timers(self.projection, before)) if before else set()
        told = (ticking - set(advance.timers_closed)) | set(advance.timers_opened)
        if told != set(flow.open_timers(self.projection, advance.state)):
            raise Differs(self._told(f"timers opened {advance.timers_opened}, closed {advance.timers_closed}"))

    def _told(self, what: str) -> str:
        return "\n".join([what, *self.trace[-8:]])
