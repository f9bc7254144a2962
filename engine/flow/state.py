"""What is kept of a running case: its marking, its variables and how often each call box was entered.

A token is a path: of a step or timer that waits, of a flow on which a join has already been reached, or of a
non-interrupting timer that is still armed. Values are what an expression can hold: text, numbers, yes/no, nothing,
dates, instants, and lists of these.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.flow.chart import WAITING_KINDS
from engine.flow.projected import Projection
from engine.flow.sentences import stuck

VERSION = 1
MAX_LIST = 1_000

Values = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class State:
    """One case between two acts. Never changed: every act makes a new one."""

    tokens: tuple[str, ...]
    values: Values
    rounds: Mapping[str, int]


def dump(state: State) -> str:
    """The state as compact JSON. Raises Stuck('state_value') for a value no expression could hold."""
    try:
        return _ENCODER.encode({"v": VERSION, "t": state.tokens, "d": state.values, "r": state.rounds})
    except (TypeError, ValueError, RecursionError) as error:
        raise stuck("state_value", name=str(error)) from None


def load(projection: Projection, text: str) -> State:
    """The state back, its structure checked against the projection. Raises Stuck('state_*')."""
    try:
        read = _DECODER.decode(text)
    except (ValueError, RecursionError, TypeError):
        raise stuck("state_json") from None
    if not isinstance(read, dict) or read.keys() != {"v", "t", "d", "r"}:
        raise stuck("state_json")
    if read["v"] != VERSION:
        raise stuck("state_version")
    tokens, values, rounds = read["t"], read["d"], read["r"]
    if not (isinstance(tokens, list) and isinstance(values, dict) and isinstance(rounds, dict)):
        raise stuck("state_json")
    known = token_paths(projection)
    for token in tokens:
        if not isinstance(token, str) or token not in known:
            raise stuck("state_token", path=token)
    if len(set(tokens)) != len(tokens):
        raise stuck("state_token", path=next(t for t in tokens if tokens.count(t) > 1))
    for scope, named in values.items():
        if scope not in projection.scopes or not isinstance(named, dict):
            raise stuck("state_scope", path=scope)
        for name, value in named.items():
            if not projection.keeps(scope, name):
                raise stuck("state_name", name=name)
            if type(value) not in _PLAIN:
                _check_value(name, value)
    for path, count in rounds.items():
        if path not in projection.scopes or type(count) is not int:
            raise stuck("state_scope", path=path)
    return State(tuple(tokens), values, rounds)


def is_value(value: Any) -> bool:
    """Whether a variable may hold it."""
    if isinstance(value, list | tuple):
        return len(value) <= MAX_LIST and all(_is_scalar(item) for item in value)
    return _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    return type(value) in _SCALAR and not (type(value) is float and not math.isfinite(value))


def _check_value(name: str, value: Any) -> None:
    if not is_value(value):
        raise stuck("state_value", name=name)


def token_paths(projection: Projection) -> frozenset[str]:
    """Every path a token may have in this chart."""
    known = projection.room.get("tokens")
    if not isinstance(known, frozenset):
        waits = {p.key for p in projection.points.values() if p.kind in WAITING_KINDS}
        armed = {t.path for t in projection.timers.values() if not t.interrupting}
        joins = {key for key, p in projection.points.items() if p.joins}
        arrived = {p.key for p in projection.points.values() if p.kind == "flow" and p.ways[0].target in joins}
        known = projection.room["tokens"] = frozenset(waits | armed | arrived)
    return known


_PLAIN = frozenset({str, int, float, bool, type(None)})
_SCALAR = _PLAIN | {date, datetime}


def _encoded(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"@instant": value.isoformat()}
    if isinstance(value, date):
        return {"@date": value.isoformat()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def _decoded(read: dict[str, Any]) -> Any:
    if len(read) == 1:
        ((kind, text),) = read.items()
        if kind == "@instant" and isinstance(text, str):
            return datetime.fromisoformat(text)
        if kind == "@date" and isinstance(text, str):
            return date.fromisoformat(text)
    return read


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_encoded)
_DECODER = json.JSONDecoder(object_hook=_decoded, parse_constant=_no_constant)
