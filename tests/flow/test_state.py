"""The state is small, comes back as it was, and is not believed where it does not fit its chart."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import flow
from engine.errors import Refusal, Stuck
from engine.flow.state import State
from engine.sops.sop import Set
from tests.flow.builder import build

SOP = build(
    "x", "start S; parallel P; user A; user B; boundary T; user W; end F; parallel J; end E",
    "S > P > A > J > E", "P > B > J", "T > W > F",
    T={"attached_to": "A", "interrupting": False}, B={"sets": (Set("copy", from_="v"),)},
)  # fmt: skip
PROJECTION = flow.project(SOP, "S", {})
WHOLE = State(("A", "B", "T"), {"": {"v": "值"}}, {})

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
moments = st.dates() | st.datetimes(timezones=st.just(UTC))
values = scalars | moments | st.lists(scalars | moments, max_size=5)


def nothing(step, values):
    return {}


@given(value=values)
def test_every_value_an_expression_can_hold_comes_back_as_it_was(value):
    state = State(WHOLE.tokens, {"": {"v": value}}, {})
    loaded = flow.load(PROJECTION, flow.dump(state))
    assert loaded == state
    assert type(loaded.values[""]["v"]) is type(value)


def test_the_text_is_compact_and_versioned():
    assert flow.dump(WHOLE) == '{"v":1,"t":["A","B","T"],"d":{"":{"v":"值"}},"r":{}}'


def test_a_marking_of_every_kind_of_token_loads():
    state = State(("B", "A__J", "W"), {}, {})
    assert flow.load(PROJECTION, flow.dump(state)) == state


BAD = [
    ("state_json", "null"),
    ("state_json", "{"),
    ("state_json", '{"v":1,"t":[],"d":{}}'),
    ("state_json", '{"v":1,"t":[],"d":{},"r":{},"x":0}'),
    ("state_json", '{"v":1,"t":{},"d":{},"r":{}}'),
    ("state_json", '{"v":1,"t":[],"d":{"":{"v":NaN}},"r":{}}'),
    ("state_json", '{"v":1,"t":[],"d":{"":{"v":{"@date":"never"}}},"r":{}}'),
    ("state_json", "[" * 100_000),
    ("state_version", '{"v":2,"t":[],"d":{},"r":{}}'),
    ("state_token", '{"v":1,"t":["Z"],"d":{},"r":{}}'),
    ("state_token", '{"v":1,"t":["E"],"d":{},"r":{}}'),
    ("state_token", '{"v":1,"t":["S__P"],"d":{},"r":{}}'),
    ("state_token", '{"v":1,"t":["A","A"],"d":{},"r":{}}'),
    ("state_token", '{"v":1,"t":[1],"d":{},"r":{}}'),
    ("state_scope", '{"v":1,"t":[],"d":{"C":{}},"r":{}}'),
    ("state_scope", '{"v":1,"t":[],"d":{"":[]},"r":{}}'),
    ("state_scope", '{"v":1,"t":[],"d":{},"r":{"C":1}}'),
    ("state_scope", '{"v":1,"t":[],"d":{},"r":{"":"1"}}'),
    ("state_name", '{"v":1,"t":[],"d":{"":{"w":1}},"r":{}}'),
    ("state_value", '{"v":1,"t":[],"d":{"":{"v":{"a":1}}},"r":{}}'),
    ("state_value", '{"v":1,"t":[],"d":{"":{"v":[[1]]}},"r":{}}'),
]


@pytest.mark.parametrize(("code", "text"), BAD, ids=[f"{n} {b[0]}" for n, b in enumerate(BAD)])
def test_a_state_that_does_not_fit_is_stuck(code, text):
    with pytest.raises(Stuck) as stuck:
        flow.load(PROJECTION, text)
    assert stuck.value.code == code


@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_no_text_brings_anything_but_a_state_or_a_refusal(made):
    for text in (json.dumps(made), json.dumps({"v": 1, "t": made, "d": made, "r": made})):
        try:
            flow.load(PROJECTION, text)
        except Refusal as refusal:
            assert refusal.code.startswith("state_")


@pytest.mark.parametrize("value", [{"a": 1}, [[1]], b"x", math.nan, object()])
def test_a_value_that_could_not_be_loaded_again_is_not_taken(value):
    state = flow.begin(PROJECTION, values={}, machine=nothing, context={}).state
    with pytest.raises(Stuck) as stuck:
        advance = flow.complete(PROJECTION, state, "B", values={"v": value}, machine=nothing, context={})
        flow.dump(advance.state)
    assert stuck.value.code == "state_value"


def test_data_may_be_named_as_the_library_names_its_own():
    sop = build("x", "start S; user A; end E", "S > A > E", A={"sets": (Set("copy", from_="typename"),)})
    projection = flow.project(sop, "S", {})
    state = flow.begin(projection, values={"typename": "datetime"}, machine=nothing, context={}).state
    assert flow.load(projection, flow.dump(state)).values == {"": {"typename": "datetime"}}


def test_a_name_that_looks_like_the_codecs_own_mark_stays_a_name():
    sop = build("x", "start S; user A; end E", "S > A > E", A={"sets": (Set("copy", from_="date"),)})
    projection = flow.project(sop, "S", {})
    state = State(("A",), {"": {"date": date(2026, 1, 5)}}, {})
    assert flow.load(projection, flow.dump(state)) == state
    plain = State(("A",), {"": {"date": datetime(2026, 1, 5, tzinfo=UTC).isoformat()}}, {})
    assert flow.load(projection, flow.dump(plain)) == plain
