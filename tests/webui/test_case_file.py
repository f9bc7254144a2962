"""案件: what three people see and may do there; acts, refusals, drafts, corrections; the petitioner's identity."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Stuck
from engine.office import absence, people
from tests.webui.conftest import HANDLED, MORNING, PETITION, TICKED, Office, Page, answers
from webui import sentences
from webui.pages import inbox, item_acts


def person_id(office: Office, account: str) -> int:
    with office.city.store.look() as db:
        found = people.get(db, account, office.city.now).id
    assert found is not None
    return found


def work(office: Office, who: str, case_id: int, step: str, **fields: Any) -> Page:
    """Fill and send the step's own form as that person."""
    item = office.item(case_id, step)
    return office.seat(who).fill(f"/cases/{case_id}", f"/items/{item}/work", fields)


def test_the_clerk_works_the_colleague_may_a_stranger_reads_404(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    assert office.seat("clerk").get(f"/cases/{case_id}").offers(f"/items/{item}/work")
    assert office.seat("colleague").get(f"/cases/{case_id}").offers(f"/items/{item}/work")
    assert office.seat("stranger").get(f"/cases/{case_id}").status == 404
    assert office.seat("stranger").get("/cases/99999").status == 404


def test_a_claimed_step_is_the_clerks_alone(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    form = office.seat("colleague").get(f"/cases/{case_id}")
    assert office.seat("clerk").fill(f"/cases/{case_id}", f"/items/{item}/claim").status == 303
    page = office.seat("colleague").get(f"/cases/{case_id}")
    assert not page.offers(f"/items/{item}/work")
    assert "由例路燈甲承辦中" in page.text
    hidden = {name: form.hidden(name, f"/items/{item}/work") for name in ("csrf", "key", "seen")}
    refused = office.seat("colleague").send(f"/items/{item}/work", {**hidden, **answers(**HANDLED), "act": "complete"})
    assert refused.status == 403
    assert "已由例路燈甲領取" in refused.text
    assert HANDLED["findings"] in refused.source  # nothing typed is lost
    assert office.open_steps(case_id) == ["PO-08"]


def test_a_step_that_waits_in_vain_says_for_whom_and_a_substitute_signs_in_both_names(office: Office) -> None:
    case_id = office.at_review()
    chief, stand_in = person_id(office, "lighting-chief"), person_id(office, "drainage-chief")

    def away(substitute: int | None) -> int:
        at, first = office.city.now, people.office_day(office.city.now)
        with office.city.store.act() as db:
            who = people.get(db, "works-head", at)
            return absence.note(db, chief, first=first, last=first, substitute=substitute, who=who, at=at)

    assert "等待工務處路燈管理科的科長領取" in office.seat("clerk").get(f"/cases/{case_id}").text
    noted = away(None)
    told = "例路燈長請假至 115/11/26，沒有職務代理人；請主管在「請假與代理」改登代理人"
    for who in ("clerk", "head"):
        assert told in office.seat(who).get(f"/cases/{case_id}").text
    with office.city.store.act() as db:
        absence.cancel(db, noted, who=people.get(db, "works-head", office.city.now), at=office.city.now)
    away(stand_in)
    assert "沒有職務代理人" not in office.seat("clerk").get(f"/cases/{case_id}").text
    office.city.complete(case_id, "PO-09", who="drainage-chief", answers={"reply_check": "核可"}, checklist=TICKED)
    assert re.search("例水道長.{0,80}代理例路燈長辦理。", office.seat("clerk").get(f"/cases/{case_id}").text)


def test_who_approves_reads_the_work_above_the_buttons(office: Office) -> None:
    case_id = office.at_review()
    source = office.seat("chief").get(f"/cases/{case_id}").source
    assert source.index("要核閱的內容") < source.index(HANDLED["reply_text"]) < source.index(">核可</button>")


def test_who_releases_reads_the_petition_and_the_answer_above_the_checklist(office: Office) -> None:
    case_id = office.at_review()
    work(office, "chief", case_id, "PO-09", **answers(reply_check="核可"))
    source = office.seat("control").get(f"/cases/{case_id}").source
    checklist = source.index('name="checklist"')
    assert source.index(PETITION["body"]) < checklist and source.index(HANDLED["reply_text"]) < checklist


def test_the_clerk_answers_the_chief_approves_control_releases(office: Office) -> None:
    case_id = office.at_officer()
    assert work(office, "clerk", case_id, "PO-08", **answers(**HANDLED), act="complete").status == 303
    assert work(office, "chief", case_id, "PO-09", **answers(reply_check="核可")).status == 303
    done = work(office, "control", case_id, "PO-11", **answers(release="是"), checklist=TICKED)
    assert done.status == 303
    page = office.seat("control").get(f"/cases/{case_id}")
    assert "已結案" in page.text and "不需再辦理" in page.text
    assert "例路燈長完成「回覆內容核稿」：核可。" in page.text
    assert "線上回覆" in page.text


def test_one_goes_on_to_ones_own_next_step(office: Office) -> None:
    case_id = office.petition()
    with_unit = answers(receipt_number="115-A-1", responsible_unit="works-lighting")
    assert work(office, "registrar", case_id, "PO-04", **with_unit, act="complete").status == 303
    done = work(office, "clerk", case_id, "PO-07", **answers(ours="yes"))
    assert done.status == 303
    assert "said=completed-next" in done.location
    assert done.location.endswith(f"#item-{office.item(case_id, 'PO-08')}")


def test_returning_needs_a_reason_and_keeps_what_was_typed(office: Office) -> None:
    case_id = office.at_review()
    refused = work(office, "chief", case_id, "PO-09", **answers(reply_check="退回修正"))
    assert refused.status == 422
    assert "請說明理由" in refused.text and "還沒有完成，請修正 1 處；您填的內容都還在" in refused.text
    assert work(
        office, "chief", case_id, "PO-09", **answers(reply_check="退回修正"), reason="請補現場照片日期"
    ).status == 303  # fmt: skip
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "第 2 次" in page.text
    assert "例路燈長完成「回覆內容核稿」：退回修正。 請補現場照片日期" in page.text
    assert f">{HANDLED['findings']}</textarea>" in page.source  # one corrects, one does not write it again
    assert "請補現場照片日期" in page.text


def test_a_checklist_blocks_only_its_own_choice(office: Office) -> None:
    case_id = office.at_review()
    work(office, "chief", case_id, "PO-09", **answers(reply_check="核可"))
    refused = work(office, "control", case_id, "PO-11", **answers(release="是"), checklist=TICKED[:2])
    assert refused.status == 422
    assert "檢核表尚未完成" in refused.text
    assert f'value="{TICKED[0]}" checked' in refused.source
    assert work(office, "control", case_id, "PO-11", **answers(release="否"), reason="陳情人未獲回應").status == 303


def test_a_field_asked_for_by_another_answer_is_demanded(office: Office) -> None:
    case_id = office.at_officer()
    given = {name: value for name, value in HANDLED.items() if name != "visited_on"}
    before = office.everything()
    refused = work(office, "clerk", case_id, "PO-08", **answers(**given), act="complete")
    assert refused.status == 422
    assert "-visited_on" in refused.source.partition('class="wrong" id="w-')[2][:20]
    assert HANDLED["reply_text"] in refused.source
    assert office.everything() == before


def test_the_same_form_sent_twice_has_one_effect(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    seat = office.seat("clerk")
    page = seat.get(f"/cases/{case_id}")
    hidden = {name: page.hidden(name, f"/items/{item}/work") for name in ("csrf", "key", "seen")}
    sent = {**hidden, **answers(**HANDLED), "act": "complete"}
    first = seat.send(f"/items/{item}/work", sent)
    rows = office.everything()
    second = seat.send(f"/items/{item}/work", sent)
    assert (first.status, second.status) == (303, 303)
    assert office.everything() == rows


def test_of_two_who_finish_one_step_the_second_reads_who_and_when(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    late = office.seat("colleague").get(f"/cases/{case_id}")
    work(office, "clerk", case_id, "PO-08", **answers(**HANDLED), act="complete")
    hidden = {name: late.hidden(name, f"/items/{item}/work") for name in ("csrf", "key", "seen")}
    typed = {**HANDLED, "findings": "同事也寫了一份勘查結果。"}
    refused = office.seat("colleague").send(f"/items/{item}/work", {**hidden, **answers(**typed), "act": "complete"})
    assert refused.status == 409
    assert "例路燈甲" in refused.text and "11/26 09:00" in refused.text
    assert "同事也寫了一份勘查結果。" in refused.source


def test_a_page_seen_before_a_change_is_stale(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    seat = office.seat("clerk")
    old = seat.get(f"/cases/{case_id}")
    hidden = {name: old.hidden(name, f"/items/{item}/work") for name in ("csrf", "key", "seen")}
    seat.fill(f"/cases/{case_id}", f"/items/{item}/claim")
    refused = seat.send(f"/items/{item}/work", {**hidden, **answers(**HANDLED), "act": "complete"})
    assert refused.status == 409
    assert "item_changed" in refused.text
    assert HANDLED["findings"] in refused.source
    assert office.open_steps(case_id) == ["PO-08"]


def test_a_draft_is_kept_and_comes_back(office: Office) -> None:
    case_id = office.at_officer()
    saved = work(office, "clerk", case_id, "PO-08", **answers(findings="寫到一半"), act="draft")
    assert saved.status == 303
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "寫到一半" in page.source and "草稿" in page.text
    assert "由例路燈甲承辦中" in office.seat("colleague").get(f"/cases/{case_id}").text


def test_a_step_is_handed_back_with_a_reason(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    seat = office.seat("clerk")
    seat.fill(f"/cases/{case_id}", f"/items/{item}/claim")
    assert seat.fill(f"/cases/{case_id}", f"/items/{item}/hand-back", {"reason": ""}).status == 422
    assert seat.fill(f"/cases/{case_id}", f"/items/{item}/hand-back", {"reason": "請假"}).status == 303
    assert office.seat("colleague").get(f"/cases/{case_id}").offers(f"/items/{item}/claim")


def test_a_chief_assigns_to_a_holder_of_the_role_only(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    chief = office.seat("chief")
    page = chief.get(f"/cases/{case_id}")
    assert "例路燈乙" in page.form(f"/items/{item}/assign")
    assert not office.seat("clerk").get(f"/cases/{case_id}").offers(f"/items/{item}/assign")
    outsider = person_id(office, "drainage1")
    assert chief.fill(f"/cases/{case_id}", f"/items/{item}/assign", {"to": outsider}).status == 422
    assert chief.fill(f"/cases/{case_id}", f"/items/{item}/assign", {"to": ""}).status == 422
    colleague = person_id(office, "lighting2")
    at, day = office.city.now, people.office_day(office.city.now) + timedelta(days=3)
    with office.city.store.act() as db:
        absence.note(db, colleague, first=day, last=day, substitute=None, who=people.get(db, "lighting2", at), at=at)
    assert chief.fill(f"/cases/{case_id}", f"/items/{item}/assign", {"to": colleague}).status == 303
    assert "路燈不亮" in office.seat("colleague").get("/").text
    offered = chief.get(f"/cases/{case_id}").form(f"/items/{item}/assign")
    assert "例路燈甲（待辦 0）" in offered and re.search(r"例路燈乙（待辦 1；\S+ 至 \S+ 請假）", offered), offered


def test_a_chief_sends_back_to_an_earlier_step(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    chief = office.seat("chief")
    page = chief.get(f"/cases/{case_id}")
    assert 'value="PO-07"' in page.form(f"/items/{item}/send-back")
    assert not office.seat("clerk").get(f"/cases/{case_id}").offers(f"/items/{item}/send-back")
    no_step = chief.fill(f"/cases/{case_id}", f"/items/{item}/send-back", {"to_step": "", "reason": "重新確認"})
    assert no_step.status == 422 and "重新確認" in no_step.source
    moved = chief.fill(f"/cases/{case_id}", f"/items/{item}/send-back", {"to_step": "PO-07", "reason": "重新確認"})
    assert moved.status == 303
    assert office.open_steps(case_id) == ["PO-07"]
    assert "退回「權責單位收文確認」" in chief.get(f"/cases/{case_id}").text


def test_who_sent_a_step_on_may_recall_it_until_the_next_person_takes_it(office: Office) -> None:
    case_id = office.at_review()
    review = office.item(case_id, "PO-09")
    clerk = office.seat("clerk")
    page = clerk.get(f"/cases/{case_id}")
    assert page.offers("/recall")
    assert not office.seat("colleague").get(f"/cases/{case_id}").offers("/recall")
    form = page.form("/recall")
    office.seat("chief").fill(f"/cases/{case_id}", f"/items/{review}/claim")
    assert not clerk.get(f"/cases/{case_id}").offers("/recall")
    action = form.partition('action="')[2].partition('"')[0]
    refused = clerk.send(action, {"csrf": page.hidden("csrf"), "key": "k" * 20, "reason": "漏寫"})
    assert refused.status == 409
    assert "already_taken" in refused.text


def test_a_recalled_step_is_open_again(office: Office) -> None:
    case_id = office.at_review()
    assert office.seat("clerk").fill(f"/cases/{case_id}", "/recall", {"reason": "漏寫"}).status == 303
    assert office.open_steps(case_id) == ["PO-08"]


def test_a_closed_steps_text_is_corrected_and_the_old_one_stays(office: Office) -> None:
    case_id = office.at_review()
    seat = office.seat("clerk")
    page = seat.get(f"/cases/{case_id}")
    assert f"/cases/{case_id}/amend?step=PO-08" in page.source
    path = f"/cases/{case_id}/amend?step=PO-08"
    form = seat.get(path)
    assert HANDLED["findings"] in form.source
    sent = {"csrf": form.hidden("csrf"), "key": "k" * 20, "step": "PO-08"}
    corrected = answers(**{**HANDLED, "findings": "更正：燈泡與安定器皆已更換。"})
    nothing = seat.send(f"/cases/{case_id}/amend", {**sent, **answers(**HANDLED), "reason": "沒有改"})
    assert nothing.status == 422 and "沒有任何更正" in nothing.text
    unreasoned = seat.send(f"/cases/{case_id}/amend", {**sent, **corrected, "reason": ""})
    assert unreasoned.status == 422 and "更正：燈泡" in unreasoned.source
    assert seat.send(f"/cases/{case_id}/amend", {**sent, **corrected, "reason": "補充"}).status == 303
    page = seat.get(f"/cases/{case_id}")
    assert "更正：燈泡與安定器皆已更換。" in page.source and HANDLED["findings"] in page.source
    assert "更正了「權責單位處理」" in page.text


def test_what_decided_the_way_is_not_corrected(office: Office) -> None:
    case_id = office.at_review()
    seat = office.seat("clerk")
    form = seat.get(f"/cases/{case_id}/amend?step=PO-08")
    changed = answers(**{**HANDLED, "reply_kind": "階段性回覆", "expected_on": "2026-12-31"})
    sent = {"csrf": form.hidden("csrf"), "key": "k" * 20, "step": "PO-08", **changed, "reason": "改性質"}
    refused = seat.send(f"/cases/{case_id}/amend", sent)
    assert refused.status == 403
    assert "不能更正" in refused.text


def test_a_colleague_cannot_correct_anothers_step(office: Office) -> None:
    case_id = office.at_review()
    assert office.seat("colleague").get(f"/cases/{case_id}/amend?step=PO-08").status == 404
    assert office.seat("stranger").get(f"/cases/{case_id}/amend?step=PO-08").status == 404
    assert office.seat("clerk").get(f"/cases/{case_id}/amend?step=%00").status == 404


def test_only_the_control_office_withdraws_and_only_with_a_reason(office: Office) -> None:
    case_id = office.at_officer()
    assert not office.seat("clerk").get(f"/cases/{case_id}").offers("/withdraw")
    control = office.seat("control")
    assert control.fill(f"/cases/{case_id}", "/withdraw", {"reason": ""}).status == 422
    assert office.open_steps(case_id) == ["PO-08"]
    assert control.fill(f"/cases/{case_id}", "/withdraw", {"reason": "陳情人撤回"}).status == 303
    assert office.open_steps(case_id) == []
    assert "已撤案" in control.get(f"/cases/{case_id}").text


def test_a_forged_act_is_refused_by_the_verb_itself(office: Office) -> None:
    """The buttons are hidden; whoever posts anyway gets the same answer, and nothing changes."""
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    before = office.everything()
    for who, expected in (("clerk", 403), ("stranger", 404)):
        csrf = office.seat(who).get("/").hidden("csrf")
        for path, fields in (
            (f"/items/{item}/assign", {"to": 1}),
            (f"/items/{item}/send-back", {"to_step": "PO-07", "reason": "x"}),
            (f"/cases/{case_id}/withdraw", {"reason": "x"}),
        ):
            page = office.seat(who).send(path, {"csrf": csrf, **fields})
            assert page.status == expected, (who, path)
    assert office.everything() == before


def test_an_undeclared_answer_is_refused_at_a_step_too(office: Office) -> None:
    case_id = office.at_officer()
    before = office.everything()
    for extra in ({"answer-responsible_unit": "police"}, {"assignee": "1"}, {"answer-findings": ["a", "b"]}):
        refused = work(office, "clerk", case_id, "PO-08", **{**answers(**HANDLED), "act": "complete", **extra})
        assert refused.status == 422
    assert office.everything() == before


def test_the_identity_is_shown_only_after_a_reason_and_leaves_a_line(office: Office) -> None:
    case_id = office.at_officer()
    clerk = office.seat("clerk")
    assert "例民眾" not in clerk.get(f"/cases/{case_id}").source
    refused = clerk.fill(f"/cases/{case_id}", f"/cases/{case_id}/identity", {"reason": " "})
    assert refused.status == 422 and "例民眾" not in refused.source
    shown = clerk.fill(f"/cases/{case_id}", f"/cases/{case_id}/identity", {"reason": "電話說明勘查時間"})
    assert shown.status == 200 and "例民眾" in shown.text and "陳情人姓名" in shown.text
    assert shown.answer.headers["Cache-Control"] == "no-store"
    page = clerk.get(f"/cases/{case_id}")
    assert "例路燈甲查閱了陳情人資料。" in page.text and "電話說明勘查時間" in page.text
    assert "例民眾" not in page.source


def test_who_has_no_right_to_the_identity_is_not_offered_it(office: Office) -> None:
    case_id = office.at_officer()
    registrar = office.seat("registrar")
    page = registrar.get(f"/cases/{case_id}")
    assert page.status == 200
    assert not page.offers("/identity")
    refused = registrar.send(f"/cases/{case_id}/identity", {"csrf": page.hidden("csrf"), "reason": "好奇"})
    assert refused.status == 403 and "例民眾" not in refused.source


def test_a_deadline_says_why_it_is_that_day(office: Office) -> None:
    case_id = office.at_officer()
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "115/12/03（四）17:00" in page.text
    assert "為什麼是這一天" in page.text
    assert "11/27（五） 計入" in page.text
    assert "放假" in page.text and "行政院及所屬各機關處理人民陳情案件要點" in page.text


def test_the_picture_is_told_as_a_list_too(office: Office) -> None:
    case_id = office.at_officer()
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert 'data-step="PO-08" data-state="open"' in page.source
    assert "步驟「權責單位處理」，權責單位承辦人，進行中" in page.text


def test_a_step_inside_a_shared_procedure_shows_the_inner_chart(office: Office) -> None:
    case_id = office.at_officer()
    office.city.until(MORNING + timedelta(days=8))
    office.seats.clear()
    assert office.open_steps(case_id) == ["PO-FU/FU-04"]
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "正在共用程序" in page.text
    assert 'data-step="FU-04" data-state="' in page.source
    assert "期限屆滿" in page.text


@pytest.mark.parametrize("path", ["/cases/0", "/cases/99999999999999999999", "/cases/abc", "/items/1/claim", "/x"])
def test_what_is_not_there_answers_in_a_sentence(office: Office, path: str) -> None:
    page = office.seat("clerk").get(path)
    assert page.status in (404, 405)
    assert "代碼" in page.text and "Traceback" not in page.source


def test_a_case_that_cannot_go_on_keeps_the_answers_and_shows_its_incident(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")

    def stuck(*args: object, **kwargs: object) -> None:
        who = person_id(office, "lighting1")
        raise Stuck("no_unit", "還不知道由哪個單位辦理。", case_id=case_id, item_id=item, answers=HANDLED, by=who)

    monkeypatch.setattr(item_acts.cases, "complete", stuck)
    refused = work(office, "clerk", case_id, "PO-08", **answers(**HANDLED), act="complete")
    assert refused.status == 409 and "no_unit" in refused.text
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "案件發生異常" in page.text
    assert HANDLED["findings"] in page.source  # as a draft
    assert not page.offers("/resume")
    assert office.seat("control").fill(f"/cases/{case_id}", f"/cases/{case_id}/resume").status == 303
    page = office.seat("control").get(f"/cases/{case_id}")
    assert "案件發生異常" not in page.text and "例研考甲排除異常，案件繼續。" in page.text


def test_every_act_on_a_case_has_a_sentence() -> None:
    engine = Path(__file__).parents[2] / "engine"
    files = [*(engine / "cases").rglob("*.py"), engine / "office" / "vault.py"]
    files.remove(engine / "cases" / "periodic.py")  # it writes on the SOP's own chain
    on_the_office = r'subject="office",\s*verb="[a-z_.]+"|chosen\.choose\(.*?verb="[a-z_.]+"'
    written = {file: re.sub(on_the_office, "", file.read_text("utf-8")) for file in files}
    verbs = {verb for text in written.values() for verb in re.findall(r'verb="([a-z_.]+)"', text)}
    assert verbs >= {"claim", "complete", "identity.open"}
    assert verbs - set(sentences._SENTENCES) == set()


def test_an_unforeseen_error_shows_a_reference_and_no_trace(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret of the database")

    monkeypatch.setattr(inbox.desks, "inbox", broken)
    page = office.seat("clerk").get("/")
    assert page.status == 500
    assert "參考編號" in page.text
    assert "secret" not in page.source and "Traceback" not in page.source


def test_a_duplicate_is_offered_its_original_and_joined_to_it(office: Office) -> None:
    same = {"petitioner_phone": "0900-111-222"}
    original, again = office.petition(**same), office.petition(**same)
    assert office.open_steps(again) == ["PO-02/DC-02"]
    page = office.seat("service").get(f"/cases/{again}")
    assert "系統找到可能相同的案件" in page.text and '<option value="115-000001">' in page.source
    forgotten = work(office, "service", again, "PO-02/DC-02", **answers(duplicate_kind="重複登打"))
    assert forgotten.status == 422 and "-original_case" in forgotten.source
    chosen = answers(duplicate_kind="重複登打", original_case="115-999999")
    unknown = work(office, "service", again, "PO-02/DC-02", **chosen)
    assert unknown.status in (404, 409, 422)
    chosen = answers(duplicate_kind="重複登打", original_case="115-000001")
    assert work(office, "service", again, "PO-02/DC-02", **chosen).status == 303
    page = office.seat("service").get(f"/cases/{again}")
    assert "重複登打併案" in page.text and f'href="/cases/{original}"' in page.source
    assert "與本案建立關聯" in office.seat("control").get(f"/cases/{original}").text
