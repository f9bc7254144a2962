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
from tests.browser.conftest import CONTRAST, LOOK_OVER, Hall
from webui.words.patterns import HAN

SOP = "petition-online"
#: what the editor itself says: its tools, the marks around a shape, and the panel without what the SOP says
OURS = """() => [
  ...[...document.querySelectorAll('.djs-palette .entry, .djs-context-pad .entry')]
    .map((one) => one.title || one.getAttribute('aria-label')),
  ...[...document.querySelectorAll(`.editor .tools button, [data-part=state], [data-part=findings] summary, .level,
    [data-part=panel] :is(h2, label, legend, summary, button.slim, p.help, span.help)`)].map((one) => one.textContent),
]"""


#: Chinese words of the panel, shown or in a field, that stand in an element not said to be Chinese
UNSAID = r"""() => [...document.querySelectorAll('[data-part=panel] *:not(datalist *)')].filter((one) => {
  const own = [...one.childNodes].filter((inner) => inner.nodeType === 3).map((inner) => inner.data).join('');
  const said = one.matches('input, textarea') ? one.value : own;
  return /\p{Script=Han}/u.test(said) && !one.closest('[lang]').lang.startsWith('zh');
}).map((one) => one.outerHTML)"""


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
    page.get_by_text("草案第 2 次儲存", exact=True).wait_for()
    assert compare.changes(before, after.folder.sop) == []
    assert after.folder.sop == before
    assert call(page, "return sopflowEditor.untranslated();") == []
    # another kind of step keeps its code; what was copied here can be put into another SOP
    call(
        page,
        """const shape = modeler.get('elementRegistry').get('PO-08');
        modeler.get('bpmnReplace').replaceElement(shape, { type: 'bpmn:ManualTask' });
        modeler.get('copyPaste').copy(modeler.get('elementRegistry').get('PO-09'));""",
    )
    told(page, "已儲存　")
    changed = draft(workshop).folder.sop
    assert changed.nodes["PO-08"].kind == "manual" and changed.nodes["PO-08"].forms == before.nodes["PO-08"].forms
    opened(workshop, "park-lighting", page=page)
    call(
        page,
        """const pool = modeler.get('elementRegistry').find((one) => one.type === 'bpmn:Participant');
        modeler.get('copyPaste').paste({ element: pool, point: { x: 360, y: 300 } });""",
    )
    told(page, "已儲存　")
    pasted = next(n for n in draft(workshop, "park-lighting").folder.sop.nodes.values() if n.kind == "user")
    assert (pasted.name, pasted.outcome) == (before.nodes["PO-09"].name, before.nodes["PO-09"].outcome)


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


