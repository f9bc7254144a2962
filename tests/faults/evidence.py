"""What was seen from outside, in a file beside the database: it survives whoever wrote it.

One JSON line per event, appended with one write, so that a process killed the moment after has still said it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["Evidence", "Line"]

Line = dict[str, Any]


class Evidence:
    """``what`` is said by people (asked, acked, refused), the ticker (rang, ticked), the dying (died), the parent."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def say(self, what: str, **facts: Any) -> None:
        line = json.dumps({"what": what, **facts}, ensure_ascii=False, default=str).encode() + b"\n"
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if os.write(file, line) != len(line):
                raise OSError("evidence was cut short")
        finally:
            os.close(file)

    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []
