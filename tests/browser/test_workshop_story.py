"""An SOP from the empty canvas to its first finished case, in a browser: drawn, mended, reviewed, published, used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from engine.cases.desks.procedures import folder_in_force
from engine.library import drafts
from engine.library.drafts import Draft
from engine.sops import compare
from engine.sops.sop import Sop
from engine.store import metadata
from tests.browser.conftest import Hall
from tests.browser.hands import Editor, Keys

SOP = "park-toys"
LIGHTING = "工務處路燈管理科"
#: in the order they are drawn; the two of the section chief stand in the chief's lane
STEPS = (
    "受理通報", "現場查看", "封閉遊具", "擬定修復方式", "科長核定", "派工修復", "施工查核", "完工驗收", "恢復開放",
    "回復通報人", "登錄遊具紀錄", "科長檢視",
)  # fmt: skip


@pytest.fixture
def workshop(hall: Hall, hashed: str) -> Iterator[Hall]:
    person = metadata.tables["person"]
    with hall.office.city.store.act() as db:
        writers = ("owner", "rdec-chief")
        db.execute(sa.update(person).where(person.c.account.in_(writers)).values(password_hash=hashed))
    yield hall


def draft(hall: Hall, sop_id: str = SOP) -> Draft:
    with hall.office.city.store.look() as db:
        return drafts.read(db, sop_id)


def in_force(hall: Hall) -> Sop:
    with hall.office.city.store.look() as db:
        return folder_in_force(db, SOP).sop


def test_a_new_sop_is_drawn_mended_reviewed_published_and_used(workshop: Hall) -> None:
    owner = workshop.sit("owner")
    owner.set_viewport_size({"width": 1280, "height": 720})
    _begins(workshop, owner)
    editor = Editor(owner)
    workshop.picture(owner, "story-empty", whole=False)
    _draws(editor)
    workshop.picture(owner, "story-drawn", whole=False)
    _is_refused(owner)
    _mends(workshop, Editor(owner))
    _submits(workshop, owner)
    _is_reviewed(workshop, owner)
    _publishes(owner)
    _is_worked(workshop)
    running = _opens_a_case(workshop, workshop.sit("clerk"), "濱海公園溜滑梯裂縫")
    _edits(workshop, owner)
    _compares(workshop, owner)
    _is_reviewed_again(workshop, owner)
    _publishes(owner)
    _moves(workshop, running)
    _edits_by_keys(workshop)


def _begins(workshop: Hall, owner: Page) -> None:
    owner.goto(f"{workshop.address}workshop")
    owner.get_by_role("link", name="新增作業流程").click()
    owner.get_by_label("名稱").first.fill("公園遊具損壞通報")
    owner.get_by_label("代碼").fill(SOP)
    owner.get_by_label("主辦單位").select_option(label="企劃處研考科")
    owner.get_by_label("組別").select_option("rdec")
    owner.get_by_label("目的").fill("民眾通報公園遊具損壞時，由權責單位查看、修復並回報。")
    owner.get_by_role("button", name="建立草案").click()
    owner.get_by_role("link", name="開啟編輯器").click()


def _draws(editor: Editor) -> None:
    """Two lanes, twelve steps, two decisions, an end; the branches are left without their conditions for now."""
    editor.click(325, 300)
    editor.fill("哪個單位", LIGHTING)
    editor.pad("在右邊加一個泳道")
    editor.fill("名稱", "科長")
    editor.add("由誰承辦")
    editor.fill("角色", "科長")
    editor.fill("哪個單位", LIGHTING)
    editor.place("起點", 325, 150)
    editor.fill("名稱", "接到通報")
    for name in STEPS:
        editor.step(name)
        if name.startswith("科長"):
            editor.choose("承辦（所在泳道）", "科長")
        elif name == "派工修復":
            editor.choose("承辦（所在泳道）", "承辦人")
        if name == "現場查看":
            editor.pad("接一個決策")
            editor.fill("名稱", "是否有立即危險？")
        elif name == "科長核定":
            editor.pad("接一個決策")
            editor.fill("名稱", "核定結果？")
    editor.pad("接著結束")
    editor.fill("名稱", "結案")
    editor.connect("是否有立即危險？", "擬定修復方式")
    editor.connect("核定結果？", "擬定修復方式")
    editor.saved()


def _is_refused(owner: Page) -> None:
    """What cannot be submitted says where it stops, and leads there."""
    owner.get_by_role("link", name="草案與審查").click()
    owner.get_by_role("button", name="送初審").click()
    expect(owner.get_by_role("alert")).to_contain_text("這個分支沒有條件")
    owner.get_by_role("link", name="到編輯器看：").click()
    panel = Editor(owner).panel
    expect(panel.get_by_role("heading", name="流向")).to_be_visible()
    expect(owner.locator(".djs-connection.selected")).to_have_count(1)


def _mends(workshop: Hall, editor: Editor) -> None:
    """What the check found, one after the other, until it may be submitted."""
    page = editor.page
    page.get_by_role("button", name="這 13 個步驟各放一個欄位").click()
    expect(editor.findings().filter(has_text="沒有畫面表單")).to_have_count(0)
    editor.find("現場查看")
    editor.panel.get_by_role("link", name="編輯畫面欄位").click()
    _draws_up_a_screen(page)
    page.get_by_role("link", name="在編輯器檢視").click()
    editor = Editor(page)
    expect(editor.panel.get_by_label("名稱", exact=True)).to_have_value("現場查看")
    editor.follow("這個分支沒有條件")
    editor.fill("名稱", "有")
    editor.when("有沒有立即危險（danger）", "是")
    editor.way("是否有立即危險？", "擬定修復方式")
    editor.fill("名稱", "沒有")
    editor.when("有沒有立即危險（danger）", "否")
    _asks_for_approval(editor)
    editor.follow("法令依據是空的")
    _fills_the_sheet(editor)
    editor.saved()
    workshop.picture(page, "story-mended", whole=False)
    expect(editor.findings()).to_have_count(1)
    expect(editor.findings()).to_contain_text("沒有連結任何績效指標")


def _draws_up_a_screen(page: Page) -> None:
    page.get_by_label("名稱 1", exact=True).fill("損壞情形")
    page.get_by_label("名稱 2", exact=True).fill("有沒有立即危險")
    page.get_by_label("種類 2", exact=True).select_option(label="是否")
    page.get_by_label("欄位 2 必填").check()
    page.locator("fieldset", has=page.get_by_label("名稱 2", exact=True)).locator("summary").click()
    page.get_by_label("欄位代號 2").fill("danger")
    page.get_by_label("欄位代號 2").press("Tab")
    expect(page.locator("#preview").get_by_text("有沒有立即危險")).to_be_visible()
    page.get_by_role("button", name="儲存", exact=True).click()
    expect(page.locator(".said")).to_contain_text("草案已儲存")


def _asks_for_approval(editor: Editor) -> None:
    editor.find("科長核定")
    approval = editor.add("核決")
    editor.choose("核決層級", "三層（科長）", approval)
    editor.fill("核誰辦的步驟", "擬定修復方式", approval)
    outcome = editor.add("處理結果")
    editor.fill("結果存入欄位", "decision", outcome)
    for value, label in (("approved", "核可"), ("returned", "退回修正")):
        outcome.get_by_role("button", name="新增：選項").click()
        editor.fill("值", value, outcome)
        editor.fill("顯示的文字", label, outcome)
    editor.choose("需要", "須填理由", outcome)
    for target, label in (("派工修復", "核可"), ("擬定修復方式", "退回修正")):
        editor.way("核定結果？", target)
        editor.fill("名稱", label)
        value = "approved" if label == "核可" else "returned"
        editor.when("科長核定（decision）", f"{label}（{value}）")


def _fills_the_sheet(editor: Editor) -> None:
    """5W1H, the law it stands on, a note, and the deadline with its ladder."""
    sheet = editor.part("流程基本資料")
    editor.fill("修訂日期", "2026-11-26", sheet)
    sheet.get_by_role("button", name="新增：5W1H").click()
    for word, said in (
        ("何人", "路燈管理科"), ("何事", "遊具修復"), ("何時", "接到通報起"), ("何地", "各公園"), ("為何", "兒童安全"),
        ("如何", "查看、封閉、修復、驗收、回復"),
    ):  # fmt: skip
        editor.fill(word, said, sheet)
    editor.fill("名稱", "公園管理要點", editor.add("法令依據"))
    note = editor.add("註")
    editor.fill("代號", "註1", note)
    editor.fill("掛在哪個步驟", "封閉遊具", note)
    editor.fill("內容", "有立即危險時，先封閉再擬定修復方式。", note)
    limit = editor.add("期限")
    editor.fill("期限名稱", "修復期限", limit)
    editor.fill("長度", "10", limit)
    editor.fill("新增：完成步驟", "科長檢視", limit)
    limit.get_by_role("button", name="新增：到期前提醒").click()
    editor.fill("到期前", "2", limit)
    limit.get_by_role("button", name="新增：到期後稽催").click()
    editor.fill("到期後", "1", limit)
    expect(limit.locator("svg.ladder")).to_have_attribute("aria-label", "期限階梯：前 2 工作天、到期、後 1 工作天")


def _submits(workshop: Hall, owner: Page) -> None:
    """One warning stands with its reason; two others review, each with a remark or a question."""
    owner.get_by_role("link", name="草案與審查").click()
    owner.get_by_text("附理由保留").click()
    owner.get_by_label("為什麼可以不改").fill("辦理滿一年再訂指標。")
    owner.get_by_role("button", name="保留這項警告").click()
    owner.get_by_role("button", name="送初審").click()
    expect(owner.locator(".said")).to_contain_text("草案已送初審")


def _is_reviewed(workshop: Hall, owner: Page) -> None:
    """Two others: the first returns it with a remark pinned to a step, the second asks nothing more."""
    chief = workshop.sit("rdec-chief")
    _opens_draft(workshop, chief)
    chief.get_by_label("哪一個步驟").select_option(label="現場查看")
    chief.get_by_role("textbox", name="意見必填").fill("請寫明到場的時限。")
    chief.get_by_role("button", name="登錄意見").click()
    expect(chief.locator(".said")).to_be_visible()
    chief.locator("summary", has_text="退回修正").click()
    chief.get_by_label("退回的理由").fill("依註1補充後再送。")
    chief.get_by_role("button", name="退回修正").click()
    owner.goto(f"{workshop.address}workshop/{SOP}")
    owner.get_by_role("row", name="註1").get_by_role("link", name="現場查看").click()
    editor = Editor(owner)
    expect(editor.panel.get_by_label("名稱", exact=True)).to_have_value("現場查看")
    editor.fill("說明", "接到通報後半日內到場。")
    editor.saved()
    owner.get_by_role("link", name="草案與審查").click()
    owner.get_by_role("button", name="送初審").click()
    expect(owner.get_by_role("alert")).to_contain_text("註1")
    owner.get_by_label("怎麼處理註1").fill("說明已寫明半日內到場。")
    owner.get_by_role("button", name="登錄回覆").click()
    owner.get_by_role("button", name="送初審").click()
    expect(owner.locator(".said")).to_contain_text("草案已送初審")
    workshop.picture(owner, "story-submitted")
    _approves(workshop, chief, "初審")
    _approves(workshop, workshop.sit("control"), "複審")


def _approves(workshop: Hall, page: Page, stage: str) -> None:
    _opens_draft(workshop, page)
    page.get_by_role("heading", name=stage, exact=True).wait_for()
    page.get_by_role("button", name="核可").click()
    expect(page.get_by_role("alert")).to_contain_text("請確認這一題")
    for question in page.locator("fieldset.choices").all():
        question.get_by_label("符合").check()
    page.get_by_role("button", name="核可").click()
    expect(page.locator(".said")).to_be_visible()


def _opens_draft(workshop: Hall, page: Page) -> None:
    page.goto(f"{workshop.address}workshop")
    page.get_by_role("link", name="公園遊具損壞通報").first.click()


def _publishes(owner: Page) -> None:
    owner.reload()
    owner.get_by_role("button", name="發布", exact=True).click()
    expect(owner.locator(".said")).to_contain_text("發布")


def _opens_a_case(workshop: Hall, clerk: Page, about: str) -> str:
    clerk.goto(f"{workshop.address}cases/new")
    clerk.locator("section", has_text="公園遊具損壞通報").get_by_role("link", name="接到通報").click()
    clerk.get_by_label("案由").fill(about)
    clerk.get_by_role("button", name="登錄並製發收據").click()
    clerk.get_by_role("link", name="前往案件").click()
    return clerk.url


def _is_worked(workshop: Hall) -> None:
    """A case of it, from the desk's opening page to its end, on the pages that the drawing made."""
    clerk, chief = workshop.sit("clerk"), workshop.sit("chief")
    case, returned = _opens_a_case(workshop, clerk, "和平公園鞦韆鍊條斷裂"), False
    expect(clerk.locator("#clocks")).to_contain_text("修復期限")
    waiting = list(STEPS)
    while waiting:
        name = waiting.pop(0)
        page = chief if name.startswith("科長") else clerk
        page.goto(case)
        page.get_by_role("heading", name=name, level=2).wait_for()
        if page.get_by_role("button", name="領取").count():
            page.get_by_role("button", name="領取").first.click()
        if name == "現場查看":
            page.get_by_label("損壞情形").fill("鞦韆鍊條斷裂，座椅懸空。")
            page.get_by_role("group", name="有沒有立即危險").get_by_label("是", exact=True).check()
            workshop.picture(page, "story-case")
        if name == "科長核定" and not returned:
            returned = True
            waiting = ["擬定修復方式", name, *waiting]
            page.get_by_label("理由", exact=False).first.fill("請附兩家估價。")
            page.get_by_role("button", name="退回修正").click()
        elif name == "科長核定":
            page.get_by_role("button", name="核可", exact=True).click()
        else:
            page.get_by_role("button", name="完成這個步驟").click()
        expect(page.locator(".said")).to_be_visible()
    expect(chief.locator("main")).to_contain_text("不需再辦理")
    workshop.picture(chief, "story-finished")


