"""sopflow sop check: what a file is, in exit codes and in one JSON document."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import ROOT, Run, runner

GOOD = ROOT / "processes" / "rdec" / "petition-online" / "petition-online.bpmn"
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:sop="urn:sopflow:sop:1" id="d" targetNamespace="urn:x">'
)


def chart(inside: str, *, sop_id: str = "small") -> str:
    return f'{HEAD}<bpmn:process id="{sop_id}" isExecutable="true">{inside}</bpmn:process></bpmn:definitions>'


def line(*nodes: str) -> str:
    """Nodes one after the other, joined by flows."""
    ids = [node.split('id="')[1].split('"')[0] for node in nodes]
    flows = [
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>' for n, (a, b) in enumerate(pairwise(ids))
    ]
    return "".join(nodes) + "".join(flows)


START, END = '<bpmn:startEvent id="S"/>', '<bpmn:endEvent id="E"/>'
WORK = '<bpmn:userTask id="W" name="辦理"/>'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.bpmn"
    file.write_text(chart(line(START, WORK, END)), "utf-8")
    return file


def test_every_sop_of_the_city_can_run_and_be_published(files_only: Run) -> None:
    charts = sorted(str(file) for file in (ROOT / "processes").glob("*/*/*.bpmn"))
    said = files_only("sop", "check", "--json", *charts)
    assert said.code == 0, said.out
    assert [one["file"] for one in said.json] == charts
    for one in said.json:
        assert one["readable"] and one["runnable"] and one["refusal"] is None
        assert not [finding for finding in one["findings"] if finding["blocks"]]


def test_what_is_only_missing_around_the_chart_is_a_warning_that_blocks(files_only: Run, small: Path) -> None:
    said = files_only("sop", "check", "--json", str(small))
    (one,) = said.json
    assert set(one) == {"file", "readable", "runnable", "findings", "score", "refusal"}
    assert one["readable"] and one["runnable"]
    around = [finding for finding in one["findings"] if not re.fullmatch(r"[LS]\d+", finding["rule"])]
    assert {"missing_drawing", "missing_lane", "missing_form"} == {finding["rule"] for finding in around}
    for finding in around:
        assert set(finding) == {"rule", "level", "blocks", "element", "message"}
        assert (finding["level"], finding["blocks"]) == ("warning", True)


def test_a_chart_that_breaks_the_reviewers_rules_runs_but_is_not_published(files_only: Run, small: Path) -> None:
    said = files_only("sop", "check", "--json", str(small))
    assert said.code == 1
    (one,) = said.json
    assert one["runnable"] and one["refusal"]["code"] == "L015", "it names no legal basis"
    assert one["score"]["points"] < 100 and one["score"]["kept"] < one["score"]["asked"]
    assert "不能發布" in files_only("sop", "check", str(small)).out


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b'<!DOCTYPE d [<!ENTITY a "b">]><d/>',
        b"<d/>",
        HEAD.encode() + b"</bpmn:definitions>",
        chart(START + END.replace('"E"', '"S"')).encode(),
        chart("<bpmn:startEvent/>").encode(),
        '<?xml version="1.0" encoding="UTF-16"?><d/>'.encode("utf-16"),
        chart("<!-- " + "x" * (3 * 1024 * 1024) + " -->").encode(),
    ],
    ids=["empty", "text", "doctype", "other", "no-process", "twice", "no-id", "utf16", "large"],
)
def test_what_is_not_readable_exits_with_2(files_only: Run, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "bad.bpmn"
    file.write_bytes(data)
    said = files_only("sop", "check", "--json", str(file))
    (one,) = said.json
    assert said.code == 2
    assert not one["readable"] and not one["runnable"]
    assert set(one["refusal"]) == {"code", "element", "message"}
    assert one["refusal"]["code"] and "\n" not in one["refusal"]["message"]


@pytest.mark.parametrize("name", ["nowhere.bpmn", "."])
def test_a_file_that_is_not_there_or_a_folder_is_not_readable(files_only: Run, tmp_path: Path, name: str) -> None:
    said = files_only("sop", "check", "--json", str(tmp_path / name))
    assert said.code == 2
    assert said.json[0]["refusal"]["code"] == "file_unreadable"


def test_what_cannot_run_exits_with_1_and_names_code_and_element(files_only: Run, tmp_path: Path) -> None:
    file = tmp_path / "stuck.bpmn"
    lost = '<bpmn:userTask id="LOST"/>'
    file.write_text(chart(line(START, WORK, END) + lost), "utf-8")
    said = files_only("sop", "check", "--json", str(file))
    (one,) = said.json
    assert said.code == 1
    assert one["readable"] and not one["runnable"]
    assert one["refusal"]["element"] == "LOST"
    assert one["refusal"]["code"] in {finding["rule"] for finding in one["findings"]}


def test_the_worst_of_several_files_decides(files_only: Run, small: Path, tmp_path: Path) -> None:
    stuck, broken = tmp_path / "stuck.bpmn", tmp_path / "broken.bpmn"
    stuck.write_text(chart(START), "utf-8")
    broken.write_text("", "utf-8")
    assert files_only("sop", "check", str(small), str(stuck)).code == 1
    assert files_only("sop", "check", str(broken), str(stuck), str(small)).code == 2
    said = files_only("sop", "check", "--json", str(broken), str(stuck), str(small))
    assert [one["file"] for one in said.json] == [str(broken), str(stuck), str(small)]


def test_without_json_every_file_is_a_line_a_person_reads(files_only: Run, small: Path) -> None:
    said = files_only("sop", "check", str(small), str(GOOD))
    assert said.out.splitlines()[0] == f"{small}：可執行，但不能發布"
    assert f"{GOOD}：可執行、可發布" in said.out.splitlines()


def test_callees_come_from_the_folder_then_from_the_library(files_only: Run, tmp_path: Path) -> None:
    call = '<bpmn:callActivity id="C" calledElement="{}"/>'
    caller = tmp_path / "caller.bpmn"
    caller.write_text(chart(line(START, call.format("near"), END), sop_id="caller"), "utf-8")
    assert files_only("sop", "check", "--json", str(caller)).json[0]["refusal"]["code"] == "unknown_callee"
    shared = '<bpmn:extensionElements><sop:sheet kind="per-case" shared="true"/></bpmn:extensionElements>'
    (tmp_path / "near.bpmn").write_text(chart(shared + line(START, WORK, END), sop_id="near"), "utf-8")
    assert files_only("sop", "check", "--json", str(caller)).json[0]["runnable"]
    caller.write_text(chart(shared + line(START, call.format("caller"), END), sop_id="caller"), "utf-8")
    said = files_only("sop", "check", "--json", str(caller))
    assert (said.code, said.json[0]["refusal"]["element"]) == (1, "C")


def test_an_unreadable_form_or_table_is_a_finding_not_a_crash(files_only: Run, small: Path) -> None:
    (small.parent / "W.form.json").write_bytes(b"\xff\xfe")
    (one,) = files_only("sop", "check", "--json", str(small)).json
    assert one["readable"] and one["runnable"]
    assert one["refusal"]["element"] == "W"


def test_checking_makes_no_home_and_no_database(files_only: Run, home: Path, small: Path) -> None:
    files_only("sop", "check", str(small))
    files_only("sop", "draw", str(small), "-o", str(small.with_suffix(".svg")))
    assert not home.exists()


def test_a_library_that_is_not_there_is_said(home: Path, small: Path) -> None:
    from tests.cli.conftest import runner

    said = runner({"SOPFLOW_HOME": str(home), "SOPFLOW_PROCESSES": str(home / "nowhere")})("sop", "check", str(small))
    assert said.code == 2
    assert "SOPFLOW_PROCESSES" in said.err


def test_a_mistake_of_ours_in_one_file_does_not_hide_the_others(
    files_only: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webui.commands import sops

    real = sops.findings.check

    def sometimes(folder: object, *more: object, **named: object) -> object:
        if getattr(folder, "id", "") == "small":
            raise RecursionError
        return real(folder, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sops.findings, "check", sometimes)
    said = files_only("sop", "check", "--json", str(small), str(GOOD))
    assert said.code == 1
    assert [one["refusal"] and one["refusal"]["code"] for one in said.json] == ["mistake", None]


def test_the_scenarios_beside_a_file_are_walked_where_that_is_asked(files_only: Run, tmp_path: Path) -> None:
    """A copy of a petition's SOP with one scenario that ends elsewhere; then none, one nobody can read, no city."""
    beside = tmp_path / "petition-online"
    shutil.copytree(GOOD.parent, beside)
    file, written = str(beside / GOOD.name), beside / "scenarios.yaml"
    [good, *_] = yaml.safe_load(written.read_text("utf-8"))
    wrong = {**good, "name": "甲", "expect": {"end": "PO-E2"}}
    written.write_text(yaml.safe_dump([good, wrong], allow_unicode=True), "utf-8")
    assert files_only("sop", "check", file).code == 0, "it is asked for"
    said = files_only("sop", "check", "--scenarios", file)
    assert said.code == 1 and "可執行，但不能發布" in said.out and "情境 2 個，走通 1 個" in said.out
    assert "警告 scenario_fails PO-E2：情境「甲」走到終點，但結果與預期不同" in said.out
    (one,) = files_only("sop", "check", "--scenarios", "--json", file).json
    assert one["scenarios"] == {"walked": 2, "passed": 1, "failed": ["甲"], "readable": True}
    assert "2 scenarios, 1 walked" in files_only("--lang", "en", "sop", "check", "--scenarios", file).out
    written.write_text("- {name: a, when: 1}", "utf-8")
    said = files_only("sop", "check", "--scenarios", file)
    assert said.code == 1 and "scenarios_unreadable" in said.out
    written.write_bytes(b"\xff\xfe")
    assert "不是 UTF-8" in files_only("sop", "check", "--scenarios", file).out
    alone = tmp_path / "alone.bpmn"
    alone.write_text(chart(line(START, WORK, END), sop_id="alone"), "utf-8")
    assert "沒有情境檔" in files_only("sop", "check", "--scenarios", str(alone)).out
    alone.write_text(chart(START), "utf-8")
    (stuck,) = files_only("sop", "check", "--scenarios", "--json", str(alone)).json
    assert not stuck["runnable"] and stuck["scenarios"] is None, "what cannot run is not walked"


def test_where_nobody_is_there_to_walk_them_the_check_says_so(home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    run = runner({"SOPFLOW_HOME": str(home), "SOPFLOW_PROCESSES": str(empty)})
    said = run("sop", "check", "--scenarios", str(ROOT / "processes/shared/shared-approval/shared-approval.bpmn"))
    assert said.code in (0, 1) and "Traceback" not in said.err
    alone = tmp_path / "alone.bpmn"
    alone.write_text(chart(line(START, WORK, END), sop_id="alone"), "utf-8")
    (tmp_path / "scenarios.yaml").write_text("- {name: a, start: S, given: {at: 2026-11-26T09:00}}", "utf-8")
    said = run("sop", "check", "--scenarios", str(alone))
    assert said.code == 1 and "沒有組織檔 organisation.yaml" in said.out
