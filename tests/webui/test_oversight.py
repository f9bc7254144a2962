"""The supervisor's desk: what to act on now, the list to choose from, load as capacity, trends, sheets."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from odfdo import Document

from engine.cases import watching
from engine.cases.desks import oversight, oversight_load, oversight_trends, oversight_work
from engine.cases.records import case, document, incident, item
from engine.dates.workdays import TAIPEI
from engine.library.folder import folder
from engine.office import people
from engine.office.records import absence, exclusion, substitution
from engine.store import Connection
from tests.webui.conftest import TICKED, Office
from tests.webui.test_procedures import PROCESSES, published_anew
from webui import sheets
from webui.pages import oversight as pages

ITS_PAGES = ("/oversight", "/oversight/work", "/oversight/load", "/oversight/trends")


def later(office: Office, days: int) -> None:
    """Nothing ticks: only the days have passed, and everybody signs in anew."""
    office.city.now += timedelta(days=days)
    office.seats.clear()


def at_officer(office: Office, **answers: str) -> int:
    """About a place that nobody else has asked about: nobody's duplicate."""
    return office.at_officer(**{"location": f"第{office.petitioners}路{office.petitioners}號", **answers})


def person(office: Office, account: str) -> int:
    with office.city.store.look() as db:
        found = people.get(db, account, office.city.now).id
    assert found is not None
    return found


def claimed(office: Office, case_id: int, account: str) -> None:
    with office.city.store.act() as db:
        to = people.get(db, account, office.city.now).id
        db.execute(item.update().where(item.c.case_id == case_id, item.c.status == "open").values(assignee=to))


def scope_of(office: Office, db: Connection, account: str) -> oversight.Scope:
    return oversight.scope(db, people.get(db, account, office.city.now))


def cut(office: Office) -> oversight.Cuts:
    return oversight.cuts(watching.Marks(), office.city.now, office.city.office.calendar, 2)


# -- who comes in


@pytest.mark.parametrize("path", [*ITS_PAGES, "/oversight/work.csv", "/oversight/trends/weeks.svg"])
def test_a_chief_and_the_control_office_come_in_a_clerk_reads_why_not(office: Office, path: str) -> None:
    assert office.seat("chief").get(path).status == 200
    assert office.seat("control").get(path).status == 200
    refused = office.seat("clerk").get(path)
    assert refused.status == 403 and "不在您的職務範圍內" in refused.text


def test_each_chief_sees_their_own_units_the_control_office_the_house(office_on_both: Office) -> None:
    office = office_on_both
    at_officer(office)
    later(office, 30)
    for seat, sees in (("chief", True), ("head", True), ("control", True)):
        for path in ("/oversight", "/oversight/work"):
            assert ("路燈不亮" in office.seat(seat).get(path).text) is sees, (seat, path)
    office.seats["drainage"] = office.seats["chief"].__class__(office.app)
    with office.city.store.act() as db:
        account = sa.table("person", sa.column("account"), sa.column("password_hash"))
        known = db.scalar(sa.select(account.c.password_hash).where(account.c.account == "lighting-chief"))
        db.execute(sa.update(account).where(account.c.account == "drainage-chief").values(password_hash=known))
    assert office.seats["drainage"].sign_in("drainage-chief").status == 303
    for path in ("/oversight", "/oversight/work", "/oversight/work?unit=works-lighting"):
        assert "路燈不亮" not in office.seats["drainage"].get(path).text, path


def test_the_old_address_of_the_overdue_list_leads_on(office: Office) -> None:
    led = office.seat("chief").get("/overdue?unit=works-lighting")
    assert (led.status, led.location) == (303, "/oversight/work?band=late&unit=works-lighting")
    assert office.seat("clerk").get("/overdue").location == "/"


