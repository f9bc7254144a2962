"""What lists call a case that has no subject: its SOP, and what tells it from the others of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.office import organisation
from engine.office.people import SYSTEM
from engine.office.vault import Key
from engine.rehearsal.virtual import Virtual
from engine.sops import forms
from engine.store import Store
from tests.cases import small_sop
from tests.laid import PROCESSES

_FORM: dict[str, Any] = {
    "title": "開案", "type": "object", "additionalProperties": False,
    "properties": {
        "kind": {"title": "類別", "type": "string", "maxLength": 20, "oneOf": [{"const": "新案", "title": "新案"}]},
        "told": {"title": "說明", "type": "string", "maxLength": 2000},
        "road": {"title": "路名", "type": "string", "maxLength": 100},
        "place": {"title": "地點", "type": "string", "maxLength": 100},
    },
}  # fmt: skip
_SAID = {"kind": "新案", "told": "本路段坑洞甚多。"}


@pytest.fixture
def called(store: Store, taipei: Callable[[str], datetime]) -> Callable[..., str]:
    """The title of a case opened with these answers, of an SOP of this kind."""
    at = taipei("2026-11-26T09:00")

    def opened(answers: dict[str, Any], kind: str = "per-case", form: dict[str, Any] = _FORM) -> str:
        with store.act() as db:
            organisation.load(db, small_sop.ORGANISATION, who=SYSTEM, at=at)
            chart = small_sop.chart("", "paving").replace(b'kind="per-case"', f'kind="{kind}"'.encode())
            small_sop.publish(db, chart.replace("流程".encode(), "路面養護".encode()), "paving", {"S": form})
        city = Virtual(store, Office(calendar=Calendar(), key=Key.of(b"k" * 32)), at)
        return str(city.case(city.open_case("paving", who="clerk", answers=answers, start="S").case_id)["title"])

    return opened


def test_a_case_is_called_by_the_first_short_text_of_its_form(called: Callable[..., str]) -> None:
    """No choice, no long text: the first that is there."""
    assert called({**_SAID, "road": "示例路", "place": "一號前"}) == "路面養護（示例路）"


def test_the_second_is_taken_where_the_first_is_left_empty_and_a_long_one_is_cut(called: Callable[..., str]) -> None:
    assert called({**_SAID, "place": "路" * 100}) == f"路面養護（{'路' * 80}）"


def test_without_one_a_case_is_called_as_its_sop(called: Callable[..., str]) -> None:
    assert called(_SAID) == "路面養護"


def test_what_is_done_month_by_month_is_called_by_its_month(called: Callable[..., str]) -> None:
    assert called(_SAID, kind="periodic") == "路面養護（115年11月）"


def test_whoever_is_sealed_lends_no_word_to_the_list(called: Callable[..., str]) -> None:
    """Who asks under their own name may name others in what they ask: lists and linked cases show the SOP alone."""
    name = {"petitioner_name": {"title": "姓名", "type": "string", "maxLength": 50, "x-sop-identity": True}}
    sealed = {**_FORM, "properties": {**_FORM["properties"], **name}}
    said = {**_SAID, "road": "例鄰居家門口", "petitioner_name": "例民眾"}
    assert called(said, form=sealed) == "路面養護"


_PERSON = re.compile("(姓名|人|員工)$")
_NAMED = {
    "who": {"title": "使用人", "type": "string", "maxLength": 60, "x-sop-person": True},
    "found_on": {"title": "發現日期", "type": "string", "format": "date"},
    "of": {"title": "單位", "type": "string", "format": "sop-unit"},
}


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ({"who": "例甲", "found_on": "2026-11-25", "of": "roads"}, "路面養護（民國115年11月25日）"),
        ({"who": "例甲", "of": "roads"}, "路面養護（道路科）"),
        ({"who": "例甲"}, "路面養護"),
        ({"who": "例甲", "road": "示例路", "found_on": "2026-11-25"}, "路面養護（示例路）"),
    ],
)
def test_a_persons_name_stands_in_no_title(called: Callable[..., str], said: dict[str, str], title: str) -> None:
    """Lists reach more people than the case: a date or a unit tells it from the others."""
    assert called({**_SAID, **said}, form={**_FORM, "properties": {**_NAMED, **_FORM["properties"]}}) == title


def test_every_start_of_the_city_marks_the_persons_it_asks_for() -> None:
    asked: dict[str, bool] = {}
    for file in sorted(PROCESSES.rglob("*.bpmn")):
        for start in re.findall(r'<bpmn:startEvent id="([^"]+)"', file.read_text(encoding="utf-8")):
            beside = file.with_name(f"{start}.form.json")
            fields = forms.read(beside.read_bytes()).fields if beside.exists() else ()
            asked |= {f"{file.stem}: {f.title}": f.person or f.identity for f in fields if _PERSON.search(f.title)}
    assert len(asked) >= 4
    assert [where for where, marked in asked.items() if not marked] == []
