"""查詢案件: by number, by two characters, by what a case is; hostile words; whose cases; how much is asked of the
database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from engine.cases import desks
from engine.cases.records import case, import_batch, imported
from engine.office import people
from engine.rehearsal import crowd
from tests.webui.conftest import MORNING, Office, Page


def find(office: Office, who: str, **asked: str) -> Page:
    return office.seat(who).get("/cases?" + "&".join(f"{name}={quote(value)}" for name, value in asked.items()))


@contextmanager
def statements(db: sa.Connection) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(db, "before_cursor_execute", note)
    yield asked
    sa.event.remove(db, "before_cursor_execute", note)


def test_a_case_is_found_by_its_number_however_it_is_typed(office_on_both: Office) -> None:
    office_on_both.at_officer()
    office_on_both.petition(subject="別的案件")
    for typed in ("115-000001", "115-1", "115000001", "1", " １１５-１ ", "115-01"):
        assert "路燈不亮" in find(office_on_both, "clerk", q=typed).text, typed
    with office_on_both.city.store.act() as db:
        db.execute(case.update().where(case.c.id == 1).values(number="115-012345"))
    for typed in ("12345", "012345", "115-12345", "115012345"):  # no digit of a serial is taken for a year
        assert "路燈不亮" in find(office_on_both, "clerk", q=typed).text, typed


def test_from_the_box_at_the_top_a_number_opens_its_case(office: Office) -> None:
    case_id = office.at_officer()
    answer = find(office, "clerk", go="1", q="115-1")
    assert (answer.status, answer.location) == (303, f"/cases/{case_id}")
    assert find(office, "clerk", go="1", q="路燈").status == 200
    assert find(office, "stranger", go="1", q="115-1").status == 200


def test_a_case_is_found_by_the_number_it_had_before(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    with office.city.store.act() as db:
        batch = {"name": "舊案.csv", "digest": "d", "rows": 1, "at": MORNING, "state": "done", "done": 1}
        batch_id = db.execute(import_batch.insert().returning(import_batch.c.id), batch).scalar_one()
        db.execute(imported.insert(), {"old_number": "府研字第0990012345號", "case_id": case_id, "batch_id": batch_id})
    assert "路燈不亮" in find(office, "clerk", q="府研字第0990012345號").text
    assert "路燈不亮" not in find(office, "stranger", q="府研字第0990012345號").text


def test_two_characters_suffice_also_rare_ones(office_on_both: Office) -> None:
    office_on_both.at_officer(
        subject="𠮷野路鵺", location="堃園路", body="台北市堃園路一號前的路燈已經三天不亮，LED 燈壞了🐍，請派員修復。"
    )
    office_on_both.at_officer(subject="水溝不通", location="和平街", body="下水道塞住了，請來看看。")
    for word in ("堃園", "𠮷野", "鵺", "🐍", "ｌｅｄ", "臺北", "路", "前的路燈已經", "路燈 修復"):
        page = find(office_on_both, "clerk", q=word)
        assert "𠮷野路鵺" in page.text and "水溝不通" not in page.text, word


def test_a_word_that_only_its_pairs_would_find_is_not_found(office: Office) -> None:
    office.at_officer(subject="路燈燈桿", body="燈桿歪了，請派員處理一下。")
    assert "路燈燈桿" in find(office, "clerk", q="燈桿歪").text
    assert "查無案件" in find(office, "clerk", q="桿燈路").text
    assert "查無案件" in find(office, "clerk", q="路燈桿歪").text


def test_nobody_is_found_by_a_petitioners_name_or_phone(office: Office) -> None:
    office.at_officer(petitioner_name="例民眾查", petitioner_phone="0900-123-456")
    for word in ("例民", "民眾查", "0900-123-456", "123-456", "例民眾查"):
        assert "路燈不亮" not in find(office, "control", q=word).text, word


def test_three_people_find_their_own(office_on_both: Office) -> None:
    office = office_on_both
    office.at_officer()
    for who, sees in (("clerk", True), ("colleague", True), ("stranger", False), ("control", True), ("head", True)):
        for asked in ({"q": "路燈"}, {"q": "115-1"}, {"q": "燈"}, {"status": "open"}, {}):
            assert ("路燈不亮" in find(office, who, **asked).text) is sees, (who, asked)


def test_filters_narrow_and_stand_in_the_form(office_on_both: Office) -> None:
    office = office_on_both
    office.at_officer(subject="路燈案")
    office.city.now += timedelta(days=40)
    office.seats.clear()
    office.at_officer(subject="水溝案", case_type="其他")
    both = find(office, "control")
    assert "路燈案" in both.text and "水溝案" in both.text
    for asked in (
        {"type": "其他"}, {"since": "115/12/01"}, {"since": "民國115年12月1日"}, {"q": "水溝"}, {"since": "2026-12-01"},
        {"since": "1151201", "until": "116/12/31"},
    ):  # fmt: skip
        page = find(office, "control", **asked)
        assert "水溝案" in page.text and "路燈案" not in page.text, asked
    page = find(office, "control", until="115/11/26", unit="works-lighting")
    assert "路燈案" in page.text and "水溝案" not in page.text
    assert '<option value="works-lighting" selected>' in page.source and 'value="115/11/26"' in page.source
    assert "查無案件" in find(office, "control", status="withdrawn").text
    assert "查無案件" in find(office, "control", sop="no-such").text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"since": "昨天"}, "日期請寫成"),
        ({"until": "115/02/30"}, "沒有這一天"),
        ({"since": "115/12/02", "until": "115/12/01"}, "迄日不能早於起日"),
        ({"since": "2026-13-01"}, "日期請寫成"),
    ],
)
def test_a_date_nobody_can_read_is_said_at_its_field_and_nothing_typed_is_lost(
    office: Office, asked: dict[str, str], sentence: str
) -> None:
    page = find(office, "clerk", q="路燈", **asked)
    assert page.status == 422 and sentence in page.text
    assert 'value="路燈"' in page.source and all(f'value="{value}"' in page.source for value in asked.values())


HOSTILE = (
    "%", "_", "'; DROP TABLE \"case\";--", '"', "\\", "\x00", "%00%ED%A0%80", "\u202e燈路", "*" * 500, "()[]{}",
    "\ufffd", "' OR 1=1", "🏳️\u200d🌈", "-" * 50, "115-", "-1", "999999999999", "０", "／", "　", "\u0301",
)  # fmt: skip


def test_hostile_words_find_nothing_and_break_nothing(office_on_both: Office) -> None:
    office_on_both.at_officer()
    for words in HOSTILE:
        page = office_on_both.seat("clerk").get("/cases?q=" + (words if words.startswith("%") else quote(words)))
        assert page.status == 200, words
        asks_for_nothing = words in ("\x00", "　")
        assert ("路燈不亮" in page.text) is asks_for_nothing, words


def test_direction_marks_and_ten_thousand_characters_are_no_hindrance(office: Office) -> None:
    office.at_officer()
    assert "路燈不亮" in find(office, "clerk", q="路\u200f燈\u202e").text
    assert find(office, "clerk", q="燈" * 10_000).status == 200
    assert find(office, "clerk", q="路燈 " * 3000).status == 200


def test_what_was_sought_is_shown_as_text(office: Office) -> None:
    page = find(office, "clerk", q="<script>alert(1)</script>")
    assert "<script>alert" not in page.source and "&lt;script&gt;alert(1)" in page.source


def test_a_page_that_is_not_there_is_empty_and_a_wrong_one_is_the_first(office: Office) -> None:
    office.at_officer()
    for page in ("99999", "-1", "x", "0", "１"):
        assert find(office, "clerk", page=page).status == 200


def test_an_empty_desk_teaches(office: Office) -> None:
    assert "還沒有您可以查看的案件" in find(office, "stranger").text
    assert "115-123" in find(office, "stranger", q="沒有").text


def test_as_many_statements_for_hundreds_of_cases_as_for_some(office_on_both: Office) -> None:
    """Also of the inbox, whose chips count all of them."""
    office = office_on_both
    counts: list[list[int]] = []
    for more in (60, 400):
        crowd.gather(office.city, more)
        counts.append([])
        with office.city.store.look() as db:
            calendar = office.city.office.calendar
            for account in ("lighting1", "rdec1"):
                who = people.get(db, account, office.city.now)
                for sought in (
                    desks.Sought(),
                    desks.Sought(words="路燈"),
                    desks.Sought(words="路燈不亮", status="open"),
                ):
                    with statements(db) as asked:
                        desks.find(db, sought, who=who, at=office.city.now)
                    counts[-1].append(len(asked))
                    assert not any("case.state" in statement for statement in asked)
                for view in ("mine", "role", "done"):
                    with statements(db) as asked:
                        desks.inbox(db, who=who, at=office.city.now, calendar=calendar, soon=2, view=view)  # type: ignore[arg-type]
                    counts[-1].append(len(asked))
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 9


def test_no_list_reads_a_table_of_the_whole_house_from_end_to_end(office: Office) -> None:
    """By the plans of SQLite; only the newest cases, and a status that is rare, are walked by their own table."""
    crowd.gather(office.city, 400)
    whole = ("SCAN item", "SCAN case_gram", "SCAN g0", "SCAN answer", "SCAN deadline", "SCAN opinion", "SCAN entry")
    with office.city.store.look() as db:
        who = people.get(db, "lighting1", office.city.now)
        asked: list[tuple[str, object]] = []

        def note(_c: object, _u: object, statement: str, parameters: object, *_: object) -> None:
            asked.append((statement, parameters))

        sa.event.listen(db, "before_cursor_execute", note)
        for sought in (
            desks.Sought(),
            desks.Sought(words="路燈"),
            desks.Sought(words="115-1"),
            desks.Sought(words="燈"),
        ):
            desks.find(db, sought, who=who, at=office.city.now)
        for view in ("mine", "role", "done"):
            calendar = office.city.office.calendar
            desks.inbox(db, who=who, at=office.city.now, calendar=calendar, soon=2, view=view)  # type: ignore[arg-type]
        desks.trail(db, desks.head(db, 1), who=who)
        sa.event.remove(db, "before_cursor_execute", note)
        assert len(asked) > 20
        for statement, parameters in asked:
            plan = [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]  # type: ignore[arg-type]
            assert not [line for line in plan if line.startswith(whole)], (statement, plan)
