"""What an SOP says, as frozen values. Nothing here knows XML, a database, a clock or a person.

The words are DESIGN section 3's; the shapes follow section 4 (the SOP file). ``bpmn.py`` makes these values from a
file and a file from these values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

NodeKind = Literal[
    "start", "end", "user", "manual", "task", "service", "rule",
    "exclusive", "parallel", "boundary", "catch", "call", "subprocess", "shown",
]  # fmt: skip
#: kinds that wait for a person
PERSON_KINDS = frozenset({"user", "manual", "task"})
#: kinds the machine does itself
MACHINE_KINDS = frozenset({"service", "rule"})


@dataclass(frozen=True, slots=True)
class Form:
    """An official document of the form register, handed in or out; ``caller:<as>`` in a shared procedure."""

    ref: str
    direction: str = "in"
    as_: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class StandardTime:
    value: float
    unit: str  # workday | day | hour
    basis: str | None = None
    reminders: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder, ``offset`` units from the due date: a reminder before it, an escalation after it."""

    kind: Literal["reminder", "escalation"]
    offset: int
    unit: str
    to: tuple[str, ...]  # holder | applicant | role@unit-rule
    basis: str | None = None
    opens: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit of a case or of a step, with its ladder. ``starts`` and ``met`` are step paths (first one wins)."""

    id: str
    name: str
    regime: str
    of: str = "case"
    starts: str | None = None
    met: tuple[str, ...] = ()
    length: int | None = None
    unit: str | None = None
    decision: str | None = None
    shorter_of: str | None = None
    cap: int | None = None
    cap_unit: str | None = None
    ladder: str | None = None
    basis: str | None = None
    rungs: tuple[Rung, ...] = ()
    at: str | None = None  # regime fixed: the day that returns, as ``dates.recurring`` reads it
    #: 展期: at most ``extend_by`` a time, so many times (once), granted by that level or above (二層)
    extend_by: int | None = None
    extend_unit: str | None = None
    extend_times: int | None = None
    extend_level: str | None = None
    extend_basis: str | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that changes the path: a deadline's due instant, or a plain ISO 8601 duration or instant."""

    deadline: str | None = None
    continues: str | None = None
    iso: str | None = None
    iso_kind: Literal["duration", "date", "cycle"] | None = None


@dataclass(frozen=True, slots=True)
class ByCalendar:
    """When a calendar start opens a case by itself; the words are ``recurrence``'s."""

    rule: str
    at: str | None = None
    roll: str | None = None  # none | next | previous
    missed: str | None = None  # every | newest
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """Things to tick off. ``for_`` (variable, value) makes it block only that choice."""

    items: tuple[ChecklistItem, ...]
    for_: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    needs: str | None = None  # 'reason'


@dataclass(frozen=True, slots=True)
class Outcome:
    variable: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    level: str | None = None
    of: str | None = None  # a step id, or 'caller'


@dataclass(frozen=True, slots=True)
class Each:
    """One work item per unit of a list variable, or at a call one child case per entry of it.

    Goes on when all are back, ``count:N`` of them, or the ``date`` has come; at a call also ``none``: at once.
    """

    units: str
    until: str = "all"


@dataclass(frozen=True, slots=True)
class Linked:
    """What a call box says of the cases it opens: by which start, and what becomes of those still running when the box
    is left: ``withdraw`` | ``go-on``. A shared procedure becomes a case of its own by it."""

    start: str | None = None
    rest: str | None = None


@dataclass(frozen=True, slots=True)
class Set:
    name: str
    value: str | None = None
    from_: str | None = None


