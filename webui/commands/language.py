"""In which language the command line speaks: ``--lang``, else SOPFLOW_LANG, else the terminal's own; Chinese first.

Sentences are written in Chinese where they are said, as everywhere; the catalogue of ``webui.words`` is read only when
somebody reads English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.library import titles

if TYPE_CHECKING:
    from engine.store import Connection
    from webui.words.english import Catalogue

__all__ = ["CHINESE", "ENGLISH", "LANGUAGES", "after", "is_english", "learn_titles", "said", "settle", "worded"]

CHINESE, ENGLISH = "zh-Hant", "en"
LANGUAGES = (CHINESE, ENGLISH)
VARIABLE = "SOPFLOW_LANG"
#: the terminal's, the first that is set
_TERMINAL = ("LC_ALL", "LC_MESSAGES", "LANG")


@dataclass(slots=True)
class _Spoken:
    """One process, one command line: what its threads say, too."""

    language: str = CHINESE


_spoken = _Spoken()


def settle(words: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Choose before anything is said, usage errors and help included. The bad value of SOPFLOW_LANG, if it is one."""
    wished = environment.get(VARIABLE, "").strip()
    terminal = next((environment[name] for name in _TERMINAL if environment.get(name)), "")
    default = wished or (ENGLISH if terminal.startswith("en") else CHINESE)
    asked = _asked(words)
    _spoken.language = ENGLISH if (asked if asked in LANGUAGES else default) == ENGLISH else CHINESE
    return None if asked in LANGUAGES or wished in ("", *LANGUAGES) else wished


def _asked(words: Sequence[str]) -> str:
    """The value of ``--lang`` before the first command's name; "" for none."""
    found = ""
    left = iter(words)
    for word in left:
        if word == "--lang":
            found = next(left, "")
        elif word.startswith("--lang="):
            found = word.removeprefix("--lang=")
        elif not word.startswith("-"):
            break
    return found


def is_english() -> bool:
    return _spoken.language == ENGLISH


def said(sentence: str) -> str:
    """A sentence of ours in the reader's language; what no pattern knows is data and stays as it is."""
    return _english().say(sentence) if is_english() else sentence


def after(sentence: str) -> str:
    """Said behind another sentence: Chinese stands without a space between."""
    return f" {said(sentence)}" if sentence and is_english() else sentence


def worded(pattern: str, *values: object) -> str:
    """A pattern in the reader's language, its holes filled with values as they are: ``{0}：{1}``."""
    if not is_english():
        return pattern.format(*values)
    told = _english().worded(pattern, *values)
    return told.rstrip() if values else told


def learn_titles(db: Connection) -> None:
    """What the SOPs of this city are called in English."""
    _english().learn(titles.edition(db), lambda: titles.in_english(db))


def _english() -> Catalogue:
    from webui.words.english import TERMINAL

    return TERMINAL
