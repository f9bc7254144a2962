"""An SOP from the empty canvas to its first finished case, in a browser: drawn, mended, reviewed, published, used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from engine.library import drafts
from engine.library.drafts import Draft
from engine.store import metadata
from tests.browser.conftest import Hall

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


@dataclass
class Editor:
    """The process owner's hands: mouse on the canvas, its palette and pads, and the panel beside it."""

    page: Page

    def __post_init__(self) -> None:
        self.page.locator("[data-part=state]").filter(has_text="已儲存").wait_for()
        box = self.page.locator("[data-part=canvas]").bounding_box()
        assert box
        self.left, self.top, self.height = box["x"], box["y"], box["height"]

    @property
    def panel(self) -> Locator:
        return self.page.locator("[data-part=panel]")

    def part(self, words: str) -> Locator:
        """A fold of the panel, opened."""
        fold = self.panel.locator("details.part", has=self.page.locator("summary", has_text=words)).first
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
        return fold

    def add(self, words: str) -> Locator:
        self.part(words).get_by_role("button", name="新增", exact=True).last.click()
        return self.part(words)

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(self.left + x, self.top + y)

    def place(self, what: str, x: float, y: float) -> None:
        """From the palette onto the canvas."""
        self.page.get_by_role("button", name=what, exact=True).click()
        self.click(x, y)

    def pad(self, title: str) -> None:
        """One of the small buttons beside what is selected."""
        self.page.locator(".djs-context-pad").get_by_title(title, exact=True).last.click()

    def step(self, name: str) -> None:
        """Another step after the selected one: its name is typed where it appears."""
        self.pad("接一個步驟")
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")

    def fill(self, label: str, value: str, scope: Locator | None = None) -> None:
        field = (scope or self.panel).get_by_label(label, exact=True).last
        field.fill(value)
        field.press("Tab")

    def choose(self, label: str, words: str, scope: Locator | None = None) -> None:
        (scope or self.panel).get_by_label(label, exact=True).last.select_option(label=words)

    def find(self, name: str) -> None:
        self.page.get_by_role("button", name="尋找", exact=True).click()
        self.page.get_by_label("在圖中尋找").fill(name)
        self.page.keyboard.press("End")
        self.page.locator(".djs-search-result").first.wait_for()
        self.page.keyboard.press("Enter")
        expect(self.panel.get_by_label("名稱", exact=True)).to_have_value(name)

    def box(self, name: str) -> tuple[float, float]:
        """Where on the screen a step stands."""
        text = self.page.locator(".djs-shape").filter(has_text=name).locator(".djs-hit").first.bounding_box()
        assert text, name
        return text["x"] + text["width"] / 2, text["y"] + text["height"] / 2

    def connect(self, source: str, target: str) -> None:
        self.find(source)
        y = self.box(target)[1] - self.top
        if not 60 < y < self.height - 60:
            self.page.mouse.move(self.left + 640, self.top + 200)
            self.page.mouse.wheel(0, y - self.height / 2)
        self.pad("連到別的圖示")
        x, y = self.box(target)
        self.page.mouse.move(x - 20, y - 10)
        self.page.mouse.move(x, y)
        self.page.mouse.click(x, y)

    def way(self, source: str, target: str) -> None:
        """A way out of a decision, reached from the decision's panel."""
        self.find(source)
        self.panel.get_by_role("button", name=target, exact=True).first.click()

    def when(self, field: str, value: str) -> None:
        self.panel.get_by_role("button", name="加一個條件").click()
        self.choose("欄位", field)
        self.choose("值", value)

    def follow(self, words: str) -> None:
        """A finding says what is wrong; its link leads to the element."""
        self.findings().filter(has_text=words).first.get_by_role("button").first.click()

    def saved(self) -> None:
        self.page.get_by_role("button", name="立即儲存").click()
        self.page.locator("[data-part=state]").filter(has_text="已儲存　").wait_for()

    def findings(self) -> Locator:
        return self.page.locator("[data-part=findings] li")


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
    for page, stage in ((chief, "初審"), (workshop.sit("control"), "複審")):
        _opens_draft(workshop, page)
        page.get_by_role("heading", name=stage, exact=True).wait_for()
        page.get_by_role("button", name="核可").click()
        expect(page.get_by_role("alert")).to_contain_text("請確認這一題")
        for question in page.locator("fieldset.choices").all():
            question.get_by_label("符合").check()
        workshop.picture(page, f"story-{stage}")
        page.get_by_role("button", name="核可").click()
        expect(page.locator(".said")).to_be_visible()


def _opens_draft(workshop: Hall, page: Page) -> None:
    page.goto(f"{workshop.address}workshop")
    page.get_by_role("link", name="公園遊具損壞通報").first.click()


def _publishes(owner: Page) -> None:
    owner.reload()
    owner.get_by_role("button", name="發布", exact=True).click()
    expect(owner.locator(".said")).to_contain_text("發布")


def _is_worked(workshop: Hall) -> None:
    """A case of it, from the desk's opening page to its end, on the pages that the drawing made."""
    clerk, chief = workshop.sit("clerk"), workshop.sit("chief")
    clerk.goto(f"{workshop.address}cases/new")
    clerk.locator("section", has_text="公園遊具損壞通報").get_by_role("link", name="接到通報").click()
    clerk.get_by_label("案由").fill("和平公園鞦韆鍊條斷裂")
    clerk.get_by_role("button", name="登錄並製發收據").click()
    clerk.get_by_role("link", name="前往案件").click()
    case, returned = clerk.url, False
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
