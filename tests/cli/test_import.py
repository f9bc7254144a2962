"""sopflow import petitions: tried, taken in, taken back, with one JSON document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from engine import settings
from engine.cases import importing
from engine.library.records import sop_version
from engine.office import journal, proving
from engine.office.people import SYSTEM
from engine.office.records import notice
from engine.store import Store
from tests.cases.sheets_of_petitions import as_csv, line
from tests.cli.conftest import Run


def test_a_sheet_is_tried_then_taken_in_then_taken_back(sopflow: Run, tmp_path: Path) -> None:
    file = tmp_path / "petitions.csv"
    file.write_bytes(as_csv(*[line(n, 收件日期="115/1/5", 目前階段="收件", 權責單位="") for n in (1, 2)]))
    tried = sopflow("import", "petitions", str(file), "--dry-run", "--json")
    assert (tried.code, tried.json["state"], tried.json["good"]) == (0, "ready", 2)
    done = sopflow("import", "petitions", str(file), "--json")
    assert (done.code, done.json["state"], done.json["taken"]) == (0, "done", 2)
    assert [one["case"] for one in done.json["lines"]] == ["115-000001", "115-000002"]
    again = sopflow("import", "petitions", str(file), "--json")
    assert again.code == 1 and again.json["refusal"]["code"] == "import_done"
    back = sopflow("import", "undo", str(done.json["batch"]), "--reason", "檔案有誤", "--json")
    assert (back.code, back.json["back"]) == (0, 2)


def test_mistakes_are_told_by_row_and_column_and_nothing_comes_in(sopflow: Run, tmp_path: Path) -> None:
    file = tmp_path / "petitions.csv"
    good, bad = line(1, 收件日期="115/1/5"), line(2, 收件日期="115/1/5", 權責單位="火星處")
    file.write_bytes(as_csv(good, bad))
    said = sopflow("import", "petitions", str(file), "--json")
    assert (said.code, said.json["state"], said.json["taken"]) == (1, "bad", 0)
    told = next(one for one in said.json["lines"] if one["verdict"] == "bad")
    assert told["row"] == 3 and told["says"][0]["column"] == "權責單位"
    assert "第 3 列" in sopflow("import", "petitions", str(file)).out


def test_what_is_no_sheet_is_unusable_and_who_may_not_is_refused(sopflow: Run, tmp_path: Path) -> None:
    file = tmp_path / "petitions.csv"
    file.write_bytes(as_csv(line(1), heading=["主旨"]))
    said = sopflow("import", "petitions", str(file), "--json")
    assert said.code == 2 and said.json["refusal"]["code"] == "import_heading"
    assert sopflow("import", "petitions", str(tmp_path / "none.csv"), "--json").json["refusal"]["code"] == "file"
    file.write_bytes(as_csv(line(1)))
    refused = sopflow("import", "petitions", str(file), "--as", "lighting1", "--json")
    assert refused.code == 1 and refused.json["refusal"]["code"] == "not_allowed"


def test_the_clock_goes_on_with_what_a_page_began(home: Path, store: Store) -> None:
    from webui import beginning
    from webui.commands.rounds import Rounds

    at = datetime.now(UTC)
    chosen = settings.read({"SOPFLOW_DATABASE": store.url.render_as_string(hide_password=False)}, home=home)
    begun = beginning.begin(chosen, at=at)
    with begun.store.act() as db:
        office = beginning.office(db, begun.key)
        content = as_csv(*[line(n, 收件日期="115/1/5", 目前階段="收件", 權責單位="") for n in (1, 2)])
        batch_id = importing.submit(db, "a.csv", content, who=SYSTEM, at=at, office=office)
        proving.ask(db, who=SYSTEM, at=at)
        db.execute(sop_version.update().values(published_at=at - timedelta(days=400)))
    rounds = Rounds(chosen, begun)
    rounds.errands()
    for _ in range(2):  # it seals the day once, and with it tells once what is to be looked over
        rounds.anchor()
    with begun.store.look() as db:
        assert importing.get(db, batch_id).state == "ready" and importing.waiting(db) is None
        proof = proving.newest(db)
        assert proof is not None and proof.ended_at is not None and proof.count == 0
        told = db.scalars(sa.select(notice.c.facts).where(notice.c.kind == "workshop")).all()
        assert [facts["what"] for facts in told] == ["yearly_late"]
        assert "import.file" in [one.verb for one in journal.of(db, "office")]
    begun.store.close()
