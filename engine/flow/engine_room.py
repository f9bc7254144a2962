# mypy: allow-untyped-calls, disable-error-code="abstract,arg-type,override,union-attr,unused-ignore"
"""The only place where SpiffWorkflow is touched: its specs, built point by point, and a workflow for one act.

The library runs the act, from the marking before it to the marking after it; nothing of it is stored. What is taken
over or overridden, and why:

* nothing is predicted (``_Unforeseen``): a task gets its children when it runs, so its cost does not grow with the
  chart and a join never grows the tree exponentially;
* tasks carry no data, are numbered per act and write no log (``Token``);
* a task that becomes ready is queued (``Token``), so the tree is never searched;
* a join counts the ways that arrived in this tree (``LazyJoin``): it holds one round, so loops cannot confuse it;
* timers are signal events with a name of their own; only ``fire`` sends one.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit, SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    ExclusiveGateway,
    IntermediateCatchEvent,
    ManualTask,
    NoneTask,
    ParallelGateway,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.flow.projected import Point, Projection, Way
from engine.flow.sentences import stuck

MAX_STEPS = 500
MAX_TASKS = 4_000
MAX_SECONDS = 2.0

# Set on the loggers themselves: the library reads `logger.level`, and at INFO its records carry task data.
for _name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data", "spiff.dmn"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Act(Protocol):
    """What happens at the points while the library walks: written in ``run``, called from here."""

    def passes(self, point: Point, way: Way | None = None) -> None:
        """A token goes through a point, at an exclusive gateway by this way: its sets, its machine step, its outs."""

    def holds(self, point: Point, way: Way) -> bool:
        """Whether the condition of a way holds."""


class Token(Task):  # type: ignore[misc]
    """A library task without data, log and random id, that reports for running by itself."""

    workflow: Any

    def _add_child(self, task_spec: TaskSpec, state: int = TaskState.MAYBE) -> Token:
        return Token(self.workflow, task_spec, self, state, self.workflow.next_id())

    def _inherit_data(self) -> None:
        return

    def is_descendant_of(self, task: Task) -> bool:
        return any(above is task for above in self._above())

    def find_ancestor(self, spec_name: str) -> Token | None:
        return next((above for above in self._above() if above.task_spec.name == spec_name), None)

    def _above(self) -> Iterator[Token]:
        """The tasks above this one; the library climbs by recursion, which ends at about 900."""
        above: Any = self.parent
        while above is not None:
            yield above
            above = above.parent

    def _set_state(self, value: int) -> None:
        self._state = value
        if value == TaskState.READY and not self.task_spec.manual:
            self.workflow.ready.append(self)


class _Unforeseen:
    """A spec that predicts nothing: its task's children come when it runs. ``test`` has run once, when it was built."""

    point: Point

    def _predict_hook(self, my_task: Token) -> None:
        return

    def test(self) -> None:
        return

    def _run_hook(self, my_task: Token) -> bool:
        my_task.workflow.act.passes(self.point)
        super()._run_hook(my_task)  # type: ignore[misc]
        my_task._sync_children(self.outputs, TaskState.FUTURE)  # type: ignore[attr-defined]
        return True


class UserStep(_Unforeseen, UserTask):  # type: ignore[misc]
    """Waits for a person."""


class ManualStep(_Unforeseen, ManualTask):  # type: ignore[misc]
    """Waits for a person who works outside the system."""


class UntypedStep(_Unforeseen, NoneTask):  # type: ignore[misc]
    """Waits for a person."""


class LinkedCases(_Unforeseen, UserTask):  # type: ignore[misc]
    """Waits for the cases it opened."""


class MachineStep(_Unforeseen, SimpleBpmnTask):  # type: ignore[misc]
    """A start, a service or rule step, the way into or out of a procedure, a flow that sets something."""


class End(_Unforeseen, EndEvent):  # type: ignore[misc]
    """The end of a token, or of the stay in a procedure."""


