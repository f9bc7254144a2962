"""SOPs to draw: small ones written by hand, random ones, and the geometry the tests ask about."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.sops.sop import Bounds, Drawing, Flow, Lane, Node, Sheet, Sop

Line = tuple[tuple[float, float], ...]


def sop(nodes: Iterable[Node], flows: Iterable[tuple[str, str] | tuple[str, str, str]], lanes: int = 0, **more) -> Sop:
    """An SOP of these nodes; a flow is (source, target) or (source, target, name), its id is made from them."""
    made = {}
    for i, (source, target, *name) in enumerate(flows):
        made[f"f{i}"] = Flow(f"f{i}", source, target, name[0] if name else "")
    leaving: dict[str, list[str]] = {}
    for flow in made.values():
        leaving.setdefault(flow.source, []).append(flow.id)
    with_flows = {n.id: replace(n, outgoing=tuple(leaving.get(n.id, ()))) for n in nodes}
    columns = tuple(Lane(f"L{i}", f"單位{i}承辦人") for i in range(lanes))
    return Sop("sample", "樣本作業", "", Sheet(), with_flows, made, columns, **more)


def every_kind() -> Sop:
    """Every kind of node once, a loop, a sub-process, boundary events, and steps only shown."""
    a, b = {"lane": "L0"}, {"lane": "L1"}
    nodes = [
        Node("start", "start", "市民送件", start_kind="message", **a),
        Node("clock", "start", "每月五日", start_kind="calendar", **b),
        Node("user", "user", "登錄案件並確認附件是否齊全、格式是否正確", **a),
        Node("late", "boundary", "限辦到期未回覆", attached_to="user", **a),
        Node("remind", "boundary", "每三日", attached_to="user", interrupting=False, **a),
        Node("manual", "manual", "裝訂歸檔", **b),
        Node("task", "task", "未分類步驟", **a),
        Node("service", "service", "發送通知", **b),
        Node("rule", "rule", "計算限辦期限", **a),
        Node("xor", "exclusive", "是否屬本單位權責", **a),
        Node("and", "parallel", "並行分文", **b),
        Node("join", "parallel", "", **b),
        Node("wait", "catch", "等待補件", **b),
        Node("call", "call", "陳核簽辦", **a),
        Node("sub", "subprocess", "現場會勘", **b),
        Node("s1", "start", "", parent="sub"),
        Node("s2", "user", "排定會勘日期", parent="sub"),
        Node("s3", "exclusive", "到齊？", parent="sub"),
        Node("s4", "end", "完成", parent="sub"),
        Node("script", "shown", "換算", shown_as="scriptTask", element="scriptTask", **a),
        Node("or", "shown", "任一", shown_as="inclusiveGateway", element="inclusiveGateway", **b),
        Node("stop", "shown", "終止", shown_as="terminateEventDefinition", element="endEvent", **b),
        Node("many", "shown", "逐一會辦", shown_as="multiInstanceLoopCharacteristics", element="userTask", **a),
        Node("end", "end", "結案", **a),
    ]
    flows = [
        ("start", "user"), ("clock", "service"), ("user", "xor"), ("xor", "rule", "是"), ("xor", "user", "退回修正"),
        ("xor", "task", "否（移文）"), ("late", "call"), ("remind", "service"), ("rule", "and"), ("and", "manual"),
        ("and", "wait"), ("manual", "join"), ("wait", "join"), ("join", "sub"), ("sub", "call"), ("task", "many"),
        ("service", "or"), ("or", "stop"), ("call", "end"), ("many", "script"), ("script", "end"), ("s1", "s2"),
        ("s2", "s3"), ("s3", "s4", "是"), ("s3", "s2", "否"),
    ]  # fmt: skip
    return sop(nodes, flows, lanes=2)


def random_sop(seed: int, size: int, lanes: int) -> Sop:
    """Any graph, sound or not: loops, unconnected parts, boundary events, nodes outside the lanes."""
    chance = random.Random(seed)
    kinds = ["user", "service", "exclusive", "parallel", "call", "rule", "catch", "end", "shown"]
    nodes = []
    for i in range(size):
        kind = "start" if i == 0 else chance.choices(kinds, [8, 4, 4, 2, 2, 1, 1, 1, 1])[0]
        lane = f"L{chance.randrange(lanes)}" if lanes and chance.random() < 0.95 else None
        shown = "scriptTask" if kind == "shown" else None
        name = "步驟名稱審查核定函復"[: chance.randint(0, 10)] * chance.randint(1, 3)
        nodes.append(Node(f"n{i}", kind, name, lane=lane, shown_as=shown, element=shown))
    hosts = [n for n in nodes if n.kind in ("user", "call") and chance.random() < 0.2]
    borders = [Node(f"b{n.id}", "boundary", "逾期未辦", lane=n.lane, attached_to=n.id) for n in hosts]
    names = ["", "", "是", "否（退回修正）", "超過三次"]
    flows = [
        (f"n{max(0, i - chance.randint(1, 6))}", f"n{i}", chance.choice(names))
        for i in range(1, size)
        if chance.random() < 0.97
    ]
    sources = [n.id for n in nodes + borders]
    flows += [(chance.choice(sources), f"n{chance.randrange(size)}", chance.choice(names)) for _ in range(size // 3)]
    return sop([*nodes, *borders], flows, lanes)


def overlap(a: Bounds, b: Bounds) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def within(inner: Bounds, outer: Bounds) -> bool:
    return (
        outer.x - 0.5 <= inner.x
        and outer.y - 0.5 <= inner.y
        and inner.x + inner.width <= outer.x + outer.width + 0.5
        and inner.y + inner.height <= outer.y + outer.height + 0.5
    )


def on_border(point: tuple[float, float], box: Bounds) -> bool:
    """On the outline of the box, half a pixel either way."""
    x, y = point
    right, bottom = box.x + box.width, box.y + box.height
    if not (box.x - 0.5 <= x <= right + 0.5 and box.y - 0.5 <= y <= bottom + 0.5):
        return False
    return min(abs(x - box.x), abs(x - right), abs(y - box.y), abs(y - bottom)) <= 0.5


def through(line: Line, box: Bounds) -> bool:
    """Whether the line enters the inside of the box."""
    inside = Bounds(box.x + 1, box.y + 1, box.width - 2, box.height - 2)
    for (x1, y1), (x2, y2) in itertools.pairwise(line):
        piece = Bounds(min(x1, x2), min(y1, y2), abs(x1 - x2) or 0.01, abs(y1 - y2) or 0.01)
        if overlap(piece, inside):
            return True
    return False


def crossings(drawing: Drawing) -> int:
    pieces = [(flow, a, b) for flow, line in drawing.edges.items() for a, b in itertools.pairwise(line)]
    upright = [(f, a[0], *sorted((a[1], b[1]))) for f, a, b in pieces if a[0] == b[0]]
    level = [(f, a[1], *sorted((a[0], b[0]))) for f, a, b in pieces if a[1] == b[1]]
    return sum(
        f != g and left + 1 < x < right - 1 and top + 1 < y < bottom - 1
        for f, x, top, bottom in upright
        for g, y, left, right in level
    )


def top_level(of: Sop) -> Mapping[str, Node]:
    return {n.id: n for n in of.nodes.values() if n.parent is None}
