"""What people do with cases: open, claim, assign, complete, hand back, send back, recall, amend, withdraw, resume;
ask for an extension and decide on it, stop the clocks and let them run on, move the event a plan counts back from.

Every verb takes an open connection, the thing's id, the acting person and the time, returns what changed, raises only
the error tree, and leaves one journal entry. It never commits, never asks the clock, and knows no page.
"""

from engine.cases.extending import ask as ask_extension
from engine.cases.extending import decide as decide_extension
from engine.cases.incidents import keep as keep_incident
from engine.cases.moving import amend, recall, send_back, withdraw
from engine.cases.opening import Opened, open_case
from engine.cases.planning import move_event
from engine.cases.resuming import resume
from engine.cases.ringing import ring
from engine.cases.surroundings import Office
from engine.cases.suspending import proceed, suspend
from engine.cases.working import Done, assign, claim, complete, hand_back, save_draft

__all__ = [
    "Done", "Office", "Opened", "amend", "ask_extension", "assign", "claim", "complete", "decide_extension",
    "hand_back", "keep_incident", "move_event", "open_case", "proceed", "recall", "resume", "ring", "save_draft",
    "send_back", "suspend", "withdraw",
]  # fmt: skip