class WaitForTimer(_Unforeseen, IntermediateCatchEvent):  # type: ignore[misc]
    """Waits for a timer drawn into the path."""


class BoundaryTimer(_Unforeseen, BoundaryEvent):  # type: ignore[misc]
    """Waits beside a step for the timer attached to it."""

    host: str  # key of the point it stands on


class HostSplit(_Unforeseen, BoundaryEventSplit):  # type: ignore[misc]
    """Opens a step together with its boundary timers."""

    def _run_hook(self, my_task: Token) -> bool:
        BoundaryEventSplit._predict_hook(self, my_task)
        return bool(BoundaryEventSplit._run_hook(self, my_task))


class HostJoin(BoundaryEventJoin):  # type: ignore[misc]
    """Closes the boundary timers when their step is done, and the step when one of them cuts it short."""

    def _do_join(self, my_task: Token) -> None:
        """Nothing: the library looks for other tasks of this join; a tree of one act has none that matter."""

    def _predict_hook(self, my_task: Token) -> None:
        return

    def test(self) -> None:
        return


class LazyJoin(_Unforeseen, ParallelGateway):  # type: ignore[misc]
    """A parallel gateway. It fires when each way in has brought a token in this tree."""

    def _check_threshold_unstructured(self, my_task: Token) -> bool:
        arrived = {t.parent.task_spec.name for t in my_task.workflow.tasks.values() if t.task_spec is self}
        return len(arrived) == len(self._inputs)


class Choice(_Unforeseen, ExclusiveGateway):  # type: ignore[misc]
    """An exclusive gateway: the first way in written order whose condition holds, else the default way."""

    ways: tuple[Way, ...]

    def _run_hook(self, my_task: Token) -> bool:
        my_task.workflow.taken = next((way for way in self.ways if way.otherwise), None)
        try:
            ExclusiveGateway._run_hook(self, my_task)
        except WorkflowException:
            raise stuck("no_branch", self.point.path) from None
        my_task.workflow.act.passes(self.point, my_task.workflow.taken)
        return True


class Condition(Operator):  # type: ignore[misc]
    """The condition of one way, asked of our own interpreter; remembers the way when it holds."""

    def __init__(self, point: Point, way: Way) -> None:
        super().__init__(way)
        self.point = point
        self.way = way

    def _matches(self, task: Token) -> bool:
        if task.workflow.act.holds(self.point, self.way):
            task.workflow.taken = self.way
            return True
        return False


class NoScripts(PythonScriptEngine):  # type: ignore[misc]
    """A script engine that evaluates, executes and calls nothing: no text of an SOP may reach the library's own."""

    def evaluate(self, *_: Any, **__: Any) -> Any:
        raise stuck("engine", what="evaluate")

    def execute(self, *_: Any, **__: Any) -> Any:
        raise stuck("engine", what="execute")

    def call_service(self, *_: Any, **__: Any) -> Any:
        raise stuck("engine", what="call_service")


_NO_SCRIPTS = NoScripts()
_PERSON_SPECS: dict[str, Callable[..., TaskSpec]] = {
    "user": UserStep, "manual": ManualStep, "task": UntypedStep, "linked": LinkedCases,
}  # fmt: skip


