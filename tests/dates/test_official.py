"""An official table is taken whole or refused whole, with one sentence that names the first bad row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from engine.dates import official
from engine.errors import Invalid
from tests.dates.tables import HEADER, official_csv


def _refused(data: bytes | str, year: int | None = None) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        official.read(data.encode() if isinstance(data, str) else data, year)
    assert refusal.value.sentence.endswith("。") and refusal.value.sentence.count("。") == 1
    return refusal.value


@pytest.mark.parametrize("year", range(2017, 2027))
def test_every_published_year_is_read_day_by_day(year: int, request: pytest.FixtureRequest) -> None:
    worked_as_published: Callable[[date], bool] = request.getfixturevalue("official")
    table = official.read(official_csv(year).encode())
    assert (table.year, len(table.days)) == (year, 366 if year in (2020, 2024) else 365)
    assert [day for day, worked, _ in table.each() if worked is not worked_as_published(day)] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
def test_utf8_with_or_without_its_mark_and_big5_are_the_same_table(encoding: str) -> None:
    text = official_csv(2026)
    table = official.read(text.encode(encoding))
    assert table == official.read(text.encode()) and table.hash == official.read(text.encode()).hash
    assert table.notes["0619"] == "端午節"


def test_windows_lines_empty_rows_and_quotes_change_nothing() -> None:
    text = official_csv(2026)
    other = text.replace("\n", "\r\n").replace("20260101,四,2,", '"20260101","四","2",') + "\r\n,,,\r\n\r\n"
    assert official.read(other.encode()) == official.read(text.encode())


@pytest.mark.parametrize("spelling", ["2026/01/01", "2026-01-01", "2026/1/1"])
def test_dates_may_be_written_with_strokes(spelling: str) -> None:
    text = official_csv(2026)
    assert official.read(text.replace("20260101", spelling).encode()) == official.read(text.encode())


def test_a_corrected_edition_has_another_hash() -> None:
    first, corrected = official_csv(2025), official_csv(2025, {"20250929": ("0", "")})
    assert official.read(first.encode()).hash != official.read(corrected.encode()).hash


def _row(n: int) -> str:
    return official_csv(2026).split("\n")[n]


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        ("", "calendar_header", "第 1 列"),
        ("日期,星期,放假\n", "calendar_header", "第 1 列"),
        (HEADER + "\n", "calendar_empty", "沒有任何一天"),
        (official_csv(2026).replace(_row(59) + "\n", ""), "calendar_day_missing", "第 60 列之前缺 20260228"),
        (official_csv(2026).replace(_row(365) + "\n", ""), "calendar_day_missing", "第 366 列之前缺 20261231"),
        (official_csv(2026).replace(_row(10), _row(10) + "\n" + _row(10)), "calendar_day_twice", "第 12 列"),
        (official_csv(2026) + "20270101,五,2,\n", "calendar_year_mixed", "第 367 列的日期 20270101 不在 2026 年"),
        (official_csv(2026).replace("20260228,六", "20260230,六"), "calendar_date", "第 60 列的日期「20260230」"),
        (official_csv(2026).replace("20260105,一,0", "00000105,一,0"), "calendar_date", "第 6 列"),
        (official_csv(2026).replace("20260105,一,0", "明天,一,0"), "calendar_date", "第 6 列的日期「明天」"),
        (official_csv(2026).replace("20260105,一,0", "20260105,二,0"), "calendar_weekday", "第 6 列的星期「二」"),
        (official_csv(2026).replace("20260105,一,0", "20260105,一,1"), "calendar_value", "第 6 列的是否放假「1」"),
        (official_csv(2026).replace("20260105,一,0", "20260105,一,"), "calendar_value", "第 6 列的是否放假「」"),
        (official_csv(2026).replace("20260105,一,0,", "20260105,一"), "calendar_row", "第 6 列應有四欄"),
        (official_csv(2026).replace("20260105,一,0,", "20260105,一,0,補班,真的"), "calendar_row", "第 6 列應有四欄"),
        (official_csv(2026).replace("20260105,一,0,", "20260105,一,0," + "長" * 61), "calendar_note", "第 6 列的備註"),
        (official_csv(2026).replace("20260105,一,0,", '20260105,一,0,"沒有結束'), "calendar_row", "不是 CSV"),
    ],
)
def test_a_table_that_is_not_one_whole_year_is_refused_by_its_row(wrong: str, code: str, says: str) -> None:
    refusal = _refused(wrong)
    assert refusal.code == code
    assert says in refusal.sentence


def test_the_year_asked_for_is_the_year_taken() -> None:
    assert _refused(official_csv(2025), 2026).code == "calendar_year_mixed"
    assert official.read(official_csv(2026).encode(), 2026).year == 2026


@pytest.mark.parametrize(
    "data",
    [official_csv(2026).encode("utf-16"), official_csv(2026).encode() + b"\xff\xfe\xfd", b"\x00" * 100,
     official_csv(2026).encode("cp950")[:-3] + b"\x81"],
)  # fmt: skip
def test_another_encoding_is_refused_and_the_row_named(data: bytes) -> None:
    refusal = _refused(data)
    assert refusal.code == "calendar_encoding" and "第 " in refusal.sentence


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    assert _refused(b"x" * (official.MOST_BYTES + 1)).code == "calendar_too_large"