def test_the_panel_says_everything_of_steps_ways_lanes_and_the_whole(workshop: Hall) -> None:
    before = draft(workshop).folder.sop
    page = opened(workshop)
    panel = page.locator("[data-part=panel]")
    select(page, next(flow.id for flow in before.flows.values() if flow.condition == 'ours == "no"'))
    panel.get_by_label("比較").select_option("!=")
    select(page, "PO-07")
    panel.get_by_label("承辦（所在泳道）").select_option(label="總收文")
    part = panel.locator("details", has_text="會辦單位").first
    part.locator("summary").click()
    part.get_by_role("button", name="新增").click()
    panel.get_by_label("單位", exact=True).fill("行政處法制科")
    panel.get_by_label("單位", exact=True).press("Tab")
    pinned = panel.locator("details", has_text="掛在這個步驟的註").first
    pinned.locator("summary").click()
    pinned.get_by_role("button", name="新增").click()
    panel.get_by_label("內容").fill("先看是不是本單位的事。")
    select(page, "PO-L3")
    panel.get_by_label("名稱", exact=True).fill("總收文室")
    panel.get_by_label("主辦或協辦").select_option(label="主辦")
    call(page, "modeler.get('selection').select([]);")
    panel.get_by_label("何事").fill("線上陳情的分文與回覆")
    assert panel.locator("svg.ladder").first.get_attribute("aria-label") == (
        "期限階梯：前 2 工作天、前 1 工作天、到期、後 0 工作天、後 3 工作天、後 7 日、後 30 日"
    )
    panel.get_by_label("到期前", exact=True).first.fill("4")
    panel.get_by_label("到期前", exact=True).first.press("Enter")
    told(page, "已儲存　")
    workshop.picture(page, "editor-panel", whole=False)
    assert [one.sentence for one in compare.changes(before, draft(workshop).folder.sop)] == [
        "「何事」改為：線上陳情的分文與回覆",
        *(
            f"「{name}」由「總收文」改由「總收文室」辦理。"
            for name in ("總收文彙整掛號", "計算限辦期限", "並行分文", "掛號分文送權責單位", "並行匯合")
        ),
        "「權責單位收文確認」由「權責單位承辦人」改由「總收文室」辦理。",
        "「權責單位收文確認」的會辦單位有調整。",
        '「權責是否相符」到「協調改分」的條件由 ours == "no" 改為 ours != "no"。',
        "期限「限辦期限」的提醒與稽催有調整。",
        "新增備註「註8」：先看是不是本單位的事。",
        "泳道「總收文」改名為「總收文室」。",
    ]
    page.get_by_role("button", name="English").click()  # and in English nothing of ours is left in Chinese
    page.get_by_role("button", name="Save now").wait_for()
    call(page, "modeler.get('selection').select([]);")
    panel.get_by_label("Purpose", exact=True).wait_for()
    ours: list[str] = page.evaluate(OURS)
    for element, heading in (("PO-08", "Step"), ("PO-L3", "Lane"), ("PO-G1", "Decision")):
        select(page, element)
        panel.get_by_role("heading", name=heading, exact=True).wait_for()
        ours += page.evaluate(OURS)
    assert {"Saved", "Step (done by a person)", "Then a step", "Standard time", "Add"} <= set(ours)
    assert [said for said in ours if HAN.search(said)] == []
    assert page.evaluate(UNSAID) == [], "what is Chinese in it is said to be"
    select(page, "PO-FU")
    offered = panel.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    assert panel.get_by_label("Procedure it calls").input_value() == "Overdue and continued-control follow-up"
    assert "Approval chain" in offered
    page.set_viewport_size({"width": 1280, "height": 720})
    workshop.picture(page, "editor-english", whole=False)


def test_what_cannot_be_read_without_loss_is_shown_and_never_saved(workshop: Hall) -> None:
    chart = draft(workshop).bpmn
    broken = chart.replace('bpmnElement="PO-08"', 'bpmnElement="PO-nowhere"', 1)
    with workshop.office.city.store.act() as db:
        who = people.get(db, "owner", workshop.office.city.now)
        drafts.save(db, SOP, revision=1, bpmn=broken, who=who, at=workshop.office.city.now)
    page = workshop.sit("owner")
    page.goto(f"{workshop.address}workshop/{SOP}/edit")
    page.get_by_text("編輯器不儲存它").wait_for()
    assert page.locator("[data-part=panel]").get_by_label("目的").is_disabled()
    assert draft(workshop).revision == 2


