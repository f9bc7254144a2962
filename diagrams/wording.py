"""In whose language a picture speaks: the caller's. Ours are the fixed words; what the SOP says stays as written."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Worded", "as_written"]


class Worded(Protocol):
    """A pattern (``附於「{0}」``) in the reader's language, its holes filled with values as they are."""

    def __call__(self, pattern: str, /, *values: object) -> str: ...


def as_written(pattern: str, /, *values: object) -> str:
    """In Chinese."""
    return pattern.format(*values)
