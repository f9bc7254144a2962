"""A case on paper, and the official forms filled from it: what is known stands there, the rest is left for the hand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import child, document
from engine.library import register
from engine.office import journal
from engine.office.people import SYSTEM
from tests.cases.linked_city import REPORT, publish
from tests.cases.test_crossing import REGISTER, asks, tells
from tests.webui.conftest import HANDLED, PETITION, PROCESSES, TICKED, Office, Page


def documents(office: Office, case_id: int) -> dict[str, int]:
    with office.city.store.look() as db:
        rows = db.execute(sa.select(document.c.kind, document.c.id).where(document.c.case_id == case_id)).all()
    return {row.kind: row.id for row in rows}


def released(office: Office) -> int:
    case_id = office.at_review()
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    office.city.complete(
        case_id, "PO-11", who="rdec1", answers={"release": "是", "solved": "yes"}, checklist=TICKED
    )  # fmt: skip
    return case_id


def overdue(office: Office) -> int:
    case_id = office.at_officer(subject="水溝堵塞", location="民權路五號", body="水溝堵塞已經一週，請派員清理。")
    office.city.until(office.city.now + timedelta(days=12))
    if "PO-FU/FU-01" in office.open_steps(case_id):
        office.city.complete(case_id, "PO-FU/FU-01", who="rdec1", answers={"difficulty": "一般"})
    return case_id


def cell(page: Page, label: str) -> str:
    """What stands in the field of that label."""
    found = re.search(rf'<th scope="row"[^>]*>{re.escape(label)}</th><td[^>]*>(.*?)</td>', page.source, re.S)
    assert found, f"no field {label}"
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def test_the_printed_case_holds_facts_clocks_answers_documents_and_history_in_our_years(office: Office) -> None:
    case_id = released(office)
    page = office.seat("clerk").get(f"/cases/{case_id}/print")
    assert page.status == 200
    for said in (
        PETITION["subject"],
        PETITION["body"],
        HANDLED["findings"],
        HANDLED["reply_text"],
        "回覆函",
        "民國115年",
    ):
        assert said in page.text
    assert "為什麼" not in page.text and "起算" in page.text, "the working stands there unfolded"
    assert page.source.count("<svg") == 2 + page.source.count('class="chart-page"'), "both clocks, and the chart"
    assert page.source.count('class="chart-page"') > 1, "on pages"
    history = page.text[page.text.rindex("歷程") :]
    assert history.index("登錄了這件案件") < history.index("核可"), "history in the order of time"
    assert "例民眾" not in page.text and "另行保管" in page.text


def test_the_petitioner_is_printed_for_a_right_and_a_reason_with_one_entry(office: Office) -> None:
    case_id = office.at_officer()
    clerk = office.seat("clerk")
    path = f"/cases/{case_id}/print"
    csrf = clerk.get(path).hidden("csrf")
    refused = clerk.send(path, {"csrf": csrf, "reason": " "})
    assert refused.status == 422 and "例民眾" not in refused.text and "理由" in refused.text
    with office.city.store.look() as db:
        before = len(journal.of(db, f"case:{case_id}"))
    shown = clerk.send(path, {"csrf": csrf, "reason": "寄送紙本回覆"})
    assert "例民眾" in shown.text
    assert shown.answer.headers["Cache-Control"] == "no-store"
    with office.city.store.look() as db:
        lines = journal.of(db, f"case:{case_id}")
    assert (len(lines), lines[-1].verb) == (before + 1, "identity.open")
    record = f"/cases/{case_id}/forms/{documents(office, case_id)['case-record']}"
    assert cell(clerk.get(record), "陳情人") == "依權限查閱"
    assert cell(clerk.send(record, {"csrf": csrf, "reason": "寄送紙本回覆"}), "陳情人") == "例民眾"


def test_clerk_and_colleague_print_a_stranger_finds_nothing(office: Office) -> None:
    case_id = released(office)
    number = documents(office, case_id)["release-record"]
    paths = [f"/cases/{case_id}/print", f"/cases/{case_id}/forms/{number}", f"/cases/{case_id}/forms/release-checklist"]
    for path in paths:
        assert [office.seat(who).get(path).status for who in ("clerk", "colleague", "stranger")] == [200, 200, 404]
        csrf = office.seat("stranger").get("/").hidden("csrf")
        asked = office.seat("stranger").send(path, {"csrf": csrf, "reason": "好奇"})
        assert asked.status == 404 and "例民眾" not in asked.text
    other = office.at_officer(subject="水溝堵塞", location="民權路五號", body="水溝堵塞已經一週，請派員清理。")
    for missing in (
        f"/cases/{other}/forms/{number}",
        f"/cases/{case_id}/forms/no-such-form",
        f"/cases/{other}/forms/9",
    ):
        assert office.seat("clerk").get(missing).status == 404


def test_the_checklist_of_a_release_shows_what_was_ticked_and_who_released(office: Office) -> None:
    case_id = released(office)
    page = office.seat("control").get(f"/cases/{case_id}/forms/{documents(office, case_id)['release-record']}")
    assert page.source.count("☑") == len(TICKED) and "☐" not in page.source
    assert "陳情各點均有回應" in page.text
    assert cell(page, "是否解除列管") == "同意解除列管" and cell(page, "問題是否解決") == "已解決"
    assert cell(page, "審視人") and cell(page, "解除列管").startswith("民國115年")
    waiting = office.at_officer(subject="水溝堵塞", location="民權路五號", body="水溝堵塞已經一週，請派員清理。")
    office.city.complete(waiting, "PO-08", who="lighting1", answers=HANDLED)
    office.city.complete(waiting, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    empty = office.seat("control").get(f"/cases/{waiting}/forms/release-checklist")
    assert empty.source.count("☐") == len(TICKED) and "☑" not in empty.source
    assert cell(empty, "審視意見") == ""


def test_what_a_box_hands_over_is_read_on_both_sides_and_by_nobody_else(office: Office) -> None:
    role = b'role="rdec_officer" unit="fixed:planning-rdec"'
    with office.city.store.act() as db:
        register.load(db, REGISTER, who=SYSTEM, at=office.city.now)
        publish(db, tells("sheet"), {"U1": REPORT}, shared=True)
        publish(db, asks().replace(b'role="officer" unit="fixed:planning"', role))
    case_id = office.city.open_case("asks", who="rdec1", answers={}).case_id
    units = ["works-lighting", "works-drainage"]
    office.city.complete(case_id, "A", who="rdec1", answers={"asked": units, "subject": "路燈數量"})
    with office.city.store.look() as db:
        opened = sa.select(child.c.case_id).where(child.c.parent_id == case_id).order_by(child.c.position)
        lighting, drainage = db.scalars(opened)
    beside = office.seat("clerk").get(f"/cases/{lighting}")
    handed = f"/cases/{lighting}/forms/{documents(office, lighting)['handed-in']}"
    assert "函請提報（A-01）" in beside.text and beside.source.count(f'href="{handed}"') == 2, (
        "in the list, at the step"
    )
    read = office.seat("clerk").get(handed)
    assert cell(read, "主題") == "路燈數量" and f'href="/cases/{lighting}"' in read.source
    assert office.seat("clerk").get(f"/cases/{case_id}").status == 404, "the paper, not the case it is from"
    assert office.seat("stranger").get(handed).status == 404
    csrf = beside.hidden("csrf")
    assert office.seat("clerk").send(handed, {"csrf": csrf, "reason": "查看"}).status in (403, 404)
    for one, who, figure in ((lighting, "lighting1", 7), (drainage, "drainage1", 2)):
        office.city.complete(one, "U1", who=who, answers={"figure": figure})
        office.city.complete(one, "U2", who=who, answers={})
    listed = office.seat("control").get(f"/cases/{case_id}").text
    assert listed.count("各單位報告（B-02）－工務處路燈管理科") == listed.count("（B-02）－工務處下水道科") == 2
    assert "函請提報（A-01）　第 1 版".replace("　", " ") in listed
    back = office.seat("control").get(f"/cases/{case_id}/forms/{documents(office, case_id)['handed-back']}")
    assert cell(back, "數字") == "2"


def test_a_form_is_printed_blank_where_its_layout_is_kept(office: Office) -> None:
    for who in ("clerk", "colleague", "stranger"):
        page = office.seat(who).get("/forms/petition-record/blank")
        assert page.status == 200 and cell(page, "辦理情形") == ""
    with office.city.store.act() as db:
        register.load(db, (PROCESSES / "forms.yaml").read_text("utf-8"), who=SYSTEM, at=office.city.now)
    sheet = office.seat("clerk").get("/procedures/petition-visit-phone/sheet")
    assert 'href="/forms/petition-record/blank"' in sheet.source
    none = office.seat("clerk").get("/forms/handling-report/blank")
    assert none.status == 404 and "這份表單沒有留存空白表單。" in none.text


def test_each_follow_up_sheet_holds_its_own_round_and_the_next_starts_empty(office: Office) -> None:
    case_id = overdue(office)
    with office.city.store.act() as db:
        register.load(db, (PROCESSES / "forms.yaml").read_text("utf-8"), who=SYSTEM, at=office.city.now)
    clerk = office.seat("clerk")
    first = documents(office, case_id)["follow-up-sheet"]
    path = f"/cases/{case_id}/forms/{first}"
    sheet = clerk.get(path)
    assert "嘉義市政府受理民眾陳情案件﹙電子郵件﹚後續（逾期）辦理情形追蹤表" in sheet.text
    assert cell(sheet, "追蹤次別") == "第 1 次"
    assert cell(sheet, "辦理情形") == "", "to be filled by hand"
    office.city.complete(
        case_id, "PO-FU/FU-04", who="lighting1",
        answers={"progress": "已派工，等候材料。", "overdue_reason": "缺料", "reply_now": "no", "handled": "未辦結"},
    )  # fmt: skip
    office.city.until(office.city.now + timedelta(days=10))
    office.seats.clear()  # everybody's visit is over
    clerk = office.seat("clerk")
    assert cell(clerk.get(path), "辦理情形") == "已派工，等候材料。"
    second = documents(office, case_id)["follow-up-sheet"]
    assert second != first
    again = clerk.get(f"/cases/{case_id}/forms/{second}")
    assert cell(again, "追蹤次別") == "第 2 次"
    assert (cell(again, "辦理情形"), cell(again, "先前辦理情形")) == ("", "已派工，等候材料。")
    assert cell(clerk.get(path), "辦理情形") == "已派工，等候材料。"


def test_a_duplicates_record_names_the_original(office: Office) -> None:
    first = office.petition(petitioner_phone="0900-111-111")
    second = office.petition(petitioner_phone="0900-111-111")
    number = office.city.case(first)["number"]
    office.city.complete(
        second, "PO-02/DC-02", who="service1", answers={"duplicate_kind": "重複登打", "original_case": number}
    )  # fmt: skip
    page = office.seat("service").get(f"/cases/{second}/forms/{documents(office, second)['duplicate-record']}")
    assert cell(page, "原案案號") == number
    assert cell(page, "判定人")


def test_every_document_has_a_page_of_its_own(office: Office) -> None:
    for case_id in (released(office), overdue(office)):
        for kind, number in documents(office, case_id).items():
            page = office.seat("control").get(f"/cases/{case_id}/forms/{number}")
            assert page.status == 200, kind
            assert page.source.count("<h1>") == 1


def test_a_record_shows_what_was_done_since_it_was_made(office: Office) -> None:
    case_id = office.petition()
    number = documents(office, case_id)["case-record"]
    office.city.until(office.city.now + timedelta(hours=2))
    registered = {"receipt_number": "115-A-9", "responsible_unit": "works-lighting"}
    office.city.complete(case_id, "PO-04", who="registry1", answers=registered)
    office.city.complete(case_id, "PO-07", who="lighting1", answers={"ours": "yes"})
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    page = office.seat("clerk").get(f"/cases/{case_id}/forms/{number}")
    assert cell(page, "收文文號") == "115-A-9"
    assert cell(page, "權責單位") == "工務處路燈管理科"
    assert cell(page, "限辦期限").startswith("民國115年12月3日")
    assert cell(page, "辦理情形") == HANDLED["findings"]
    assert (cell(page, "是否現場勘查"), cell(page, "勘查日期")) == ("是", "民國115年11月26日")
    assert cell(page, "承辦人") == "例路燈甲"


def test_long_and_hostile_texts_stand_whole_and_harmless(office: Office) -> None:
    word = "路" * 7990
    case_id = office.petition(body=word, subject="<b>堃𠮷鵺</b>\u202e💡", location='"><script>alert(1)</script>')
    for path in (f"/cases/{case_id}/print", f"/cases/{case_id}/forms/{documents(office, case_id)['case-record']}"):
        page = office.seat("service").get(path)
        assert page.status == 200
        assert word in page.source
        assert "&lt;b&gt;堃𠮷鵺&lt;/b&gt;" in page.source and "<script>alert" not in page.source


def test_the_case_page_leads_to_every_document_and_to_the_forms_nobody_issued(office: Office) -> None:
    case_id = released(office)
    page = office.seat("clerk").get(f"/cases/{case_id}")
    for number in documents(office, case_id).values():
        assert f'href="/cases/{case_id}/forms/{number}"' in page.source
    assert f'href="/cases/{case_id}/print"' in page.source
    assert f'href="/cases/{case_id}/forms/release-checklist"' in page.source


@pytest.mark.parametrize("what", ["print", "forms/1"])
def test_a_case_without_answers_prints_too(office: Office, what: str) -> None:
    case_id = office.petition(location="", petitioner_phone="")
    page: Any = office.seat("service").get(f"/cases/{case_id}/{what}")
    assert page.status == 200


def test_a_paper_nobody_answered_says_what_it_is_about_and_not_what_was_answered_later(office: Office) -> None:
    """The list of suspected duplicates tells how many there were; the reply stands on the reply's own papers."""
    case_id = released(office)

    def paper(ref: str) -> Page:
        with office.city.store.look() as db:
            wanted = document.c.case_id == case_id, document.c.form == ref
            number = db.execute(sa.select(document.c.id).where(*wanted)).scalars().first()
        page = office.seat("clerk").get(f"/cases/{case_id}/forms/{number}")
        assert page.status == 200, ref
        return page

    for ref in ("similar-case-list", "control-record"):
        assert HANDLED["reply_text"] not in paper(ref).text, ref
    assert cell(paper("similar-case-list"), "疑似案件數") == "0"
    assert cell(paper("reply-copy"), "內容") == HANDLED["reply_text"]


def test_the_list_of_suspects_says_how_many_and_what_a_person_made_of_it(office: Office) -> None:
    office.petition()
    second = office.petition(location=PETITION["location"], petitioner_phone="0900-000-001")
    office.city.complete(
        second, "PO-02/DC-02", who="service1", answers={"duplicate_kind": "非重複", "note": "不同盞路燈"}
    )
    office.city.complete(
        second, "PO-04", who="registry1", answers={"receipt_number": "2", "responsible_unit": "works-lighting"}
    )
    with office.city.store.look() as db:
        wanted = document.c.case_id == second, document.c.form == "similar-case-list"
        (number,) = db.execute(sa.select(document.c.id).where(*wanted)).scalars().all()
    page = office.seat("clerk").get(f"/cases/{second}/forms/{number}")
    assert (cell(page, "疑似案件數"), cell(page, "判定結果")) == ("1", "非重複")
    assert cell(page, "判定人") == "例服務甲"
    assert "115-000001" not in page.text, "which they are is for those who decide"
