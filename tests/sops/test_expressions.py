"""The only evaluator: what it answers, what it refuses to read, what it gives up on."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.errors import BadSop, Stuck
from engine.sops import expressions

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "values", "answer"),
    [
        ('outcome == "核可" and level != "三層"', {"outcome": "核可", "level": "一層"}, True),
        ('level in ["L2", "L3"]', {"level": "L1"}, False),
        ("rounds + 1", {"rounds": 3}, 4),
        ("(a - 1) * 2 / 4", {"a": 5}, 2.0),
        ("1 < a <= 3", {"a": 3}, True),
        ("not a or b", {"a": False, "b": False}, True),
        ("-a", {"a": 2}, -2),
        ("a == None", {"a": None}, True),
        ("辦理情形 == \"已辦結\"", {"辦理情形": "已辦結"}, True),
        ("a in b", {"a": 1, "b": [1, 2]}, True),
        ("day < last", {"day": date(2026, 1, 1), "last": date(2026, 1, 2)}, True),
    ],
)  # fmt: skip
def test_an_expression_answers(source: str, values: dict[str, Any], answer: object) -> None:
    assert expressions.evaluate(source, values) == answer


def test_functions_and_today_come_from_the_caller() -> None:
    given = {"days_between": lambda a, b: (b - a).days, "due": lambda d: f"due of {d}", "today": NOW}
    assert expressions.evaluate("days_between(at, today)", {"at": datetime(2026, 11, 20, tzinfo=UTC)}, given) == 6
    assert expressions.evaluate('due("PO-D1")', {}, given) == "due of PO-D1"


def test_today_cannot_be_shadowed_by_a_variable() -> None:
    assert expressions.evaluate("today", {"today": "never"}, {"today": NOW}) == NOW
    assert not expressions.is_variable("today")


def test_an_expression_tells_what_it_needs() -> None:
    read = expressions.check('workdays_between(due_at, today) > 3 and due("D1") != due_at')
    assert read.names == {"due_at"}
    assert read.functions == {"workdays_between", "due"}
    assert read.deadlines == {"D1"}
    assert not read.bare
    assert expressions.check("reply_text").bare


@pytest.mark.parametrize(("left", "right"), [("1", "True"), ("0", "False"), ('"1"', "1"), ("0", '"0"'), ("None", "0")])
def test_different_kinds_are_never_equal(left: str, right: str) -> None:
    assert expressions.evaluate(f"{left} == {right}", {}) is False
    assert expressions.evaluate(f"{left} in [{right}]", {}) is False


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "expr_empty"),
        ("  ", "expr_empty"),
        ("a" * 501, "expr_too_long"),
        ("(" * 31 + "1" + ")" * 31, "expr_too_deep"),
        ("-" * 400 + "1", "expr_too_deep"),
        ("not " * 100 + "a", "expr_too_deep"),
        ("+".join(["1"] * 25), "expr_too_deep"),
        (" or ".join(["a == 1"] * 40), "expr_too_complex"),
        ("a = 1", "expr_syntax"),
        ("a ==", "expr_syntax"),
        ("a\x00", "expr_syntax"),
        ("${a > 1}", "expr_foreign"),
        ("#{a}", "expr_foreign"),
        ("= a", "expr_foreign"),
        ("__import__('os').system('id')", "expr_forbidden"),
        ("__import__('os')", "expr_function"),
        ("print(1)", "expr_function"),
        ("open('/etc/passwd').read()", "expr_forbidden"),
        ("().__class__.__base__.__subclasses__()", "expr_forbidden"),
        ("a.b", "expr_forbidden"),
        ("a[0]", "expr_forbidden"),
        ("[x for x in [1]]", "expr_forbidden"),
        ("(x for x in [1])", "expr_forbidden"),
        ("lambda: 1", "expr_forbidden"),
        ("(a := 1)", "expr_forbidden"),
        ("a if b else c", "expr_forbidden"),
        ("{1: 2}", "expr_forbidden"),
        ("{1, 2}", "expr_forbidden"),
        ("f'{a}'", "expr_forbidden"),
        ("'a' % 1", "expr_forbidden"),
        ("9 ** 9 ** 9", "expr_forbidden"),
        ("1 << 9999", "expr_forbidden"),
        ("7 // 2", "expr_forbidden"),
        ("~1", "expr_forbidden"),
        ("a is None", "expr_forbidden"),
        ("'a' in 'abc'", "expr_forbidden"),
        ("b'a'", "expr_forbidden"),
        ("1j", "expr_forbidden"),
        ("...", "expr_forbidden"),
        ("'\\ud800'", "expr_forbidden"),
        ("await a", "expr_forbidden"),
        ("yield", "expr_syntax"),
        ("*a", "expr_syntax"),
        ("_a == 1", "expr_name"),
        ("__builtins__", "expr_name"),
        ("1e999", "expr_number"),
        ("1000000000000001", "expr_number"),
        ("9" * 400, "expr_number"),
        ("due(a)", "expr_arguments"),
        ("due('a', 'b')", "expr_arguments"),
        ("days_between(a)", "expr_arguments"),
        ("days_between(a, b=1)", "expr_arguments"),
    ],
)
def test_a_text_that_must_not_run_is_refused_before_it_is_stored(source: str, code: str) -> None:
    with pytest.raises(BadSop) as refusal:
        expressions.check(source)
    assert refusal.value.code == code


def test_a_name_that_is_not_declared_is_refused() -> None:
    with pytest.raises(BadSop) as refusal:
        expressions.check("a == b", ["a"])
    assert refusal.value.code == "expr_unknown_name"
    assert "b" in refusal.value.sentence


@pytest.mark.parametrize(
    ("source", "values", "code"),
    [
        ("a == 1", {}, "expr_no_value"),
        ("a < 1", {"a": None}, "expr_type"),
        ("a < 1", {"a": "0"}, "expr_type"),
        ("a < True", {"a": False}, "expr_type"),
        ("a + 'x'", {"a": "y"}, "expr_type"),
        ("a * 1000", {"a": "y"}, "expr_type"),
        ("-a", {"a": True}, "expr_type"),
        ("1 in a", {"a": "1"}, "expr_type"),
        ("999999999999999 * 999", {}, "expr_too_big"),
        ("1 / a", {"a": 0}, "expr_zero"),
        ("a > 1", {"a": float("nan")}, "expr_too_big"),
        ("a > 1", {"a": float("inf")}, "expr_too_big"),
        ("a > 1", {"a": 10**400}, "expr_too_big"),
        ("a == 1", {"a": {"b": 1}}, "expr_value_type"),
        ("a == 1", {"a": [[1]]}, "expr_value_type"),
        ("a == 1", {"a": [1] * 1001}, "expr_value_type"),
        ("a == 1", {"a": object()}, "expr_value_type"),
        ("today > a", {"a": 1}, "expr_no_function"),
        ("days_between(a, a)", {"a": 1}, "expr_no_function"),
        ("a < b", {"a": NOW, "b": datetime(2026, 1, 1)}, "expr_type"),
    ],
)
def test_values_it_cannot_work_with_stop_only_the_case(source: str, values: dict[str, Any], code: str) -> None:
    with pytest.raises(Stuck) as refusal:
        expressions.evaluate(source, values)
    assert refusal.value.code == code


def test_a_function_that_cannot_work_with_its_arguments_stops_the_case() -> None:
    with pytest.raises(Stuck) as refusal:
        expressions.evaluate("days_between(1, 2)", {}, {"days_between": lambda a, b: (b - a).days})
    assert refusal.value.code == "expr_type"


def _grown(rng: random.Random, depth: int) -> str:
    """A random expression of the allowed grammar over numbers, texts and yes/no, always of one kind per comparison."""
    if depth == 0:
        return rng.choice(["a == 1", "b < 2.5", "t == 'x'", "t != 'y'", "a in [1, 2]", "t not in ['x']", "y", "not y"])
    kind = rng.randrange(5)
    if kind == 0:
        return f"({_grown(rng, depth - 1)} and {_grown(rng, depth - 1)})"
    if kind == 1:
        return f"({_grown(rng, depth - 1)} or {_grown(rng, depth - 1)})"
    if kind == 2:
        return f"not ({_grown(rng, depth - 1)})"
    if kind == 3:
        return f"(a + b * {rng.randint(-3, 3)} - 1) / 2 {rng.choice(['<', '<=', '>', '>=', '==', '!='])} b"
    return f"-a {rng.choice(['<', '>='])} {rng.randint(-2, 2)} < b"


def test_it_agrees_with_python_on_its_own_grammar() -> None:
    """Python's eval is the oracle here: the texts are made above, never read."""
    rng = random.Random(20261126)
    compared = 0
    for _ in range(3_000):
        source = _grown(rng, rng.randint(0, 2))
        values = {"a": rng.randint(-2, 3), "b": rng.randint(-4, 8) / 2, "t": rng.choice("xyz"), "y": rng.random() < 0.5}
        try:
            ours = expressions.evaluate(source, values)
        except BadSop as refusal:
            assert refusal.code in ("expr_too_complex", "expr_too_long", "expr_too_deep")
            continue
        assert bool(ours) is bool(eval(source, {"__builtins__": {}}, values)), (source, values)
        compared += 1
    assert compared > 2_500
