"""A database put back from a copy mails nobody until it is released; everything else goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from engine.errors import NotAllowed, NotNow
from engine.office import journal, mail_hold, notices
from engine.office.people import SYSTEM
from engine.office.records import notice
from engine.store import Store
from tests.office.conftest import Staff


class Post:
    """Takes every mail and keeps it."""

    sender = "office@example.invalid"

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> str:
        self.taken.append(message)
        return "250 OK"

    def close(self) -> None:
        """Nothing to close."""


def test_what_would_be_mailed_waits_until_somebody_says_that_this_is_the_office(
    office: Store, staff: Staff, friday_morning: datetime
) -> None:
    lin = staff.lin.id
    server, later = Post(), friday_morning + timedelta(hours=1)
    with office.act() as db:
        mail_hold.hold(db, friday_morning)
        notices.post(
            db, key="urgent", to=lin, case_id=None, kind="incident", facts={}, at=friday_morning, urgent=True
        )  # fmt: skip
    said = notices.deliver(office, at=later, transport=server)
    assert (said.sent, said.held, server.taken) == (0, True, [])
    with office.act() as db:
        assert mail_hold.since(db) == friday_morning
        assert db.scalar(sa.select(notice.c.tries)) == 0, "waiting is no try"
        assert mail_hold.release(db, who=SYSTEM, at=later) == friday_morning
        assert [line.verb for line in journal.of(db, "office")][-1] == "mails.release"
    assert notices.deliver(office, at=later, transport=server).sent == 1
    with office.act() as db, pytest.raises(NotNow):
        mail_hold.release(db, who=SYSTEM, at=later)


def test_only_an_administrator_releases(office: Store, staff: Staff, friday_morning: datetime) -> None:
    with office.act() as db:
        mail_hold.hold(db, friday_morning)
    lin = staff.lin
    with office.act() as db, pytest.raises(NotAllowed):
        mail_hold.release(db, who=lin, at=friday_morning)
    with office.look() as db:
        assert mail_hold.since(db) is not None
