"""A process owner's hands at the workshop: mouse, palette, pads and panel of the editor; or the keyboard alone."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

#: what the focused control is called
FOCUSED = """() => { const e = document.activeElement;
  return (e.labels?.[0]?.textContent || e.getAttribute('aria-label') || e.textContent || '').trim(); }"""


@dataclass
class Editor:
    """The process owner's hands: mouse on the canvas, its palette and pads, and the panel beside it."""

    page: Page

    def __post_init__(self) -> None:
        self.page.locator("[data-part=state]").filter(has_text="已儲存").wait_for()
        box = self.page.locator("[data-part=canvas]").bounding_box()
        assert box
        self.left, self.top, self.width, self.height = box["x"], box["y"], box["width"], box["height"]

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
        self.page.mouse.move(self.left + x - 20, self.top + y - 10)
        self.page.mouse.move(self.left + x, self.top + y, steps=3)
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

    def scroll(self, name: str) -> None:
        """Until it stands in the upper half of the canvas, clear of its sides; the wheel answers late."""
        self.page.mouse.move(self.left + 640, self.top + 200)
        for _ in range(20):
            before = self.box(name)
            x, y = before[0] - self.left, before[1] - self.top
            upright, level = 60 < y < self.height / 2, 190 < x < self.width - 190
            if upright and level:
                break
            self.page.mouse.wheel(0 if level else x - self.width / 2, 0 if upright else y - 140)
            for _ in range(50):
                if self.box(name) != before:
                    break
                self.page.wait_for_timeout(20)

    def connect(self, source: str, target: str) -> None:
        self.find(source)
        self.scroll(target)
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


@dataclass
class Keys:
    """The process owner's hands on the keyboard alone: Tab, Enter, arrows and what is typed."""

    page: Page

    def to(self, words: str) -> None:
        for _ in range(400):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED) == words:
                return
        raise AssertionError(f"no Tab leads to {words}")

    def press(self, words: str) -> None:
        self.to(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, words: str, text: str) -> None:
        self.to(words)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, words: str, option: str) -> None:
        self.to(words)
        chosen = "() => document.activeElement.selectedOptions[0].textContent"
        for _ in range(60):
            if option in self.page.evaluate(chosen):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{words} has no {option}")
