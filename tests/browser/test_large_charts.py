"""An SOP of 300 nodes in the editor: opened, gone through, changed and saved. The figures of docs/figures.md."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from diagrams.layout import lay_out
from engine.library import drafts
from engine.office import people
from engine.sops import bpmn
from engine.sops.sop import Sheet
from tests.browser.conftest import Hall
from tests.browser.hands import Editor
from tests.browser.test_workshop_story import draft, workshop
from tests.diagrams.sound import sound_sop

__all__ = ["workshop"]
SIZES = (60, 300) if os.environ.get("SOPFLOW_SOAK") == "1" else (300,)
#: how long one selection, one renaming and one move take until they are painted: medians of many, in milliseconds
WORKED = """async () => {
  const { modeler } = await sopflowEditor.ready;
  const [selection, modeling] = [modeler.get('selection'), modeler.get('modeling')];
  const steps = modeler.get('elementRegistry').filter((one) => one.type === 'bpmn:UserTask');
  const median = async (many, act) => {
    const took = [];
    for (let n = 0; n < many; n += 1) {
      const begun = performance.now();
      act(steps[n % steps.length], n);
      await new Promise(requestAnimationFrame);
      took.push(performance.now() - begun);
    }
    return Math.round(took.sort((a, b) => a - b)[many >> 1]);
  };
  return {
    select: await median(40, (step) => selection.select(step)),
    rename: await median(20, (step, n) => modeling.updateLabel(step, `步驟${n}`)),
    move: await median(10, (step, n) => modeling.moveElements([step], { x: 0, y: n % 2 ? 10 : -10 }))
  };
}"""


@pytest.mark.parametrize("size", SIZES)
def test_a_large_chart_is_opened_worked_in_and_saved(workshop: Hall, size: int) -> None:
    city, name = workshop.office.city, f"large-{size}"
    made = replace(sound_sop(7, size, 5), id=name, sheet=Sheet(unit="planning-rdec"), drawing=None)
    made = replace(made, drawing=lay_out(made))
    with city.store.act() as db:
        who = people.get(db, "owner", city.now)
        drafts.begin_new(
            db, name, name=f"{size} 步", unit="planning-rdec", division="rdec", documentation="很長的流程。", who=who,
            at=city.now,
        )  # fmt: skip
        drafts.save(db, name, revision=1, bpmn=bpmn.write(made), who=who, at=city.now)
    page = workshop.sit("owner")
    page.set_viewport_size({"width": 1280, "height": 720})
    begun = time.perf_counter()
    page.goto(f"{workshop.address}workshop/{name}/edit")
    editor = Editor(page)
    opened = time.perf_counter() - begun
    workshop.picture(page, f"large-{size}", whole=False)
    editor.findings().get_by_role("button").first.click()
    expect(page.locator(".djs-element.selected")).to_have_count(1)
    worked = page.evaluate(WORKED)
    page.locator("[data-part=state]").filter(has_text="已儲存　").wait_for()
    revision = draft(workshop, name).revision
    editor.fill("說明", "改了一句。")
    begun = time.perf_counter()
    editor.saved()
    saved = time.perf_counter() - begun
    assert draft(workshop, name).revision > revision
    assert len(draft(workshop, name).folder.sop.nodes) == len(made.nodes)
    print(f"{len(made.nodes)} nodes: open {opened:.1f} s, save and check {saved:.1f} s, {worked} ms")
