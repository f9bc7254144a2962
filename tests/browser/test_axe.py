"""axe over every page there is: with data, with none, refused, late and long; an informant's case for whoever handles,
controls or must not see it; in English; wide and narrow, every fold open.

axe knows roles, names, order and colours better than we do; LOOK_OVER stays for what it does not look at: fields that
point nowhere, links that lead nowhere, pages wider than the screen. A page built of the very elements of one that was
looked at is not looked at again, nor the colours of classes whose colours were; in soak they are.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Route, ViewportSize

from engine.cases import Office as EngineOffice
from engine.dates.workdays import Calendar
from engine.office.vault import Key
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.browser.conftest import LOOK_OVER, PICTURES
from tests.browser.pages import Shown, of_cases, read, refused
from tests.webui.conftest import MORNING, seated
from tests.webui.route_matrix import THINGS, City, build

WEBUI = Path(__file__).parents[2] / "webui"
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 900}
DESK = "http://desk.invalid"
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
#: what depends on the width, asked again on the narrow page in soak; the rest of the page is the same
BY_WIDTH = ["color-contrast", "scrollable-region-focusable", "target-size", "meta-viewport", "link-in-text-block"]
#: what may differ where only the words do
BY_WORDS = ["html-has-lang", "html-lang-valid", "valid-lang", "button-name", "link-name", "label", "image-alt"]
#: the cases are of today, or long overdue and with words that nothing can break
LATER = timedelta(days=90)
#: pages on which cases are
WITH_CASES = (
    "inbox", "case", "control", "oversight", "trends", "printing", "identity", "item", "notices", "files", "extension",
    "opinions", "letters", "standing", "finding",
)  # fmt: skip
UNFOLD = "() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true })"
AXE = """async ([only, where, contrast]) => {
  const options = { resultTypes: ['violations'], preload: false,
    rules: { 'target-size': { enabled: true }, 'color-contrast': { enabled: contrast } } };
  if (only.length) options.runOnly = { type: 'rule', values: only };
  const found = await axe.run(where ? [...document.querySelectorAll(where)] : document, options);
  return found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).join(' | '));
}"""


@dataclass
class Glass:
    """A browser window to which pages are held up: it asks nobody but us, whatever they refer to."""

    page: Page
    shown: Shown | None = None

    def hold_up(self, shown: Shown) -> None:
        self.shown = shown
        self.page.set_viewport_size(WIDE)
        self.page.goto(DESK + shown.path)
        self.page.evaluate(UNFOLD)

    def give(self, asked: Route) -> None:
        """What the page before still asks for is answered too: to take the answering away meanwhile is a race."""
        path = urlsplit(asked.request.url).path
        if path.startswith("/static/"):
            asked.fulfill(path=WEBUI / path[1:])
        elif self.shown and asked.request.is_navigation_request():
            asked.fulfill(status=self.shown.status, content_type="text/html; charset=utf-8", body=self.shown.source)
        else:
            asked.fulfill(status=204)


@pytest.fixture(scope="module")
def glass(chromium: Browser) -> Iterator[Glass]:
    context = chromium.new_context(viewport=WIDE, locale="zh-TW")
    context.add_init_script(AXE_SCRIPT)
    glass = Glass(context.new_page())
    glass.page.route("**/*", glass.give)
    yield glass
    context.close()


def test_no_page_is_wrong_to_axe(glass: Glass, furnished: Path, tmp_path: Path) -> None:
    with _city(furnished, tmp_path / "data.sqlite3", THINGS) as city:
        shown = [*read(city), *refused(city), *of_cases(city)]
        english = list(read(city, language="en"))
    with _city(furnished, tmp_path / "empty.sqlite3", ()) as city:
        shown += [*read(city), *refused(city)]
    _nothing_wrong(glass, _each_kind(shown))
    _nothing_wrong(glass, english, rules=BY_WORDS)


def test_no_page_is_wrong_to_axe_when_all_is_late_and_long(glass: Glass, furnished: Path, tmp_path: Path) -> None:
    with _city(furnished, tmp_path / "late.sqlite3", ("long",), later=LATER) as city:
        shown = [page for page in read(city, "long") if page.what.split()[1].startswith(WITH_CASES)]
    assert any("逾期" in page.source for page in shown)
    assert any("W" * 100 in page.source for page in shown)
    _nothing_wrong(glass, shown)


@contextmanager
def _city(furnished: Path, file: Path, things: Iterable[str], later: timedelta = timedelta()) -> Iterator[City]:
    shutil.copyfile(furnished, file)
    store = Store(f"sqlite:///{file}")
    office = seated(Virtual(store, EngineOffice(calendar=Calendar(), key=Key.of(b"k" * 32)), MORNING))
    with pytest.MonkeyPatch.context() as patch:
        yield build(office, patch, things, later=later)
    store.close()


def _each_kind(shown: Iterable[Shown]) -> list[Shown]:
    """Without those built of the same elements and classes as one before."""
    if SOAK:
        return list(shown)
    found: dict[str, Shown] = {}
    for page in shown:
        below_the_menu = re.sub(r"<header.*?</header>", "", page.source, count=1, flags=re.S)
        tags = "".join(re.findall(r"<[^>]*>", below_the_menu))
        found.setdefault(re.sub(r'\b(?!class\b)([\w-]+)="[^"]*"', r"\1", tags), page)
    return list(found.values())


def _nothing_wrong(glass: Glass, shown: Sequence[Shown], rules: Sequence[str] = ()) -> None:
    wrong, seen = [], set[tuple[str, str]]()
    for page in shown:
        there = set(re.findall(r"<(\w+)(?:[^>]*?\bclass=\"([^\"]*)\")?", page.source))
        colours = SOAK or not there <= seen
        seen |= there
        wrong += [f"{page.what} {page.path}\n    {line}" for line in _wrong(glass, page, rules, colours)]
    assert not wrong, f"{len(wrong)} wrong on {len(shown)} pages\n" + "\n".join(wrong)


def _wrong(glass: Glass, shown: Shown, rules: Sequence[str], colours: bool) -> list[str]:
    glass.hold_up(shown)
    wide = glass.page.evaluate(AXE, [rules, shown.only, colours]) + _looked_over(glass, shown)
    _picture(glass, shown, "wide")
    glass.page.set_viewport_size(NARROW)
    narrow = (glass.page.evaluate(AXE, [BY_WIDTH, shown.only, True]) if SOAK else []) + _looked_over(glass, shown)
    _picture(glass, shown, "narrow")
    return sorted({*wide, *narrow})


def _looked_over(glass: Glass, shown: Shown) -> list[str]:
    found: list[str] = glass.page.evaluate(LOOK_OVER.replace("zh-Hant-TW", shown.language))
    return found


def _picture(glass: Glass, shown: Shown, width: str) -> None:
    if PICTURES:
        name = re.sub(r"\W+", "-", shown.what)
        glass.page.screenshot(path=str(Path(PICTURES) / f"axe-{name}-{width}.png"), full_page=True)
