"""Screen forms: what a step asks on its page, and what may be stored of an answer; ``read`` takes ``.form.json``."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from engine.errors import Invalid, Stuck
from engine.sops import expressions, fields
from engine.sops.fields import Field
from engine.sops.form_file import Requirement, ScreenForm, read
from engine.sops.sentences import sentence
from engine.sops.texts import Unclean, clean_draft, clean_text

__all__ = ["Field", "Requirement", "ScreenForm", "accept", "clean_draft", "clean_text", "read"]


def accept(
    form: ScreenForm, raw: Mapping[str, object], *, strings: bool = True, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What may be stored of an answer: declared fields only, cleaned; fields left empty are absent.

    ``given`` are values from beside the form that its conditions may ask for (the chosen outcome). With ``strings``
    texts of an HTML form are understood as numbers and yes/no. Raises ``Invalid`` with a sentence per field (and
    ``facts["codes"]``: its code).
    """
    codes: dict[str, str] = {}
    sentences: dict[str, str] = {}

    def wrong(name: str, code: str, said: str) -> None:
        codes.setdefault(name, code)
        sentences.setdefault(name, said)

    by_name = {field.name: field for field in form.fields}
    posted: dict[str, object] = {}
    for key, value in raw.items():
        name = unicodedata.normalize("NFKC", key) if isinstance(key, str) else repr(key)
        if name not in by_name:
            wrong(_shown(name), "field_undeclared", sentence("field_undeclared", name=_shown(name)))
        elif name in posted:
            wrong(name, "field_twice", sentence("field_twice"))
        else:
            posted[name] = value
    values: dict[str, Any] = {}
    for name, value in posted.items():
        try:
            kept = fields.accept(by_name[name], value, strings=strings)
        except Unclean as bad:
            wrong(name, bad.code, bad.sentence)
            continue
        if kept is not None:
            values[name] = kept
    known = {**(given or {}), **values}
    for name in _hidden(form, known):
        values.pop(name, None)
    for name in _demanded(form, known):
        if name not in values:
            wrong(name, "field_required", sentence("field_required"))
    if sentences:
        first = next(iter(sentences.values()))
        raise Invalid("answers", sentence("answers", first=first), fields=sentences, codes=codes)
    return values


def _hidden(form: ScreenForm, known: Mapping[str, Any]) -> set[str]:
    """Fields whose condition does not hold: what stands in them does not count, and they demand nothing."""
    hidden = set()
    for field in form.fields:
        if field.shown_when is not None:
            try:
                shown = bool(expressions.evaluate(field.shown_when, known))
            except Stuck:  # what it asks for was not answered
                shown = False
            if not shown:
                hidden.add(field.name)
    return hidden


def _demanded(form: ScreenForm, known: Mapping[str, Any]) -> list[str]:
    hidden = _hidden(form, known)
    demanded = dict.fromkeys(name for name in form.required if name not in hidden)
    for requirement in form.requirements:
        if requirement.holds(known):
            demanded.update(dict.fromkeys(requirement.then))
    return list(demanded)


def _shown(name: str) -> str:
    """A posted name as it may be repeated: short and printable."""
    return "".join(c if c.isprintable() else "·" for c in name[:64])
