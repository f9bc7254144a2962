"""Days as people type them into a form: 民國 or 西元; a sentence at the field when it is none."""

from __future__ import annotations

from datetime import date, time

from engine.dates import roc
from engine.errors import Invalid
from webui import shown

__all__ = ["HELP", "read"]

HELP = "民國或西元，例如 115/12/1。"


def read(text: str, field: str, wrong: dict[str, str], *, must: bool = True) -> date | None:
    """The day; None where the field is empty or says no day, which is then among ``wrong``."""
    if not text.strip():
        if must:
            wrong[field] = "請填日期。"
        return None
    try:
        return shown.local(roc.read_instant(text, time())).date()
    except Invalid as bad:
        wrong[field] = bad.sentence
        return None
