"""流程工坊: from the first draft to the published version, by the people it takes, and what each of them reads."""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
import sqlalchemy as sa

from engine.library import drafts, shelf
from engine.library.questions import asked
from engine.library.records import sop, sop_version
from engine.office import people
from tests.webui.administration import _seat, counted
from tests.webui.conftest import MORNING, Office, Page, Seat
from tests.webui.test_attachments import KIND, body

SOP = "petition-online"
PAGE = f"/workshop/{SOP}"


@pytest.fixture
def owner(office: Office, hashed: str) -> Seat:
    return _seat(office, hashed, "owner")


def chart(office: Office, old: str = "", new: str = "") -> bytes:
    with office.city.store.look() as db:
        text = drafts.read(db, SOP).bpmn
    assert old in text
    return text.replace(old, new, 1).encode()


def upload(seat: Seat, data: bytes) -> Page:
    page = seat.get(f"{PAGE}/files")
    fields = {"csrf": page.hidden("csrf", "/upload"), "revision": page.hidden("revision", "/upload")}
    sent = body({**fields, "chart": ("new.bpmn", data)})
    return Page(seat.client.post(f"{PAGE}/upload", data=sent, content_type=KIND))


def renamed(office: Office, seat: Seat, name: str = "登錄收文並掛號") -> None:
    """The draft says something else than what is in force."""
    with office.city.store.look() as db:
        was = drafts.read(db, SOP).folder.sop.nodes["PO-04"].name
    done = upload(seat, chart(office, f'name="{was}"', f'name="{name}"'))
    assert done.status == 303, done.text


def every(stage: str) -> dict[str, str]:
    return {f"q-{one.id}": "yes" for one in asked(stage, "rdec")}


def test_an_sop_is_drafted_reviewed_twice_returned_once_and_published(office: Office, owner: Seat, hashed: str) -> None:
    chief, control = _seat(office, hashed, "rdec-chief"), office.seat("control")
    assert owner.fill(PAGE, "/begin").location == f"{PAGE}?said=draft-begun"
    assert "例流程" in owner.get("/workshop").text
    assert "與現行版相同" in owner.fill(PAGE, "/submit").text
    renamed(office, owner)
    assert "登錄收文並掛號" in owner.get(f"{PAGE}/changes").text
    assert owner.fill(f"{PAGE}/changes", "/changes", {"why-PO-04": "名稱要說清楚"}).status == 303
    assert owner.fill(PAGE, "/submit").location == f"{PAGE}?said=draft-submitted"
    assert not owner.get(PAGE).offers("/approve") and not control.get(PAGE).offers("/approve")

    assert "等候您審查（1）" in chief.get("/workshop").text and "等候您初審" in chief.get("/notices").text
    assert chief.fill(PAGE, "/remark", {"element": "PO-04", "text": "附上收文號的格式"}).status == 303
    early = chief.fill(PAGE, "/approve", {"opinion": ""})
    assert (early.status, "請確認這一題" in early.text) == (422, True)
    assert "請退回修正" in chief.fill(PAGE, "/approve", {**every("first_review"), "opinion": ""}).text
    assert chief.fill(PAGE, "/return", {"opinion": "請補"}).status == 303

    page = owner.get(PAGE)
    assert "註1" in page.text and "附上收文號的格式" in page.text and "退回修正" in page.text
    assert "還沒有逐項回覆" in owner.fill(PAGE, "/submit").text
    assert owner.fill(PAGE, "/answer", {"answer": "已補在說明"}).status == 303
    assert owner.fill(PAGE, "/submit").status == 303
    assert chief.fill(PAGE, "/approve", {**every("first_review"), "opinion": "可行"}).status == 303
    assert not chief.get(PAGE).offers("/approve")
    assert control.fill(PAGE, "/approve", {**every("second_review"), "opinion": ""}).status == 303

    assert owner.fill(PAGE, "/publish", {"effective_on": "某日"}).status == 422
    assert owner.fill(PAGE, "/publish", {"effective_on": "115/11/1"}).status == 422
    assert owner.fill(PAGE, "/publish", {"effective_on": ""}).location == f"{PAGE}?said=draft-published"
    with office.city.store.look() as db:
        assert shelf.in_force(db)[SOP].sop.nodes["PO-04"].name == "登錄收文並掛號"
        draft_id = 1
        assert drafts.latest(db, SOP, draft_id).state == "published"
    minutes = control.get(f"{PAGE}/minutes/{draft_id}").text
    for words in ("附上收文號的格式", "已補在說明", "名稱要說清楚", "可行", "例研考長", "第 2 次", "符合"):
        assert words in minutes
    assert "已發布為第 2 版" in owner.get(PAGE).text


