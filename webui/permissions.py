"""Every route says who may come to it. A route that says nothing answers 403, and the app does not start with one.

This is only the outer gate: whether this person may touch this very row is asked inside the verb.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = "everyone"
SIGNED_IN = "signed-in"
KINDS = frozenset({EVERYONE, SIGNED_IN})


def permit(kind: str) -> Callable[[View], View]:
    """Declare who may call a view. Put it below the route decorator."""
    if kind not in KINDS:
        raise ValueError(f"no such permission: {kind}")

    def declare(view: View) -> View:
        view.permission = kind  # type: ignore[attr-defined]
        return view

    return declare


def permission_of(app: Flask, endpoint: str | None) -> str | None:
    """What the route declared; None when it declared nothing or does not exist."""
    view = app.view_functions.get(endpoint or "")
    return getattr(view, "permission", None)


def undeclared(app: Flask) -> list[str]:
    """The endpoints nobody may reach because nobody said who may."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules() if permission_of(app, rule.endpoint) is None})