def _edits(workshop: Hall, owner: Page) -> None:
    """A new draft of what is in force: room is made, a step dropped onto a way, another renamed, a date shortened."""
    owner.goto(f"{workshop.address}workshop/{SOP}")
    owner.get_by_role("button", name="開始編修草案").click()
    owner.get_by_role("link", name="開啟編輯器").click()
    editor = Editor(owner)
    editor.find("施工查核")
    editor.fill("名稱", "會同施工查核")
    editor.find("派工修復")
    editor.scroll("派工修復")
    (x, above), (_, below) = editor.box("派工修復"), editor.box("會同施工查核")
    owner.get_by_role("button", name="挪出或收回空間", exact=True).click()
    middle = (above + below) / 2
    owner.mouse.move(x + 140, middle)
    owner.mouse.down()
    owner.mouse.move(x + 140, middle + 60, steps=3)
    owner.mouse.move(x + 140, middle + 140, steps=3)
    owner.mouse.up()
    editor.place("步驟（由人辦理）", x - editor.left, middle + 70 - editor.top)
    owner.keyboard.type("通知公園管理單位")
    owner.keyboard.press("Enter")
    editor.saved()
    owner.get_by_role("button", name="放一個欄位").click()
    editor.follow("沒有連結任何績效指標")
    limit = editor.part("期限")
    editor.fill("長度", "8", limit)
    editor.saved()
    workshop.picture(owner, "story-edited", whole=False)
    sop = draft(workshop).folder.sop
    ways = {(sop.nodes[way.source].name, sop.nodes[way.target].name) for way in sop.flows.values()}
    assert {("派工修復", "通知公園管理單位"), ("通知公園管理單位", "會同施工查核")} <= ways
    assert ("派工修復", "會同施工查核") not in ways


