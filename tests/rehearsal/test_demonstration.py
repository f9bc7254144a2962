"""The invented city: the same for the same seed, with everything an office meets, and with work for everybody in it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import migrations
from engine.cases.records import (
    ITEM_IS_OPEN,
    answer,
    attachment,
    case,
    document,
    draft,
    extension,
    item,
    link,
    meeting_item,
    note,
    opinion,
    suspension,
)  # fmt: skip
from engine.cases.surroundings import Office
from engine.library.records import sop_version
from engine.office import journal, people
from engine.office.records import absence, entry, exclusion, notice
from engine.rehearsal import demonstration
from engine.rehearsal.plans import CHANNELS, plans
from engine.rehearsal.scenarios import city
from engine.rehearsal.virtual import TAIPEI
from engine.store import Store
from tests import laid
from webui.commands.demo import SHOWN

PROCESSES = Path(__file__).parents[2] / "processes"
AFTERNOON = datetime(2026, 11, 20, 14, 0, tzinfo=TAIPEI)
FEW, SMALL = 12, 30
WHOLE = 66


def made(store: Store, now: datetime, count: int, *, only: Collection[str] | None = laid.PETITIONS) -> Office:
    here = city(PROCESSES, demonstration.begins(now, count=count), store=store, only=only)
    told = demonstration.make(store, here.office, now.astimezone(UTC), count=count)
    assert told.refused == []
    assert told.opened == count
    return here.office


def new_store(path: Path) -> Store:
    store = Store(f"sqlite:///{path}")
    migrations.upgrade(store)
    return store


@pytest.fixture(scope="module")
def whole_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with every kind of petition and every SOP, made once."""
    path = tmp_path_factory.mktemp("city") / "city.sqlite3"
    store = new_store(path)
    made(store, AFTERNOON, WHOLE, only=None)
    store.close()
    return path


@pytest.fixture
def whole(whole_file: Path) -> Store:
    return Store(f"sqlite:///{whole_file}")


def happened(store: Store) -> list[Any]:
    """All that stands in the journal of cases, without what is different each time."""
    c = entry.c
    lines = sa.select(c.subject, c.verb, c.step, c.at, c.by, c.reason).where(c.subject.startswith("case:"))
    with store.look() as db:
        return [tuple(row) for row in db.execute(lines.order_by(c.subject, c.seq))]


