"""Every office-wide value on one page: marked as proposed or set, by whom and when, and back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.cases import rules, watching
from engine.library import yearly
from engine.library.records import sop_version
from engine.office import quiet
from engine.sops.rules.rule import rules as rules_of_sops
from tests.webui.administration import admin_of, counted, owner_of
from tests.webui.conftest import Office, Seat
from webui import beginning

#: none of it as proposed
OTHER = {"return_alert": "5", "reopened_days": "14", "soon_days": "4"}


@pytest.fixture
def admin(office: Office, hashed: str) -> Seat:
    return admin_of(office, hashed)


def set_rules(office: Office) -> rules.Rules:
    with office.city.store.look() as db:
        return rules.rules(db)


@pytest.mark.parametrize("path", ["/settings", "/settings/cases"])
def test_only_the_administrator_sees_them(office: Office, admin: Seat, hashed: str, path: str) -> None:
    assert admin.get(path).status == 200
    for seat in (owner_of(office, hashed), office.seat("clerk")):
        assert seat.get(path).status == 403
        csrf = seat.get("/notices").hidden("csrf")
        for target, fields in (("/settings/cases", OTHER), ("/settings/cases/proposed", {})):
            assert seat.send(target, {"csrf": csrf, **fields}).status == 403
    assert set_rules(office) == rules.Rules()


def test_what_nobody_set_is_marked_as_proposed_and_what_was_set_says_by_whom(office: Office, admin: Seat) -> None:
    before = admin.get("/settings")
    assert "已設定" not in before.text and "未設定 建議值 60 個月" in " ".join(before.text.split())
    assert "第 3 次" in before.text and not before.offers("/settings/cases/proposed")
    done = admin.fill("/settings/cases", "/settings/cases", OTHER)
    assert (done.status, done.location) == (303, "/settings?said=settings-saved")
    page = admin.get("/settings")
    assert (
        "第 5 次" in page.text and "建議值 第 3 次" in page.text and "上次變更" in page.text and "例系統" in page.text
    )
    with office.city.store.look() as db:
        assert beginning.office(db, None).rules == rules.Rules(5, 14, 4), "and it holds for every act from now on"
    assert "變更案件設定" in admin.get("/admin/journal?about=office&verb=settings.cases").text


def test_one_button_brings_back_what_was_proposed(office: Office, admin: Seat) -> None:
    admin.fill("/settings/cases", "/settings/cases", OTHER)
    admin.fill("/oversight/marks", "/oversight/marks", {"idle_days": "9", "unclaimed_hours": "8"})
    for group in ("cases", "oversight"):
        done = admin.fill("/settings", f"/settings/{group}/proposed")
        assert (done.status, done.location) == (303, "/settings?said=settings-proposed")
    with office.city.store.look() as db:
        assert (rules.rules(db), watching.marks(db), quiet.rules(db)) == (
            rules.Rules(),
            watching.Marks(),
            quiet.Rules(),
        )
    csrf = admin.get("/notices").hidden("csrf")
    assert admin.send("/settings/retention/proposed", {"csrf": csrf}).status == 404, "nothing is destroyed by a button"


@pytest.mark.parametrize("value", ["", "0", "91", "三", "-1"])
def test_a_value_that_cannot_be_comes_back_with_its_sentence(office: Office, admin: Seat, value: str) -> None:
    page = admin.fill("/settings/cases", "/settings/cases", dict.fromkeys(OTHER, value))
    for sentence in ("退回次數須為 1 至 20。", "追蹤日數須為 1 至 90。", "即將到期的工作天數須為 1 至 10。"):
        assert sentence in page.text, sentence
    assert page.status == 422 and page.form("/settings/cases").count(f'value="{value}"') == 3
    assert set_rules(office) == rules.Rules()


def test_what_is_due_soon_is_what_the_office_says_in_every_list(office: Office) -> None:
    office.at_officer()
    for days, shown in ((2, False), (5, True)):
        office.city.office = replace(office.city.office, rules=rules.Rules(soon_days=days))
        for page in ("/?view=role", "/oversight/work", "/cases", "/control"):
            seat = office.seat({"/control": "control", "/?view=role": "clerk"}.get(page, "chief"))
            assert ('class="band soon"' in seat.get(page).source) == shown, (page, days)


def test_the_page_asks_a_fixed_number_of_questions(office: Office, admin: Seat) -> None:
    with counted(office.city.store) as few:
        admin.get("/settings")
    for n in (4, 5, 6):
        admin.fill("/settings/cases", "/settings/cases", {"return_alert": str(n)})
    with counted(office.city.store) as many:
        admin.get("/settings")
    assert len(many) == len(few)


def test_the_rules_of_sops_are_read_by_all_and_set_by_the_administrator(office: Office, admin: Seat) -> None:
    clerk = office.seat("clerk")
    page = clerk.get("/workshop/rules")
    assert "核定步驟須接決策閘道" in page.text and "R3註6" in page.text and not page.offers("/workshop/rules")
    own = admin.get("/workshop/rules").form("/workshop/rules")
    assert 'name="L035"' in own and 'name="L024"' not in own, "secrets in an SOP are an error everywhere"
    standing = {rule.id: rule.level for rule in rules_of_sops() if rule.id != "L024"}
    done = admin.fill("/workshop/rules", "/workshop/rules", {**standing, "L035": "off"})
    assert (done.status, done.location) == (303, "/workshop/rules?said=settings-saved")
    assert "L035 不檢查" in admin.get("/settings").text
    assert admin.fill("/workshop/rules", "/workshop/rules", {**standing, "L035": "grave"}).status == 422
    assert admin.fill("/settings", "/settings/rules/proposed").status == 303
    assert "L035 不檢查" not in admin.get("/settings").text
    csrf = clerk.get("/notices").hidden("csrf")
    assert clerk.send("/workshop/rules", {"csrf": csrf, "L035": "off"}).status == 403


def test_how_often_a_procedure_is_looked_over_is_the_administrators_and_the_workshop_says_what_is_due(
    office: Office, admin: Seat, hashed: str
) -> None:
    owner, clerk = owner_of(office, hashed), office.seat("clerk")
    assert "12 個月" in admin.get("/settings").text
    for seat in (owner, clerk):
        csrf = seat.get("/notices").hidden("csrf")
        assert seat.get("/settings/reviews").status == 403
        assert seat.send("/settings/reviews", {"csrf": csrf, "months": "1"}).status == 403
    for wrong in ("", "0", "61", "一年"):
        page = admin.fill("/settings/reviews", "/settings/reviews", {"months": wrong})
        assert page.status == 422 and "檢視間隔須為 1 至 60 個月。" in page.text, wrong
    assert "應於" not in owner.get("/workshop").text
    done = admin.fill("/settings/reviews", "/settings/reviews", {"months": "1"})
    assert (done.status, done.location) == (303, "/settings?said=settings-saved")
    assert "前檢視" in owner.get("/workshop").text and "▲ 逾期" not in owner.get("/workshop").text
    with office.city.store.act() as db:
        db.execute(sop_version.update().values(published_at=office.city.now - timedelta(days=90)))
    assert "▲ 逾期" in owner.get("/workshop").text and clerk.get("/workshop").status == 403
    with office.city.store.act() as db:
        assert yearly.remind(db, office.city.now) == 1
    assert "作業流程年度檢視逾期：" in owner.get("/notices").text
    assert admin.fill("/settings", "/settings/reviews/proposed").status == 303
    assert "應於" not in owner.get("/workshop").text