def test_nobody_excluded_from_a_case_finds_it_here(office_on_both: Office) -> None:
    office = office_on_both
    case_id = at_officer(office)
    later(office, 30)
    with office.city.store.act() as db:
        chief = people.get(db, "lighting-chief", office.city.now).id
        by = {"reason": "檢舉案", "at": office.city.now}
        db.execute(exclusion.insert(), {"case_id": case_id, "person_id": chief, **by})
    for path in ("/oversight", "/oversight/work", "/oversight/work.csv"):
        assert "115-000001" not in office.seat("chief").get(path).text
        assert "115-000001" in office.seat("head").get(path).text


# -- act now


def test_late_work_stands_first_with_its_count_by_unit_sop_and_step(office_on_both: Office) -> None:
    office = office_on_both
    at_officer(office)
    later(office, 30)
    text = office.seat("chief").get("/oversight").text
    assert re.search(r"1 逾期 ", text) and "▲ 逾期" in text and "路燈不亮" in text
    for row in ("工務處路燈管理科 1 1", "線上市容查報案件 1 1", "權責單位處理 人民陳情"):
        assert row in text, row
    assert f"#item-{office.item(1, 'PO-08')}" in office.seat("chief").get("/oversight").source


def test_what_is_due_today_is_counted_as_such(office_on_both: Office) -> None:
    office = office_on_both
    at_officer(office)
    later(office, 7)
    with office.city.store.look() as db:
        total = oversight.tally(db, scope_of(office, db, "lighting-chief"), cut(office)).total
    assert (total.items, total.late, total.today, total.soon) == (1, 0, 1, 0)


def test_work_without_progress_lies_still_until_somebody_takes_it_further(office_on_both: Office) -> None:
    office = office_on_both
    case_id = at_officer(office)
    later(office, 6)  # four working days
    assert "0 停滯" in office.seat("chief").get("/oversight").text
    later(office, 3)
    assert "個工作天無進展" in office.seat("chief").get("/oversight").text
    assert "路燈不亮" in office.seat("chief").get("/oversight/work?band=idle").text
    claimed(office, case_id, "lighting1")
    with office.city.store.act() as db:
        db.execute(case.update().where(case.c.id == case_id).values(moved_at=office.city.now))
    assert "路燈不亮" not in office.seat("chief").get("/oversight/work?band=idle").text


def test_what_nobody_takes_is_told_after_the_hours_set(office_on_both: Office) -> None:
    office = office_on_both
    at_officer(office)
    assert "路燈不亮" not in office.seat("chief").get("/oversight/work?band=unclaimed").text
    later(office, 1)
    office.city.now += timedelta(minutes=1)
    assert "路燈不亮" in office.seat("chief").get("/oversight/work?band=unclaimed").text


def test_what_waits_elsewhere_is_stuck_or_came_back_is_listed(office_on_both: Office) -> None:
    office = office_on_both
    first, second = at_officer(office), at_officer(office, subject="第二件")
    third = office.petition(subject="還在收文", location="海濱路9號")
    with office.city.store.act() as db:
        at = office.city.now
        db.execute(incident.insert(), {"case_id": first, "code": "x", "sentence": "流程無法繼續。", "at": at})
        db.execute(
            document.insert(),
            {"case_id": second, "kind": "reply", "step": "PO-10", "facts": {}, "at": at, "returned_at": at,
             "returned_why": "查無此人"},
        )  # fmt: skip
        db.execute(case.update().where(case.c.id == third).values(unit="works-lighting"))
        db.execute(case.update().where(case.c.id == second).values(suspended_at=at))
    text = office.seat("chief").get("/oversight").text
    assert "1 異常" in text and "流程無法繼續。" in text
    assert "1 無法送達" in text and "查無此人" in text
    assert "在其他單位 1 件" in text and "停止計時 1 件" in text


