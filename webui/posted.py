"""Reading a posted form strictly: only declared fields, each once, decoded once, as text.

The body is decoded here and not by the framework because the framework replaces what it cannot decode and keeps the
first of two equal names; both would store something that nobody typed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from flask import Request

from engine.cases.files import Sent
from engine.errors import Invalid
from webui import sent_files

MOST_BYTES = 512 * 1024
MOST_FIELDS = 400
#: answers of a screen form arrive under this prefix, so no answer can pose as a field of the page
ANSWER = "answer-"
#: and new files under this one; the ids of those kept before stand among the answers
FILE = "file-"
#: fields the page itself adds to every form
PAGE_FIELDS = frozenset({"csrf", "key", "seen"})


class Posted:
    """One posted form. Fields are asked for by name; ``only`` refuses what nobody declared."""

    def __init__(self, pairs: list[tuple[str, str]], files: list[tuple[str, Sent]] | None = None) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(_cleaned(value))
        self._files: dict[str, list[Sent]] = {}
        for name, sent in files or ():
            self._files.setdefault(name, []).append(sent)

    def only(
        self, declared: Collection[str], *, several: Collection[str] = (), files: Collection[str] = ()
    ) -> None:  # fmt: skip
        """Refuse undeclared names, and names sent twice unless they stand in ``several``. ``files``: who may be one."""
        known = PAGE_FIELDS | set(declared) | set(several)
        for name in self._files.keys() - set(files):
            raise Invalid(
                "form_undeclared", "表單含有未宣告的欄位，未予儲存。", fields={"": f"未宣告的欄位：{name[:60]}"}
            )
        for name, values in self._values.items():
            if name not in known:
                raise Invalid(
                    "form_undeclared", "表單含有未宣告的欄位，未予儲存。", fields={"": f"未宣告的欄位：{name[:60]}"}
                )
            if len(values) > 1 and name not in several:
                raise Invalid(
                    "form_repeated", "表單的同一欄位送了兩次，未予儲存。", fields={"": f"重複的欄位：{name[:60]}"}
                )

    def one(self, name: str, default: str = "") -> str:
        values = self._values.get(name)
        return values[0].strip() if values else default

    def as_typed(self, name: str) -> str:
        """Without trimming: a password's spaces are its own."""
        values = self._values.get(name)
        return values[0] if values else ""

    def taken(self, name: str) -> str | None:
        """As ``as_typed``, and gone from the form: for what is asked beside it. None when it was not asked."""
        values = self._values.pop(name, None)
        return values[0] if values else None

    def pairs(self) -> list[tuple[str, str]]:
        """What was typed, to be sent once more by another page; without the page's token."""
        return [(name, value) for name, values in self._values.items() if name != "csrf" for value in values]

    def many(self, name: str) -> tuple[str, ...]:
        return tuple(self._values.get(name, ()))

    def names(self) -> frozenset[str]:
        return frozenset(self._values)

    def number(self, name: str) -> int | None:
        """A row id or version sent back by the page; None when absent or not a number."""
        text = self.one(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def files(self) -> Mapping[str, list[Sent]]:
        """The files that were sent, by the screen form's own names."""
        return {name.removeprefix(FILE): sent for name, sent in self._files.items()}

    def answers(self, lists: Collection[str] = ()) -> Mapping[str, object]:
        """The screen form's answers by their own names; an empty field is no answer. ``lists`` hold several values."""
        found: dict[str, object] = {}
        for name, values in self._values.items():
            if not name.startswith(ANSWER):
                continue
            own = name.removeprefix(ANSWER)
            kept = [value for value in values if value.strip()]
            if own in lists:  # ticked, or one on each line
                found[own] = [line for value in kept for line in value.split("\n") if line.strip()]
            elif kept:
                found[own] = kept[0].strip()
        return found


def read(request: Request, *, with_files: bool = False) -> Posted:
    """The body of a POST as fields; anything but one well-formed form is refused, and files where none are awaited."""
    if with_files and request.mimetype == "multipart/form-data":
        return _with_files(request)
    if (request.content_length or 0) > MOST_BYTES:
        raise Invalid("form_too_large", "表單內容過大，未予儲存。")
    if request.mimetype not in ("application/x-www-form-urlencoded", ""):
        raise Invalid("form_kind", "不支援的表單格式。")
    try:
        body = request.get_data(cache=True).decode("ascii")
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Invalid("form_encoding", "表單內容的編碼不正確，未予儲存。") from None
    return Posted(pairs)


def _with_files(request: Request) -> Posted:
    pairs: list[tuple[str, str]] = []
    files: list[tuple[str, Sent]] = []
    for part in sent_files.parts(request, most_text=MOST_BYTES):
        if part.filename is None:
            try:
                pairs.append((part.name, part.content.decode("utf-8")))
            except UnicodeDecodeError:
                raise Invalid("form_encoding", "表單內容的編碼不正確，未予儲存。") from None
        elif part.filename or part.content:  # a file field left alone sends an empty one
            files.append((part.name, part.as_sent()))
    return Posted(pairs, files)


def _cleaned(value: str) -> str:
    if "\x00" in value:
        raise Invalid("form_nul", "表單內容含有無效字元，未予儲存。")
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
