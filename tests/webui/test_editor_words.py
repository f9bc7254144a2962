"""The words of the SOP editor's own program: each said in Chinese and in English, and none said beside that table."""

from __future__ import annotations

import re
from pathlib import Path

from webui.words.patterns import HAN

SOURCES = Path(__file__).parents[2] / "webui" / "frontend" / "src"
TEXT = r"'((?:[^'\\\n]|\\.)*)'"
PAIR = re.compile(rf"\[\s*{TEXT},\s*{TEXT}\s*\]")
CHINESE_SIGNS = re.compile(r"[\u3000-\u303f\uff00-\uffef・]")
#: what a person types between values, and the code a note is given: neither is said
NOT_SAID = ("/[、,，]/", "`註${")


def table() -> str:
    source = (SOURCES / "words.js").read_text("utf-8")
    found = re.search(r"^const WORDS = \{\n(.*?)^\};$", source, re.S | re.M)
    assert found is not None
    return re.sub(r"^ *//.*$", "", found[1], flags=re.M)


def test_every_key_of_the_editors_words_has_chinese_and_english() -> None:
    words = table()
    assert len(PAIR.findall(words)) > 200
    bare = PAIR.sub("PAIR", words)
    left = re.sub(rf"(?:{TEXT}|[\w-]+): (?=PAIR|\{{)", "", bare)
    assert re.sub(r"PAIR|[{},\s]", "", left) == "", "a key without its pair"


def test_the_english_holds_no_chinese_and_the_same_holes() -> None:
    for chinese, english in PAIR.findall(table()):
        assert english.strip(), chinese
        assert not HAN.search(english) and not CHINESE_SIGNS.search(english), english
        assert sorted(re.findall(r"\{\w+\}", chinese)) == sorted(re.findall(r"\{\w+\}", english)), english
    own = (SOURCES / "words-of-bpmn.js").read_text("utf-8").split("export const ENGLISH")[1]
    assert not HAN.search(own)


def test_no_other_source_of_the_editor_says_chinese_or_joins_words_by_chinese_signs() -> None:
    for path in sorted(SOURCES.glob("*.js")):
        if path.name.startswith("words"):
            continue
        source = path.read_text("utf-8")
        for allowed in NOT_SAID:
            source = source.replace(allowed, "")
        said = [line for line in source.splitlines() if HAN.search(line) or CHINESE_SIGNS.search(line)]
        assert said == [], path.name
