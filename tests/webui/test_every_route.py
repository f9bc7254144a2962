"""Every route × every person × every class of case reads what route_table.py declares, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from engine.cases import Office as EngineOffice
from engine.dates.workdays import Calendar
from engine.office.vault import Key
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.webui.conftest import MORNING, seated
from tests.webui.route_matrix import NOBODY, ROLES, THINGS, City, build
from tests.webui.route_table import ROWS

#: what an address may name besides the rows of a case
NAMED = {
    "sop_id": "petition-online", "start": "PO-S", "unit": "works-roads", "group": "notices", "token": "x" * 30,
    "filename": "desk.css", "ref": "none", "which": "weeks",
}  # fmt: skip
KINDS = {
    "procedures.file": "bpmn",
    "differences.draft": "svg",
    "differences.versions": "svg",
    "procedure_charts.file": "svg",
    "procedure_papers.file": "html",
}


@pytest.fixture(scope="module")
def city(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    path = tmp_path_factory.mktemp("matrix") / "city.sqlite3"
    path.write_bytes(furnished.read_bytes())
    store = Store(f"sqlite:///{path}")
    with pytest.MonkeyPatch.context() as patch:
        key = Key.of(b"k" * 32)
        yield build(seated(Virtual(store, EngineOffice(calendar=Calendar(), key=key), MORNING)), patch)
    store.close()


def rules(city: City) -> dict[str, Rule]:
    return {rule.endpoint: rule for rule in city.app.url_map.iter_rules()}


def test_every_route_has_its_row(city: City) -> None:
    without = sorted(rules(city).keys() - ROWS.keys())
    assert not without, (
        f"{', '.join(without)}: no row in tests/webui/route_table.py. Write one: house(...) for a page about no case, "
        "of_case(...) for what is about a case, with who may, what they read and what is posted."
    )
    gone = sorted(ROWS.keys() - rules(city).keys())
    assert not gone, f"{', '.join(gone)}: there is no such route any more, take the row out of route_table.py."


@pytest.mark.parametrize("endpoint", sorted(ROWS))
def test_everybody_reads_what_the_table_says_and_nobody_what_they_are_excluded_from(
    city: City, endpoint: str
) -> None:  # fmt: skip
    row, rule = ROWS[endpoint], rules(city)[endpoint]
    method = "GET" if "GET" in (rule.methods or ()) else "POST"
    secret = city.things["excluded"]
    telling = re.compile(
        rf"{secret['number']}|{secret['subject']}|/cases/{secret['case_id']}\b|case:{secret['case_id']}\b"
    )
    wrong = []
    for thing in ("plain",) if row.sees is None else THINGS:
        for role in (NOBODY, *ROLES):
            page = _try(city, endpoint, method, thing, role)
            expected = row.expected(role, thing, method)
            if page.status != expected:
                wrong.append(f"{role} at the {thing} case reads {page.status}, not {expected}")
            if method == "GET" and page.answer.mimetype.startswith("text") and page.status == 200:
                shown = telling.search(page.source)
                wrong += [f"{role} reads {shown[0]}, of a case they are excluded from"] if shown else []
    assert not wrong, f"{endpoint} ({method} {rule.rule})\n" + "\n".join(wrong)


def test_the_table_tells_the_classes_apart(city: City) -> None:
    """A row that says the same for everybody about every case would hold nothing."""
    about_cases = [row for row in ROWS.values() if row.sees is not None]
    assert len(about_cases) > 30
    assert any(row.informant for row in about_cases)
    seen = {role for row in about_cases for role in row.may}
    assert seen >= {"clerk", "colleague", "chief", "head", "registrar", "service", "control"}


def _try(city: City, endpoint: str, method: str, thing: str, role: str) -> Any:
    row, known = ROWS[endpoint], city.things[thing]
    named = {**NAMED, "kind": KINDS.get(endpoint, "csv"), "person_id": known["bystander"]}
    path = city.address(rules(city)[endpoint].rule, named, thing, row.swap) + row.query
    body = {name: text.format(**known) if "{" in text else text for name, text in row.body.items()}
    return city.answer(role, method, path, body)
