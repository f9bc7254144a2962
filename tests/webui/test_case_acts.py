"""Acts on the case as a whole, as pages: who is offered what, what a refused form brings back, what can be undone."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import case, document, note, opinion
from engine.office.records import vault
from tests.webui.conftest import HANDLED, TICKED, Office, Page

ELSEWHERE = {"subject": "夜間照明不足", "location": "公園入口", "body": "公園入口晚上一片漆黑。"}
QUESTION = "該處是否屬貴科養護範圍？"


def answered(office: Office, **petition: str) -> int:
    case_id = office.at_officer(**petition)
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    return case_id


def released(office: Office, **petition: str) -> int:
    case_id = answered(office, **petition)
    office.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
    return case_id


def rows(office: Office, query: Any) -> list[Any]:
    with office.city.store.look() as db:
        return list(db.execute(query).mappings())


def number(office: Office, case_id: int) -> str:
    return str(rows(office, sa.select(case.c.number).where(case.c.id == case_id))[0]["number"])


def after(office: Office, who: str, answer: Page) -> Page:
    """The page a browser shows after the redirect."""
    assert answer.status == 303, answer.text[:600]
    return office.seat(who).get(answer.location)


def undo(office: Office, who: str, page: Page) -> Page:
    """Press the way back that the page offers in the line that says what was done."""
    said = re.search(r'<div class="said".*?</div>', page.source, flags=re.S)
    assert said, "nothing was said"
    form = re.search(r"<form class=\"undo.*?</form>", said[0], flags=re.S)
    assert form, said[0]
    target = html.unescape(re.search(r'action="([^"]*)"', form[0])[1])  # type: ignore[index]
    hidden = {k: html.unescape(v) for k, v in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])}
    return after(office, who, office.seat(who).send(target, hidden))


def test_a_released_case_is_taken_up_again_and_the_page_tells_it(office_on_both: Office) -> None:
    office = office_on_both
    case_id = released(office)
    control = office.seat("control")
    page = after(
        office, "control", control.fill(f"/cases/{case_id}", "/reopen", {"to_step": "PO-11", "reason": "仍未修復。"})
    )
    assert "案件已重新列管" in page.text and "例研考甲將案件重新列管，回到「企劃處審視回覆」。" in page.text
    assert "解除列管" in page.text and "重新列管追蹤" in page.text
    for who in ("clerk", "chief", "service"):
        assert not office.seat(who).get(f"/cases/{case_id}").offers("/reopen")


def test_across_a_letter_the_box_has_to_be_ticked_and_nothing_typed_is_lost(office: Office) -> None:
    case_id = released(office)
    before = office.everything()
    page = office.seat("control").fill(f"/cases/{case_id}", "/reopen", {"to_step": "PO-08", "reason": "須重新查處。"})
    assert page.status == 422 and office.everything() == before
    assert "須重新查處。" in page.text and "已有 1 件信函寄出" in page.text
    assert re.search(r'value="PO-08" selected', page.source)
    typed = {"to_step": "PO-08", "reason": "須重新查處。", "letters_known": "yes"}
    page = after(office, "control", office.seat("control").fill(f"/cases/{case_id}", "/reopen", typed))
    assert "先前寄出的 1 件信函不收回" in page.text


def test_a_withdrawal_is_undone_with_one_button(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    page = after(office, "control", office.seat("control").fill(f"/cases/{case_id}", "/withdraw", {"reason": "誤按。"}))
    assert office.open_steps(case_id) == []
    page = undo(office, "control", page)
    assert office.open_steps(case_id) == ["PO-08"]
    assert "復原剛才的動作" in page.text


def test_a_duplicate_is_joined_and_parted_by_number(office_on_both: Office) -> None:
    office = office_on_both
    first = office.at_officer()
    second = office.at_officer(**ELSEWHERE)
    service = office.seat("service")
    wrong = service.fill(f"/cases/{second}", "/join", {"original": "115-999999", "reason": "同一盞。"})
    assert (wrong.status, "查無此案號" in wrong.text, "同一盞。" in wrong.text) == (422, True, True)
    typed = {"original": number(office, first), "reason": "同一盞。"}
    page = after(office, "service", service.fill(f"/cases/{second}", "/join", typed))
    assert f"例服務甲把本案併入案件 {number(office, first)}" in page.text
    assert "重複登打併案" in page.text
    page = undo(office, "service", page)
    assert "解除本案與案件" in page.text and office.open_steps(second) == ["PO-08"]
    assert "不再併入本案" in office.seat("clerk").get(f"/cases/{first}").text
    assert not office.seat("clerk").get(f"/cases/{second}").offers("/join")


def test_an_opinion_is_asked_given_and_read(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    assert office.seat("stranger").get(f"/cases/{case_id}").status == 404
    typed = {"unit": "works-drainage", "question": QUESTION, "due": "2026-11-27"}
    page = after(office, "clerk", office.seat("clerk").fill(f"/cases/{case_id}", "/opinions", typed))
    assert "會辦已送出" in page.text and QUESTION in page.text
    asked = office.seat("stranger").get(f"/cases/{case_id}")
    assert asked.status == 200 and QUESTION in asked.text
    assert not asked.offers("/identity") and not asked.offers("/join")
    empty = office.seat("stranger").fill(f"/cases/{case_id}", "/give", {"answer": " "})
    assert (empty.status, "請填寫會辦意見" in empty.text) == (422, True)
    page = after(
        office, "stranger", office.seat("stranger").fill(f"/cases/{case_id}", "/give", {"answer": "屬本科，堃 𠮷 鵺。"})
    )
    assert "屬本科，堃 𠮷 鵺。" in office.seat("clerk").get(f"/cases/{case_id}").text
    assert "代表工務處下水道科回覆會辦意見" in page.text


def test_what_is_asked_of_ones_unit_stands_in_a_tab_of_its_own(office_on_both: Office) -> None:
    office = office_on_both
    assert "目前沒有等候您回覆的會辦" in office.seat("stranger").get("/opinions").text
    case_id = office.at_officer()
    typed = {"unit": "works-drainage", "question": QUESTION, "due": "2026-11-27"}
    after(office, "clerk", office.seat("clerk").fill(f"/cases/{case_id}", "/opinions", typed))
    assert 'href="/opinions"' in office.seat("stranger").get("/").source
    listed = office.seat("stranger").get("/opinions")
    assert QUESTION in listed.text and number(office, case_id) in listed.text and "路燈不亮" in listed.text
    for who in ("clerk", "registrar", "control"):
        assert QUESTION not in office.seat(who).get("/opinions").text
    office.city.until(office.city.now.replace(day=28))
    office.seats.clear()
    assert "會辦逾期" in office.seat("stranger").get("/opinions").text


def test_an_overdue_opinion_says_so_in_words(office: Office) -> None:
    case_id = office.at_officer()
    typed = {"unit": "works-drainage", "question": QUESTION, "due": "2026-11-26"}
    after(office, "clerk", office.seat("clerk").fill(f"/cases/{case_id}", "/opinions", typed))
    office.city.until(office.city.now.replace(hour=18))
    office.seats.clear()
    assert "會辦逾期" in office.seat("clerk").get(f"/cases/{case_id}").text


@pytest.mark.parametrize(
    "typed",
    [{"unit": "", "question": QUESTION}, {"unit": "works-drainage", "question": " "},
     {"unit": "works-drainage", "question": QUESTION, "due": "2026-02-30"},
     {"unit": "works-drainage", "question": QUESTION, "due": "2020-01-01"},
     {"unit": "works-lighting", "question": QUESTION}],
)  # fmt: skip
def test_a_bad_question_comes_back_with_everything_typed(office: Office, typed: dict[str, str]) -> None:
    case_id = office.at_officer()
    before = office.everything()
    page = office.seat("clerk").fill(f"/cases/{case_id}", "/opinions", {"due": "", **typed})
    assert page.status == 422 and office.everything() == before
    assert page.offers("/opinions") and (not typed["question"].strip() or QUESTION in page.text)


def test_notes_are_left_struck_and_undone(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    page = after(
        office, "clerk", office.seat("clerk").fill(f"/cases/{case_id}", "/notes", {"text": "<b>下週</b> & 補件"})
    )
    assert "<b>下週</b> & 補件" in page.text and "&lt;b&gt;" in page.source
    page = undo(office, "clerk", page)
    assert "<s>&lt;b&gt;下週" in page.source and "例路燈甲於" in page.text
    assert rows(office, sa.select(note.c.struck_by))[0]["struck_by"] is not None
    after(office, "colleague", office.seat("colleague").fill(f"/cases/{case_id}", "/notes", {"text": "收到。"}))
    assert not office.seat("clerk").get(f"/cases/{case_id}").offers("/strike"), (
        "another's note is not one's own to strike"
    )
    assert office.seat("chief").get(f"/cases/{case_id}").offers("/strike")


def test_a_letter_comes_back_its_address_is_mended_and_it_goes_out_again(office_on_both: Office) -> None:
    office = office_on_both
    case_id = answered(office)
    service = office.seat("service")
    page = after(office, "service", service.fill(f"/cases/{case_id}", "/undeliverable", {"why": "信箱已滿。"}))
    assert "無法送達" in page.text and "信箱已滿。" in page.text
    bad = {"answer-petitioner_email": "x", "reason": "來電更正。"}
    wrong = service.fill(f"/cases/{case_id}", "/identity/correct", bad)
    assert wrong.status == 422 and "來電更正。" in wrong.text
    good = {"answer-petitioner_email": "mended@example.invalid", "reason": "來電更正。"}
    sealed = rows(office, sa.select(vault.c.sealed))[0]["sealed"]
    page = after(office, "service", service.fill(f"/cases/{case_id}", "/identity/correct", good))
    assert "mended@" not in page.source and "更正了陳情人資料（1 個欄位）" in page.text
    assert rows(office, sa.select(vault.c.sealed))[0]["sealed"] != sealed
    unsaid = service.fill(f"/cases/{case_id}", "/send-again", {"way": "phone", "reason": ""})
    assert (unsaid.status, "請說明理由" in unsaid.text) == (422, True)
    page = after(office, "service", service.fill(f"/cases/{case_id}", "/send-again", {"way": "mail", "reason": ""}))
    assert "以電子郵件再次送出" in page.text and "退回：信箱已滿。" in page.text
    assert rows(office, sa.select(document.c.returned_at).where(document.c.kind == "reply")) == [{"returned_at": None}]


def test_priority_and_unit_change_and_change_back(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    page = after(
        office, "chief", office.seat("chief").fill(f"/cases/{case_id}", "/priority", {"priority": "2", "reason": ""})
    )
    assert "例路燈長把速別由普通改為最速件。" in page.text
    undo(office, "chief", page)
    assert rows(office, sa.select(case.c.priority).where(case.c.id == case_id)) == [{"priority": 0}]
    typed = {"unit": "works-drainage", "reason": "非路燈。"}
    page = after(office, "control", office.seat("control").fill(f"/cases/{case_id}", "/transfer", typed))
    assert "由工務處路燈管理科改分" in page.text and "權責單位改為工務處下水道科" in page.text
    undo(office, "control", page)
    assert rows(office, sa.select(case.c.unit).where(case.c.id == case_id)) == [{"unit": "works-lighting"}]
    for who in ("clerk", "chief"):
        assert not office.seat(who).get(f"/cases/{case_id}").offers("/transfer")


def test_solved_is_asked_for_after_the_release_only(office: Office) -> None:
    assert not office.seat("control").get(f"/cases/{answered(office)}").offers("/solved")
    case_id = released(office, **ELSEWHERE)
    page = after(
        office,
        "clerk",
        office.seat("clerk").fill(f"/cases/{case_id}", "/solved", {"solved": "partly", "reason": "仍閃爍。"}),
    )
    assert "例路燈甲登錄：部分解決。" in page.text
    page = undo(office, "clerk", page)
    assert "取消了是否解決的登錄" in page.text


def test_claims_assignments_and_requests_for_time_are_undone(office: Office) -> None:
    case_id = office.at_officer()
    page = after(office, "clerk", office.seat("clerk").fill(f"/cases/{case_id}", "/claim"))
    undo(office, "clerk", page)
    colleague = rows(office, sa.text("SELECT id FROM person WHERE account = 'lighting2'"))[0]["id"]
    page = after(office, "chief", office.seat("chief").fill(f"/cases/{case_id}", "/assign", {"to": str(colleague)}))
    page = undo(office, "chief", page)
    assert "取消指派" in page.text and "待領" in page.text
    typed = {"length": "5", "reason": "會勘。"}
    page = after(office, "clerk", office.seat("clerk").fill(f"/cases/{case_id}", "/extensions", typed))
    assert "已收回" in undo(office, "clerk", page).text


def test_a_case_sent_back_by_mistake_goes_forward_again(office: Office) -> None:
    case_id = office.at_review()
    typed = {"to_step": "PO-08", "reason": "按錯。"}
    page = after(office, "chief", office.seat("chief").fill(f"/cases/{case_id}", "/send-back", typed))
    assert office.open_steps(case_id) == ["PO-08"]
    page = undo(office, "chief", page)
    assert office.open_steps(case_id) == ["PO-09"] and "取消退回" in page.text


def test_a_step_sent_too_early_is_recalled_from_the_line_that_says_it_was_sent(office: Office) -> None:
    case_id = office.at_officer()
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    page = office.seat("clerk").get(f"/cases/{case_id}?said=completed")
    undo(office, "clerk", page)
    assert office.open_steps(case_id) == ["PO-08"]


def test_a_stranger_posts_everything_and_nothing_happens(office: Office) -> None:
    case_id, done = answered(office), released(office, **ELSEWHERE)
    office.seat("clerk").fill(f"/cases/{done}", "/notes", {"text": "x"})
    letter = rows(office, sa.select(document.c.id).where(document.c.kind == "reply"))[0]["id"]
    seat = office.seat("stranger")
    csrf = seat.get("/").hidden("csrf")
    before = office.everything()
    for path, fields in {
        f"/cases/{done}/reopen": {"to_step": "", "reason": "x", "letters_known": "yes"},
        f"/cases/{case_id}/join": {"original": number(office, done), "reason": "x"},
        f"/cases/{done}/part": {"reason": "x"},
        f"/cases/{case_id}/transfer": {"unit": "works-drainage", "reason": "x"},
        f"/cases/{case_id}/priority": {"priority": "2", "reason": ""},
        f"/cases/{done}/solved": {"solved": "yes", "reason": "x"},
        f"/cases/{case_id}/opinions": {"unit": "works-roads", "question": "x", "due": ""},
        f"/cases/{case_id}/notes": {"text": "x"}, "/notes/1/strike": {}, "/notes/99/strike": {},
        f"/documents/{letter}/undeliverable": {"why": "x"},
        f"/documents/{letter}/send-again": {"way": "mail", "reason": ""},
        f"/cases/{case_id}/identity/correct": {"answer-petitioner_phone": "0900-000-999", "reason": "x"},
        "/opinions/1/give": {"answer": "x"}, "/opinions/1/take-back": {},
        f"/items/{office.item(case_id, 'PO-11')}/take-back-assignment": {}, "/extensions/1/take-back": {},
        f"/items/{office.item(case_id, 'PO-11')}/take-back-send-back": {},
    }.items():  # fmt: skip
        assert seat.send(path, {"csrf": csrf, **fields}).status == 404, path
        assert seat.send(path, {"csrf": "x", **fields}).status == 403, path
        assert seat.send(path, {"csrf": csrf, **fields, "more": "x"}).status in (404, 422), path
    assert office.everything() == before


def test_the_same_note_sent_twice_with_one_form_is_one_note(office: Office) -> None:
    case_id = office.at_officer()
    clerk = office.seat("clerk")
    form = clerk.get(f"/cases/{case_id}").form("/notes")
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    for _ in range(2):
        assert clerk.send(f"/cases/{case_id}/notes", {**hidden, "text": "一次就好。"}).status == 303
    assert len(rows(office, sa.select(note))) == 1
    other = clerk.send(f"/cases/{case_id}/notes", {**hidden, "text": "同一份表單改了字。"})
    assert (other.status, "這份表單已用於另一個動作" in other.text) == (409, True)
    assert len(rows(office, sa.select(note))) == 1


def test_the_same_question_sent_twice_is_asked_once(office: Office) -> None:
    case_id = office.at_officer()
    clerk = office.seat("clerk")
    form = clerk.get(f"/cases/{case_id}").form("/opinions")
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    typed = {**hidden, "unit": "works-drainage", "question": QUESTION, "due": ""}
    assert clerk.send(f"/cases/{case_id}/opinions", typed).status == 303
    assert clerk.send(f"/cases/{case_id}/opinions", typed).status == 303
    assert len(rows(office, sa.select(opinion))) == 1
