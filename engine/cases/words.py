"""What a case is found by: pairs of neighbouring characters of its own words, never of anybody's identity.

Chinese has no spaces between words, so a text is kept as every two characters that stand side by side. A pair that
is asked for names the candidates at once; longer words are then looked for in the candidates' answers themselves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from engine.cases.records import case_gram
from engine.sops.forms import ScreenForm
from engine.store import Connection

__all__ = ["found_in", "index", "pairs", "plain", "texts_of", "tokens"]

#: what parts words. Everything else stays: letters, numbers, emoji, private use (造字), what Unicode does not know yet
_PARTING = ("P", "Z", "Cc", "Cs", "Sm", "Sc", "Sk")


def plain(text: str) -> str:
    """Text as it is compared: one width, one case, one way of writing, words parted by single spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.translate(_KEPT).split())


class _Kept(dict[int, str]):
    """What becomes of a character, found out once."""

    def __missing__(self, code: int) -> str:
        c = chr(code)
        category = unicodedata.category(c)
        if category == "Cf" or "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef":
            kept = ""  # joiners, direction marks and variant selectors are not seen, so nobody seeks them
        else:
            kept = " " if category.startswith(_PARTING) else c
        self[code] = kept
        return kept


#: beginning with one character written in two ways; people type the one and read the other
_KEPT = _Kept(zip(map(ord, "臺裏峯羣爲衆着牀"), "台裡峰群為眾著床", strict=True))


def pairs(text: str) -> set[str]:
    """Every two neighbouring characters, and each word's last one alone: a single character is a pair's beginning."""
    return {word[n : n + 2] for word in plain(text).split() for n in range(len(word))}


def tokens(words: str) -> list[str]:
    """What was asked for, as it is compared; a word twice is one."""
    return list(dict.fromkeys(plain(words).split()))


def found_in(wanted: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether every wanted token stands in one of the texts."""
    compared = [plain(text) for text in texts]
    return all(any(token in text for text in compared) for token in wanted)


def texts_of(form: ScreenForm | None, answers: Mapping[str, Any]) -> list[str]:
    """The words of an answer that one may find a case by: what somebody wrote, not what was chosen from a list."""
    fields = form.fields if form else ()
    written = (answers.get(f.name) for f in fields if f.kind in ("text", "longtext") and not f.identity)
    return [text for text in written if isinstance(text, str)]


def index(db: Connection, case_id: int, texts: Iterable[str]) -> None:
    """From now on these texts find the case, and what it was found by before no longer does."""
    db.execute(case_gram.delete().where(case_gram.c.case_id == case_id))
    grams = sorted({gram for text in texts for gram in pairs(text)})
    if grams:
        db.execute(case_gram.insert(), [{"gram": gram, "case_id": case_id} for gram in grams])
