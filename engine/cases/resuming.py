"""A case that was stuck goes on: what stopped it has been mended, somebody with the right says so."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.cases import answers as answering
from engine.cases import incidents, linked
from engine.cases.act import of_case
from engine.cases.opening import begin, long_names
from engine.cases.records import incident
from engine.cases.surroundings import Office
from engine.dates.records import alarm
from engine.errors import NotNow, Stuck
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["resume"]


def resume(db: Connection, case_id: int, *, who: Person, at: datetime, office: Office) -> None:
    """Close the case's incidents and try again what they stopped.

    A case that could not begin begins now, with the answers of its opening; alarms that could not ring are due at once;
    a step that got stuck waits for its clerk, whose answers are its draft. Raises NotNow when nothing is wrong, or when
    it is stuck again: then nothing has changed and the incident stays.
    """
    act = of_case(db, case_id, verb="resume", who=who, at=at, office=office)
    people.require(db, who, "resume", act.case)
    waiting = db.execute(
        sa.select(incident.c.id).where(incident.c.case_id == case_id, incident.c.resolved_at.is_(None))
    ).first()
    if waiting is None or act.case["status"] != "open":
        raise NotNow("nothing_stuck", "這個案件目前沒有異常。")
    incidents.resolve(db, case_id, at=at, by=who.id)
    opening = answering.latest(db, case_id, act.case["start"])
    if not act.case["state"] or not (act.state.tokens or act.state.values):
        form = shelf.form(db, act.case["bundle"], act.case["start"])
        long = long_names(form, opening["answers"])
        accepted = answering.Accepted(dict(opening["answers"]), {}, long, None)
        begin(act, answering.variables(act.projection, "", accepted, opening["id"]))
        if "incident" in act.effects:
            raise NotNow("still_stuck", "案件仍無法繼續，異常尚未排除。")
    try:
        linked.look_again(act)
    except Stuck as stuck:
        raise NotNow("still_stuck", f"案件仍無法繼續：{stuck.sentence}") from stuck
    db.execute(
        alarm.update()
        .where(alarm.c.case_id == case_id, alarm.c.tries > 0, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
        .values(due_at=at)
    )
    act.finish()
