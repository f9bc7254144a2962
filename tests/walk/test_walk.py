"""Everybody does anything in any order, and after each act the office is what the paper says it is.

The paper is ``model.py``; the engine is driven by its verbs and read by its desks, on both databases.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine import cases
from engine.cases import desks, informants, undoing
from engine.cases.act import Act
from engine.cases.desks.visible import visible
from engine.cases.records import case as case_table
from engine.cases.records import item
from engine.dates import changes
from engine.dates.records import deadline
from engine.errors import Missing, Refusal
from engine.office import absence, people
from engine.office.records import entry
from engine.rehearsal import scenarios
from engine.rehearsal.virtual import Virtual
from engine.store import Connection, Store
from tests.cases.conftest import HANDLED, PETITION, TICKED
from tests.walk.model import (
    ASKED,
    BACK,
    CHIEFS,
    DAY,
    INVALID,
    MISSING,
    NOT_ALLOWED,
    NOT_NOW,
    OK,
    PEOPLE,
    REVIEWS,
    SENT,
    TAIPEI,
    Case,
    Model,
    due_after,
    follow_up_after,
    instant_of,
    work,
)

PROCESSES = Path(__file__).parents[2] / "processes"
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
#: walks on SQLite, walks on PostgreSQL, acts of each: always the same ones, unless they are many
SQLITE, POSTGRESQL, ACTS = (400, 100, 30) if SOAK else (24, 6, 20)
#: Thursday
MORNING = datetime(2026, 11, 26, 9, tzinfo=TAIPEI)
#: who has most to do comes most often
WHO = st.sampled_from([*sorted(PEOPLE), *["lighting1", "rdec1"] * 3, *["lighting-chief", "service1"] * 2])
WHICH = st.integers(0, 5)
#: what a unit says that is late
CAUGHT_UP = {
    "handled": "已辦結", "progress": "已派工更換完成，並持續觀察。", "overdue_reason": "須跨單位協調。",
    "improvement": "增派人力辦理。", "catch_up_on": "2026-12-31", "reply_now": "yes",
    "reply_text": HANDLED["reply_text"],
}  # fmt: skip
#: lines of the journal that nobody's act left
RINGS = ("ring", "linked", "unlinked", "answered")


class OneTransaction:
    """A store whose every act is a part of one transaction, which is given up when the walk is over."""

    def __init__(self, store: Store) -> None:
        self.is_sqlite, self.url = store.is_sqlite, store.url
        self.db = store.engine.connect()
        self.db.begin()

    @contextmanager
    def act(self) -> Iterator[Connection]:
        with self.db.begin_nested():
            yield self.db

    @contextmanager
    def look(self) -> Iterator[Connection]:
        yield self.db

    def close(self) -> None:
        self.db.rollback()
        self.db.close()


class Walk(RuleBasedStateMachine):
    """One office, from a Thursday morning on."""

    city: Virtual

    def __init__(self) -> None:
        super().__init__()
        self.store: Any = OneTransaction(self.city.store)
        self.here = Virtual(self.store, self.city.office, MORNING)
        self.model = Model(MORNING)
        self.actor, self.turn = "", 0
        with self.store.look() as db:
            self.ids = {account: people.get(db, account, MORNING).id or 0 for account in PEOPLE}

    def teardown(self) -> None:
        self.store.close()

    # -- to drive

    def case(self, which: int) -> Case:
        known = list(self.model.cases.values())
        return known[which % len(known)]

    def act(self, who: str, expected: int, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """The verb, and that it passes or is refused as the paper says. A refusal leaves nothing."""
        self.here.now += timedelta(microseconds=1)
        self.model.now, self.actor = self.here.now, who
        before = self._lines()
        try:
            with self.store.act() as db:
                person = people.get(db, who, self.here.now)
                result = verb(db, *given, who=person, at=self.here.now, office=self.here.office, **named)
        except Refusal as refusal:
            said = f"{who} {verb.__name__}: {refusal.status} {refusal.code} {refusal.sentence}"
            assert refusal.status == expected, f"{said}, the paper says {expected}"
            assert refusal.sentence.endswith("。")
            assert self._lines() == before, "a refusal leaves no line"
            return None
        assert expected == OK, f"{who} {verb.__name__} passes, the paper says {expected}"
        return result

    def _lines(self) -> int:
        with self.store.look() as db:
            return int(db.scalar(sa.select(sa.func.count()).select_from(entry)) or 0)

    def _item(self, case: Case, step: str | None = None) -> int:
        newest = sa.select(item.c.id).where(item.c.case_id == case.id, item.c.step == (step or case.step))
        with self.store.look() as db:
            return int(db.scalar(newest.order_by(item.c.id.desc()).limit(1)) or 0)

    # -- petitions come in

    @initialize()
    def two_petitions(self) -> None:
        self.hand_in()
        self.hand_in()

    @precondition(lambda self: len(self.model.cases) < 4)
    @rule()
    def hand_in(self) -> None:
        n = len(self.model.cases)
        answers = {**PETITION, "petitioner_phone": f"0900-002-{n:03}", "location": f"和平街{n}號前"}
        opened = self.here.open_case("petition-online", who="service1", answers=answers, start="PO-S")
        registered = {"receipt_number": "115-A-1", "responsible_unit": "works-lighting"}
        self.here.complete(opened.case_id, "PO-04", who="registry1", answers=registered)
        self.here.complete(opened.case_id, "PO-07", who="lighting1", answers={"ours": "yes"})
        now = self.here.now
        self.model.written.add(opened.case_id)
        self.model.cases[opened.case_id] = Case(opened.case_id, opened.number, now, due_after(now))

    # -- acts on the open step

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def claim(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange or case.over:
            return
        expected = m.of_item(case, who, may=True)
        if expected == OK and case.holder != who and not (case.holder is None and m.holds(case, who)):
            taken = case.holder is not None and (m.holds(case, who) or case.holder in m.selves(case, who))
            expected = NOT_NOW if taken else NOT_ALLOWED
        self.act(who, expected, cases.claim, self._item(case))
        if expected == OK and case.holder != who:
            case.holder, case.touched = who, True
            m.wrote(case, "claim", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO, to=st.sampled_from(["lighting1", "lighting2", "lighting-chief", "roads1"]))
    def assign(self, which: int, who: str, to: str) -> None:
        case, m = self.case(which), self.model
        if case.strange or case.over:
            return
        expected = m.of_item(case, who, may=m.leads(case, who))
        if expected == OK and (PEOPLE[to] != case.seat or m.taker(case, to) != to):
            expected = INVALID
        self.act(who, expected, cases.assign, self._item(case), to=self.ids[to])
        if expected == OK:
            before, case.holder, case.touched = case.holder, to, True
            m.wrote(case, "assign", who, before)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def hand_back(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange or case.over:
            return
        own = case.holder is not None and case.holder in m.selves(case, who)
        expected = m.of_item(case, who, may=own or m.leads(case, who))
        if expected == OK and case.holder is None:
            expected = NOT_NOW
        self.act(who, expected, cases.hand_back, self._item(case), reason="忙碌")
        if expected == OK:
            before, case.holder, case.touched = case.holder, None, True
            m.wrote(case, "hand_back", who, before)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def draft(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange or case.over or case.step != "PO-08":
            return
        expected = m.of_item(case, who, may=m.may_do(case, who))
        self.act(who, expected, cases.save_draft, self._item(case), answers={"findings": "草稿"})
        if expected == OK:
            case.holder, case.drafted_by, case.touched = case.holder or who, who, True
            m.wrote(case, "save_draft", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO, back=st.booleans())
    def complete(self, which: int, who: str, back: bool) -> None:
        self._complete(self.case(which), who, back)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH)
    def complete_by_its_holder(self, which: int) -> None:
        case = self.case(which)
        anybody = next((who for who in PEOPLE if self.model.may_do(case, who)), None)
        if anybody is not None:
            self._complete(case, anybody, back=False)

    def _complete(self, case: Case, who: str, back: bool) -> None:
        m = self.model
        if case.strange or case.over:
            return
        expected = m.of_item(case, who, may=m.may_do(case, who))
        back = back and case.step in REVIEWS
        review = {"answers": {"reply_check": "退回修正" if back else "核可"}, "reason": "請補充" if back else None}
        said: dict[str, dict[str, Any]] = {
            "PO-07": {"answers": {"ours": "yes"}},
            "PO-08": {"answers": HANDLED},
            "PO-09": review,
            "PO-11": {"answers": {"release": "是"}, "checklist": TICKED},
            "PO-FU/FU-04": {"answers": CAUGHT_UP},
            "PO-FU/FU-07": review,
            "PO-FU/FU-05": {"answers": {"release": "同意除管"}, "checklist": TICKED},
        }
        self.act(who, expected, cases.complete, self._item(case), **said[case.step])
        if expected == OK:
            m.completes(case, who, back=back)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def send_back(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        to = BACK.get(case.step)
        if case.strange or case.over or to not in case.done or case.replied:
            return
        expected = m.of_item(case, who, may=m.leads(case, who))
        self.act(who, expected, cases.send_back, self._item(case), to_step=to, reason="請再確認")
        if expected == OK:
            before = case.step
            m.leaves(case)
            m.opens(case, to, None)
            m.wrote(case, "send_back", who, before)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def recall(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange or case.over or case.opener is None:
            return
        step, by = case.opener
        expected = MISSING if not m.sees_done(case, step, who) else OK if by == who else NOT_ALLOWED
        number = self._item(case, step)
        if expected == OK and (case.touched or case.step in SENT):
            expected = NOT_NOW
        self.act(who, expected, cases.recall, number, reason="誤送")
        if expected == OK:
            m.leaves(case)
            m.opens(case, step, None)
            m.wrote(case, "recall", who)

    # -- acts on the whole case

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def withdraw(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange:
            return
        expected = m.of_case(case, who, "rdec1")
        if expected == OK and case.over:
            expected = NOT_NOW
        self.act(who, expected, cases.withdraw, case.id, reason="民眾撤回")
        if expected == OK:
            m.leaves(case)
            m.ends(case, "withdrawn")
            m.wrote(case, "withdraw", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def reopen(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange:
            return
        expected = m.of_case(case, who, "rdec1")
        if expected == OK and (not case.over or case.joined is not None):
            expected = NOT_NOW
        self.act(who, expected, cases.reopen, case.id, reason="誤結")
        if expected == OK:
            self._goes_on(case, "reopen", who)

    def _goes_on(self, case: Case, what: str, who: str) -> None:
        m = self.model
        case.status = "open"
        m.opens(case, case.step, None)
        case.joined = None
        if case.replied:
            case.follow_up = follow_up_after(m.now.astimezone(TAIPEI).date())
        m.wrote(case, what, who)
        if m.late(case) or case.cycle is not None:
            case.strange = True

    @precondition(lambda self: len(self.model.cases) > 1)
    @rule(which=WHICH, onto=WHICH, who=WHO)
    def join(self, which: int, onto: int, who: str) -> None:
        case, other, m = self.case(which), self.case(onto), self.model
        if case.strange or other.strange:
            return
        expected = m.of_case(case, who, "rdec1", "service1")
        if expected == OK and case.over:
            expected = NOT_NOW
        elif expected == OK and (case is other or other.status == "withdrawn" or other.joined is not None):
            expected = INVALID
        self.act(who, expected, cases.join, case.id, other.number, reason="同一事件")
        if expected == OK:
            m.leaves(case)
            m.ends(case, "ended")
            case.joined = other
            m.written.add(other.id)
            m.wrote(case, "join", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def part(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange:
            return
        expected = m.of_case(case, who, "rdec1", "service1")
        if expected == OK and case.joined is None:
            expected = NOT_NOW
        self.act(who, expected, cases.part, case.id, reason="不是同一事件")
        if expected == OK:
            self._goes_on(case, "part", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO, unit=st.sampled_from(["works-lighting", "works-roads"]))
    def transfer(self, which: int, who: str, unit: str) -> None:
        case, m = self.case(which), self.model
        if case.strange:
            return
        expected = m.of_case(case, who, "rdec1")
        if expected == OK and (case.over or case.unit == unit):
            expected = NOT_NOW if case.over else INVALID
        self.act(who, expected, cases.transfer, case.id, unit, reason="屬他單位權責")
        if expected == OK:
            self._goes_to(case, unit, who)

    def _goes_to(self, case: Case, unit: str, who: str) -> None:
        before, moves = case.unit, case.seat[0] == case.unit
        case.unit = unit
        if moves:
            case.holder, case.touched = None, True
        self.model.wrote(case, "transfer", who, before)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO, step=st.sampled_from(["PO-08", "PO-09"]), new=st.booleans())
    def amend(self, which: int, who: str, step: str, new: bool) -> None:
        case, m = self.case(which), self.model
        if case.strange:
            return
        done = case.done.get(step)
        if done is None:
            expected = MISSING
        else:
            expected = NOT_ALLOWED if m.sees_done(case, step, who) else MISSING
            unit, by = done
            if expected == NOT_ALLOWED and (who == by or m.is_chief(case, who, unit)):
                expected = INVALID if not new or step == "PO-09" else OK
        said = {"findings": f"現場勘查確認燈具故障，更正之{case.amended + new}。"} if case.amended or new else {}
        self.act(who, expected, cases.amend, case.id, step, answers=said if step == "PO-08" else {}, reason="誤植")
        if expected == OK:
            case.amended += 1
            m.wrote(case, "amend", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO, level=st.integers(0, 2))
    def priority(self, which: int, who: str, level: int) -> None:
        case, m = self.case(which), self.model
        expected = m.of_case(case, who, "rdec1", *(one for one in CHIEFS if m.is_chief(case, one, case.unit)))
        if expected == OK and (case.over or case.priority == level) and not case.strange:
            expected = NOT_NOW
        if case.strange:
            return
        self.act(who, expected, cases.set_priority, case.id, level)
        if expected == OK:
            before, case.priority = case.priority, level
            m.wrote(case, "set_priority", who, before)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def note(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        expected = OK if m.sees(case, who) else 404
        made = self.act(who, expected, cases.note_add, case.id, text="已電話聯繫。")
        if expected == OK:
            case.notes[made] = (who, False)
            m.wrote(case, "note_add", who)

    @precondition(lambda self: any(case.notes for case in self.model.cases.values()))
    @rule(which=WHICH, who=WHO)
    def strike(self, which: int, who: str) -> None:
        m = self.model
        notes = [(case, number) for case in m.cases.values() for number in case.notes]
        case, number = notes[which % len(notes)]
        by, struck = case.notes[number]
        may = by in m.selves(case, who) or m.is_chief(case, who, case.unit)
        expected = m.of_case(case, who, who if may else "")
        if expected == OK and struck:
            expected = NOT_NOW
        self.act(who, expected, cases.note_strike, number)
        if expected == OK:
            case.notes[number] = (by, True)
            m.wrote(case, "note_strike", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def ask_opinion(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange:
            return
        expected = m.holding(case, who, chief=True)
        if expected == OK and (case.unit == ASKED or case.opinion is not None):
            expected = INVALID if case.unit == ASKED else NOT_NOW
        made = self.act(who, expected, cases.ask_opinion, case.id, ASKED, "請表示意見")
        if expected == OK:
            case.opinion, case.asked_ever = (made, who), True
            m.wrote(case, "ask_opinion", who)

    @precondition(lambda self: any(case.opinion for case in self.model.cases.values()))
    @rule(which=WHICH, who=WHO)
    def give_opinion(self, which: int, who: str) -> None:
        m = self.model
        asked = [case for case in m.cases.values() if case.opinion]
        case = asked[which % len(asked)]
        expected = m.of_case(case, who, "roads1", "roads-chief", "works-head")
        self.act(who, expected, cases.give_opinion, case.opinion[0] if case.opinion else 0, "沒有意見。")
        if expected == OK:
            case.opinion, case.answered = None, True
            m.wrote(case, "give_opinion", who)

    # -- what was done a moment ago is undone

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        case, m = self.case(which), self.model
        what, who, before = case.newest
        if case.strange or not who:
            return
        verb = m.undo(case, who)
        with self.store.look() as db:
            offer = undoing.offered(db, desks.head(db, case.id), people.get(db, who, self.here.now), self.here.now)
        assert (offer.verb if offer else None) == verb, f"{who} undoes {what}"
        if offer is None or verb is None or verb == "amend":
            return
        given, words = self._said(offer)
        self.act(who, OK, getattr(cases, verb), offer.thing, **given, **words)
        if verb == "transfer":
            self._goes_to(case, str(before), who)
        elif verb in ("reopen", "part"):
            self._goes_on(case, verb, who)
        else:
            m.undoes(case, verb, who)

    # -- informants

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def mark(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        expected = m.of_case(case, who, "rdec1", "service1")
        if expected == OK and case.informant:
            expected = NOT_NOW
        self.act(who, expected, informants.mark, case.id, reason="實為檢舉")
        if expected == OK:
            case.informant = True
            m.wrote(case, "mark_informant", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO, whom=st.sampled_from(["lighting1", "lighting2", "lighting-chief", "roads1"]))
    def exclude(self, which: int, who: str, whom: str) -> None:
        case, m = self.case(which), self.model
        if case.strange:
            return
        expected = m.of_case(case, who, "rdec1", "service1")
        if expected == OK and whom in case.excluded:
            expected = NOT_NOW
        self.act(who, expected, informants.exclude, case.id, self.ids[whom], reason="被檢舉人")
        if expected == OK:
            case.excluded.add(whom)
            if not case.over and case.holder == whom:
                case.holder, case.touched = None, True
            if case.drafted_by == whom:
                case.drafted_by = None
            case.left = {step: by for step, by in case.left.items() if by != whom}
            m.wrote(case, "exclude", who)

    @precondition(lambda self: any(case.excluded for case in self.model.cases.values()))
    @rule(which=WHICH, who=WHO)
    def readmit(self, which: int, who: str) -> None:
        m = self.model
        kept = [(case, one) for case in m.cases.values() for one in sorted(case.excluded)]
        case, whom = kept[which % len(kept)]
        expected = m.of_case(case, who, "rdec1", "service1")
        self.act(who, expected, informants.readmit, case.id, self.ids[whom], reason="誤排")
        if expected == OK:
            case.excluded.discard(whom)
            m.wrote(case, "readmit", who)

    # -- time

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO)
    def suspend(self, which: int, who: str) -> None:
        case, m = self.case(which), self.model
        if case.strange or case.follow_up is not None or case.step.startswith("PO-FU"):
            return
        expected = m.holding(case, who, chief=True)
        if expected == OK and (case.stopped is not None or case.replied):
            expected = NOT_NOW
        self.act(who, expected, cases.suspend, case.id, reason="請民眾補件")
        if expected == OK:
            case.stopped = work(m.now)
            m.wrote(case, "suspend", who)

    @precondition(lambda self: any(case.stopped is not None for case in self.model.cases.values()))
    @rule(which=WHICH, who=WHO)
    def proceed(self, which: int, who: str) -> None:
        m = self.model
        still = [case for case in m.cases.values() if case.stopped is not None]
        case = still[which % len(still)]
        if case.strange:
            return
        expected = m.holding(case, who, chief=True)
        self.act(who, expected, cases.proceed, case.id)
        if expected == OK:
            m.goes_on(case)
            m.wrote(case, "proceed", who)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=WHO, days=st.integers(1, 3))
    def ask_extension(self, which: int, who: str, days: int) -> None:
        case, m = self.case(which), self.model
        if case.strange or case.step.startswith("PO-FU") or m.now > case.opened + timedelta(days=12):
            return
        expected = m.holding(case, who, chief=False)
        waits = case.extension is not None or case.extended or case.replied or case.stopped is not None
        if expected == OK and waits:
            expected = NOT_NOW
        made = self.act(who, expected, cases.ask_extension, case.id, "PO-D1", length=days, reason="需現場會勘")
        if expected == OK:
            case.extension = (made, who, days)
            m.wrote(case, "ask_extension", who)

    @precondition(lambda self: any(case.extension for case in self.model.cases.values()))
    @rule(which=WHICH, who=WHO, grant=st.booleans())
    def decide(self, which: int, who: str, grant: bool) -> None:
        m = self.model
        asked = [case for case in m.cases.values() if case.extension]
        case = asked[which % len(asked)]
        if case.strange or case.stopped is not None or case.extension is None:
            return
        number, _, days = case.extension
        expected = m.of_case(case, who, "works-head")
        self.act(who, expected, cases.decide_extension, number, grant=grant, reason="" if grant else "不必")
        if expected == OK:
            case.extension, case.extended = None, grant
            case.due += days * DAY if grant else 0
            m.wrote(case, "grant_extension" if grant else "refuse_extension", who)

    @precondition(lambda self: not self.model.away())
    @rule(days=st.integers(1, 3))
    def be_away(self, days: int) -> None:
        today = self.here.now.astimezone(TAIPEI).date()
        with self.store.act() as db:
            person = people.get(db, "lighting1", self.here.now)
            absence.note(
                db, self.ids["lighting1"], first=today, last=today + timedelta(days=days - 1),
                substitute=self.ids["lighting2"], who=person, at=self.here.now,
            )  # fmt: skip
        midnight = datetime.combine(today + timedelta(days=days), datetime.min.time(), TAIPEI)
        self.model.away_until = midnight
        self.model.written |= self.model.cases.keys()

    @rule(days=st.integers(1, 4))
    def time_passes(self, days: int) -> None:
        day = self.here.now.astimezone(TAIPEI).date() + timedelta(days=days)
        morning = datetime.combine(day, MORNING.time(), TAIPEI)
        self.here.until(morning)
        self.model.passes(self.here.now)

    # -- after each act

    @invariant()
    def the_office_is_what_the_paper_says(self) -> None:
        m, now = self.model, self.here.now
        if not m.written:
            return  # a refusal left no line
        self.turn += 1
        # now and then everything: also what nobody has done anything to
        looked_at = [case for case in m.cases.values() if case.id in m.written or self.turn % 8 == 0]
        m.written.clear()
        strange = {case.id for case in m.cases.values() if case.strange}
        with self.store.look() as db:
            late = {row["case_id"] for row in desks.overdue(db, who=people.SYSTEM, at=now, units=None, size=200).rows}
            readers = sorted(PEOPLE)
            for account in PEOPLE:
                person = people.get(db, account, now)
                for case in looked_at:
                    self._reads(db, case, person)
                if account not in (self.actor, readers[self.turn % len(readers)]):
                    continue  # lists cost most: who acted, and one more in turn
                for view, expected in (("mine", m.mine(account)), ("role", m.free(account))):
                    shown = desks.inbox(db, who=person, at=now, calendar=self.here.office.calendar, soon=2, view=view)  # type: ignore[arg-type]
                    rows = {(row["case_id"], row["step"]) for row in shown.page.rows if row["case_id"] not in strange}
                    assert rows == expected, f"{account} reads {view}: {rows ^ expected}"
                found = set(db.execute(sa.select(case_table.c.id).where(visible(db, person))).scalars()) - strange
                assert found == {case.id for case in m.cases.values() if m.sees(case, account)} - strange
            for case in looked_at:
                self._is(db, case)
            for case in m.cases.values():
                assert case.strange or (case.id in late) is m.late(case), f"{case.number} is late"

    def _reads(self, db: Connection, case: Case, person: Any) -> None:
        m, now = self.model, self.here.now
        try:
            row = desks.seen_by(db, case.id, person)
        except Missing:
            row = None
        seen = m.sees(case, person.account)
        assert (row is not None) is seen, f"{person.account} sees {case.number}"
        if row is None or case.strange:
            return
        undo = undoing.offered(db, row, person, now)
        expected = m.undo(case, person.account)
        assert (undo.verb if undo else None) == expected, f"{case.newest}, undone by {person.account}: {undo}"
        if undo is not None:
            self._undone(undo, person)

    def _undone(self, undo: undoing.Undo, person: Any) -> None:
        """What is offered passes when it is tried; then it is as if nobody had."""
        given, words = self._said(undo)
        db = self.store.db
        savepoint = db.begin_nested()
        try:
            verb = getattr(cases, undo.verb)
            verb(db, undo.thing, who=person, at=self.here.now, office=self.here.office, **given, **words)
        except Refusal as refusal:
            raise AssertionError(f"{person.account} is offered {undo}, and told: {refusal.sentence}") from refusal
        finally:
            savepoint.rollback()

    def _said(self, undo: undoing.Undo) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the page sends with the button, and what the person adds."""
        given = {name: value for name, value in undo.given.items() if not undo.verb.startswith("take_back")}
        if undo.verb == "amend":
            return given, {"reason": "原本沒錯", "answers": {"findings": "現場勘查確認燈具故障，按錯了。"}}
        says_why = undo.verb in ("hand_back", "recall", "reopen", "part", "transfer")
        return given, {"reason": "按錯了"} if says_why else {}

    def _is(self, db: Connection, case: Case) -> None:
        row = db.execute(sa.select(case_table).where(case_table.c.id == case.id)).mappings().one()
        lines = sa.select(entry.c.act_id).where(entry.c.subject == f"case:{case.id}", entry.c.verb.not_in(RINGS))
        acts = list(db.execute(lines).scalars())
        assert len(set(acts)) == len(acts), "one line per act"
        if case.strange:
            return
        assert len(acts) == case.entries, f"{case.number}: {len(acts)} lines"
        assert (row["status"], row["priority"], row["informant"]) == (case.status, case.priority, case.informant)
        still = case.stopped is not None
        assert (row["suspended_at"] is not None) is still, "stands still"
        running = sa.select(deadline).where(deadline.c.case_id == case.id, deadline.c.ended_at.is_(None))
        clocks = {clock["path"]: clock for clock in db.execute(running).mappings() if clock["step"] is None}
        expected = set()
        if not case.over:
            expected |= set() if case.replied else {"PO-D1"}
            expected |= {"reopened"} if case.follow_up is not None else set()
        assert set(clocks) == expected, "the clocks that run"
        if "PO-D1" in clocks:
            assert clocks["PO-D1"]["due_at"] == instant_of(case.due), "the reply is due"
            assert (clocks["PO-D1"]["stopped_at"] is not None) is still
        if "reopened" in clocks:
            assert clocks["reopened"]["due_at"].astimezone(TAIPEI).date() == case.follow_up


