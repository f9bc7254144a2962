"""The chart of the branches that scenarios take: a sign at each, and no branch told by colour alone."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from diagrams import taken
from engine.library import shelf
from engine.rehearsal import branches
from tests import laid


def test_every_branch_has_its_sign_and_what_is_no_branch_has_none() -> None:
    sop = shelf.folder(Path(laid.PROCESSES))["petition-online"].sop
    flows = [flow for _, flow in branches.ways(sop)]
    counts = {flow: n % 2 for n, flow in enumerate(flows)}
    svg = taken.draw(sop, counts)
    root = etree.fromstring(svg.encode())
    words = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    named = {flow: count for flow, count in counts.items() if sop.flows[flow].name}
    assert sum(one.startswith("✓ ") for one in words) == sum(named.values()) + 1, "and the sample below"
    assert sum(one.startswith("！ ") for one in words) == len(named) - sum(named.values()) + 1
    said = f"分支 {len(flows)} 條，有情境走過的 {sum(counts.values())} 條。"
    assert said in "".join(words) and 'stroke-dasharray="8 4"' in svg