class Room:
    """The library's specs of one projection, built once. Ids are rewritten: no name of a file can meet an inner one."""

    def __init__(self, projection: Projection) -> None:
        self.spec = BpmnProcessSpec(name="flow")
        self.specs: dict[str, Any] = {}  # point key → spec; for a timer on a step: (step key, timer path) below
        self.entries: dict[str, Any] = {}  # point key → the spec a token enters by: the split before a guarded step
        self.guards: dict[tuple[str, str], Any] = {}
        points = projection.points
        for number, point in enumerate(points.values()):
            if point.kind != "boundary":
                self._build(number, point, points)
        for point in points.values():
            if point.kind != "boundary":
                self._connect(point)
        self.spec.start.connect(self.entries[projection.start])
        for (host, timer), guard in self.guards.items():
            guard.connect(self.specs[f"{host}|join"])
            for way in points[timer].ways:
                guard.connect(self.entries[way.target])
        for spec in self.specs.values():
            (ExclusiveGateway if isinstance(spec, Choice) else TaskSpec).test(spec)

    def _build(self, number: int, point: Point, points: Any) -> None:
        name, spec = f"n{number}", self.spec
        made: Any
        if point.kind in _PERSON_SPECS:
            made = _PERSON_SPECS[point.kind](spec, name)
        elif point.kind == "catch":
            made = WaitForTimer(spec, name, SignalEventDefinition(f"signal-{name}"))
        elif point.kind == "end" and not point.ways:
            made = End(spec, name, NoneEventDefinition())
        elif point.kind == "exclusive":
            made = Choice(spec, name)
            made.ways = point.ways
        elif point.kind == "parallel":
            made = LazyJoin(spec, name)
        else:
            made = MachineStep(spec, name)
        made.point = point
        self.specs[point.key] = self.entries[point.key] = made
        if point.timers:
            self._guard(name, point, points)

    def _guard(self, name: str, point: Point, points: Any) -> None:
        split = HostSplit(self.spec, f"{name}-split")
        join = HostJoin(self.spec, f"{name}-join", split_task=split.name, cancel=True)
        split.point = point
        split.connect(self.specs[point.key])
        self.specs[point.key].connect(join)
        self.specs[f"{point.key}|split"] = self.entries[point.key] = split
        self.specs[f"{point.key}|join"] = join
        for number, timer in enumerate(point.timers):
            boundary = points[timer]
            inner = f"{name}-t{number}"
            guard = BoundaryTimer(
                self.spec, inner, SignalEventDefinition(f"signal-{inner}"),
                cancel_activity=boundary.node is not None and boundary.node.interrupting,
            )  # fmt: skip
            guard.point = boundary
            guard.host = point.key
            split.connect(guard)
            self.guards[point.key, timer] = guard

    def _connect(self, point: Point) -> None:
        spec = self.specs[point.key]
        for way in point.ways:
            target = self.entries[way.target]
            if way.condition is not None:
                spec.connect_if(Condition(point, way), target)
            else:
                spec.connect(target)


