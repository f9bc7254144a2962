"""Two characters find a case: how texts are compared, parted and kept."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import words
from engine.cases.records import case_gram
from engine.store import Store


def grams_of(store: Store, case_id: int) -> set[str]:
    with store.look() as db:
        return set(db.scalars(sa.select(case_gram.c.gram).where(case_gram.c.case_id == case_id)))


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("路燈不亮", "路燈不亮"),
        ("ＬＥＤ路燈", "led路燈"),
        ("Straße", "strasse"),
        ("臺北市", "台北市"),
        ("中山路，一號（前）。", "中山路 一號 前"),
        ("葛\U000e0100城", "葛城"),
        ("a\u202eb\u200b", "ab"),
        ("👩\u200d🚒來了", "👩🚒來了"),
        ("①號", "1號"),
        ("\ud800x", "x"),
        ("...%_'\"", ""),
    ],
)
def test_texts_are_compared_in_one_width_one_case_one_writing(typed: str, compared: str) -> None:
    assert words.plain(typed) == compared


def test_pairs_never_cross_a_sign_and_each_words_last_character_stands_alone() -> None:
    assert words.pairs("路燈，壞") == {"路燈", "燈", "壞"}


@pytest.mark.parametrize("rare", ["堃", "𠮷", "鵺", "🐍", "\ue001"])
def test_rare_characters_are_found_like_any_other(rare: str) -> None:
    assert words.pairs(f"王{rare}街") == {f"王{rare}", f"{rare}街", "街"}
    assert words.found_in(words.tokens(f"{rare}街"), [f"王{rare}街"])


def test_a_word_is_sought_whole_not_only_by_its_pairs() -> None:
    assert words.pairs("路燈燈桿路燈") >= {"路燈", "燈桿"}
    assert not words.found_in(["路燈桿"], ["路燈燈桿路燈"])


def test_an_opened_case_is_found_by_what_was_written_and_never_by_who_wrote(desk: Any) -> None:
    case_id = desk.petition(subject="路燈不亮", location="堃園路", body="請派員修復，謝謝。", petitioner_name="例查無")
    found = grams_of(desk.store, case_id)
    assert {"路燈", "堃園", "修復", "復"} <= found
    assert not found & {"查無", "例查", "線上", "市政"}


def test_a_new_text_takes_the_place_of_the_old(desk: Any) -> None:
    case_id = desk.petition(subject="路燈不亮")
    with desk.store.act() as db:
        words.index(db, case_id, ["水溝不通"])
    assert grams_of(desk.store, case_id) == {"水溝", "溝不", "不通", "通"}


def test_ten_thousand_characters_are_kept_once_each(desk: Any) -> None:
    case_id = desk.petition(body="燈" * 8000)
    assert {"燈燈", "燈"} <= grams_of(desk.store, case_id)
