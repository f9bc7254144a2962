"""sopflow health, incidents, journal: what an operator without a browser needs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from engine.cases import incidents
from engine.cases.records import case
from engine.errors import Stuck
from engine.office import records as r
from engine.store import Store
from tests.cli.conftest import Run


def stuck(store: Store, number: str | None) -> int:
    with store.act() as db:
        which = db.scalar(sa.select(case.c.id).where(case.c.number == number)) if number else None
        return incidents.note(db, case_id=which, error=Stuck("no_table", "沒有決策表。"), at=datetime.now(UTC))


def test_health_says_everything_once_and_ends_with_1_while_something_is_bad(
    sopflow: Run, petition: str, store: Store, tmp_path: Path
) -> None:
    said = sopflow("health", "--json")
    checks = {check["id"]: check for check in said.json["checks"]}
    assert said.code == 1 and said.json["state"] == "bad" and checks["clock"]["state"] == "bad"
    assert all(check["todo"] for check in checks.values() if check["state"] == "bad")
    assert checks["backup"]["state"] == "care"
    assert sopflow("tick").code == 0
    assert sopflow("db", "backup", str(tmp_path / "copy")).code == 0
    better = sopflow("health", "--json")
    assert better.code == 0 and better.json["state"] in ("good", "care")
    assert {c["id"]: c["state"] for c in better.json["checks"]}["backup"] == "good"
    told = sopflow("health")
    assert told.code == 0 and "✓ 時鐘：正常" in told.out


def test_incidents_are_listed_retried_and_set_aside(sopflow: Run, petition: str, store: Store) -> None:
    assert sopflow("incidents", "list", "--json").json == {"incidents": []}
    first = stuck(store, petition)
    listed = sopflow("incidents", "list", "--json")
    assert listed.code == 1 and [(i["id"], i["number"]) for i in listed.json["incidents"]] == [(first, petition)]
    assert petition in sopflow("incidents", "list").out
    assert (
        sopflow("incidents", "retry", str(first), "--as", "lighting1", "--json").json["refusal"]["code"]
        == "not_allowed"
    )
    assert sopflow("incidents", "list", "--as", "lighting1").code == 1
    assert sopflow("incidents", "retry", str(first), "--json").json == {"incident": first, "case": petition}
    assert sopflow("incidents", "list").code == 0
    second = stuck(store, None)
    assert sopflow("incidents", "retry", str(second), "--json").json["refusal"]["code"] == "incident_of_no_case"
    assert sopflow("incidents", "set-aside", str(second), "--reason", " ", "--json").json["refusal"]["code"] == "reason"
    assert sopflow("incidents", "set-aside", str(second), "--reason", "已改用別的主機").code == 0
    over = sopflow("incidents", "list", "--over", "--json").json["incidents"]
    assert [i["why"] for i in over] == ["已改用別的主機", None]


def test_the_journal_is_found_by_case_and_day_and_nobody_else_reads_it(sopflow: Run, petition: str) -> None:
    said = sopflow("journal", "find", "--about", petition, "--json")
    assert [entry["verb"] for entry in said.json["entries"]] == ["open"]
    assert "登錄案件" in sopflow("journal", "find", "--about", petition).out
    assert sopflow("journal", "find", "--since", "2100-01-01", "--json").json == {"entries": []}
    assert sopflow("journal", "find", "--limit", "2", "--json").json["entries"][1]["id"] > 0
    bad = sopflow("journal", "find", "--since", "昨天", "--json")
    assert bad.code == 2 and bad.json["refusal"]["code"] == "date_unreadable"
    for account in ("lighting1", "owner"):
        refused = sopflow("journal", "find", "--as", account, "--json")
        assert refused.code == 1 and refused.json["refusal"]["code"] == "not_allowed"
    assert sopflow("journal", "find", "--as", "admin", "--json").code == 0


def test_a_journal_that_somebody_rewrote_is_found_out(sopflow: Run, petition: str, store: Store) -> None:
    assert sopflow("journal", "verify", "--json").json == {"problems": []}
    with store.act() as db:
        db.execute(sa.update(r.entry).where(r.entry.c.subject.like("case:%")).values(reason="別的"))
    said = sopflow("journal", "verify", "--json")
    assert said.code == 1 and said.json["problems"][0]["code"] == "journal_changed"
