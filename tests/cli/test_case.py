"""sopflow case: the acts of people, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PETITION, Run, Said

REGISTERED = {"receipt_number": "府收-1", "responsible_unit": "works-lighting"}


def act(sopflow: Run, verb: str, case: str, account: str, *more: str, answers: dict[str, Any] | None = None) -> Said:
    words = ["case", verb, case, "--as", account, *more, "--json"]
    if answers is not None:
        words += ["--answers", json.dumps(answers)]
    return sopflow(*words)


def open_steps(said: Said) -> list[str]:
    assert said.code == 0, said.err
    return [item["step"] for item in said.json["open"]]


def test_a_petition_goes_from_hand_to_hand(sopflow: Run, petition: str) -> None:
    assert open_steps(act(sopflow, "complete", petition, "registry1", answers=REGISTERED)) == ["PO-07"]
    assert open_steps(act(sopflow, "claim", petition, "lighting1")) == ["PO-07"]
    assert act(sopflow, "complete", petition, "lighting2", answers={"ours": "yes"}).code == 1
    assert open_steps(act(sopflow, "complete", petition, "lighting1", answers={"ours": "yes"})) == ["PO-08"]
    assert open_steps(act(sopflow, "recall", petition, "lighting1", "--reason", "看錯")) == ["PO-07"]
    assert open_steps(act(sopflow, "complete", petition, "lighting1", answers={"ours": "yes"})) == ["PO-08"]
    back = act(sopflow, "send-back", petition, "lighting-chief", "--to", "PO-07", "--reason", "請重看")
    assert open_steps(back) == ["PO-07"]
    assert back.json["open"][0]["opening"] == 3
    handed = act(sopflow, "hand-back", petition, "lighting1", "--reason", "請假")
    assert handed.json["open"][0]["assignee"] is None
    given = act(sopflow, "assign", petition, "lighting-chief", "--to", "lighting2")
    assert given.json["open"][0]["assignee"] is not None
    amended = act(
        sopflow, "amend", petition, "registry1", "--step", "PO-04", "--reason", "誤植",
        answers={**REGISTERED, "receipt_number": "府收-2"},
    )  # fmt: skip
    assert amended.code == 0, amended.err
    assert open_steps(act(sopflow, "withdraw", petition, "rdec1", "--reason", "重複建檔")) == []
    file = act(sopflow, "show", petition, "rdec1").json
    assert file["status"] == "withdrawn"
    assert [line["verb"] for line in file["journal"]] == [
        "open", "complete", "claim", "complete", "recall", "complete", "send_back", "hand_back", "assign", "amend",
        "withdraw",
    ]  # fmt: skip
    assert sopflow("journal", "verify", "--json").json == {"problems": []}


def test_the_list_is_what_a_person_may_do(sopflow: Run, petition: str) -> None:
    assert [row["step"] for row in sopflow("case", "list", "--as", "registry1", "--json").json] == ["PO-04"]
    assert sopflow("case", "list", "--as", "lighting1", "--json").json == []
    assert petition in sopflow("case", "list", "--as", "registry1").out


def test_a_stranger_reads_the_same_as_for_a_case_that_is_not(sopflow: Run, petition: str) -> None:
    strange = [act(sopflow, "show", case, "police-head") for case in (petition, "115-999999", "7777", "x\ty", "-")]
    assert {said.code for said in strange} == {1}
    assert len({said.out for said in strange}) == 1
    for verb in ("claim", "complete", "hand-back", "recall"):
        more = ("--reason", "x") if verb in ("hand-back", "recall") else ()
        assert act(sopflow, verb, petition, "police-head", *more).json == strange[0].json


def test_a_refusal_is_one_sentence_with_its_fields_and_stores_nothing(sopflow: Run, petition: str) -> None:
    said = act(sopflow, "complete", petition, "registry1", answers={"colour": "red"})
    assert said.code == 1
    assert set(said.json["refusal"]["fields"]) >= {"colour", "receipt_number", "responsible_unit"}
    assert len(act(sopflow, "show", petition, "registry1").json["journal"]) == 1


def test_identity_is_shown_nowhere(sopflow: Run, petition: str) -> None:
    said = act(sopflow, "show", petition, "registry1")
    assert PETITION["petitioner_name"] not in said.out
    assert PETITION["petitioner_email"] not in said.out


def test_answers_may_lie_in_a_file(sopflow: Run, petition: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(REGISTERED, ensure_ascii=False), "utf-8-sig")
    said = sopflow("case", "complete", petition, "--as", "registry1", "--answers", f"@{file}", "--json")
    assert open_steps(said) == ["PO-07"]


@pytest.mark.parametrize(
    "answers", ["{", "[]", '"x"', '{"a": 1, "a": 2}', '{"a": NaN}', "@nowhere.json", "{" * 100_000], ids=range(7)
)
def test_answers_that_are_no_object_are_unusable(files_only: Run, home: Path, answers: str) -> None:
    said = files_only("case", "open", "petition-online", "--as", "service1", "--answers", answers, "--json")
    assert said.code == 2
    assert said.json["refusal"]["code"] == "usage"
    assert not home.exists()


def test_the_same_key_opens_one_case(sopflow: Run) -> None:
    words = ("case", "open", "petition-online", "--as", "service1", "--answers", json.dumps(PETITION), "--json")
    first, second = sopflow(*words, "--key", "k1"), sopflow(*words, "--key", "k1")
    assert first.json["number"] == second.json["number"]
    assert sopflow(*words, "--key", "k2").json["number"] != first.json["number"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("case", "open", "nobody", "--as", "service1"), "no_such_sop"),
        (("case", "open", "petition-online", "--start", "X", "--as", "service1"), "no_such_start"),
        (("case", "open", "petition-online", "--as", "nobody"), "person_missing"),
    ],
)
def test_what_is_not_there_is_refused(sopflow: Run, words: tuple[str, ...], code: str) -> None:
    said = sopflow(*words, "--json")
    assert (said.code, said.json["refusal"]["code"]) == (1, code)
