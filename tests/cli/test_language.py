"""The terminal's language: `--lang`, then SOPFLOW_LANG, then the terminal's own; Chinese where nobody says anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.cli.conftest import PETITION, Run, runner
from webui.cli import main
from webui.commands import language
from webui.words.patterns import HAN

#: what has to be typed as it is written here
TYPED = re.compile(r"每月5日|4月3日|第2個週五|提前|不順延")
ENGLISH, CHINESE = "Reckon a deadline", "計算期限"


def commands() -> list[tuple[str, ...]]:
    """Every command there is, by the words that call it."""

    def below(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                yield from below(inner, (*words, name))

    return list(below(main, ()))


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_speaks_one_language(files_only: Run, words: tuple[str, ...]) -> None:
    english = files_only("--lang", "en", *words, "--help").out
    assert not HAN.search(TYPED.sub("", english)), english
    assert "Usage:" in english
    chinese = files_only(*words, "--help").out
    assert "用法：" in chinese
    assert "選項：" in chinese
    for line in chinese.splitlines():
        told = re.split(r" {2,}", line.strip(), maxsplit=1)
        assert len(told) < 2 or HAN.search(told[1]) or "[" in line, line


@pytest.mark.parametrize(
    ("environment", "words", "told"),
    [
        ({}, (), CHINESE),
        ({"LANG": "en_GB.UTF-8"}, (), ENGLISH),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_TW.UTF-8"}, (), CHINESE),
        ({"LANG": "C.UTF-8"}, (), CHINESE),
        ({"LC_ALL": "en_US.UTF-8", "SOPFLOW_LANG": "zh-Hant"}, (), CHINESE),
        ({"SOPFLOW_LANG": "en"}, (), ENGLISH),
        ({"SOPFLOW_LANG": "en"}, ("--lang", "zh-Hant"), CHINESE),
        ({"SOPFLOW_LANG": "zh-Hant"}, ("--lang=en",), ENGLISH),
    ],
)
def test_the_nearest_wish_counts(environment: dict[str, str], words: tuple[str, ...], told: str) -> None:
    assert told in runner(environment)(*words, "deadline", "--help").out


def test_the_language_is_known_before_the_help_wherever_it_stands(files_only: Run) -> None:
    assert "Usage:" in files_only("--help", "--lang", "en").out
    assert "用法：" in files_only("case", "show", "--lang", "en").err, "only before the command's name"


def test_a_language_nobody_speaks_is_unusable(files_only: Run) -> None:
    said = runner({"SOPFLOW_LANG": "fr"})("sop", "check", "--json")
    assert (said.code, said.json["refusal"]["code"]) == (2, "usage")
    assert "SOPFLOW_LANG 不能是「fr」" in said.err
    said = files_only("--lang", "fr", "sop", "check")
    assert (said.code, "只能是 zh-Hant、en。" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "chinese", "english"),
    [
        (("nonsense",), "沒有指令 nonsense。", "No such command 'nonsense'"),
        (("case", "claim", "1"), "缺少選項 --as。", "Missing option '--as'"),
        (("case", "claim"), "缺少引數 CASE。", "Missing argument 'CASE'"),
        (("case", "claim", "--fo"), "沒有選項 --fo。", "No such option '--fo'"),
        (("case", "claim", "1", "2", "--as", "x"), "多了不認得的引數：2。", "unexpected extra argument"),
        (("case", "claim", "--step"), "選項 --step 需要一個值。", "requires an argument"),
        (("case", "extend", "1", "--length", "x"), "選項 --length 的值不能用：須為整數。", "not a valid integer"),
        (("case", "priority", "1", "--level", "7"), "須為 0 以上、2 以下的數。", "not in the range"),
        (("case", "solved", "1", "--solved", "x"), "只能是 yes、partly、no。", "is not one of"),
        (("case", "attach", "1", "nowhere"), "檔案不存在或無法讀取。", "does not exist"),
        (("tick", "--at", "soon"), "「soon」不是 ISO 8601 時間", "is not an ISO 8601 time"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_command_line_that_cannot_be_understood(
    files_only: Run, words: tuple[str, ...], chinese: str, english: str
) -> None:
    said = files_only(*words)
    assert (said.code, chinese in said.err, "Error" in said.err) == (2, True, False), said.err
    said = files_only("--lang", "en", *words)
    assert (said.code, english in said.err) == (2, True), said.err
    assert not HAN.search(said.err)


def test_a_case_in_english_keeps_what_people_and_sops_wrote(sopflow: Run) -> None:
    def english(*words: str) -> str:
        said = sopflow("--lang", "en", *words)
        assert said.code == 0, said.err
        return said.out

    given = json.dumps(PETITION)
    opened = english("case", "open", "petition-online", "--as", "service1", "--answers", given)
    number = opened.split()[0]
    assert "In progress" in opened
    assert "to do PO-04 總收文彙整掛號 (central-registry)" in opened
    shown = english("case", "show", number, "--as", "service1", "--json")
    assert json.loads(shown).keys() == sopflow("case", "show", number, "--as", "service1", "--json").json.keys()
    assert "Register the case" in english("journal", "find", "--about", number)
    refused = sopflow("--lang", "en", "case", "claim", "115-999999", "--as", "service1", "--json")
    assert (refused.code, refused.json["refusal"]["code"]) == (1, "missing")
    assert not HAN.search(refused.out + refused.err)
    assert "Never run yet." in sopflow("--lang", "en", "health").out
    days = english("calendar", "close", "2026-11-27", "--reason", "颱風")
    assert "Working day → Closed" in days
    assert "No deadline would move." in days


def test_settings_that_are_wrong_are_each_named_in_english(tmp_path: Path) -> None:
    said = runner({"SOPFLOW_HOME": str(tmp_path), "SOPFLOW_PORT": "x", "SOPFLOW_SPELT": "1"})("--lang", "en", "tick")
    assert said.code == 2
    assert "SOPFLOW_PORT: It must be a whole number from 1 to 65535." in said.err
    assert "SOPFLOW_SPELT: There is no such setting." in said.err


def test_a_deadline_and_its_days_in_english(files_only: Run, tmp_path: Path) -> None:
    words = ("deadline", "--from", "115/12/24", "--regime", "petition", "--length", "2", "--unit", "workday")
    told = files_only("--lang", "en", *words).out
    assert told.startswith("Due 2026-12-29 (Tue) 17:00")
    assert "Constitution Day" in told
    assert not HAN.search(told)


def test_chinese_asks_for_no_catalogue(files_only: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> None:
        raise AssertionError("the catalogue was read")

    monkeypatch.setattr(language, "_english", nobody)
    assert files_only("deadline", "--help").code == 0
    assert files_only("nonsense").code == 2
