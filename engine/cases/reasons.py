"""What a person has to say in words: a reason, a question, a note. Cleaned, never empty."""

from __future__ import annotations

from engine.sops.texts import required_text

__all__ = ["required_reason", "required_text"]


def required_reason(reason: str | None) -> str:
    """A reason in words, cleaned. Raises Invalid when there is none."""
    return required_text(reason, "reason", "請說明理由。")
