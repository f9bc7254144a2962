"""What comes in beside the chart: decision tables, stored states, answers to forms, words on a picture.

Rows of reliability.md 3.1 (tables, stored state), 3.6 (form data, logs) and 3.7 (drawing).
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from lxml import etree

from diagrams import bpmn_svg
from engine import flow
from engine.errors import BadSop, Invalid, Stuck
from engine.sops import bpmn, decisions, forms
from tests.attacks.corpus import CANARY, RUN
from tests.attacks.test_corpus import _inert
from tests.sops.charts import choosing, node, plain
from tests.sops.charts import flow as sequence
from tests.sops.test_decisions import table


@pytest.fixture(autouse=True)
def nothing_runs() -> Iterator[None]:
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists()


# ---- 3.1 decision tables


@pytest.mark.parametrize(
    ("data", "code", "element"),
    [
        (table('1 -> "x"', columns=f"{RUN.replace(' ', '')}:number"), "decision_input", "i0"),
        (table(f'{RUN} -> "x"'), "decision_cell", "r0c0"),
        (table(f'? == {RUN} -> "x"'), "decision_cell", "r0c0"),
        (table(f"1 -> {RUN}"), "decision_cell", "r0o"),
        (table('"a" if x else "b" -> "x"', columns="s:string"), "decision_cell", "r0c0"),
        (table('1 -> "x"', values=RUN), "decision_cell", "i0"),
        (table('1 -> "x"', beside=f"<inputData id='k'><text>{RUN}</text></inputData>"), "decision_kind", "k"),
        (b"<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + table(), "doctype", None),
        (table(*['1 -> "x"'] * 300), "decision_size", "t"),
        (table("[" * 400 + '1 -> "x"'), "decision_cell", "r0c0"),
        (table("1," * 400 + '1 -> "x"'), "decision_cell", "r0c0"),
        (table('1..999999999999999999 -> "x"'), "decision_cell", "r0c0"),
    ],
)
def test_a_table_cannot_run_anything(data: bytes, code: str, element: str | None) -> None:
    with pytest.raises(BadSop) as refusal:
        decisions.read(data)
    assert (refusal.value.code, refusal.value.element) == (code, element)


# ---- 3.1 stored states


def _projection() -> flow.Projection:
    sop = bpmn.read(choosing('r == "yes"', 'r == "no"'))
    return flow.project(sop, "S", {sop.id: sop})


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ({"serializer_version": "1.0", "timer": RUN}, "state_json"),
        ({"serializer_version": "1.1", "spec": {"task_specs": {"G": {"cond": RUN}}}}, "state_json"),
        ({"serializer_version": "1.5", "tasks": {}, "typename": "BpmnWorkflow"}, "state_json"),
        ({"v": 1, "t": ["A"], "d": {}, "r": {}, "spec": {"cond": RUN}}, "state_json"),
        ({"v": 2, "t": ["A"], "d": {}, "r": {}}, "state_version"),
        ({"v": 1, "t": [RUN], "d": {}, "r": {}}, "state_token"),
        ({"v": 1, "t": ["A", "A"], "d": {}, "r": {}}, "state_token"),
        ({"v": 1, "t": ["A"], "d": {"": {"undeclared": RUN}}, "r": {}}, "state_name"),
        ({"v": 1, "t": ["A"], "d": {"nowhere": {}}, "r": {}}, "state_scope"),
        ({"v": 1, "t": ["A"], "d": {"": {"r": {"typename": "datetime"}}}, "r": {}}, "state_value"),
        ({"v": 1, "t": ["A"], "d": {}, "r": {"": "many"}}, "state_scope"),
        ([], "state_json"),
        ("cos\nsystem\n(S'id'\ntR.", "state_json"),
    ],
)  # fmt: skip
def test_a_stored_state_brings_no_definition_of_its_own(stored: Any, code: str) -> None:
    with pytest.raises(Stuck) as refusal:
        flow.load(_projection(), json.dumps(stored))
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"v": NaN}', "\x80\x04\x95", "null"])
def test_a_stored_state_that_is_no_state_stops_only_its_case(text: str) -> None:
    with pytest.raises(Stuck) as refusal:
        flow.load(_projection(), text)
    assert refusal.value.code.startswith("state_")


def test_a_stored_value_is_never_evaluated() -> None:
    projection = _projection()
    state = flow.load(projection, json.dumps({"v": 1, "t": ["A"], "d": {"": {"r": RUN}}, "r": {}}))
    with pytest.raises(Stuck) as refusal:
        flow.complete(projection, state, "A", values={}, machine=_no_machine, context={})
    assert refusal.value.code == "no_branch"


# ---- 3.6 answers to a form

SCREEN = forms.read(
    {
        "properties": {
            "amount": {"type": "integer"},
            "text": {"type": "string"},
            "pick": {"type": "array", "items": {"type": "string"}},
            "len": {"type": "string", "maxLength": 20},
        }
    }
)


def _nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"typename": "datetime"}, "field_undeclared"),
        ({"data_objects": "x"}, "field_undeclared"),
        ({"__builtins__": "x"}, "field_undeclared"),
        ({"__proto__": "x"}, "field_undeclared"),
        ({"constructor": "x"}, "field_undeclared"),
        ({"approved": True}, "field_undeclared"),
        ({"assignee": "mallory"}, "field_undeclared"),
        ({"deadline": "2999-01-01"}, "field_undeclared"),
        ({"amount.x": 1}, "field_undeclared"),
        ({5: 1}, "field_undeclared"),
        ({None: 1}, "field_undeclared"),
        ({("a",): 1}, "field_undeclared"),
        ({"text": {"typename": "datetime", "value": "x"}}, "field_type"),
        ({"text": {"typename": "TaskDataReference"}}, "field_type"),
        ({"text": date(2026, 1, 1)}, "field_type"),
        ({"text": Decimal("1")}, "field_type"),
        ({"text": b"x"}, "field_type"),
        ({"text": {"a"}}, "field_type"),
        ({"text": _nested(900)}, "field_type"),
        ({"pick": [_nested(900)]}, "field_type"),
        ({"pick": ["x"] * 2_000}, "field_many"),
        ({"pick": ["x" * 300]}, "field_long"),
        ({"text": "a\x00b"}, "field_characters"),
        ({"text": "\ud83d"}, "field_characters"),
        ({"text": "字" * 20_001}, "field_long"),
        ({"text": "字" * 5_000_000}, "field_long"),
        ({"amount": float("nan")}, "field_integer"),
        ({"amount": float("inf")}, "field_integer"),
        ({"amount": 10**400}, "field_big"),
        ({"amount": "9" * 5_000}, "field_long"),
        ({"amount": RUN}, "field_long"),
        ({"amount": "１e５"}, "field_integer"),
        ({"text": ["x", "y"]}, "field_twice"),
        ({"text": "x", "ｔｅｘｔ": "y"}, "field_twice"),
    ],
)
@pytest.mark.parametrize("strings", [True, False])
def test_an_answer_cannot_poison_its_case(raw: dict[Any, Any], code: str, strings: bool) -> None:
    with pytest.raises(Invalid) as refusal:
        forms.accept(SCREEN, raw, strings=strings)
    codes = set(refusal.value.facts["codes"].values())
    assert code in codes or (not strings and codes == {"field_integer"})
    assert all(len(sentence) < 200 for sentence in refusal.value.fields.values())


def test_a_declared_field_named_like_a_function_is_only_a_field() -> None:
    assert forms.accept(SCREEN, {"len": "5"}) == {"len": "5"}


def test_a_value_that_looks_like_code_stays_a_text() -> None:
    assert forms.accept(SCREEN, {"text": RUN}) == {"text": RUN}
    projection = _projection()
    begun = flow.begin(projection, values={}, machine=_no_machine, context={})
    with pytest.raises(Stuck):
        flow.complete(projection, begun.state, "A", values={"r": RUN}, machine=_no_machine, context={})


def test_a_state_does_not_grow_with_what_people_write() -> None:
    projection = _projection()
    begun = flow.begin(projection, values={"text": "字" * 20_000}, machine=_no_machine, context={})
    assert len(flow.dump(begun.state)) < 200


def test_the_library_never_logs_what_people_write(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        projection = _projection()
        begun = flow.begin(projection, values={"r": "CANARY-WANG"}, machine=_no_machine, context={})
        flow.complete(projection, begun.state, "A", values={"r": "yes"}, machine=_no_machine, context={})
    assert "CANARY-WANG" not in "".join(str(record.__dict__) for record in caplog.records)


# ---- 3.7 words on a picture

WORDS = [
    '<<TABLE><TR><TD HREF="javascript:alert(1)">x</TD></TR></TABLE>>',
    '<<IMG SRC="/etc/passwd"/>>',
    "<b>bold</b>",
    '"]; x [label="owned',
    'x" URL="javascript:alert(1)',
    "ends with a backslash \\",
    "\\N \\G \\L \\n",
    "<script>alert(1)</script>",
    "</text><script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "javascript:alert(1)",
    "&lt;script&gt;",
    "]]><x>",
    "{a|b|c}",
    "核\u202e准\u200b",
    "x" * 2_000,
    "堃𠮷鵺👩‍👩‍👧‍👦",
    "\u0000\u0007",
    "\ud800",
    "=cmd|'/c calc'!A1",
]


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
def test_a_word_on_a_picture_is_only_a_word(word: str) -> None:
    """The SOP is made without a file, for some of these words could not even stand in one."""
    sop = bpmn.read(plain(node("exclusiveGateway", "G"), sequence("A", "G", flow_id="F")))
    named = MappingProxyType({key: replace(one, name=word) for key, one in sop.nodes.items()})
    flows = MappingProxyType({key: replace(one, name=word) for key, one in sop.flows.items()})
    svg = bpmn_svg.draw(replace(sop, name=word, nodes=named, flows=flows))
    _inert(svg)
    assert len(svg) < 100_000


def test_a_graph_of_290_nodes_at_random_is_drawn() -> None:
    nodes = [node("userTask", f"N{at}") for at in range(290)]
    flows = [sequence(f"N{at}", f"N{(at * 7919 + 13) % 290}", flow_id=f"F{at}") for at in range(290)]
    _inert(bpmn_svg.draw(bpmn.read(plain(*nodes, *flows))))


# ---- nothing is fetched


def calls_during(act: Callable[[str], None]) -> int:
    """How many calls a listener on this machine gets while something is done with its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        called: list[object] = []

        def listen() -> None:
            with suppress(TimeoutError):
                connection, caller = server.accept()
                connection.close()
                called.append(caller)

        waiting = threading.Thread(target=listen)
        waiting.start()
        act(f"http://127.0.0.1:{server.getsockname()[1]}/x")
        waiting.join()
        return len(called)


