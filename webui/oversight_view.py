"""What the supervisor's pages and sheets have in common: a line of work in words, and the columns of the sheets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.cases import Office, desks
from engine.dates.workdays import local_day
from webui import phrases, shown
from webui.sheets import Value

__all__ = ["CONTROL_COLUMNS", "WORK_COLUMNS", "control_line", "control_row", "hours", "line", "share", "work_row"]

Row = Mapping[str, Any]
WORK_COLUMNS = (
    "案號", "主旨", "步驟", "單位", "承辦人", "流程", "速別", "收件日", "開始日", "期限", "燈號", "最近進展",
)  # fmt: skip
CONTROL_COLUMNS = (
    "案號", "主旨", "權責單位", "流程", "收件日", "列管日", "列管工作天", "公文期限", "公文除管", "追蹤輪次",
    "下次追蹤", "階段性回覆", "重新列管", "目前步驟", "最近追蹤通知",
)  # fmt: skip


def line(row: Row, at: datetime, office: Office) -> dict[str, Any]:
    """A work item with its band and its time left; the limit of its case, where it has one, goes before its own day."""
    due = row["limit_due"] or (None if row["by_standard"] else row["due_at"])
    if row["suspended_at"] is not None:
        return {**row, "due": due, "band": "none", "left": "停止計時中", "still": 0}
    return {
        **row,
        "due": due,
        "band": desks.band_of(due, shown.borders(at, office)),
        "left": shown.left(due, at, office.calendar),
        "still": office.calendar.between(local_day(row["moved_at"]), local_day(at)),
    }


def work_row(row: Row) -> list[Value]:
    """A line of ``line`` as a row of the sheet, in the order of ``WORK_COLUMNS``."""
    return [
        row["number"], row["subject"] or row["title"], row["name"], row["unit_name"] or row["unit"],
        row["assignee_name"] or "待領取", row["sop_name"] or row["sop_id"],
        phrases.of(phrases.PRIORITY, str(row["priority"])),
        local_day(row["received_at"]), local_day(row["opened_at"]), row["due"], phrases.BAND[row["band"]][1],
        local_day(row["moved_at"]),
    ]  # fmt: skip


def control_line(row: Row, at: datetime, office: Office) -> dict[str, Any]:
    """A case in control with both clocks: the document's until it is dispatched, the control's since it began."""
    today = local_day(at)
    borders = shown.borders(at, office)
    running = row["due_at"] if row["dispatched_at"] is None and row["suspended_at"] is None else None
    return {
        **row,
        "days": office.calendar.between(local_day(row["controlled_at"]), today),
        "band": desks.band_of(running, borders),
        "left": shown.left(running, at, office.calendar),
        "follow_band": desks.band_of(row["follow_due"], borders),
        "cycle": f"{row['cycle_length']} {phrases.of(phrases.UNIT, row['cycle_unit'])}" if row["cycle_unit"] else "",
        "asked_today": row["asked_at"] is not None and local_day(row["asked_at"]) == today,
    }


def control_row(row: Row) -> list[Value]:
    """A line of ``control_line`` as a row of the sheet, in the order of ``CONTROL_COLUMNS``."""
    now = [each["name"] for each in (*row["items"], *row["waits"])]
    return [
        row["number"], row["subject"] or row["title"], row["unit_name"] or row["unit"] or "",
        row["sop_name"] or row["sop_id"],
        local_day(row["received_at"]), local_day(row["controlled_at"]), row["days"], row["due_at"],
        _day(row["dispatched_at"]), row["rounds"], row["follow_due"], "是" if row["interim"] else "",
        _day(row["reopened_at"]), "、".join(now), row["asked_at"],
    ]  # fmt: skip


def hours(length: timedelta) -> str:
    """Working time in hours, to the half: 12 小時."""
    return f"{round(length / timedelta(minutes=30)) / 2:g} 小時"


def share(part: int, whole: int) -> int:
    """The width of a small bar, of a hundred; what is not nothing is seen."""
    return max(2, round(100 * part / whole)) if part and whole else 0


def _day(value: datetime | None) -> Value:
    return local_day(value) if value is not None else None