class Walk(BpmnWorkflow):  # type: ignore[misc]
    """One act: a minimal tree made from the marking, walked until only people and timers wait."""

    def __init__(self, projection: Projection, act: Act) -> None:
        self.ready: deque[Token] = deque()
        self.act = act
        self.taken: Way | None = None
        self.room = room_of(projection)
        self.laid: dict[str, Token] = {}  # the marking before the act: by path, a timer by its own
        self.last_id = 0
        self.last_laid = 0
        super().__init__(self.room.spec, script_engine=_NO_SCRIPTS, deserializing=True)
        self.task_tree = Token(self, self.room.spec.start, None, TaskState.COMPLETED, self.next_id())

    def next_id(self) -> int:
        """The number of a new task. Raises Stuck('budget') when the tree has grown too large."""
        self.last_id += 1
        if self.last_id > MAX_TASKS:
            raise stuck("budget", what=f"{MAX_TASKS} tasks")
        return self.last_id

    def update_waiting_tasks(self) -> None:
        """Nothing: a join is asked when a token reaches it, a timer when it fires. The library asks all, each time."""

    def lay_waiting(self, point: Point, timers: list[str]) -> None:
        """A step or timer that waits, with the boundary timers open on it, as it stood before the act."""
        room, parent = self.room, self.task_tree
        state = TaskState.WAITING if point.kind == "catch" else TaskState.READY
        if point.timers:
            parent = self._lay(room.specs[f"{point.key}|split"], TaskState.COMPLETED, parent)
        self.laid[point.key] = self._lay(room.specs[point.key], state, parent)
        for timer in timers:
            self.laid[timer] = self._lay(room.guards[point.key, timer], TaskState.WAITING, parent)

    def lay_arrival(self, flow: str, join: str) -> None:
        """A token that has reached a join and waits there for the others."""
        arrived = self._lay(self.room.specs[flow], TaskState.COMPLETED, self.task_tree)
        self._lay(self.room.specs[join], TaskState.WAITING, arrived)

    def _lay(self, spec: TaskSpec, state: int, parent: Token) -> Token:
        token = Token(self, spec, parent, state, self.next_id())
        self.last_laid = self.last_id
        if state == TaskState.WAITING and isinstance(spec, WaitForTimer | BoundaryTimer):
            self.event_manager.add_task(token)
        return token

    def enter(self, key: str) -> None:
        """A new token at a point, and on from there."""
        spec = self.room.entries[key]
        spec._update(Token(self, spec, self.task_tree, TaskState.FUTURE, self.next_id()))
        self._walk()

    def complete(self, path: str) -> None:
        """A person's step is done, and on from there."""
        self.laid[path].run()
        self._walk()

    def ring(self, timer: str) -> None:
        """A timer rings, and on from there."""
        self.send_event(BpmnEvent(self.laid[timer].task_spec.event_definition))
        self._walk()

    def _walk(self) -> None:
        """Runs what is ready until nothing is. Raises Stuck('budget').

        The seconds are this thread's own computing: a busy machine or a waiting database must not stop a case.
        """
        until = time.thread_time() + MAX_SECONDS
        steps = 0
        while self.ready:
            token = self.ready.popleft()
            if token._state != TaskState.READY:
                continue
            steps += 1
            if steps > MAX_STEPS:
                raise stuck("budget", what=f"{MAX_STEPS} steps")
            if steps % 16 == 0 and time.thread_time() > until:
                raise stuck("budget", what=f"{MAX_SECONDS:g} s")
            token.run()


@dataclass(frozen=True, slots=True)
class Marking:
    """What a walk left."""

    waiting: list[tuple[str, bool]]  # person steps and timers of the path; True: opened in this walk
    armed: list[tuple[str, str]]  # (non-interrupting timer that has not fired, the point it stands on)
    arrived: list[str]  # flows at whose join a token waits


_AT_REST = TaskState.FINISHED_MASK | TaskState.WAITING


def marking_of(walk: Walk) -> Marking:
    """Reads the marking off the tree. Raises Stuck('engine') when a task was left in between."""
    found = Marking([], [], [])
    tasks: list[Any] = list(walk.tasks.values())
    fired = {t.task_spec for t in tasks if t._state == TaskState.COMPLETED and type(t.task_spec) is LazyJoin}
    for token in tasks:
        spec, state = token.task_spec, token._state
        if state == TaskState.READY and spec.manual:
            found.waiting.append((spec.point.key, token.id > walk.last_laid))
        elif not state & _AT_REST or state == TaskState.ERROR:
            raise stuck("engine", what=f"{type(spec).__name__} {TaskState.get_name(state)}")
        elif type(spec) is LazyJoin:
            # a join keeps one waiting task; earlier arrivals of the same round stand as cancelled ones
            if spec not in fired:
                found.arrived.append(token.parent.task_spec.point.key)
        elif state == TaskState.WAITING:
            if type(spec) is WaitForTimer:
                found.waiting.append((spec.point.key, token.id > walk.last_laid))
            elif type(spec) is BoundaryTimer and not spec.cancel_activity:
                found.armed.append((spec.point.key, spec.host))
    return found


def room_of(projection: Projection) -> Room:
    """The room of a projection, built at its first use and kept with it."""
    room = projection.room.get("specs")
    if not isinstance(room, Room):
        room = projection.room["specs"] = Room(projection)
    return room
