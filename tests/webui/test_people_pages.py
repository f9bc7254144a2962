"""The pages about people and units: what was typed stays, a link is shown once, lists cost the same however long."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from engine.office import journal, people, roster, staffing
from engine.office.records import person, vault
from tests.webui.conftest import PASSWORD, PEOPLE, Office, Seat


@pytest.fixture
def admin(office: Office) -> Seat:
    return signed_in(office, "admin")


def signed_in(office: Office, account: str) -> Seat:
    with office.city.store.act() as db:
        known = db.scalar(sa.select(person.c.password_hash).where(person.c.account == "lighting1"))
        db.execute(sa.update(person).where(person.c.account == account).values(password_hash=known))
    seat = Seat(office.app)
    assert seat.sign_in(account, PASSWORD).status == 303
    return seat


def id_of(office: Office, account: str) -> int:
    with office.city.store.look() as db:
        return int(db.execute(sa.select(person.c.id).where(person.c.account == account)).scalar_one())


def held(office: Office, account: str) -> set[str]:
    with office.city.store.look() as db:
        return {
            f"{one.role_id}@{one.unit_id}"
            for one in staffing.memberships(db, [id_of(office, account)]).get(id_of(office, account), ())
        }


def verbs(office: Office, account: str) -> list[str]:
    with office.city.store.look() as db:
        return [line.verb for line in journal.of(db, f"person:{id_of(office, account)}")]


NEW = {"account": "newcomer", "name": "例新人", "email": "", "unit": "works-lighting", "role": "officer"}


def test_a_new_person_gets_a_link_that_is_shown_once_and_works_once(office: Office, admin: Seat) -> None:
    page = admin.fill("/admin/people/new", "/admin/people/new", NEW)
    assert page.status == 200
    link = re.search(r'value="http://[^/"]+(/welcome/[^"]+)"', page.source)
    assert link
    assert held(office, "newcomer") == {"officer@works-lighting"}
    assert verbs(office, "newcomer") == ["account.add"]
    assert link[1] not in admin.get(f"/admin/people/{id_of(office, 'newcomer')}").source
    newcomer = Seat(office.app)
    csrf = newcomer.get(link[1]).hidden("csrf")
    sent = {"csrf": csrf, "new": "rainy-umbrella-walk", "again": "rainy-umbrella-walk"}
    assert newcomer.send(link[1], sent).status == 303
    assert newcomer.send(link[1], sent).status == 404
    assert newcomer.sign_in("newcomer", "rainy-umbrella-walk").status == 303


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"account": "Wang"}, "account"),
        ({"account": "lighting1"}, "account"),
        ({"name": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"role": ""}, "role"),
        ({"unit": "nowhere"}, "unit"),
        ({"unit": "planning-rdec", "role": "rdec_officer"}, "role"),
        ({"name": "<b>例</b>" * 30}, "name"),
    ],
)
def test_a_refused_newcomer_comes_back_with_everything_typed(admin: Seat, given: dict[str, str], field: str) -> None:
    full = {**NEW, **given}
    page = admin.fill("/admin/people/new", "/admin/people/new", full)
    assert page.status == 422
    assert f'href="#f-{field}"' in page.source
    assert full["account"] in page.source
    assert "<b>" not in page.source


def test_a_role_is_given_for_a_time_and_ended_with_one_entry_each(office: Office, admin: Seat) -> None:
    path = f"/admin/people/{id_of(office, 'lighting2')}"
    sent = {"unit": "works-roads", "role": "officer", "since": "115/12/1", "until": "115/12/31"}
    assert admin.fill(path, "/give", sent).location.endswith("?said=role-given")
    assert "自" not in admin.get(path).text or "115/12/01 至 115/12/31" in admin.get(path).text
    page = admin.fill(path, "/give", {**sent, "until": "yesterday"})
    assert page.status == 422 and 'value="yesterday"' in page.source
    ended = {"unit": "works-lighting", "role": "officer", "last": "115/11/26"}
    csrf = admin.get(path).hidden("csrf")
    assert admin.send(f"{path}/end-role", {"csrf": csrf, "key": "k", **ended}).status == 303
    assert verbs(office, "lighting2") == ["membership.give", "membership.end"]


def test_what_two_people_must_want_waits_for_the_second(office: Office, admin: Seat) -> None:
    path = f"/admin/people/{id_of(office, 'lighting2')}"
    sent = {"unit": "planning-rdec", "role": "service_center", "reason": "支援服務中心"}
    assert admin.fill(path, "/give", sent).location.endswith("?said=nominated")
    assert "service_center@planning-rdec" not in held(office, "lighting2")
    assert "支援服務中心" in admin.get(path).text
    assert "要由另一位人員核定" in admin.get("/admin/nominations").text
    chief = signed_in(office, "rdec-chief")
    assert "有人申請職務或權限，請核定" in chief.get("/notices").text
    page = chief.get("/admin/nominations")
    [action] = re.findall(r'action="(/admin/nominations/\d+)"', page.source)
    sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), "granted": "yes"}
    assert chief.send(action, sent).status == 303
    assert chief.send(action, sent).status == 404
    assert "service_center@planning-rdec" in held(office, "lighting2")
    assert office.seat("clerk").get("/admin/nominations").status == 403


def test_an_administrator_finds_no_button_for_themself(office: Office, admin: Seat) -> None:
    page = admin.get(f"/admin/people/{id_of(office, 'admin')}")
    for action in ("/give", "/link", "/close", "/administrator", "/unlock"):
        assert not page.offers(action)
    csrf = admin.get("/").hidden("csrf")
    mine = id_of(office, "admin")
    for action, more in (
        ("give", {"unit": "planning-rdec", "role": "rdec_chief", "reason": "x"}),
        ("administrator", {"reason": "x"}),
    ):
        page = admin.send(f"/admin/people/{mine}/{action}", {"csrf": csrf, "key": "k", **more})
        assert page.status in (403, 422)
        assert "不能變更自己的職務或權限" in page.text
    assert admin.send(f"/admin/people/{mine}/link", {"csrf": csrf}).status == 403
    assert "rdec_chief@planning-rdec" not in held(office, "admin")


def test_closing_an_account_shows_the_open_work_first_and_hands_it_back(office: Office, admin: Seat) -> None:
    case_id = office.at_officer()
    clerk = office.seat("clerk")
    clerk.fill(f"/cases/{case_id}", f"/items/{office.item(case_id, 'PO-08')}/claim")
    path = f"/admin/people/{id_of(office, 'lighting1')}"
    page = admin.get(path)
    assert "手上的待辦（1 件）" in page.text and "停用帳號並退回 1 件待辦" in page.text
    csrf = page.hidden("csrf")
    assert admin.send(f"{path}/close", {"csrf": csrf, "key": "k", "work": "0"}).status == 409
    assert clerk.get("/").status == 200
    assert admin.send(f"{path}/close", {"csrf": csrf, "key": "k", "work": "1"}).status == 303
    assert clerk.get("/").status == 303
    assert admin.fill(path, "/open").status == 303


def test_visits_are_ended_and_a_lock_is_taken_off(office: Office, admin: Seat) -> None:
    clerk = office.seat("clerk")
    path = f"/admin/people/{id_of(office, 'lighting1')}"
    assert admin.fill(path, "/end-visits").status == 303
    assert clerk.get("/").status == 303
    for _ in range(5):
        Seat(office.app).sign_in("lighting1", "not-the-password")
    assert "鎖定至" in admin.get(path).text
    assert "例路燈甲" in admin.get("/admin/people?state=locked").text
    assert admin.fill(path, "/unlock").status == 303
    assert Seat(office.app).sign_in("lighting1").status == 303


def test_people_are_found_by_name_account_unit_and_state(admin: Seat) -> None:
    for query, there, not_there in (
        ("?q=路燈", "例路燈甲", "例水道甲"),
        ("?q=drainage", "例水道甲", "例路燈甲"),
        ("?unit=works-roads", "例道路甲", "例路燈甲"),
        ("?state=admin", "例系統", "例路燈甲"),
        ("?state=closed", "沒有符合的人員", "例路燈甲"),
        ("?q=%25", "沒有符合的人員", "例路燈甲"),
    ):
        text = admin.get(f"/admin/people{query}").text
        assert there in text and not_there not in text, query


def test_a_list_of_people_costs_the_same_however_long(office: Office) -> None:
    asked: list[str] = []
    with office.city.store.look() as db:
        sa.event.listen(db, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
        for size in (2, 50):
            rows, total = roster.page(db, at=office.city.now, state="all", size=size)
            assert len(rows) == min(size, total)
            staffing.memberships(db, [row["id"] for row in rows])
    assert len([one for one in asked if one.startswith("SELECT")]) == 4, "two a page"


# -- units -----------------------------------------------------------------------------------------------------------


def test_units_are_shown_as_a_tree_and_changed_one_by_one(office: Office, admin: Seat) -> None:
    assert "工務處路燈管理科" in admin.get("/admin/units").text
    sent = {"unit": "works-parks", "name": "工務處公園科", "above": "works", "since": "116/1/1"}
    assert admin.fill("/admin/units", "/admin/units", sent).status == 303
    assert "自 116/01/01 起" in admin.get("/admin/units").text
    page = admin.fill("/admin/units", "/admin/units", {**sent, "name": "另一科"})
    assert page.status == 422 and 'value="另一科"' in page.source
    path = "/admin/units/works-lighting"
    assert admin.fill(path, "/rename", {"name": "工務處照明科", "since": "115/11/26"}).status == 303
    assert "工務處照明科" in admin.get("/admin/units").text
    page = admin.fill(path, "/end", {"last": "114/1/1", "successor": "works-roads"})
    assert page.status == 422 and 'value="114/1/1"' in page.source
    assert admin.fill(path, "/end", {"last": "115/12/31", "successor": "works-roads"}).status == 303
    off = admin.fill(path, "/call-off")
    assert off.status == 303 and "已取消結束" in admin.get(off.location).text and admin.get(path).offers("/end")
    assert admin.fill(path, "/end", {"last": "115/12/31", "successor": "works-roads"}).status == 303
    text = admin.get(path).text
    assert "承接單位 工務處道路養護科" in text and "工務處路燈管理科" in text
    assert admin.get("/admin/units/nowhere").status == 404


# -- absence ---------------------------------------------------------------------------------------------------------


def test_one_notes_an_absence_and_the_substitute_finds_the_work(office: Office) -> None:
    clerk = office.seat("clerk")
    sent = {"first": "115/11/26", "last": "115/11/27", "substitute": str(id_of(office, "lighting2"))}
    assert clerk.fill("/absence", "/absence", sent).location == "/absence?said=absent"
    assert "請假中" in clerk.get("/absence").text
    colleague = office.seat("colleague")
    assert "例路燈甲 至 115年11月27日" in colleague.get("/absence").text
    assert "請假與代理" in colleague.get("/notices").text
    assert clerk.fill("/absence", "/end").status == 303
    assert "沒有登記中的請假" in clerk.get("/absence").text


def test_who_sits_beside_one_is_offered_first_and_others_with_their_unit(office: Office) -> None:
    source = office.seat("clerk").get("/absence").source
    beside, _, elsewhere = source.partition('<optgroup label="其他單位的同角色人員">')
    assert "例路燈乙（承辦人）" in beside and '<optgroup label="同單位">' in beside
    assert "例道路甲（承辦人，工務處道路養護科）" in elsewhere


@pytest.mark.parametrize(
    ("given", "field"),
    [({"first": "someday"}, "first"), ({"last": ""}, "last"), ({"substitute": "x"}, "substitute"),
     ({"first": "115/11/30", "last": "115/11/27"}, "last")],
)  # fmt: skip
def test_a_refused_absence_keeps_what_was_typed(office: Office, given: dict[str, str], field: str) -> None:
    sent = {"first": "115/11/27", "last": "115/11/30", "substitute": "", **given}
    page = office.seat("clerk").fill("/absence", "/absence", sent)
    assert page.status == 422
    assert f'href="#f-{field}"' in page.source and f'value="{sent["first"]}"' in page.source


def test_a_chief_notes_it_for_their_people_and_nobody_else_does(office: Office) -> None:
    mine = id_of(office, "lighting1")
    sent = {"first": "115/11/27", "last": "115/11/27", "substitute": "", "person": str(mine)}
    chief = office.seat("chief")
    assert "例路燈甲" in chief.get("/absence").text
    csrf = chief.get(f"/absence?person={mine}").hidden("csrf")
    assert chief.send("/absence", {"csrf": csrf, "key": "k", **sent}).status == 303
    for role in ("colleague", "stranger", "control"):
        seat = office.seat(role)
        assert seat.get(f"/absence?person={mine}").status == 403
        assert seat.send("/absence", {"csrf": seat.get("/").hidden("csrf"), "key": "k", **sent}).status == 403


# -- informants ------------------------------------------------------------------------------------------------------


def test_who_is_excluded_is_chosen_by_account_or_full_name(office: Office) -> None:
    case_id = office.at_officer()
    service, path = office.seat("service"), f"/cases/{case_id}/guard"
    for words, sentence in (("例", "符合的人員不只一位"), ("nobody", "查無此人員"), ("", "查無此人員")):
        page = service.fill(path, "/exclude", {"person": words, "reason": "被檢舉人"})
        assert page.status == 422 and sentence in page.text
        assert "被檢舉人" in page.source
    assert service.fill(path, "/exclude", {"person": "例路燈乙", "reason": "被檢舉人"}).status == 303
    assert office.seat("colleague").get(f"/cases/{case_id}").status == 404
    assert office.seat("clerk").get(f"/cases/{case_id}").status == 200
    page = service.get(path)
    assert "例路燈乙" in page.text
    sent = {"csrf": page.hidden("csrf"), "key": "k", "who": str(id_of(office, "lighting2")), "reason": "查明無涉"}
    assert service.send(f"{path}/readmit", sent).status == 303
    assert office.seat("colleague").get(f"/cases/{case_id}").status == 200


def test_the_excluded_finds_the_case_by_no_number_and_no_word(office: Office) -> None:
    case_id = office.at_officer(subject="紫色路燈故障")
    colleague = office.seat("colleague")
    number = re.search(r"115-\d{6}", colleague.get(f"/cases/{case_id}").source)
    assert number
    queries = [f"/cases?q={number[0]}", f"/cases?q={number[0]}&go=1", "/cases?q=紫色", "/?view=role&q=紫色", "/overdue"]
    named = f"/cases/{case_id}"
    assert all(named in colleague.get(query).source + colleague.get(query).location for query in queries[:3])
    office.seat("service").fill(
        f"/cases/{case_id}/guard", "/exclude", {"person": PEOPLE["colleague"], "reason": "被檢舉人"}
    )
    for query in queries:
        page = colleague.get(query)
        assert named not in page.source + page.location and "紫色路燈故障" not in page.text, query


def test_who_was_excluded_and_why_stands_on_no_page_of_the_handling_unit(office: Office) -> None:
    case_id = office.at_officer()
    guard = f"/cases/{case_id}/guard"
    service, clerk = office.seat("service"), office.seat("clerk")
    service.fill(guard, "/exclude", {"person": "roads1", "reason": "與陳情人有親戚關係"})
    for path in (f"/cases/{case_id}", f"/cases/{case_id}?by=people", f"/cases/{case_id}/print"):
        page = clerk.get(path)
        assert page.status == 200 and "親戚關係" not in page.text and "例道路甲" not in page.text, path
        assert "排除於本案" not in page.text and "迴避" not in page.text, path
        assert "將例道路甲排除於本案之外" in service.get(path).text and "親戚關係" in service.get(path).text
    office.seat("colleague").fill(f"/cases/{case_id}", "/claim")
    service.fill(guard, "/exclude", {"person": PEOPLE["colleague"], "reason": "被檢舉人"})
    page = clerk.get(f"/cases/{case_id}")
    assert "將「權責單位處理」退回待領：有人員須迴避。" in page.text and "被檢舉人" not in page.text
    service.fill(guard, "/exclude", {"person": PEOPLE["clerk"], "reason": "被檢舉人"})
    page = office.seat("chief").get(f"/cases/{case_id}")
    assert "有人員須迴避，目前沒有人可以辦理「權責單位處理」。" in page.text and "被檢舉人" not in page.text


def test_whoever_excludes_themself_is_led_away_from_the_case(office: Office) -> None:
    case_id = office.at_officer()
    page = office.seat("service").fill(
        f"/cases/{case_id}/guard", "/exclude", {"person": PEOPLE["service"], "reason": "自行迴避"}
    )
    assert (page.status, page.location) == (303, "/?said=excluded")


def test_a_report_says_that_its_identity_is_sealed(office: Office) -> None:
    case_id = office.at_officer(case_type="檢舉")
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "檢舉案：身分已密封" in page.text
    assert not page.offers("/identity")
    assert not page.offers("/guard") and "/guard" not in page.source
    assert office.seat("service").get(f"/cases/{case_id}").offers("/identity")
    plain = office.at_officer()
    assert "檢舉案" not in office.seat("clerk").get(f"/cases/{plain}").text
    assert office.seat("service").fill(f"/cases/{plain}/guard", "/mark", {"reason": "內容為檢舉"}).status == 303
    assert "檢舉案：身分已密封" in office.seat("clerk").get(f"/cases/{plain}").text


# -- access, retention -----------------------------------------------------------------------------------------------


def test_whoever_has_to_write_or_call_reads_how_to_reach_the_petitioner(office: Office) -> None:
    """The unit that may not learn who it is, is told who writes and calls for it."""
    asks, for_you = "查閱陳情人資料（須說明理由）", "請服務中心代為寄送、聯絡"
    case_id = office.at_officer()
    for role, offered in (("clerk", True), ("service", True), ("control", True), ("head", False)):
        page = office.seat(role).get(f"/cases/{case_id}")
        assert ("陳情人 加密保存" in page.text, asks in page.text, for_you in page.text) == (True, offered, False), role
        assert ('id="f-identity-reason"' in page.source) is offered, "the link leads to the field for the reason"
    office.seat("service").fill(f"/cases/{case_id}/guard", "/mark", {"reason": "內容為檢舉"})
    for role, offered in (("clerk", False), ("chief", False), ("service", True), ("control", True)):
        page = office.seat(role).get(f"/cases/{case_id}")
        assert (asks in page.text, for_you in page.text) == (offered, not offered), role


def test_the_access_report_is_narrowed_and_taken_along_as_a_sheet(office: Office, admin: Seat) -> None:
    case_id = office.at_officer()
    office.seat("clerk").fill(f"/cases/{case_id}", "/identity", {"reason": "=電話聯絡"})
    text = admin.get("/admin/access").text
    assert "例路燈甲" in text and "=電話聯絡" in text and "例民眾" not in text
    assert "沒有符合的紀錄" in admin.get("/admin/access?kind=refused").text
    assert "沒有符合的紀錄" in admin.get("/admin/access?since=115/12/1").text
    assert admin.get("/admin/access?since=someday").status == 422
    assert "迄日不能早於起日" in admin.get("/admin/access?since=115/12/2&until=115/12/1").text
    assert admin.get("/admin/access.csv?since=someday").status == 422, "not everything instead"
    sheet = admin.get("/admin/access.csv?person=lighting1")
    assert sheet.answer.mimetype == "text/csv"
    assert "例路燈甲" in sheet.source and "'=電話聯絡" in sheet.source


def test_retention_is_tried_before_it_is_set(office: Office, admin: Seat) -> None:
    office.at_officer()
    sent = {"identities": "60", "files": "", "notices": ""}
    assert "未啟用，全部保存" in admin.get("/admin/retention").text
    tried = admin.fill("/admin/retention", "/admin/retention", {**sent, "act": "count"})
    assert tried.status == 200 and "今天會銷毀" in tried.text and 'value="60"' in tried.source
    assert "未啟用，全部保存" in admin.get("/admin/retention").text
    for bad in ("0", "9999", "five"):
        for act in ("count", "save"):
            page = admin.fill("/admin/retention", "/admin/retention", {**sent, "files": bad, "act": act})
            assert page.status == 422 and f'value="{bad}"' in page.source
    assert admin.fill("/admin/retention", "/admin/retention", {**sent, "act": "save"}).status == 303
    assert "每夜銷毀到期資料" in admin.get("/admin/retention").text
    with office.city.store.look() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(vault)) == 1


def test_one_fixed_number_of_statements_shows_who_looked(office: Office) -> None:
    from engine.cases.desks import access

    for number in range(3):
        case_id = office.at_officer()
        office.seat("clerk").fill(f"/cases/{case_id}", "/identity", {"reason": f"電話聯絡{number}"})
    asked: list[str] = []
    with office.city.store.look() as db:
        who = people.get(db, "admin", office.city.now)
        sa.event.listen(db, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
        assert [len(access.access(db, access.Sought(), who=who, size=size).rows) for size in (1, 50)] == [1, 3]
    assert len([one for one in asked if one.startswith("SELECT")]) == 2, "one a page"
