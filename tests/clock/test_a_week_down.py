"""No clock for a week: then every change once, the oldest first, one mail per person; poisoned rows step aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from engine import clock
from engine.cases import ringing
from engine.cases.records import case, incident, item
from engine.dates.records import alarm, deadline
from engine.office import digests, journal, notices, people
from engine.office.records import digest, entry, exclusion, notice
from tests.clock.city import ALARMS, City

Taipei = Callable[[str], datetime]
#: with four alarms each: two thousand that were missed
CASES = 500


class Post:
    """A mail server in memory."""

    sender = "sopflow@city.example"

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> str:
        self.taken.append(message)
        return str(message["Message-ID"])

    def close(self) -> None:
        """Nothing to close."""


def rounds(city: City, at: datetime, server: Post) -> clock.Ticked:
    """What the bell rings, once around."""
    done = clock.tick(city.store, at, city.office)
    is_working = clock.working_days(city.office.calendar)
    digests.send_due(city.store, at=at, is_working=is_working)
    digests.fold(city.store, at=at, is_working=is_working)
    notices.deliver(city.store, at=at, transport=server, link="https://sop.city.example", is_working=is_working)
    return done


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When each alarm that is being rung had fallen due, in the order in which they ring."""
    found: list[datetime] = []
    sound = ringing.ring

    def ring(db: Any, row: Any, **more: Any) -> bool:
        found.append(row["due_at"])
        return sound(db, row, **more)

    monkeypatch.setattr(ringing, "ring", ring)
    return found


def test_after_a_week_down_everything_happens_once_and_each_person_gets_one_mail(
    city: City, taipei: Taipei, order: list[datetime]
) -> None:
    city.copies(CASES)
    server = Post()
    rounds(city, taipei("2026-12-01T09:00"), server)
    back = taipei("2026-12-09T10:00")
    done = rounds(city, back, server)
    assert (done.rang, done.stuck) == (CASES * ALARMS, 0)
    assert order == sorted(order), "the oldest first"
    # every case moved on exactly once, and every rung is in its journal exactly once
    items = Counter((row["step"], row["status"]) for row in city.rows(sa.select(item.c.step, item.c.status)))
    assert items == {("A", "cut"): CASES, ("B", "open"): CASES}
    verbs = city.rows(sa.select(entry.c.subject, entry.c.verb).where(entry.c.verb.in_(("ring", "timer"))))
    assert set(Counter((row["subject"], row["verb"]) for row in verbs).items()) == {
        *(((f"case:{n + 1}", "ring"), 3) for n in range(CASES)),
        *(((f"case:{n + 1}", "timer"), 1) for n in range(CASES)),
    }
    # one mail each, and it is the digest
    assert sorted(mail["To"] for mail in server.taken) == [
        f"{who}@example.invalid" for who in ("chief", "clerk", "head")
    ]
    assert all("彙總" in mail["Subject"] for mail in server.taken)
    counted = {row["person_id"]: row["notices"] for row in city.rows(sa.select(digest))}
    assert counted == {1: CASES, 2: CASES, 3: CASES}
    with city.store.look() as db:
        assert journal.verify(db) == []


def test_another_round_and_another_clock_add_nothing_that_day(city: City, taipei: Taipei) -> None:
    city.copies(20)
    server = Post()
    back = taipei("2026-12-09T10:00")
    rounds(city, back, server)
    assert len(server.taken) == 3
    for minute in range(1, 600, 60):
        assert rounds(city, back + timedelta(minutes=minute), server).rang == 0
    assert len(server.taken) == 3


def test_only_the_current_level_is_told_and_the_missed_ones_are_in_the_list_and_the_journal(
    city: City, taipei: Taipei
) -> None:
    rounds(city, taipei("2026-12-09T10:00"), Post())
    levels = {
        row["level"]: (row["facts"].get("overtaken", False), row["facts"].get("late", False), row["urgent"])
        for row in city.rows(sa.select(notice).where(notice.c.kind == "escalation"))
    }
    assert levels == {1: (True, True, False), 2: (False, True, False)}
    [reminder] = city.rows(sa.select(notice).where(notice.c.kind == "reminder"))
    assert reminder["facts"]["overtaken"], "a reminder of a date that has passed"
    with city.store.look() as db:
        rung = [line.effects for line in journal.of(db, f"case:{city.first}") if line.verb == "ring"]
    assert [(line.get("level"), line.get("overtaken", False)) for line in rung] == [(None, True), (1, True), (2, False)]


