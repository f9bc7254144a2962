"""A child case and who asked for it: the caller's lanes are those of the unit in which the parent's box stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from engine.errors import Missing
from engine.store import Store
from tests.cases import linked_city
from tests.cases.linked_city import ALL, asking, lane, parent
from tests.sops.charts import ext, file, flow, node, outcome


def _handed_in_and_checked() -> bytes:
    """The unit hands in (U1), whoever asked checks it (U2)."""
    lanes = lane("child", "U1").replace("</bpmn:laneSet>", "") + lane("caller", "U2", lane_id="M").partition(">")[2]
    return file(
        lanes, node("startEvent", "US"), node("userTask", "U1", name="提報"),
        node("userTask", "U2", ext(outcome("checked", "yes")), name="檢核"), node("endEvent", "UE"),
        flow("US", "U1"), flow("U1", "U2"), flow("U2", "UE"),
        sop_id="checked", head=linked_city._PARAMETERS, shared=True,
    )  # fmt: skip


def test_what_a_unit_hands_in_is_checked_by_whoever_asked(store: Store, taipei: Callable[[str], datetime]) -> None:
    desk = asking(store, taipei("2026-11-26T09:00"))
    with store.act() as db:
        linked_city.publish(db, _handed_in_and_checked(), {"U1": linked_city.REPORT}, shared=True)
        linked_city.publish(db, parent(ALL, called="checked", sop_id="again"))
    case_id = desk.city.open_case("again", who="asker", answers={}).case_id
    desk.done(case_id, "A", "asker", asked=["roads"], subject="道路")
    [child] = desk.children(case_id)
    desk.done(child["id"], "U1", "roads", figure=1)
    assert (desk.item(child["id"], "U2")["unit"], child["unit"]) == ("planning", "roads")
    with pytest.raises(Missing):
        desk.done(child["id"], "U2", "lights", checked="yes")
    desk.done(child["id"], "U2", "asker", checked="yes")
    assert desk.open_steps(case_id) == ["B"]
