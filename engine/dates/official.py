"""Reading the official calendar of a year: 政府行政機關辦公日曆表 as CSV, in any of its editions. Pure.

Columns 西元日期, 星期, 是否放假, 備註; one row for each day of one year; 0 is worked, 2 is off; UTF-8 with or without a
mark at its beginning, or Big5. A file is taken whole or refused whole, with one sentence that names the first bad row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NoReturn

from engine.errors import Invalid
from engine.store import printable

__all__ = ["MOST_BYTES", "Table", "decoded", "read", "too_large"]

MOST_BYTES = 256 * 1024  # a real one has 10 KB
_HEADER = ("西元日期", "星期", "是否放假", "備註")
_WEEKDAYS = "一二三四五六日"
_DATE = re.compile(r"([0-9]{4})([/-]?)([0-9]{1,2})\2([0-9]{1,2})")
_LONGEST_NOTE = 60


@dataclass(frozen=True, slots=True)
class Table:
    """One year. ``days``: one character per day from 1 January, 0 worked, 2 off; ``notes``: words of a day by mmdd."""

    year: int
    days: str
    notes: Mapping[str, str]

    @property
    def hash(self) -> str:
        """The same days and notes have the same hash, in whichever encoding they came."""
        text = "\n".join((str(self.year), self.days, *(f"{day} {note}" for day, note in sorted(self.notes.items()))))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def content(self) -> dict[str, Any]:
        return {"days": self.days, "notes": dict(self.notes)}

    def each(self) -> Iterator[tuple[date, bool, str]]:
        """Every day, whether it is worked, and its note."""
        first = date(self.year, 1, 1)
        for n, flag in enumerate(self.days):
            day = first + timedelta(days=n)
            yield day, flag == "0", self.notes.get(f"{day:%m%d}", "")


def read(data: bytes, year: int | None = None) -> Table:
    """The table in a file; of ``year``, where one is expected. ``Invalid`` with the first bad row named."""
    rows = _rows(decoded(data))
    if not rows or tuple(cell.strip() for cell in rows[0][1][:4]) != _HEADER:
        raise Invalid("calendar_header", f"第 1 列的欄位須為{'、'.join(_HEADER)}。")
    found: dict[date, tuple[str, str]] = {}
    for number, row in rows[1:]:
        day, flag, note = _day(number, row)
        year = year if year is not None else day.year
        if day.year != year:
            _refuse("calendar_year_mixed", number, f"的日期 {day:%Y%m%d} 不在 {year} 年")
        if day in found:
            _refuse("calendar_day_twice", number, f"的日期 {day:%Y%m%d} 重複")
        found[day] = (flag, note)
    if year is None:
        raise Invalid("calendar_empty", "檔案裡沒有任何一天。")
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    every = [first + timedelta(days=n) for n in range((after - first).days)]
    missing = [day for day in every if day not in found]
    if missing:
        raise Invalid(
            "calendar_day_missing",
            f"{year} 年應有 {len(every)} 天，檔案缺 {len(missing)} 天，"
            f"第 {_row_after(rows, missing[0])} 列之前缺 {missing[0]:%Y%m%d}。",
            day=missing[0].isoformat(),
        )
    notes = {f"{day:%m%d}": found[day][1] for day in every if found[day][1]}
    return Table(year, "".join(found[day][0] for day in every), notes)


def _row_after(rows: list[tuple[int, list[str]]], missing: date) -> int:
    """Where a missing day would have stood: the number of the first row of a later day, else one after the last."""
    later = [number for number, row in rows[1:] if _day(number, row)[0] > missing]
    return min(later, default=rows[-1][0] + 1)


def decoded(data: bytes) -> str:
    """The text of a file in any of the encodings. ``Invalid`` for what is larger than a table, or no text."""
    if len(data) > MOST_BYTES:
        too_large()
    for encoding in ("utf-8-sig", "cp950"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and "\ufffd" not in text:
            return text
    row = data.count(b"\n", 0, _first_bad(data)) + 1
    raise Invalid("calendar_encoding", f"第 {row} 列的文字編碼無法辨識，檔案須為 UTF-8 或 Big5。", row=row)


def too_large() -> NoReturn:
    raise Invalid("calendar_too_large", f"檔案太大，辦公日曆不會超過 {MOST_BYTES // 1024} KB。")


def _first_bad(data: bytes) -> int:
    """Where reading failed; of the two encodings, the one that came further."""
    places = [data.find(b"\x00")] if b"\x00" in data else []
    for encoding in ("utf-8-sig", "cp950"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            places.append(error.start)
    return max(places, default=0)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Rows with something in them, with their number in the file."""
    reader = csv.reader(io.StringIO(text), strict=True)
    found = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((reader.line_num, row))
    except csv.Error:
        raise Invalid("calendar_row", f"第 {reader.line_num} 列不是 CSV。", row=reader.line_num) from None
    return found


def _day(number: int, row: list[str]) -> tuple[date, str, str]:
    if len(row) < 3 or any(cell.strip() for cell in row[4:]):
        _refuse("calendar_row", number, "應有四欄")
    written, weekday, flag = (cell.strip() for cell in row[:3])
    note = row[3].strip() if len(row) > 3 else ""
    found = _DATE.fullmatch(written)
    try:
        day = date(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        day = None
    if day is None:
        _refuse("calendar_date", number, f"的日期「{printable(written, 20)}」不存在")
    if weekday.removeprefix("星期") != _WEEKDAYS[day.weekday()]:
        _refuse("calendar_weekday", number, f"的星期「{printable(weekday, 10)}」與 {day:%Y%m%d} 不符")
    if flag not in ("0", "2"):
        _refuse("calendar_value", number, f"的是否放假「{printable(flag, 10)}」須為 0（上班）或 2（放假）")
    if len(note) > _LONGEST_NOTE or not note.isprintable():
        _refuse("calendar_note", number, f"的備註須為一行，最多 {_LONGEST_NOTE} 字")
    return day, flag, note


def _refuse(code: str, number: int, what: str) -> NoReturn:
    raise Invalid(code, f"第 {number} 列{what}。", row=number)
