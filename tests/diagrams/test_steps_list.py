"""The picture as an ordered list of sentences."""

from __future__ import annotations

from dataclasses import replace

from diagrams import marks
from diagrams.steps_list import steps_list
from engine.sops.sop import Each, Linked, Node, Progress
from tests.diagrams.examples import every_kind, random_sop, sop


def test_every_node_has_one_line_and_no_step_comes_before_one_that_leads_to_it() -> None:
    of = sop([Node(n, "user", n) for n in "dcba"], [("a", "b"), ("b", "c"), ("c", "d"), ("c", "a")])
    assert len(steps_list(of)) == 4
    straight = sop([Node(n, "user", n) for n in "dcba"], [("a", "b"), ("b", "c"), ("c", "d")])
    assert [line.id for line in steps_list(straight)] == ["a", "b", "c", "d"]
    for seed in range(10):
        random = random_sop(seed, 40, 3)
        assert sorted(line.id for line in steps_list(random)) == sorted(random.nodes)


def test_a_line_says_kind_name_lane_and_where_it_goes() -> None:
    lines = {line.id: line for line in steps_list(every_kind())}
    assert lines["xor"].sentence == (
        "決策「是否屬本單位權責」，單位0承辦人，"
        "接是→「計算限辦期限」、退回修正→「登錄案件並確認附件是否齊全、格式是否正確」、否（移文）→「未分類步驟」"
    )
    assert lines["late"].sentence.startswith("時限「限辦到期未回覆」，單位0承辦人，附於「登錄案件")
    assert lines["s2"].lane == "單位1承辦人"
    assert lines["join"].name == "join"


def test_a_line_says_the_state_in_words_and_how_often() -> None:
    lines = {
        line.id: line for line in steps_list(every_kind(), Progress({"user": "late", "rule": "done"}, {"user": 2}))
    }
    assert "逾期（共 2 次）" in lines["user"].sentence
    assert "完成" in lines["rule"].sentence
    assert "未開始" in lines["call"].sentence
    assert lines["user"].state == "late"


def test_without_a_progress_no_state_is_said() -> None:
    assert all(line.state is None and "未開始" not in line.sentence for line in steps_list(every_kind()))


def test_a_box_that_opens_cases_says_so_and_bears_another_mark() -> None:
    inside = Node("c", "call", called="x")
    each, linked = replace(inside, each=Each("asked")), replace(inside, linked=Linked())
    assert len({marks.at_foot(box) for box in (inside, each, linked)}) == 3
    assert marks.at_foot(replace(inside, wait=True)) == marks.at_foot(linked)
    said = [steps_list(sop([box], []))[0].kind for box in (inside, each, linked)]
    assert said == ["共用作業", "另開案件", "另開案件"]
