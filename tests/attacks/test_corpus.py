"""No file gets more than a drawing: each attack is refused with its code at its element, and nothing ever runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest
from lxml import etree

from diagrams import bpmn_svg
from engine import flow
from engine.cases.operators import OPERATORS
from engine.errors import BadSop
from engine.library import findings
from engine.library.folder import SopFolder
from engine.sops import bpmn
from tests.attacks.corpus import CANARY, SECRET, Attack, Harmless, attacks, harmless
from tests.sops.charts import choosing
from webui.commands.sops import check_file, exit_code

ROOT = Path(__file__).parents[2]
ATTACKS = list(attacks())
UNREADABLE = [attack for attack in ATTACKS if attack.end == "unreadable"]
REFUSED = [attack for attack in ATTACKS if attack.end == "refused"]
HARMLESS = list(harmless())


@pytest.fixture(autouse=True)
def nothing_runs() -> Iterator[None]:
    CANARY.unlink(missing_ok=True)
    SECRET.write_text("TOPSECRET-REPORTER-NAME")
    yield
    assert not CANARY.exists()


def verdict(data: bytes) -> findings.Verdict:
    found = SopFolder(bpmn.read(data).id, "x", data)
    return findings.check(found, {found.id: found}, operators=OPERATORS)


@pytest.mark.parametrize("attack", [a for a in ATTACKS if len(a.data) <= 2 * 2**20], ids=lambda a: a.name)
def test_the_command_line_ends_as_promised(attack: Attack, tmp_path: Path) -> None:
    """2 for what cannot be read, 1 for every other refusal; the refusal is one sentence with a code."""
    path = tmp_path / "p.bpmn"
    path.write_bytes(attack.data)
    result = check_file(path, tmp_path)
    assert exit_code(result) == {"unreadable": 2, "refused": 1}[attack.end]
    if attack.end == "unreadable":
        assert result["refusal"] == {"code": attack.code, "element": attack.element, "message": ANY}
    else:
        assert (attack.code, attack.element) in {(f["rule"], f["element"]) for f in result["findings"]}


def test_the_corpus_is_as_large_as_promised_and_has_every_row() -> None:
    rows = Counter(attack.row for attack in (*ATTACKS, *HARMLESS))
    assert len(ATTACKS) >= 80
    assert {"3.1", "3.2", "3.3", "3.4", "3.5"} <= rows.keys()
    assert len({attack.name for attack in (*ATTACKS, *HARMLESS)}) == len(ATTACKS) + len(HARMLESS)


@pytest.mark.parametrize("attack", UNREADABLE, ids=lambda a: a.name)
def test_a_file_that_is_no_file_is_not_read_at_all(attack: Attack) -> None:
    with pytest.raises(BadSop) as refusal:
        bpmn.read(attack.data)
    assert (refusal.value.code, refusal.value.element) == (attack.code, attack.element)
    assert not refusal.value.readable
    assert "TOPSECRET" not in refusal.value.sentence


@pytest.mark.parametrize("attack", REFUSED, ids=lambda a: a.name)
def test_a_chart_that_must_not_run_is_refused_at_the_element(attack: Attack) -> None:
    said = verdict(attack.data)
    errors = [(finding.rule, finding.element) for finding in said.findings if finding.level == "error"]
    assert (attack.code, attack.element) in errors
    assert said.blocking


#: refused by what is known about operators, tables and outcomes; their flow alone could run
_FLOW_ALONE_RUNS = {"operator-unknown", "service-without-operator", "no-matching-branch", "names-18000"}


@pytest.mark.parametrize("attack", [a for a in REFUSED if a.name not in _FLOW_ALONE_RUNS], ids=lambda a: a.name)
def test_no_start_of_a_refused_chart_can_be_projected(attack: Attack) -> None:
    sop = bpmn.read(attack.data)
    assert verdict(attack.data).refusal is not None
    for start in sop.starts():
        with pytest.raises(BadSop):
            flow.project(sop, start.id, {sop.id: sop})


@pytest.mark.parametrize("attack", REFUSED, ids=lambda a: a.name)
def test_whatever_is_readable_draws_and_the_drawing_is_inert(attack: Attack) -> None:
    _inert(bpmn_svg.draw(bpmn.read(attack.data)))


@pytest.mark.parametrize("attack", REFUSED, ids=lambda a: a.name)
def test_what_is_written_back_holds_no_payload(attack: Attack) -> None:
    sop = bpmn.read(attack.data)
    again = bpmn.read(bpmn.write(sop))
    assert again == sop
    written = bpmn.write(sop)
    assert b"<script" not in written.lower() and b"xi:include" not in written and b"<bpmn:import" not in written


def test_no_file_takes_more_than_a_moment_to_be_answered() -> None:
    """All files in a child that is killed when one of them takes more than two seconds of CPU; it says at which."""
    code = (
        "import math, resource, time\n"
        "from tests.attacks.test_corpus import ATTACKS, verdict\n"
        "from engine.errors import BadSop\n"
        "for attack in ATTACKS:\n"
        "    print(attack.name, flush=True)\n"
        "    limit = math.ceil(time.process_time() + 2)\n"
        "    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))\n"
        "    try: verdict(attack.data)\n"
        "    except BadSop: pass\n"
        "print('all answered')\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert child.stdout.splitlines()[-1] == "all answered", child.stderr[-500:]


@pytest.mark.parametrize("case", HARMLESS, ids=lambda h: h.name)
def test_what_broke_the_library_simply_works(case: Harmless) -> None:
    sop = bpmn.read(case.data)
    assert verdict(case.data).runnable
    projection = flow.project(sop, "S", {sop.id: sop})
    answers = {"r": "yes", "typename_": "yes"}
    advance = flow.begin(projection, values={}, machine=_no_machine, context={})
    for step in case.steps:
        assert flow.open_steps(projection, advance.state) == (step,)
        state = flow.load(projection, flow.dump(advance.state))
        advance = flow.complete(projection, state, step, values=answers, machine=_no_machine, context={})
    while not advance.ended:
        step = flow.open_steps(projection, advance.state)[0]
        advance = flow.complete(projection, advance.state, step, values=answers, machine=_no_machine, context={})
    assert advance.ended


def test_moving_boxes_on_the_page_changes_no_decision() -> None:
    box = '<dc:Bounds x="0" y="{y}" width="36" height="36" />'
    shapes = "".join(f'<bpmndi:BPMNShape id="s{at}" bpmnElement="E{at}">{box}</bpmndi:BPMNShape>' for at in (0, 1))
    taken = set()
    for low, high in ((0, 100), (100, 0)):
        plane = shapes.replace("{y}", str(low), 1).replace("{y}", str(high), 1)
        plane = f'<bpmndi:BPMNPlane id="P" bpmnElement="p">{plane}</bpmndi:BPMNPlane>'
        diagram = f'<bpmndi:BPMNDiagram id="D">{plane}</bpmndi:BPMNDiagram>'
        data = choosing('r == "yes"', 'r in ["yes", "no"]').replace(
            b"</bpmn:definitions>", diagram.encode() + b"</bpmn:definitions>"
        )
        sop = bpmn.read(data)
        projection = flow.project(sop, "S", {sop.id: sop})
        begun = flow.begin(projection, values={}, machine=_no_machine, context={})
        ended = flow.complete(projection, begun.state, "A", values={"r": "yes"}, machine=_no_machine, context={})
        taken.add(ended.ends)
    assert taken == {("E0",)}


def _no_machine(step: object, values: object) -> dict[str, object]:
    raise AssertionError("no machine step stands in these files")


_ALLOWED = {"svg", "title", "desc", "g", "path", "rect", "circle", "polygon", "line", "text", "tspan", "ellipse"}


def _inert(svg: str) -> None:
    """Only figures and words: no script, no link, no image, no handler, no reference to anywhere."""
    root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    for element in root.iter(etree.Element):
        assert etree.QName(element).localname in _ALLOWED
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on") and "href" not in name.lower()
            assert "url(" not in value.lower() and "javascript:" not in value.lower()
