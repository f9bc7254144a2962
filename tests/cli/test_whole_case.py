"""sopflow case: taken up again, joined, transferred, asked about, noted."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.cli.test_case import REGISTERED, act, open_steps

WHY = ("--reason", "測試")


@pytest.fixture
def in_hand(sopflow: Run, petition: str) -> str:
    """A petition on the lighting section's desk."""
    assert act(sopflow, "complete", petition, "registry1", answers=REGISTERED).code == 0
    assert act(sopflow, "complete", petition, "lighting1", answers={"ours": "yes"}).code == 0
    return petition


def test_withdrawn_by_mistake_and_taken_up_again(sopflow: Run, in_hand: str) -> None:
    assert act(sopflow, "withdraw", in_hand, "rdec1", *WHY).json["status"] == "withdrawn"
    refused = act(sopflow, "reopen", in_hand, "lighting1", *WHY)
    assert (refused.code, refused.json["refusal"]["code"]) == (1, "not_allowed")
    again = act(sopflow, "reopen", in_hand, "rdec1", *WHY)
    assert (open_steps(again), again.json["status"]) == (["PO-08"], "open")
    assert again.json["reopened_at"] is not None
    assert act(sopflow, "reopen", in_hand, "rdec1", *WHY).json["refusal"]["code"] == "not_over"


def test_a_number_nobody_has_is_no_original(sopflow: Run, in_hand: str) -> None:
    wrong = act(sopflow, "join", in_hand, "rdec1", "--original", "115-999999", *WHY)
    assert (wrong.code, wrong.json["refusal"]["code"]) == (1, "original")
    assert act(sopflow, "part", in_hand, "rdec1", *WHY).json["refusal"]["code"] == "not_joined"


def test_transferred_and_made_urgent(sopflow: Run, in_hand: str) -> None:
    moved = act(sopflow, "transfer", in_hand, "rdec1", "--to", "works-roads", *WHY)
    assert (moved.json["unit"], moved.json["open"][0]["unit"]) == ("works-roads", "works-roads")
    assert act(sopflow, "priority", in_hand, "rdec1", "--level", "2").json["priority"] == 2
    assert act(sopflow, "priority", in_hand, "rdec1", "--level", "3").code == 2
    assert act(sopflow, "solved", in_hand, "rdec1", "--solved", "yes", *WHY).json["refusal"]["code"] == "not_released"


def test_asked_and_answered(sopflow: Run, in_hand: str) -> None:
    ask = ("--unit", "works-roads", "--question", "屬貴科？", "--due", "2099-01-01")
    assert act(sopflow, "give-opinion", in_hand, "roads1", "--answer", "屬本科").json["refusal"]["code"] == "missing"
    assert act(sopflow, "ask-opinion", in_hand, "lighting1", *ask).code == 0
    assert act(sopflow, "give-opinion", in_hand, "roads1", "--answer", "屬本科").code == 0
    done = act(sopflow, "give-opinion", in_hand, "roads1", "--answer", "屬本科")
    assert done.json["refusal"]["code"] == "no_opinion_waits"
    verbs = [line["verb"] for line in act(sopflow, "show", in_hand, "rdec1").json["journal"]]
    assert verbs[-2:] == ["ask_opinion", "give_opinion"]


def test_a_note_and_a_letter_that_never_left(sopflow: Run, in_hand: str) -> None:
    assert act(sopflow, "note", in_hand, "lighting1", "--text", "已聯絡").code == 0
    assert act(sopflow, "note", in_hand, "cleaning1", "--text", "x").json["refusal"]["code"] == "missing"
    record = act(sopflow, "show", in_hand, "rdec1").json["documents"][0]["id"]
    back = act(sopflow, "undeliverable", in_hand, "service1", "--document", str(record), "--why", "退回")
    assert back.json["refusal"]["code"] == "not_a_letter"
    again = act(sopflow, "send-again", in_hand, "service1", "--document", str(record))
    assert again.json["refusal"]["code"] == "not_returned"
