"""sopflow calendar: shown, imported, closed, opened; what moves is said before it is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.dates.records import calendar_day, calendar_edition, deadline
from engine.office import journal
from engine.store import Store
from tests.cli.conftest import Run, runner
from tests.dates.tables import official_csv


@pytest.fixture
def far(sopflow: Run, petition: str) -> str:
    """A day that the running petition's limit runs over: the working day before it is due."""
    case = sopflow("case", "show", petition, "--as", "service1", "--json").json
    registered = json.dumps({"receipt_number": "115-A-1", "responsible_unit": "works-lighting"})
    done = sopflow("case", "complete", petition, "--as", "registry1", "--answers", registered, "--json")
    assert case and done.code == 0, done.err
    limits = sopflow("case", "show", petition, "--as", "service1", "--json").json["deadlines"]
    (due,) = [each for each in limits if each["path"] == "PO-D1"]
    counted = [line["date"] for line in due["working"] if line["what"] == "計入"]
    return str(counted[-1])


def test_a_year_is_shown_by_either_way_of_counting_years(sopflow: Run) -> None:
    said = sopflow("calendar", "show", "115", "--json").json
    assert said == sopflow("calendar", "show", "2026", "--json").json
    assert (said["year"], said["working_days"], said["official"]) == (2026, 245, True)
    assert {"date": "2026-02-17", "opening": "放假", "why": "春節"} in said["exceptions"]
    assert said["hours"] == [["08:00", "12:00"], ["13:00", "17:00"]]
    assert "2/17 放假（春節）" in sopflow("calendar", "show", "115").out


@pytest.mark.parametrize("year", ["0", "1900", "2101", "明年", "-5", "99999"])
def test_a_year_without_a_calendar_is_refused(sopflow: Run, year: str) -> None:
    said = sopflow("calendar", "show", "--json", "--", year)
    assert (said.code, said.json["refusal"]["code"]) == (2, "calendar_year")


def test_a_closure_is_shown_first_and_done_with_apply_and_taken_back(sopflow: Run, far: str, store: Store) -> None:
    first = sopflow("calendar", "close", far, "--reason", "颱風停班", "--json")
    assert first.code == 0 and first.json["applied"] is False
    (moving,) = [each for each in first.json["deadlines"] if each["path"] == "PO-D1"]
    assert moving["from"] < moving["to"]
    assert "--apply" in sopflow("calendar", "close", far, "--reason", "颱風停班").err
    with store.look() as db:
        assert db.execute(sa.select(calendar_day)).all() == []
    done = sopflow("calendar", "close", far, "--reason", "颱風停班", "--apply", "--json").json
    assert done["applied"] and done["deadlines"] == first.json["deadlines"]
    assert done["recounted"]["cases"] == 1 and done["recounted"]["stuck"] == 0
    back = sopflow("calendar", "open", far, "--apply", "--json").json
    assert [(each["from"], each["to"]) for each in back["deadlines"] if each["path"] == "PO-D1"] == [
        (moving["to"], moving["from"])
    ]
    with store.look() as db:
        assert [entry.verb for entry in journal.of(db, "calendar")] == ["calendar.close", "calendar.open"]
        row = db.execute(sa.select(deadline).where(deadline.c.path == "PO-D1")).one()
        assert [change["kind"] for change in row.changes] == ["recount", "recount"]


def test_half_a_day_and_a_day_in_the_past_may_be_closed(sopflow: Run) -> None:
    words = ("calendar", "close", "115/7/15", "--half", "pm", "--reason", "颱風", "--apply", "--json")
    said = sopflow(*words).json
    assert said["days"] == [{"date": "2026-07-15", "from": "上班", "to": "上午上班、下午停班"}]
    assert sopflow("calendar", "show", "2026", "--json").json["closures"] == [
        {"date": "2026-07-15", "opening": "上午上班、下午停班", "reason": "颱風"}
    ]


def test_a_day_off_is_said_otherwise_than_a_day_that_the_office_closed(sopflow: Run) -> None:
    opened = sopflow("calendar", "open", "115/12/5", "--reason", "補行上班", "--apply", "--json").json
    back = sopflow("calendar", "close", "115/12/5", "--reason", "改期", "--apply", "--json").json
    closed = sopflow("calendar", "close", "115/12/7", "--reason", "颱風", "--apply", "--json").json
    again = sopflow("calendar", "open", "115/12/7", "--apply", "--json").json
    said = [(each["days"][0]["from"], each["days"][0]["to"]) for each in (opened, back, closed, again)]
    assert said == [("放假", "上班"), ("上班", "放假"), ("上班", "停班"), ("停班", "上班")]


