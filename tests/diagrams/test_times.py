"""The time a step took stands beside it in words; past the standard a word and a sign of its own say so."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from diagrams import times
from engine.sops.sop import Node, Progress, Spent
from tests.diagrams.examples import sop


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, "0 分"), (0.5, "30 分"), (1, "1 小時"), (3.46, "3.5 小時"), (8, "1 天"), (20, "2.5 天"), (800, "100 天")],
)
def test_working_time_is_said_as_people_say_it(hours: float, said: str) -> None:
    assert times.in_words(hours) == said


def test_only_what_took_longer_than_planned_says_so_and_never_as_a_limit_does() -> None:
    drawn = sop([Node("A", "user", "收件"), Node("B", "user", "辦理"), Node("C", "user", "核稿")], [])
    spent = {"A": Spent(4, False, 8), "B": Spent(12, True, 8), "C/x": Spent(1, False), "gone": Spent(1, False)}
    progress = Progress(MappingProxyType({}), spent=MappingProxyType(spent))
    column = times.column(drawn, progress)
    assert column.title == "已用"
    assert column.cells == {"A": ("4 小時",), "B": ("1.5 天", "進行中", "◇ 超過標準")}
    assert "逾期" not in str(column) and "▲" not in str(column)
    assert times.told(progress, "A") == "，已用 4 小時"
    assert times.told(progress, "B") == "，已用 1.5 天，超過標準工時"
    assert times.told(progress, "C") == ""
