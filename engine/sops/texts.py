"""Cleaning what people type, before anything is stored: NFC, plain line ends, no NUL, no half characters, and nothing
that turns the writing of the line round in which it will stand."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from engine.errors import Invalid
from engine.sops.sentences import sentence

#: no text longer than this is kept anywhere, whatever a form says
MAX_TEXT = 20_000
MAX_ITEMS = 200

#: a new line as word processors paste it
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
#: embeddings, overrides and isolates of direction: they reach beyond the text, into whatever stands after it
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Unclean(ValueError):
    """One value that cannot be stored; ``code`` says why, ``facts`` go into its sentence."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence(code, **facts)


def cleaned(text: str, limit: int = MAX_TEXT) -> str:
    """The text in NFC with plain line ends and without space around it. Raises ``Unclean``."""
    if len(text) > 4 * MAX_TEXT:
        raise Unclean("field_long", limit=limit)
    if _FORBIDDEN.search(text):
        raise Unclean("field_characters")
    text = unicodedata.normalize("NFC", _TURNING.sub("", _LINE_ENDS.sub("\n", text))).strip()
    if len(text) > limit:
        raise Unclean("field_long", limit=limit)
    return text


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """A single text outside a form, such as a reason. Raises ``Invalid`` with the sentence for the form as a whole."""
    try:
        return cleaned(text, limit)
    except Unclean as bad:
        raise Invalid(bad.code, bad.sentence, fields={"": bad.sentence}) from None


def clean_draft(value: Any) -> Any:
    """A half-finished answer: any plain value that can be stored, checked for nothing else. Raises ``Invalid``."""
    try:
        return _draft(value)
    except Unclean as bad:
        raise Invalid(bad.code, bad.sentence, fields={"": bad.sentence}) from None


def _draft(value: Any) -> Any:
    if isinstance(value, str):
        return cleaned(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and -(10**15) <= value <= 10**15:
        return value
    if isinstance(value, list | tuple) and len(value) <= MAX_ITEMS and all(isinstance(item, str) for item in value):
        return [cleaned(item, 200) for item in value]
    raise Unclean("field_type")


def required_text(text: str | None, field: str, said: str, *, limit: int = 2000) -> str:
    """What a person wrote in a field that must not be empty, cleaned. Raises Invalid at that field."""
    try:
        kept = clean_text(text or "", limit=limit)
    except Invalid as bad:
        raise Invalid(bad.code, bad.sentence, fields={field: bad.sentence}) from None
    if not kept:
        raise Invalid(field, said, fields={field: said})
    return kept