def test_a_short_list_of_cases_names_their_matter_and_is_shown_whole_where_asked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FEW", 1)
    for subject in ("頭一件", "後一件"):
        at_officer(office, subject=subject)
    with office.city.store.act() as db:
        db.execute(case.update().values(suspended_at=office.city.now))
    chief = office.seat("chief")
    page = chief.get("/oversight?all=nonsense")
    assert "115-000001 頭一件" in page.text and "後一件" not in page.text and "全部 2 件" in page.text
    assert 'href="/oversight?all=standing#elsewhere"' in page.source
    whole = chief.get("/oversight?all=standing").text
    assert "115-000002 後一件" in whole and "全部 2 件" not in whole


def test_marks_are_set_by_an_administrator_within_reason(office: Office) -> None:
    with office.city.store.act() as db:
        admin = people.get(db, "admin", office.city.now)
        watching.change(db, watching.Marks(idle_days=1), who=admin, at=office.city.now)
        assert watching.marks(db) == watching.Marks(idle_days=1)
        for wrong in (watching.Marks(idle_days=0), watching.Marks(unclaimed_hours=999)):
            with pytest.raises(Exception, match="督導設定"):
                watching.change(db, wrong, who=admin, at=office.city.now)
    assert office.seat("chief").get("/oversight/marks").status == 403
    at_officer(office)
    later(office, 4)
    assert "路燈不亮" in office.seat("chief").get("/oversight/work?band=idle").text


def test_an_empty_desk_says_what_will_stand_there(office: Office) -> None:
    chief = office.seat("chief")
    assert "目前沒有待辦" in chief.get("/oversight").text
    assert "一次指派" in chief.get("/oversight/work").text
    assert "這段期間沒有案件" in chief.get("/oversight/trends").text


# -- the list


def test_the_list_is_narrowed_by_everything_offered_and_survives_nonsense(office_on_both: Office) -> None:
    office = office_on_both
    case_id = at_officer(office)
    at_officer(office, subject="水溝不通")
    claimed(office, case_id, "lighting1")
    chief, me = office.seat("chief"), person(office, "lighting1")
    for asked in ("unit=works-lighting", "sop=petition-online", "step=PO-08", "priority=0", f"assignee={me}", "q=115-"):
        assert "路燈不亮" in chief.get(f"/oversight/work?{asked}").text, asked
    for asked in ("unit=works", "sop=x", "step=PO-09", "priority=2", "assignee=nobody", "q=%25", "q='; DROP TABLE x"):
        assert "路燈不亮" not in chief.get(f"/oversight/work?{asked}").text, asked
    for asked in ("band=x&assignee=x&priority=9&page=-1", "assignee=99999999999999999999", "q=%00%ED%A0%80"):
        assert chief.get(f"/oversight/work?{asked}").status == 200, asked


def test_as_many_statements_for_one_row_as_for_many(office_on_both: Office) -> None:
    office = office_on_both
    counted = []
    for more in (1, 6):
        for _ in range(more):
            at_officer(office)
        later(office, 10)
        asked: list[str] = []
        with office.city.store.look() as db:
            seen = scope_of(office, db, "rdec1")
            sa.event.listen(db, "before_cursor_execute", lambda _c, _u, text, *_, asked=asked: asked.append(text))
            calendar, at = office.city.office.calendar, office.city.now
            each = []
            for look in (
                lambda: oversight.tally(db, seen, cut(office)),
                lambda: oversight_work.first(db, seen, oversight.BANDS, cut(office)),
                *(
                    lambda band=band: oversight_work.work(db, seen, oversight_work.Wanted(band=band), cut(office))
                    for band in ("", "late", "idle")
                ),
                lambda: oversight_load.capacity(db, seen, at=at, calendar=calendar),
                lambda: oversight_load.takers(db, seen, at=at),
                lambda: oversight_trends.flow(db, oversight_trends.Asked(seen, at, calendar)),
                lambda: oversight_trends.lead(db, oversight_trends.Asked(seen, at, calendar)),
                lambda: [few(db, seen) for few in (oversight.incidents, oversight.opinions, oversight.elsewhere,
                                                   oversight.standing, oversight.undeliverable)],
            ):  # fmt: skip
                asked.clear()
                look()
                each.append(len(asked))
            counted.append(each)
        assert not any("state" in text.split("FROM")[0] and "case.state" in text for text in asked)
    assert counted == [[3, 2, 3, 3, 3, 6, 4, 4, 1, 4]] * 2


