"""Inbox, notices, procedures: what each person finds there."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa

from engine.cases import desks
from engine.cases.records import item
from engine.dates.records import deadline
from engine.office import notices, people
from tests.webui.conftest import MORNING, Office


def test_work_of_my_role_waits_to_be_claimed_and_then_is_mine(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    clerk = office.seat("clerk")
    assert "路燈不亮" in clerk.get("/?view=role").text
    assert "目前沒有您的待辦" in clerk.get("/").text
    claimed = clerk.fill("/?view=role", f"/items/{office.item(case_id, 'PO-08')}/claim")
    assert claimed.status == 303
    assert "路燈不亮" in clerk.get("/").text
    assert "路燈不亮" not in office.seat("colleague").get("/?view=role").text


def test_a_stranger_finds_nothing(office: Office) -> None:
    office.at_officer()
    for view in ("mine", "role", "done"):
        assert "路燈不亮" not in office.seat("stranger").get(f"/?view={view}").text


def test_what_i_did_is_kept_for_me(office: Office) -> None:
    office.at_review()
    assert "權責單位處理" in office.seat("clerk").get("/?view=done").text
    assert "權責單位處理" not in office.seat("colleague").get("/?view=done").text


def test_the_soonest_due_comes_first(office_on_both: Office) -> None:
    office = office_on_both
    office.at_officer(subject="先收的案件")
    office.city.now += timedelta(days=1)
    office.at_officer(subject="後收的案件")
    text = office.seat("clerk").get("/?view=role").text
    assert text.index("先收的案件") < text.index("後收的案件")


def test_a_band_tells_how_near_the_date_is_in_words(office: Office) -> None:
    office.at_officer()
    for day, word in ((0, "期限內"), (5, "即將到期"), (7, "今日到期")):
        office.city.now = MORNING + timedelta(days=day)
        office.seats.clear()
        assert word in office.seat("clerk").get("/?view=role").text, day


def test_words_narrow_the_list_and_signs_mean_themselves(office_on_both: Office) -> None:
    office = office_on_both
    office.at_officer()
    clerk = office.seat("clerk")
    assert "115-000001" in clerk.get("/?view=role&q=115-0000").text
    for words in ("%25", "_", "沒有這個", "'; DROP TABLE item;--"):
        assert "115-000001" not in clerk.get(f"/?view=role&q={words}").text
    assert clerk.get("/?view=role&q=%00%ED%A0%80").status == 200
    assert clerk.get("/?view=role&page=99999").status == 200
    assert clerk.get("/?view=nonsense&page=-1&page=x").status == 200


def test_a_long_list_has_pages(office: Office) -> None:
    for n in range(52):
        office.petition(subject=f"第{n}件")
    registrar = office.seat("registrar")
    first, second = registrar.get("/?view=role"), registrar.get("/?view=role&page=2")
    assert "第 1／2 頁，共 52 筆" in first.text
    assert first.source.count("<tr>") - 1 == 50
    assert second.source.count("<tr>") - 1 == 2


def test_a_case_past_its_limit_is_overdue_though_its_step_is_not(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    office.city.until(MORNING + timedelta(days=8))  # the limit rings, the follow-up gives the clerk another week
    assert office.open_steps(case_id) == ["PO-FU/FU-04"]
    office.seats.clear()
    overdue = office.seat("chief").get("/oversight/work?band=late").text
    assert "115/12/03（四）17:00 已逾 1 日" in overdue
    assert "▲ 逾期 已逾 1 日" in office.seat("clerk").get("/?view=role").text
    assert "案件已逾限辦期限" in office.seat("clerk").get(f"/cases/{case_id}").text


def test_past_its_standard_time_a_step_is_never_called_overdue(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_review()
    due = MORNING + timedelta(hours=4)
    with office.city.store.act() as db:
        limit = sa.select(deadline).where(deadline.c.case_id == case_id)
        row = {**db.execute(limit).mappings().one(), "path": "PO-09", "step": "PO-09", "regime": "standard"}
        del row["id"]
        db.execute(deadline.insert(), {**row, "due_at": due})
        db.execute(item.update().where(item.c.status == "open").values(due_at=due))
    office.city.now = MORNING + timedelta(days=1)
    office.seats.clear()
    chief = office.seat("chief")
    for text in (chief.get("/?view=role").text, chief.get(f"/cases/{case_id}").text):
        assert "超過標準工時" in text
        assert "▲" not in text
    assert "路燈不亮" not in chief.get("/oversight/work?band=late").text


def test_a_list_is_one_query_however_long(office: Office) -> None:
    for _ in range(3):
        office.at_officer()
    asked: list[str] = []
    with office.city.store.look() as db:
        clerk = people.get(db, "lighting1", office.city.now)
        sa.event.listen(db, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
        desks.inbox(db, who=clerk, at=office.city.now, calendar=office.city.office.calendar, soon=2)
        desks.overdue(db, who=clerk, at=office.city.now, units=None)
        desks.notices(db, who=clerk)
    assert len(asked) == 4  # the inbox counts its bands first
    assert not any("case.state" in statement for statement in asked)


def test_an_assignment_is_told_and_read(office: Office) -> None:
    case_id = office.at_officer()
    item_id = office.item(case_id, "PO-08")
    with office.city.store.look() as db:
        colleague = people.get(db, "lighting2", office.city.now).id
    assert office.seat("chief").fill(f"/cases/{case_id}", f"/items/{item_id}/assign", {"to": colleague}).status == 303
    seat = office.seat("colleague")
    page = seat.get("/notices")
    assert "1 則未讀" in page.text and "有一項待辦指派給您" in page.text
    notice = re.findall(r"/notices/(\d+)/read", page.source)[0]
    opened = seat.fill("/notices", f"/notices/{notice}/read", {"open": "case"})
    assert (opened.status, opened.location) == (303, f"/cases/{case_id}")
    assert "則未讀" not in seat.get("/notices").text


def test_all_notices_are_read_at_once(office: Office) -> None:
    case_id = office.at_officer()
    item_id = office.item(case_id, "PO-08")
    for account in ("lighting2", "lighting1", "lighting2"):
        with office.city.store.look() as db:
            to = people.get(db, account, office.city.now).id
        office.seat("chief").fill(f"/cases/{case_id}", f"/items/{item_id}/assign", {"to": to})
    assert "2 則未讀" in office.seat("colleague").get("/notices").text
    assert office.seat("colleague").fill("/notices", "/notices/read").status == 303
    assert "則未讀" not in office.seat("colleague").get("/notices").text
    assert "1 則未讀" in office.seat("clerk").get("/notices").text


def test_nobody_reads_anothers_notice(office: Office) -> None:
    case_id = office.at_review()
    with office.city.store.act() as db:
        to = people.get(db, "lighting2", office.city.now).id
        notice = notices.post(db, key="x", to=to, case_id=case_id, kind="reminder", facts={}, at=office.city.now)
    seat = office.seat("stranger")
    csrf = seat.get("/notices").hidden("csrf")
    assert seat.send(f"/notices/{notice}/read", {"csrf": csrf}).status == 404


def test_a_procedure_shows_its_chart_version_and_the_cases_one_may_see(office_on_both: Office) -> None:
    office = office_on_both
    office.at_officer()
    page = office.seat("clerk").get("/procedures/petition-online")
    assert "第 1 版" in page.text and "<svg" in page.source and "權責單位處理" in page.text
    assert "115-000001" in page.text
    assert "115-000001" not in office.seat("stranger").get("/procedures/petition-online").text
    everything = office.seat("clerk").get("/procedures").text
    assert "人民陳情案件管制作業流程" in everything and "共用程序" in everything


def test_an_unknown_procedure_is_not_found(office: Office) -> None:
    page = office.seat("clerk").get("/procedures/no-such-thing")
    assert page.status == 404
    assert "no_such_sop" in page.text
