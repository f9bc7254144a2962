"""Every page in English, with data and refused: nothing of ours is left in Chinese, and what is Chinese is marked."""

from __future__ import annotations

import pytest

from tests.browser.pages import read, refused
from tests.webui.conftest import Office
from tests.webui.route_matrix import build
from tests.webui.test_english import chinese_in

#: a choice of the SOP's form, as it stands there
TYPED = "檢舉 (report)"


def test_no_page_leaves_a_reader_of_english_with_our_chinese(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    city = build(office, monkeypatch, ("plain",))
    shown = [*read(city, language="en"), *refused(city, language="en")]
    assert len(shown) > 80
    wrong = {page.what: found for page in shown if (found := chinese_in(page.source.replace(TYPED, "")))}
    assert wrong == {}
