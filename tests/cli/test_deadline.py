"""sopflow deadline: when something is due and why; what cannot be reckoned is one sentence, exit 2."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run, runner

PETITION = ("--regime", "petition", "--length", "5", "--unit", "workday")


@pytest.fixture(scope="module")
def sopflow(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One city for all of them: nothing here writes."""
    return runner({"SOPFLOW_HOME": str(tmp_path_factory.mktemp("city"))})


@pytest.mark.parametrize("begins", ["2026-11-26", "2026-11-26T09:00", "2026-11-26T01:00+00:00", "115/11/26",
                                    "1151126", "民國115年11月26日", "115/11/26 23:59"])  # fmt: skip
def test_a_date_may_be_typed_in_every_spelling(sopflow: Run, begins: str) -> None:
    said = sopflow("deadline", "--from", begins, *PETITION, "--json")
    assert said.code == 0, said.err
    assert said.json["due"] == "2026-12-03T17:00:00+08:00"
    assert said.json["due_roc"] == "115/12/03 17:00"
    assert said.json["alternative"] is None


def test_the_working_says_each_day_with_its_reason_and_article(sopflow: Run) -> None:
    working = sopflow("deadline", "--from", "115/11/26", *PETITION, "--json").json["working"]
    assert [set(line) for line in working] == [{"date", "what", "why", "article"}] * len(working)
    assert [line["date"] for line in working if line["what"] == "放假"] == ["2026-11-28", "2026-11-29"]
    assert working[-1]["what"] == "末日"


def test_without_json_it_is_read_by_people(sopflow: Run) -> None:
    said = sopflow("deadline", "--from", "115/12/24", *PETITION)
    assert "期限 116/01/04（一）17:00" in said.out
    assert "行憲紀念日" in said.out and "116年辦公日曆尚未匯入" in said.out


def test_an_adverse_period_gives_the_ordinary_end_as_the_other_reading(sopflow: Run) -> None:
    words = ("deadline", "--from", "2026-11-19", "--regime", "adverse", "--length", "10", "--unit", "day")
    said = sopflow(*words, "--json").json
    assert said["due"] == "2026-11-28T23:59:59+08:00"
    assert said["alternative"]["due"] == "2026-11-30T23:59:59+08:00"
    assert said["alternative"]["working"]
    assert "另一種算法" in sopflow(*words).out


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        ("每月5日", "2026-12-07T17:00:00+08:00"),  # the 5th is a Saturday
        ("每月5日 提前", "2026-12-04T17:00:00+08:00"),
        ("每月5日 不順延", "2026-12-05T17:00:00+08:00"),
        ("4月3日 提前", "2027-04-02T17:00:00+08:00"),  # a Saturday
        ("第2個週五", "2026-12-11T17:00:00+08:00"),
        ("月底", "2026-11-30T17:00:00+08:00"),
        ("monthly 24 previous", "2026-12-24T17:00:00+08:00"),
        ("yearly 4/3 10/3", "2027-04-07T17:00:00+08:00"),
    ],
)
def test_a_fixed_day_is_said_as_offices_say_it(sopflow: Run, rule: str, due: str) -> None:
    said = sopflow("deadline", "--from", "2026-11-26", "--regime", "fixed", "--at", rule, "--json")
    assert (said.code, said.json.get("due")) == (0, due), said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--from", "115/2/29", *PETITION), "date_no_such_day"),
        (("--from", "2026-02-29", *PETITION), "date_no_such_day"),
        (("--from", "0/1/1", *PETITION), "date_before_roc"),
        (("--from", "0000-01-01", *PETITION), "date_before_roc"),
        (("--from", "1911-12-31", *PETITION), "date_before_roc"),
        (("--from", "民國前1年1月1日", *PETITION), "date_before_roc"),
        (("--from", "9999-12-31", *PETITION), "calendar_year"),
        (("--from", "1/1/1", *PETITION), "calendar_year"),
        (("--from", "昨天", *PETITION), "date_unreadable"),
        (("--from", "", *PETITION), "date_unreadable"),
        (("--from", "115/11/26 25:00", *PETITION), "date_no_such_time"),
        (("--from", "2026-11-26T9", *PETITION), "date_no_such_time"),
        (("--from", "115/11/26", "--regime", "lunar", "--length", "5", "--unit", "day"), "period_regime"),
        (("--from", "115/11/26", "--regime", "petition", "--length", "5", "--unit", "moon"), "period_unit"),
        (("--from", "115/11/26", "--regime", "statutory", "--length", "5", "--unit", "workday"), "period_unit"),
        (("--from", "115/11/26", "--regime", "petition", "--length", "0", "--unit", "workday"), "period_length"),
        (("--from", "115/11/26", "--regime", "petition", "--length", "-3", "--unit", "workday"), "period_length"),
        (("--from", "115/11/26", "--regime", "petition", "--length", "2.5", "--unit", "workday"), "period_length"),
        (("--from", "115/11/26", "--regime", "petition", "--length", "很久", "--unit", "workday"), "period_length"),
        (("--from", "115/11/26", "--regime", "statutory", "--length", "11", "--unit", "year"), "period_length"),
        (("--from", "115/11/26", "--regime", "statutory", "--length", "121", "--unit", "month"), "period_length"),
        (("--from", "115/11/26", "--regime", "statutory", "--length", "999999999", "--unit", "day"), "period_length"),
        (("--from", "2095-11-26", "--regime", "statutory", "--length", "10", "--unit", "year"), "calendar_year"),
        (("--from", "115/11/26", "--regime", "fixed", "--at", "有空的時候"), "period_at"),
        (("--from", "115/11/26", "--regime", "fixed", "--at", "每月32日"), "period_at"),
        (("--from", "115/11/26", "--regime", "fixed"), "period_at"),
    ],
)
def test_what_cannot_be_reckoned_is_one_sentence(sopflow: Run, words: tuple[str, ...], code: str) -> None:
    said = sopflow("deadline", *words, "--json")
    assert (said.code, said.json["refusal"]["code"]) == (2, code)
    assert said.json["refusal"]["message"].count("。") == 1
    assert len([line for line in said.err.splitlines() if code in line]) == 1


def test_ten_years_are_the_longest(sopflow: Run) -> None:
    words = ("deadline", "--from", "115/11/26", "--regime", "statutory", "--length", "10", "--unit", "year", "--json")
    assert sopflow(*words).json["due"] == "2036-11-26T23:59:59+08:00"
