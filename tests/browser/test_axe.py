"""axe over every page there is: with data, with none, refused; wide and narrow, every fold open.

axe knows roles, names, order and colours better than we do; LOOK_OVER stays for what it does not look at: fields that
point nowhere, links that lead nowhere, pages wider than the screen.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from itertools import chain
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
from tests.browser.pages import Shown, read, refused
from tests.webui.conftest import MORNING, seated
from tests.webui.route_matrix import build

WEBUI = Path(__file__).parents[2] / "webui"
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 900}
DESK = "http://desk.invalid"
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
#: what depends on the width, asked again on the narrow page in soak; the rest of the page is the same
BY_WIDTH = ["color-contrast", "scrollable-region-focusable", "target-size", "meta-viewport", "link-in-text-block"]
UNFOLD = "() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true })"
AXE = """async ([only, where]) => {
  const options = { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } };
  if (only.length) options.runOnly = { type: 'rule', values: only };
  const found = await axe.run(where ? [...document.querySelectorAll(where)] : document, options);
  return found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).join(' | '));
}"""


@pytest.fixture(scope="module")
def glass(chromium: Browser) -> Iterator[Page]:
    """A browser window to which pages are held up: it asks nobody but us, whatever they refer to."""
    context = chromium.new_context(viewport=WIDE, locale="zh-TW")
    context.add_init_script(AXE_SCRIPT)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("things", [("plain",), ()], ids=["data", "empty"])
def test_no_page_is_wrong_to_axe(glass: Page, furnished: Path, tmp_path: Path, things: tuple[str, ...]) -> None:
    shutil.copyfile(furnished, tmp_path / "city.sqlite3")
    store = Store(f"sqlite:///{tmp_path / 'city.sqlite3'}")
    office = seated(Virtual(store, EngineOffice(calendar=Calendar(), key=Key.of(b"k" * 32)), MORNING))
    with pytest.MonkeyPatch.context() as patch:
        city = build(office, patch, things)
        shown = list(chain(read(city), refused(city)))
    store.close()
    assert len(shown) > 40
    wrong = [f"{page.what} {page.path}\n    {line}" for page in shown for line in _wrong(glass, page)]
    assert not wrong, f"{len(wrong)} wrong on {len(shown)} pages\n" + "\n".join(wrong)


def _wrong(glass: Page, shown: Shown) -> list[str]:
    glass.unroute_all()
    glass.route("**/*", lambda asked: _give(asked, shown))
    glass.set_viewport_size(WIDE)
    glass.goto(DESK + shown.path)
    glass.evaluate(UNFOLD)
    wide = glass.evaluate(AXE, [[], shown.only]) + glass.evaluate(LOOK_OVER)
    _picture(glass, shown, "wide")
    glass.set_viewport_size(NARROW)
    narrow = (glass.evaluate(AXE, [BY_WIDTH, shown.only]) if SOAK else []) + glass.evaluate(LOOK_OVER)
    _picture(glass, shown, "narrow")
    return sorted({*wide, *narrow})


def _give(asked: Route, shown: Shown) -> None:
    path = urlsplit(asked.request.url).path
    if path.startswith("/static/"):
        asked.fulfill(path=WEBUI / path[1:])
    elif asked.request.is_navigation_request():
        asked.fulfill(status=shown.status, content_type="text/html; charset=utf-8", body=shown.source)
    else:
        asked.fulfill(status=204)


def _picture(glass: Page, shown: Shown, width: str) -> None:
    if PICTURES:
        name = re.sub(r"\W+", "-", shown.what)
        glass.screenshot(path=str(Path(PICTURES) / f"axe-{name}-{width}.png"), full_page=True)
