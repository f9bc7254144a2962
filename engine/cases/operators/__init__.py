"""What a service task can do. An operator runs inside the act's transaction, is idempotent, and writes only rows of its
own and outbox rows; what it tells the flow are its declared results.

``effect`` says how far it reaches: 'inside' can be undone by moving the case back, 'outside' cannot (an answer was
sent): neither send back nor recall crosses it.
"""

from engine.cases.operators import (
    checking,
    control,
    entries,
    indicators,
    letters,
    links,
    lists,
    meeting,
    petitions,
    progress,
    recording,
    revising,
    tally,
)
from engine.cases.operators.registry import OPERATORS, Operator, named

__all__ = [
    "OPERATORS",
    "Operator",
    "checking",
    "control",
    "entries",
    "indicators",
    "letters",
    "links",
    "lists",
    "meeting",
    "named",
    "petitions",
    "progress",
    "recording",
    "revising",
    "tally",
]
