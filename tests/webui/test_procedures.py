"""作業流程 for everybody, for newcomers, for who owns it: search, sheet, files, versions, practice without people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import moving, working
from engine.cases.desks import practice as practices
from engine.cases.desks import procedure
from engine.cases.operators import OPERATORS
from engine.cases.records import case
from engine.library import shelf
from engine.library.folder import SopFolder, folder
from engine.office import people
from engine.office.records import person
from tests.webui.administration import admin_of, counted, owner_of
from tests.webui.conftest import HANDLED, Office, Seat

PROCESSES = Path(__file__).parents[2] / "processes"
SOP = "/procedures/petition-online"


def published_anew(office: Office, *changes: tuple[str, str], publish: bool = True) -> None:
    """A second version, its chart changed by these replacements."""
    here = folder(PROCESSES)["petition-online"]
    text = here.bpmn.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with office.city.store.act() as db:
        who = people.get(db, "owner", office.city.now)
        found = SopFolder(here.id, here.division, text.encode(), here.forms, here.tables, here.scenarios)
        shelf.bring_in(db, found, who=who, at=office.city.now)
        if publish:
            shelf.publish(db, "petition-online", who=who, at=office.city.now, operators=OPERATORS)


RENAMED = ('name="總收文彙整掛號"', 'name="收文掛號"')
LONGER = ('<sop:standardTime value="1" unit="workday"', '<sop:standardTime value="2" unit="workday"')


# -- doors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/procedures", SOP, f"{SOP}/sheet", f"{SOP}/versions", f"{SOP}/file.bpmn"])
def test_everybody_in_the_house_reads_the_procedures(office: Office, hashed: str, path: str) -> None:
    for seat in (admin_of(office, hashed), owner_of(office, hashed), office.seat("clerk")):
        assert seat.get(path).status == 200
    assert Seat(office.app).get(path).status == 303


def test_how_it_is_done_is_for_the_process_owner_the_administrator_and_the_control_office(
    office: Office, hashed: str
) -> None:
    for seat in (admin_of(office, hashed), owner_of(office, hashed), office.seat("control")):
        assert seat.get(f"{SOP}/practice").status == 200
    clerk = office.seat("clerk")
    assert clerk.get(f"{SOP}/practice").status == 403 and "實際辦理情形" not in clerk.get(SOP).text


@pytest.mark.parametrize("rest", ["", "/sheet", "/versions", "/file.bpmn"])
def test_an_unknown_procedure_is_not_found(office: Office, rest: str) -> None:
    assert office.seat("clerk").get(f"/procedures/none{rest}").status == 404
    assert office.seat("clerk").get(f"{SOP}/file.exe").status == 404


# -- list, sheet, files ----------------------------------------------------------------------------------------------


def test_the_list_is_sought_by_name_and_code(office_on_both: Office) -> None:
    seat = office_on_both.seat("clerk")
    assert "petition-written-fax" in seat.get("/procedures").text
    found = seat.get("/procedures?q=線上").text
    assert "petition-online" in found and "petition-written-fax" not in found
    assert "shared-follow-up" in seat.get("/procedures?q=FOLLOW").text
    assert "沒有符合的作業流程" in seat.get("/procedures?q=100%25").text


def test_a_newcomer_reads_who_does_what_with_which_forms_and_in_which_time(office: Office) -> None:
    text = office.seat("clerk").get(f"{SOP}/sheet").text
    for words in (
        "目的", "何人", "依據", "嘉義市政府人民陳情案件處理作業要點", "總收文彙整掛號", "0.5 工作天", "建議值",
        "收文文號＊", "同意解除列管", "已回覆陳情人", "總收文人員", "備註", "接「 重複登打過濾 」共用程序",
    ):  # fmt: skip
        assert words in text or words.replace(" ", "") in text.replace(" ", ""), words


@pytest.mark.parametrize(("kind", "start"), [("bpmn", b"<?xml"), ("svg", b"<svg"), ("png", b"\x89PNG")])
def test_the_chart_is_handed_out_as_a_file(office: Office, kind: str, start: bytes) -> None:
    answer = office.seat("clerk").get(f"{SOP}/file.{kind}").answer
    assert answer.data.startswith(start) and "attachment" in answer.headers["Content-Disposition"]


# -- versions --------------------------------------------------------------------------------------------------------


def test_what_became_different_is_told_in_words_and_the_old_one_is_kept(office: Office, hashed: str) -> None:
    seat = owner_of(office, hashed)
    assert "只有一個版本" in seat.get(f"{SOP}/versions").text
    published_anew(office, RENAMED, LONGER)
    page = seat.get(f"{SOP}/versions")
    assert "「總收文彙整掛號」改名為「收文掛號」。" in page.text and "標準工時由 1 工作天改為 2 工作天。" in page.text
    assert "例流程" in page.text and "已由新版取代" in page.text
    assert "第 1 版到第 2 版的差異圖" in page.source and "△1 調整" in page.text and "△2 調整" in page.text
    drawn = seat.get(f"{SOP}/difference.svg?from=1&to=2").answer
    assert drawn.mimetype == "image/svg+xml" and "petition-online-1-2.svg" in drawn.headers["Content-Disposition"]
    assert "「總收文彙整掛號」改名為「收文掛號」。" in drawn.text and drawn.text.rstrip() in page.source
    assert seat.get(f"{SOP}/difference.png").answer.data.startswith(b"\x89PNG")
    assert seat.get(f"{SOP}/difference.pdf").answer.data.startswith(b"%PDF")
    for nothing in ("difference.svg?from=1&to=1", "difference.exe"):
        assert seat.get(f"{SOP}/{nothing}").status == 404
    back = seat.get(f"{SOP}/versions?from=2&to=1").text
    assert "「收文掛號」改名為「總收文彙整掛號」。" in back
    assert "請選擇兩個不同的版本" in seat.get(f"{SOP}/versions?from=1&to=1").text
    assert "總收文彙整掛號".encode() in seat.get(f"{SOP}/file.bpmn?version=1").answer.data
    assert "總收文彙整掛號".encode() not in seat.get(f"{SOP}/file.bpmn").answer.data.split(b"laneSet")[0]


def test_a_draft_is_seen_by_who_may_publish_and_by_nobody_else(office: Office, hashed: str) -> None:
    published_anew(office, RENAMED, publish=False)
    assert "草案" in owner_of(office, hashed).get(f"{SOP}/versions").text
    clerk = office.seat("clerk").get(f"{SOP}/versions?from=1&to=2").text
    assert "草案" not in clerk and "收文掛號」。" not in clerk
    assert office.seat("clerk").get(f"{SOP}/difference.svg?from=1&to=2").status == 404
    assert owner_of(office, hashed).get(f"{SOP}/difference.svg?from=1&to=2").status == 200
    drafted = office.seat("clerk").get(f"{SOP}/file.bpmn?version=2").answer.data
    assert b'name="\xe6\x94\xb6\xe6\x96\x87\xe6\x8e\x9b\xe8\x99\x9f"' not in drafted


def test_cases_are_counted_by_the_version_they_run(office: Office, hashed: str) -> None:
    office.petition()
    published_anew(office, RENAMED)
    office.petition()
    office.petition()
    with office.city.store.act() as db:
        first = sa.select(sa.func.max(case.c.id)).scalar_subquery()
        db.execute(sa.update(case).where(case.c.id == first).values(status="withdrawn"))
    with office.city.store.look() as db:
        assert [dict(row) for row in practices.running(db, "petition-online")] == [
            {"number": 2, "open": 1, "cases": 2}, {"number": 1, "open": 1, "cases": 1},
        ]  # fmt: skip
        shared = practices.running(db, "shared-follow-up")
    assert [(row["open"], row["cases"]) for row in shared] == [(2, 3)], "a shared procedure counts its callers' cases"
    page = owner_of(office, hashed).get(SOP).text
    assert "第 2 版（生效）" in page and "第 1 版" in page


# -- practice --------------------------------------------------------------------------------------------------------


def seen(office: Office, sop_id: str = "petition-online") -> practices.Practice:
    with office.city.store.look() as db:
        return practices.practice(db, procedure(db, sop_id).sop, calendar=office.city.office.calendar)


def at_officer_after(office: Office, *hours: float) -> None:
    """Petitions that the registry kept for so many working hours, all within a day."""
    from datetime import timedelta

    begun = office.city.now
    for wait in hours:
        office.city.now = begun
        case_id = office.petition()
        office.city.now = begun + timedelta(hours=wait)
        registered = {"receipt_number": "115-A-1", "responsible_unit": "works-lighting"}
        office.city.complete(case_id, "PO-04", who="registry1", answers=registered)
    office.city.now = begun


def test_times_are_the_median_and_what_four_of_five_stay_under_in_working_time(office_on_both: Office) -> None:
    office = office_on_both
    at_officer_after(office, 0.5, 1, 1.5, 2, 3, 24)
    step = {one.id: one for one in seen(office).steps}["PO-04"]
    assert (step.times, step.median, step.most, step.standard, step.over) == (6, 1.5, 3.0, 4.0, 1)
    assert step.name == "總收文彙整掛號" and step.lane == "總收文"


def test_where_cases_go_back_and_which_branches_they_take_is_counted(office_on_both: Office, hashed: str) -> None:
    office = office_on_both
    first, second = office.at_review(), office.at_review()
    with office.city.store.act() as db:
        chief = people.get(db, "lighting-chief", office.city.now)
        moving.send_back(
            db, office.item(first, "PO-09"), to_step="PO-08", reason="補照片", who=chief, at=office.city.now,
            office=office.city.office,
        )  # fmt: skip
    office.city.complete(second, "PO-09", who="lighting-chief", answers={"reply_check": "退回修正", "reason": "補說明"})
    office.city.complete(second, "PO-08", who="lighting1", answers=HANDLED)
    office.city.complete(second, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    found = seen(office)
    assert [(r.from_step, r.to_step, r.times) for r in found.returned] == [("回覆內容核稿", "權責單位處理", 1)]
    shares = {(b.gateway, b.label): (b.times, b.share) for b in found.branches}
    assert shares["核稿結果", "核可"] == (1, 0.5) and shares["核稿結果", "退回修正"] == (1, 0.5)
    assert shares["是否重複登打", "是（重複）"] == (0, 0.0)
    assert {s.id: s.again for s in found.steps}["PO-08"] == 2
    page = owner_of(office, hashed).get(f"{SOP}/practice").text
    assert "50%" in page and "回覆內容核稿" in page


def test_no_person_is_named_where_practice_is_shown(office: Office, hashed: str) -> None:
    office.at_review()
    text = owner_of(office, hashed).get(f"{SOP}/practice").text
    with office.city.store.look() as db:
        names = set(db.scalars(sa.select(person.c.name))) - {"例流程"}
    assert [name for name in names if name in text] == []


def test_what_runs_inside_a_shared_procedure_is_shown_with_that_procedure(office: Office) -> None:
    case_id = office.at_officer()
    office.city.until(office.city.now.replace(month=12, day=7))
    assert office.open_steps(case_id) == ["PO-FU/FU-04"]
    with office.city.store.act() as db:
        clerk = people.get(db, "lighting1", office.city.now)
        row = office.city.open_item(case_id, "PO-FU/FU-04")
        answers = {"progress": "已派工，待料中。", "reply_now": "no", "handled": "未辦結", "overdue_reason": "待料。"}
        working.complete(
            db, row["id"], who=clerk, at=office.city.now, office=office.city.office,
            answers={**answers, "improvement": "改用備料。", "catch_up_on": "2026-12-20"},
        )  # fmt: skip
    assert "FU-04" in {s.id for s in seen(office, "shared-follow-up").steps}
    assert "FU-04" not in {s.id for s in seen(office).steps}


def test_practice_asks_the_same_of_few_cases_and_of_many(office: Office) -> None:
    office.at_officer()
    with counted(office.city.store) as few:
        seen(office)
    for _ in range(4):
        office.at_officer()
    with counted(office.city.store) as many:
        seen(office)
    assert len(many) == len(few) <= 10


def test_a_procedure_nobody_has_used_says_so(office: Office, hashed: str) -> None:
    page = owner_of(office, hashed).get("/procedures/petition-written-fax/practice")
    assert page.status == 200 and "還沒有可以統計的步驟" in page.text


def test_what_an_import_did_is_not_counted(office: Office, hashed: str) -> None:
    import io

    from tests.cases.sheets_of_petitions import as_csv, line

    seat = admin_of(office, hashed)
    content: Any = (io.BytesIO(as_csv(line(1))), "a.csv")
    fields = {"csrf": seat.get("/admin/import").hidden("csrf"), "file-sheet": content}
    where = seat.client.post("/admin/import", data=fields, content_type="multipart/form-data").headers["Location"]
    seat.fill(where, "/apply")
    assert seen(office, "petition-written-fax").cases == 1 and seen(office, "petition-written-fax").steps == []
