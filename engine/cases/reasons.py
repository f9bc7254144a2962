"""What a person has to say in words: a reason, a question, a note. Cleaned, never empty."""

from __future__ import annotations

from engine.errors import Invalid
from engine.sops import forms

__all__ = ["required_reason", "required_text"]


def required_reason(reason: str | None) -> str:
    """A reason in words, cleaned. Raises Invalid when there is none."""
    return required_text(reason, "reason", "請說明理由。")


def required_text(text: str | None, field: str, sentence: str, *, limit: int = 2000) -> str:
    """What a person wrote in a field that must not be empty, cleaned. Raises Invalid at that field."""
    try:
        cleaned = forms.clean_text(text or "", limit=limit)
    except Invalid as bad:
        raise Invalid(bad.code, bad.sentence, fields={field: bad.sentence}) from None
    if not cleaned.strip():
        raise Invalid(field, sentence, fields={field: sentence})
    return cleaned.strip()
