"""One case as its page needs it: the facts, the items, the clocks, what was answered, what happened.

Read from columns, answers and the journal; the engine's state is never opened here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import sight
from engine.cases.attachments import COLUMNS
from engine.cases.desks.clocks import levels_signed
from engine.cases.desks.discreet import lines_of
from engine.cases.records import answer, attachment, case, document, draft, incident, item, link, meeting_item
from engine.dates.records import deadline
from engine.errors import Missing
from engine.library.records import bundle, sop, sop_version
from engine.office import people
from engine.office.people import Person
from engine.office.records import entry, notice, unit, vault
from engine.sops.sop import Progress, Spent, StepState
from engine.store import Connection

__all__ = ["CaseFile", "head", "of_item", "people_in", "progress", "read", "seen_by"]

Row = Mapping[str, Any]

_PARENT = case.alias("parent")
_HEAD = (
    sa.select(
        case.c.id, case.c.number, case.c.title, case.c.status, case.c.version, case.c.unit, case.c.type, case.c.channel,
        case.c.received_at, case.c.opened_by, case.c.ended_at, case.c.end, case.c.close_reason, case.c.dispatched_at,
        case.c.released_at, case.c.controlled_at, case.c.suspended_at, case.c.sop_id, case.c.start, case.c.bundle,
        case.c.parent_id, case.c.informant, case.c.priority, case.c.solved, case.c.reopened_at,
        unit.c.name.label("unit_name"), sop.c.name.label("sop_name"), sop.c.in_force,
        vault.c.case_id.is_not(None).label("sealed"), _PARENT.c.number.label("parent_number"),
        bundle.c.versions,
    )
    .join(bundle, bundle.c.hash == case.c.bundle)
    .join(unit, unit.c.id == case.c.unit, isouter=True)
    .join(sop, sop.c.id == case.c.sop_id, isouter=True)
    .join(vault, vault.c.case_id == case.c.id, isouter=True)
    .join(_PARENT, _PARENT.c.id == case.c.parent_id, isouter=True)
    .where(case.c.id == sa.bindparam("case_id"))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything on the page. ``answers`` hold amendments too, oldest first; ``drafts`` by item id."""

    case: Row
    version_number: int | None  # of the SOP version the case is pinned to
    items: Sequence[Row]
    drafts: Mapping[int, Row]
    answers: Sequence[Row]
    deadlines: Sequence[Row]
    entries: Sequence[Row]
    documents: Sequence[Row]
    links: Sequence[Row]
    meetings: Sequence[Row]
    incidents: Sequence[Row]
    people: Mapping[int, str]
    units: Mapping[str, str]
    attachments: Sequence[Row]  # those that were not taken out, without their bytes


def head(db: Connection, case_id: int) -> Row:
    """The facts of one case. Raises Missing when there is none."""
    row = db.execute(_HEAD, {"case_id": case_id}).mappings().first()
    if row is None:
        raise Missing("no_such_case", "查無此案件。")
    return dict(row)


def seen_by(db: Connection, case_id: int, who: Person) -> Row:
    """The facts of a case this person may see: through the case, or through work in it. Raises Missing otherwise."""
    row = head(db, case_id)
    work = sight.pieces(db, case_id)
    facts = {**row, "units": {piece["unit"] for piece in work}}
    if not any(people.may(db, who, "see", piece) for piece in work) and not people.may(db, who, "see", facts):
        people.require(db, who, "see", {**facts, "levels": levels_signed(db, row, who)})
    return facts


def of_item(db: Connection, item_id: int) -> Row:
    """One work item with what its permission is asked by. Raises Missing when there is none."""
    row = db.execute(
        sa.select(
            item, case.c.sop_id, case.c.status.label("case_status"), case.c.unit.label("case_unit"), case.c.number,
            case.c.bundle,
        )
        .join(case, case.c.id == item.c.case_id)
        .where(item.c.id == item_id)
    ).mappings().first()  # fmt: skip
    if row is None:
        raise Missing("no_such_item", "查無此待辦。")
    return dict(row)


