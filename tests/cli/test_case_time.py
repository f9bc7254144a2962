"""sopflow case: more time asked for and granted, clocks stopped and started, the event of a plan moved."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.cli.test_case import REGISTERED, act


@pytest.fixture
def in_hand(sopflow: Run, petition: str) -> str:
    """A petition on the lighting section's desk: its limit runs."""
    assert act(sopflow, "complete", petition, "registry1", answers=REGISTERED).code == 0
    assert act(sopflow, "complete", petition, "lighting1", answers={"ours": "yes"}).code == 0
    return petition


def _reply(sopflow: Run, case: str) -> dict[str, object]:
    file = act(sopflow, "show", case, "rdec1").json
    return next(row for row in file["deadlines"] if row["path"] == "PO-D1")


def test_more_time_is_asked_for_and_granted(sopflow: Run, in_hand: str) -> None:
    before = _reply(sopflow, in_hand)["due_at"]
    more = ("--deadline", "PO-D1", "--length", "5", "--reason", "須會勘")
    assert act(sopflow, "extend", in_hand, "lighting1", *more).code == 0
    assert _reply(sopflow, in_hand)["due_at"] == before
    refused = act(sopflow, "decide-extension", in_hand, "lighting-chief", "--decision", "grant")
    assert (refused.code, refused.json["refusal"]["code"]) == (1, "not_allowed")
    assert act(sopflow, "decide-extension", in_hand, "works-head", "--decision", "grant").code == 0
    after = _reply(sopflow, in_hand)
    assert after["due_at"] != before
    assert [change["kind"] for change in after["changes"]] == ["extension"]  # type: ignore[attr-defined]
    again = act(sopflow, "extend", in_hand, "lighting1", *more)
    assert (again.code, again.json["refusal"]["code"]) == (1, "no_extension_left")


def test_a_refused_request_says_why_and_is_decided_once(sopflow: Run, in_hand: str) -> None:
    nothing = act(sopflow, "decide-extension", in_hand, "works-head", "--decision", "refuse", "--reason", "不同意")
    assert (nothing.code, nothing.json["refusal"]["code"]) == (1, "no_extension_waits")
    act(sopflow, "extend", in_hand, "lighting1", "--deadline", "PO-D1", "--length", "5", "--reason", "須會勘")
    assert (
        act(sopflow, "decide-extension", in_hand, "works-head", "--decision", "refuse").json["refusal"]["code"]
        == "reason"
    )
    assert (
        act(sopflow, "decide-extension", in_hand, "works-head", "--decision", "refuse", "--reason", "可先回復").code
        == 0
    )
    assert (
        act(sopflow, "decide-extension", in_hand, "works-head", "--decision", "grant").json["refusal"]["code"]
        == "no_extension_waits"
    )
    assert act(sopflow, "decide-extension", in_hand, "works-head").code == 2


def test_a_clock_is_stopped_and_runs_on(sopflow: Run, in_hand: str) -> None:
    stopped = act(sopflow, "suspend", in_hand, "lighting1", "--reason", "請補照片")
    assert stopped.json["suspended_at"] is not None
    assert (
        act(sopflow, "suspend", in_hand, "lighting1", "--reason", "請補照片").json["refusal"]["code"]
        == "already_suspended"
    )
    assert _reply(sopflow, in_hand)["stopped_at"] is not None
    assert act(sopflow, "continue", in_hand, "lighting1").json["suspended_at"] is None
    assert act(sopflow, "continue", in_hand, "lighting1").json["refusal"]["code"] == "not_suspended"


def test_a_case_tells_its_older_dates_its_standing_clock_and_every_rung_before_it_rings(
    sopflow: Run, in_hand: str
) -> None:
    rungs = _reply(sopflow, in_hand)["rungs"]
    assert [(one["kind"], one["level"], one["state"]) for one in rungs] == [  # type: ignore[attr-defined]
        ("reminder", 0, "waits"), ("reminder", 0, "waits"), ("escalation", 1, "waits"), ("escalation", 2, "waits"),
        ("escalation", 3, "waits"), ("escalation", 4, "waits"),
    ]  # fmt: skip
    assert rungs[2]["to"] == ["例路燈甲", "例路燈乙", "例路燈長"]  # type: ignore[index]
    more = ("--deadline", "PO-D1", "--length", "5", "--reason", "須會勘")
    act(sopflow, "extend", in_hand, "lighting1", *more)
    act(sopflow, "decide-extension", in_hand, "works-head", "--decision", "grant")
    act(sopflow, "suspend", in_hand, "lighting1", "--reason", "請補照片")
    told = sopflow("case", "show", in_hand, "--as", "rdec1").out
    assert "原期限" in told and "（核准展期）" in told and "起停止計時" in told
    assert "稽催（第 1 級） 暫停：例路燈甲、例路燈乙、例路燈長" in told
    english = sopflow("--lang", "en", "case", "show", in_hand, "--as", "rdec1").out
    assert "Original deadline" in english and "standing still since" in english and "level 1" in english


def test_a_case_without_a_plan_has_no_event_to_move(sopflow: Run, in_hand: str) -> None:
    more = ("--event", "meeting_on", "--to", "2027-01-15T09:00", "--reason", "改期")
    assert act(sopflow, "move-event", in_hand, "lighting1", *more).json["refusal"]["code"] == "no_such_event"
    assert (
        act(sopflow, "move-event", in_hand, "lighting1", *more, "--preview").json["refusal"]["code"] == "no_such_event"
    )


def test_a_stranger_reads_the_same_as_for_a_case_that_is_not(sopflow: Run, in_hand: str) -> None:
    act(sopflow, "extend", in_hand, "lighting1", "--deadline", "PO-D1", "--length", "5", "--reason", "須會勘")
    missing = act(sopflow, "show", "115-999999", "police-head").json
    for verb, more in {
        "extend": ("--deadline", "PO-D1", "--length", "5", "--reason", "x"),
        "decide-extension": ("--decision", "grant"),
        "suspend": ("--reason", "x"), "continue": (),
        "move-event": ("--event", "x", "--to", "2027-01-15T09:00", "--preview"),
    }.items():  # fmt: skip
        assert act(sopflow, verb, in_hand, "police-head", *more).json["refusal"]["code"] in (
            "missing",
            missing["refusal"]["code"],
        ), verb
