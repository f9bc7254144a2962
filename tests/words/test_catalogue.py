"""English: every sentence a person may read is in the catalogue, and nothing else is."""

from __future__ import annotations

import re
from importlib import resources

import pytest
import yaml

from tests.words.listing import everything
from webui.words import english
from webui.words.patterns import HAN, HOLE

FILES = english.TERMINAL.files
#: Chinese that stays in an English sentence: what a reader has to type as it is written here
TYPED = re.compile(r"每月5日|4月3日 ?提前|4月3日|第2個週五|檢舉|不順延|提前|三層、二層、一層|核可|民國115年11月20日")


@pytest.mark.parametrize("part", FILES)
def test_every_sentence_has_its_english_and_no_english_is_left_over(part: str) -> None:
    said = set(everything()[part])
    told = _file(part)
    assert said - told.keys() == set(), "no English yet: python -m tests.words.listing"
    assert told.keys() - said == set(), "nobody says this any more"


@pytest.mark.parametrize("part", FILES)
def test_english_has_the_holes_of_the_chinese_and_no_chinese(part: str) -> None:
    for chinese, told in _file(part).items():
        here, there = ({found[1] for found in HOLE.finditer(text)} for text in (chinese, told))
        assert there <= here, chinese
        assert {hole for hole in here if hole not in there} == set() or part == "templates", chinese
        assert not HAN.search(TYPED.sub("", told)), told
        assert not re.search(r"[<>\"]", told), told


def test_no_key_stands_twice() -> None:
    for part in FILES:
        keys = re.findall(r'^"((?:[^"\\]|\\.)*)": ', _text(part), re.M)
        assert len(keys) == len(set(keys)), part


@pytest.mark.parametrize(
    ("chinese", "told"),
    [
        ("115/11/20（五）17:00", "2026-11-20 (Fri) 17:00"),
        ("115年11月20日（五）", "2026-11-20 (ROC 115/11/20)"),
        ("民國115年11月20日（星期五）17:00", "2026-11-20 (ROC 115/11/20) 17:00"),
        ("11/20（五）", "Fri 11-20"),
        ("115/11/20", "2026-11-20"),
        ("115-000001", "115-000001"),
        ("剩 1 個工作天", "1 working day left"),
        ("剩 3 個工作天", "3 working days left"),
        ("例書記完成派工（逾期送出）。", "例書記 completed 派工 (sent late)."),
        ("例書記、科長", "例書記, section chief"),
        (
            "取最短者：本項期限（5工作天），不採上限（30日）",
            "The shortest applies: this deadline (5 working days), not limit (30 days)",
        ),
        ("和平紀念日（補假）", "Peace Memorial Day (observed)"),
        ("中山路一號前的路燈不亮", "中山路一號前的路燈不亮"),
    ],
)
def test_a_sentence_is_found_by_its_pattern_and_data_stays(chinese: str, told: str) -> None:
    assert english.say(chinese) == told


def _file(part: str) -> dict[str, str]:
    found: dict[str, str] = yaml.load(_text(part), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found


def _text(part: str) -> str:
    return resources.files("webui.words").joinpath(f"{part}.yaml").read_text("utf-8")
