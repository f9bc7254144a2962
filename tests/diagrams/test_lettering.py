"""Words are cleaned, measured by their glyphs, and broken where Chinese may be broken."""

from __future__ import annotations

import pytest

from diagrams import lettering
from diagrams.lettering import clean, width, wrap


def test_control_direction_and_surrogate_characters_are_taken_out() -> None:
    assert clean("案\x00件\x07 \u202e反轉\ud800\ufffe\u200b。\ufeff") == "案件 反轉。"


def test_a_text_is_one_line_of_bounded_length() -> None:
    assert clean("一\n二\r\n\t三　 四") == "一 二 三 四"
    assert len(clean("字" * 100_000)) == 200
    assert clean("字" * 100_000).endswith("…")


def test_no_line_is_wider_than_its_room() -> None:
    for text in (
        "權責單位收文確認並於三日內函復陳情人（副知企劃處）",
        "Please fill in form ABC-123 再送出",
        "W" * 60,
    ):
        for room in (60, 92, 130):
            lines = wrap(text, room, 12)
            assert all(width(line, 12) <= room for line in lines)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    text = "收件、登錄、分文（送權責單位）。確認「是否」屬本機關；否則，退回！"
    for room in range(48, 140, 5):
        lines = wrap(text, room, 12)
        assert not any(line[0] in "，。、；：！？）」" for line in lines[1:])
        assert not any(line[-1] in "（「" for line in lines[:-1])


def test_two_lines_are_about_equally_long_and_a_bracket_stays_whole() -> None:
    assert wrap("權責單位填復辦理情形", 84, 12) == ("權責單位填", "復辦理情形")
    assert wrap("核稿中（實質辦結）", 92, 11) == ("核稿中", "（實質辦結）")


def test_too_many_lines_end_in_an_ellipsis() -> None:
    lines = wrap("一" * 100, 60, 12, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert width(lines[-1], 12) <= 60


def test_chinese_letters_are_one_em_wide_and_a_narrow_letter_less_than_a_wide_one() -> None:
    assert width("權責", 12) == 24
    assert width("i", 12) < width("W", 12) < 13


def test_without_the_font_the_estimate_is_wider_never_narrower(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = ["權責單位", "Form 12-B", "WWW", "iiii", "「並行」ABC"]
    measured = [width(text, 12) for text in samples]
    monkeypatch.setattr(lettering, "FONT_FILES", ())
    lettering._measure.cache_clear()
    lettering._em.cache_clear()
    try:
        assert all(width(text, 12) >= exact for text, exact in zip(samples, measured, strict=True))
    finally:
        monkeypatch.undo()
        lettering._measure.cache_clear()
        lettering._em.cache_clear()
