"""One working draft per SOP: begun, saved by whoever saw the newest, taken over, discarded; and what it may hold."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from engine.errors import BadSop, Conflict, Invalid, Missing, NotAllowed, NotNow, Refusal
from engine.library import amendments, drafts, publication
from engine.library.records import sop, sop_draft
from engine.office import journal
from engine.sops import bpmn
from engine.store import Connection
from tests.library.conftest import AT, FORM, Workshop, chart

LATER = AT + timedelta(hours=1)


def verbs(workshop: Workshop, sop_id: str = "review") -> list[str]:
    with workshop.store.look() as db:
        return [entry.verb for entry in journal.of(db, f"sop:{sop_id}")]


def test_a_draft_begins_as_what_is_in_force_and_every_save_is_a_revision_without_an_entry(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        begun = drafts.begin(db, "review", who=who["owner"], at=AT)
    assert (begun.state, begun.revision, begun.based_on, begun.unit) == ("draft", 1, 1, "roads")
    lines = verbs(workshop)
    assert lines[-1] == "sop.begin" and lines.count("sop.begin") == 1
    with workshop.store.act() as db:
        same = drafts.save(db, "review", revision=1, bpmn=begun.bpmn, who=who["owner"], at=LATER)
        assert same == 1
        forms = {"RE-S": FORM}
        assert drafts.save(db, "review", revision=1, bpmn=workshop.chart("改了"), who=who["owner"], at=LATER) == 2
        assert drafts.save(db, "review", revision=2, forms=forms, who=who["owner2"], at=LATER) == 3
    with workshop.store.look() as db:
        kept = drafts.read(db, "review")
    assert kept.folder.sop.nodes["RE-01"].name == "改了"
    assert (dict(kept.forms), kept.revision, kept.changed_at) == (forms, 3, LATER)
    assert set(kept.hands) == {who["owner"].id, who["owner2"].id}
    assert verbs(workshop) == lines


def test_whoever_did_not_see_the_newest_reads_who_saved_when_and_both_texts_are_there(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=who["owner"], at=AT)
        drafts.save(db, "review", revision=1, bpmn=workshop.chart("先存"), who=who["owner2"], at=LATER)
    with pytest.raises(Conflict) as refused, workshop.store.act() as db:
        drafts.save(db, "review", revision=1, bpmn=workshop.chart("後存"), who=who["owner"], at=LATER)
    facts = refused.value.facts
    assert refused.value.code == "draft_stale" and "例流程乙" in refused.value.sentence
    assert (facts["who"], facts["at"], facts["revision"]) == ("例流程乙", LATER, 2)
    assert facts["theirs"].folder.sop.nodes["RE-01"].name == "先存"


def test_reasons_of_two_do_not_write_each_other_over_and_both_have_written_in_the_draft(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        seen = amendments.mark(drafts.begin(db, "review", who=who["owner"], at=AT).reasons)
        amendments.explain(db, "review", {"RE-01": "法規修正"}, seen=seen, who=who["owner2"], at=AT)
    with pytest.raises(Conflict, match="重新開啟"), workshop.store.act() as db:
        amendments.explain(db, "review", {"RE-S": "名稱"}, seen=seen, who=who["owner"], at=LATER)
    with pytest.raises(NotAllowed), workshop.store.act() as db:
        amendments.explain(db, "review", {}, seen=seen, who=who["lights"], at=LATER)
    with workshop.store.look() as db:
        kept = drafts.read(db, "review")
    assert (dict(kept.reasons), set(kept.hands)) == ({"RE-01": "法規修正"}, {who["owner"].id, who["owner2"].id})


def test_process_owners_of_the_unit_or_above_and_administrators_may_the_others_not(workshop: Workshop) -> None:
    for account in ("clerk", "chief", "lights", "rdec1"):
        with pytest.raises(NotAllowed), workshop.store.act() as db:
            drafts.begin(db, "review", who=workshop.people[account], at=AT)
    for account in ("owner2", "central", "admin"):
        with workshop.store.act() as db:
            drafts.begin(db, "review", who=workshop.people[account], at=AT)
            drafts.discard(db, "review", reason="試試", who=workshop.people[account], at=AT)
    with pytest.raises(NotAllowed), workshop.store.act() as db:  # nor by giving it to another unit
        mine = drafts.begin(db, "review", who=workshop.people["owner"], at=AT)
        moved = workshop.chart().replace(b'unit="roads"', b'unit="lights"')
        drafts.save(db, "review", revision=mine.revision, bpmn=moved, who=workshop.people["owner"], at=AT)


def test_who_gave_an_sop_away_does_not_take_it_back_by_an_old_version_and_old_pages_fit_no_new_draft(
    workshop: Workshop,
) -> None:
    who = workshop.people
    moved = workshop.chart("改由路燈科").replace(b'unit="roads"', b'unit="lights"')
    with workshop.store.act() as db:
        first = drafts.begin(db, "review", who=who["owner"], at=AT)
        drafts.save(db, "review", revision=first.revision, bpmn=moved, who=who["central"], at=AT)
        publication.publish_in_emergency(db, "review", reason="改組", operators=(), who=who["central"], at=LATER)
    with pytest.raises(NotAllowed), workshop.store.act() as db:
        drafts.begin(db, "review", number=1, who=who["owner"], at=LATER)
    with workshop.store.act() as db:
        again = drafts.begin(db, "review", number=1, who=who["central"], at=LATER)
    assert again.revision > first.revision
    with pytest.raises(Conflict), workshop.store.act() as db:  # the page of the draft before
        drafts.save(db, "review", revision=first.revision, bpmn=moved, who=who["central"], at=LATER)


def test_there_is_one_draft_and_the_second_to_begin_reads_who_has_it(workshop: Workshop) -> None:
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=workshop.people["owner"], at=AT)
    with pytest.raises(NotNow, match="例流程"), workshop.store.act() as db:
        drafts.begin(db, "review", who=workshop.people["central"], at=AT)
    for wrong in ("nobody", "\x00", "x" * 500):
        with pytest.raises(Missing), workshop.store.look() as db:
            drafts.read(db, wrong)
    with pytest.raises(Missing), workshop.store.act() as db:
        drafts.begin(db, "letters", number=9, who=workshop.people["owner"], at=AT)


HOSTILE = {
    "doctype": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "not_xml": b"<bpmn:definitions",
    "not_bpmn": b"<x/>",
    "empty_file": b"",
    "encoding": b"\xff\xfe<\x00x\x00/\x00>\x00",
    "too_big": b"<x>" + b" " * (2 * 2**20) + b"</x>",
    "sop_id": chart("letters"),
    "duplicate_id": chart("review").replace(b'id="RE-E"', b'id="RE-S"'),
}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_cannot_be_read_is_refused_with_a_finding_and_nothing_is_stored(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    with workshop.store.act() as db:
        begun = drafts.begin(db, "review", who=owner, at=AT)
    for code, data in HOSTILE.items():
        with pytest.raises(BadSop) as refused, workshop.store.act() as db:
            drafts.save(db, "review", revision=1, bpmn=data, who=owner, at=AT)
        assert (refused.value.code, refused.value.findings[0].rule) == (code, code)
    assert refused.value.element == "RE-S"
    files = ({"RE-S": "{"}, {"RE-S": '{"a": 1, "a": 2}'}, {"../x": FORM}, {"": FORM}, {"RE-S": "\ud800"})
    for forms in files:
        with pytest.raises(BadSop), workshop.store.act() as db:
            drafts.save(db, "review", revision=1, forms=forms, who=owner, at=AT)
    for tables in ({"level": "<!DOCTYPE x><x/>"}, {"level": "<x/>"}, {"level": "x" * (2 * 2**20 + 1)}):
        with pytest.raises(BadSop) as refused, workshop.store.act() as db:
            drafts.save(db, "review", revision=1, tables=tables, who=owner, at=AT)
        assert refused.value.element == "level"
    with workshop.store.look() as db:
        assert drafts.read(db, "review") == begun


def test_a_draft_may_break_every_rule_while_it_is_drawn_and_the_check_names_the_elements(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    broken = workshop.chart().replace(b'targetRef="RE-E"', b'targetRef="RE-01"')
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=owner, at=AT)
        drafts.save(db, "review", revision=1, bpmn=broken, who=owner, at=AT)
    with workshop.store.look() as db:
        verdict = drafts.check(db, drafts.read(db, "review"), operators=())
    assert verdict.blocking and {"RE-01", "RE-E"} & {finding.element for finding in verdict.blocking}


def test_the_draft_of_a_shared_procedure_hears_of_the_callers_it_would_break(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    needs = b'<sop:parameter name="why" direction="in" required="true"/></bpmn:extensionElements>'
    with workshop.store.act() as db:
        begun = drafts.begin(db, "review", who=owner, at=AT)
        assert not drafts.check(db, begun, operators=()).blocking
        chart_ = workshop.chart().replace(b"</bpmn:extensionElements>", needs, 1)
        drafts.save(db, "review", revision=1, bpmn=chart_, who=owner, at=AT)
        verdict = drafts.check(db, drafts.read(db, "review"), operators=())
    assert (verdict.findings[0].rule, verdict.findings[0].element) == ("caller_breaks", "review")
    assert "流程 letters" in verdict.findings[0].message and verdict.refusal is not None


def test_a_new_sop_begins_with_an_upright_pool_and_its_code_is_its_own(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    about = {"name": "路燈認養", "unit": "roads", "division": "city", "documentation": "民間認養路燈。"}
    with workshop.store.act() as db:
        begun = drafts.begin_new(db, "lamp-adoption", **about, who=owner, at=AT)
    sop_ = begun.folder.sop
    assert (sop_.name, sop_.sheet.unit, begun.based_on, begun.revision) == ("路燈認養", "roads", None, 1)
    assert bpmn.read(bpmn.write(sop_)) == sop_
    assert b'isHorizontal="false"' in begun.bpmn.encode() and len(sop_.lanes) == 1
    with workshop.store.look() as db:
        assert drafts.check(db, begun, operators=()).blocking  # nothing starts yet
        assert verbs(workshop, "lamp-adoption") == ["sop.begin"]
    for wrong, field in (
        ({"sop_id": "review"}, "id"), ({"sop_id": "../x"}, "id"), ({"sop_id": "A"}, "id"), ({"name": " "}, "name"),
        ({"division": "nowhere"}, "division"), ({"documentation": ""}, "documentation"),
    ):  # fmt: skip
        given = {"sop_id": "lamp-two", **about, **wrong}
        with pytest.raises(Invalid) as refused, workshop.store.act() as db:
            drafts.begin_new(db, given.pop("sop_id"), **given, who=owner, at=AT)
        assert list(refused.value.fields) == [field]
    with pytest.raises(NotAllowed), workshop.store.act() as db:
        drafts.begin_new(db, "lamp-two", **{**about, "unit": "lights"}, who=owner, at=AT)
    with workshop.store.act() as db:
        drafts.discard(db, "lamp-adoption", reason="另案", who=owner, at=AT)
        assert drafts.begin_new(db, "lamp-adoption", **about, who=owner, at=AT).id != begun.id
        assert db.scalar(sa.select(sa.func.count()).select_from(sop).where(sop.c.id == "lamp-two")) == 0


def test_a_draft_whose_author_left_is_taken_over_and_a_discarded_one_stays_readable(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        begun = drafts.begin(db, "review", who=who["owner"], at=AT)
        drafts.take_over(db, "review", reason="調職", who=who["central"], at=LATER)
        taken = drafts.read(db, "review")
        assert (taken.author, set(taken.hands)) == (who["central"].id, {who["owner"].id, who["central"].id})
    with pytest.raises(NotNow), workshop.store.act() as db:
        drafts.take_over(db, "review", reason="再一次", who=who["central"], at=LATER)
    for verb in (drafts.take_over, drafts.discard):
        with pytest.raises(NotAllowed), workshop.store.act() as db:
            verb(db, "review", reason="調職", who=who["clerk"], at=LATER)
        with pytest.raises(Invalid), workshop.store.act() as db:
            verb(db, "review", reason=" ", who=who["owner"], at=LATER)
    with workshop.store.act() as db:
        drafts.discard(db, "review", reason="不改了", who=who["owner"], at=LATER)
    assert verbs(workshop)[-3:] == ["sop.begin", "sop.take_over", "sop.discard"]
    with workshop.store.look() as db:
        assert drafts.find(db, "review") is None
        assert drafts.latest(db, "review", begun.id).state == "discarded"
        assert db.scalar(sa.select(sa.func.count()).select_from(sop_draft)) == 1


def test_of_two_who_begin_and_save_in_the_same_instant_one_wins_and_the_other_reads_who(workshop: Workshop) -> None:
    who = workshop.people

    def together(*acts: Callable[[Connection], object]) -> list[str]:
        """Each act in a transaction of its own, all let go at once; the codes of those refused."""
        ready, refused = threading.Barrier(len(acts), timeout=30), list[str]()

        def one(act: Callable[[Connection], object]) -> None:
            ready.wait()
            try:
                with workshop.store.act() as db:
                    act(db)
            except Refusal as bad:
                refused.append(bad.code)

        threads = [threading.Thread(target=one, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return refused

    begins = [partial(drafts.begin, sop_id="review", who=who[account], at=AT) for account in ("owner", "central")]
    assert together(*begins) == ["draft_exists"]
    saves = [
        partial(drafts.save, sop_id="review", revision=1, bpmn=workshop.chart(account), who=who[account], at=AT)
        for account in ("owner", "central")
    ]
    assert together(*saves) == ["draft_stale"]
    with workshop.store.look() as db:
        kept = drafts.read(db, "review")
    assert kept.revision == 2 and kept.folder.sop.nodes["RE-01"].name in ("owner", "central")
