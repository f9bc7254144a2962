"""等待情形: what is open at each step and how long it waits, on the chart, in the list and as a sheet; of no person."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import informants
from engine.cases.desks import procedure
from engine.cases.desks.queues import Queue, Queues, queues
from engine.office import people
from engine.office.records import person
from tests.webui.administration import counted, owner_of
from tests.webui.conftest import HANDLED, Office

WAITING = "/procedures/petition-online/waiting"


def seen(office: Office, sop_id: str = "petition-online", who: str = "rdec1") -> Queues:
    with office.city.store.look() as db:
        sop, reader = procedure(db, sop_id).sop, people.get(db, who, office.city.now)
        return queues(db, sop, who=reader, at=office.city.now, calendar=office.city.office.calendar)


def step(found: Queues, name: str) -> Queue:
    return next(one for one in found.steps if one.id == name)


def claimed(office: Office, case_id: int, path: str, who: str = "lighting1") -> None:
    with office.city.store.act() as db:
        clerk = people.get(db, who, office.city.now)
        cases.claim(db, office.item(case_id, path), who=clerk, at=office.city.now, office=office.city.office)


def test_waiting_ends_where_somebody_takes_the_step_and_its_own_time_begins(office_on_both: Office) -> None:
    office = office_on_both
    city, begun = office.city, office.city.now  # Thursday, 09:00
    case_id = office.petition()
    registered = {"receipt_number": "115-A-1", "responsible_unit": "works-lighting"}
    city.now = begun + timedelta(hours=2)
    city.complete(case_id, "PO-04", who="registry1", answers=registered)  # never taken: two hours of waiting
    city.now = begun + timedelta(hours=3)
    claimed(office, case_id, "PO-07")
    city.now = begun + timedelta(hours=7)  # an hour of them is noon
    city.complete(case_id, "PO-07", who="lighting1", answers={"ours": "yes"})
    found = seen(office)
    registry, check, work = (step(found, name) for name in ("PO-04", "PO-07", "PO-08"))
    assert (registry.waited, registry.took, registry.times, registry.taken) == (2, None, 1, 0)
    assert (check.waited, check.took, check.open, check.standard) == (1, 3, 0, 4)
    assert (work.open, work.free, work.oldest, work.waited) == (1, 1, 0, None)
    claimed(office, case_id, "PO-08")
    assert step(seen(office), "PO-08").free == 0
    with city.store.act() as db:
        clerk = people.get(db, "lighting1", city.now)
        cases.suspend(db, case_id, reason="請補照片。", who=clerk, at=city.now, office=city.office)
    city.now = begun + timedelta(days=1, hours=1)
    with city.store.act() as db:
        clerk = people.get(db, "lighting1", city.now)
        cases.proceed(db, case_id, who=clerk, at=city.now, office=city.office)
    city.now += timedelta(hours=2)
    city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    assert step(seen(office), "PO-08").took == 2, "what stood still is taken off"


def test_what_waits_inside_a_called_procedure_stands_at_its_box_and_on_its_own_chart(office: Office) -> None:
    late, other = office.at_officer(), office.at_officer()
    office.city.until(office.city.now.replace(month=12, day=7))
    assert office.open_steps(late) == office.open_steps(other) == ["PO-FU/FU-04"]
    assert step(seen(office), "PO-FU").open == 2 and step(seen(office), "PO-08").open == 0
    assert step(seen(office, "shared-follow-up"), "FU-04").open == 2
    with office.city.store.act() as db:
        keeper, kept = (people.get(db, one, office.city.now) for one in ("rdec-chief", "rdec2"))
        informants.exclude(
            db, late, kept.id or 0, reason="迴避", who=keeper, at=office.city.now, office=office.city.office
        )  # fmt: skip
    assert step(seen(office, who="rdec2"), "PO-FU").open == 1, "a case they are kept out of is not among them"
    assert step(seen(office), "PO-FU").open == 2


def test_the_page_draws_it_names_nobody_and_is_a_sheet_too(office: Office, hashed: str) -> None:
    case_id = office.at_review()
    claimed(office, case_id, "PO-09", "lighting-chief")
    owner = owner_of(office, hashed)
    page = owner.get(WAITING)
    assert page.status == 200 and "流程圖上的案件" in page.text
    for column in ("目前件數", "等待", "辦理"):
        assert f">{column}</tspan>" in page.source
    assert page.source.count("● 1 件</tspan>") == 2, "on the screen and on paper"
    assert "，目前 1 件<" in page.source
    with office.city.store.look() as db:
        names = set(db.scalars(sa.select(person.c.name))) - {"例流程"}
    sheet = owner.get(f"{WAITING}.csv")
    assert [name for name in names if name in page.text or name in sheet.source] == []
    assert sheet.source.startswith("\ufeff步驟,執行者,目前件數") and "回覆內容核稿,權責單位主管,1," in sheet.source
    empty = owner.get("/procedures/petition-written-fax/waiting")
    assert empty.status == 200 and "還沒有案件" in empty.text
    assert owner.get("/procedures/nothing/waiting").status == 404
    assert office.seat("clerk").get(WAITING).status == office.seat("stranger").get(WAITING).status == 403


def test_a_chief_sees_the_cases_of_their_units_and_what_these_do_in_others_and_no_more(office_on_both: Office) -> None:
    """A case of the lighting section lies there; the registry has done its step of it; roads has nothing of it."""
    office = office_on_both
    case_id = office.at_officer()
    claimed(office, case_id, "PO-08")

    def of(*units: str) -> dict[str, tuple[int, int, int]]:
        with office.city.store.look() as db:
            sop, reader = procedure(db, "petition-online").sop, people.get(db, "rdec1", office.city.now)
            calendar = office.city.office.calendar
            found = queues(db, sop, who=reader, at=office.city.now, calendar=calendar, units=units)
        return {one.id: (one.open, one.free, one.times) for one in found.steps if one.open or one.times}

    everything = of("works-lighting")
    assert everything["PO-08"] == (1, 0, 0) and everything["PO-04"][2] == everything["PO-07"][2] == 1
    assert of("central-registry") == {"PO-04": (0, 0, 1)}, "of another unit's case, only what the registry did"
    assert of("works-roads") == of() == {}


def test_the_page_of_a_chief_says_whose_cases_it_counts_and_leads_nowhere_they_may_not_go(office: Office) -> None:
    office.at_officer()
    chief, head = office.seat("chief").get(WAITING), office.seat("head").get(WAITING)
    assert chief.status == head.status == 200
    assert "只計您督導的單位：工務處路燈管理科。" in chief.text and "工務處路燈管理科" in head.text
    assert "，目前 1 件<" in chief.source and "實際辦理情形" not in chief.text
    assert "目前件數" in office.seat("chief").get(f"{WAITING}.csv").source
    assert "只計您督導的單位" not in office.seat("control").get(WAITING).text
    other = office.seat("other-head").get(WAITING)
    assert "還沒有案件" in other.text and "工務處路燈管理科" not in other.text
    assert "等待情形" in office.seat("chief").get("/procedures/petition-online").text
    assert "等待情形" not in office.seat("clerk").get("/procedures/petition-online").text


@pytest.mark.parametrize("cases_more", [4])
def test_it_asks_the_same_of_few_cases_and_of_many(office: Office, cases_more: int) -> None:
    office.at_review()
    seen(office)
    with counted(office.city.store) as few:
        seen(office)
    for _ in range(cases_more):
        office.at_review()
    with counted(office.city.store) as many:
        seen(office)
    assert len(many) == len(few) <= 14
