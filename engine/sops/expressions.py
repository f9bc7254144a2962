"""The only evaluator: conditions, computed values and parameters, walked over an allow-list of syntax. No eval.

``check`` reads a text once into an ``Expression``; ``evaluate`` gives its value for the variables at hand. A text that
may not run is a ``BadSop``; a good text that meets values it cannot work with is ``Stuck`` (an incident of that case).

Allowed: names, constants, lists, and/or/not, comparisons, ``in`` a list, ``+ - * /`` on numbers up to 10^15,
``days_between(a, b)``, ``workdays_between(a, b)``, ``due("deadline id")`` and ``today``. The functions and ``today``
are handed in by the caller, because the calendar and the clock are not known here.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from engine.sops.sentences import refused, stuck

MAX_CHARS = 500
MAX_NODES = 100
MAX_DEPTH = 20
MAX_NUMBER = 10**15
MAX_LIST = 1000
MAX_NAME = 64

#: the functions an expression may call, with the number of their arguments
FUNCTIONS: Mapping[str, int] = {"days_between": 2, "workdays_between": 2, "due": 1}
TODAY = "today"
#: names that mean something here already; no variable may bear them
RESERVED = frozenset(FUNCTIONS) | {TODAY, "typename", "data_objects"}

_FOREIGN = re.compile(r"^\s*(=|\$\{|#\{|\{\{|<%)")
_RUN_OF_PREFIXES = re.compile(r"(?:[-+~]\s*){8}|(?:\bnot\b\s*){8}")
_ORDER: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_SAME = (ast.Eq, ast.NotEq)
_IN = (ast.In, ast.NotIn)
_MATH: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_HARMLESS = (
    ast.Expression,
    ast.Load,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.Not,
    ast.USub,
    ast.List,
    *_SAME,
    *_IN,
    *_ORDER,
    *_MATH,
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked text: the variables it reads, the functions it calls, the deadlines it asks for. Made by ``check``."""

    source: str
    names: frozenset[str] = field(compare=False)  # without `today`
    functions: frozenset[str] = field(compare=False)
    deadlines: frozenset[str] = field(compare=False)
    bare: bool = field(compare=False)  # nothing but one name: the value is passed on, not looked into
    body: ast.expr = field(compare=False, repr=False)


def is_variable(name: str) -> bool:
    """Whether a variable may be called so: a word, not a Python keyword, not reserved, at most 64 characters."""
    return (
        name.isidentifier()
        and not name.startswith("_")
        and len(name) <= MAX_NAME
        and not keyword.iskeyword(name)
        and name not in RESERVED
    )


def check(source: str, names: Collection[str] | None = None) -> Expression:
    """Read a text. With ``names`` given, every variable it reads must be among them. Raises ``BadSop('expr_*')``."""
    expression = _read(source)
    if names is not None:
        for name in sorted(expression.names):
            if name not in names:
                raise refused("expr_unknown_name", name=name)
    return expression


def evaluate(
    expression: Expression | str,
    values: Mapping[str, Any],
    functions: Mapping[str, Any] | None = None,
) -> Any:
    """The value. ``functions`` gives the allowed functions and ``today``. Raises ``Stuck('expr_*')``."""
    if isinstance(expression, str):
        expression = check(expression)
    return _Run(values, functions or {}).value(expression.body)


@lru_cache(maxsize=4096)
def _read(source: str) -> Expression:
    _refuse_by_text(source)
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise refused("expr_syntax") from None
    for count, node in enumerate(ast.walk(tree), start=1):
        if count > MAX_NODES:
            raise refused("expr_too_complex")
        _refuse_node(node)
    _refuse_depth(tree.body, MAX_DEPTH)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    functions = frozenset(call.func.id for call in calls if isinstance(call.func, ast.Name))
    return Expression(
        source=source,
        names=frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name)) - functions - {TODAY},
        functions=functions,
        deadlines=frozenset(
            call.args[0].value  # type: ignore[attr-defined]
            for call in calls
            if isinstance(call.func, ast.Name) and call.func.id == "due"
        ),
        bare=isinstance(tree.body, ast.Name) and tree.body.id != TODAY,
        body=tree.body,
    )


def _refuse_by_text(source: str) -> None:
    if not source.strip():
        raise refused("expr_empty")
    if len(source) > MAX_CHARS:
        raise refused("expr_too_long")
    foreign = _FOREIGN.match(source)
    if foreign:
        raise refused("expr_foreign", mark=foreign.group(1))
    if "\\" in source:  # no escapes: they would let unprintable characters into constants
        raise refused("expr_forbidden", what="\\")
    if source.count("(") + source.count("[") > 30 or _RUN_OF_PREFIXES.search(source):
        raise refused("expr_too_deep")


