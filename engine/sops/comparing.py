"""The plainest condition: one field, one comparison, one value. Read from a text and written as one, for forms.

What was written here is always a condition that may run; a text that says more is not read (None) and stays as it is.
"""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import BadSop, Invalid
from engine.sops import expressions

__all__ = ["SIGNS", "Comparison", "of_words", "read"]

SIGNS: Mapping[str, str] = {
    "==": "等於", "!=": "不等於", ">": "大於", ">=": "大於或等於", "<": "小於", "<=": "小於或等於",
}  # fmt: skip
_SIGN_OF: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=",
}  # fmt: skip
_MOST = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    field: str
    sign: str
    value: str | int | float | bool

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, str):
            mark = "'" if '"' in value else '"'  # expressions know no escapes
            return f"{self.field} {self.sign} {mark}{value}{mark}"
        return f"{self.field} {self.sign} {value!r}"

    @property
    def words(self) -> str:
        """The value as it stands in a form."""
        return {True: "是", False: "否"}[self.value] if isinstance(self.value, bool) else str(self.value)


def read(source: str) -> Comparison | None:
    """The comparison a text makes, when it makes one and nothing more."""
    try:
        body = expressions.check(source).body
    except BadSop:
        return None
    if not isinstance(body, ast.Compare) or len(body.ops) != 1 or not isinstance(body.left, ast.Name):
        return None
    sign, right = _SIGN_OF.get(type(body.ops[0])), body.comparators[0]
    below_zero = isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub)
    if isinstance(right, ast.UnaryOp) and below_zero:
        right = right.operand
    if sign is None or not isinstance(right, ast.Constant) or not isinstance(right.value, str | int | float):
        return None
    value = right.value
    return Comparison(body.left.id, sign, -value if below_zero and not isinstance(value, str) else value)


def of_words(field: str, sign: str, words: str, kind: str = "text") -> Comparison:
    """What somebody typed, as the kind of value the field holds. Raises Invalid."""
    if not expressions.is_variable(field) or sign not in SIGNS:
        raise Invalid("condition", "請選擇條件的欄位與比較方式。")
    if kind == "boolean":
        if words not in ("是", "否"):
            raise Invalid("condition", "是否欄位的條件請填「是」或「否」。")
        return Comparison(field, sign, words == "是")
    if kind in ("number", "integer"):
        try:
            number = float(words)
        except ValueError:
            number = float("nan")
        if not abs(number) <= expressions.MAX_NUMBER:
            raise Invalid("condition", "數字欄位的條件請填數字。")
        return Comparison(field, sign, int(number) if number == int(number) else number)
    odd = "\\" in words or {'"', "'"} <= set(words) or any(unicodedata.category(c) in ("Cc", "Cf") for c in words)
    if not words or len(words) > _MOST or odd:
        raise Invalid("condition", f"條件的值請填 1 到 {_MOST} 字，不含反斜線。")
    return Comparison(field, sign, words)
