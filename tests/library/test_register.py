"""The form register."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.errors import Invalid
from engine.library import forms_used, register
from engine.library.folder import folder
from engine.library.records import form_register
from engine.office import journal
from engine.office.people import SYSTEM
from engine.store import Store
from tests import laid
from tests.laid import PROCESSES
from tests.library.conftest import AT

FILE = "forms:\n  - {ref: reply, number: null, name: 回覆函, aliases: [覆函]}\n"


def test_the_register_follows_its_file_and_takes_nothing_away(store: Store) -> None:
    with store.act() as db:
        assert register.load(db, FILE, who=SYSTEM, at=AT) == 1
        assert register.load(db, FILE, who=SYSTEM, at=AT) == 0
        other = FILE.replace("reply", "sheet").replace("回覆函", "函稿")
        other += "  - {ref: reply, number: 甲-1, name: 回覆函, version: 2}\n"
        assert register.load(db, other, who=SYSTEM, at=AT) == 2
        rows = {row.ref: (row.number, row.version) for row in db.execute(sa.select(form_register))}
        assert rows == {"reply": ("甲-1", 2), "sheet": (None, 1)}
        with pytest.raises(Invalid, match="「回覆函」已是第 2 版，不能退回第 1 版"):
            register.load(db, FILE, who=SYSTEM, at=AT)
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
        ("forms: [{ref: a, name: 紀錄表（甲）}, {ref: b, name: 紀錄表 (甲)}]", "register_same_name"),
        ("forms: [{ref: a, name: b, version: 0}]", "register_entry"),
        ("forms: [{ref: a, name: b, version: 二}]", "register_entry"),
    ],
)
def test_a_bad_register_is_refused_whole(store: Store, text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused, store.act() as db:
        register.load(db, text, who=SYSTEM, at=AT)
    assert refused.value.code == code
    with store.look() as db:
        assert db.execute(sa.select(form_register)).first() is None


def test_a_form_is_found_by_any_of_its_names_and_says_which_steps_use_it(store: Store) -> None:
    laid.city(AT, store, only={"petition-online"})
    with store.act() as db:
        register.load(db, (PROCESSES / "forms.yaml").read_text("utf-8"), who=SYSTEM, at=AT)
    with store.look() as db:
        everything = forms_used.listed(db)
        found = [
            forms_used.listed(db, words)
            for words in ("人民陳情案件紀錄表", "ｐｅｔｉｔｉｏｎ－ＲＥＣＯＲＤ", "記錄表 人民")
        ]
        assert forms_used.listed(db, "查無此表") == []
        (written,) = forms_used.listed(db, "民眾陳情案件(電子郵件)")  # the register writes it in full width
    assert [[one.ref for one in some] for some in found] == [["petition-record"]] * 3
    assert written.ref == "follow-up-sheet-email"
    uses = [(use.sop_id, use.step, use.direction) for use in written.uses]
    assert ("petition-online", "PO-FU", "out") in uses
    names = [register.normal(one.name) for one in everything]
    assert len(set(names)) == len(names)


def test_every_form_that_a_chart_names_is_registered() -> None:
    known = {entry["ref"] for entry in register.read((PROCESSES / "forms.yaml").read_text("utf-8"))}
    sops = [one.sop for one in folder(PROCESSES).values()]
    named = {f.ref for sop in sops for f in (*sop.forms, *(f for node in sop.nodes.values() for f in node.forms))}
    assert {ref for ref in named if not ref.startswith("caller:")} - known == set()
