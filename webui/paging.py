"""What a list's address asks for: which page, which words."""

from __future__ import annotations

from flask import Request


def page_of(request: Request) -> int:
    """The page number in the address; 1 for anything that is not one."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else 1


def words_of(request: Request, name: str = "q") -> str:
    """Words to seek, without what no database could hold."""
    return "".join(c for c in request.args.get(name, "")[:100] if c.isprintable()).strip()