@pytest.fixture
def city(store: Store) -> Virtual:
    return scenarios.city(PROCESSES, MORNING, store=store)


def test_everybody_does_anything_and_the_office_is_what_the_paper_says(city: Virtual) -> None:
    walks = SQLITE if city.store.is_sqlite else POSTGRESQL
    run_state_machine_as_test(
        type("Walk", (Walk,), {"city": city}),
        settings=settings(
            max_examples=int(os.environ.get("SOPFLOW_WALKS") or walks), stateful_step_count=ACTS, deadline=None,
            derandomize=not SOAK, database=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if SOAK else (Phase.generate,), print_blob=False,
        ),
    )  # fmt: skip


# -- builds with a mistake in them


def _blind_to_exclusions(patch: pytest.MonkeyPatch) -> None:
    """Whoever is excluded from a case sees it as before."""
    patch.setattr(people.Person, "before", lambda self, case_id: self)


def _forgets_the_time_given_back(patch: pytest.MonkeyPatch) -> None:
    """A clock that stood still runs on to its old date."""
    patch.setattr(changes, "give_back", lambda row, moved, *rest: moved)


def _undoes_for_everybody(patch: pytest.MonkeyPatch) -> None:
    """A request for more time is offered back to its asker when it has been decided."""
    offers = {**undoing._WAYS, "note_strike": lambda db, case, who, line: undoing.Undo("note_strike", "x", 0)}
    patch.setattr(undoing, "_WAYS", offers)