def test_a_closure_that_says_nothing_is_refused(sopflow: Run) -> None:
    for words, code in (
        (("close", "115/11/22", "--reason", "颱風"), "calendar_closed_already"),
        (("open", "115/11/20"), "calendar_open_already"),
        (("close", "115/11/20", "--reason", " "), "calendar_reason"),
    ):
        said = sopflow("calendar", *words, "--apply", "--json")
        assert (said.code, said.json["refusal"]["code"]) == (1, code)
    for day in ("115/2/30", "0/1/1", "昨天"):
        assert sopflow("calendar", "close", day, "--reason", "颱風").code == 2


def test_only_an_administrator_changes_or_even_previews(sopflow: Run, store: Store) -> None:
    for words in (("close", "115/12/1", "--reason", "颱風"), ("open", "115/11/22"), ("recount",)):
        said = sopflow("calendar", *words, "--as", "lighting1", "--apply", "--json")
        assert (said.code, said.json["refusal"]["code"]) == (1, "not_allowed")
    with store.look() as db:
        assert db.execute(sa.select(calendar_day)).all() == []
    assert sopflow("calendar", "close", "115/12/1", "--reason", "颱風", "--as", "admin", "--apply").code == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp950"])
def test_an_official_table_is_imported_once_and_corrected_later(
    sopflow: Run, tmp_path: Path, store: Store, encoding: str
) -> None:
    file = tmp_path / "116.csv"
    file.write_bytes(official_csv(2027).encode(encoding))
    assert sopflow("calendar", "import", str(file), "--json").json["applied"] is False
    assert not sopflow("calendar", "show", "116", "--json").json["official"]
    first = sopflow("calendar", "import", str(file))
    assert "民國116年的辦公日曆：0 天與目前不同。" in first.out and "不再註明推算" in first.out
    assert sopflow("calendar", "import", str(file), "--apply", "--json").json["new"]
    assert sopflow("calendar", "show", "116", "--json").json["official"]
    assert "沒有新的內容" in sopflow("calendar", "import", str(file), "--apply").out
    file.write_bytes(official_csv(2027, {"20270303": ("2", "地方節日")}).encode(encoding))
    said = sopflow("calendar", "import", str(file), "--apply", "--json").json
    assert said["days"] == [{"date": "2027-03-03", "from": "上班", "to": "放假"}]
    shown = sopflow("calendar", "show", "116").out
    assert "116.csv" in shown and "現行版本" in shown and "已被修正版取代" in shown
    with store.look() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(calendar_edition)) == 2
        assert [entry.verb for entry in journal.of(db, "calendar")] == ["calendar.import"] * 2


def test_a_bad_table_is_refused_whole_with_its_row(sopflow: Run, tmp_path: Path, store: Store) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(official_csv(2027).replace("20270105,二,0", "20270105,二,3"), "utf-8")
    said = sopflow("calendar", "import", str(file), "--apply", "--json")
    assert (said.code, said.json["refusal"]["code"]) == (2, "calendar_value")
    assert "第 6 列" in said.json["refusal"]["message"]
    file.write_text(official_csv(2027), "utf-8")
    assert sopflow("calendar", "import", str(file), "--year", "2026").code == 2
    assert sopflow("calendar", "import", str(tmp_path / "nowhere.csv")).code == 1
    with store.look() as db:
        assert db.execute(sa.select(calendar_edition)).all() == []


def test_a_recount_with_nothing_to_do_says_so(sopflow: Run, petition: str) -> None:
    assert "相符" in sopflow("calendar", "recount").out
    assert sopflow("calendar", "recount", "--apply", "--json").json["recounted"]["deadlines"] == 0


def test_new_office_hours_are_told_at_the_start_and_recounted_on_demand(
    home: Path, store: Store, sopflow: Run, far: str
) -> None:
    early = runner({
        "SOPFLOW_HOME": str(home), "SOPFLOW_DATABASE": store.url.render_as_string(hide_password=False),
        "SOPFLOW_OFFICE_HOURS": "07:30-12:00,13:00-16:30",
    })  # fmt: skip
    said = early("calendar", "recount", "--json")
    assert "辦公時間與上次不同" in said.err
    assert [each["to"][11:16] for each in said.json["deadlines"] if each["path"] == "PO-D1"] == ["08:30"]  # UTC
    assert early("calendar", "recount", "--apply", "--json").json["recounted"]["cases"] == 1
    assert "相符" in early("calendar", "recount").out
