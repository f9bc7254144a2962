"""Lay-outs that were made before, found again by everything that made them: a chart drawn twice is laid out once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

__all__ = ["forget", "once"]

#: lay-outs of one process; one of 40 steps takes about 200 KB
MOST = 80

T = TypeVar("T")
_kept: dict[str, object] = {}
_lock = Lock()


def once(name: str, make: Callable[[], T]) -> T:
    """What ``make`` gave when it was asked under that name; nobody changes it. The oldest is forgotten."""
    with _lock:
        if name in _kept:
            found = _kept[name] = _kept.pop(name)
            return found  # type: ignore[return-value]
    made = make()
    with _lock:
        _kept[name] = made
        while len(_kept) > MOST:
            _kept.pop(next(iter(_kept)))
    return made


def forget() -> None:
    with _lock:
        _kept.clear()