def _refuse_node(node: ast.AST) -> None:
    if isinstance(node, _HARMLESS):
        return
    if isinstance(node, ast.Constant):
        _refuse_constant(node.value)
    elif isinstance(node, ast.Name):
        if node.id.startswith("_") or len(node.id) > MAX_NAME:
            raise refused("expr_name", name=node.id)
    elif isinstance(node, ast.Call):
        _refuse_call(node)
    elif isinstance(node, ast.Compare):
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, _IN) and isinstance(right, ast.Constant):
                raise refused("expr_forbidden", what="in 之後必須是清單")
            if isinstance(op, ast.Is | ast.IsNot):
                raise refused("expr_forbidden", what="is")
    elif not (
        (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub))
        or (isinstance(node, ast.BinOp) and type(node.op) in _MATH)
    ):
        raise refused("expr_forbidden", what=type(node).__name__)


def _refuse_constant(value: Any) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if not isinstance(value, int | float):
        raise refused("expr_forbidden", what=type(value).__name__)
    if not -MAX_NUMBER <= value <= MAX_NUMBER:  # false for nan too
        raise refused("expr_number")


def _refuse_call(node: ast.Call) -> None:
    if not isinstance(node.func, ast.Name):
        raise refused("expr_forbidden", what="Call")
    name = node.func.id
    if name not in FUNCTIONS:
        raise refused("expr_function", name=name)
    if node.keywords or len(node.args) != FUNCTIONS[name]:
        raise refused("expr_arguments", name=name)
    if name == "due" and not (isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)):
        raise refused("expr_arguments", name=name)


def _refuse_depth(node: ast.AST, left: int) -> None:
    if left == 0:
        raise refused("expr_too_deep")
    for child in ast.iter_child_nodes(node):
        _refuse_depth(child, left - 1)


class _Run:
    """One evaluation: a walk over an already checked tree."""

    def __init__(self, values: Mapping[str, Any], functions: Mapping[str, Any]) -> None:
        self.values = values
        self.functions = functions

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self._named(node.id)
            case ast.Compare():
                return self._compared(node)
            case ast.BoolOp():
                return self._joined(node)
            case ast.UnaryOp():
                operand = self.value(node.operand)
                return not operand if isinstance(node.op, ast.Not) else _number(-_is_number(operand))
            case ast.BinOp():
                return self._computed(node)
            case ast.List():
                return [self.value(item) for item in node.elts]
            case ast.Call():
                return self._called(node)
        raise stuck("expr_type")  # not reached: check has refused every other node

    def _named(self, name: str) -> Any:
        if name == TODAY:
            if TODAY not in self.functions:
                raise stuck("expr_no_function", name=name)
            return self.functions[TODAY]
        if name not in self.values:
            raise stuck("expr_no_value", name=name)
        return _usable(name, self.values[name])

    def _compared(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node)
            if isinstance(op, _SAME):
                holds = _same(left, right) is isinstance(op, ast.Eq)
            elif isinstance(op, _IN):
                if not isinstance(right, list | tuple):
                    raise stuck("expr_type")
                holds = any(_same(left, item) for item in right) is isinstance(op, ast.In)
            else:
                holds = _ordered(_ORDER[type(op)], left, right)
            if not holds:
                return False
            left = right
        return True

    def _joined(self, node: ast.BoolOp) -> bool:
        stops_at = isinstance(node.op, ast.Or)
        return stops_at if any(bool(self.value(v)) is stops_at for v in node.values) else not stops_at

    def _computed(self, node: ast.BinOp) -> int | float:
        left, right = _is_number(self.value(node.left)), _is_number(self.value(node.right))
        try:
            return _number(_MATH[type(node.op)](left, right))
        except ZeroDivisionError:
            raise stuck("expr_zero") from None
        except OverflowError:
            raise stuck("expr_too_big") from None

    def _called(self, node: ast.Call) -> Any:
        name = node.func.id  # type: ignore[attr-defined]
        function = self.functions.get(name)
        if function is None:
            raise stuck("expr_no_function", name=name)
        arguments = [self.value(argument) for argument in node.args]
        try:
            return _usable(name, function(*arguments))
        except (TypeError, ValueError, AttributeError, OverflowError):
            raise stuck("expr_type") from None


def _usable(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | str | date):
        return value
    if isinstance(value, int | float):
        return _number(value)
    flat = isinstance(value, list | tuple) and not any(isinstance(item, list | tuple) for item in value)
    if flat and len(value) <= MAX_LIST:
        return [_usable(name, item) for item in value]
    raise stuck("expr_value_type", name=name)


def _is_number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise stuck("expr_type")
    return value


def _number(value: int | float) -> int | float:
    if not -MAX_NUMBER <= value <= MAX_NUMBER:  # false for nan too
        raise stuck("expr_too_big")
    return value


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, datetime):
        return "instant"
    return type(value).__name__


def _same(left: Any, right: Any) -> bool:
    """Equality between like kinds only: ``1`` is not ``True`` and ``0`` is not ``"0"``."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return _kind(left) == _kind(right) and bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if _kind(left) != _kind(right) or not isinstance(left, int | float | str | date) or isinstance(left, bool):
        raise stuck("expr_type")
    try:
        return bool(compare(left, right))
    except TypeError:  # one instant with, one without a zone
        raise stuck("expr_type") from None
