"""The SOP editor in a real browser: opened, drawn in, filled in at its panel, saved by itself, told what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from engine.library import drafts
from engine.library.drafts import Draft
from engine.office import people
from engine.sops import compare
from engine.store import metadata
from tests.browser.conftest import CONTRAST, Hall

SOP = "petition-online"


@pytest.fixture
def workshop(hall: Hall, hashed: str) -> Hall:
    """The hall, with a process owner who has begun a draft, and a new SOP."""
    store, at = hall.office.city.store, hall.office.city.now
    person = metadata.tables["person"]
    with store.act() as db:
        db.execute(sa.update(person).where(person.c.account == "owner").values(password_hash=hashed))
    with store.act() as db:
        who = people.get(db, "owner", at)
        drafts.begin(db, SOP, who=who, at=at)
        drafts.begin_new(
            db, "park-lighting", name="公園照明報修", unit="planning-rdec", division="rdec",
            documentation="公園裡的燈壞了有人修。", who=who, at=at,
        )  # fmt: skip
    return hall


def draft(hall: Hall, sop_id: str = SOP) -> Draft:
    with hall.office.city.store.look() as db:
        return drafts.read(db, sop_id)


def opened(hall: Hall, sop_id: str = SOP, *, page: Page | None = None) -> Page:
    page = page or hall.sit("owner")
    page.goto(f"{hall.address}workshop/{sop_id}/edit")
    assert page.evaluate("async () => (await sopflowEditor.ready).warnings.map(String)") == []
    return page


def select(page: Page, element: str) -> None:
    page.evaluate(
        """async (id) => { const { modeler } = await sopflowEditor.ready;
        modeler.get('selection').select(modeler.get('elementRegistry').get(id)); }""",
        element,
    )


def told(page: Page, words: str) -> None:
    page.locator("[data-part=state]").filter(has_text=words).wait_for()


def call(page: Page, script: str) -> Any:
    return page.evaluate(f"async () => {{ const {{ modeler, saving }} = await sopflowEditor.ready; {script} }}")


def test_an_sop_opened_and_saved_unchanged_says_what_it_said(workshop: Hall) -> None:
    before = draft(workshop).folder.sop
    page = opened(workshop)
    call(page, "saving.dirty = true;")
    page.get_by_role("button", name="立即儲存").click()
    told(page, "已儲存　")
    after = draft(workshop)
    assert after.revision == 2  # bpmn-js writes it in its own order
    assert compare.changes(before, after.folder.sop) == []
    assert after.folder.sop == before
    assert call(page, "return sopflowEditor.untranslated();") == []


def test_a_step_is_drawn_named_and_given_an_owner_and_the_check_speaks(workshop: Hall) -> None:
    page = opened(workshop, "park-lighting")
    page.get_by_text("流程沒有開始事件").wait_for()
    page.get_by_role("button", name="起點", exact=True).click()
    canvas = page.locator("[data-part=canvas]").bounding_box()
    assert canvas
    page.mouse.click(canvas["x"] + 300, canvas["y"] + 150)
    page.get_by_title("接一個步驟").click()
    page.get_by_title("接著結束").click()
    told(page, "已儲存　")
    sop = draft(workshop, "park-lighting").folder.sop
    step = next(node for node in sop.nodes.values() if node.kind == "user")
    assert sop.lane_of(step.id) is not None
    finding = page.get_by_role("button", name=step.id).first  # it has no name yet
    finding.focus()
    page.keyboard.press("Enter")
    panel = page.locator("[data-part=panel]")
    panel.get_by_label("名稱", exact=True).fill("派人查看")
    panel.get_by_label("說明").fill("到現場看燈號與線路。")
    panel.get_by_text("標準工時", exact=True).first.wait_for()
    panel.get_by_role("button", name="新增", exact=True).first.click()
    panel.get_by_label("時間", exact=True).fill("2")
    panel.get_by_label("時間", exact=True).press("Tab")
    page.get_by_role("button", name="復原").click()
    page.get_by_role("button", name="重做").click()
    told(page, "已儲存　")
    kept = draft(workshop, "park-lighting").folder.sop.nodes[step.id]
    assert (kept.name, kept.documentation) == ("派人查看", "到現場看燈號與線路。")
    assert kept.standard_time is not None and (kept.standard_time.value, kept.standard_time.unit) == (2, "workday")
    workshop.picture(page, "editor-new", whole=False)
    assert page.evaluate(CONTRAST) == []
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate("async () => (await axe.run()).violations.map((v) => v.id + v.nodes.map((n) => n.html))") == []
