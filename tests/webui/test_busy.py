"""The database is held by somebody else, or away: a plain sentence and a time to try again, nothing half done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from engine.store import Store
from tests.webui.conftest import Office

LOCKED = OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked"))


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """From now on nobody writes, or with ``"look"`` nobody reads; ``"nothing"``: everything works again."""
    sound = {"act": Store.act, "look": Store.look}

    def of(what: str) -> None:
        @contextmanager
        def refuse(_store: Store) -> Iterator[Any]:
            raise LOCKED
            yield

        for name, works in sound.items():
            monkeypatch.setattr(Store, name, refuse if what == name else works)

    return of


def test_a_form_sent_while_the_database_is_held_says_so_and_may_be_sent_again(office: Office, lock: Any) -> None:
    case_id = office.at_officer()
    clerk = office.seat("clerk")
    page = clerk.get(f"/cases/{case_id}")
    fields = {"csrf": page.hidden("csrf"), "key": "k" * 24, "reason": "請補充照片。"}
    before = office.everything()
    lock("act")
    answer = clerk.send(f"/cases/{case_id}/suspend", fields)
    assert (answer.status, answer.answer.headers["Retry-After"]) == (503, "5")
    assert "沒有儲存" in answer.text and "busy" in answer.text
    assert "Traceback" not in answer.source and "locked" not in answer.source
    lock("nothing")
    assert office.everything() == before
    assert clerk.send(f"/cases/{case_id}/suspend", fields).status == 303


def test_a_page_that_is_only_read_waits_for_nobody(office: Office, lock: Any) -> None:
    case_id = office.at_officer()
    office.seat("clerk").get("/")
    office.city.now = office.city.now.replace(minute=5)  # the visit is to be noted as alive
    lock("act")
    assert office.seat("clerk").get(f"/cases/{case_id}").status == 200


def test_a_database_that_is_not_there_is_a_sentence_too(office: Office, lock: Any) -> None:
    office.seat("clerk")
    lock("look")
    answer = office.seat("clerk").get("/")
    assert (answer.status, answer.answer.headers["Retry-After"]) == (503, "5")
    assert "請稍候幾秒再試" in answer.text