def _writes_two_lines(patch: pytest.MonkeyPatch) -> None:
    """A note leaves its line in the journal twice."""
    finish = Act.finish

    def twice(act: Act, **named: Any) -> int:
        if act.verb == "note_add":
            act.touch(act.case["id"], act.verb, act.effects)
        return finish(act, **named)

    patch.setattr(Act, "finish", twice)


def _lets_the_colleague_finish(patch: pytest.MonkeyPatch) -> None:
    """What one officer holds, another may complete."""
    patch.setitem(people.RULES, "complete", (people._is_free_for, people._is_assignee, people._holds_its_role))


MISTAKES = (
    _blind_to_exclusions, _forgets_the_time_given_back, _undoes_for_everybody, _writes_two_lines,
    _lets_the_colleague_finish,
)  # fmt: skip


def one_walk(city: Virtual) -> None:
    """A petition's way that every one of these mistakes crosses."""
    walk = type("Walk", (Walk,), {"city": city})()
    steps: list[Callable[[], None]] = [
        walk.two_petitions,
        lambda: walk.claim(0, "lighting1"),
        lambda: walk.suspend(0, "lighting1"),
        lambda: walk.time_passes(1),
        lambda: walk.proceed(0, "lighting1"),
        lambda: walk.complete(0, "lighting2", False),
        lambda: walk.note(0, "rdec1"),
        lambda: walk.strike(0, "rdec1"),
        lambda: walk.be_away(1),
        lambda: walk.hand_back(0, "lighting-chief"),
        lambda: walk.time_passes(3),
        lambda: walk.claim(0, "lighting1"),
        lambda: walk.exclude(0, "service1", "lighting2"),
        lambda: walk.complete(0, "lighting1", False),
        lambda: walk.complete(0, "lighting-chief", False),
        lambda: walk.complete(0, "rdec1", False),
        lambda: walk.reopen(0, "rdec1"),
        lambda: walk.join(0, 1, "service1"),
        lambda: walk.part(0, "service1"),
    ]
    _go(walk, steps)


