"""The read side: what the pages and the command line show. Columns only, never a case's engine state; nothing written.

Whoever calls asks ``people.require`` for the row first; these readers only fetch.
"""

from engine.cases.desks.case_file import CaseFile, head, of_item, people_in, progress, read, seen_by
from engine.cases.desks.clocks import (
    Moment,
    extensions,
    level_of,
    moments,
    newest_per_path,
    suspended,
    suspensions,
    to_decide,
)
from engine.cases.desks.finding import Found, Sought, by_number, choices, find, item_called, number_or_id
from engine.cases.desks.handing_in import Asked, Line, asked_at, asked_by
from engine.cases.desks.lists import Page, overdue, units_watched
from engine.cases.desks.matter import case_of
from engine.cases.desks.notes import notes_of
from engine.cases.desks.notices import notice_of, notices
from engine.cases.desks.opinions import opinions, opinions_in
from engine.cases.desks.pauses import waits_of
from engine.cases.desks.procedures import Procedure, folder_in_force, named, open_cases, procedure, procedures
from engine.cases.desks.spent import spent
from engine.cases.desks.trail import BY, trail
from engine.cases.desks.turned import turned
from engine.cases.desks.visible import not_excluded, visible
from engine.cases.desks.waiting import BANDS, WAITS, Narrowed, Waiting, band_of, edges, inbox

__all__ = [
    "BANDS",
    "BY",
    "WAITS",
    "Asked",
    "CaseFile",
    "Found",
    "Line",
    "Moment",
    "Narrowed",
    "Page",
    "Procedure",
    "Sought",
    "Waiting",
    "asked_at",
    "asked_by",
    "band_of",
    "by_number",
    "case_of",
    "choices",
    "edges",
    "extensions",
    "find",
    "folder_in_force",
    "head",
    "inbox",
    "item_called",
    "level_of",
    "moments",
    "named",
    "newest_per_path",
    "not_excluded",
    "notes_of",
    "notice_of",
    "notices",
    "number_or_id",
    "of_item",
    "open_cases",
    "opinions",
    "opinions_in",
    "overdue",
    "people_in",
    "procedure",
    "procedures",
    "progress",
    "read",
    "seen_by",
    "spent",
    "suspended",
    "suspensions",
    "to_decide",
    "trail",
    "turned",
    "units_watched",
    "visible",
    "waits_of",
]  # fmt: skip
