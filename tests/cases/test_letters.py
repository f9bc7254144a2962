"""The reply as it leaves: its text, the files chosen to go with it and no others, read when it is sent."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from engine import cases
from engine.cases import attachments, letters
from engine.cases.attachments import REPLY_FILES
from engine.cases.records import case
from engine.errors import Invalid
from engine.office import notices
from engine.office.mail import Folder
from tests.attacks.made_files import odf, pdf, picture
from tests.cases.conftest import HANDLED, Desk
from tests.cases.test_attachments import sent


def answered(desk: Desk, **files: Any) -> int:
    case_id = desk.at_officer()
    item = desk.item(case_id, "PO-08")["id"]
    desk.act(cases.complete, item, who=desk.who("lighting1"), answers=HANDLED, files=files)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    return case_id


def mailed(desk: Desk, folder: Path) -> dict[str, EmailMessage]:
    key = desk.city.office.key
    notices.deliver(
        desk.store, at=desk.now, transport=Folder(folder), key=key, letter=letters.writing(key)
    )  # fmt: skip
    found: list[Any] = [BytesParser(policy=policy.default).parsebytes(p.read_bytes()) for p in folder.glob("*.eml")]
    return {mail["Subject"]: mail for mail in found if mail["To"] == "citizen@example.invalid"}


def test_the_files_chosen_for_the_reply_leave_with_it_and_no_others(desk: Desk, tmp_path: Path) -> None:
    answered(
        desk,
        **{
            REPLY_FILES: [sent("施工後.jpg"), sent("說明 書.pdf", pdf()), sent("表.odt", odf()), sent("a.txt", b"x")],
            "attachments": [sent("內部派工單.pdf", pdf(b"(inside)"))],
        },
    )
    mails = mailed(desk, tmp_path / "mails")
    (reply,) = [mail for subject, mail in mails.items() if "已有回復" in subject]
    enclosed = {part.get_filename(): part.get_content() for part in reply.iter_attachments()}
    assert list(enclosed) == ["施工後.jpg", "說明 書.pdf", "表.odt", "a.txt"]
    assert enclosed["施工後.jpg"] == sent().content and enclosed["說明 書.pdf"] == pdf()
    text = reply.get_body()
    assert text is not None and HANDLED["reply_text"] in text.get_content()
    assert "http" not in text.get_content(), "links are never sent"
    (receipt,) = [mail for subject, mail in mails.items() if "已受理" in subject]
    assert list(receipt.iter_attachments()) == []


def test_more_than_ten_megabytes_are_refused_where_they_were_chosen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MOST_MAILED", 1000)
    case_id = desk.at_officer()
    item = desk.item(case_id, "PO-08")["id"]
    big = {REPLY_FILES: [sent("一.jpg"), sent("二.jpg", picture(size=(300, 300)))]}
    with pytest.raises(Invalid) as refusal:
        desk.act(cases.complete, item, who=desk.who("lighting1"), answers=HANDLED, files=big)
    assert list(refusal.value.fields) == [REPLY_FILES]
    desk.act(
        cases.complete, item, who=desk.who("lighting1"), answers=HANDLED, files={"attachments": big[REPLY_FILES]}
    )  # fmt: skip


def test_a_sealed_file_leaves_readable_and_without_the_key_nothing_leaves(desk: Desk, tmp_path: Path) -> None:
    key = desk.city.office.key
    case_id = answered(desk, **{REPLY_FILES: [sent()]})
    assert key is not None
    with desk.store.act() as db:
        attachments.seal_case(db, case_id, key)
    mails = mailed(desk, tmp_path / "mails")
    (reply,) = [mail for subject, mail in mails.items() if "已有回復" in subject]
    assert [part.get_content() for part in reply.iter_attachments()] == [sent().content]


def test_what_is_shown_before_sending_is_what_leaves(desk: Desk, tmp_path: Path) -> None:
    case_id = answered(desk)
    case = desk.city.case(case_id)
    subject, text = letters.preview(case, HANDLED["reply_text"], desk.now)
    reply = mailed(desk, tmp_path / "mails")[subject].get_body()
    assert reply is not None and reply.get_content().strip() == text.strip()
    assert "citizen" not in text


def test_a_case_that_came_by_no_channel_was_answered_by_a_person_and_mails_nothing(desk: Desk, tmp_path: Path) -> None:
    case_id = desk.at_officer()
    with desk.store.act() as db:
        db.execute(case.update().where(case.c.id == case_id).values(channel=None))
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    assert desk.city.case(case_id)["dispatched_at"] is not None
    assert not [subject for subject in mailed(desk, tmp_path / "mails") if "已有回復" in subject]
