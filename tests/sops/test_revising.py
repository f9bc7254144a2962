"""An SOP changed step by step as its list does it, and the plainest conditions as forms show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.library.folder import folder
from engine.sops import bpmn, compare, comparing, expressions, form_rows, forms, revising
from engine.sops.comparing import Comparison
from engine.sops.revising import Way
from engine.sops.sop import Node, Sop

LIBRARY = folder(Path(__file__).parents[2] / "processes")
HERE = LIBRARY["petition-online"].sop


def differences(new: Sop) -> list[str]:
    kept = bpmn.read(bpmn.write(replace(new, drawing=None)))
    assert kept == replace(new, drawing=None) and kept.problems == ()  # what the list makes can be written and read
    return [change.sentence for change in compare.changes(HERE, kept)]


def test_a_step_said_as_it_is_leaves_the_sop_as_it_was() -> None:
    for found in LIBRARY.values():
        for step in found.sop.nodes:
            assert revising.revise(found.sop, step, revising.said(found.sop, step)) == found.sop, (found.id, step)


def test_what_is_said_of_a_step_changes_that_step_alone() -> None:
    old = revising.said(HERE, "PO-08")
    new = replace(old, name="查明並答復", lane="PO-L3", co_units=("legal",), items=("查過現場",))
    assert differences(revising.revise(HERE, "PO-08", new)) == [
        "「權責單位處理」改名為「查明並答復」。",
        "「查明並答復」由「權責單位承辦人」改由「總收文」辦理。",
        "「查明並答復」的會辦單位有調整。",
        "「查明並答復」的檢核表新增「查過現場」。",
    ]
    assert revising.needs_drawing(HERE, revising.revise(HERE, "PO-08", new))
    assert not revising.needs_drawing(HERE, revising.revise(HERE, "PO-08", replace(old, name="別名")))


def test_an_item_that_stays_on_the_checklist_keeps_its_code() -> None:
    sop, step = next(
        (found.sop, node)
        for found in LIBRARY.values()
        for node in found.sop.nodes.values()
        if any(c.for_ is None and len(c.items) > 1 for c in node.checklists)
    )
    old = revising.said(sop, step.id)
    turned = revising.revise(sop, step.id, replace(old, items=("先看這個", *reversed(old.items))))
    codes = {i.text: i.id for c in step.checklists for i in c.items}
    now = {i.text: i.id for c in turned.nodes[step.id].checklists for i in c.items}
    assert codes.items() <= now.items() and len(set(now.values())) == len(now)


def test_a_step_is_put_between_two_others_and_taken_out_again() -> None:
    new = Node(revising.fresh_id(HERE), "user", "再看一次", lane="PO-L3")
    assert new.id == "PO-13"
    added = revising.inserted(HERE, "PO-04", new)
    assert differences(added)[0] == "新增步驟「再看一次」（總收文）。"
    assert [added.flows[f].target for f in added.nodes["PO-04"].outgoing] == ["PO-13"]
    assert [added.flows[f].target for f in added.nodes["PO-13"].outgoing] == ["PO-05"]
    assert list(added.nodes).index("PO-13") == list(added.nodes).index("PO-04") + 1
    assert differences(revising.remove(added, "PO-13")) == []


def test_after_a_decision_a_new_step_is_one_more_branch() -> None:
    added = revising.inserted(HERE, "PO-G1", Node("PO-13", "end", "另案處理", lane="PO-L2"))
    assert [added.flows[f].target for f in added.nodes["PO-G1"].outgoing][-1] == "PO-13"
    ways = revising.said(added, "PO-G1").ways
    again = revising.revise(added, "PO-G1", replace(revising.said(added, "PO-G1"), ways=ways[:-1]))
    assert differences(revising.remove(again, "PO-13")) == []
    more = (*ways, Way(None, "PO-13", "又一條"))
    assert len(revising.revise(added, "PO-G1", replace(revising.said(added, "PO-G1"), ways=more)).flows) == 1 + len(
        added.flows
    )


def test_what_hangs_on_a_removed_step_goes_with_it() -> None:
    assert HERE.nodes["PO-08-T2"].attached_to == "PO-08"
    gone = revising.remove(HERE, "PO-08")
    assert not {"PO-08", "PO-08-T2"} & gone.nodes.keys()
    assert all({f.source, f.target} <= gone.nodes.keys() for f in gone.flows.values())
    assert all(note.step in gone.nodes for note in gone.notes if note.step)
    differences(gone)


@pytest.mark.parametrize("text", ['ours == "yes"', "lag <= 0", "lag > -1.5", "told != '說\"好\"'", "done == True"])
def test_a_plain_condition_is_read_and_written_back(text: str) -> None:
    plain = comparing.read(text)
    assert plain is not None and comparing.read(str(plain)) == plain
    assert expressions.check(str(plain)).names == {plain.field}


@pytest.mark.parametrize(
    "text", ["a == 1 and b == 2", "a < b", "days_between(a, b) > 1", "1 == a", "a in [1]", "a ==", ""]
)
def test_what_says_more_is_left_alone(text: str) -> None:
    assert comparing.read(text) is None


@pytest.mark.parametrize(
    ("words", "kind", "value"),
    [("是", "boolean", True), ("3", "integer", 3), ("0.5", "number", 0.5), ("3", "text", "3")],
)
def test_what_is_typed_becomes_the_kind_of_value_the_field_holds(words: str, kind: str, value: object) -> None:
    assert comparing.of_words("f", "==", words, kind) == Comparison("f", "==", value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "sign", "words", "kind"),
    [("f()", "==", "1", "text"), ("f", "is", "1", "text"), ("f", "==", "", "text"), ("f", "==", "\"'", "text"),
     ("f", "==", "a\\", "text"), ("f", "==", "a\u202eb", "text"), ("f", "==", "x" * 101, "text"),
     ("f", "==", "nan", "number"), ("f", "==", "1e99", "number"), ("f", "==", "三", "number"),
     ("f", "==", "yes", "boolean"), ("__class__", "==", "1", "text")],
)  # fmt: skip
def test_no_form_makes_a_condition_that_may_not_run(field: str, sign: str, words: str, kind: str) -> None:
    with pytest.raises(Invalid):
        comparing.of_words(field, sign, words, kind)


def test_every_screen_form_read_as_rows_and_written_back_asks_the_same() -> None:
    for found in LIBRARY.values():
        for step, text in found.forms.items():
            form = forms.read(text)
            written = form_rows.write(text, form_rows.rows(text), form_id=form.id, title=form.title)
            assert forms.read(written) == form, (found.id, step)


def test_a_field_that_goes_takes_what_was_demanded_of_it_along() -> None:
    text = LIBRARY["petition-online"].forms["PO-08"]
    left = [row for row in form_rows.rows(text) if row.name != "visited_on"]
    form = forms.read(form_rows.write(text, left, form_id="x/PO-08", title="處理"))
    assert [r.then for r in form.requirements] == [("expected_on",)] and form.title == "處理"


def test_fields_without_a_code_of_two_steps_never_write_the_same_variable() -> None:
    made = [form_rows.Row("", "辦理情形", "longtext"), form_rows.Row("", "辦理日期", "date")]
    names = [
        field.name
        for step in ("PO-08", "PO-09", "步驟一")
        for field in forms.read(form_rows.write(None, made, form_id=f"x/{step}", title="處理")).fields
    ]
    assert names == ["PO_08_1", "PO_08_2", "PO_09_1", "PO_09_2", "步驟一_1", "步驟一_2"]
