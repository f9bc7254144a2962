"""The pages by noun, one blueprint each. A view reads, asks one thing of the engine, and shows or redirects."""

from __future__ import annotations

from flask import Blueprint

from webui.pages import (
    admin,
    attachments,
    calculator,
    calendar,
    case_acts,
    case_file,
    control,
    finding,
    health,
    inbox,
    importing,
    incidents,
    item_acts,
    joining,
    journal,
    letters,
    notes,
    notices,
    opening,
    opinions,
    oversight,
    oversight_work,
    printing,
    procedures,
    settings,
    sign_in,
    standing,
    time_acts,
    trends,
    undoing,
)

__all__ = ["blueprints"]


def blueprints() -> tuple[Blueprint, ...]:
    return tuple(
        module.pages
        for module in (
            sign_in, inbox, finding, opening, case_file, item_acts, attachments, case_acts, time_acts, notices,
            joining, letters, notes, opinions, standing, undoing, oversight, oversight_work, trends, control,
            procedures, printing, calculator, calendar, settings, health, admin, incidents, journal, importing,
        )
    )  # fmt: skip