def _compares(workshop: Hall, owner: Page) -> None:
    owner.get_by_role("link", name="並排比較").click()
    owner.locator("[data-part=new] .is-added").first.wait_for()
    owner.locator("[data-part=new] .is-changed").first.wait_for()
    workshop.picture(owner, "story-beside", whole=False)
    owner.goto(f"{workshop.address}workshop/{SOP}/changes")
    row = owner.get_by_role("row", name="會同施工查核").filter(has_text="改名為")
    expect(row.get_by_role("cell").nth(1)).to_have_text("施工查核")
    row.get_by_role("textbox").fill("查核應會同監造單位。")
    owner.get_by_role("button", name="儲存修正理由").click()
    expect(owner.locator(".said")).to_contain_text("草案已儲存")
    workshop.picture(owner, "story-changes")


def _is_reviewed_again(workshop: Hall, owner: Page) -> None:
    owner.goto(f"{workshop.address}workshop/{SOP}")
    owner.get_by_role("button", name="送初審").click()
    expect(owner.locator(".said")).to_contain_text("草案已送初審")
    _approves(workshop, workshop.sit("rdec-chief"), "初審")
    _approves(workshop, workshop.sit("control"), "複審")


def _moves(workshop: Hall, case: str) -> None:
    """The running case stays by its version until somebody moves it, after looking what would become of it."""
    control = workshop.sit("control")
    control.goto(case)
    expect(control.locator("#clocks")).to_contain_text("12/10")
    control.goto(f"{workshop.address}procedures/{SOP}/renew")
    control.get_by_role("button", name="試算").click()
    expect(control.get_by_role("row", name="濱海公園溜滑梯裂縫").first).to_contain_text(
        "115/12/10（四）17:00 → 115/12/08（二）17:00"
    )
    workshop.picture(control, "story-preview")
    control.get_by_label("理由").fill("期限縮短，並先通知公園管理單位。")
    control.get_by_role("button", name="勾選的案件改依新版").click()
    control.get_by_role("link", name="115-00000").first.click()
    expect(control.locator("#clocks")).to_contain_text("12/08")
    expect(control.locator("main")).to_contain_text("第 2 版")
    workshop.picture(control, "story-renewed")


