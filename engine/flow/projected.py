"""The values of a projection: what runs of an SOP from one start, as the engine and as everybody else sees it.

A step path names a node everywhere outside this room: ``PO-08``, ``PO-FU/FU-04``, ``PO-FU/FU-09/MM-01``. A scope is the
path of the call box a procedure was called from, "" for the main one; variables live in a scope. Sub-processes add
nothing to a path: ids are unique in their file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.sops.expressions import Expression
from engine.sops.sop import Deadline, Node, Set, Sop, Who

#: among the steps whose completers may not sign: those of the case that opened this one, as its call box says
CALLER = "caller"


def under(scope: str, name: str) -> str:
    """The path of a name written in a scope."""
    return f"{scope}/{name}" if scope else name


@dataclass(frozen=True, slots=True)
class ProjectedForm:
    """An official document at a step. ``when`` is read in ``scope``: a ``caller:`` form keeps its caller's."""

    ref: str
    direction: str
    as_: str | None
    when: str | None
    scope: str


@dataclass(frozen=True, slots=True)
class ProjectedDeadline:
    """A limit with its references resolved. ``path`` is scope and id; ``step`` is set for one written at a step."""

    path: str
    scope: str
    step: str | None
    deadline: Deadline  # as written, ``@caller`` units resolved
    starts: str | None  # step path; None: when the case (or its step) opens
    met: tuple[str, ...]
    event: str | None = None  # it counts back from the day this variable of its scope names


@dataclass(frozen=True, slots=True)
class ProjectedTimer:
    """A timer that changes the path. It is open while its ``host`` is: a step, a call box, or itself where it waits."""

    path: str
    scope: str
    node: Node
    host: str
    interrupting: bool
    deadline: str | None  # path of a ProjectedDeadline
    continues: str | None  # step path that takes over drafts and files


@dataclass(frozen=True, slots=True)
class ProjectedStep:
    """One node of the flat chart as people outside this room know it."""

    path: str
    scope: str
    node: Node
    procedure: str  # id of the SOP it is written in
    kind: str
    who: Who | None  # unit rule ``caller`` resolved; a role ``=name`` is read from the values of ``role_scope``
    role_scope: str
    forms: tuple[ProjectedForm, ...]
    approval_of: tuple[str, ...]  # step paths whose completers may not sign here, or in the cases this box opens
    deadlines: tuple[ProjectedDeadline, ...]
    timers: tuple[str, ...]  # paths of the boundary timers that stand on it, those of call boxes around it included
    side: bool  # only a non-interrupting timer leads here
    alone: bool  # can be the only thing open: a case may be sent back here


@dataclass(frozen=True, slots=True)
class Scope:
    """One procedure in the flat chart. ``forms`` are those its call box hands in, by their ``as``."""

    path: str
    sop: Sop
    call: Node | None
    caller: str | None  # scope of the caller
    forms: Mapping[str, tuple[ProjectedForm, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Way:
    """One arrow of the flat chart. ``flow`` is the flow's path, "" for a joint that nobody drew."""

    flow: str
    target: str
    condition: Expression | None = None
    otherwise: bool = False  # taken when no condition holds


@dataclass(frozen=True, slots=True)
class Point:
    """One node of the flat chart as the engine sees it. Kinds besides the written ones: enter, exit, flow."""

    key: str
    kind: str
    path: str
    scope: str
    node: Node | None  # None for a flow
    ways: tuple[Way, ...]
    sets: tuple[Set, ...] = ()
    timers: tuple[str, ...] = ()  # keys of the boundary points on it
    joins: bool = False  # a parallel gateway with more than one way in
    called: str | None = None  # enter and exit of a call: the scope inside
    side: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """An SOP ready to run from one start. Made by ``project``, never by hand."""

    sop_id: str
    start: str
    steps: Mapping[str, ProjectedStep]
    timers: Mapping[str, ProjectedTimer]
    deadlines: Mapping[str, ProjectedDeadline]
    scopes: Mapping[str, Scope]
    reads: Mapping[str, frozenset[str]]
    writes: Mapping[str, frozenset[str]]
    keeps_all: frozenset[str]  # scopes in which a decision without declared inputs may read any variable
    points: Mapping[str, Point]
    room: dict[str, object] = field(default_factory=dict, repr=False)  # the engine's own cache

    def keeps(self, scope: str, name: str) -> bool:
        """Whether a variable is worth storing: somebody in its scope reads it."""
        return scope in self.keeps_all or name in self.reads[scope]
