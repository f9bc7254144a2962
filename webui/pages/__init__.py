"""The pages by noun, one blueprint each. A view reads, asks one thing of the engine, and shows or redirects."""

from __future__ import annotations

from flask import Blueprint

from webui.pages import (
    absence,
    access,
    admin,
    attachments,
    calculator,
    calendar,
    case_acts,
    case_file,
    control,
    differences,
    drafts,
    duties,
    editor,
    editor_compare,
    editor_forms,
    editor_import,
    editor_limits,
    editor_list,
    editor_parts,
    editor_steps,
    editor_tables,
    finding,
    forms,
    handing_in,
    health,
    importing,
    inbox,
    incidents,
    informants,
    item_acts,
    joining,
    journal,
    language,
    letters,
    manual,
    nominations,
    notes,
    notices,
    opening,
    opinions,
    oversight,
    oversight_work,
    people,
    printing,
    procedure_charts,
    procedure_papers,
    procedure_waiting,
    procedures,
    renewing,
    retention,
    rules,
    settings,
    sign_in,
    standing,
    time_acts,
    trends,
    trial,
    undoing,
    units,
    workshop,
    workshop_acts,
    workshop_files,
    workshop_papers,
    workshop_scenarios,
)

__all__ = ["blueprints"]


def blueprints() -> tuple[Blueprint, ...]:
    return tuple(
        module.pages
        for module in (
            sign_in, inbox, finding, drafts, opening, case_file, item_acts, attachments, case_acts, time_acts, notices,
            joining, handing_in, letters, notes, opinions, standing, undoing, oversight, oversight_work, trends,
            control, procedures, rules, printing, calculator, calendar, duties, settings, health, admin, incidents,
            journal, importing, informants, absence, forms, people, nominations, units, access, retention, language,
            editor, editor_compare, editor_forms, editor_import, editor_limits, editor_list, editor_parts, editor_steps,
            editor_tables, workshop, workshop_acts, workshop_files, workshop_papers, workshop_scenarios, renewing,
            trial,
            procedure_charts, procedure_papers, procedure_waiting, manual, differences,
        )
    )  # fmt: skip
