"""The ladders an SOP may name instead of writing its rungs."""

from __future__ import annotations

import pytest

from engine.dates import ladders
from engine.errors import Stuck
from engine.sops.rungs import presses_upwards
from engine.sops.sop import Deadline, Rung


def _offsets(spec: Deadline, workdays: int, policy: str | None = None) -> list[tuple[str, int, str]]:
    return [(rung.kind, rung.offset, rung.unit) for rung in ladders.rungs(spec, workdays, policy)]


@pytest.mark.parametrize(("workdays", "before"), [(1, [1]), (3, [1]), (4, [2, 1]), (9, [2, 1]), (10, [5, 2])])
def test_the_control_offices_reminders_follow_the_length(workdays: int, before: list[int]) -> None:
    rungs = _offsets(Deadline("D", "限辦", "petition", ladder="rdec"), workdays)
    assert rungs == [
        *(("reminder", n, "workday") for n in before),
        ("escalation", 0, "workday"), ("escalation", 3, "workday"), ("escalation", 7, "day"), ("escalation", 30, "day"),
    ]  # fmt: skip


def test_a_fixed_day_of_the_control_office_reminds_three_days_and_one_day_before() -> None:
    on_a_day = Deadline("D", "提送", "backward", length=0, ladder="rdec")
    for given in (Deadline("D", "提報", "fixed", ladder="rdec"), on_a_day):
        assert _offsets(given, 20)[:2] == [("reminder", 3, "workday"), ("reminder", 1, "workday")]


def test_the_other_offices_ladder_climbs_after_two_and_five_working_days() -> None:
    assert _offsets(Deadline("D", "限辦", "document", ladder="tp"), 6) == [
        ("reminder", 2, "workday"),
        ("escalation", 0, "workday"), ("escalation", 2, "workday"), ("escalation", 5, "workday"),
    ]  # fmt: skip
    assert _offsets(Deadline("D", "法定", "statutory", ladder="tp"), 20)[:3] == [
        ("reminder", 7, "day"), ("reminder", 3, "day"), ("reminder", 1, "day"),
    ]  # fmt: skip


def test_an_sops_own_rungs_win_over_the_ladder_it_names() -> None:
    own = (Rung("reminder", 4, "hour", ("holder",)),)
    assert ladders.rungs(Deadline("D", "限辦", "petition", ladder="rdec", rungs=own), 5) == own


def test_a_standard_time_never_escalates_whoever_asked_for_it() -> None:
    own = (Rung("reminder", 0, "workday", ("holder",)), Rung("escalation", 1, "workday", ("unit_head@responsible",)))
    assert ladders.rungs(Deadline("D", "標準", "standard", rungs=own), 2) == own[:1]
    assert {kind for kind, _, _ in _offsets(Deadline("D", "標準", "standard", ladder="tp"), 2)} == {"reminder"}


def test_no_ladder_of_ours_presses_the_mayor_or_outsiders() -> None:
    for name in ("rdec", "tp"):
        for regime in ("petition", "statutory", "fixed"):
            rungs = ladders.rungs(Deadline("D", "限辦", regime, ladder=name), 20)
            pressed = [to for rung in rungs if rung.kind == "escalation" for to in rung.to if presses_upwards(to)]
            assert pressed == []


def test_who_must_not_be_pressed_is_left_out_and_a_rung_to_nobody_else_is_not_armed() -> None:
    own = (
        Rung("reminder", 0, "workday", ("first_tier_staff@fixed:mayor-office",)),
        Rung("escalation", 0, "workday", ("holder", "first_tier@fixed:mayor-office")),
        Rung("escalation", 1, "workday", ("first_tier@fixed:mayor-office", "applicant")),
        Rung("escalation", 2, "workday", ("meeting@list",)),
    )
    armed = ladders.rungs(Deadline("D", "限辦", "petition", rungs=own), 5)
    assert [(rung.kind, rung.offset, rung.to) for rung in armed] == [
        ("reminder", 0, ("first_tier_staff@fixed:mayor-office",)), ("escalation", 0, ("holder",)),
        ("escalation", 2, ("meeting@list",)),
    ]  # fmt: skip


def test_the_control_offices_third_level_is_the_meetings_list() -> None:
    rungs = ladders.rungs(Deadline("D", "限辦", "petition", ladder="rdec"), 5)
    assert [rung.offset for rung in rungs if "meeting@list" in rung.to] == [7, 30]


def test_a_shared_procedure_takes_the_ladder_of_its_caller() -> None:
    spec = Deadline("D", "追蹤", "follow-up", ladder="caller")
    assert _offsets(spec, 5, "tp") == _offsets(Deadline("D", "追蹤", "follow-up", ladder="tp"), 5)
    assert _offsets(spec, 5) == []


def test_a_deadline_without_ladder_and_rungs_never_rings() -> None:
    assert _offsets(Deadline("D", "限辦", "petition"), 5) == []


def test_an_unknown_ladder_is_refused_by_name() -> None:
    with pytest.raises(Stuck) as refusal:
        ladders.rungs(Deadline("PO-D1", "限辦", "petition", ladder="stairs"), 5)
    assert (refusal.value.code, refusal.value.element) == ("deadline_ladder", "PO-D1")
