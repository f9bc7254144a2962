"""What was costly to make, kept for a while under a name that says everything it was made of."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Kept"]

T = TypeVar("T")


class Kept(Generic[T]):
    """At most ``most`` things of one kind, for every thread of the process; nobody changes them."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._things: dict[str, T] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` gave when it was asked under that name. What was not asked for longest is forgotten."""
        with self._lock:
            if name in self._things:
                found = self._things[name] = self._things.pop(name)
                return found
        made = make()
        with self._lock:
            self._things[name] = made
            while len(self._things) > self._most:
                self._things.pop(next(iter(self._things)))
        return made

    def forget(self) -> None:
        with self._lock:
            self._things.clear()