def test_two_at_once_see_both_sides_and_the_keyboard_finds_undoes_and_exports(workshop: Hall) -> None:
    page = opened(workshop)
    page.locator("[data-part=canvas] svg").first.focus()
    page.keyboard.press("Control+f")
    page.get_by_label("在圖中尋找").fill("協調改分")
    page.keyboard.press("End")
    page.locator(".djs-search-result").first.wait_for()
    page.keyboard.press("Enter")
    panel = page.locator("[data-part=panel]")
    panel.get_by_role("heading", name="步驟").wait_for()
    assert panel.get_by_label("名稱", exact=True).input_value() == "協調改分"
    found = page.locator("[data-part=canvas] [data-element-id=PO-07R]").first.bounding_box()
    around = page.locator("[data-part=canvas]").bounding_box()
    assert found and around
    for place, size in (("x", "width"), ("y", "height")):  # what was found stands in the middle
        assert abs(found[place] + found[size] / 2 - around[place] - around[size] / 2) < 40, (found, around)  # type: ignore[literal-required]
    page.locator("[data-part=canvas] svg").first.focus()
    page.keyboard.press("Delete")
    assert "PO-07R" not in call(page, "return modeler.get('elementRegistry').getAll().map((one) => one.id);")
    page.keyboard.press("Control+z")
    select(page, "PO-07R")
    at = workshop.office.city.now
    with workshop.office.city.store.act() as db:  # meanwhile, from another place
        theirs = drafts.read(db, SOP).bpmn.replace('name="協調改分"', 'name="請研考科改分"')
        revision = drafts.read(db, SOP).revision
        drafts.save(db, SOP, revision=revision, bpmn=theirs, who=people.get(db, "owner", at), at=at)
    panel.get_by_label("名稱", exact=True).fill("協調並改分")
    panel.get_by_label("名稱", exact=True).press("Enter")
    both = page.get_by_role("dialog", name="別人在您之後儲存過")
    both.get_by_text("「請研考科改分」改名為「協調並改分」。").wait_for()
    both.locator(".djs-container svg").nth(1).wait_for()
    workshop.picture(page, "editor-stale", whole=False)
    both.get_by_role("button", name="以我的版本覆蓋").click()
    told(page, "已儲存　")
    assert draft(workshop).folder.sop.nodes["PO-07R"].name == "協調並改分"
    for kind, begins in (("BPMN", b"<?xml"), ("SVG", b"<?xml"), ("PNG", b"\x89PNG")):
        with page.expect_download() as handed:
            page.get_by_role("button", name=f"匯出 {kind}").click()
        assert handed.value.path().read_bytes().startswith(begins), kind


def test_an_sop_is_edited_as_a_list_by_keyboard_alone(workshop: Hall) -> None:
    page = workshop.sit("owner", scripts=False)
    page.goto(f"{workshop.address}workshop/{SOP}/steps")
    page.get_by_role("rowheader", name="權責單位收文確認").get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.get_by_label("名稱", exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("確認是不是我們的事")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="確認是不是我們的事").first.wait_for()
    page.get_by_label("加在哪個步驟之後").focus()
    for _ in range(40):
        if page.get_by_label("加在哪個步驟之後").input_value() == "PO-07":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("補照片")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="步驟（由人辦理）：補照片").wait_for()
    sop = draft(workshop).folder.sop
    added = next(node for node in sop.nodes.values() if node.name == "補照片")
    assert [sop.flows[flow].target for flow in sop.nodes["PO-07"].outgoing] == [added.id]
    assert sop.drawing is not None and added.id in sop.drawing.shapes
    page = opened(workshop, page=workshop.sit("owner"))  # and what the list made can be drawn on
    page.get_by_role("link", name="並排比較").click()
    page.locator(f"[data-part=new] [data-element-id={added.id}].is-added").wait_for()
    page.locator("[data-part=old] [data-element-id=PO-07].is-changed").wait_for()
    page.get_by_role("button", name="「權責單位收文確認」改名為「確認是不是我們的事」。").click()
    page.locator("[data-part=new] [data-element-id=PO-07].selected").wait_for()


def test_no_page_around_the_drawing_is_wrong_to_axe(workshop: Hall) -> None:
    page = workshop.sit("owner")
    at = f"{workshop.address}workshop/{SOP}/"
    wrong: list[str] = []
    for path in (
        "steps",
        "steps/PO-G1",
        "steps/PO-08",
        "steps/PO-05",
        "steps/PO-FU",
        "steps/PO-S",
        "parts/head",
        "parts/lanes",
        "parts/notes",
        "parts/values",
        "limits",
        "limits/PO-D1",
        "missing",
        "screens/PO-08",
        "tables/petition_deadline",
        "bring-in",
        "beside",
    ):
        page.goto(at + path if path != "missing" else f"{workshop.address}workshop/missing")
        page.evaluate("() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true })")
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate("async () => (await axe.run()).violations.map((v) => v.id + v.nodes.map((n) => n.html))")
        wrong += [f"{path}: {one}" for one in found]
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            looked = [one for one in page.evaluate(LOOK_OVER) if "bjs-powered-by" not in one]  # its name is its title
            wrong += [f"{path} at {width}: {one}" for one in looked]
            workshop.picture(page, f"list-{path.replace('/', '-')}-{width}")
    assert wrong == []