def _edits_by_keys(workshop: Hall) -> None:
    """The same kind of edit through the ordered list: no mouse, no canvas."""
    page = workshop.sit("owner")
    before = in_force(workshop)
    page.goto(f"{workshop.address}workshop/{SOP}")
    keys = Keys(page)
    keys.press("開始編修草案")
    keys.press("以清單編輯")
    keys.press("完工驗收")  # where the step before leads to: its own line
    keys.press("完工驗收")
    keys.write("名稱", "會同驗收")
    keys.press("儲存")
    keys.choose("加在哪個步驟之後", "會同驗收")
    keys.write("名稱", "張貼開放公告")
    keys.press("新增")
    keys.press("畫面欄位")
    keys.write("名稱 1", "張貼日期")
    keys.choose("種類 1", "日期")
    keys.press("儲存")
    page.goto(f"{workshop.address}workshop/{SOP}")
    workshop.picture(page, "story-by-keys")
    keys.press("送初審")
    expect(page.locator(".said")).to_contain_text("草案已送初審")
    now = draft(workshop)
    told = {one.sentence for one in compare.changes(before, now.folder.sop)}
    assert {"新增步驟「張貼開放公告」（承辦人）。", "「完工驗收」改名為「會同驗收」。"} <= told
    assert now.state == "first_review" and any("張貼日期" in form for form in now.forms.values())
