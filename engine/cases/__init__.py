"""What people do with cases: open, claim, assign, complete, hand back, send back, recall, amend, withdraw, resume.

Every verb takes an open connection, the thing's id, the acting person and the time, returns what changed, raises only
the error tree, and leaves one journal entry. It never commits, never asks the clock, and knows no page.
"""

from engine.cases.incidents import keep as keep_incident
from engine.cases.moving import amend, recall, send_back, withdraw
from engine.cases.opening import Opened, open_case
from engine.cases.resuming import resume
from engine.cases.ringing import ring
from engine.cases.surroundings import Office
from engine.cases.working import Done, assign, claim, complete, hand_back, save_draft

__all__ = [
    "Done", "Office", "Opened", "amend", "assign", "claim", "complete", "hand_back", "keep_incident", "open_case",
    "recall", "resume", "ring", "save_draft", "send_back", "withdraw",
]  # fmt: skip
