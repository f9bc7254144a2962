"""SpiffWorkflow at arm's length: what runs of an SOP, whether it is sound, and how a case goes through it.

``project`` makes of an SOP and the shared procedures it calls one flat chart per start; ``check`` says why it cannot;
``begin``, ``complete``, ``wake``, ``move``, ``withdraw`` and ``take_up`` take a ``State`` and give an ``Advance``.
Pure: no database, no clock, no person; machine steps, today's date and the calendar are handed in. Nothing of the
library leaves this room, and nothing of it is stored (docs/decisions/0002-state-is-a-marking.md).
"""

from engine.flow.acting import Machine, Passed
from engine.flow.carrying import carry
from engine.flow.check import check
from engine.flow.projected import (
    CALLER,
    ProjectedDeadline,
    ProjectedForm,
    ProjectedStep,
    ProjectedTimer,
    Projection,
    Scope,
)
from engine.flow.projection import project
from engine.flow.run import (
    Advance,
    arguments,
    begin,
    complete,
    handed_to,
    move,
    open_boxes,
    open_steps,
    open_timers,
    standing_at,
    take_up,
    wake,
    withdraw,
)
from engine.flow.state import State, dump, load

__all__ = [
    "CALLER",
    "Advance",
    "Machine",
    "Passed",
    "ProjectedDeadline",
    "ProjectedForm",
    "ProjectedStep",
    "ProjectedTimer",
    "Projection",
    "Scope",
    "State",
    "arguments",
    "begin",
    "carry",
    "check",
    "complete",
    "dump",
    "handed_to",
    "load",
    "move",
    "open_boxes",
    "open_steps",
    "open_timers",
    "project",
    "standing_at",
    "take_up",
    "wake",
    "withdraw",
]
