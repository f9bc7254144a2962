"""Each test opens a database of its own; the SQL text of a statement is made once in a test process all the same.

SQLAlchemy keeps what it compiled by engine and by the engine's dialect, and a new file is a new engine: half of what
most tests did was compiling the statements of the test before. Here all stores of one kind share both.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from sqlalchemy.util import LRUCache

from engine.store import Store

#: kind of database → the dialect of the first engine that was connected, and what was compiled for it
_known: dict[str, tuple[Any, LRUCache[Any, Any]]] = {}


def share() -> None:
    """From now on, in this process."""
    made = Store.__init__

    @wraps(made)
    def with_what_is_known(store: Store, url: Any) -> None:
        made(store, url)
        engine: Any = store.engine
        dialect, compiled = _known.get(engine.name, (None, None))
        if dialect is None or dialect.default_schema_name is None:  # nothing is known of a server nobody has called
            _known[engine.name] = engine.dialect, LRUCache(10_000)
            dialect, compiled = _known[engine.name]
        engine.dialect = engine.pool._dialect = dialect
        engine._compiled_cache = compiled

    Store.__init__ = with_what_is_known  # type: ignore[method-assign]
