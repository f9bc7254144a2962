"""The scenarios of a draft are walked at its check: what no longer walks is a finding, and is in the way."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from engine import clock
from engine.cases.records import document, incident
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import BadSop, Invalid, NotNow
from engine.library import accepting, drafts, publication, reviews, shelf
from engine.library.folder import SopFolder
from engine.office import journal, people
from engine.office.records import notice
from engine.rehearsal import laying, proof, scenarios
from engine.rehearsal.virtual import Virtual
from engine.sops.sop import Finding
from engine.store import Connection, Store
from tests import laid
from tests.cases.test_revising import Revision, revision

__all__ = ["revision"]

AT = datetime(2026, 11, 20, 9, tzinfo=TAIPEI)
SOP = "petition-online"
FOLDER = shelf.folder(laid.PROCESSES)[SOP]
TWO = yaml.safe_dump(yaml.safe_load(FOLDER.scenarios)[:2], allow_unicode=True, sort_keys=False)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_found", {})
    monkeypatch.setattr(proof, "_newest", {})


def city(store: Store) -> Virtual:
    return laid.city(AT, store)


def asking_more(folder: SopFolder, step: str) -> dict[str, str]:
    """Its forms, where this step must be given one thing more."""
    form = json.loads(folder.forms[step])
    form["properties"]["shelf_mark"] = {"title": "檔號", "type": "string", "maxLength": 20}
    form["required"].append("shelf_mark")
    return {**folder.forms, step: json.dumps(form, ensure_ascii=False)}


def walked(made: Virtual, folder: SopFolder, today: date = AT.date()) -> proof.Proof:
    with made.store.look() as db:
        asked = proof.ask(db, folder, made.office.calendar, today)
    return proof.prove(asked)


def test_a_scenario_that_no_longer_walks_is_in_the_way_until_it_is_mended_or_has_its_reason(store: Store) -> None:
    made = city(store)

    def rehearse(db: Connection, folder: SopFolder) -> Sequence[Finding]:
        return proof.settled(db, folder, made.office.calendar, AT.date())

    with store.act() as db:
        owner = people.get(db, "owner", AT)
        drafts.begin(db, SOP, who=owner, at=AT)
        drafts.save(db, SOP, revision=1, scenarios=TWO, who=owner, at=AT)
        moved = re.sub(
            rb'(<bpmndi:BPMNShape id="PO-04.*?height=")[0-9.]+', rb"\g<1>99", FOLDER.bpmn, count=1, flags=re.S
        )
        drafts.save(db, SOP, revision=2, bpmn=moved, who=owner, at=AT)
        draft = drafts.read(db, SOP)
        assert drafts.check(db, draft, rehearse=proof.remembered).findings == drafts.check(db, draft).findings
        with pytest.raises(NotNow, match="還沒有走過"):  # an act waits for no walk
            drafts.check(db, draft, rehearse=rehearse)
    found = walked(made, draft.folder)
    with store.look() as db:
        assert drafts.check(db, draft, rehearse=rehearse).findings == drafts.check(db, draft).findings
    assert [way.name[:4] for way in found.ways] == ["TO-1", "TO-2"] and not any(way.problem for way in found.ways)
    taken = {one.flow.id: one.by for one in found.branches(draft.folder.sop)}
    assert [by for by in taken.values() if by] and [by for by in taken.values() if not by]
    with store.act() as db:
        # where a shape stands changes nothing that runs; a form that asks more does
        drafts.save(db, SOP, revision=3, bpmn=FOLDER.bpmn, who=owner, at=AT)
        assert proof.known(db, drafts.read(db, SOP).folder) is found
        drafts.save(db, SOP, revision=4, forms=asking_more(FOLDER, "PO-04"), who=owner, at=AT)
        draft = drafts.read(db, SOP)
        assert proof.known(db, draft.folder) is None
        walked(made, draft.folder)
        before = drafts.check(db, draft)
        verdict = drafts.check(db, draft, rehearse=rehearse)
        failing, other = [one for one in verdict.findings if one not in before.findings]
        assert (failing.rule, failing.level, failing.element) == ("scenario_fails", "warning", "PO-04")
        for word in ("TO-1", "第 1 步「總收文彙整掛號」", "檔號：這個欄位必填"):
            assert word in failing.message
        assert "TO-2" in other.message and "開不了案" in other.message, "its first case is walked along TO-1"
        with pytest.raises(BadSop) as refused:
            reviews.submit(db, SOP, rehearse=rehearse, who=owner, at=AT)
        assert failing in refused.value.findings
        _approved(db)
        for verb in (publication.publish, publication.publish_in_emergency):
            if verb is publication.publish_in_emergency:
                drafts.put(db, draft, state="first_review")
            reason: dict[str, Any] = {} if verb is publication.publish else {"reason": "不能等"}
            with pytest.raises(BadSop, match="TO-1"):
                verb(db, SOP, rehearse=rehearse, who=owner, at=AT, **reason)
        drafts.put(db, draft, state="draft")
        for mark in (accepting.mark(failing), accepting.mark(other)):
            with pytest.raises(Invalid):
                reviews.accept_warning(db, SOP, mark=mark, reason="照新表。", who=owner, at=AT)
            reviews.accept_warning(db, SOP, mark=mark, reason="情境待改寫。", rehearse=rehearse, who=owner, at=AT)
        reviews.submit(db, SOP, rehearse=rehearse, who=owner, at=AT)
        _approved(db)
        assert publication.publish(db, SOP, rehearse=rehearse, who=owner, at=AT) == 2


def _approved(db: Connection) -> None:
    drafts.put(db, drafts.read(db, SOP), state="approved")


def test_on_its_day_a_version_comes_into_force_only_where_its_scenarios_still_walk(sqlite_store: Store) -> None:
    """They walked when it was published; meanwhile the registry has nobody. Once somebody is there again, it does."""
    made = city(sqlite_store)
    office = replace(made.office, rehearse=proof.settled, walk=proof.walk)
    night = datetime(2026, 11, 23, 0, 1, tzinfo=TAIPEI)
    one = yaml.safe_dump(yaml.safe_load(TWO)[:1], allow_unicode=True)

    def publish_for_monday() -> None:
        with sqlite_store.act() as db:
            owner = people.get(db, "owner", AT)
            draft = drafts.begin(db, SOP, who=owner, at=AT)
            drafts.save(db, SOP, revision=draft.revision, scenarios=one, who=owner, at=AT)
            _approved(db)
            found = drafts.read(db, SOP).folder
        walked(made, found)
        with sqlite_store.act() as db:
            publication.publish(
                db, SOP, effective_on=night.date(), rehearse=office.rehearsed(AT.date()), who=owner, at=AT
            )  # fmt: skip

    def last() -> tuple[str, str]:
        with sqlite_store.look() as db:
            entry = journal.of(db, f"sop:{SOP}")[-1]
            return entry.verb, str(entry.effects.get("why", ""))

    publish_for_monday()
    with sqlite_store.act() as db:
        db.exec_driver_sql("UPDATE membership SET until = '2026-11-22' WHERE role_id = 'registrar'")
    clock.bring_into_force(sqlite_store, night, replace(office, walk=None))
    assert last()[0] == "sop.publish", "what nobody has walked waits for the next tick"
    clock.bring_into_force(sqlite_store, night, office)
    verb, why = last()
    assert verb == "sop.held" and "個情境走不通" in why and "registrar@central-registry" in why
    with sqlite_store.look() as db:
        assert publication.scheduled(db, SOP) is None
        told = db.execute(sa.select(notice.c.facts).where(notice.c.kind == "workshop")).scalars().all()
        assert [one["what"] for one in told] == ["held"]
        assert [row.code for row in db.execute(incident.select())] == ["version_held"]
    with sqlite_store.act() as db:
        db.exec_driver_sql("UPDATE membership SET until = NULL WHERE role_id = 'registrar'")
    publish_for_monday()
    clock.bring_into_force(sqlite_store, night, office)
    assert last()[0] == "sop.in_force"


def test_each_way_of_failing_says_where_and_what_was_expected(sqlite_store: Store) -> None:
    made = city(sqlite_store)
    first = yaml.safe_load(TWO)[0]
    wrong_end = {**first, "name": "甲", "expect": {"end": "PO-E2"}}
    not_passed = {**first, "name": "乙", "expect": {"end": "PO-E1", "steps": ["PO-11", "PO-07"]}}
    nobody = {**first, "name": "丙", "given": {**first["given"], "who": "officer@nowhere"}}
    stuck = {**first, "name": "丁", "steps": [*first["steps"][:2], {"rings": "PO-D9"}]}
    odd = {**first, "name": "戊", "expect": {"deadlines": {"PO-D1": {"weather": "fine"}}}}
    rows = [wrong_end, not_passed, nobody, stuck, odd]
    found = walked(made, replace(FOLDER, scenarios=yaml.safe_dump(rows, allow_unicode=True)))
    said = {one.name: (one.done, one.element, one.problem) for one in found.ways}
    assert said["甲"][:2] == (5, "PO-E2") and "應為 PO-E2，實為 PO-E1" in said["甲"][2]
    assert said["乙"][:2] == (5, "PO-07")
    assert said["丙"][:2] == (0, "PO-S") and "開不了案" in said["丙"][2] and "officer@nowhere" in said["丙"][2]
    assert said["丁"][0] == 2 and "第 3 步" in said["丁"][2]
    assert "讀不懂" in said["戊"][2] and "weather" in said["戊"][2]
    assert [one.level for one in found.findings] == ["warning"] * 5
    twice = yaml.safe_dump([first, {**first, "name": "己"}], allow_unicode=True)
    [together] = walked(made, replace(FOLDER, scenarios=twice, forms=asking_more(FOLDER, "PO-08"))).findings
    assert together.element == "PO-08" and "2 個情境在「權責單位處理」走不下去：檔號" in together.message
    assert "TO-1" in together.message and "、己）" in together.message
    unreadable = walked(made, replace(FOLDER, scenarios="- {name: a, start: S, given: {at: 2026-01-01}, when: 1}"))
    assert unreadable.ways == () and "when" in unreadable.unreadable
    assert [one.rule for one in unreadable.findings] == ["scenarios_unreadable"]


def test_the_offices_are_those_of_today_whenever_the_scenario_plays(sqlite_store: Store) -> None:
    made = city(sqlite_store)
    folder = replace(FOLDER, scenarios=TWO)
    good = walked(made, folder)
    assert walked(made, folder) is good
    with sqlite_store.act() as db:
        db.exec_driver_sql("UPDATE membership SET since = '2026-11-20'")
    with sqlite_store.look() as db:  # they joined after the day on which the scenario plays
        asked = proof.ask(db, folder, Calendar(), AT.date())
    assert not any(way.problem for way in proof.prove(asked).ways)
    with sqlite_store.act() as db:
        db.exec_driver_sql("UPDATE membership SET until = '2026-11-01' WHERE role_id = 'registrar'")
    [first, _] = walked(made, folder).ways
    assert "registrar@central-registry" in first.problem


def test_what_calls_a_shared_procedure_is_walked_with_its_draft(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "MOST_OF_CALLERS", 6)
    made = city(sqlite_store)
    shared = shelf.folder(laid.PROCESSES)["shared-petition-duplicate-check"]
    assert walked(made, shared).findings == ()
    more = {**shared.forms}
    step = next(step for step in more if step.endswith("DC-02"))
    replaced = replace(shared, forms=asking_more(shared, step))
    found = walked(made, replaced).findings
    callers = [one for one in found if one.rule == "caller_scenario_fails"]
    assert callers and all(one.element == shared.id and "TO-2" in one.message for one in callers[:1])
    assert len(callers) <= 6
    with sqlite_store.look() as db:
        before = proof.ask(db, shared, Calendar(), AT.date()), proof.ask(db, replaced, Calendar(), AT.date())
    with sqlite_store.act() as db:
        db.exec_driver_sql("UPDATE sop_version SET scenarios = '' WHERE sop_id = 'petition-online'")
    with sqlite_store.look() as db:
        after = proof.ask(db, shared, Calendar(), AT.date()), proof.ask(db, replaced, Calendar(), AT.date())
    assert (before[0].key == after[0].key, before[1].key == after[1].key) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "x: y", "5", "- 5", "- [a]", "- {name: a", "- {name: a, start: S}", "- {name: 5, start: S, given: {at: x}}",
        "- {name: a, start: S, given: {at: 9999-01-01}}", "- {name: a, start: S, given: {at: 2026-99-99}}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00}, steps: [{step: A}]}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00}, steps: [{step: A, who: x, after: 999999 workday}]}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00}, steps: {}, expect: {}}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00}, expect: {steps: 5}}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00, answers: {a: {b: {c: 1}}}}}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00, answers: {a: .nan}}}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00, cases: [{alias: a}]}}",
        "- {name: \"a\\0\", start: S, given: {at: 2026-11-26T09:00}}",
        "- &a {name: a, start: S, given: {at: 2026-11-26T09:00, answers: *a}}",
        "- {name: a, start: S, given: {at: 2026-11-26T09:00}, steps: [" + "{step: A, who: x}, " * 301 + "]}",
        "[" + "a, " * 201 + "]", "[" * 5000,
        "- &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"- &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(9)
        ),
        "- !!python/object/apply:os.system [id]",
    ],
)  # fmt: skip
def test_a_file_that_is_no_scenario_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        scenarios.read("x", text)
    assert refused.value.sentence.endswith("。") and len(refused.value.sentence) < 300


def test_whatever_stands_in_a_scenario_a_walk_of_it_ends_in_a_finding(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = city(sqlite_store)
    first = yaml.safe_load(TWO)[0]
    rows: list[Any] = []
    for seed in range(40):
        row = json.loads(json.dumps(first, default=str))
        _spoilt(row, random.Random(seed))
        row["name"] = f"第{seed}"
        try:
            scenarios.read(SOP, yaml.safe_dump([row], allow_unicode=True))
        except Invalid:
            continue
        rows.append(row)
    assert len(rows) >= 20
    monkeypatch.setattr(laying, "MOST_ACTS", 4)
    folder = replace(FOLDER, scenarios=yaml.safe_dump([*rows, {**first, "name": "長"}], allow_unicode=True))
    found = walked(made, folder)
    assert len(found.ways) == len(rows) + 1 and "再往下走" in found.ways[-1].problem


def _spoilt(row: Any, choice: random.Random) -> None:
    """One value somewhere in it becomes another kind of thing."""
    holders = [
        row["given"],
        row["given"]["answers"],
        *row["steps"],
        *(s["answers"] for s in row["steps"]),
        row["expect"],
    ]
    holder = choice.choice(holders)
    key = choice.choice(sorted(holder))
    holder[key] = choice.choice(
        ["", "x" * 5000, -1, 10**14, True, None, [], ["x", 5], {}, {"a": "b"}, "2026-02-30", "PO-04", "\u202e", 0.1]
    )


def test_a_case_that_takes_a_draft_along_waits_until_its_scenarios_were_walked(revision: Revision) -> None:
    """And refuses it where one of them fails, as the workshop does."""
    made = revision.city
    made.office = replace(made.office, rehearse=proof.settled)
    revision.draft("各單位每年檢視作業流程，並記下改了什麼。")
    case_id = revision.opened()
    with pytest.raises(NotNow, match="還沒有走過"):
        revision.submitted(case_id)
    with made.store.act() as db:
        owner, draft = people.get(db, "owner", made.now), drafts.read(db, "sop-revision-review")
        [first, *_] = yaml.safe_load(draft.scenarios)
        first["expect"]["end"] = "E2"
        wrong = yaml.safe_dump([first], allow_unicode=True)
        drafts.save(db, draft.sop_id, revision=draft.revision, scenarios=wrong, who=owner, at=made.now)
        draft = drafts.read(db, draft.sop_id)
    walked(made, draft.folder, made.now.date())
    with pytest.raises(BadSop, match="應為 E2"):
        revision.submitted(case_id)
    assert revision.state == "draft"

    def settled(db: Connection, folder: SopFolder) -> Sequence[Finding]:
        return proof.settled(db, folder, made.office.calendar, made.now.date())

    with made.store.act() as db:
        [failing] = settled(db, draft.folder)
        mark = accepting.mark(failing)
        reviews.accept_warning(
            db, draft.sop_id, mark=mark, reason="結局改名。", rehearse=settled, who=owner, at=made.now
        )  # fmt: skip
    revision.submitted(case_id)
    assert revision.state == "first_review"
    with made.store.look() as db:
        facts = db.execute(sa.select(document.c.facts).where(document.c.case_id == case_id)).scalars().all()
    assert any("應為 E2" in one.get("list", "") for one in facts), "the case's own report says what was walked"
