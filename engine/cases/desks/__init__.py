"""The read side: what the pages and the command line show. Columns only, never a case's engine state; nothing written.

Whoever calls asks ``people.require`` for the row first; these readers only fetch.
"""

from engine.cases.desks.case_file import CaseFile, head, of_item, progress, read, seen_by
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
from engine.cases.desks.lists import Late, Page, inbox, overdue, overdue_by_unit, units_watched
from engine.cases.desks.notices import notice_of, notices
from engine.cases.desks.procedures import Procedure, folder_in_force, open_cases, procedure, procedures

__all__ = [
    "CaseFile", "Late", "Moment", "Page", "Procedure", "extensions", "folder_in_force", "head", "inbox", "level_of",
    "moments", "newest_per_path", "notice_of", "notices", "of_item", "open_cases", "overdue", "overdue_by_unit",
    "procedure", "procedures", "progress", "read", "seen_by", "suspended", "suspensions", "to_decide", "units_watched",
]  # fmt: skip
