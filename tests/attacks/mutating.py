"""Mutates the files an SOP is made of, and does with each what the house does with a stranger's file.

Started as a child by ``test_mutants``: ``python -m tests.attacks.mutating SEED FIRST COUNT``, under limits of its own.
Before each mutant its number goes to stdout, so that the parent knows which one a killed child was at; the last line is
a summary as JSON. Any single mutant can be seen again with the same seed and number and a count of 1.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from diagrams import bpmn_svg
from engine import flow
from engine.cases.operators import OPERATORS
from engine.errors import BadSop, Invalid, NotNow, Stuck
from engine.sops import bpmn, decisions, forms
from engine.sops.check import check
from engine.sops.sop import Sop
from tests.attacks.corpus import RUN
from tests.sops.charts import choosing, ext, file, node, outcome, plain
from tests.sops.charts import flow as sequence

PROCESSES = Path(__file__).parents[2] / "processes"
CPU_SECONDS, MEMORY = 120, 2 * 2**30

NASTY = [
    RUN, "", "-1", "0", "1e999", "NaN", "9" * 400, "a" * 3_000, "__import__", "..", "/", "A", "S", "E", "G", "p",
    "P999999999M", "R/PT0S", "True", "None", "=", "${x}", "\u202e", "字", "()" * 40, "[" * 40, "-" * 400, "p.EndJoin",
    "true", "false", "in", "out", "caller", "PO-08", "shared-follow-up", "r == 'yes'", "sop:x",
]  # fmt: skip
TOKENS = [
    b"<!DOCTYPE x>", b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>", b"&y;", b"&#0;", b"&#xD800;", b"<?x?>",
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"]]>", b"<![CDATA[", b"-->", b"<!--", b"</bpmn:process>", b"<a>" * 60,
    b"<bpmn:scriptTask id='ZZ'><bpmn:script>" + RUN.encode() + b"</bpmn:script></bpmn:scriptTask>", RUN.encode(),
    b"xmlns:bpmn='urn:x'", b'"', b"<", b">", b"=", b"\x1b", "\u202e".encode(),
]  # fmt: skip
TAGS = [
    "userTask", "serviceTask", "scriptTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "startEvent",
    "endEvent", "boundaryEvent", "intermediateCatchEvent", "callActivity", "subProcess", "adHocSubProcess", "lane",
    "sequenceFlow", "timerEventDefinition", "terminateEventDefinition", "multiInstanceLoopCharacteristics", "process",
    "extensionElements", "documentation", "conditionExpression", "laneSet", "flowNodeRef",
]  # fmt: skip


@cache
def charts() -> tuple[bytes, ...]:
    """Small charts first: most mutants are made of them, because they get further before they break."""
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>P2D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    inner = node("startEvent", "IS") + node("userTask", "IA") + node("endEvent", "IE")
    inner += sequence("IS", "IA") + sequence("IA", "IE")
    fork = file(
        node("startEvent", "S"), node("parallelGateway", "F"), node("userTask", "A", ext(outcome("r", "yes", "no"))),
        node("userTask", "B"), node("parallelGateway", "J"), node("exclusiveGateway", "G"), node("endEvent", "E"),
        sequence("S", "F"), sequence("F", "A"), sequence("F", "B"), sequence("A", "J"), sequence("B", "J"),
        sequence("J", "G"), sequence("G", "F", 'r == "no"'), sequence("G", "E", 'r == "yes"'),
    )  # fmt: skip
    return (
        choosing('r == "yes"', 'r == "no"'),
        plain(node("boundaryEvent", "T", timer, attachedToRef="A"), sequence("T", "E")),
        file(node("startEvent", "S"), node("subProcess", "X", inner), node("endEvent", "E"),
             sequence("S", "X"), sequence("X", "E"), node("boundaryEvent", "T", timer, attachedToRef="X"),
             sequence("T", "E")),
        fork,
        *(path.read_bytes() for path in sorted(PROCESSES.rglob("*.bpmn"), key=lambda p: p.stat().st_size)),
    )  # fmt: skip


@cache
def tables() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(PROCESSES.rglob("*.dmn")))


@cache
def screens() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(PROCESSES.rglob("*.form.json")))


@cache
def library() -> dict[str, Sop]:
    return {path.stem: bpmn.read(path.read_bytes()) for path in sorted(PROCESSES.rglob("*.bpmn"))}


# ---- mutations


def bytes_changed(data: bytes, rng: random.Random) -> bytes:
    """A few changes that know nothing of XML."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(changed) + 1)
        upto = min(len(changed), at + rng.choice([1, 1, 2, 8, 64, 1024]))
        match rng.randrange(7):
            case 0 if at < len(changed):
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                del changed[at:upto]
            case 2:
                changed[at:at] = changed[at:upto] * rng.choice([1, 1, 2, 50])
            case 3:
                changed[at:at] = rng.choice(TOKENS)
            case 4:
                changed[at:upto] = bytes(rng.randrange(256) for _ in range(rng.randrange(6)))
            case 5:
                changed[at:upto] = rng.choice(NASTY).encode()
            case _:
                del changed[rng.randrange(len(changed) + 1) :]
    return bytes(changed)


