"""A petitioner hears at the counter when to expect the answer: by the table, from the day of receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import foreseen, letters
from engine.cases.records import case
from engine.dates import roc
from engine.dates.records import deadline
from engine.office import notices
from tests.cases.conftest import PETITION, Desk

Taipei = Callable[[str], datetime]
BY_VOICE = {"wants_told": "no", "phone_left": "no"}
ON_PAPER = {"letter_form": "complete"}


def hand_in(desk: Desk, sop: str = "petition-online", received_at: datetime | None = None, **given: Any) -> int:
    who, told = desk.who("service1"), {**PETITION, "case_type": "其他", **given}
    return int(desk.act(cases.open_case, sop, who=who, answers=told, received_at=received_at).case_id)


def expected(desk: Desk, case_id: int, **changed: Any) -> str | None:
    with desk.store.look() as db:
        row = db.execute(sa.select(case).where(case.c.id == case_id)).mappings().one()
        found = foreseen.answer_by(db, {**row, **changed}, desk.city.office.calendar)
    return roc.moment(found) if found is not None else None


def receipt(desk: Desk, case_id: int) -> str | None:
    with desk.store.look() as db:
        (told,) = [one for one in notices.of_case(db, case_id) if one.kind == "receipt"]
        return letters.text_of(db, told)


@pytest.mark.parametrize(
    ("sop", "given", "until"),
    [
        ("petition-online", {"channel": "線上陳情"}, "115/12/03 17:00"),
        ("petition-online", {"channel": "線上市容查報", "case_type": "檢舉"}, "115/12/03 17:00"),
        ("petition-visit-phone", {"channel": "到府", "case_type": "市政建議", **BY_VOICE}, "115/12/03 17:00"),
        ("petition-visit-phone", {"channel": "電話", **BY_VOICE}, "115/12/03 17:00"),
        ("petition-written-fax", {"channel": "書面", "case_type": "市政建議", **ON_PAPER}, "115/12/01 17:00"),
        ("petition-written-fax", {"channel": "書面", "case_type": "檢舉", **ON_PAPER}, "115/12/16 17:00"),
        ("petition-written-fax", {"channel": "傳真", **ON_PAPER}, "115/12/17 17:00"),
    ],
)
def test_every_channel_and_type_says_its_day_at_the_hand_in(
    desk: Desk, sop: str, given: dict[str, Any], until: str
) -> None:
    case_id = hand_in(desk, sop, **given)
    assert expected(desk, case_id) == until
    with desk.store.look() as db:
        assert db.execute(sa.select(deadline.c.id)).all() == [], "nothing of it is kept"


def test_the_day_foreseen_is_the_day_that_the_table_gives_then(desk: Desk) -> None:
    case_id = hand_in(desk)
    foretold = expected(desk, case_id)
    desk.done(case_id, "PO-04", "registry1", receipt_number="115-A-1", responsible_unit="works-lighting")
    with desk.store.look() as db:
        due = db.execute(sa.select(deadline.c.due_at).where(deadline.c.path == "PO-D1")).scalar_one()
    assert roc.moment(due) == foretold


def test_the_receipt_in_the_mail_tells_the_day_unless_it_is_over_already(desk: Desk, taipei: Taipei) -> None:
    assert "預定答復期限：115/12/03 17:00" in (receipt(desk, hand_in(desk)) or "")
    assert receipt(desk, hand_in(desk, received_at=taipei("2026-10-01T09:00"))) is None


def test_a_table_that_asks_for_more_than_is_known_foresees_nothing(desk: Desk) -> None:
    case_id = hand_in(desk)
    assert expected(desk, case_id, channel=None) is None
    assert expected(desk, case_id, channel="鴿子") is None
