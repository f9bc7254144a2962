"""Processes killed with SIGKILL in the middle of what they do: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.builds import BROKEN
from tests.faults.conftest import KILLS, Aftermath

Slice = Callable[..., Aftermath]


def test_whoever_is_killed_leaves_nothing_lost_and_nothing_doubled(slice_of: Slice) -> None:
    after = slice_of(KILLS)
    assert after.problems == []
    assert len(after.deaths) >= KILLS
    # and they died where it hurts, both at desks and at the clock, while work went on
    assert after.inside >= 0.7 * len(after.deaths)
    assert len(after.places) >= min(40, KILLS / 8)
    moments = Counter(death["moment"] for death in after.deaths)
    assert min(moments["began"], moments["commit"], moments["committed"], moments["a blow"]) >= KILLS / 100
    roles = Counter(death["role"] for death in after.deaths)
    assert min(roles["clerk"], roles["ticker"]) >= KILLS / 10
    assert after.count("acked", verb="complete", replayed=False) >= KILLS / 3
    assert after.count("rang") >= KILLS / 6
    assert after.count("rang", kind="timer") >= KILLS / 60


#: what each broken build does wrong, in the words of the check that must notice; and how many deaths show it for sure
CAUGHT = {
    "no version check": ("no_step_is_done_twice", 60),
    "two transactions": ("the_engine_agrees_with_the_desks", 60),
    "no unique key": ("a_form_sent_twice_has_one_effect_and_one_answer", 24),
    "claim without effect": ("each_alarm_rang_once_with_its_effect", 80),
}


@pytest.mark.parametrize("build", BROKEN)
def test_a_broken_build_is_caught_by_the_same_slice(slice_of: Slice, build: str) -> None:
    check, deaths = CAUGHT[build]
    after = slice_of(deaths, build=build)
    assert after.failed[check] > 0