def tree_changed(data: bytes, rng: random.Random) -> bytes:
    """A few changes that keep the file well-formed: elements and attributes moved, copied, renamed, overwritten."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    for _ in range(rng.randint(1, 4)):
        elements = [el for el in root.iter(etree.Element) if el is not root]
        if not elements:
            break
        _change(rng.choice(elements), elements, rng)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _change(el: etree._Element, elements: list[etree._Element], rng: random.Random) -> None:
    parent = el.getparent()
    match rng.randrange(10):
        case 0 if parent is not None:
            parent.remove(el)
        case 1 if parent is not None:
            copied = etree.fromstring(etree.tostring(el))
            for inner in copied.iter(etree.Element):
                if "id" in inner.attrib and rng.random() < 0.95:  # else the copy is refused before anything else
                    inner.set("id", f"{inner.get('id')}-{rng.randrange(1000)}")
            parent.insert(rng.randrange(len(parent) + 1), copied)
        case 2:
            other = rng.choice(elements)
            if el not in other.iterancestors() and other is not el:
                other.append(el)
        case 3:
            el.tag = f"{{{etree.QName(el).namespace}}}{rng.choice(TAGS)}"
        case 4 | 5 if el.attrib:
            name = rng.choice(sorted(set(el.attrib) - {"id"}) if len(el.attrib) > 1 else sorted(el.attrib))
            values = [v for other in elements for v in other.attrib.values()]
            el.set(name, rng.choice(values) if rng.random() < 0.6 else rng.choice(NASTY))
        case 6 if el.attrib:
            del el.attrib[rng.choice(sorted(set(el.attrib) - {"id"}) if len(el.attrib) > 1 else sorted(el.attrib))]
        case 7:
            el.text = rng.choice(NASTY)
        case 8:
            children = list(el)
            rng.shuffle(children)
            el[:] = children
        case _:
            other = rng.choice(elements)
            given = other.get("id")
            for name in ("sourceRef", "targetRef", "attachedToRef", "default", "calledElement", "from", "value"):
                if given is not None and name in el.attrib:
                    el.set(name, given)


# ---- what is done with each


def try_chart(data: bytes, rng: random.Random) -> str:
    """Read, write, check, project, and walk where it can be walked. Only refusals may come out of it."""
    try:
        sop = bpmn.read(data)
    except BadSop as bad:
        _sentence(bad)
        return "unreadable" if not bad.readable else "refused"
    if rng.random() < 0.2:
        assert bpmn.read(bpmn.write(sop)) == sop, "what is written reads back differently"
    if rng.random() < 0.01:
        assert bpmn_svg.draw(sop).rstrip().endswith("</svg>"), "not a whole picture"
    shelf = {**library(), sop.id: sop}
    found = [*check(sop, shelf, operators=OPERATORS), *flow.check(sop, shelf)]
    ran = False
    for start in sop.starts():
        try:
            projection = flow.project(sop, start.id, shelf)
        except BadSop as bad:
            _sentence(bad)
            continue
        ran = True
        _walk(projection, rng)
    errors = any(finding.level == "error" for finding in found)
    return "ran" if ran and not errors else "ran with errors" if ran else "refused"


def _walk(projection: flow.Projection, rng: random.Random) -> None:
    values = {"r": "yes", "level": "三層", "mode": "takes_over", "channel": "線上陳情"}
    try:
        advance = flow.begin(projection, values=values, machine=_results, context={})
        for _ in range(6):
            if advance.ended:
                return
            state = flow.load(projection, flow.dump(advance.state))
            waiting = flow.open_steps(projection, state)
            answers = {"r": rng.choice(["yes", "no"]), "outcome": rng.choice(["核可", "退回修正"])}
            if waiting:
                step = rng.choice(waiting)
                advance = flow.complete(projection, state, step, values=answers, machine=_results, context={})
            elif boxes := flow.open_boxes(projection, state):  # the cases it opened have come back
                advance = flow.complete(projection, state, boxes[0], values={}, machine=_results, context={})
            else:
                timer = rng.choice(flow.open_timers(projection, state))
                advance = flow.wake(projection, state, timer, machine=_results, context={})
    except (Stuck, NotNow, BadSop) as refusal:
        _sentence(refusal)


def _results(step: Any, values: Any) -> dict[str, Any]:
    outs = (*step.node.outs, *(step.node.decision.outs if step.node.decision else ()))
    return {out.from_: "yes" for out in outs}


def try_table(data: bytes, rng: random.Random) -> str:
    try:
        table = decisions.read(data)
    except BadSop as bad:
        _sentence(bad)
        return "unreadable" if not bad.readable else "refused"
    decisions.check(table)
    for _ in range(3):
        given = {column.name: rng.choice([*column.values, 0, 1.5, "x", None, True]) for column in table.inputs}
        try:
            table.decide(given)
        except Stuck as stuck:
            _sentence(stuck)
    return "ran"


def try_screen(data: bytes, rng: random.Random) -> str:
    try:
        screen = forms.read(data)
    except BadSop as bad:
        _sentence(bad)
        return "unreadable" if not bad.readable else "refused"
    raw = {field.name: rng.choice([*NASTY, 5, None, ["x"], True, {}]) for field in screen.fields}
    try:
        forms.accept(screen, raw, strings=rng.random() < 0.5)
    except Invalid as refusal:
        _sentence(refusal)
    return "ran"


def _sentence(refusal: BadSop | Stuck | NotNow | Any) -> None:
    assert refusal.sentence.endswith("。") and len(refusal.sentence) < 400, refusal.sentence


def json_changed(data: bytes, rng: random.Random) -> bytes:
    found = json.loads(data)
    for _ in range(rng.randint(1, 3)):
        spots: list[tuple[Any, Any]] = []
        todo = [found]
        while todo:
            here = todo.pop()
            keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else []
            spots += [(here, key) for key in keys]
            todo += [here[key] for key in keys]
        if not spots:
            break
        here, key = rng.choice(spots)
        value = rng.choice([None, [], {}, 0, -1, 10**400, True, 1.5, *NASTY, json.loads(data), [["x"]]])
        if isinstance(here, dict) and rng.random() < 0.3:
            here[rng.choice(NASTY)] = here.pop(key)
        else:
            here[key] = value
    try:
        return json.dumps(found).encode()
    except (ValueError, RecursionError):
        return b"{"


def mutant(seed: int, number: int) -> tuple[Callable[[bytes, random.Random], str], bytes, random.Random]:
    """The mutant of that number, and what is to be done with it."""
    rng = random.Random(f"{seed}:{number}")
    share = rng.random()
    if share < 0.04:
        return try_table, rng.choice([bytes_changed, tree_changed])(rng.choice(tables()), rng), rng
    if share < 0.08:
        return try_screen, rng.choice([bytes_changed, json_changed, json_changed])(rng.choice(screens()), rng), rng
    if share < 0.33:
        return try_chart, bytes_changed(rng.choice(charts()), rng), rng
    source = rng.choice(charts()[:4]) if share < 0.92 else rng.choice(charts()[4:])
    return try_chart, tree_changed(source, rng), rng


def main(seed: int, first: int, count: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, -1)
    for number in range(first, first + count):
        print(number, flush=True)
        act, data, rng = mutant(seed, number)
        before = time.process_time()
        try:
            outcomes[act(data, rng)] += 1
        except Exception as error:  # whatever is no refusal is what is looked for
            failures.append(f"{number}: {type(error).__name__}: {error}"[:300])
        slowest = max(slowest, (time.process_time() - before, number))
    print(json.dumps({"outcomes": outcomes, "failures": failures, "slowest": slowest}))


if __name__ == "__main__":
    charts(), library()
    gc.freeze()  # what stays to the end is not searched for litter between mutants
    gc.set_threshold(100_000, 20, 20)
    main(*map(int, sys.argv[1:4]))
