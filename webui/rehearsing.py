"""A draft's scenarios at the door: walked before the transaction that needs them, no database held meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from engine.cases.operators import OPERATORS
from engine.errors import Missing
from engine.library import drafts, shelf
from engine.library.drafts import Draft, Rehearse
from engine.library.folder import SopFolder
from engine.office import people
from engine.rehearsal import proof
from engine.rehearsal.proof import Proof
from webui import door

__all__ = ["Rehearsed", "ahead", "of", "rehearse"]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """``proof`` None: it could not run, and was not walked. ``draft`` None: what is in force."""

    folder: SopFolder
    draft: Draft | None
    proof: Proof | None


def rehearse() -> Rehearse:
    """For a check inside an act: what ``ahead`` found."""
    calendar, today = door.office().calendar, people.office_day(g.at)
    return lambda db, folder: proof.settled(db, folder, calendar, today)


def of(sop_id: str) -> Rehearsed:
    """The draft's scenarios walked, or those of what is in force where nobody works on one."""
    calendar = door.office().calendar
    with door.look() as db:
        draft = drafts.find(db, sop_id)
        folder = draft.folder if draft is not None else shelf.in_force(db).get(sop_id)
        if folder is None:
            raise Missing("no_such_sop", "查無此作業流程。")
        if draft is not None and not drafts.check(db, draft, operators=OPERATORS).runnable:
            return Rehearsed(folder, draft, None)
        asked = proof.ask(db, folder, calendar, people.office_day(g.at))
    return Rehearsed(folder, draft, proof.prove(asked))


def ahead(sop_id: str) -> None:
    """Walk now what an act is about to ask, if this person may ask it."""
    with door.look() as db:
        draft = drafts.find(db, sop_id)
        may = draft is not None and people.may(db, door.who(), "draft_sop", draft.facts)
    if may:
        of(sop_id)
