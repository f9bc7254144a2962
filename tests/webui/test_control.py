"""The control list and bulk acts at the door: who comes in, what is ticked, what comes back, what a release is."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from odfdo import Document

from engine.cases.desks import oversight, oversight_control
from engine.cases.records import case, item
from engine.office import journal, people
from tests.webui.conftest import HANDLED, TICKED, Office, Page

CONTROL_PAGES = ("/control", "/control/months", "/control.csv", "/control.ods", "/control/months.csv")


def later(office: Office, days: int) -> None:
    """Time passes and everything due rings; everybody signs in anew."""
    office.city.until(office.city.now + timedelta(days=days))
    office.seats.clear()


def verbs(office: Office, case_id: int) -> list[str]:
    with office.city.store.look() as db:
        return [one.verb for one in journal.of(db, f"case:{case_id}")]


def marks(page: Page, name: str) -> list[str]:
    return re.findall(rf'type="checkbox" name="{name}" value="([\d.]+)"', page.source)


def holders(office: Office) -> dict[int, int | None]:
    with office.city.store.look() as db:
        rows = db.execute(sa.select(item.c.case_id, item.c.assignee).where(item.c.status == "open"))
        return {row.case_id: row.assignee for row in rows}


def act(office: Office, seat: str, fields: dict[str, Any], path: str = "/oversight/work") -> Page:
    """Open the list, send its form with these fields; a refused form comes back as it is."""
    action = "/control/follow-up" if path.startswith("/control") else "/oversight/work/acts"
    return office.seat(seat).fill(path, action, fields)


@pytest.mark.parametrize("path", CONTROL_PAGES)
def test_only_the_control_office_has_the_control_list(office: Office, path: str) -> None:
    assert office.seat("control").get(path).status == 200
    for other in ("clerk", "chief", "head"):
        assert office.seat(other).get(path).status == 403


def test_a_case_stays_on_the_list_until_it_is_released_by_its_own_step(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_review()
    text = office.seat("control").get("/control").text
    assert "115-000001" in text and "列管中，0 個工作天" in text and "○ 期限內 115/12/03" in text
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    page = office.seat("control").get("/control")
    assert "已除管" in page.text  # the document is closed, the case is not
    release = f"/cases/{case_id}#item-{office.item(case_id, 'PO-11')}"
    assert f'<a class="button" href="{release}">企劃處審視回覆</a>' in page.source
    office.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
    assert "目前沒有列管中的案件" in office.seat("control").get("/control").text


def test_the_control_list_is_narrowed_by_everything_offered(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    later(office, 8)  # overdue: the follow-up runs, a cycle of its own
    control = office.seat("control")
    cycle = re.findall(r'<option value="(\d+-\w+)"', control.get("/control").source)
    assert len(cycle) == 1
    for asked in ("unit=works-lighting", "sop=petition-online", "days=5", "due=week", "q=115-", f"cycle={cycle[0]}"):
        assert "115-000001" in control.get(f"/control?{asked}").text, asked
    for asked in ("unit=works-roads", "sop=x", "days=7", "due=past", "q=%25", "cycle=9-year", "interim=yes",
                  "reopened=yes"):  # fmt: skip
        assert "115-000001" not in control.get(f"/control?{asked}").text, asked
    for nonsense in ("days=x&due=x&cycle=-&page=-2", "days=9999999&cycle=99999999999999-week", "q=%00%ED%A0%80"):
        assert control.get(f"/control?{nonsense}").status == 200, nonsense
    with office.city.store.act() as db:
        db.execute(case.update().where(case.c.id == case_id).values(reopened_at=office.city.now))
    assert "重新列管" in control.get("/control?reopened=yes").text


def test_a_case_that_waits_for_its_next_follow_up_says_so_and_until_when(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    in_stages = {**HANDLED, "reply_kind": "階段性回覆", "expected_on": "2026-12-31"}
    office.city.complete(case_id, "PO-08", who="lighting1", answers=in_stages)
    later(office, 8)
    office.city.complete(case_id, "PO-FU/FU-07", who="lighting-chief", answers={"reply_check": "核可"})
    assert office.open_steps(case_id) == []
    control = office.seat("control")
    assert "等待下一追蹤期 等到 115/12/10（四）17:00" in control.get("/control").text
    assert "等待下一追蹤期" in control.client.get("/control.csv").data.decode("utf-8-sig")
    words = "目前沒有人要辦的步驟：等待下一追蹤期，等到 115/12/10（四）17:00。"
    assert words in control.get(f"/cases/{case_id}").text


def test_the_sheet_of_the_control_list_is_the_list(office: Office) -> None:
    office.at_officer()
    control = office.seat("control")
    line = control.client.get("/control.csv").data.decode("utf-8-sig").splitlines()[1]
    assert line.startswith("115-000001,路燈不亮,工務處路燈管理科,") and "權責單位處理" in line
    table = Document(io.BytesIO(control.client.get("/control.ods").data)).body.tables[0]
    assert table.get_row(1).get_cell(0).value == "115-000001"


def test_follow_up_notices_go_to_the_ticked_cases_once_a_day(office_on_both: Office) -> None:
    office = office_on_both
    first = office.at_officer()
    ticked = marks(office.seat("control").get("/control"), "case")
    done = act(office, "control", {"case": ticked, "reason": "請說明辦理進度。"}, "/control")
    assert done.status == 303
    assert "已辦理 1 項" in office.seat("control").get(done.location).text
    assert "今天已發追蹤通知" in office.seat("control").get("/control").text
    assert "列管追蹤通知" in office.seat("clerk").get("/notices").text
    again = act(office, "control", {"range": "all", "reason": "請說明。"}, "/control")
    assert "今天已經發過追蹤通知" in office.seat("control").get(again.location).text
    assert verbs(office, first).count("follow_up") == 1
    assert "例研考甲發出追蹤通知給例路燈甲、例路燈乙" in office.seat("clerk").get(f"/cases/{first}").text


def test_the_months_count_by_day_of_what_happened(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_review()
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    office.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
    office.at_officer(location="民權路五號")
    later(office, 8)
    with office.city.store.look() as db:
        seen = oversight.scope(db, people.get(db, "rdec1", office.city.now))
        calendar = office.city.office.calendar
        now, before = oversight_control.months(db, seen, at=office.city.now, calendar=calendar)[:2]
    assert (before.received, before.in_time, before.too_late, before.released, before.in_control) == (2, 1, 0, 1, 1)
    assert (now.received, now.released, now.in_control, now.late) == (0, 0, 1, (1, 0, 0, 0))
    assert "115年11月 2 1 0 1 1" in office.seat("control").get("/control/months").text


def test_as_many_statements_for_one_case_in_control_as_for_many(office_on_both: Office) -> None:
    office = office_on_both
    counted = []
    for more in (1, 5):
        for n in range(more):
            office.at_officer(location=f"第{more}{n}路{n}號")
        asked: list[str] = []
        with office.city.store.look() as db:
            seen = oversight.scope(db, people.get(db, "rdec1", office.city.now))
            sa.event.listen(db, "before_cursor_execute", lambda _c, _u, text, *_, asked=asked: asked.append(text))
            by = {"at": office.city.now, "calendar": office.city.office.calendar}
            oversight_control.control_list(db, seen, oversight_control.Sought(), **by)
            oversight_control.months(db, seen, **by)
        counted.append(len(asked))
        assert not any("case.state" in text for text in asked)
    assert counted[0] == counted[1] == 8


# -- bulk acts at the door


def test_many_are_chosen_given_away_and_taken_back_without_a_script(office_on_both: Office) -> None:
    office = office_on_both
    cases = [office.at_officer(location=f"第{n}路{n}號") for n in range(3)]
    chief = office.seat("chief")
    with office.city.store.look() as db:
        to = people.get(db, "lighting2", office.city.now).id
    narrowed = "/oversight/work?unit=works-lighting&assignee=nobody"
    ticked = marks(chief.get(narrowed), "item")[:2]
    fields = {"act": "assign", "to": to, "item": ticked, "reason": "人力調度"}
    done = chief.fill(narrowed, "/oversight/work/acts", fields)
    assert done.status == 303
    page = chief.get(done.location)
    assert "已辦理 2 項" in page.text and "指派給 例路燈乙" in page.text and "復原 2 項" in page.text
    assert "115-000001 路燈不亮" in page.text and "市政建議" not in page.text
    assert sorted(holders(office).values(), key=str) == [to, to, None]
    address, _, query = done.location.partition("?")
    back = chief.fill(done.location, f"{address}/undo?{query.replace('&', '&amp;')}")
    undone = chief.get(back.location)
    assert "已辦理 2 項" in undone.text and f'href="{narrowed.replace("&", "&amp;")}"' in undone.source
    assert set(holders(office).values()) == {None}
    assert sum(verbs(office, one).count("assign") for one in cases) == 2


@pytest.mark.parametrize("range_", ["page", "all"])
def test_the_page_or_everything_that_fits_is_chosen_in_one(office: Office, range_: str) -> None:
    for n in range(52):
        office.petition(location=f"第{n}路{n}號")
    head = office.seat("control")
    done = head.fill(
        "/oversight/work", "/oversight/work/acts", {"act": "remind", "range": range_, "reason": "請儘速辦理"}
    )
    assert done.status == 303
    assert f"已辦理 {50 if range_ == 'page' else 52} 項" in head.get(done.location).text


def test_a_refused_form_comes_back_with_everything_ticked_and_typed(office: Office) -> None:
    office.at_officer()
    ticked = marks(office.seat("chief").get("/oversight/work"), "item")
    page = act(office, "chief", {"act": "assign", "item": ticked, "reason": "人力調度", "to": ""})
    assert page.status == 422 and "請選擇要指派的人。" in page.text and "人力調度" in page.source
    assert re.search(rf'value="{ticked[0]}" checked', page.source)
    page = act(office, "chief", {"act": "remind", "reason": "  "})
    assert page.status == 422 and "請至少勾選一項。" in page.text and "請說明理由。" in page.text


def test_hostile_choices_do_nothing(office: Office) -> None:
    office.at_officer()
    before = office.everything()
    chief = office.seat("chief")
    for ticked in ("x", "1", "1.", "999.1", "1.1'; --", "9" * 30 + ".1"):
        page = act(office, "chief", {"act": "remind", "item": ticked, "reason": "請辦理"})
        assert page.status == 422, ticked
    assert chief.fill("/oversight/work", "/oversight/work/acts", {"act": "delete", "reason": "x"}).status == 422
    assert chief.fill("/oversight/work", "/oversight/work/acts", {"evil": "1"}).status == 422
    assert office.everything() == before
    assert office.seat("clerk").send("/oversight/work/acts", {"csrf": "x"}).status == 403


def test_anothers_batch_is_not_found(office: Office) -> None:
    office.at_officer()
    ticked = marks(office.seat("chief").get("/oversight/work"), "item")
    done = act(office, "chief", {"act": "remind", "item": ticked, "reason": "請辦理"})
    assert office.seat("head").get(done.location).status == 404
    assert office.seat("clerk").get(done.location).status == 403


def test_a_long_wish_shows_how_far_it_has_come_and_carries_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.pages.oversight_work.AT_ONCE", 2)
    for n in range(5):
        office.at_officer(location=f"第{n}路{n}號")
    chief = office.seat("chief")
    ticked = marks(chief.get("/oversight/work"), "item")
    done = act(office, "chief", {"act": "remind", "item": ticked, "reason": "請辦理"})
    page = chief.get(done.location)
    assert "辦理中：2／5" in page.text and "<progress" in page.source
    chief.fill(done.location, f"{done.location}/go-on", {"part": "yes"})
    assert "辦理中：4／5" in chief.get(done.location).text
    chief.fill(done.location, f"{done.location}/go-on")
    assert "已辦理 5 項" in chief.get(done.location).text