def test_weeks_and_days_are_read_in_the_order_of_an_index_and_never_sorted(office: Office) -> None:
    at_officer(office)
    asked: list[tuple[str, tuple[object, ...]]] = []
    with office.city.store.look() as db:
        wish = oversight_trends.Asked(scope_of(office, db, "rdec1"), office.city.now, office.city.office.calendar)
        sa.event.listen(db, "before_cursor_execute", lambda _c, _u, text, given, *_: asked.append((text, given)))
        oversight_trends.flow(db, wish)
        oversight_trends.lead(db, wish)
        of_cases = [(text, given) for text, given in asked if "date(" in text and "deadline" not in text]
        assert len(of_cases) == 3
        for text, given in of_cases:
            plan = [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)]
            reads = [line for line in plan if line.startswith(("SEARCH", "SCAN"))]
            assert reads and all("INDEX ix_case_week" in line or "INDEX ix_case_days" in line for line in reads), plan
            assert not any("TEMP B-TREE" in line for line in plan), plan


# -- sheets


def test_the_list_runs_by_the_day_that_each_line_shows(office_on_both: Office) -> None:
    """A step that has a later day of its own stands where the limit of its case puts it; so does it in a bulk act."""
    office = office_on_both
    first, second = at_officer(office, subject="先收的路燈"), 0
    later(office, 1)
    second = at_officer(office, subject="後收的路燈")
    with office.city.store.act() as db:
        for case_id, days in ((first, 90), (second, 5)):
            due = office.city.now + timedelta(days=days)
            db.execute(item.update().where(item.c.case_id == case_id, item.c.status == "open").values(due_at=due))
    for seat in ("chief", "control"):
        text = office.seat(seat).get("/oversight/work").text
        assert text.index("先收的路燈") < text.index("後收的路燈"), seat
        with office.city.store.look() as db:
            seen = scope_of(office, db, {"chief": "lighting-chief", "control": "rdec1"}[seat])
            order = oversight_work.chosen(db, seen, oversight_work.Wanted(), cut(office), ids=None)
        assert [one[1] for one in order] == [first, second], seat


def test_the_sheets_hold_the_list_and_no_formula(office: Office) -> None:
    at_officer(office, subject='=HYPERLINK("http://example.invalid")')
    chief = office.seat("chief")
    plain = chief.client.get("/oversight/work.csv")
    assert plain.data.startswith(b"\xef\xbb\xbf") and plain.mimetype == "text/csv"
    lines = plain.data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("案號,主旨,步驟,單位")
    assert "\"'=HYPERLINK(" in lines[1] and "115/12/03 17:00" in lines[1] and len(lines) == 2
    sheet = chief.client.get("/oversight/work.ods")
    assert "attachment" in sheet.headers["Content-Disposition"]
    table = Document(io.BytesIO(sheet.data)).body.tables[0]
    first = table.get_row(1)
    assert first.get_cell(1).value == '=HYPERLINK("http://example.invalid")' and first.get_cell(1).formula is None
    assert first.get_cell(9).value == datetime(2026, 12, 3, 17)
    assert first.get_cell(7).value == date(2026, 11, 26)
    text = zipfile.ZipFile(io.BytesIO(sheet.data)).read("content.xml").decode()
    assert "115/12/03 17:00" in text and "table:formula" not in text and 'office:version="1.2"' in text


