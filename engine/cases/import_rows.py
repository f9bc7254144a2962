"""The columns of an import, and one row of it as a petition that is open today. A mistake is a sentence at its column.

What the forms themselves demand (how long a subject may be, who must leave a mail address) is not repeated here: the
row is put through the SOP's own forms, and what they say is told at the column it came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from engine.cases.import_sheets import Line
from engine.dates import roc
from engine.errors import Invalid
from engine.store import is_storable, printable

__all__ = ["COLUMNS", "FIELDS", "STAGES", "Column", "Mistakes", "Row", "column_of", "read", "refuse_heading"]

Mistakes = list[tuple[str, str]]  # (column, sentence); column "" is the row as a whole


@dataclass(frozen=True, slots=True)
class Column:
    """``field`` is the screen form's field it fills, where it fills one."""

    name: str
    must: bool
    about: str
    example: str
    field: str = ""


RECEIVED, WITH_UNIT, FOLLOWED = "收件", "承辦", "追蹤"
STAGES = (RECEIVED, WITH_UNIT, FOLLOWED)
COLUMNS = (
    Column("原案號", True, "舊系統的案號；同一案號只會匯入一次", "OLD-114-0123", "receipt_number"),
    Column("管道", True, "線上陳情、線上市容查報、到府、電話、書面、傳真", "書面", "channel"),
    Column("案件類型", True, "市政建議、檢舉、其他", "市政建議", "case_type"),
    Column("主旨", True, "一句話，不含個人資料", "路燈不亮", "subject"),
    Column("陳情內容", True, "原文；請勿在內容中重複個人資料", "中山路一號前的路燈已經三天不亮。", "body"),
    Column("發生地點", False, "路名、門牌或地標", "中山路一號前", "location"),
    Column("收件日期", True, "民國或西元；期限從這一天起算", "115/11/20"),
    Column("權責單位", False, "單位名稱或代碼；承辦與追蹤必填", "工務處路燈管理科", "responsible_unit"),
    Column("目前階段", True, "收件（等總收文分文）、承辦（在權責單位）、追蹤（逾期或已先行回覆）", "承辦"),
    Column("限辦日期", False, "已告知陳情人的日期；空白則依規則計算", ""),
    Column("陳情人姓名", False, "存入身分保管，不在案件內容中", "例民眾", "petitioner_name"),
    Column("聯絡電話", False, "", "0900-000-000", "petitioner_phone"),
    Column("電子郵件", False, "線上案件必填", "citizen@example.invalid", "petitioner_email"),
    Column("通訊地址", False, "", "", "petitioner_address"),
    Column("回覆日期", False, "追蹤且已先行回覆時填寫", "", "sent_on"),
    Column("回覆內容", False, "追蹤且已先行回覆時填寫", "", "reply_text"),
    Column("回覆文號", False, "以公文回覆時填寫", "", "letter_number"),
    Column("辦理情形", False, "追蹤且已先行回覆時填寫", "", "findings"),
    Column("勘查日期", False, "有現場勘查時填寫", "", "visited_on"),
    Column("預定辦結日期", False, "追蹤且已先行回覆時填寫", "", "expected_on"),
)  # fmt: skip
_BY_FIELD = {column.field: column.name for column in COLUMNS if column.field}
_REPLIED = ("回覆日期", "回覆內容", "辦理情形", "預定辦結日期")
_NOTE = "由舊系統匯入。"


@dataclass(frozen=True, slots=True)
class Row:
    """One petition. ``values`` fill the forms on its way, by their fields' names; ``unit`` is as it was written."""

    n: int
    old_number: str
    channel: str
    stage: str
    unit: str
    received_at: datetime
    due_at: datetime | None
    replied_at: datetime | None
    values: Mapping[str, Any] = field(repr=False)


def refuse_heading(heading: Sequence[str]) -> None:
    """A heading that lacks a column, or names one that nobody knows, is no import. Raises Invalid."""
    known = {column.name for column in COLUMNS}
    missing = [column.name for column in COLUMNS if column.must and column.name not in heading]
    strange = [printable(name, 20) or "（空白）" for name in heading if name not in known]
    if missing:
        sentence = f"標題列缺少欄位：{'、'.join(missing)}。請以範本檔填寫。"
    elif strange:
        sentence = f"標題列有不認得的欄位：{'、'.join(strange[:5])}。請刪除或改成範本的欄名。"
    else:
        return
    raise Invalid("import_heading", sentence, fields={"file": sentence})


def column_of(field_name: str) -> str:
    """The column a form's field was filled from; "" when it was from none."""
    return _BY_FIELD.get(field_name, "")


