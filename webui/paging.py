"""What a list's address asks for: which page, which words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal, TypeVar

from flask import Request

Value = TypeVar("Value", bound=str)


def page_of(request: Request, name: str = "page") -> int:
    """The page number in the address; 1 for anything that is not one."""
    text = request.args.get(name, "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else 1


def words_of(request: Request, name: str = "q") -> str:
    """Words to seek: at most 100 characters, without what no database could hold and nobody can see."""
    parted = (" " if c.isspace() else c for c in request.args.get(name, "")[:1000])
    return "".join(c for c in parted if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))[:100].strip()


def chosen(request: Request, name: str, allowed: Iterable[Value]) -> Value | Literal[""]:
    """One of the offered values, or nothing."""
    value = request.args.get(name, "")
    return next((one for one in allowed if one == value), "")
