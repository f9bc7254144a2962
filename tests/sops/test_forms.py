"""Screen forms: what a file may say, and what an answer may bring."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadSop, Invalid
from engine.sops import forms

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "processes").rglob("*.form.json"))


def form(required: list[str] | None = None, hints: dict[str, Any] | None = None, **properties: Any) -> forms.ScreenForm:
    said = {"$id": "p/A", "title": "表", "type": "object", "properties": properties, "required": required or []}
    return forms.read({**said, "additionalProperties": False, "x-sop": {"hints": hints or {}}})


def codes(screen: forms.ScreenForm, raw: dict[str, Any], **more: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        forms.accept(screen, raw, **more)
    assert refusal.value.fields.keys() == refusal.value.facts["codes"].keys()
    assert all(sentence.endswith("。") for sentence in refusal.value.fields.values())
    return dict(refusal.value.facts["codes"])


TEXT = {"title": "文字", "type": "string", "maxLength": 20}
PICK = {"title": "選項", "type": "string", "oneOf": [{"const": "yes", "title": "是"}, {"const": "no", "title": "否"}]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_form_of_the_city_is_read(path: Path) -> None:
    screen = forms.read(path.read_bytes())
    assert screen.step == path.name.removesuffix(".form.json")
    assert [field.name for field in screen.fields] == json.loads(path.read_text())["x-sop"]["order"]


def test_a_field_knows_its_kind_and_whether_it_is_long() -> None:
    screen = form(
        a=TEXT, b={"type": "string", "maxLength": 4000}, c=PICK, d={"type": "string", "format": "date"},
        e={"type": "integer", "minimum": 0}, f={"type": "array", "items": {"type": "string", "format": "sop-file"}},
        g={"type": "string"}, h={"type": "array", "items": {"type": "string", "format": "sop-unit"}},
        i={"type": "string", "format": "email", "x-sop-identity": True},
    )  # fmt: skip
    assert {f.name: (f.kind, f.long) for f in screen.fields} == {
        "a": ("text", False), "b": ("longtext", True), "c": ("choice", False), "d": ("date", False),
        "e": ("integer", False), "f": ("files", True), "g": ("longtext", True), "h": ("list", False),
        "i": ("email", False),
    }  # fmt: skip
    assert screen.field("i") is not None and screen.fields[-1].identity
    assert screen.fields[2].choices == (("yes", "是"), ("no", "否"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('{"properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}', "form_keyword"),
        ('{"properties": {"a": {"type": "string", "$ref": "http://x/"}}}', "form_keyword"),
        ('{"$ref": "file:///etc/passwd"}', "form_keyword"),
        ('{"additionalProperties": true}', "form_value"),
        ('{"type": "array"}', "form_value"),
        ('{"properties": {"a": {"type": "object"}}}', "form_value"),
        ('{"properties": {"a": {"type": "string", "format": "regex"}}}', "form_value"),
        ('{"properties": {"a": {"type": "string", "maxLength": -1}}}', "form_value"),
        ('{"properties": {"a": {"type": "string", "maxLength": "9"}}}', "form_value"),
        ('{"properties": {"a": {"type": "string", "enum": []}}}', "form_value"),
        ('{"properties": {"a": {"type": "string", "enum": ["x", "x"]}}}', "form_value"),
        ('{"properties": {"a": {"type": "integer", "enum": ["x"]}}}', "form_value"),
        ('{"properties": {"typename": {"type": "string"}}}', "form_field"),
        ('{"properties": {"__proto__": {"type": "string"}}}', "form_field"),
        ('{"properties": {"today": {"type": "string"}}}', "form_field"),
        ('{"properties": {"class": {"type": "string"}}}', "form_field"),
        ('{"properties": {"a b": {"type": "string"}}}', "form_field"),
        ('{"properties": {"a": {"type": "string"}, "ａ": {"type": "string"}}}', "form_duplicate"),
        ('{"properties": {"a": {"type": "string"}}, "required": ["b"]}', "form_unknown_field"),
        ('{"properties": {"a": {"type": "string"}}, "x-sop": {"order": ["b"]}}', "form_unknown_field"),
        (
            '{"properties": {"a": {"type": "string"}}, "x-sop": {"hints": {"a": {"shownWhen": "a.b"}}}}',
            "expr_forbidden",
        ),
        ('{"properties": {"a": {"type": "string"}}, "x-sop": {"intake": "b"}}', "form_unknown_field"),
        ('{"properties": {"a": {"type": "string"}}, "x-sop": {"intake": ["a"]}}', "form_field"),
        ('{"properties": {"a": {"type": "string"}}, "x-sop": {"script": "1"}}', "form_keyword"),
        ('{"a": 1, "a": 2}', "form_json"),
        ('{"a": NaN}', "form_json"),
        ("[]", "form_json"),
        ("{", "form_json"),
        ("[" * 100_000, "form_json"),
    ],
)
def test_a_form_that_says_more_than_it_may_is_refused(said: str, code: str) -> None:
    with pytest.raises(BadSop) as refusal:
        forms.read(said)
    assert refusal.value.code == code


def test_a_form_of_300_kilobytes_is_refused() -> None:
    with pytest.raises(BadSop) as refusal:
        forms.read(b'{"title": "' + b"x" * 300_000 + b'"}')
    assert refusal.value.code == "too_big"


@pytest.mark.parametrize(
    ("said", "raw", "kept"),
    [
        (TEXT, "  路燈\u3000", "路燈"),
        (TEXT, "e\u0301", "é"),
        (TEXT, ["一次"], "一次"),
        ({"type": "string"}, "一\r\n二\r三", "一\n二\n三"),
        ({"type": "string"}, "一\x0b二\u2028三\x0c", "一\n二\n三"),
        (TEXT, "路燈\u202e亮不\u2066 堃𠮷鵺\u2069\u202c", "路燈亮不 堃𠮷鵺"),
        (TEXT, "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        (PICK, "yes", "yes"),
        ({"type": "integer"}, "１２", 12),
        ({"type": "integer"}, "-3", -3),
        ({"type": "integer"}, 7, 7),
        ({"type": "number"}, "1.5", 1.5),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, False, False),
        ({"type": "integer", "enum": [1, 2]}, "2", 2),
        ({"type": "string", "format": "date"}, "2026-11-26", "2026-11-26"),
        ({"type": "string", "format": "date-time"}, "2026-11-26T09:00", "2026-11-26T09:00"),
        ({"type": "string", "format": "email"}, "a.b@example.tw", "a.b@example.tw"),
        ({"type": "string", "format": "phone"}, "(05) 225-4321 #12", "(05) 225-4321 #12"),
        ({"type": "string", "format": "sop-unit"}, "works-lighting", "works-lighting"),
        ({"type": "string", "format": "sop-case"}, "115-000123", "115-000123"),
        ({"type": "array", "items": {"type": "string", "enum": ["x", "y"]}}, ["y", "x"], ["y", "x"]),
        ({"type": "array", "items": {"type": "string", "format": "sop-unit"}}, "works", ["works"]),
    ],
)  # fmt: skip
def test_an_answer_is_kept_clean(said: dict[str, Any], raw: object, kept: object) -> None:
    assert forms.accept(form(a=said), {"a": raw}) == {"a": kept}


@pytest.mark.parametrize(
    ("said", "raw", "code"),
    [
        (TEXT, "字" * 21, "field_long"),
        (TEXT, "一\n二", "field_characters"),
        (TEXT, "a\x00b", "field_characters"),
        (TEXT, "a\ud800b", "field_characters"),
        (TEXT, "a\x1bb", "field_characters"),
        (TEXT, ["a", "b"], "field_twice"),
        (TEXT, {"typename": "datetime"}, "field_type"),
        (TEXT, 5, "field_type"),
        ({"type": "string"}, "字" * 20_001, "field_long"),
        ({"type": "string"}, "字" * 500_000, "field_long"),
        ({"type": "string", "minLength": 5}, "四個字啊", "field_short"),
        (PICK, "maybe", "field_choice"),
        (PICK, True, "field_choice"),
        ({"type": "integer"}, "1.5", "field_integer"),
        ({"type": "integer"}, "0x10", "field_integer"),
        ({"type": "integer"}, "9" * 16, "field_integer"),
        ({"type": "integer"}, True, "field_integer"),
        ({"type": "integer"}, 10**400, "field_big"),
        ({"type": "integer", "minimum": 0}, "-1", "field_small"),
        ({"type": "number"}, "nan", "field_number"),
        ({"type": "number"}, float("nan"), "field_number"),
        ({"type": "number"}, float("inf"), "field_big"),
        ({"type": "number"}, "1e5", "field_number"),
        ({"type": "boolean"}, "yes", "field_boolean"),
        ({"type": "boolean"}, 1, "field_boolean"),
        ({"type": "integer", "enum": [0, 1]}, False, "field_choice"),
        ({"type": "string", "format": "date"}, "115/11/26", "field_date"),
        ({"type": "string", "format": "date"}, "0115-11-26", "field_date"),
        ({"type": "string", "format": "date"}, "2026-02-30", "field_date"),
        ({"type": "string", "format": "date-time"}, "2026-11-26 09:00", "field_instant"),
        ({"type": "string", "format": "email"}, "a@b\r\nBcc: c@d", "field_email"),
        ({"type": "string", "format": "email"}, "a b@c", "field_email"),
        ({"type": "string", "format": "phone"}, "call me", "field_phone"),
        ({"type": "string", "format": "sop-unit"}, "../../etc", "field_reference"),
        ({"type": "string", "format": "sop-case"}, "1' or 1=1", "field_reference"),
        ({"type": "array", "items": {"type": "string", "format": "sop-file"}}, ["../x"], "field_reference"),
        ({"type": "array", "maxItems": 1, "items": {"type": "string"}}, ["a", "b"], "field_many"),
        ({"type": "array", "items": {"type": "string"}}, ["a", "a"], "field_repeated"),
        ({"type": "array", "items": {"type": "string"}}, [["a"]], "field_type"),
        ({"type": "array", "items": {"type": "string"}}, {"a": "b"}, "field_type"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_kept_is_refused_with_its_field(said: dict[str, Any], raw: object, code: str) -> None:
    assert codes(form(a=said), {"a": raw}) == {"a": code}


def test_undeclared_fields_are_refused_and_nothing_is_kept() -> None:
    found = codes(form(a=TEXT), {"a": "x", "approved": "true", "__proto__": "y", "": "z"})
    assert found == {"approved": "field_undeclared", "__proto__": "field_undeclared", "": "field_undeclared"}


def test_one_field_spelt_in_two_ways_is_refused() -> None:
    assert codes(form(a=TEXT), {"a": "x", "ａ": "y"}) == {"a": "field_twice"}
    assert forms.accept(form(a=TEXT), {"ａ": "y"}) == {"a": "y"}


def test_a_required_field_left_blank_is_named_and_an_optional_one_is_absent() -> None:
    screen = form(required=["a"], a=TEXT, b=TEXT)
    assert codes(screen, {"a": "  ", "b": ""}) == {"a": "field_required"}
    assert forms.accept(screen, {"a": "x", "b": ""}) == {"a": "x"}


def test_texts_are_understood_only_where_a_page_sends_texts() -> None:
    screen = form(a={"type": "integer"})
    assert forms.accept(screen, {"a": "5"}) == {"a": 5}
    assert codes(screen, {"a": "5"}, strings=False) == {"a": "field_integer"}


def test_a_condition_demands_a_field() -> None:
    screen = forms.read({
        "properties": {"visited": PICK, "on": {"type": "string", "format": "date"}},
        "allOf": [{"if": {"properties": {"visited": {"const": "yes"}}}, "then": {"required": ["on"]}}],
    })  # fmt: skip
    assert codes(screen, {"visited": "yes"}) == {"on": "field_required"}
    assert forms.accept(screen, {"visited": "no"}) == {"visited": "no"}


def test_the_chosen_outcome_may_demand_a_field() -> None:
    screen = forms.read((ROOT / "processes/shared/shared-petition-duplicate-check/DC-02.form.json").read_bytes())
    assert codes(screen, {}, given={"duplicate_kind": "重複登打"}) == {"original_case": "field_required"}
    assert forms.accept(screen, {}, given={"duplicate_kind": "非重複"}) == {}


def test_what_stands_in_a_hidden_field_does_not_count() -> None:
    screen = form(required=["on"], hints={"on": {"shownWhen": 'visited == "yes"'}}, visited=PICK, on=TEXT)
    assert forms.accept(screen, {"visited": "no", "on": "left over"}) == {"visited": "no"}
    assert codes(screen, {"visited": "yes"}) == {"on": "field_required"}


def test_a_draft_keeps_any_plain_value_and_nothing_else() -> None:
    assert forms.clean_draft(["x\r\ny", ""]) == ["x\ny", ""]
    for bad in ({"a": 1}, [["x"]], "a\x00", object(), float("nan"), 10**400):
        with pytest.raises(Invalid):
            forms.clean_draft(bad)


def test_a_reason_is_cleaned_and_bounded() -> None:
    assert forms.clean_text(" 因為\r\n ") == "因為"
    with pytest.raises(Invalid) as refusal:
        forms.clean_text("字" * 11, limit=10)
    assert refusal.value.code == "field_long"


@given(raw=st.text(max_size=200) | st.text(st.characters(categories=["Cs", "Cc", "Cf", "So"]), max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_text_is_kept_in_nfc_or_refused(raw: str) -> None:
    try:
        kept = forms.accept(form(a={"type": "string"}), {"a": raw})
    except Invalid as refusal:
        assert refusal.facts["codes"] == {"a": "field_characters"}
        return
    text = kept.get("a", "")
    assert text == unicodedata.normalize("NFC", text)
    assert text.encode("utf-8").decode() == text
    assert "\x00" not in text
