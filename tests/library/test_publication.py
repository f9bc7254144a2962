"""From an approved draft to what cases run: at once, on a day to come, in an emergency; and out of force again."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from engine import clock
from engine.cases import Office
from engine.cases.records import incident
from engine.dates.workdays import Calendar
from engine.errors import BadSop, Invalid, Missing, NotAllowed, NotNow
from engine.library import accepting, drafts, publication, reviews, shelf
from engine.library.records import sop_version
from engine.office import journal
from engine.office.people import SYSTEM
from engine.sops.sop import Finding
from engine.store import Connection
from tests.library.conftest import AT, Files, Workshop
from tests.library.test_reviews import approve, told

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)


def approved(workshop: Workshop, db: Connection, data: bytes) -> None:
    who = workshop.people
    begun = drafts.begin(db, "review", who=who["owner"], at=AT)
    drafts.save(db, "review", revision=begun.revision, bpmn=data, who=who["owner"], at=AT)
    reviews.submit(db, "review", operators=(), who=who["owner"], at=AT)
    for account in ("chief", "rdec1"):
        approve(workshop, db, account)


def in_force(db: Connection) -> tuple[int, str]:
    row = next(row for row in shelf.listed(db) if row["id"] == "review")
    return row["version"], shelf.in_force(db)["review"].sop.nodes["RE-01"].name


def test_an_approved_draft_is_the_next_version_and_what_came_before_stays(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    with workshop.store.act() as db:
        old = shelf.bundle(db, "letters")
        approved(workshop, db, workshop.chart("改了"))
        lines = len(journal.of(db, "sop:review"))
    with pytest.raises(NotAllowed), workshop.store.act() as db:
        publication.publish(db, "review", operators=(), who=workshop.people["chief"], at=AT)
    with workshop.store.act() as db:
        assert publication.publish(db, "review", operators=(), who=owner, at=AT) == 2
        entries = journal.of(db, "sop:review")
        assert len(entries) == lines + 1
        assert (entries[-1].verb, entries[-1].effects["number"]) == ("sop.publish", 2)
        assert entries[-1].effects["callers"] == ["letters"]
        assert in_force(db) == (2, "改了")
        assert drafts.find(db, "review") is None
        assert shelf.opened(db, old).sops["review"].nodes["RE-01"].name == "辦理"
        assert drafts.begin(db, "review", who=owner, at=AT).based_on == 2


def test_nothing_is_published_without_its_two_reviews(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=owner, at=AT)
    with pytest.raises(NotNow, match="初審"), workshop.store.act() as db:
        publication.publish(db, "review", operators=(), who=owner, at=AT)
    with pytest.raises(Missing), workshop.store.act() as db:
        publication.publish(db, "letters", operators=(), who=owner, at=AT)


def test_a_version_with_a_day_to_come_is_brought_into_force_by_the_clock(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    office = Office(Calendar())
    with workshop.store.act() as db:
        approved(workshop, db, workshop.chart("改了"))
    for wrong in (date(2026, 11, 19), date(2030, 1, 1)):
        with pytest.raises(Invalid), workshop.store.act() as db:
            publication.publish(db, "review", effective_on=wrong, operators=(), who=owner, at=AT)
    with workshop.store.act() as db:
        publication.publish(db, "review", effective_on=MONDAY, operators=(), who=owner, at=AT)
        waiting = publication.scheduled(db, "review")
        assert waiting is not None and (waiting["number"], waiting["effective_on"]) == (2, MONDAY)
        assert in_force(db) == (1, "辦理")
    clock.tick(workshop.store, AT + 2 * DAY, office)
    with workshop.store.look() as db:
        assert in_force(db) == (1, "辦理")
    for later in (3 * DAY, 4 * DAY):
        clock.tick(workshop.store, AT + later, office)
    with workshop.store.look() as db:
        assert in_force(db) == (2, "改了")
        assert [entry.verb for entry in journal.of(db, "sop:review")][-2:] == ["sop.publish", "sop.in_force"]
        row = next(row for row in shelf.listed(db) if row["id"] == "review")
        assert (row["published_at"], row["drafts"]) == (AT + 3 * DAY, 0)


def test_a_version_whose_day_comes_when_it_can_no_longer_run_waits_as_a_draft_and_is_an_incident(
    workshop: Workshop,
) -> None:
    owner = workshop.people["owner"]
    needs = b'<sop:parameter name="why" direction="in" required="true"/></bpmn:extensionElements>'
    with workshop.store.act() as db:
        approved(workshop, db, workshop.chart("改了"))
        publication.publish(db, "review", effective_on=MONDAY, operators=(), who=owner, at=AT)
        broken = workshop.chart("改了").replace(b"</bpmn:extensionElements>", needs, 1)
        waiting = sop_version.update().where(sop_version.c.state == "scheduled")
        db.execute(waiting.values(bpmn=broken.decode(), hash="0" * 64))
    clock.tick(workshop.store, AT + 3 * DAY, Office(Calendar()))
    with workshop.store.look() as db:
        assert in_force(db) == (1, "辦理")
        assert publication.scheduled(db, "review") is None
        last = journal.of(db, "sop:review")[-1]
        assert last.verb == "sop.held" and "流程 letters" in last.effects["why"]
        assert told(db, "held") == ["owner"]
        assert [row.code for row in db.execute(incident.select())] == ["version_held"]
    clock.tick(workshop.store, AT + 4 * DAY, Office(Calendar()))  # and it is not tried again
    with workshop.store.look() as db:
        assert journal.of(db, "sop:review")[-1].id == last.id


def test_what_is_scheduled_can_be_called_off_and_stands_in_the_way_of_another(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        approved(workshop, db, workshop.chart("改了"))
        publication.publish(db, "review", effective_on=MONDAY, operators=(), who=who["owner"], at=AT)
        approved(workshop, db, workshop.chart("又改"))
    with pytest.raises(NotNow, match="排定"), workshop.store.act() as db:
        publication.publish(db, "review", operators=(), who=who["owner"], at=AT)
    for account in ("clerk", "lights"):
        with pytest.raises(NotAllowed), workshop.store.act() as db:
            publication.call_off(db, "review", reason="x", who=who[account], at=AT)
    with pytest.raises(Invalid), workshop.store.act() as db:
        publication.call_off(db, "review", reason="", who=who["owner"], at=AT)
    with workshop.store.act() as db:
        publication.retire(db, "letters", reason="不用了", who=who["owner"], at=AT)
    with pytest.raises(NotNow, match="排定"), workshop.store.act() as db:  # else it would come back on its day
        publication.retire(db, "review", reason="不用了", who=who["owner"], at=AT)
    with workshop.store.act() as db:
        publication.call_off(db, "review", reason="還要再改", who=who["owner"], at=AT)
        assert publication.scheduled(db, "review") is None
        assert journal.of(db, "sop:review")[-1].verb == "sop.call_off"
        assert publication.publish(db, "review", operators=(), who=who["owner"], at=AT) == 3
    with pytest.raises(NotNow), workshop.store.act() as db:
        publication.call_off(db, "review", reason="x", who=who["owner"], at=AT)


def test_an_emergency_is_loud_it_has_a_reason_and_those_who_were_not_asked_are_told(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=who["owner"], at=AT)
        drafts.save(db, "review", revision=1, bpmn=workshop.chart("改了"), who=who["owner"], at=AT)
    with pytest.raises(Invalid), workshop.store.act() as db:
        publication.publish_in_emergency(db, "review", reason=" ", operators=(), who=who["owner"], at=AT)
    with pytest.raises(NotAllowed), workshop.store.act() as db:
        publication.publish_in_emergency(db, "review", reason="急", operators=(), who=who["chief"], at=AT)
    with workshop.store.act() as db:
        number = publication.publish_in_emergency(
            db, "review", reason="法規今日生效", operators=(), who=who["owner"], at=AT
        )
        last = journal.of(db, "sop:review")[-1]
        assert (last.verb, last.reason, number) == ("sop.publish_in_emergency", "法規今日生效", 2)
        assert in_force(db) == (2, "改了")
        assert told(db, "emergency") == ["chief", "rdec1", "rdec2"]
        approved(workshop, db, workshop.chart("再改"))
    with pytest.raises(NotNow), workshop.store.act() as db:
        publication.publish_in_emergency(db, "review", reason="急", operators=(), who=who["owner"], at=AT)


@pytest.mark.parametrize("state", ["draft", "first_review", "second_review", "approved"])
def test_what_fails_anew_during_a_review_stands_for_the_reason_of_the_emergency_in_one_act(
    workshop: Workshop, state: str
) -> None:
    """No taking back first: the warnings are named, kept with the reason, and the act bears a name of its own."""
    owner = workshop.people["owner"]
    fails = Finding("scenario_fails", "warning", "情境「甲」第 1 步走不下去：沒有人擔任 officer@roads", "RE-01")
    wrong = Finding("nothing", "error", "必須修正。", "RE-01")
    said = [fails]
    more: dict[str, Any] = {"operators": (), "rehearse": lambda *_: said, "who": owner, "at": AT}

    def at_once(**despite: list[str]) -> int:
        with workshop.store.act() as db:
            return publication.publish_in_emergency(db, "review", reason="今晚就要用", **despite, **more)

    with workshop.store.act() as db:
        approved(workshop, db, workshop.chart("改了"))
        drafts.put(db, drafts.read(db, "review"), state=state)
        lines = len(journal.of(db, "sop:review"))
    with pytest.raises(NotNow if state == "approved" else BadSop):
        at_once()
    mark = accepting.mark(fails)
    with pytest.raises(Invalid):
        at_once(despite=[mark, "0" * 20])
    said.append(wrong)
    for despite in ([mark], [mark, accepting.mark(wrong)]):
        with pytest.raises((BadSop, Invalid)):
            at_once(despite=despite)
    said.remove(wrong)
    with workshop.store.look() as db:
        assert in_force(db) == (1, "辦理") and accepting.accepted(db, ["review"]) == {"review": {}}
        assert (drafts.read(db, "review").state, len(journal.of(db, "sop:review"))) == (state, lines)
    assert at_once(despite=[mark]) == 2
    with workshop.store.look() as db:
        entries = journal.of(db, "sop:review")
        assert (len(entries), entries[-1].verb) == (lines + 1, "sop.publish_despite_warnings")
        assert entries[-1].reason == "今晚就要用"
        assert entries[-1].effects["kept"] == [{"rule": "scenario_fails", "element": "RE-01"}]
        [row] = accepting.accepted(db, ["review"])["review"].values()
        assert (row["reason"], row["by"]) == ("今晚就要用", owner.id)
        assert in_force(db) == (2, "改了") and "rdec2" in told(db, "emergency")


def test_a_shared_procedure_that_would_break_a_caller_is_not_published(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    needs = b'<sop:parameter name="why" direction="in" required="true"/></bpmn:extensionElements>'
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=owner, at=AT)
        broken = workshop.chart().replace(b"</bpmn:extensionElements>", needs, 1)
        drafts.save(db, "review", revision=1, bpmn=broken, who=owner, at=AT)
    for act in (
        lambda db: reviews.submit(db, "review", operators=(), who=owner, at=AT),
        lambda db: publication.publish_in_emergency(db, "review", reason="急", operators=(), who=owner, at=AT),
    ):
        with pytest.raises(BadSop, match="流程 letters"), workshop.store.act() as db:
            act(db)
    with workshop.store.look() as db:
        assert in_force(db) == (1, "辦理")
        assert drafts.read(db, "review").emergency is None


def test_an_sop_is_looked_over_once_a_year_and_published_anew_begins_the_year_anew(workshop: Workshop) -> None:
    who = workshop.people
    with pytest.raises(NotAllowed), workshop.store.act() as db:
        publication.look_over(db, "review", reason="合宜", who=who["clerk"], at=AT)
    with pytest.raises(Invalid), workshop.store.act() as db:
        publication.look_over(db, "review", reason="", who=who["owner"], at=AT)
    with pytest.raises(Missing), workshop.store.act() as db:
        publication.look_over(db, "nobody", reason="合宜", who=who["owner"], at=AT)
    with workshop.store.act() as db:
        publication.look_over(db, "review", reason="合宜，不必修改", who=who["owner"], at=AT)
        assert journal.of(db, "sop:review")[-1].verb == "sop.look_over"


def test_what_others_call_cannot_be_retired_and_what_is_retired_stays_so_at_the_next_start(
    workshop: Workshop, files: Files
) -> None:
    owner = workshop.people["owner"]
    with pytest.raises(NotNow, match="流程 letters"), workshop.store.act() as db:
        publication.retire(db, "review", reason="不用了", who=owner, at=AT)
    for account in ("clerk", "lights"):
        with pytest.raises(NotAllowed), workshop.store.act() as db:
            publication.retire(db, "letters", reason="不用了", who=workshop.people[account], at=AT)
    with workshop.store.act() as db:
        publication.retire(db, "letters", reason="改由他科辦理", who=owner, at=AT)
        assert journal.of(db, "sop:letters")[-1].verb == "sop.retire"
        publication.retire(db, "review", reason="沒有人引用了", who=owner, at=AT)
    with workshop.store.act() as db:
        assert shelf.load(db, files.root, who=SYSTEM, at=AT).published == ()
        with pytest.raises(Missing):
            shelf.bundle(db, "letters")
        again = drafts.begin(db, "letters", number=1, who=owner, at=AT)  # it calls what is retired
        found = drafts.check(db, again, operators=()).blocking
        assert "LE-01" in {finding.element for finding in found}


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_two_who_publish_at_once_wait_for_each_other_and_none_is_refused(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    central = workshop.people["central"]
    with workshop.store.act() as db:
        for sop_id in ("review", "letters"):
            drafts.begin(db, sop_id, who=central, at=AT)
    together, lock = threading.Barrier(2), shelf.lock

    def both_first(db: Connection) -> None:
        together.wait(30)
        lock(db)

    monkeypatch.setattr(shelf, "lock", both_first)
    done: list[int] = []

    def one(sop_id: str) -> None:
        with workshop.store.act() as db:
            done.append(
                publication.publish_in_emergency(db, sop_id, reason="急", operators=(), who=central, at=AT)
            )  # fmt: skip

    threads = [threading.Thread(target=one, args=(sop_id,)) for sop_id in ("review", "letters")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert done == [2, 2]
