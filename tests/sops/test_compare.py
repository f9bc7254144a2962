"""What became different between two versions, in sentences; a drawing tidied up says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.library.folder import folder
from engine.sops import bpmn, compare, unit_names

PROCESSES = Path(__file__).parents[2] / "processes"
HERE = folder(PROCESSES)["petition-online"]
TEXT = HERE.bpmn.decode()


def told(change: Callable[[str], str]) -> list[tuple[str, str]]:
    changed = change(TEXT)
    assert changed != TEXT, "the example holds what the test changes"
    return [(c.kind, c.sentence) for c in compare.changes(HERE.sop, bpmn.read(changed.encode()))]


def test_the_same_chart_is_no_change_wherever_its_boxes_stand() -> None:
    import re

    moved = re.sub(r'x="(\d+)', lambda m: f'x="{int(m[1]) + 7}', TEXT)
    assert moved != TEXT and compare.changes(HERE.sop, bpmn.read(moved.encode())) == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name="總收文彙整掛號"', 'name="收文掛號"', "「總收文彙整掛號」改名為「收文掛號」。"),
        (
            '<sop:standardTime value="1" unit="workday" basis="proposed"/>',
            '<sop:standardTime value="2" unit="workday" basis="proposed"/>',
            "「協調改分」的標準工時由 1 工作天改為 2 工作天。",
        ),
        ('ours == "no"', 'ours != "yes"', '「權責是否相符」到「協調改分」的條件由 ours == "no" 改為 ours != "yes"。'),
        ('label="相符"', 'label="是本單位"', "「權責單位收文確認」的處理結果「是本單位」有調整。"),
        (
            "已回覆陳情人</sop:item>", "已答覆陳情人</sop:item>",
            "「企劃處審視回覆」的檢核項目「已回覆陳情人」改為「已答覆陳情人」。",
        ),
        ('extendBy="15"', 'extendBy="10"', "期限「限辦期限」的展期規定有調整。"),
        ("改分不重算限辦期限。</bpmn:d", "改分時另行通知。</bpmn:d", "「協調改分」的說明改為：改分時另行通知。"),
        (
            '<sop:reminder before="2" unit="workday" to="holder" basis="proposed"/>', "",
            "期限「限辦期限」的提醒與稽催有調整。",
        ),
    ],
)  # fmt: skip
def test_each_difference_is_a_sentence(old: str, new: str, sentence: str) -> None:
    assert ("changed", sentence) in told(lambda text: text.replace(old, new, 1))


def test_what_stood_there_is_said_in_words_of_the_office_and_names_of_steps() -> None:
    line = '<sop:reminder before="2" unit="workday" to="holder section_chief@responsible"'
    text = TEXT.replace('<sop:reminder before="2" unit="workday" to="holder"', line, 1)
    assert text != TEXT
    found = {c.sentence: c for c in compare.changes(HERE.sop, bpmn.read(text.encode()))}
    change = found["期限「限辦期限」的提醒與稽催有調整。"]
    assert "前 2 工作天 承辦人" in change.before and "人民陳情（工作天）、整個案件" in change.before
    assert "前 2 工作天 承辦人、權責單位 科長" in change.after
    said = change.before + change.after
    raw = ("holder", "@", "responsible", "petition、", "case", "workday")
    assert [word for word in raw if word in said] == [] and HERE.sop.nodes["PO-10"].name in said


def test_steps_that_come_and_go_are_named_with_their_lane_and_bring_their_arrows_with_them() -> None:
    new = bpmn.read(TEXT.replace('"PO-07R"', '"PO-07X"').replace(">PO-07R<", ">PO-07X<").encode())
    found = compare.changes(HERE.sop, new)
    added = [c.sentence for c in found if c.kind == "added"]
    removed = [c.sentence for c in found if c.kind == "removed"]
    assert added == ["新增步驟「協調改分」（企劃處研考科（服務中心））。"] and removed == ["刪除步驟「協調改分」。"]


def test_backwards_what_was_added_is_removed() -> None:
    new = bpmn.read(TEXT.replace('<sop:legalBasis name="嘉義市政府人民陳情案件處理作業要點"/>', "", 1).encode())
    assert [(c.kind, c.sentence) for c in compare.changes(new, HERE.sop)] == [
        ("added", "新增法令依據「嘉義市政府人民陳情案件處理作業要點」。")
    ]
    assert [c.kind for c in compare.changes(HERE.sop, new)] == ["removed"]


def test_fields_of_the_screen_forms_are_told_by_their_titles() -> None:
    from engine.sops import forms

    old = HERE.screen_forms
    text = HERE.forms["PO-07"].replace('"note"', '"remark"').replace("收文備註", "備註")
    new = {**old, "PO-07": forms.read(text)}
    said = [c.sentence for c in compare.field_changes(old, new, {"PO-07": "權責單位收文確認"})]
    assert said == ["「權責單位收文確認」的畫面新增欄位「備註」。", "「權責單位收文確認」的畫面刪除欄位「收文備註」。"]
    assert compare.field_changes(old, old, {}) == []


def test_readers_are_told_units_by_their_names() -> None:
    """Of the SOP, a lane, whom a rung tells and who supports a step; what the organisation does not know, by its id."""
    sop = HERE.sop
    step = sop.nodes["PO-08"]
    with_them = replace(step, co_units=("fixed:budget", "fixed:nobody", "responsible"))
    lane = next(one for one in sop.lanes if one.who is not None)
    ladder = replace(sop.deadlines[0].rungs[0], to=("section_chief@fixed:roads",))
    new = replace(
        sop, nodes={**sop.nodes, step.id: with_them}, sheet=replace(sop.sheet, unit="roads"),
        lanes=tuple(replace(x, who=replace(x.who, unit="fixed:budget")) if x is lane else x for x in sop.lanes),
        deadlines=(replace(sop.deadlines[0], rungs=(ladder,)), *sop.deadlines[1:]),
    )  # fmt: skip
    units = {"roads": "道路科", "budget": "主計處", "twin": "同名科", "other": "同名科"}
    found = compare.changes(unit_names.named(sop, units), unit_names.named(new, units))
    said = "\n".join(f"{one.sentence}{one.before}{one.after}" for one in found)
    assert "改為 道路科。" in said and "主計處、nobody、權責單位" in said and "道路科 科長" in said
    assert "fixed:" not in said and "budget" not in said and "roads" not in said
    twins = (replace(sop, sheet=replace(sop.sheet, unit=one)) for one in ("twin", "other"))
    assert len(compare.changes(*(unit_names.named(one, units) for one in twins))) == 1, "two of one name differ"
    assert unit_names.named(new, {}) is new
