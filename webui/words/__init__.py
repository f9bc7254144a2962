"""English, second: the pages are written in Chinese, and a catalogue keyed by the Chinese pattern says them in English.

Nothing here runs for a reader of Chinese: templates are compiled a second time for English (``webui.words.pages``), and
only those ask for the catalogue.
"""

from __future__ import annotations

#: the languages of the pages, as the html element names them
LANGUAGES = {"zh": "zh-Hant-TW", "en": "en"}
FIRST = "zh"