def test_clerks_do_not_come_in_and_nobody_reviews_their_own(office: Office, owner: Seat, hashed: str) -> None:
    for who in ("clerk", "stranger", "service"):
        assert office.seat(who).get("/workshop").status == 403
        assert office.seat(who).get(PAGE).status == 403
    chief = office.seat("chief")  # chief of another unit: may look, not review
    owner.fill(PAGE, "/begin")
    renamed(office, owner)
    owner.fill(PAGE, "/submit")
    assert chief.get(PAGE).status == 200 and not chief.get(PAGE).offers("/approve")
    csrf = chief.get("/notices").hidden("csrf")
    sent = {"csrf": csrf, "opinion": "", **every("first_review")}
    assert chief.send(f"{PAGE}/approve", sent).status == 403
    csrf = owner.get("/notices").hidden("csrf")
    assert owner.send(f"{PAGE}/approve", {**sent, "csrf": csrf}).status == 403
    with office.city.store.look() as db:
        assert drafts.read(db, SOP).state == "first_review"


def test_what_cannot_be_read_what_is_stale_and_what_is_not_a_chart_is_refused_and_nothing_is_stored(
    office: Office, owner: Seat
) -> None:
    owner.fill(PAGE, "/begin")
    before = office.everything()
    for data in (b"<!DOCTYPE x><x/>", b"", b"<x/>", b"\xff\xfe", b"x" * (2 * 2**20 + 1)):
        refused = upload(owner, data)
        assert refused.status == 422 and "沒有儲存" in refused.text
    assert office.everything() == before
    stale = owner.get(f"{PAGE}/files")
    renamed(office, owner, "先存")
    about = {"part": "scenarios", "name": "scenarios.yaml", "text": "[]"}
    fields = {"csrf": stale.hidden("csrf"), "revision": "1", **about}
    late = owner.send(f"{PAGE}/text", fields)
    assert late.status == 409 and "例流程" in late.text
    with office.city.store.look() as db:
        kept = drafts.read(db, SOP)
    assert kept.revision == 2 and kept.scenarios != "[]"
    for wrong in ({"part": "forms", "name": "PO-04", "text": "{"}, {"part": "nowhere", "name": "x", "text": "x"}):
        refused = owner.send(f"{PAGE}/text", {**fields, "revision": "2", **wrong})
        assert refused.status == 422
        assert wrong["text"] in refused.text or wrong["part"] == "nowhere"
    form = {"part": "forms", "name": "PO-04", "text": kept.forms["PO-04"].replace("}", "} ", 1), "revision": "2"}
    assert owner.send(f"{PAGE}/text", {**fields, **form}).status == 303
    gone = {"part": "forms", "name": "PO-04", "text": " ", "revision": "3"}
    assert owner.send(f"{PAGE}/text", {**fields, **gone}).status == 303
    with office.city.store.look() as db:
        assert "PO-04" not in drafts.read(db, SOP).forms


def test_a_new_sop_begins_empty_and_its_findings_name_what_is_missing(office: Office, owner: Seat) -> None:
    given = {"name": "路燈認養", "id": "lamp-adoption", "unit": "works-roads", "division": "rdec", "documentation": ""}
    refused = owner.fill("/workshop/new", "/workshop/new", given)
    assert refused.status == 422 and "目的" in refused.text and 'value="lamp-adoption"' in refused.source
    made = owner.fill("/workshop/new", "/workshop/new", {**given, "documentation": "民間認養路燈。"})
    assert made.location == "/workshop/lamp-adoption?said=draft-begun"
    page = owner.get("/workshop/lamp-adoption")
    assert "新流程" in page.text and "還沒有任何步驟" in page.text and "錯誤" in page.text
    assert owner.fill("/workshop/lamp-adoption", "/submit").status == 422
    assert "還沒有任何步驟" in owner.get("/workshop/lamp-adoption").text
    assert owner.get("/workshop/lamp-adoption/changes").status == 200
    assert owner.fill("/workshop/lamp-adoption", "/discard", {"reason": "另案"}).status == 303
    assert "尚未發布" in owner.get("/workshop/lamp-adoption").text