def test_in_its_time_a_second_level_is_mailed_at_once_by_itself(city: City, taipei: Taipei) -> None:
    server = Post()
    for text in ("2026-12-02T08:00:15", "2026-12-03T17:00:15", "2026-12-07T08:00:15"):
        rounds(city, taipei(text), server)
    told = city.rows(sa.select(notice.c.level, notice.c.urgent, notice.c.state).where(notice.c.kind == "escalation"))
    assert [(row["level"], row["urgent"], row["state"]) for row in told] == [(1, True, "sent"), (2, True, "sent")]
    single = [mail["To"].partition("@")[0] for mail in server.taken if "稽催" in mail["Subject"]]
    assert single == ["chief", "head"], "the first was due that very day"


def test_poisoned_rows_step_aside_and_the_others_ring_in_their_time(city: City, taipei: Taipei) -> None:
    ids = city.copies(60)
    poisoned = {
        "a state nobody can read": (case, {"state": '{"v":99}'}),
        "a state that is no text of ours": (case, {"state": "\u2603" * 50_000}),
        "recipients that are no list": (alarm, {"to": 5}),
        "a deadline that is gone": (deadline, None),
        "a case that is gone": (alarm, {"case_id": 10**9}),
        "a step that never was": (alarm, {"step": "nowhere/at/all", "kind": "timer", "deadline_id": 0}),
    }
    with city.store.act() as db:
        for case_id, (table, values) in zip(ids[5::7], poisoned.values(), strict=False):
            column = table.c.id if table is case else table.c.case_id
            if values is None:
                db.execute(sa.delete(table).where(column == case_id))
            elif "step" in values:
                db.execute(sa.update(table).where(column == case_id, table.c.kind == "timer").values(**values))
            elif values == {"case_id": 10**9}:
                db.execute(sa.update(table).where(column == case_id).values(**values))
            else:
                db.execute(sa.update(table).where(column == case_id).values(**values))
    sick = set(ids[5::7][: len(poisoned)])
    well = [n for n in ids if n not in sick]
    back = taipei("2026-12-09T10:00")
    server = Post()
    done = rounds(city, back, server)
    assert done.stuck > 0
    rang = Counter(row["case_id"] for row in city.rows(sa.select(alarm.c.case_id).where(alarm.c.rang_at.is_not(None))))
    assert {n: rang[n] for n in well} == dict.fromkeys(well, ALARMS)
    moved = city.rows(sa.select(item.c.case_id).where(item.c.step == "B"))
    assert {row["case_id"] for row in moved} >= set(well)
    assert len(server.taken) == 3
    # each is an incident that somebody can see, and is tried again later and later
    noted = city.rows(sa.select(incident.c.case_id, incident.c.code))
    assert {row["case_id"] for row in noted} >= {*ids[5::7][:4], None}
    waiting = city.rows(sa.select(alarm.c.due_at, alarm.c.tries).where(alarm.c.tries > 0))
    assert waiting and {(row["due_at"], row["tries"]) for row in waiting} == {(back + timedelta(minutes=1), 1)}
    second = back + timedelta(minutes=1, seconds=1)
    again = rounds(city, second, server)
    assert (again.rang, again.stuck) == (0, done.stuck)
    later = city.rows(sa.select(alarm.c.due_at).where(alarm.c.tries == 2))
    assert {row["due_at"] for row in later} == {second + timedelta(minutes=2)}
    assert len(city.rows(sa.select(incident.c.id))) == len(noted), "the same trouble is one incident"
    with city.store.look() as db:
        assert journal.verify(db) == []


@pytest.mark.parametrize("urgent", [0, 1, 5])
def test_who_was_excluded_from_a_case_since_is_mailed_nothing_of_it(city: City, taipei: Taipei, urgent: int) -> None:
    """Not in the digest, not singly, and not among many that are folded into one."""
    theirs, other = city.copies(2)
    early, later = taipei("2026-11-27T07:00"), taipei("2026-11-27T09:00")
    with city.store.act() as db:
        clerk = people.get(db, "clerk", early).id
        assert clerk is not None
        for n in range(urgent + 2):
            about = {"case_id": other, "facts": {"number": "115-000002"}} if n == 0 else {"case_id": theirs}
            told: dict[str, Any] = {"facts": {"number": "115-000001"}, **about, "urgent": n > 1}
            notices.post(db, key=f"n{n}", to=clerk, kind="told", at=early, **told)
        db.execute(
            exclusion.insert(), {"case_id": theirs, "person_id": clerk, "reason": "被檢舉人", "by": clerk, "at": early}
        )
    server = Post()
    rounds(city, later, server)
    [mail] = [mail.get_content() for mail in server.taken if mail["To"] == "clerk@example.invalid"]
    assert "115-000002" in mail and "115-000001" not in mail
    waiting = city.rows(sa.select(notice.c.id).where(notice.c.state == "waiting", notice.c.person_id == clerk))
    assert waiting == [], "nothing waits for ever"
