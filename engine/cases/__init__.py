"""What people do with cases: open, claim, assign, complete, hand back, send back, recall, amend, withdraw, resume;
ask for an extension and decide on it, stop the clocks and let them run on, move the event a plan counts back from;
take a closed case up again, join duplicates and part them, transfer a case, ask another unit's opinion and give it,
note a letter that came back and send it again, leave notes, say how urgent a case is and whether it is solved.

Every verb takes an open connection, the thing's id, the acting person and the time, returns what changed, raises only
the error tree, and leaves one journal entry. It never commits, never asks the clock, and knows no page.
"""

from engine.cases.calling_in import call_in
from engine.cases.drafting import keep_draft
from engine.cases.extending import ask as ask_extension
from engine.cases.extending import decide as decide_extension
from engine.cases.incidents import keep as keep_incident
from engine.cases.joining import join, part
from engine.cases.moving import amend, recall, send_back, withdraw
from engine.cases.notes import note_add, note_strike
from engine.cases.opening import Opened, open_case
from engine.cases.opinions import ask_opinion, give_opinion, take_back_opinion
from engine.cases.planning import move_event
from engine.cases.priority import set_priority, set_solved
from engine.cases.reopening import reopen
from engine.cases.resuming import resume
from engine.cases.ringing import ring
from engine.cases.surroundings import Office
from engine.cases.suspending import proceed, suspend
from engine.cases.transferring import transfer
from engine.cases.undeliverable import correct_identity, note_undeliverable, send_again
from engine.cases.undoing import take_back_assignment, take_back_extension, take_back_send_back
from engine.cases.working import Done, assign, claim, complete, hand_back, save_draft

__all__ = [
    "Done", "Office", "Opened", "amend", "ask_extension", "ask_opinion", "assign", "call_in", "claim", "complete",
    "correct_identity", "decide_extension", "give_opinion", "hand_back", "join", "keep_draft", "keep_incident",
    "move_event", "note_add", "note_strike", "note_undeliverable", "open_case", "part", "proceed", "recall", "reopen",
    "resume", "ring", "save_draft", "send_again", "send_back", "set_priority", "set_solved", "suspend",
    "take_back_assignment", "take_back_extension", "take_back_opinion", "take_back_send_back", "transfer", "withdraw",
]  # fmt: skip