def test_an_emergency_a_version_for_later_a_yearly_review_and_a_retirement_leave_their_words(
    office: Office, owner: Seat
) -> None:
    owner.fill(PAGE, "/begin")
    renamed(office, owner)
    assert "緊急發布" in owner.get(PAGE).text
    assert owner.fill(PAGE, "/emergency", {"reason": ""}).status == 422
    assert owner.fill(PAGE, "/emergency", {"reason": "法規今日生效"}).status == 303
    assert "緊急" in owner.get(PAGE).text and "未經審查緊急發布" in office.seat("control").get("/notices").text
    assert owner.fill(PAGE, "/look-over", {"reason": "合宜"}).location.endswith("said=sop-looked-over")
    assert "116年11月26日" in owner.get("/workshop").text
    called = owner.fill("/workshop/shared-follow-up", "/retire", {"reason": "不用了"})
    assert called.status == 409 and "不能停用" in called.text
    assert owner.fill(PAGE, "/retire", {"reason": "改由他流程"}).status == 303
    assert owner.fill(PAGE, "/begin", {"number": "1"}).status == 303  # and begins again from what it was
    assert "第 1 版" in owner.get(PAGE).text
    assert SOP not in owner.get("/procedures").source or "尚未發布" in owner.get("/procedures").text


def test_the_draft_is_taken_along_as_a_file_and_its_amendments_as_a_text_to_circulate(
    office: Office, owner: Seat
) -> None:
    owner.fill(PAGE, "/begin")
    renamed(office, owner, "登錄 <收文> & 掛號".replace("<", "&lt;").replace(">", "&gt;").replace("& ", "&amp; "))
    taken = owner.client.get(f"{PAGE}/chart.bpmn")
    assert taken.status_code == 200 and taken.data == chart(office)
    odt = owner.client.get(f"{PAGE}/changes.odt")
    with ZipFile(io.BytesIO(odt.data)) as packed:
        content = packed.read("content.xml").decode()
    assert "修正規定" in content and "登錄 &lt;收文&gt; &amp; 掛號" in content
    assert owner.get(f"{PAGE}/minutes/1").status == 200
    assert owner.get(f"{PAGE}/minutes/99").status == 404


def test_the_list_says_what_is_found_and_asks_the_database_by_the_drafts_not_by_the_sops(
    office: Office, owner: Seat
) -> None:
    page = owner.get("/workshop").text
    assert "檢核分數" in page and "116年11月26日" in page
    with counted(office.city.store) as sent:
        owner.get("/workshop")
    with office.city.store.act() as db:
        person = people.get(db, "owner", MORNING)
        for sop_id in ("petition-visit-phone", "petition-written-fax"):
            drafts.begin(db, sop_id, who=person, at=MORNING)
    with counted(office.city.store) as again:
        owner.get("/workshop")
    assert len(again) <= len(sent) + 2 * 10


def test_what_others_refer_to_and_nobody_wrote_is_listed_by_how_many_wait(office: Office, owner: Seat) -> None:
    before = owner.get("/workshop/missing").text
    assert "路燈認養作業流程" not in before
    owner.fill(PAGE, "/begin")
    text = chart(office).decode()
    first = text.index("<bpmn:documentation>", text.index('id="PO-04"')) + len("<bpmn:documentation>")
    assert upload(owner, (text[:first] + "依「路燈認養作業流程」辦理。" + text[first:]).encode()).status == 303
    after = owner.get("/workshop/missing").text
    assert "路燈認養作業流程" in after and "人民陳情案件管制作業流程（一）" in after
    offered = owner.get("/workshop/new?name=路燈認養作業流程&id=lamp-adoption&shared=yes")
    assert 'value="路燈認養作業流程"' in offered.source and 'value="lamp-adoption"' in offered.source
    begun = {"id": "lamp-adoption", "name": "路燈認養作業流程", "unit": "works-lighting", "documentation": "認養路燈。"}
    assert owner.fill("/workshop/new", "/workshop/new", begun | {"shared": "yes"}).status == 303
    assert "已有草案" in owner.get("/workshop/missing").text


