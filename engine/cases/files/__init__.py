"""Files as they arrive: named so that no system trips over them, known by their content, rid of what they should not
carry. Nothing here knows a case, a person or a database; what may not be kept is refused in a sentence.
"""

from engine.cases.files.kinds import ACCEPTED, KINDS, MOST_BYTES, Received, Sent, receive, receive_all
from engine.cases.files.names import in_size, tidy

__all__ = ["ACCEPTED", "KINDS", "MOST_BYTES", "Received", "Sent", "in_size", "receive", "receive_all", "tidy"]
