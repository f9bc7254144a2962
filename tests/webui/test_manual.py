"""The manual on the desk: made beside the other work, one at a time, ready until anything in it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diagrams.sheet.paper import Paper
from tests.webui.administration import admin_of, owner_of
from tests.webui.conftest import Office, Seat
from tests.webui.test_procedures import RENAMED, published_anew
from webui import manual_shelf, manuals


class AtOnce:
    """A thread whose work is over when it has started."""

    def __init__(self, *, target: Callable[..., None], args: tuple[Any, ...], daemon: bool) -> None:
        self.run = lambda: target(*args)

    def start(self) -> None:
        self.run()


class Never(AtOnce):
    def start(self) -> None:
        pass


@pytest.fixture
def owner(office: Office, hashed: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Seat:
    office.app.config["HOME"] = tmp_path
    monkeypatch.setattr(manual_shelf, "Thread", AtOnce)
    monkeypatch.setattr(manual_shelf, "_works", {})
    return owner_of(office, hashed)


def test_a_manual_is_made_taken_along_and_gone_when_an_sop_of_it_changes(office: Office, owner: Seat) -> None:
    page = "/manual?division=rdec"
    assert "企劃處研考科作業流程手冊（3 項）" in owner.get(page).text and "還沒有製作" in owner.get(page).text
    assert owner.get("/manual/file.html?division=rdec").status == 404
    done = owner.fill(page, "/manual/make", {"kind": "html", "division": "rdec"})
    assert done.location.endswith("/manual?division=rdec")
    assert "下載 HTML" in owner.get(page).text
    answer = owner.client.get("/manual/file.html?division=rdec")
    assert answer.status_code == 200 and "sop-petition-online" in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    published_anew(office, RENAMED)
    assert owner.get("/manual/file.html?division=rdec").status == 404 and "還沒有製作" in owner.get(page).text


def test_a_manual_is_made_anew_when_the_program_that_lays_it_out_is_another(
    office: Office, owner: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "/manual?division=shared"
    monkeypatch.setattr(manuals, "paper", lambda gathered, *, on, told: Paper("手冊", ()))
    owner.fill(page, "/manual/make", {"kind": "html", "division": "shared"})
    assert "下載 HTML" in owner.get(page).text
    (tmp_path / "style.py").write_text("WIDE = 1", "utf-8")
    monkeypatch.setattr(manuals, "_WRITERS", (*manuals._WRITERS, tmp_path))
    assert "下載 HTML" in owner.get(page).text, "asked once in a process"
    manuals._written_by.cache_clear()
    first, changed = manuals._written_by(), owner.get(page).text
    assert "還沒有製作" in changed
    (tmp_path / "style.py").write_text("WIDE = 2", "utf-8")
    manuals._written_by.cache_clear()
    assert manuals._written_by() != first
    manuals._written_by.cache_clear()


def test_while_one_is_made_the_page_says_how_far_and_another_has_to_wait(
    office: Office, owner: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manual_shelf, "Thread", Never)
    assert owner.fill("/manual?division=shared", "/manual/make", {"kind": "odt"}).status == 303
    page = owner.get("/manual?division=shared")
    assert "正在繪製流程圖" in page.text and "<progress" in page.source
    assert owner.fill("/manual?division=shared", "/manual/make", {"kind": "odt"}).status == 303  # the very same
    assert owner.fill("/manual?division=rdec", "/manual/make", {"kind": "pdf"}).status == 409


def test_what_went_wrong_is_said_and_the_next_may_be_begun(
    office: Office, owner: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise ValueError("secret")

    monkeypatch.setattr(manuals, "paper", broken)
    owner.fill("/manual?division=shared", "/manual/make", {"kind": "odt"})
    page = owner.get("/manual?division=shared").text
    assert "手冊沒有做成" in page and "secret" not in page and "還沒有製作" in page
    assert owner.fill("/manual?division=shared", "/manual/make", {"kind": "odt"}).status == 303


def test_it_is_for_process_owners_the_control_office_and_administrators(
    office: Office, owner: Seat, hashed: str
) -> None:
    for seat in (owner, admin_of(office, hashed), office.seat("control")):
        assert seat.get("/manual").status == 200 and "作業流程手冊" in seat.get("/procedures").text
    clerk = office.seat("clerk")
    assert clerk.get("/manual").status == clerk.get("/manual/file.pdf").status == 403
    assert "作業流程手冊" not in clerk.get("/procedures").text
    assert Seat(office.app).get("/manual").status == 303


def test_a_bad_choice_is_refused_in_a_sentence(office: Office, owner: Seat) -> None:
    assert owner.get("/manual?division=../../etc").status == 404
    assert owner.fill("/manual", "/manual/make", {"kind": "exe"}).status == 422
    assert owner.get("/manual/file.exe").status == 404
