"""A procedure without a drawing gets one that can be read: nothing on top of anything, every flow at its steps."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagrams import lattice
from diagrams.layout import lay_out
from engine.sops import bpmn
from engine.sops.sop import Drawing, Flow, Node, Sop, pool_id
from tests.diagrams.examples import (
    crossings,
    every_kind,
    on_border,
    overlap,
    random_sop,
    sop,
    through,
    within,
)

PROCESSES = sorted((Path(__file__).parents[2] / "processes").rglob("*.bpmn"))
SIZES = [(6, 1), (12, 0), (25, 3), (40, 4), (60, 5), (80, 2)]
RANDOM = [random_sop(seed, size, lanes) for seed, (size, lanes) in enumerate(SIZES * 3)]
CITY = [replace(bpmn.read(path.read_bytes()), drawing=None) for path in PROCESSES]
ALL = [every_kind(), *CITY, *RANDOM]
NAMES = ["every kind", *(path.stem for path in PROCESSES), *(f"random {i}" for i in range(len(RANDOM)))]


@pytest.fixture(scope="module", params=range(len(ALL)), ids=NAMES)
def laid_out(request: pytest.FixtureRequest) -> tuple[Sop, Drawing]:
    return ALL[request.param], lay_out(ALL[request.param])


def test_every_node_and_every_flow_is_drawn(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    assert set(of.nodes) <= set(drawing.shapes)
    assert set(drawing.edges) == set(of.flows)


def test_no_node_overlaps_another(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    for a, b in itertools.combinations(of.nodes.values(), 2):
        if a.parent == b.parent and b.id != a.attached_to and a.id != b.attached_to:
            assert not overlap(drawing.shapes[a.id], drawing.shapes[b.id]), (a.id, b.id)


def test_every_flow_begins_and_ends_on_its_nodes(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    for flow in of.flows.values():
        line = drawing.edges[flow.id]
        assert on_border(line[0], drawing.shapes[flow.source]), flow
        assert on_border(line[-1], drawing.shapes[flow.target]), flow


def test_every_flow_runs_straight_up_down_or_across(laid_out: tuple[Sop, Drawing]) -> None:
    _, drawing = laid_out
    for line in drawing.edges.values():
        assert len(line) >= 2
        for (x1, y1), (x2, y2) in itertools.pairwise(line):
            assert x1 == x2 or y1 == y2


def test_no_flow_runs_through_a_node(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    for flow in of.flows.values():
        level = of.nodes[flow.source].parent
        for node in of.nodes.values():
            if node.parent == level and node.attached_to is None:
                assert not through(drawing.edges[flow.id], drawing.shapes[node.id]), (flow, node.id)


def test_a_gateway_is_met_at_its_corners(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    for flow in of.flows.values():
        for end, point in ((flow.source, drawing.edges[flow.id][0]), (flow.target, drawing.edges[flow.id][-1])):
            if of.nodes[end].kind in ("exclusive", "parallel"):
                box = drawing.shapes[end]
                dx, dy = abs(point[0] - box.x - box.width / 2), abs(point[1] - box.y - box.height / 2)
                assert abs(dx + dy - box.width / 2) < 1, (flow, point, box)


def test_every_lane_column_holds_its_nodes(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    lanes = {lane.id for lane in of.lanes}
    for node in of.nodes.values():
        if node.lane in lanes and node.parent is None and node.attached_to is None:
            assert within(drawing.shapes[node.id], drawing.shapes[node.lane]), node.id


def test_the_lanes_stand_side_by_side_in_the_pool_and_everything_in_it(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    if not of.lanes:
        assert pool_id(of.id) not in drawing.shapes
        return
    pool = drawing.shapes[pool_id(of.id)]
    lanes = [drawing.shapes[lane.id] for lane in of.lanes]
    assert all(abs(a.x + a.width - b.x) < 0.3 and a.y == b.y for a, b in itertools.pairwise(lanes))
    assert all(within(box, pool) for box in [*drawing.shapes.values()])
    for line in drawing.edges.values():
        assert all(pool.x < x < pool.x + pool.width and pool.y < y < pool.y + pool.height for x, y in line)


def test_a_boundary_event_sits_on_its_hosts_border(laid_out: tuple[Sop, Drawing]) -> None:
    of, drawing = laid_out
    for node in of.nodes.values():
        if node.kind == "boundary":
            box = drawing.shapes[node.id]
            assert on_border((box.x + box.width / 2, box.y + box.height / 2), drawing.shapes[node.attached_to])


def test_an_embedded_sub_process_is_a_box_around_its_steps() -> None:
    of = every_kind()
    drawing = lay_out(of)
    for node in of.nodes.values():
        if node.parent:
            assert within(drawing.shapes[node.id], drawing.shapes[node.parent])


@pytest.mark.parametrize("of", [every_kind(), *CITY], ids=lambda of: of.id)
def test_labels_cover_no_step_and_no_other_label(of: Sop) -> None:
    drawing = lay_out(of)
    named = {n.id for n in of.nodes.values() if n.name} | {f.id for f in of.flows.values() if f.name}
    boxes = {n for n in named if n in of.nodes and of.nodes[n].kind in ("user", "manual", "task", "call", "service")}
    assert named & set(of.flows) <= set(drawing.labels)
    for (a, one), (b, two) in itertools.combinations(drawing.labels.items(), 2):
        assert not overlap(one, two), (a, b)
    for key, label in drawing.labels.items():
        for node in boxes:
            assert not overlap(label, drawing.shapes[node]), (key, node)


def test_the_way_on_leads_down_and_a_loop_leads_back_up_at_the_side() -> None:
    of = sop(
        [Node("a", "start"), Node("b", "user", "辦理"), Node("c", "exclusive"), Node("d", "end")],
        [("a", "b"), ("b", "c"), ("c", "d", "核可"), ("c", "b", "退回")],
    )
    shapes, edges = lay_out(of).shapes, lay_out(of).edges
    assert shapes["a"].y < shapes["b"].y < shapes["c"].y < shapes["d"].y
    assert [len(edges[f]) for f in ("f0", "f1", "f2")] == [2, 2, 2]
    side = {x for x, _ in edges["f3"]}
    assert max(side) > shapes["b"].x + shapes["b"].width or min(side) < shapes["b"].x


def test_the_city_procedures_are_drawn_with_few_crossings() -> None:
    assert sum(crossings(lay_out(of)) for of in CITY) <= sum(len(of.flows) for of in CITY) / 6


def test_the_same_sop_is_always_drawn_the_same() -> None:
    for of in (every_kind(), random_sop(7, 60, 4)):
        assert lay_out(of) == lay_out(replace(of, name="另一名稱"))


def test_a_drawing_survives_being_written_and_read() -> None:
    for of in CITY:
        drawn = replace(of, drawing=lay_out(of))
        assert bpmn.read(bpmn.write(drawn)).drawing == drawn.drawing


def test_three_hundred_steps_in_a_random_tangle_are_laid_out() -> None:
    of = random_sop(6, 300, 5)
    drawing = lay_out(of)
    boxes = [drawing.shapes[n.id] for n in of.nodes.values() if n.attached_to is None]
    assert not any(overlap(a, b) for a, b in itertools.combinations(boxes, 2))


def test_far_more_steps_than_may_run_are_laid_out_all_the_same() -> None:
    of = random_sop(1, 1500, 4)
    drawing = lay_out(of)
    assert len(drawing.edges) == len(of.flows)


def test_what_makes_no_sense_is_laid_out_too() -> None:
    user = Node("u", "user", "步驟")
    odd = [
        sop([], []),
        sop([user], [("u", "u", "自己")]),
        sop([user, Node("b", "boundary", attached_to="gone")], [("b", "u")]),
        sop([user, Node("b", "boundary", attached_to="u")], [("u", "b", "進入邊界")]),
        sop([replace(user, parent="u")], []),
        sop([replace(user, parent="v"), Node("v", "subprocess", parent="u")], [("u", "v")]),
        sop([user, Node("s", "subprocess"), Node("i", "user", "裡", parent="s")], [("u", "i", "跨越")]),
        sop([Node(f"n{i}", "user", "孤立") for i in range(40)], []),
        sop([user, replace(user, id="w")], [("u", "w")] * 9),
        sop([replace(user, lane="nowhere")], [], lanes=2),
    ]
    for of in odd:
        drawing = lay_out(of)
        assert set(of.nodes) <= set(drawing.shapes)
        assert set(drawing.edges) == set(of.flows)


def test_a_flow_to_nowhere_is_left_out() -> None:
    of = sop([Node("u", "user")], [])
    assert lay_out(replace(of, flows={"f": Flow("f", "u", "gone")})).edges == {}


def test_nodes_outside_every_lane_stand_in_a_column_of_their_own() -> None:
    of = sop([Node("a", "user", "內", lane="L0"), Node("b", "user", "外")], [("a", "b")], lanes=1)
    drawing = lay_out(of)
    assert drawing.shapes["b"].x >= drawing.shapes["L0"].x + drawing.shapes["L0"].width
    assert within(drawing.shapes["b"], drawing.shapes[pool_id(of.id)])


def test_the_order_of_the_file_decides_between_equals() -> None:
    first = sop([Node(n, "user", lane="L0") for n in "abc"], [("a", "b"), ("a", "c")], lanes=1)
    shuffled = list(first.nodes.values())
    random.Random(1).shuffle(shuffled)
    assert set(lay_out(first).shapes) == set(lay_out(sop(shuffled, [("a", "b"), ("a", "c")], lanes=1)).shapes)


def test_the_search_stops_after_so_many_looks_and_every_flow_is_drawn_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = random_sop(3, 60, 3)
    thorough = lay_out(of)
    grids: list[lattice.Lattice] = []
    real = lattice.Lattice.lay

    def counted(grid: lattice.Lattice, *given: Any) -> Any:
        grids.append(grid)
        return real(grid, *given)

    monkeypatch.setattr(lattice.Lattice, "lay", counted)
    monkeypatch.setattr(lattice, "LOOKS_MUCH", 500)
    monkeypatch.setattr(lattice, "LOOKS_LATE", 20)
    hasty = lay_out(of)
    assert hasty == lay_out(of) != thorough
    assert set(hasty.edges) == set(of.flows)
    assert grids and all(500 < grid._looks <= 500 + lattice.LOOKS + 21 * len(of.flows) for grid in grids)
