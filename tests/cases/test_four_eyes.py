"""Nobody approves their own work: in the follow-up of a late answer, and in a case that another one opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from engine.errors import NotAllowed
from engine.library import shelf
from engine.office import organisation
from engine.office.people import SYSTEM
from engine.store import Store
from tests.cases import linked_city
from tests.cases.conftest import Desk
from tests.cases.linked_city import ALL, asking, lane, parent
from tests.sops.charts import ext, file, flow, node, outcome


def test_the_late_review_excludes_who_wrote_before_and_after_the_due_date(desk: Desk) -> None:
    with desk.store.act() as db:
        projection = shelf.projection(db, shelf.bundle(db, "petition-online"), "PO-S")
    assert set(projection.steps["PO-FU/FU-07"].approval_of) == {"PO-FU/FU-04", "PO-08"}


def _signed_by_who_asked() -> bytes:
    """The unit hands in (U1); the unit that asked signs (U2), but not whoever asked."""
    lanes = lane("child", "U1").replace("</bpmn:laneSet>", "") + lane("caller", "U2", lane_id="M").partition(">")[2]
    signs = ext('<sop:approval level="三層" of="caller"/>', outcome("checked", "yes"))
    return file(
        lanes, node("startEvent", "US"), node("userTask", "U1", name="提報"),
        node("userTask", "U2", signs, name="核章"), node("endEvent", "UE"),
        flow("US", "U1"), flow("U1", "U2"), flow("U2", "UE"),
        sop_id="signed", head=linked_city._PARAMETERS, shared=True,
    )  # fmt: skip


def test_whoever_asked_does_not_sign_what_comes_of_it_in_a_case_of_its_own(
    store: Store, taipei: Callable[[str], datetime]
) -> None:
    desk = asking(store, taipei("2026-11-26T09:00"))
    second = "  - {account: second, name: 例同仁, email: second@example.invalid, memberships: [officer@planning]}\n"
    with store.act() as db:
        organisation.load(db, linked_city.ORGANISATION + second, who=SYSTEM, at=desk.now)
        linked_city.publish(db, _signed_by_who_asked(), {"U1": linked_city.REPORT}, shared=True)
        linked_city.publish(db, parent(ALL, called="signed", sop_id="again"))
    case_id = desk.city.open_case("again", who="asker", answers={}).case_id
    desk.done(case_id, "A", "asker", asked=["roads", "lights"], subject="道路")
    roads, lights = (row["id"] for row in desk.children(case_id))
    for child, who in ((roads, "roads"), (lights, "lights")):
        desk.done(child, "U1", who, figure=1)
        with pytest.raises(NotAllowed) as refusal:
            desk.done(child, "U2", "asker", checked="yes")
        assert refusal.value.code == "own_work"
        desk.done(child, "U2", "second", checked="yes")
    assert desk.open_steps(case_id) == ["B"]
