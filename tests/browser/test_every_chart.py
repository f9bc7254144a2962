"""Every SOP of the city opens in the editor without a warning, and what the editor writes says what the file said."""

from __future__ import annotations

from pathlib import Path

from engine.sops import bpmn, compare
from tests.browser.conftest import Hall
from tests.browser.test_editor import opened, workshop

__all__ = ["workshop"]

CHARTS = sorted((Path(__file__).parents[2] / "processes").rglob("*.bpmn"))
#: opens one file in the editor of the page, and writes it out again
THROUGH = """async (xml) => {
  const { modeler } = await sopflowEditor.ready;
  const { warnings } = await modeler.importXML(xml);
  const shapes = modeler.get('elementRegistry').getAll().map((one) => one.id);
  return { warnings: warnings.map((one) => one.message || String(one)), shapes, ...(await modeler.saveXML()) };
}"""


def test_every_chart_goes_through_the_editor_unchanged_and_a_fault_would_be_seen(workshop: Hall) -> None:
    page = opened(workshop)
    for file in CHARTS:
        before = bpmn.read(file.read_bytes())
        out = page.evaluate(THROUGH, file.read_text("utf-8"))
        assert out["warnings"] == [], file.name
        undrawn = {*before.nodes, *before.flows, *(lane.id for lane in before.lanes)} - set(out["shapes"])
        assert undrawn == set(), file.name
        after = bpmn.read(out["xml"].encode())
        assert compare.changes(before, after) == [] and after == before, file.name

    # the control: what it does not know, or what was lost, would have been seen
    text = next(file for file in CHARTS if file.stem == "petition-online").read_text("utf-8")
    lost = page.evaluate(THROUGH, text.replace('sourceRef="PO-S"', 'sourceRef="PO-NOWHERE"'))
    assert lost["warnings"] != []
    strange = page.evaluate(THROUGH, text.replace("<sop:coUnit ", "<sop:coUnits "))["xml"]
    assert bpmn.read(strange.encode()) != bpmn.read(text.encode())
