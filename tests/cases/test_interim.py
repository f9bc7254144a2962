"""Letters to the petitioner about the date: put off, waiting for him, running on; and never a word of them in facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import letters
from engine.cases.records import case, document
from engine.office import mail, notices
from engine.office.records import notice, vault
from tests.cases.conftest import PETITION, Desk

Taipei = Callable[[str], datetime]
REASON = "須會同台電現場勘查，尚待排定。"


def _letters(desk: Desk, case_id: int) -> list[Any]:
    """What is on its way to the petitioner, after the receipt."""
    to_them = notice.c.case_id == case_id, notice.c.person_id.is_(None), notice.c.kind != "receipt"
    return desk.rows(sa.select(notice).where(*to_them).order_by(notice.c.id))


def _extended(desk: Desk, case_id: int, grant: bool = True) -> None:
    which = desk.act(
        cases.ask_extension, case_id, "PO-D1", length=10, reason=REASON, who=desk.who("lighting1")
    )  # fmt: skip
    desk.act(cases.decide_extension, which, grant=grant, reason="請先回復。", who=desk.who("works-head"))


def _sent(desk: Desk, folder: Path) -> list[str]:
    """The words of every mail that leaves now."""
    folder.mkdir()
    notices.deliver(
        desk.store, at=desk.now, transport=mail.Folder(folder, "office@example.invalid"), key=desk.city.office.key,
        letter=letters.text_of,
    )  # fmt: skip
    read = (mail_file.read_bytes() for mail_file in sorted(folder.rglob("*.eml")))
    return [_words(content) for content in read]


def _words(content: bytes) -> str:
    import email
    from email.policy import default

    found = email.message_from_bytes(content, policy=default)
    return f"{found['To']}\n{found['Subject']}\n{found.get_content()}"


def test_the_petitioner_reads_why_it_takes_longer_and_until_when(desk: Desk, tmp_path: Path) -> None:
    case_id = desk.at_officer()
    _extended(desk, case_id)
    mails = _sent(desk, tmp_path / "out")
    letter = next(words for words in mails if "延長辦理期限" in words)
    assert letter.startswith("citizen@example.invalid")
    assert REASON in letter and "辦理期限延至 115/12/17 17:00" in letter
    assert all(PETITION[name] not in letter for name in ("petitioner_name", "petitioner_phone", "body"))


def test_the_outbox_names_numbers_and_the_date_only(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    _extended(desk, case_id)
    (letter,) = _letters(desk, case_id)
    assert (letter["kind"], letter["channel"], letter["state"]) == ("interim", "mail", "waiting")
    assert letter["facts"].keys() == {"number", "document", "of", "due"}
    assert letter["facts"]["due"] == taipei("2026-12-17T17:00").isoformat()
    assert REASON not in str(letter["facts"])


def test_the_letter_is_a_document_of_the_case_proven_by_its_delivery(desk: Desk, tmp_path: Path) -> None:
    case_id = desk.at_officer()
    _extended(desk, case_id)
    _sent(desk, tmp_path / "out")
    made = desk.rows(sa.select(document).where(document.c.case_id == case_id, document.c.kind == "interim"))
    assert [row["notice_id"] for row in made] == [_letters(desk, case_id)[0]["id"]]
    assert _letters(desk, case_id)[0]["state"] == "sent"
    entry = desk.entries(case_id)[-1]
    assert (entry.verb, entry.effects["documents"]) == ("grant_extension", ["interim"])


def test_a_refused_extension_is_nothing_to_write_about(desk: Desk) -> None:
    case_id = desk.at_officer()
    _extended(desk, case_id, grant=False)
    assert _letters(desk, case_id) == []


@pytest.mark.parametrize("lacking", ["applicant", "channel"])
def test_where_nobody_handed_in_nobody_is_written_to(desk: Desk, lacking: str) -> None:
    case_id = desk.at_officer()
    with desk.store.act() as db:
        if lacking == "applicant":
            db.execute(sa.delete(vault).where(vault.c.case_id == case_id))
        else:
            db.execute(sa.update(case).where(case.c.id == case_id).values(channel=None))
    _extended(desk, case_id)
    assert _letters(desk, case_id) == []
    assert desk.entries(case_id)[-1].verb == "grant_extension", "granted all the same"


def test_who_is_asked_for_something_reads_what_and_then_the_new_date(
    desk: Desk, taipei: Taipei, tmp_path: Path
) -> None:  # fmt: skip
    case_id = desk.at_officer()
    desk.act(cases.suspend, case_id, reason="請補充路燈的編號或照片。", who=desk.who("lighting1"))
    first = _sent(desk, tmp_path / "first")
    assert any("請補充路燈的編號或照片。" in words and "暫停計算辦理期限" in words for words in first)
    desk.city.until(taipei("2026-11-30T09:00"))
    desk.act(cases.proceed, case_id, reason="已補正。", who=desk.who("lighting1"))
    second = _sent(desk, tmp_path / "second")
    assert [words for words in second if "辦理期限為 115/12/07 17:00" in words]
    assert [row["kind"] for row in _letters(desk, case_id)] == ["supplement", "resumed"]


def test_a_second_suspension_is_a_second_letter(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    for _ in range(2):
        desk.act(cases.suspend, case_id, reason="請補充。", who=desk.who("lighting1"))
        desk.act(cases.proceed, case_id, who=desk.who("lighting1"))
    assert [row["kind"] for row in _letters(desk, case_id)] == ["supplement", "resumed"] * 2


def test_a_clock_that_stood_still_for_ours_alone_is_not_told(desk: Desk, taipei: Taipei) -> None:
    """Only what the petitioner waits for: once the answer left, the follow-up's own clock is the office's matter."""
    case_id = desk.at_officer()
    desk.city.until(taipei("2026-12-04T09:00"))  # late: the tracking of the shared procedure runs
    desk.act(cases.suspend, case_id, reason="等候勘查。", who=desk.who("lighting1"))
    assert _letters(desk, case_id) == []