def test_a_cell_is_never_calculated_whatever_it_begins_with() -> None:
    from flask import Flask

    with Flask(__name__).app_context():
        for bad in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "－1"):
            line = sheets.as_csv("x", ["a"], [[bad]]).get_data(as_text=True).split("\r\n", 1)[1]
            assert line.lstrip('"').startswith("'"), bad
        strange = "堃𠮷鵺\x0b\x00\ud7ff&<>\"'😀\u202e"
        kept = sheets.as_ods('<&"表', ["甲"], [[strange], [None], [5]])
        table = Document(io.BytesIO(kept.data)).body.tables[0]
        assert table.name == '<&"表' and "堃𠮷鵺" in table.get_row(1).get_cell(0).value
        assert table.get_row(3).get_cell(0).value == 5


# -- load


def test_load_lists_people_by_name_whatever_their_figures(office_on_both: Office) -> None:
    office = office_on_both
    orders = []
    for holder in ("lighting2", "lighting1"):
        for _ in range(3):
            claimed(office, at_officer(office), holder)
        with office.city.store.look() as db:
            seen = scope_of(office, db, "lighting-chief")
            found = oversight_load.capacity(db, seen, at=office.city.now, calendar=office.city.office.calendar)
        orders.append([[one.name for one in unit.people] for unit in found])
        assert all(names == sorted(names) for names in orders[-1])
    assert orders[0] == orders[1]
    page = office.seat("chief")
    assert page.get("/oversight/load?sort=items&order=desc").text == page.get("/oversight/load").text


def test_no_query_of_the_desk_orders_people_by_what_they_hold(office: Office) -> None:
    """Nothing here may become a ranking: no ordering by a count, and no count of what is late per person."""
    at_officer(office)
    asked: list[str] = []
    with office.city.store.look() as db:
        seen = scope_of(office, db, "works-head")
        sa.event.listen(db, "before_cursor_execute", lambda _c, _u, text, *_: asked.append(text))
        oversight.tally(db, seen, cut(office))
        oversight_load.capacity(db, seen, at=office.city.now, calendar=office.city.office.calendar)
        oversight_trends.flow(db, oversight_trends.Asked(seen, office.city.now, office.city.office.calendar))
    assert asked
    for text in asked:
        assert not re.search(r"ORDER BY[^)]*(count|items|sum)", text, flags=re.I | re.S), text
        if re.search(r"GROUP BY[^)]*(assignee|done_by|person)", text, flags=re.I | re.S):
            assert not re.search(r"due_at\s*<\s|late", text, flags=re.I), text


def test_hours_ahead_are_those_of_the_version_each_case_is_of(office_on_both: Office) -> None:
    office = office_on_both
    registered = {"receipt_number": "115-A-1", "responsible_unit": "works-lighting"}
    _, step, after = folder(PROCESSES)["petition-online"].bpmn.decode().partition('<bpmn:userTask id="PO-07"')
    standard = after.index('value="0.5" unit="workday"')
    assert standard < 200
    head = step + after[:standard]
    for version in range(2):
        if version:
            published_anew(office, (f'{head}value="0.5"', f'{head}value="1"'))
        for _ in range(1 + version):
            case_id = office.petition()
            office.city.complete(case_id, "PO-04", who="registry1", answers=registered)
            claimed(office, case_id, "lighting1")
    with office.city.store.look() as db:
        seen = scope_of(office, db, "lighting-chief")
        found = oversight_load.capacity(db, seen, at=office.city.now, calendar=office.city.office.calendar)
    clerk = next(one for one in found[0].people if one.id == person(office, "lighting1"))
    assert (clerk.items, clerk.ahead, clerk.without) == (3, timedelta(hours=4 + 8 + 8), 0)