def test_running_cases_stay_until_the_control_office_tried_and_moved_them_and_one_goes_back(
    office: Office, owner: Seat
) -> None:
    first, second = office.at_officer(), office.petition()
    owner.fill(PAGE, "/begin")
    text = chart(office).decode()
    gone = text.replace('id="PO-08" name="', 'id="PO-08" name="新版', 1)
    assert upload(owner, gone.encode()).status == 303
    assert owner.fill(PAGE, "/emergency", {"reason": "法規今日生效"}).status == 303
    control, page = office.seat("control"), f"/procedures/{SOP}/renew"
    for who in ("clerk", "chief", "stranger"):
        assert office.seat(who).get(page).status == 403
    assert owner.get(page).status == 403
    assert "依舊版辦理的案件（2）" in control.get(page).text
    before = office.everything()
    tried = control.fill(page, "/preview", {"case": [str(first), str(second)]})
    assert tried.status == 200 and "新版" in tried.text and "不變" in tried.text
    before.pop("bundle")
    assert {name: rows for name, rows in office.everything().items() if name != "bundle"} == before
    csrf = control.get(page).hidden("csrf")
    for wrong in ({"case": str(first)}, {"reason": "法規修正"}, {"case": "x", "reason": "y"}):
        assert control.send(page, {"csrf": csrf, **wrong}).status == 422
    done = control.send(page, {"csrf": csrf, "case": [str(first), str(second)], "reason": "法規修正"})
    assert done.status == 303 and done.location is not None
    told = control.get(done.location)
    assert "已辦理 2 項" in told.text and "改回原來的版本" in told.text and f'href="{page}"' in told.source
    assert "都依現行版" in control.get(page).text and office.seat("chief").get(done.location).status == 404
    case_page = control.get(f"/cases/{first}?said=renewed")
    assert "改依現行版辦理" in case_page.text and "法規修正" in case_page.text
    assert control.fill(f"/cases/{first}?said=renewed", "/renew-back").status == 303
    assert "依舊版辦理的案件（1）" in control.get(page).text
    assert not control.get(f"/cases/{first}?said=renewed").offers("/renew-back")


def test_the_control_office_says_where_a_case_goes_on_whose_step_the_new_version_has_not(office: Office) -> None:
    case_id = office.at_officer()
    with office.city.store.act() as db:
        row = dict(db.execute(sa.select(sop_version).where(sop_version.c.sop_id == SOP)).mappings().one())
        forms = {name.replace("PO-08", "PO-88"): form for name, form in row["forms"].items()}
        row |= {"number": 2, "bpmn": row["bpmn"].replace("PO-08", "PO-88"), "forms": forms, "hash": "2" * 64}
        row.pop("id")
        made = db.scalar(sop_version.insert().returning(sop_version.c.id), row)
        db.execute(sop.update().where(sop.c.id == SOP).values(in_force=made))
    control, page = office.seat("control"), f"/procedures/{SOP}/renew"
    tried = control.fill(page, "/preview", {"case": str(case_id)})
    assert "案件接到哪一步" in tried.text and 'name="from" value="PO-08"' in tried.source
    assert not tried.form("/renew").count("checked")
    csrf = control.get(page).hidden("csrf")
    chosen = {"csrf": csrf, "case": str(case_id), "from": "PO-08", "to": "PO-88"}
    for bad in ("nowhere", "PO-S", "壞字", "x" * 600):
        assert "另選由一個人辦理的步驟" in control.send(f"{page}/preview", {**chosen, "to": bad}).text, bad
        kept = control.send(page, {**chosen, "to": bad, "reason": "步驟改編"})
        assert kept.status == 303 and "1 項沒有辦成" in control.get(str(kept.location)).text, bad
    assert control.send(f"{page}/preview", {**chosen, "to": "壞\x00字"}).status == 422
    again = control.send(f"{page}/preview", chosen)
    assert again.status == 200 and "案件接到哪一步" not in again.text and "checked" in again.form("/renew")
    done = control.send(page, {**chosen, "reason": "步驟改編"})
    assert "已辦理 1 項" in control.get(str(done.location)).text
    assert office.city.open_steps(case_id) == ["PO-88"]
    assert control.fill(str(done.location), "/undo").status == 303
    assert office.city.open_steps(case_id) == ["PO-08"]