def late_walk(city: Virtual) -> None:
    """Two petitions that are late, one of them in another unit: taken back, sent back, corrected and released."""
    walk = type("Walk", (Walk,), {"city": city})()
    steps: list[Callable[[], None]] = [
        walk.two_petitions,
        lambda: walk.claim(0, "lighting1"),
        lambda: walk.time_passes(4),
        lambda: walk.time_passes(4),
        lambda: walk.complete(0, "lighting2", False),
        lambda: walk.complete(0, "lighting1", False),
        lambda: walk.undo(0),
        lambda: walk.complete(0, "lighting1", False),
        lambda: walk.transfer(1, "rdec1", "works-roads"),
        lambda: walk.claim(1, "roads1"),
        lambda: walk.complete(0, "lighting-chief", True),
        lambda: walk.complete(0, "lighting1", False),
        lambda: walk.send_back(0, "works-head"),
        lambda: walk.complete(0, "lighting1", False),
        lambda: walk.complete(0, "lighting-chief", False),
        lambda: walk.time_passes(1),
        lambda: walk.recall(0, "lighting-chief"),
        lambda: walk.complete(1, "roads1", False),
        lambda: walk.complete(1, "roads-chief", False),
        lambda: walk.complete(0, "service1", False),
        lambda: walk.complete(0, "rdec1", False),
        lambda: walk.complete(1, "rdec1", False),
    ]
    _go(walk, steps)
    assert [case.status for case in walk.model.cases.values()] == ["ended", "ended"]
    assert not any(case.strange for case in walk.model.cases.values())


def _go(walk: Walk, steps: list[Callable[[], None]]) -> None:
    try:
        for step in steps:
            step()
            walk.the_office_is_what_the_paper_says()
    finally:
        walk.teardown()


@pytest.fixture
def small_city(sqlite_store: Store) -> Virtual:
    return scenarios.city(PROCESSES, MORNING, store=sqlite_store)


def test_the_one_walk_goes_well(small_city: Virtual) -> None:
    one_walk(small_city)


def test_what_is_late_goes_its_way_to_the_release(small_city: Virtual) -> None:
    late_walk(small_city)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: str(mistake.__name__).strip("_"))
def test_a_build_with_a_mistake_is_caught(
    small_city: Virtual, mistake: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    with pytest.raises(AssertionError):
        one_walk(small_city)