def read(db: Connection, case_row: Row, *, who: Person, entries: int = 400) -> CaseFile:
    """The whole file of a case whose ``head`` was read and permitted, with its newest ``entries`` journal lines.

    ``who`` reads it: no linked case they are excluded from is named, and of who is kept away from this one they read
    what they may.
    """
    case_id = case_row["id"]

    def rows(query: sa.Select[Any]) -> Sequence[Row]:
        return [dict(row) for row in db.execute(query).mappings()]

    known = lines_of(db, case_row, who)
    lines = sa.select(entry).where(entry.c.subject == f"case:{case_id}", known.where())
    journal = [known.read(row) for row in rows(lines.order_by(entry.c.seq.desc()).limit(entries))]
    versions = case_row["versions"] or {}
    number = db.execute(
        sa.select(sop_version.c.number).where(sop_version.c.id == versions.get(case_row["sop_id"], 0))
    ).scalar()
    other = case.alias("other")
    items = rows(sa.select(item).where(item.c.case_id == case_id).order_by(item.c.id))
    answers = rows(sa.select(answer).where(answer.c.case_id == case_id).order_by(answer.c.id))
    papers = rows(
        sa.select(document, notice.c.channel, notice.c.state.label("delivery"), notice.c.sent_at, notice.c.proof)
        .join(notice, notice.c.id == document.c.notice_id, isouter=True)
        .where(document.c.case_id == case_id)
        .order_by(document.c.id)
    )
    made = [row for row in papers if row["facts"].get("case") not in who.excluded]  # what other cases handed over
    return CaseFile(
        case=case_row,
        version_number=number,
        items=items,
        drafts={
            row["item_id"]: row
            for row in rows(sa.select(draft).join(item, item.c.id == draft.c.item_id).where(item.c.case_id == case_id))
        },
        answers=answers,
        deadlines=rows(sa.select(deadline).where(deadline.c.case_id == case_id).order_by(deadline.c.id)),
        entries=journal,
        documents=made,
        links=rows(
            sa.select(link.c.kind, link.c.at, other.c.id, other.c.number, other.c.title, other.c.status)
            .join(other, other.c.id == sa.case((link.c.case_id == case_id, link.c.to_id), else_=link.c.case_id))
            .where(sa.or_(link.c.case_id == case_id, link.c.to_id == case_id), people.not_excluded(who, other.c.id))
            .order_by(link.c.at)
        ),
        meetings=rows(sa.select(meeting_item).where(meeting_item.c.case_id == case_id).order_by(meeting_item.c.id)),
        incidents=rows(
            sa.select(incident)
            .where(incident.c.case_id == case_id, incident.c.resolved_at.is_(None))
            .order_by(incident.c.id)
        ),
        attachments=rows(
            sa.select(*COLUMNS)
            .where(attachment.c.case_id == case_id, attachment.c.removed_at.is_(None))
            .order_by(attachment.c.id)
        ),
        people=people.names(
            db, _people_in(case_row, items, answers, journal) | {row["facts"].get("by") for row in made}
        ),
        units={unit_id: known.name for unit_id, known in people.units(db).items()},
    )  # fmt: skip


def _people_in(case_row: Row, items: Sequence[Row], answers: Sequence[Row], journal: Sequence[Row]) -> set[int | None]:
    found: set[int | None] = {case_row["opened_by"]}
    found |= {row[column] for row in items for column in ("assignee", "done_by")}
    found |= {row["by"] for row in answers}
    return found | people_in(journal)


def people_in(journal: Sequence[Row]) -> set[int]:
    """Everybody whom these journal lines name."""
    found: set[int] = {row["by"] for row in journal if row["by"] is not None}
    for line in journal:
        effects = line["effects"] or {}
        named = (effects.get(name) for name in ("assignee", "to", "from", "for", "excluded"))
        found |= {one for one in named if isinstance(one, int)}
        found |= {told for told in effects.get("told", ()) if isinstance(told, int)}
    return found


def progress(
    file: CaseFile, *, at: datetime, waiting: Collection[str] = (), spent: Mapping[str, Spent] | None = None
) -> Progress:  # fmt: skip
    """Where the case stands, for the picture: person steps from the items, the rest from the journal.

    ``waiting``: the call boxes that wait for the cases they opened; ``spent``: how long each step took.
    """
    states: dict[str, StepState] = {}
    visits: dict[str, int] = {}
    for line in reversed(file.entries):
        for path in passed(line):
            states[path] = "done"
            visits[path] = visits.get(path, 0) + 1
    for row in file.items:
        path = row["step"]
        if row["status"] == "open":
            late = row["due_at"] is not None and row["due_at"] < at
            states[path] = "late" if late else "open"
        elif row["status"] == "done":
            states[path] = "done"
        elif states.get(path) not in ("open", "late"):
            states.setdefault(path, "skipped")
        if row["status"] in ("open", "late"):
            parent = path
            while "/" in parent:
                parent = parent.rpartition("/")[0]
                states[parent] = states[path]
    states |= dict.fromkeys(waiting, "waiting")
    return Progress(states, visits, spent or {})


def passed(line: Row) -> list[str]:
    """The step paths an act went through, as its journal line has them."""
    return [str(what) for what in (line["effects"] or {}).get("passed", ())]
