"""Tables read in the order in which they are written.

SQLite guesses how many rows a table gives from figures of yesterday, and knows nothing of one that was empty then: it
would read every case to find the few that wait for somebody. PostgreSQL guesses well and chooses for itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

__all__ = ["InOrder"]


class InOrder(sa.Join):
    """An inner join of which SQLite reads the left side first."""

    inherit_cache = True


@compiles(InOrder, "sqlite")
def _sqlite(join: InOrder, compiler: Any, asfrom: bool = True, **how: Any) -> str:
    """SQLite never moves the sides of a CROSS JOIN, and takes ON with it."""
    left, right = (compiler.process(side, asfrom=True, **how) for side in (join.left, join.right))
    return f"{left} CROSS JOIN {right} ON {compiler.process(join.onclause, **how)}"
