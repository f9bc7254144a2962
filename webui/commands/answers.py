"""What people type for a case: answers as JSON or @FILE, an instant, a day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from webui import days

OFFICE = ZoneInfo("Asia/Taipei")
MOST_BYTES = 1024 * 1024


class Answers(click.ParamType[dict[str, Any]]):
    """A JSON object, or ``@FILE`` that holds one. A name given twice is refused, not silently dropped."""

    name = "JSON|@FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        text = str(value)
        if text.startswith("@"):
            try:
                data = Path(text[1:]).read_bytes()[: MOST_BYTES + 1]
                text = data.decode("utf-8-sig")
            except (OSError, UnicodeDecodeError, ValueError) as problem:
                self.fail(f"無法讀取答案檔案 {text[1:]}：{problem}。", param, ctx)
        if len(text) > MOST_BYTES:
            self.fail("答案超過 1 MiB。", param, ctx)
        try:
            answers = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            self.fail(f"答案不是有效的 JSON：{problem}。", param, ctx)
        if not isinstance(answers, dict):
            self.fail("答案必須是一個 JSON 物件。", param, ctx)
        return answers


class Instant(click.ParamType[datetime]):
    """ISO 8601. Without a zone it is office time (Asia/Taipei)."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(str(value))
            if instant.tzinfo is None:
                instant = instant.replace(tzinfo=OFFICE)
            return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"「{value}」不是 ISO 8601 時間，例如 2026-11-26T09:00。", param, ctx)


class Day(click.ParamType[date]):
    """A day as people write it: 115/12/1 or 2026-12-01."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        wrong: dict[str, str] = {}
        day = days.read(str(value), "", wrong)
        if day is None:
            self.fail(wrong[""], param, ctx)
        return day


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("欄位名稱重複")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} 不是 JSON 的數字")
