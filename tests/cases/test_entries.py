"""A list that a clerk writes, read line by line: entries of a call for several units or plans, or lines to check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from engine.office import journal
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node

_READ = (
    '<sop:operator name="list.entries"><sop:arg name="text" from="lines"/></sop:operator>'
    '<sop:out from="entries" to="entries"/><sop:out from="count" to="count"/><sop:out from="unreadable" to="bad"/>'
)
_CHECK = (
    '<sop:operator name="lines.check"><sop:arg name="text" from="lines"/><sop:arg name="pattern" value="{}"/>'
    '</sop:operator><sop:out from="count" to="entries"/><sop:out from="wrong" to="count"/>'
    '<sop:out from="repeated" to="bad"/>'
)
_FILES = r"企劃處第\d+次(?P&lt;once&gt;工作報告|專案報告)\.(?i:pdf)"
_LINES = {"lines": {"title": "清單", "type": "string", "maxLength": 4000}}


@pytest.fixture
def said(store: Store, taipei: Callable[[str], datetime]) -> Callable[[str], tuple[object, object, object]]:
    """The clerk writes the list; what the operator told the flow."""
    return _reader(store, taipei, _READ)


@pytest.fixture
def checked(store: Store, taipei: Callable[[str], datetime]) -> Callable[[str], tuple[object, object, object]]:
    """How many lines, how many that do not match, how many that say it once more."""
    return _reader(store, taipei, _CHECK.format(_FILES))


def _reader(
    store: Store, taipei: Callable[[str], datetime], box: str
) -> Callable[[str], tuple[object, object, object]]:
    city: Virtual = small_sop.in_force(store, taipei("2026-11-26T09:00"), "")
    chart = file(
        node("startEvent", "S"), node("serviceTask", "R", ext(box), name="讀取"), node("exclusiveGateway", "G"),
        node("endEvent", "E"), node("endEvent", "F"), flow("S", "R"), flow("R", "G"),
        flow("G", "E", "bad == 0 and entries != 1"), flow("G", "F", "bad > 0 or count == 0"), sop_id="lists",
    )  # fmt: skip
    form = {"title": "清單", "type": "object", "additionalProperties": False, "properties": _LINES}
    with store.act() as db:
        small_sop.publish(db, chart, "lists", {"S": form})

    def read(lines: str) -> tuple[object, object, object]:
        case_id = city.open_case("lists", who="clerk", answers={"lines": lines}).case_id
        with store.look() as db:
            values = next(iter(journal.of(db, f"case:{case_id}"))).effects["values"]
        return values["entries"], values["count"], values["bad"]

    return read


def test_a_unit_is_known_by_its_name_or_its_id(said: Callable[[str], tuple[object, object, object]]) -> None:
    assert said("道路科／示例路拓寬\n\n works / 示例橋改建 \n道路科,第二案") == (
        ["roads/示例路拓寬", "works/示例橋改建", "roads/第二案"], 3, 0,
    )  # fmt: skip


def test_what_cannot_be_read_is_counted_and_never_guessed(said: Callable[[str], tuple[object, object, object]]) -> None:
    assert said("不存在科／甲案\n道路科\n道路科／甲案\n道路科／甲案\n道路科／") == (["roads/甲案"], 1, 4)


def test_lines_that_match_are_counted_and_the_same_kind_twice_is_a_repetition(
    checked: Callable[[str], tuple[object, object, object]],
) -> None:
    assert checked("企劃處第423次工作報告.PDF\n\n 企劃處第423次專案報告.pdf ") == (2, 0, 0)
    assert checked("企劃處第423次工作報告.pdf\n企劃處第424次工作報告.PDF") == (2, 0, 1)


def test_a_line_must_match_whole(checked: Callable[[str], tuple[object, object, object]]) -> None:
    assert checked("企劃處423次工作報告.pdf\n企劃處第423次工作報告.pdf.exe\n企劃處第423次工作報告.pdf") == (3, 2, 0)


def test_beneath_a_heading_a_line_needs_no_unit(said: Callable[[str], tuple[object, object, object]]) -> None:
    """As a box of several units brings back what each of them wrote."""
    assert said("【roads】\n示例路拓寬\n示例橋／第二期\n示例路拓寬\n\n【works】\n無\n\n【不存在科】\n甲案") == (
        ["roads/示例路拓寬", "roads/示例橋／第二期"], 2, 2,
    )  # fmt: skip


def test_a_line_that_ends_with_a_day_hands_it_to_its_own_case_and_one_without_is_not_read(
    store: Store, taipei: Callable[[str], datetime]
) -> None:
    dated = _READ.replace("</sop:operator>", '<sop:arg name="dated" value="yes"/></sop:operator>')
    said = _reader(store, taipei, dated.replace('from="count"', 'from="dates"'))
    lines = "道路科／示例路拓寬／116/03/31\n工務處/示例橋改建 2027-04-30\n無"
    assert said(lines) == (["roads/示例路拓寬", "works/示例橋改建"], ["2027-03-31", "2027-04-30"], 0)
    assert said("道路科／示例路拓寬\n道路科／甲案／116/02/30\n道路科／乙案／116/03/01") == (
        ["roads/乙案"], ["2027-03-01"], 2,
    )  # fmt: skip
