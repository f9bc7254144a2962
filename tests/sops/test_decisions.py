"""Decision tables: what they answer, what is refused, what they miss."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from engine.errors import BadSop, Stuck
from engine.sops import decisions

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "processes").rglob("*.dmn"))


def table(
    *rows: str,
    policy: str = "UNIQUE",
    columns: str = "n:number",
    result: str = "r:string",
    beside: str = "",
    values: str = "",
) -> bytes:
    """A table from rows written as ``cell | cell -> result``; ``values`` declares those of the first column."""
    inputs = ""
    for at, column in enumerate(columns.split()):
        name, _, type_ = column.partition(":")
        declared = f"<inputValues><text>{escape(values)}</text></inputValues>" if at == 0 and values else ""
        inputs += (
            f'<input id="i{at}" label="{name}"><inputExpression typeRef="{type_}"><text>{escape(name)}</text>'
            f"</inputExpression>{declared}</input>"
        )
    name, _, type_ = result.partition(":")
    rules = ""
    for at, row in enumerate(rows):
        cells, _, said = row.partition("->")
        entries = "".join(
            f'<inputEntry id="r{at}c{k}"><text>{escape(cell.strip())}</text></inputEntry>'
            for k, cell in enumerate(cells.split("|"))
        )
        said = escape(said.strip())
        rules += f'<rule id="r{at}">{entries}<outputEntry id="r{at}o"><text>{said}</text></outputEntry></rule>'
    return (
        f'<definitions xmlns="{decisions.DMN}" id="d" name="t">{beside}<decision id="t" name="表">'
        f'<decisionTable hitPolicy="{policy}">{inputs}<output id="o" name="{name}" typeRef="{type_}" />{rules}'
        "</decisionTable></decision></definitions>"
    ).encode()


def found(data: bytes) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.element) for finding in decisions.check(decisions.read(data))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_table_of_the_city_is_read_and_misses_nothing(path: Path) -> None:
    read = decisions.read(path.read_bytes())
    assert read.id == path.stem
    assert decisions.check(read) == []


def test_a_petition_on_paper_has_the_days_of_its_kind() -> None:
    read = decisions.read((ROOT / "processes/shared/petition_deadline.dmn").read_bytes())
    assert read.decide({"channel": "書面", "case_type": "檢舉"}) == {"length": 14, "unit": "workday"}
    assert read.decide({"channel": "電話", "case_type": None}) == {"length": 5, "unit": "workday"}


@pytest.mark.parametrize(
    ("cell", "value", "applies"),
    [
        ("-", 5, True), ("5", 5, True), ("5", 5.0, True), ("5", 6, False), ("> 5", 5, False), (">= 5", 5, True),
        ("< 5", 4.9, True), ("<= 5", 5.1, False), ("!= 5", 4, True), ("1..3", 3, True), ("1..3", 3.1, False),
        ("[1..3]", 1, True), ("1, 4..6, > 9", 5, True), ("1, 4..6, > 9", 8, False), ("-5", -5, True), ("-", None, True),
        ("5", None, False),
    ],
)  # fmt: skip
def test_a_number_cell_applies(cell: str, value: object, applies: bool) -> None:
    read = decisions.read(table(f'{cell} -> "x"'))
    if applies:
        assert read.decide({"n": value}) == {"r": "x"}
    else:
        with pytest.raises(Stuck) as refusal:
            read.decide({"n": value})
        code = "decision_no_value" if value is None else "decision_no_match"
        assert (refusal.value.code, refusal.value.element) == (code, "t")


def test_text_and_yes_no_cells_apply() -> None:
    read = decisions.read(table('"甲","乙" | true -> "x"', '!= "甲" | false -> "y"', columns="s:string b:boolean"))
    assert read.decide({"s": "乙", "b": True}) == {"r": "x"}
    assert read.decide({"s": "丙", "b": False}) == {"r": "y"}


def test_unique_refuses_two_rows_first_takes_the_first_collect_takes_all() -> None:
    rows = ('> 1 -> "x"', '> 2 -> "y"')
    with pytest.raises(Stuck) as refusal:
        decisions.read(table(*rows)).decide({"n": 3})
    assert refusal.value.code == "decision_many"
    assert decisions.read(table(*rows, policy="FIRST")).decide({"n": 3}) == {"r": "x"}
    assert decisions.read(table(*rows, policy="COLLECT")).decide({"n": 3}) == [{"r": "x"}, {"r": "y"}]
    assert decisions.read(table(*rows, policy="COLLECT")).decide({"n": 0}) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "decision_no_value"),
        ({"n": "5"}, "decision_value_type"),
        ({"n": True}, "decision_value_type"),
        ({"n": [5]}, "decision_value_type"),
    ],
)
def test_a_value_of_another_kind_stops_the_case(values: dict[str, Any], code: str) -> None:
    with pytest.raises(Stuck) as refusal:
        decisions.read(table('- -> "x"')).decide(values)
    assert refusal.value.code == code


@pytest.mark.parametrize("value", [1.5, float("nan"), float("inf")])
def test_a_whole_number_column_takes_whole_numbers_only(value: float) -> None:
    with pytest.raises(Stuck) as refusal:
        decisions.read(table('> 0 -> "x"', columns="n:integer")).decide({"n": value})
    assert refusal.value.code == "decision_value_type"


@pytest.mark.parametrize(
    "cell",
    [
        "__import__('os').system('id')", "1 +1", "n > 3", "? > 3", '"a"', "1..", "3..1", "1..2..3", "1,", ", 1", "1e5",
        "> >1", "(1..3)", "1 2", "true", "null", 'not("a")',
    ],
)  # fmt: skip
def test_a_cell_that_is_more_than_a_cell_is_refused_with_its_entry(cell: str) -> None:
    with pytest.raises(BadSop) as refusal:
        decisions.read(table(f'{cell} -> "x"'))
    assert (refusal.value.code, refusal.value.element) == ("decision_cell", "r0c0")


@pytest.mark.parametrize("result", ["", "-", "1", '> "x"', '"x","y"', "__import__('os')", '"x" + "y"', "n"])
def test_a_result_is_one_constant_of_its_type(result: str) -> None:
    with pytest.raises(BadSop) as refusal:
        decisions.read(table(f"1 -> {result}"))
    assert (refusal.value.code, refusal.value.element) == ("decision_cell", "r0o")


@pytest.mark.parametrize(
    ("data", "code", "element"),
    [
        (table('1 -> "x"', policy="ANY"), "decision_hit_policy", "t"),
        (table('1 -> "x"', policy="RULE ORDER"), "decision_hit_policy", "t"),
        (table('1 -> "x"', columns="n+1:number"), "decision_input", "i0"),
        (table('1 -> "x"', columns="__class__:number"), "decision_input", "i0"),
        (table('1 -> "x"', columns="n:date"), "decision_type", "i0"),
        (table('1 | 2 -> "x"'), "decision_row", "r0"),
        (table('1 | 2 -> "x"', columns="n:number n:number"), "decision_input", "t"),
        (table('9 -> "x"', values="1,2"), "decision_outside", "r0c0"),
        (table(*['1 -> "x"'] * 201), "decision_size", "t"),
        (table('1 -> "x"', beside='<businessKnowledgeModel id="k" />'), "decision_kind", "k"),
        (table('1 -> "x"', beside='<decision id="u" />'), "decision_count", "t"),
        (table().replace(b"decisionTable", b"literalExpression"), "decision_kind", "t"),
        (b"<definitions/>", "not_dmn", None),
        (b"<!DOCTYPE a><a/>", "doctype", None),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(data: bytes, code: str, element: str | None) -> None:
    with pytest.raises(BadSop) as refusal:
        decisions.read(data)
    assert (refusal.value.code, refusal.value.element) == (code, element)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (('<= 3 -> "x"', '> 3 -> "y"'), []),
        (('< 3 -> "x"', '> 3 -> "y"'), [("decision_gap", "t")]),
        (('<= 3 -> "x"', '>= 3 -> "y"'), [("decision_overlap", "r1")]),
        (('1..3 -> "x"', '4..6 -> "y"', '< 1, > 6 -> "z"'), [("decision_gap", "t")]),  # 3.5 lies between
    ],
)
def test_gaps_and_overlaps_are_found_between_all_numbers(
    rows: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert found(table(*rows)) == expected


def test_whole_numbers_leave_no_gap_between_neighbours() -> None:
    assert found(table('1..3 -> "x"', '4..6 -> "y"', '< 1, > 6 -> "z"', columns="n:integer")) == []


def test_only_declared_values_are_asked_for() -> None:
    assert found(table('"甲" -> "x"', columns="s:string", values='"甲","乙"')) == [("decision_gap", "t")]
    assert found(table('"甲" -> "x"', columns="s:string", values='"甲"')) == []
    assert found(table('0..9 -> "x"', values="0..9")) == []
    assert found(table('"甲" -> "x"', columns="s:string")) == [("decision_not_checkable", "t")]


def test_a_row_that_an_earlier_one_swallows_is_named() -> None:
    assert found(table('- -> "x"', '5 -> "y"', policy="FIRST")) == [("decision_never", "r1")]


def test_a_table_too_wide_to_try_out_says_so() -> None:
    columns = " ".join(f"c{at}:number" for at in range(8))
    row = " | ".join(["1, 3, 5"] * 8)
    assert found(table(f'{row} -> "x"', columns=columns)) == [("decision_not_checkable", "t")]
