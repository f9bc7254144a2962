"""The form register."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.errors import Invalid
from engine.library import register
from engine.library.records import form_register
from engine.office import journal
from engine.office.people import SYSTEM
from engine.store import Store
from tests.library.conftest import AT

FILE = "forms:\n  - {ref: reply, number: null, name: 回覆函, aliases: [覆函]}\n"


def test_the_register_follows_its_file_and_takes_nothing_away(store: Store) -> None:
    with store.act() as db:
        assert register.load(db, FILE, who=SYSTEM, at=AT) == 1
        assert register.load(db, FILE, who=SYSTEM, at=AT) == 0
        other = FILE.replace("reply", "sheet") + "  - {ref: reply, number: 甲-1, name: 回覆函}\n"
        assert register.load(db, other, who=SYSTEM, at=AT) == 2
        rows = {row.ref: row.number for row in db.execute(sa.select(form_register))}
        assert rows == {"reply": "甲-1", "sheet": None}
        assert [entry.verb for entry in journal.of(db, "office")] == ["register.load"] * 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("forms: [", "register_yaml"),
        ("others: []", "register_yaml"),
        ("forms: [{ref: a}]", "register_entry"),
        ("forms: [{ref: a, name: b, colour: c}]", "register_entry"),
        ("forms: [{ref: 7, name: b}]", "register_entry"),
        ("forms: [{ref: a, name: b, aliases: c}]", "register_entry"),
        ("forms: [just a word]", "register_entry"),
        ("forms: [{ref: a, name: b}, {ref: a, name: c}]", "register_twice"),
    ],
)
def test_a_bad_register_is_refused_whole(store: Store, text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused, store.act() as db:
        register.load(db, text, who=SYSTEM, at=AT)
    assert refused.value.code == code
    with store.look() as db:
        assert db.execute(sa.select(form_register)).first() is None
