"""The journal cannot be changed unseen: not a word, not a line, not the order, not the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid
from engine.office import journal
from engine.office import records as r
from engine.office.people import SYSTEM
from engine.store import Connection, Prepared, Store

e, h = r.entry.c, r.chain_head.c


def write(db: Connection, at: Any, subject: str = "case:1", **more: Any) -> int:
    line = {"verb": "complete", "who": SYSTEM, "act_id": journal.new_act(), **more}
    return journal.write(db, subject=subject, at=at, **line)


@pytest.fixture
def written(store: Store, friday_morning) -> Store:
    """Three cases with five lines each."""
    with store.act() as db:
        for number in range(5):
            for case in (1, 2, 3):
                write(
                    db, friday_morning + timedelta(seconds=number), f"case:{case}", step=f"PO-0{number}",
                    reason="退回，請補正", effects={"n": number, "名": ["甲", None, True, 1.5]},
                )  # fmt: skip
    return store


def problems(store: Store) -> list[tuple[str, str, int]]:
    with store.look() as db:
        return [(p.code, p.subject, p.seq) for p in journal.verify(db)]


def test_an_untouched_journal_verifies_and_reads_in_order(written) -> None:
    assert problems(written) == []
    with written.look() as db:
        lines = journal.of(db, "case:2")
    assert [line.seq for line in lines] == [1, 2, 3, 4, 5]
    assert lines[3].effects == {"n": 3, "名": ["甲", None, True, 1.5]}
    assert lines[3].by is None
    assert lines[3].at.tzinfo is not None


CHANGES: dict[str, Callable[[], Any]] = {
    "verb": lambda: {"verb": "assign"},
    "time": lambda: {"at": datetime(2026, 1, 1, tzinfo=UTC)},
    "person": lambda: {"by": 7},
    "step": lambda: {"step": None},
    "reason": lambda: {"reason": "沒有理由"},
    "effects": lambda: {"effects": {"n": 3}},
    "act": lambda: {"act_id": "another"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_line_is_named(written, what) -> None:
    with written.act() as db:
        db.execute(sa.update(r.entry).where(e.subject == "case:2", e.seq == 3).values(**CHANGES[what]()))
    assert problems(written) == [("journal_changed", "case:2", 3)]


def test_a_deleted_line_is_named(written) -> None:
    with written.act() as db:
        db.execute(sa.delete(r.entry).where(e.subject == "case:2", e.seq == 3))
    assert problems(written) == [("journal_deleted", "case:2", 3)]


@pytest.mark.parametrize("cut", [5, 4, 1])
def test_a_cut_off_end_is_found_through_the_head(written, cut) -> None:
    with written.act() as db:
        db.execute(sa.delete(r.entry).where(e.subject == "case:2", e.seq >= cut))
    assert problems(written) == [("journal_deleted", "case:2", cut)]


def test_a_line_closed_up_after_a_deletion_is_named(written) -> None:
    with written.act() as db:
        db.execute(sa.delete(r.entry).where(e.subject == "case:2", e.seq == 3))
        for seq in (4, 5):
            db.execute(sa.update(r.entry).where(e.subject == "case:2", e.seq == seq).values(seq=seq - 1))
    assert problems(written) == [("journal_order", "case:2", 3)]


def test_an_inserted_line_is_named(written) -> None:
    with written.act() as db:
        row = dict(db.execute(sa.select(r.entry).where(e.subject == "case:2", e.seq == 5)).one()._mapping)
        del row["id"]
        db.execute(sa.insert(r.entry), {**row, "seq": 6, "previous": row["hash"]})
    assert problems(written) == [("journal_changed", "case:2", 6)]


def test_a_well_made_line_behind_the_head_is_named(written, friday_morning) -> None:
    with written.act() as db:
        head = db.execute(sa.select(r.chain_head).where(h.subject == "case:2")).one()
        write(db, friday_morning, "case:2")
        db.execute(sa.update(r.chain_head).where(h.subject == "case:2").values(seq=head.seq, hash=head.hash))
    assert problems(written) == [("journal_inserted", "case:2", 6)]


def test_two_lines_that_changed_places_are_named(written) -> None:
    with written.act() as db:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            db.execute(sa.update(r.entry).where(e.subject == "case:2", e.seq == old).values(seq=new))
    assert problems(written) == [("journal_order", "case:2", 2)]


def test_a_whole_case_gone_from_the_journal_is_named(written) -> None:
    with written.act() as db:
        db.execute(sa.delete(r.entry).where(e.subject == "case:2"))
    assert problems(written) == [("journal_deleted", "case:2", 1)]


def test_every_bad_chain_is_named_once(written) -> None:
    with written.act() as db:
        db.execute(sa.update(r.entry).where(e.subject == "case:1", e.seq >= 2).values(verb="x"))
        db.execute(sa.delete(r.entry).where(e.subject == "case:3", e.seq == 5))
    assert problems(written) == [("journal_changed", "case:1", 2), ("journal_deleted", "case:3", 5)]


# -- anchors ---------------------------------------------------------------------------------------------------------

DAY = date(2026, 11, 20)


def forge(db: Connection, subject: str, at: Any, lines: int) -> None:
    """Rewrites a chain from its beginning, head and all: what the chain alone cannot show."""
    db.execute(sa.delete(r.entry).where(e.subject == subject))
    db.execute(sa.delete(r.chain_head).where(h.subject == subject))
    for _ in range(lines):
        write(db, at, subject)


@pytest.mark.parametrize(("lines", "bad"), [(5, 5), (4, 5), (9, 5)])
def test_a_chain_rewritten_with_its_head_is_found_through_the_anchor(written, friday_morning, lines, bad) -> None:
    with written.act() as db:
        assert journal.anchor(db, DAY, friday_morning)
        forge(db, "case:2", friday_morning, lines)
    assert problems(written) == [("journal_anchor", "case:2", bad)]


def test_the_end_cut_off_with_its_head_is_found_through_the_anchor(written, friday_morning) -> None:
    with written.act() as db:
        journal.anchor(db, DAY, friday_morning)
        db.execute(sa.delete(r.entry).where(e.subject == "case:2", e.seq == 5))
        last = db.execute(sa.select(r.entry).where(e.subject == "case:2", e.seq == 4)).one()
        db.execute(sa.update(r.chain_head).where(h.subject == "case:2").values(seq=4, hash=last.hash))
    assert problems(written) == [("journal_anchor", "case:2", 5)]


def test_anchors_follow_each_other_and_each_seals_what_moved(written, friday_morning) -> None:
    with written.act() as db:
        first = journal.anchor(db, DAY, friday_morning)
        assert journal.anchor(db, DAY, friday_morning) is None  # once a day
        write(db, friday_morning, "case:3")
        write(db, friday_morning, "case:4")
        second = journal.anchor(db, DAY + timedelta(days=1), friday_morning)
        quiet = journal.anchor(db, DAY + timedelta(days=2), friday_morning)
        assert len({first, second, quiet}) == 3
        assert list(db.scalars(sa.select(r.anchor.c.heads).order_by(r.anchor.c.day))) == [3, 2, 0]
    assert problems(written) == []


def test_a_changed_a_thinned_and_a_missing_anchor_are_named(written, friday_morning) -> None:
    with written.act() as db:
        journal.anchor(db, DAY, friday_morning)
        write(db, friday_morning, "case:3")
        journal.anchor(db, DAY + timedelta(days=1), friday_morning)
    office = ("journal_anchor", "office", 0)
    for tamper in (
        sa.update(r.anchor).where(r.anchor.c.day == DAY).values(hash="0" * 64),
        sa.delete(r.anchored).where(r.anchored.c.subject == "case:1"),
        sa.delete(r.anchor).where(r.anchor.c.day == DAY),
        sa.delete(r.anchor).where(r.anchor.c.day == DAY + timedelta(days=1)),
    ):
        with written.engine.connect() as db, db.begin() as transaction:
            db.execute(tamper)
            assert office in [(p.code, p.subject, p.seq) for p in journal.verify(db)], tamper
            transaction.rollback()


# -- writing ---------------------------------------------------------------------------------------------------------


def test_a_line_costs_at_most_three_statements(written, friday_morning) -> None:
    said: list[str] = []

    def listen(_db: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    with written.act() as db:
        sa.event.listen(db, "before_cursor_execute", listen)
        write(db, friday_morning, "case:1")
        assert len(said) == 3, said
        said.clear()
        write(db, friday_morning, "case:9")  # the first of its chain
        assert len(said) == 3, said


def test_two_acts_on_one_case_follow_each_other(office_pair, friday_morning) -> None:
    """Both write to the same chains at once; the chain holds, and no line is lost."""
    store, run = office_pair
    run(lambda db, n: write(db, friday_morning, "case:1", effects={"n": n}))
    assert problems(store) == []
    with store.look() as db:
        assert sorted(line.effects["n"] for line in journal.of(db, "case:1")) == list(range(20))


def test_a_head_that_moved_away_is_a_conflict(written, friday_morning, monkeypatch) -> None:
    with written.act() as db:
        stale = db.execute(sa.select(r.chain_head.c.seq, r.chain_head.c.hash).where(h.subject == "case:1")).one()
        write(db, friday_morning, "case:1")
        old = sa.select(sa.literal(stale.seq).label("seq"), sa.literal("x").label("hash"))
        monkeypatch.setattr(journal, "_HEAD", Prepared(old))
        with pytest.raises(Conflict):
            write(db, friday_morning, "case:1")
    assert problems(written) == []


@pytest.mark.parametrize(
    "bad", [{"reason": "a\x00b"}, {"reason": "\ud800"}, {"effects": {"x": ["\x00"]}}, {"effects": {"\udfff": 1}}]
)
def test_text_that_one_database_could_not_keep_is_refused_on_both(written, friday_morning, bad) -> None:
    with pytest.raises(Invalid), written.act() as db:
        write(db, friday_morning, **bad)
    assert problems(written) == []


def test_a_number_that_is_none_is_refused(written, friday_morning) -> None:
    with pytest.raises(ValueError), written.act() as db:
        write(db, friday_morning, effects={"x": float("nan")})


def test_a_time_without_a_zone_is_refused(store, friday_morning) -> None:
    with pytest.raises(ValueError, match="zone"), store.act() as db:
        write(db, friday_morning.replace(tzinfo=None))