def read(line: Line, *, opens: time, closes: time) -> tuple[Row | None, Mistakes]:
    """The row, or None with its mistakes. ``opens`` and ``closes``: the office's hours on a day."""
    cells = {column.name: line.cells.get(column.name, "") for column in COLUMNS}
    wrong: Mistakes = [(c.name, f"{c.name}必填。") for c in COLUMNS if c.must and not cells[c.name]]
    wrong += [(name, f"{name}含有無法儲存的字元。") for name, text in cells.items() if not is_storable(text)]
    if len(cells["原案號"]) > 60 or not cells["原案號"].isprintable():
        wrong.append(("原案號", "原案號最多 60 個字，且不能換行。"))
    stage = cells["目前階段"]
    if stage and stage not in STAGES:
        wrong.append(("目前階段", "目前階段須為收件、承辦或追蹤。"))
    if stage in (WITH_UNIT, FOLLOWED) and not cells["權責單位"]:
        wrong.append(("權責單位", f"{stage}中的案件要填權責單位。"))
    days = {name: _day(cells[name], name, wrong) for name in ("收件日期", "限辦日期", *_DATED)}
    replied = stage == FOLLOWED and any(cells[name] for name in _REPLIED)
    if replied:
        wrong += [(name, f"已先行回覆的案件要填{name}。") for name in _REPLIED if not cells[name]]
    if wrong or days["收件日期"] is None:
        return None, wrong
    values: dict[str, Any] = {
        c.field: cells[c.name] for c in COLUMNS if c.field and cells[c.name] and c.name not in (*_REPLIED, *_ONLY_THEN)
    }
    values |= _always(cells, values)
    if replied:
        values |= _as_replied(cells, days)
    return Row(
        line.row, cells["原案號"], cells["管道"], stage, cells["權責單位"], _at(days["收件日期"], opens),
        _at(days["限辦日期"], closes) if days["限辦日期"] else None,
        _at(days["回覆日期"], closes) if replied and days["回覆日期"] else None, values,
    ), []  # fmt: skip


_DATED = ("回覆日期", "勘查日期", "預定辦結日期")
_ONLY_THEN = ("回覆文號", "勘查日期")


def _always(cells: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the forms of the several channels ask besides, as far as the sheet tells it."""
    phone = bool(cells["聯絡電話"])
    return {
        "phone_left": "yes" if phone else "no", "wants_told": "yes" if phone else "no", "letter_form": "complete",
        "record_text": values.get("body", ""), "read_back": "no", "fax_note": _NOTE,
    }  # fmt: skip


#: the screen forms' fields that a sheet fills, or that follow from it
FIELDS = frozenset(_BY_FIELD) | _always(dict.fromkeys([column.name for column in COLUMNS], ""), {}).keys()


def _as_replied(cells: Mapping[str, str], days: Mapping[str, datetime | None]) -> dict[str, Any]:
    """What the steps up to the reply would have been told."""
    visited, sent, expected = (days[name] for name in ("勘查日期", "回覆日期", "預定辦結日期"))
    values: dict[str, Any] = {
        "findings": cells["辦理情形"], "reply_text": cells["回覆內容"], "reply_kind": "階段性回覆",
        "visited": "yes" if visited else "no", "letter_number": cells["回覆文號"] or cells["原案號"],
        "sent_by": "post", "calls": 1, "call_note": f"{_NOTE}{cells['回覆內容']}"[:1000], "release": "否",
        "reason": "由舊系統匯入，續列管。",
        # answered after the limit: the same by way of the follow-up
        "progress": cells["辦理情形"], "reply_now": "yes", "handled": "未辦結", "overdue_reason": _NOTE,
        "improvement": _NOTE, "told_how": {"電話": "call", "到府": "visit"}.get(cells["管道"], "letter"),
    }  # fmt: skip
    for name, day in (("visited_on", visited), ("sent_on", sent), ("copy_sent_on", sent), ("expected_on", expected),
                      ("catch_up_on", expected), ("told_on", sent)):  # fmt: skip
        if day is not None:
            values[name] = day.date().isoformat()
    return values


def _day(text: str, column: str, wrong: Mistakes) -> datetime | None:
    """A day as people and spreadsheets write it: 115/11/20, 民國115年11月20日, 2026-11-20, 2026/11/20."""
    if not text:
        return None
    try:
        return roc.read_instant(text.strip().partition("T")[0], time())
    except Invalid as bad:
        wrong.append((column, f"{column}：{bad.sentence}"))
        return None


def _at(day: datetime | None, clock: time) -> datetime:
    assert day is not None
    return datetime.combine(day.date(), clock, roc.TAIPEI)