def count(store: Store, query: sa.Select[Any]) -> int:
    with store.look() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def test_the_same_seed_makes_the_same_city(tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        store = new_store(tmp_path / f"{name}.sqlite3")
        made(store, AFTERNOON, SMALL)
        told.append(happened(store))
        store.close()
    assert told[0] == told[1]
    assert len(told[0]) > SMALL * 3
    assert plans(SMALL, 115) != plans(SMALL, 116)


@pytest.mark.parametrize("now", [
    datetime(2026, 11, 21, 23, 30, tzinfo=TAIPEI),  # a Saturday night
    datetime(2026, 2, 17, 9, 0, tzinfo=TAIPEI),  # in the new year's holidays
    datetime(2026, 11, 20, 6, 0, tzinfo=TAIPEI),  # before anybody came
], ids=["night", "holiday", "early"])  # fmt: skip
def test_a_city_made_at_any_hour_has_nothing_of_the_future_in_it(tmp_path: Path, now: datetime) -> None:
    store = new_store(tmp_path / "city.sqlite3")
    made(store, now, FEW)
    with store.look() as db:
        for column in (entry.c.at, case.c.received_at, item.c.opened_at, answer.c.at, document.c.at, notice.c.at):
            assert db.scalar(sa.select(sa.func.max(column))) <= now
    assert count(store, sa.select(item.c.id).where(ITEM_IS_OPEN)) > FEW / 3
    store.close()


def test_the_procedures_were_in_force_before_the_first_petition_came_in(whole: Store) -> None:
    with whole.look() as db:
        published = db.scalar(sa.select(sa.func.max(sop_version.c.published_at)))
        first = db.scalar(sa.select(sa.func.min(case.c.received_at)))
    assert published <= first
    assert AFTERNOON - published > timedelta(days=60)


KINDS: Mapping[str, sa.Select[Any]] = {
    "joined as duplicate": sa.select(case.c.id).where(case.c.close_reason == "duplicate"),
    "a new case of a dissatisfied petitioner": sa.select(link.c.to_id).where(link.c.kind == "re-petition"),
    "third return, on the meeting's list": sa.select(meeting_item.c.id),
    "given to another unit": sa.select(item.c.id).where(item.c.step.endswith("07R")),
    "transferred": sa.select(entry.c.id).where(entry.c.verb == "transfer"),
    "follow-up in several rounds": sa.select(item.c.case_id)
    .where(item.c.step.endswith("FU-04"), item.c.status == "done").group_by(item.c.case_id).having(sa.func.count() > 1),
    "extension granted": sa.select(extension.c.id).where(extension.c.state == "granted"),
    "extension refused": sa.select(extension.c.id).where(extension.c.state == "refused"),
    "extension waiting": sa.select(extension.c.id).where(extension.c.state == "asked"),
    "standing still": sa.select(case.c.id).where(case.c.suspended_at.is_not(None), case.c.status == "open"),
    "stood still": sa.select(suspension.c.id).where(suspension.c.ended_at.is_not(None)),
    "opinion given": sa.select(opinion.c.id).where(opinion.c.state == "given"),
    "opinion waiting": sa.select(opinion.c.id).where(opinion.c.state == "asked", opinion.c.due_at > AFTERNOON),
    "opinion overdue": sa.select(opinion.c.id).where(opinion.c.state == "asked", opinion.c.due_at < AFTERNOON),
    "letter that came back": sa.select(document.c.id).where(document.c.returned_at.is_not(None)),
    "letter sent again": sa.select(entry.c.id).where(entry.c.verb == "send_again"),
    "informant's case with somebody kept away": sa.select(case.c.id)
    .join(exclusion, exclusion.c.case_id == case.c.id).where(case.c.informant),
    "note": sa.select(note.c.id).where(note.c.struck_at.is_(None)),
    "struck note": sa.select(note.c.id).where(note.c.struck_at.is_not(None)),
    "urgent": sa.select(case.c.id).where(case.c.priority == 1),
    "most urgent": sa.select(case.c.id).where(case.c.priority == 2),
    "solved": sa.select(case.c.id).where(case.c.solved == "yes"),
    "partly solved": sa.select(case.c.id).where(case.c.solved == "partly"),
    "not solved": sa.select(case.c.id).where(case.c.solved == "no"),
    "absence": sa.select(absence.c.id).where(absence.c.until > AFTERNOON),
    "picture": sa.select(attachment.c.id).where(attachment.c.media_type == "image/png"),
    "scanned letter": sa.select(attachment.c.id).where(attachment.c.media_type == "application/pdf"),
    "text": sa.select(attachment.c.id).where(attachment.c.media_type.endswith("opendocument.text")),
    "draft": sa.select(draft.c.item_id),
    "sent back by the chief": sa.select(entry.c.id).where(entry.c.reason.is_not(None), entry.c.step.endswith("09")),
    "taken up again": sa.select(entry.c.id).where(entry.c.verb == "reopen"),
    "corrected": sa.select(entry.c.id).where(entry.c.verb == "amend"),
    "withdrawn": sa.select(case.c.id).where(case.c.status == "withdrawn"),
    "in somebody's hand": sa.select(item.c.id).where(ITEM_IS_OPEN, item.c.assignee.is_not(None)),
    "in nobody's hand": sa.select(item.c.id).where(ITEM_IS_OPEN, item.c.assignee.is_(None)),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_an_office_meets_is_there(whole: Store, kind: str) -> None:
    assert count(whole, KINDS[kind]) > 0


def test_petitions_come_by_every_channel_and_of_every_type(whole: Store) -> None:
    with whole.look() as db:
        assert set(db.scalars(sa.select(case.c.channel).where(case.c.channel.is_not(None)))) == set(CHANNELS)
        assert set(db.scalars(sa.select(case.c.type))) >= {"市政建議", "檢舉", "其他"}


@pytest.mark.parametrize("account", [one for _, one in SHOWN if one not in ("works-head", "owner", "admin")])
def test_every_role_finds_work_of_its_own(whole: Store, account: str) -> None:
    with whole.look() as db:
        who = people.get(db, account, AFTERNOON)
        seats = people.seats(db, who)
        rows = db.execute(sa.select(item.c.role, item.c.unit, item.c.assignee).where(ITEM_IS_OPEN)).all()
    mine = [row for row in rows if row.assignee == who.id or (row.assignee is None and (row.unit, row.role) in seats)]
    assert len(mine) >= 2


def test_the_clerk_has_something_overdue_something_due_today_and_some_due_soon(whole: Store) -> None:
    with whole.look() as db:
        who = people.get(db, "lighting1", AFTERNOON)
        due = list(db.scalars(sa.select(item.c.due_at).where(ITEM_IS_OPEN, item.c.assignee == who.id)))
    days = [(one.astimezone(TAIPEI).date() - date(2026, 11, 20)).days for one in due if one is not None]
    assert any(day < 0 for day in days)
    assert 0 in days
    assert len([day for day in days if 0 < day <= 7]) >= 2
    assert 6 <= len(days) <= 10


def test_the_journal_of_the_city_holds(whole: Store) -> None:
    with whole.look() as db:
        assert journal.verify(db) == []


def test_nobody_who_handed_in_stands_outside_the_vault(whole: Store, whole_file: Path, tmp_path: Path) -> None:
    copy = shutil.copyfile(whole_file, tmp_path / "copy.sqlite3")
    held = Path(copy).read_bytes()
    told = plans(WHOLE, 115)
    for plan in told:
        for word in (plan.who, plan.email, f"0900{plan.n + 100:06}", f"示例里{plan.n + 1}號"):
            for written in (word.encode(), base64.b64encode(word.encode()), word.encode("unicode_escape")):
                assert written not in held
    assert told[0].place.encode() in held