def _read_all_that_point(url: str) -> None:
    chart = plain().decode()
    head, body = chart.split("?>", 1)
    imported = f'<bpmn:import location="{url}" importType="x" namespace="y" />'
    for data in (
        f"{head}?><!DOCTYPE d SYSTEM '{url}'>{body}",
        f"{head}?><!DOCTYPE d [<!ENTITY x SYSTEM '{url}'>]>{body}",
        f"{head}?><!DOCTYPE d [<!ENTITY % x SYSTEM '{url}'>%x;]>{body}",
        f"{head}?><?xml-stylesheet href='{url}'?>{body}",
        chart.replace('id="defs"', f'id="defs" xsi:schemaLocation="{url} {url}"'),
        chart.replace("<bpmn:process", f"{imported}<bpmn:process"),
        plain(f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}" />').decode(),
    ):
        with suppress(BadSop):
            bpmn.write(bpmn.read(data.encode()))


def _call(url: str) -> None:
    socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0]))).close()


def test_no_file_makes_anything_call_out() -> None:
    """Entities, DTDs, schemas, imports, includes and stylesheets all point at a listener; nobody calls it."""
    assert calls_during(_read_all_that_point) == 0


def test_the_listener_hears_a_call() -> None:
    assert calls_during(_call) == 1


def test_the_reader_stands_on_a_parser_that_resolves_nothing_by_itself() -> None:
    assert etree.LXML_VERSION >= (6, 1)


def _no_machine(step: object, values: object) -> dict[str, object]:
    raise AssertionError("no machine step stands in these files")
