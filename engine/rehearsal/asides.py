"""What happens to a petition of the invented city beside its steps: clocks, opinions, notes, letters that came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine import cases
from engine.cases import documents, informants
from engine.cases.records import document
from engine.dates.workdays import local_day
from engine.rehearsal import said
from engine.rehearsal.matters import MATTERS

if TYPE_CHECKING:
    from engine.rehearsal.lives import Life

__all__ = ["after_the_end", "before_the_work", "made_urgent"]

_CONTROL = ("rdec_officer", "planning-rdec")
_SERVICE = ("service_center", "planning-rdec")
_LIMIT = {"petition-online": "PO-D1", "petition-visit-phone": "PV-D1", "petition-written-fax": "PW-D1"}
_WORK = {"petition-online": "PO-08", "petition-visit-phone": "PV-08", "petition-written-fax": "PW-09"}
#: of a hundred petitions so many get a note
_NOTED = 14


def before_the_work(life: Life) -> Iterator[datetime]:
    """Between the unit's yes and its reply."""
    if life.plan.kind == "noted" or life.chance.randrange(100) < _NOTED:
        yield life.later(life.chance.uniform(0.5, 3))
        note = life.act(lambda db, by: cases.note_add(db, life.case_id, life.chance.choice(said.NOTES), **by))
        if life.plan.kind == "noted" and life.chance.randrange(3):  # thought better of it
            yield life.later(0.2)
            life.act(lambda db, by: cases.note_strike(db, note, **by))
    match life.plan.kind.partition("-")[0]:
        case "extension":
            yield from _extension(life)
        case "opinion":
            yield from _opinion(life)
        case "suspended":
            yield from _suspension(life)
        case "informant":
            yield life.later(1)
            _seal(life)
        case "transferred":
            yield life.later(3)
            other, why = _beside(life), "會勘後確認屬該單位權責。"
            life.act(lambda db, by: cases.transfer(db, life.case_id, other, reason=why, **by), _CONTROL)
        case "withdrawn":
            yield life.later(3)
            why = "陳情人來電表示已自行解決，請求撤回。"
            life.act(lambda db, by: cases.withdraw(db, life.case_id, reason=why, **by), _CONTROL)
        case "joined":
            yield life.later(2)
            first, why = life.memory.original, "致電確認後，與前案為同一件事。"
            life.act(lambda db, by: cases.join(db, life.case_id, first, reason=why, **by), _SERVICE)


def after_the_end(life: Life) -> Iterator[datetime]:
    """The case is over; some are not done with."""
    match life.plan.kind:
        case "undeliverable" | "undeliverable-again":
            yield from _came_back(life)
        case "amended":
            yield life.later(5)
            found, why = {"findings": "更正：現場共有兩處，均已一併處理完畢。"}, "勘查紀錄漏列一處。"
            step = _WORK[life.plan.sop]
            life.act(lambda db, by: cases.amend(db, life.case_id, step, answers=found, reason=why, **by))
        case "reopened":
            yield life.later(40)
            why = "完工後再度損壞，原解除列管有誤。"
            life.act(lambda db, by: cases.reopen(db, life.case_id, reason=why, letters_known=True, **by), _CONTROL)
            yield from life.steps()


def made_urgent(life: Life) -> None:
    how, why = life.plan.urgent, "有安全疑慮，請優先處理。"
    life.act(lambda db, by: cases.set_priority(db, life.case_id, how, reason=why, **by), _CONTROL)


def _extension(life: Life) -> Iterator[datetime]:
    yield life.later(life.chance.uniform(4, 9))
    path, length, why = _LIMIT[life.plan.sop], 5 + life.chance.randrange(6), life.chance.choice(said.DELAYS)
    asked = life.act(lambda db, by: cases.ask_extension(db, life.case_id, path, length=length, reason=why, **by))
    if life.plan.kind == "extension-asked":
        return
    yield life.later(life.chance.uniform(2, 6))
    grant = life.plan.kind == "extension-granted"
    decision = life.chance.choice(said.GIVEN) if grant else "屬一般修繕，請於原期限內完成。"
    life.act(
        lambda db, by: cases.decide_extension(db, asked, grant=grant, reason=decision, **by),
        ("unit_head", life.plan.matter.unit),
    )


def _opinion(life: Life) -> Iterator[datetime]:
    yield life.later(life.chance.uniform(2, 5))
    other, question = _beside(life), life.chance.choice(said.QUESTIONS)
    days = 2 if life.plan.kind == "opinion-late" else 4
    until = life.city.office.calendar.add(local_day(life.city.now), days)
    asked = life.act(lambda db, by: cases.ask_opinion(db, life.case_id, other, question, due=until, **by))
    if life.plan.kind == "opinion-given":
        yield life.later(life.chance.uniform(4, 12))
        answer = life.chance.choice(said.ANSWERS)
        life.act(lambda db, by: cases.give_opinion(db, asked, answer, **by), ("officer", other))


def _suspension(life: Life) -> Iterator[datetime]:
    yield life.later(5)
    why = life.chance.choice(said.WAITS)
    life.act(lambda db, by: cases.suspend(db, life.case_id, reason=why, **by))
    if life.plan.kind == "suspended-over":
        yield life.later(30)
        life.act(lambda db, by: cases.proceed(db, life.case_id, reason="資料已補齊。", **by))


def _seal(life: Life) -> None:
    """Nobody of the unit reads who informed, and one colleague who knows the place is kept away."""
    if not life.city.case(life.case_id)["informant"]:
        why = "具名檢舉，依規定密封身分。"
        life.act(lambda db, by: informants.mark(db, life.case_id, reason=why, **by), _CONTROL)
    with life.city.store.look() as db:
        kin = life.person(db, "officer", life.plan.matter.unit, life.plan.officer + 1).id or 0
    why = "與被檢舉場所的負責人有親屬關係。"
    life.act(lambda db, by: informants.exclude(db, life.case_id, kin, reason=why, **by), _CONTROL)


def _came_back(life: Life) -> Iterator[datetime]:
    yield life.later(20)
    sent = (
        sa.select(document.c.id)
        .where(document.c.case_id == life.case_id, document.c.kind.in_(documents.OUTSIDE))
        .order_by(document.c.id.desc())
        .limit(1)
    )
    with life.city.store.look() as db:
        letter = db.execute(sent).scalar_one()
    why, say = "信箱已滿，信件遭退回。", "已電話向陳情人說明回覆內容。"
    life.act(lambda db, by: cases.note_undeliverable(db, letter, why, **by), _CONTROL)
    if life.plan.kind == "undeliverable-again":
        yield life.later(6)
        life.act(lambda db, by: cases.send_again(db, letter, way="phone", reason=say, **by), _CONTROL)


def _beside(life: Life) -> str:
    """A unit whose opinion one would ask."""
    often = {"works-lighting": "police-traffic", "works-roads": "works-lighting", "works-drainage": "works-roads"}
    unit = life.plan.matter.unit
    others = sorted({matter.unit for matter in MATTERS} - {unit})
    return often.get(unit, others[life.plan.n % len(others)])
