"""Every route says who may come to it. A route that says nothing answers 403, and the app does not start with one.

A route names an audience, or a verb of ``people.RULES``. A verb that concerns no row is asked at the door, before the
view runs; for one that concerns a row only signing in is asked here, and the verb itself asks for that very row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

from engine.errors import NotAllowed
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = "everyone"
SIGNED_IN = "signed-in"
SUPERVISORS = "supervisors"  # 科長、主管: whoever holds a chief role, or stands for one who does
CONTROL_OFFICE = "control-office"
PROCESS_OWNERS = "process-owners"
ADMINISTRATORS = "administrators"

_AUDIENCES: dict[str, Callable[[Person], bool]] = {
    SIGNED_IN: lambda who: True,
    SUPERVISORS: people.is_chief,
    CONTROL_OFFICE: people.in_control_office,
    PROCESS_OWNERS: people.owns_procedures,
    ADMINISTRATORS: lambda who: who.admin,
}


def permit(*kinds: str) -> Callable[[View], View]:
    """Declare who may call a view: audiences or verbs, of which one is enough. Put it below the route decorator."""
    unknown = [kind for kind in kinds if kind != EVERYONE and kind not in _AUDIENCES and kind not in people.RULES]
    if unknown or not kinds:
        raise ValueError(f"no such permission: {unknown}")

    def declare(view: View) -> View:
        view.permission = kinds  # type: ignore[attr-defined]
        return view

    return declare


def brings_files(view: View) -> View:
    """The view's form may bring files, from a signed-in person; every other post is read as plain fields only."""
    view.brings_files = True  # type: ignore[attr-defined]
    return view


def asks_again(view: View) -> View:
    """Who has not typed their password for a while types it again before this act: a visit may have been borrowed."""
    view.asks_again = True  # type: ignore[attr-defined]
    return view


def must_ask_again(app: Flask, endpoint: str | None) -> bool:
    return getattr(app.view_functions.get(endpoint or ""), "asks_again", False)


def may_bring_files(app: Flask, endpoint: str | None) -> bool:
    return bool(getattr(app.view_functions.get(endpoint or ""), "brings_files", False))


def permission_of(app: Flask, endpoint: str | None) -> tuple[str, ...] | None:
    """What the route declared; None when it declared nothing or does not exist."""
    view = app.view_functions.get(endpoint or "")
    return getattr(view, "permission", None)


def unattended(view: View) -> View:
    """What the page itself asks for, with nobody at the keys: it keeps no visit alive, and a visitor gets nothing."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


def is_unattended(app: Flask, endpoint: str | None) -> bool:
    return getattr(app.view_functions.get(endpoint or ""), "unattended", False)


def undeclared(app: Flask) -> list[str]:
    """The endpoints nobody may reach because nobody said who may."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules() if permission_of(app, rule.endpoint) is None})


def belongs(who: Person, audience: str) -> bool:
    """Whether a signed-in person is of this audience."""
    return _AUDIENCES[audience](who)


def admit(db: Connection, who: Person, kinds: tuple[str, ...]) -> None:
    """Passes in silence when one of what the route declared lets the person in; else raises NotAllowed."""
    for kind in kinds:
        if kind in _AUDIENCES:
            if belongs(who, kind):
                return
        elif people.concerns_a_row(kind) or people.may(db, who, kind):
            return
    raise NotAllowed("not_for_you", "這個頁面不在您的職務範圍內。")
