"""English, second: the pages are written in Chinese, and a catalogue keyed by the Chinese pattern says them in English.

Nothing here runs for a reader of Chinese: templates are compiled a second time for English (``webui.words.pages``), and
only those ask for the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable

from diagrams.wording import Worded, as_written
from engine.library import titles
from engine.store import Connection

#: the languages of the pages, as the html element names them
LANGUAGES = {"zh": "zh-Hant-TW", "en": "en"}
FIRST = "zh"


def learn_titles(db: Connection) -> None:
    """For a reader of English: what the SOPs in force are called."""
    from webui.words.english import PAGES

    PAGES.learn((str(db.engine.url), *titles.edition(db)), lambda: titles.in_english(db))


def said_in(language: str) -> Callable[[str], str]:
    """Says a sentence of ours in that language."""
    if language == FIRST:
        return str
    from webui.words import english

    return english.say


def mixed(text: str) -> str:
    """English in which Chinese data stands, marked."""
    from webui.words import english

    return english.mixed(text)


def worded(language: str) -> Worded:
    """Patterns in that language, their holes filled with values as they are."""
    if language == FIRST:
        return as_written
    from webui.words.english import PAGES

    return PAGES.worded
