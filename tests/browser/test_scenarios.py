"""The editor shows what the draft's scenarios say, a while after a save; without JavaScript their page says it."""

from __future__ import annotations

import yaml

from engine.library import drafts
from engine.office import people
from tests.browser.conftest import Hall
from tests.browser.test_editor import SOP, call, draft, opened, told, workshop

__all__ = ["workshop"]


def test_a_scenario_that_fails_becomes_a_finding_that_selects_its_element(workshop: Hall) -> None:
    [first, *_] = yaml.safe_load(draft(workshop).scenarios)
    first["expect"]["end"] = "PO-E2"
    with workshop.office.city.store.act() as db:
        at = workshop.office.city.now
        drafts.save(
            db, SOP, revision=1, scenarios=yaml.safe_dump([first], allow_unicode=True),
            who=people.get(db, "owner", at), at=at,
        )  # fmt: skip
    page = opened(workshop)
    findings = page.locator("[data-part=findings]")
    assert "情境「TO-1" not in findings.inner_text()
    call(page, "saving.dirty = true;")
    page.get_by_role("button", name="立即儲存").click()
    told(page, "已儲存　")
    line = findings.locator("li").filter(has_text="情境「TO-1")
    line.wait_for(state="attached")
    if not line.is_visible():
        findings.locator("summary").click()
    line.get_by_role("button").first.click()
    assert call(page, "return modeler.get('selection').get().map((one) => one.id);") == ["PO-E2"]
    page.goto(f"{workshop.address}workshop/{SOP}/scenarios")
    assert "應為 PO-E2" in page.inner_text("main")