@dataclass(frozen=True, slots=True)
class In:
    to: str
    from_: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Out:
    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class Arg:
    name: str
    value: str | None = None
    from_: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    name: str
    args: tuple[Arg, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionRef:
    ref: str
    ins: tuple[In, ...] = ()
    outs: tuple[Out, ...] = ()


@dataclass(frozen=True, slots=True)
class Who:
    """A role plus the rule that says whose: fixed:<unit> | responsible | child | applicant | caller.

    ``role`` may be ``=name``: the role is read from that parameter when the step opens.
    """

    role: str
    unit: str
    part: str | None = None  # lead | support


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    direction: Literal["in", "out"]
    type: str | None = None
    values: tuple[str, ...] = ()
    default: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    id: str
    name: str
    who: Who | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None
    sets: tuple[Set, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One box, circle or diamond of the chart."""

    id: str
    kind: NodeKind
    name: str = ""
    documentation: str = ""
    lane: str | None = None
    parent: str | None = None  # the embedded sub-process it stands in
    outgoing: tuple[str, ...] = ()  # flow ids in the order written in the file: the branch order
    default: str | None = None  # default flow id
    shown_as: str | None = None  # kind 'shown': the BPMN element or definition that is not executed
    element: str | None = None  # kind 'shown': the BPMN element it is written as (endEvent, userTask, …)
    start_kind: Literal["none", "message", "calendar"] | None = None
    message: str | None = None  # start_kind 'message': the id in Sop.messages
    timer: Timer | None = None
    calendar: ByCalendar | None = None  # start_kind 'calendar': when it opens by itself
    attached_to: str | None = None
    interrupting: bool = True
    called: str | None = None
    ins: tuple[In, ...] = ()
    outs: tuple[Out, ...] = ()
    wait: bool = False
    linked: Linked | None = None
    operator: Operator | None = None
    decision: DecisionRef | None = None
    standard_time: StandardTime | None = None
    co_units: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    approval: Approval | None = None
    outcome: Outcome | None = None
    each: Each | None = None
    sets: tuple[Set, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    origin: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    kind: str = "per-case"
    unit: str | None = None
    revised: str | None = None
    version: str | None = None
    title_en: str | None = None
    contact: str | None = None
    shared: bool = False
    w5h1: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class LegalBasis:
    name: str
    number: str | None = None
    dated: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    step: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Bounds:
    x: float
    y: float
    width: float
    height: float


def pool_id(sop_id: str) -> str:
    """The id under which a drawing keeps the pool around the lanes."""
    return f"pool-{sop_id}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A text annotation, a data object or a data store (``kind``: text, data, store), drawn beside the flow."""

    id: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Tie:
    """The dotted line between a remark and what it is about."""

    source: str
    target: str
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where things stand on the page: element id → bounds, flow id → waypoints, label boxes. Meaning never reads it.

    The pool is drawn under the id ``pool_id(sop.id)``, whatever the file called it.
    """

    shapes: Mapping[str, Bounds]
    edges: Mapping[str, tuple[tuple[float, float], ...]]
    labels: Mapping[str, Bounds] = field(default_factory=lambda: MappingProxyType({}))
    remarks: tuple[Remark, ...] = ()  # those with a place: their bounds lie in ``shapes``
    ties: Mapping[str, Tie] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Sop:
    """One procedure as written: what runs (nodes, flows), who (lanes), when (deadlines), and the sheet around it."""

    id: str
    name: str
    documentation: str
    sheet: Sheet
    nodes: Mapping[str, Node]  # in file order
    flows: Mapping[str, Flow]  # in file order
    lanes: tuple[Lane, ...] = ()
    legal_basis: tuple[LegalBasis, ...] = ()
    notes: tuple[Note, ...] = ()
    forms: tuple[Form, ...] = ()
    indicators: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    messages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    drawing: Drawing | None = None
    #: what the reader had to leave out (a flow to nowhere, an unknown word); an error among them forbids running it
    problems: tuple[Finding, ...] = field(default=(), compare=False)

    @property
    def shared(self) -> bool:
        return self.sheet.shared

    def lane_of(self, node_id: str) -> Lane | None:
        """The lane a node stands in; inside a sub-process, the lane of the sub-process when it has none itself."""
        by_id = {lane.id: lane for lane in self.lanes}
        node: Node | None = self.nodes.get(node_id)
        while node is not None:
            if node.lane in by_id:
                return by_id[node.lane]
            node = self.nodes.get(node.attached_to or node.parent or "")
        return None

    def starts(self) -> tuple[Node, ...]:
        return tuple(n for n in self.nodes.values() if n.kind == "start" and n.parent is None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the check says about an SOP. ``blocks`` publication or not is independent of ``level``."""

    rule: str
    level: Literal["error", "warning", "info"]
    message: str
    element: str | None = None
    blocks: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule, "level": self.level, "blocks": self.blocks,
            "element": self.element, "message": self.message,
        }  # fmt: skip


StepState = Literal["done", "open", "late", "skipped", "waiting", "todo"]


@dataclass(frozen=True, slots=True)
class Spent:
    """Working hours of the office that a step took when it was last done, or has taken so far. ``standard`` None: the
    SOP names none; of a call box it is what the steps inside took together."""

    hours: float
    runs: bool
    standard: float | None = None

    @property
    def over(self) -> bool:
        return self.standard is not None and self.hours > self.standard


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one case stands, for pictures: step path → state, the times that passed through it, the time it took."""

    states: Mapping[str, StepState]
    visits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    spent: Mapping[str, Spent] = field(default_factory=lambda: MappingProxyType({}))
