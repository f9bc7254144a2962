"""表單登記: everybody in the house looks up a form by any of its names and sees which steps use it."""

from __future__ import annotations

from engine.library import register
from engine.office.people import SYSTEM
from tests.laid import PROCESSES
from tests.webui.conftest import Office


def test_the_clerk_finds_a_form_by_its_short_name_and_goes_to_the_sop_that_makes_it(office: Office) -> None:
    with office.city.store.act() as db:
        register.load(db, (PROCESSES / "forms.yaml").read_text("utf-8"), who=SYSTEM, at=office.city.now)
    for who in ("clerk", "stranger"):
        page = office.seat(who).get("/forms?q=人民陳情紀錄表")
        assert "嘉義市政府人民陳情案件紀錄表 又稱：人民陳情案件紀錄表" in page.text
        assert "未編號 第 1 版" in page.text and "共 1 筆" in page.text
        assert 'href="/procedures/petition-visit-phone"' in page.source
        assert 'href="/forms/petition-record/blank"' in page.source
    assert "沒有留存空白表單" in office.seat("clerk").get("/forms?q=辦理情形").text
    many = office.seat("clerk").get("/forms")
    assert "第 1／" in many.text and "page=2" in many.source
    assert "第 2／" in office.seat("clerk").get("/forms?page=2").text
    assert office.seat("clerk").get("/forms?page=999").status == 200
    assert "沒有符合的表單" in office.seat("clerk").get("/forms?q=%00查無此表").text