def test_hours_ahead_stand_beside_the_hours_there_are_and_absence_takes_them_away(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.petition()
    office.city.complete(
        case_id, "PO-04", who="registry1",
        answers={"receipt_number": "115-A-1", "responsible_unit": "works-lighting"},
    )  # fmt: skip
    claimed(office, case_id, "lighting1")  # PO-07: half a working day of standard time
    clerk, other = person(office, "lighting1"), person(office, "lighting2")

    def load() -> oversight_load.Load:
        with office.city.store.look() as db:
            seen = scope_of(office, db, "lighting-chief")
            found = oversight_load.capacity(db, seen, at=office.city.now, calendar=office.city.office.calendar)
        return next(one for one in found[0].people if one.id == clerk)

    before = load()
    assert (before.items, before.ahead, before.without) == (1, timedelta(hours=4), 0)
    assert before.next_due == datetime(2026, 12, 3, 17, tzinfo=TAIPEI)
    assert before.free == timedelta(hours=5 * 8 + 7)
    since, until = datetime(2026, 11, 27, 8, tzinfo=TAIPEI), datetime(2026, 11, 30, 12, tzinfo=TAIPEI)
    with office.city.store.act() as db:
        away = {"person_id": clerk, "since": since, "until": until, "at": office.city.now}
        db.execute(absence.insert(), away)
        row = {"person_id": clerk, "substitute_id": other, "since": since, "until": until}
        db.execute(substitution.insert(), row)
    after = load()
    assert after.free == timedelta(hours=5 * 8 + 7 - 12)
    assert list(after.away) == [(since, until)] and list(after.substitutes) == ["例路燈乙"]
    text = office.seat("chief").get("/oversight/load").text
    assert "4 小時" in text and "35 小時" in text and "代理：例路燈乙" in text
    assert (
        "例路燈甲（待辦 1；11/27（五） 至 11/30（一） 請假；代理：例路燈乙）"
        in office.seat("chief").get("/oversight/work").text
    )


# -- trends


def test_weeks_count_what_came_what_was_finished_and_what_passed(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_review()
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    office.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
    at_officer(office)
    later(office, 14)
    with office.city.store.look() as db:
        seen = scope_of(office, db, "rdec1")
        wish = oversight_trends.Asked(seen, office.city.now, office.city.office.calendar)
        found, lead = oversight_trends.flow(db, wish), oversight_trends.lead(db, wish)
    weeks = {week.monday: (week.received, week.finished, week.overdue) for week in found.weeks}
    assert weeks[date(2026, 11, 23)] == (2, 1, 0)
    assert weeks[date(2026, 11, 30)] == (0, 0, 1)
    assert [(one.id, one.received, one.finished, one.overdue) for one in found.by_unit] == [("works-lighting", 2, 1, 1)]
    assert [(one.id, one.received) for one in found.by_sop] == [("petition-online", 2)]
    assert lead.median == 0 and lead.classes[0] == 1 and sum(lead.classes) == 1
    text = office.seat("control").get("/oversight/trends?months=12").text
    assert "115年11月23日（一） 2 1 0" in text
    assert "週,115/11/23,2,1,0" in office.seat("control").get("/oversight/trends.csv?months=12").source


def test_a_picture_is_a_file_of_its_own_with_nothing_that_runs(office: Office) -> None:
    at_officer(office)
    page = office.seat("chief").get("/oversight/trends?sop=petition-online")
    sources = re.findall(r'<img class="trend" src="([^"]+)"', page.source)
    assert len(sources) == 2 and all(
        re.search(r'alt="[^"]+數字同下表"', part) for part in page.source.split("<img")[1:]
    )
    for source in sources:
        picture = office.seat("chief").client.get(source.replace("&amp;", "&"))
        assert picture.mimetype == "image/svg+xml"
        assert not re.search(r"<script|style=|<style|href|on\w+=", picture.text)
    assert office.seat("chief").get("/oversight/trends/../../x.svg").status == 404
    assert office.seat("chief").get("/oversight/trends/else.svg").status == 404
    assert not re.search(r"\sstyle=|<style", office.seat("chief").get("/oversight").source)
