"""A whole SOP edited through its list alone, without JavaScript: parts, deadlines, steps moved, timers hung."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.sops.sop import Rung, Set
from engine.store import metadata
from tests.webui.conftest import Page
from tests.webui.test_editor import SOP, STEPS, Fields, Workshop, workshop

__all__ = ["workshop"]
BASE = f"/workshop/{SOP}"


def filled(workshop: Workshop, address: str, action: str) -> dict[str, Any]:
    page = workshop.owner.get(f"{BASE}/{address}")
    assert page.status == 200, page.text
    return Fields.of(page, action)


def put(workshop: Workshop, address: str, changes: dict[str, Any]) -> Page:
    return workshop.owner.send(f"{BASE}/{address}", filled(workshop, address, f"/{address}") | changes)


def test_what_an_sop_says_beside_its_steps_is_filled_in_row_by_row(workshop: Workshop) -> None:
    before = workshop.draft()
    for part in ("head", "lanes", "laws", "notes", "papers", "values", "indicators"):
        assert put(workshop, f"parts/{part}", {}).status == 303, part
    assert workshop.draft() == before
    sop = before.folder.sop
    lane, law, note = len(sop.lanes), len(sop.legal_basis), len(sop.notes)
    made = {f"lane-name-{lane}": "法制人員", f"lane-role-{lane}": "officer", f"lane-unit-{lane}": "案件的承辦單位"}
    assert put(workshop, "parts/lanes", made | {"lane-name-0": "新的名稱"}).status == 303
    assert put(workshop, "parts/laws", {f"law-name-{law}": "例示自治條例", f"law-number-{law}": "第3條"}).status == 303
    assert put(workshop, "parts/notes", {f"note-text-{note}": "先查再答。", f"note-step-{note}": "PO-08"}).status == 303
    assert put(workshop, "parts/head", {"head-why-0": "讓民眾知道結果"}).status == 303
    sop = workshop.draft().folder.sop
    new = sop.lanes[-1]
    assert (new.name, new.who and (new.who.role, new.who.unit)) == ("法制人員", ("officer", "responsible"))
    assert sop.lanes[0].name == "新的名稱" and sop.drawing is not None and new.id in sop.drawing.shapes
    assert sop.legal_basis[-1].number == "第3條" and sop.sheet.w5h1["why"] == "讓民眾知道結果"
    assert (sop.notes[-1].step, sop.notes[-1].text) == ("PO-08", "先查再答。") and sop.notes[-1].id
    held = put(workshop, "parts/lanes", {"lane-name-0": ""})
    assert held.status == 422 and "裡還有" in held.text
    wrong = put(workshop, "parts/lanes", {"lane-part-0": "boss"})
    assert wrong.status == 422 and "請由清單中選擇" in wrong.text
    assert put(workshop, "parts/lanes", {"lane-salary-0": "1"}).status == 422
    assert workshop.owner.get(f"{BASE}/parts/wages").status == 404
    assert workshop.draft().folder.sop == sop


def test_deadlines_with_their_ladder_are_added_changed_and_removed(workshop: Workshop) -> None:
    sop = workshop.draft().folder.sop
    one = sop.deadlines[0].id
    assert put(workshop, f"limits/{one}", {}).status == 303
    assert workshop.draft().folder.sop == sop
    typed = {
        "on": "PO-08", "limit-name-0": "查復期限", "limit-regime-0": "document", "limit-length-0": "3",
        "limit-unit-0": "workday", "rung-kind-0": "reminder", "rung-offset-0": "1", "rung-unit-0": "workday",
        "rung-to-0": "承辦人", "rung-kind-1": "escalation", "rung-offset-1": "0", "rung-unit-1": "day",
        "rung-to-1": "section_chief@responsible", "extension-extend_by-0": "3", "extension-extend_unit-0": "workday",
    }  # fmt: skip
    assert put(workshop, "limits", typed).status == 303
    made = workshop.draft().folder.sop.nodes["PO-08"].deadlines[-1]
    assert (made.name, made.length, made.of, made.extend_by) == ("查復期限", 3, "step", 3)
    assert made.rungs == (
        Rung("reminder", 1, "workday", ("holder",)),
        Rung("escalation", 0, "day", ("section_chief@responsible",)),
    )
    address = f"limits/{made.id}"
    nobody = put(workshop, address, {"rung-to-0": "隔壁的人", "limit-length-0": "三天"})
    assert nobody.status == 422 and "不是可以通知的人" in nobody.text and "請填整數" in nobody.text
    assert "隔壁的人" in nobody.source and "三天" in nobody.source
    mine = filled(workshop, address, f"/{address}") | {"limit-length-0": "5"}
    assert put(workshop, address, {"limit-length-0": "4", "on": ""}).status == 303
    stale = workshop.owner.send(f"{BASE}/{address}", mine)
    assert stale.status == 409 and "您的內容與已儲存的版本不同之處" in stale.text and 'value="5"' in stale.source
    assert [limit.length for limit in workshop.draft().folder.sop.deadlines if limit.id == made.id] == [4]
    timer = {"name": "逾期", "limit": made.id, "target": "PO-11", "interrupting": "yes"}
    csrf = Fields.of(workshop.owner.get(f"{STEPS}/PO-08"), "/steps/PO-08/timer")
    assert workshop.owner.send(f"{STEPS}/PO-08/timer", csrf | timer).status == 303
    sop = workshop.draft().folder.sop
    hung = next(n for n in sop.nodes.values() if n.attached_to == "PO-08")
    assert hung.timer is not None and hung.timer.deadline == made.id and sop.drawing is not None
    assert [sop.flows[way].target for way in hung.outgoing] == ["PO-11"] and hung.id in sop.drawing.shapes

    def drop(step: str) -> Page:
        page = workshop.owner.get(f"{BASE}/limits" if step.startswith("limits") else STEPS)
        return workshop.owner.send(f"{BASE}/{step}", Fields.of(page, f"/{step}"))

    used = drop(f"{address}/remove")
    assert used.status == 422 and "還在用這個期限" in used.text
    assert drop(f"steps/{hung.id}/remove").status == 303 and drop(f"{address}/remove").status == 303
    assert all(limit.id != made.id for limit in workshop.draft().folder.sop.deadlines)
    assert workshop.owner.get(f"{BASE}/{address}").status == 404


def test_a_step_says_everything_in_rows_and_goes_where_it_is_put(workshop: Workshop) -> None:
    fields = workshop.form("PO-08") | {
        "set-name-0": "looked_at", "set-value-0": "yes", "note-text-0": "現場要拍照。", "approval-level-0": "三層",
        "approval-of-0": "PO-07", "bound-variable-0": "outcome", "bound-value-0": "核可", "bound-text-0": "附上照片",
        "sets-0": "way_out=straight",
    }  # fmt: skip
    assert workshop.save("PO-08", fields).status == 303
    sop = workshop.draft().folder.sop
    node = sop.nodes["PO-08"]
    assert Set("looked_at", "yes") in node.sets and node.approval is not None and node.approval.of == "PO-07"
    assert any(c.for_ == ("outcome", "核可") for c in node.checklists)
    assert sop.flows[node.outgoing[0]].sets == (Set("way_out", "straight"),)
    assert any(note.step == "PO-08" and note.text == "現場要拍照。" for note in sop.notes)
    both = 'duplicate == "duplicate" or channel in ["電話", "親洽"]'
    written = workshop.form("PO-G1") | {"field-0": "", "value-0": "", "condition-0": both}
    assert workshop.save("PO-G1", written).status == 303
    gateway = workshop.draft().folder.sop.nodes["PO-G1"]
    assert workshop.draft().folder.sop.flows[gateway.outgoing[0]].condition == both
    unsafe = workshop.save("PO-G1", workshop.form("PO-G1") | {"condition-0": "__import__('os')"})
    assert unsafe.status == 422 and "條件式" in unsafe.text and "__import__" in unsafe.source
    before = sop.drawing
    added = Fields.of(workshop.owner.get(STEPS), "/steps") | {"after": "PO-04", "kind": "user", "name": "補照片"}
    assert workshop.owner.send(STEPS, added).status == 303
    after = workshop.draft().folder.sop.drawing
    assert before is not None and after is not None and len(after.shapes) == len(before.shapes) + 1
    assert all(after.shapes[id_].x == box.x for id_, box in before.shapes.items())  # nothing but room was made
    page = workshop.owner.get(f"{STEPS}/PO-08")
    way = next(id_ for id_, flow in sop.flows.items() if flow.target == "PO-07")
    assert workshop.owner.send(f"{STEPS}/PO-08/move", Fields.of(page, "/PO-08/move") | {"way": way}).status == 303
    sop = workshop.draft().folder.sop
    assert sop.flows[way].target == "PO-08" and sop.flows[sop.nodes["PO-08"].outgoing[0]].target == "PO-07"
    start = Fields.of(workshop.owner.get(f"{STEPS}/PO-08"), "/PO-08/move") | {"way": "nowhere"}
    assert workshop.owner.send(f"{STEPS}/PO-08/move", start).status == 422


def test_what_was_typed_stays_beside_what_somebody_else_saved(workshop: Workshop) -> None:
    screen, table = "screens/PO-08", "tables/petition_deadline"
    mine = {
        address: filled(workshop, address, f"/{address}") for address in (screen, table, "steps/PO-08", "parts/laws")
    }
    assert put(workshop, screen, {"title-0": "別人的問題"}).status == 303
    assert put(workshop, table, {"why-0": "別人的出處"}).status == 303
    assert put(workshop, "parts/laws", {"law-name-0": "別人的法規"}).status == 303
    for address, field, typed, told in (
        (screen, "title-0", "我的問題", "別人的問題"),
        (table, "result-0-0", "7", "決策表"),
        ("parts/laws", "law-name-0", "我的法規", "別人的法規"),
    ):
        page = workshop.owner.send(f"{BASE}/{address}", mine[address] | {field: typed})
        assert page.status == 409 and "您的內容與已儲存的版本不同之處" in page.text, address
        sides = page.source.partition('aria-labelledby="sides"')[2].partition("</section>")[0]
        assert told in sides and f'value="{typed}"' in page.source, address
        again = Fields.of(page, f"/{address}")
        assert again["revision"] == str(workshop.draft().revision) and again[field] == typed
    csrf = Fields.of(workshop.owner.get(STEPS), "/steps/PO-08/remove")
    assert workshop.owner.send(f"{STEPS}/PO-08/remove", csrf).status == 303
    gone = workshop.owner.send(f"{STEPS}/PO-08", mine["steps/PO-08"] | {"name": "我想了很久的名稱"})
    assert gone.status == 409 and "別人已經刪除了這個步驟" in gone.text and "我想了很久的名稱" in gone.source
    assert workshop.owner.send(f"{BASE}/{screen}", mine[screen] | {"title-0": "我的問題"}).status == 409


def test_what_was_typed_while_the_draft_was_submitted_is_still_there(workshop: Workshop) -> None:
    mine = {
        address: filled(workshop, address, f"/{address}") for address in ("steps/PO-08", "parts/laws", "screens/PO-08")
    }
    draft = metadata.tables["sop_draft"]
    with workshop.office.city.store.act() as db:
        db.execute(sa.update(draft).where(draft.c.sop_id == SOP).values(state="first_review"))
    for address, field in (("steps/PO-08", "name"), ("parts/laws", "law-name-0"), ("screens/PO-08", "title-0")):
        page = workshop.owner.send(f"{BASE}/{address}", mine[address] | {field: "還沒存的內容"})
        assert page.status == 409 and "已送審" in page.text and "還沒存的內容" in page.source, address
