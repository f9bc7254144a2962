"""sopflow unit, absence, retention, case exclude: what the administrator's and the service centre's pages do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import PETITION, Run, runner


@pytest.fixture(scope="module")
def sopflow(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One city for all of them: each test has units and people of its own."""
    home: Path = tmp_path_factory.mktemp("city") / "home"
    run = runner({"SOPFLOW_HOME": str(home)})
    assert run("db", "upgrade").code == 0
    return run


def refusal(sopflow: Run, *words: str) -> tuple[int, str]:
    said = sopflow(*words, "--json")
    return said.code, said.json["refusal"]["code"]


def test_a_unit_is_opened_renamed_moved_and_closed(sopflow: Run) -> None:
    by = ("--as", "admin", "--json")
    added = sopflow("unit", "add", "works-bridges", "--name", "工務處橋梁科", "--above", "works", *by)
    assert (added.code, added.json["above"], added.json["people"]) == (0, "works", 0)
    renamed = sopflow("unit", "rename", "works-bridges", "--name", "工務處橋隧科", "--since", "115/1/1", *by)
    assert [one["name"] for one in renamed.json["names"]] == ["工務處橋隧科", "工務處橋梁科"]
    assert sopflow("unit", "move", "works-bridges", "--above", "environment", *by).json["above"] == "environment"
    closed = sopflow("unit", "close", "works-bridges", "--last", "2099-12-31", "--successor", "works-roads", *by)
    assert (closed.json["last"], closed.json["successor"]) == ("2099-12-31", "works-roads")
    assert "works-bridges  工務處橋隧科　0 人　至 188/12/31" in sopflow("unit", "list").out
    listed = {one["unit"]: one for one in sopflow("unit", "list", *by).json["units"]}
    assert listed["works-lighting"]["people"] >= 3 and "例路燈長" in listed["works-lighting"]["chiefs"]


def test_bad_input_about_a_unit_changes_nothing(sopflow: Run) -> None:
    before = sopflow("unit", "list", "--ended", "--json").out
    add = ("unit", "add", "another", "--name", "另一科")
    assert refusal(sopflow, "unit", "add", "works", "--name", "另一科") == (1, "unit_bad")
    assert refusal(sopflow, *add, "--above", "nowhere") == (1, "unit_bad")
    assert refusal(sopflow, *add, "--since", "明天") == (2, "usage")
    assert refusal(sopflow, *add, "--as", "nobody")[0] == 1
    for stranger in ("lighting1", "lighting-chief", "drainage1"):
        assert refusal(sopflow, *add, "--as", stranger) == (1, "not_allowed")
        assert refusal(sopflow, "unit", "list", "--as", stranger) == (1, "not_allowed")
    assert refusal(sopflow, "unit", "rename", "nowhere", "--name", "科", "--since", "115/1/1") == (1, "unit_missing")
    assert refusal(sopflow, "unit", "close", "works-lighting", "--last", "2020-01-01") == (1, "unit_bad")
    assert sopflow("unit", "list", "--ended", "--json").out == before


def test_an_absence_is_noted_listed_and_ended_by_who_may(sopflow: Run) -> None:
    away = ("absence", "set", "lighting1", "--first", "2099-01-05", "--last", "188/1/9")
    noted = sopflow(*away, "--substitute", "lighting2", "--as", "lighting1", "--json")
    assert noted.code == 0, noted.err
    assert (noted.json["last"], noted.json["substitute"]) == ("2099-01-09", "lighting2")
    listed = ("absence", "list", "lighting1")
    assert "lighting1　188/01/05 至 188/01/09　代理 lighting2" in sopflow(*listed, "--as", "lighting-chief").out
    for stranger in ("lighting2", "drainage1"):
        assert refusal(sopflow, *listed, "--as", stranger)[0] == 1
        assert refusal(sopflow, *away, "--as", stranger)[0] == 1
        assert refusal(sopflow, "absence", "end", str(noted.json["absence"]), "--as", stranger)[0] == 1
    assert refusal(sopflow, *away, "--as", "lighting1") == (1, "absence_twice")
    assert refusal(sopflow, "absence", "set", "lighting1", "--first", "x", "--last", "y")[0] == 2
    assert sopflow("absence", "end", str(noted.json["absence"]), "--as", "lighting-chief").out == "已結束。\n"
    assert refusal(sopflow, "absence", "end", "999999") == (1, "absence_missing")


def test_somebody_is_excluded_from_a_case_and_readmitted(sopflow: Run) -> None:
    opened = sopflow("case", "open", "petition-online", "--as", "service1", "--answers", json.dumps(PETITION), "--json")
    number = opened.json["number"]
    why = ("--reason", "被檢舉人", "--as", "service1")
    assert sopflow("case", "show", number, "--as", "registry1").code == 0
    out = sopflow("case", "exclude", number, "--person", "registry1", *why, "--json")
    assert out.code == 0, out.err
    assert (out.json["case"], out.json["excluded"]) == (number, ["例總收甲"])
    assert sopflow("case", "show", number, "--as", "registry1").code == 1
    assert refusal(sopflow, "case", "exclude", number, "--person", "registry1", *why) == (1, "already_excluded")
    assert refusal(sopflow, "case", "exclude", number, "--person", "沒有這個人", *why) == (1, "person")
    assert refusal(sopflow, "case", "exclude", number, "--person", "rdec1", "--reason", " ", "--as", "service1")[0] == 1
    for stranger in ("registry2", "lighting1", "drainage1"):
        mine = ("--person", "rdec1", "--reason", "x", "--as", stranger)
        assert refusal(sopflow, "case", "exclude", number, *mine)[0] == 1
        assert refusal(sopflow, "case", "readmit", number, *mine)[0] == 1
    back = sopflow("case", "readmit", number, "--person", "例總收甲", *why)
    assert back.out == f"{number} 沒有排除任何人。\n"
    assert sopflow("case", "show", number, "--as", "registry1").code == 0


def test_retention_says_what_is_kept_and_destroys_nothing_that_nobody_set(sopflow: Run) -> None:
    said = sopflow("retention", "list", "--json").json
    assert said["identities"] == {"months": None, "due": 0, "proposed_months": 60}
    assert "陳情人身分資料：永久保存" in sopflow("retention", "list", "--as", "admin").out
    assert sopflow("retention", "run", "--json").json == {"destroyed": {"identities": 0, "files": 0, "notices": 0}}
    for stranger in ("rdec1", "lighting1", "service1"):
        for command in ("list", "run"):
            assert refusal(sopflow, "retention", command, "--as", stranger) == (1, "not_allowed")
