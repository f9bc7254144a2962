"""A real Chromium before the real desk: the application served on a free port of this machine, on a virtual clock."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from waitress.server import create_server

from tests.webui.conftest import PASSWORD, PEOPLE, Office, Seat, furnished, hashed, office

__all__ = ["furnished", "hashed", "office"]

CHROMIUM = "/usr/bin/chromium"
#: where to keep the pictures of a run; without it none are taken
PICTURES = os.environ.get("PICTURES", "")

#: what a page must hold whoever looks at it: no id twice, no field without a name, nothing wider than the screen
LOOK_OVER = """() => {
  const wrong = [];
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push('id twice: ' + id);
  for (const e of document.querySelectorAll('input:not([type=hidden]),select,textarea'))
    if (!e.labels.length && !e.getAttribute('aria-label')) wrong.push('no label: ' + e.name);
  for (const e of document.querySelectorAll('button,a[href]'))
    if (!e.textContent.trim() && !e.getAttribute('aria-label')) wrong.push('no name: ' + e.outerHTML.slice(0, 80));
  for (const a of document.querySelectorAll('[aria-describedby],[aria-labelledby]'))
    for (const id of ((a.getAttribute('aria-describedby') || '') + ' ' +
                      (a.getAttribute('aria-labelledby') || '')).trim().split(/\\s+/))
      if (!document.getElementById(id)) wrong.push('points nowhere: ' + id);
  for (const a of document.querySelectorAll('a[href^="#"]'))
    if (!document.getElementById(a.getAttribute('href').slice(1))) wrong.push('leads nowhere: ' + a.href);
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
  if (document.documentElement.lang !== 'zh-Hant-TW') wrong.push('lang');
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) wrong.push('wider than the screen by ' + wide);
  return wrong;
}"""

#: contrast of every text with the ground it stands on, by the formula of WCAG 2.1; drawings have a test of their own
CONTRAST = """() => {
  const rgb = (s) => s.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => .2126 * linear(r / 255) + .7152 * linear(g / 255) + .0722 * linear(b / 255);
  const wrong = new Set();
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('svg') || e.closest('.skip,.anchor,.visually-hidden')) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e);
    if (style.visibility === 'hidden' || !e.getClientRects().length) continue;
    let under = e, ground = [0, 0, 0, 0];
    while (under && (ground.length === 4 && ground[3] === 0)) {
      ground = rgb(getComputedStyle(under).backgroundColor); under = under.parentElement;
    }
    if (ground.length === 4 && ground[3] === 0) ground = [255, 255, 255];
    const a = light(rgb(style.color)), b = light(ground);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const big = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (big ? 3 : 4.5)) wrong.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...wrong];
}"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


@dataclass
class Hall:
    """The running desk and whoever has sat down at it."""

    office: Office
    address: str
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def sit(self, who: str, *, scripts: bool = True, width: int = 1280, by_hand: bool = False) -> Page:
        """A browser of that person's own, signed in: ``by_hand`` with clicks and keys, else with the visit's cookie."""
        account = PEOPLE.get(who, who)
        if by_hand:
            page = self.door(scripts=scripts, width=width)
            page.get_by_label("帳號").fill(account)
            page.get_by_label("密碼").fill(PASSWORD)
            page.get_by_role("button", name="登入").click()
        else:
            seat = Seat(self.office.app)
            assert seat.sign_in(account).status == 303
            cookie = seat.client.get_cookie("sopflow")
            assert cookie is not None
            page = self._page(scripts, width)
            page.context.add_cookies([{"name": "sopflow", "value": cookie.value, "url": self.address}])
            page.goto(self.address)
        page.get_by_role("heading", name="待辦", level=1).wait_for()
        return page

    def door(self, *, scripts: bool = True, width: int = 1280) -> Page:
        page = self._page(scripts, width)
        page.goto(self.address)
        return page

    def _page(self, scripts: bool, width: int) -> Page:
        context = self.chromium.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": 900}, locale="zh-TW"
        )
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self.troubles.append(said.text) if "Content Security" in said.text else None)
        return page

    def picture(self, page: Page, name: str, *, whole: bool = True) -> None:
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=whole)

    def look_over(self, page: Page) -> None:
        """Nothing wrong that a machine can see. Only where scripts may run: the looking itself is one."""
        assert page.evaluate(LOOK_OVER) == [], page.url
        assert page.evaluate(CONTRAST) == [], page.url


@pytest.fixture
def hall(office: Office, chromium: Browser) -> Iterator[Hall]:
    server: Any = create_server(office.app, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True)
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    hall = Hall(office, f"http://127.0.0.1:{server.effective_port}/", chromium)
    try:
        yield hall
    finally:
        for context in hall.contexts:
            context.close()
        server.close()
        server.task_dispatcher.shutdown()
        running.join(timeout=10)
    assert hall.troubles == []
