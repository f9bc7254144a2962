"""The petitions open today come in: tried first, all or none, at their true stage with their true clocks, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import import_sheets, importing, moving_in, working
from engine.cases.importing import Batch
from engine.cases.records import case, document, import_batch, import_row, imported, item
from engine.dates.records import alarm, deadline
from engine.errors import Conflict, Invalid, NotAllowed, NotNow
from engine.library import shelf
from engine.office import journal, vault
from engine.office.people import SYSTEM
from engine.office.records import entry, notice
from engine.store import Store, metadata
from tests import laid
from tests.cases.conftest import PROCESSES, Desk
from tests.cases.sheets_of_petitions import HEADING, REPLIED, as_csv, as_ods, bomb, line


def submit(desk: Desk, content: bytes, *, who: str = "admin", name: str = "petitions.csv") -> int:
    with desk.store.act() as db:
        return importing.submit(db, name, content, who=desk.who(who), at=desk.now, office=desk.city.office)


def work(desk: Desk, batch_id: int, most: int | None = None) -> Batch:
    return importing.work(desk.store, batch_id, at=desk.now, office=desk.city.office, most=most)


def tried(desk: Desk, *lines: dict[str, str], **more: Any) -> Batch:
    return work(desk, submit(desk, as_csv(*lines), **more))


def apply(desk: Desk, batch: Batch, *, digest: str | None = None, who: str = "admin") -> None:
    with desk.store.act() as db:
        importing.apply(db, batch.id, digest=digest or batch.digest, who=desk.who(who), at=desk.now)


def taken_in(desk: Desk, *lines: dict[str, str]) -> Batch:
    batch = tried(desk, *lines)
    assert batch.state == "ready", said(desk, batch)
    apply(desk, batch)
    return work(desk, batch.id)


def undo(desk: Desk, batch: Batch, reason: str = "檔案有誤") -> None:
    with desk.store.act() as db:
        importing.undo(db, batch.id, reason=reason, who=desk.who("admin"), at=desk.now)


def said(desk: Desk, batch: Batch) -> dict[str, list[list[str]]]:
    query = sa.select(import_row).where(import_row.c.batch_id == batch.id).order_by(import_row.c.row)
    return {row["old_number"]: row["says"] for row in desk.rows(query)}


def the_case(desk: Desk, n: int = 1) -> dict[str, Any]:
    query = sa.select(case).join(imported, imported.c.case_id == case.c.id)
    return dict(desk.rows(query.where(imported.c.old_number == f"OLD-{n:04}"))[0])


def nothing_but_the_batch(desk: Desk) -> None:
    for table in (case, item, imported, deadline, alarm, notice, document, metadata.tables["vault"]):
        assert desk.rows(sa.select(table)) == [], table.name


@pytest.fixture
def sqlite_desk(sqlite_store: Store, taipei: Callable[[str], datetime]) -> Desk:
    """For what has nothing to do with the database."""
    return Desk(laid.city(taipei("2026-11-26T09:00"), sqlite_store))


# -- the stages ------------------------------------------------------------------------------------------------------

CHANNELS = ("線上陳情", "線上市容查報", "到府", "電話", "書面", "傳真")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_petition_enters_its_sop_at_the_stage_where_it_stands(sqlite_desk: Desk, channel: str) -> None:
    desk = sqlite_desk
    late = {"收件日期": "115/9/1", "目前階段": "追蹤"}
    batch = taken_in(
        desk,
        line(1, 管道=channel, 目前階段="收件", 權責單位=""),
        line(2, 管道=channel),
        line(3, 管道=channel, **late),
        line(4, 管道=channel, 收件日期="115/11/20", **REPLIED),
        line(5, 管道=channel, **{**REPLIED, "收件日期": "115/11/2"}),
    )
    assert (batch.state, batch.taken, batch.bad) == ("done", 5, 0)
    steps = {n: desk.open_steps(the_case(desk, n)["id"]) for n in range(1, 6)}
    assert [step.rpartition("-")[2] for step in steps[1]] == ["04"], "the registry decides whose it is"
    assert all("/" not in step for step in steps[2]) and the_case(desk, 2)["unit"] == "works-lighting"
    assert [step.rpartition("/")[2] for step in steps[3]] == ["FU-04"], "past its limit it is followed up"
    assert [step.rpartition("/")[2] for step in steps[4]] == ["FU-01"], "answered in time, kept in control"
    assert steps[5] == [], "answered late, it waits for the next round"
    assert {the_case(desk, n)["status"] for n in range(1, 6)} == {"open"}


def test_the_clocks_run_from_the_true_day_of_receipt(desk: Desk) -> None:
    taken_in(desk, line(1), line(2, 收件日期="2026-11-20", 限辦日期="115/12/31"), line(3, 收件日期="2026/11/24"))
    due = {n: limit(desk, n).due_at.astimezone(working_zone()).isoformat()[:16] for n in (1, 2, 3)}
    assert due == {1: "2026-11-30T17:00", 2: "2026-12-31T17:00", 3: "2026-11-27T17:00"}
    told = limit(desk, 2)
    assert told.changes[0]["kind"] == "given" and "依規則為 115/11/25" in told.working[-2]["why"]
    assert the_case(desk, 1)["received_at"].isoformat() == "2026-11-25T00:00:00+00:00"
    assert the_case(desk, 1)["controlled_at"] == the_case(desk, 1)["received_at"]


def test_what_was_answered_in_time_is_met_on_the_day_of_the_answer_and_dispatched_then(desk: Desk) -> None:
    taken_in(desk, line(1, 收件日期="115/11/20", **REPLIED))
    met, row = limit(desk, 1), the_case(desk)
    assert met.met_at is not None and met.met_at <= met.due_at < desk.now
    assert row["dispatched_at"] == met.met_at and row["released_at"] is None
    kinds = [r["kind"] for r in desk.rows(sa.select(document).where(document.c.case_id == row["id"]))]
    assert "reply" in kinds


def test_a_date_told_elsewhere_holds_when_the_calendar_is_recounted(desk: Desk) -> None:
    from engine.dates import changes

    taken_in(desk, line(1, 限辦日期="115/12/31"))
    row = limit(desk, 1)
    assert changes.again(row, desk.city.office.calendar).due == row.due_at


def test_nobody_outside_hears_of_it_and_the_journal_has_one_line_a_case(desk: Desk) -> None:
    batch = taken_in(
        desk, line(1, 管道="線上陳情"), line(2), line(3, 收件日期="115/11/2", **{**REPLIED, "管道": "線上陳情"})
    )
    assert desk.rows(sa.select(notice).where(notice.c.person_id.is_(None), notice.c.state == "waiting")) == []
    for n in (1, 2, 3):
        lines = desk.entries(the_case(desk, n)["id"])
        assert [(one.verb, one.by) for one in lines] == [("import", None)]
        assert lines[0].effects["old_number"] == f"OLD-{n:04}" and lines[0].at == desk.now
    with desk.store.look() as db:
        office = [one for one in journal.of(db, "office") if one.verb.startswith("import")]
        assert journal.verify(db) == []
    assert [one.verb for one in office] == ["import.file", "import.apply"]
    assert {one.by for one in office} == {desk.who("admin").id} and batch.taken == 3


def test_the_petitioner_lies_in_the_vault_and_nowhere_else(desk: Desk, tmp_path: Any) -> None:
    batch = tried(desk, line(1, 陳情人姓名="例罕見堃", 聯絡電話="0900-777-888", 通訊地址="例縣例鄉九九號"))
    assert b"\xe5\xa0\x83" not in everything(desk.store), "between trial and end the file lies sealed"
    apply(desk, batch)
    work(desk, batch.id)
    with desk.store.look() as db:
        assert desk.city.office.key is not None
        kept = vault.read(db, the_case(desk)["id"], desk.city.office.key)
    assert (kept["petitioner_name"], kept["petitioner_phone"]) == ("例罕見堃", "0900-777-888")
    for canary in ("例罕見堃", "0900-777-888", "例縣例鄉九九號"):
        assert canary.encode() not in everything(desk.store) and canary.encode("unicode_escape") not in everything(
            desk.store
        )
    assert desk.rows(sa.select(import_batch.c.content)) == [{"content": None}], "and afterwards it is gone"


def test_the_same_people_in_one_file_are_no_duplicates_to_be_looked_for(desk: Desk) -> None:
    taken_in(desk, *[line(n, 管道="線上陳情") for n in (1, 2, 3)])
    assert all(desk.open_steps(the_case(desk, n)["id"]) == ["PO-08"] for n in (1, 2, 3))


# -- the trial -------------------------------------------------------------------------------------------------------


def test_a_trial_says_what_would_happen_and_keeps_nothing(desk: Desk) -> None:
    batch = tried(desk, line(1), line(2, 收件日期="115/9/1"))
    assert (batch.state, batch.good, batch.bad, batch.done) == ("ready", 2, 0, 2)
    told = said(desk, batch)
    assert told["OLD-0001"] == [["", "進入「權責單位處理並擬函」，工務處路燈管理科，期限 115/11/30 17:00。"]]
    assert told["OLD-0002"][0][1].startswith("限辦日期已過，依流程列入追蹤：")
    nothing_but_the_batch(desk)
    desk.petition()
    assert desk.rows(sa.select(case.c.number)) == [{"number": "115-000001"}], "not even a number was used up"


@pytest.mark.parametrize(
    ("changed", "column", "sentence"),
    [
        ({"主旨": ""}, "主旨", "必填"),
        ({"主旨": "一"}, "主旨", "2"),
        ({"陳情內容": "短"}, "陳情內容", "5"),
        ({"管道": "飛鴿"}, "管道", "線上陳情"),
        ({"案件類型": "抱怨"}, "案件類型", ""),
        ({"收件日期": "115/13/01"}, "收件日期", "沒有這一天"),
        ({"收件日期": "昨天"}, "收件日期", "115/11/20"),
        ({"收件日期": "116/1/1"}, "收件日期", "不能晚於今天"),
        ({"權責單位": "火星處"}, "權責單位", "查無這個單位"),
        ({"權責單位": ""}, "權責單位", "要填權責單位"),
        ({"目前階段": "結案"}, "目前階段", "收件、承辦或追蹤"),
        ({"目前階段": "追蹤"}, "目前階段", "期限還沒有過"),
        ({**REPLIED, "回覆內容": ""}, "回覆內容", "要填回覆內容"),
        ({**REPLIED, "回覆日期": "115/11/1"}, "回覆日期", "不能早於收件日期"),
        ({**REPLIED, "收件日期": "115/11/20", "回覆內容": "太短"}, "回覆內容", "20"),
        ({"電子郵件": "不是信箱"}, "電子郵件", ""),
        ({"聯絡電話": "三一四一五"}, "聯絡電話", ""),
        ({"管道": "線上陳情", "電子郵件": ""}, "電子郵件", "必填"),
        ({"原案號": "x" * 61}, "原案號", "60"),
        ({"主旨": "路燈\x00不亮"}, "", ""),
    ],
)
def test_a_mistake_is_a_sentence_at_its_row_and_column_and_nothing_is_stored(
    sqlite_desk: Desk, changed: dict[str, str], column: str, sentence: str
) -> None:
    desk = sqlite_desk
    if "\x00" in changed.get("主旨", ""):
        with pytest.raises(Invalid):
            submit(desk, as_csv(line(1, **changed)))
        return
    batch = tried(desk, line(1), line(2, **changed))
    assert (batch.state, batch.good, batch.bad) == ("bad", 1, 1)
    query = sa.select(import_row).where(import_row.c.verdict == "bad")
    row = desk.rows(query)[0]
    assert row["row"] == 3 and any(at == column and sentence in told for at, told in row["says"]), row["says"]
    with pytest.raises(NotNow, match="需要修正"):
        apply(desk, batch)
    nothing_but_the_batch(desk)


def test_the_same_old_number_twice_in_a_file_is_a_mistake_and_once_more_later_is_passed_over(desk: Desk) -> None:
    twice = tried(desk, line(1), line(1))
    assert twice.state == "bad" and "與第 2 列相同" in said(desk, twice)["OLD-0001"][0][1]
    taken_in(desk, line(1))
    number = the_case(desk)["number"]
    more = tried(desk, line(1), line(2))
    assert (more.state, more.known, more.good) == ("ready", 1, 1)
    assert said(desk, more)["OLD-0001"] == [["原案號", f"先前已匯入為 {number}，略過。"]]
    apply(desk, more)
    assert (work(desk, more.id).taken, len(desk.rows(sa.select(case)))) == (1, 2)


def test_only_the_file_that_was_tried_is_taken_in_and_only_once(desk: Desk) -> None:
    batch = tried(desk, line(1))
    with pytest.raises(Conflict):
        apply(desk, batch, digest="0" * 64)
    apply(desk, batch)
    with pytest.raises(NotNow, match="已經在匯入"):
        apply(desk, batch)
    work(desk, batch.id)
    with pytest.raises(NotNow, match="不會再匯入一次"):
        submit(desk, as_csv(line(1)))
    assert submit(desk, as_csv(line(2))) == submit(desk, as_csv(line(2))), "sent twice it is one batch"


def test_a_file_that_was_cut_off_goes_on_where_it_stopped(desk: Desk) -> None:
    batch_id = submit(desk, as_csv(*[line(n) for n in range(1, 8)]))
    assert (work(desk, batch_id, most=3).done, work(desk, batch_id, most=3).done) == (3, 6)
    batch = work(desk, batch_id)
    assert (batch.state, batch.good) == ("ready", 7)
    apply(desk, batch)
    half = work(desk, batch_id, most=4)
    assert (half.state, half.taken, half.is_at_work) == ("running", 4, True)
    with desk.store.look() as db:
        assert importing.waiting(db) == batch_id
    assert submit(desk, as_csv(*[line(n) for n in range(1, 8)])) == batch_id
    assert (work(desk, batch_id).taken, len(desk.rows(sa.select(case)))) == (7, 7)


def test_a_row_that_no_longer_fits_when_it_is_taken_in_is_told_and_the_others_come_in(desk: Desk) -> None:
    batch = tried(desk, line(1), line(2, 權責單位="works-roads"))
    with desk.store.act() as db:
        units = metadata.tables["unit"]
        db.execute(
            sa.update(units).where(units.c.id == "works-roads").values(until=desk.now.date() - timedelta(days=1))
        )
    apply(desk, batch)
    done = work(desk, batch.id)
    assert (done.state, done.taken, done.bad) == ("done", 1, 1)
    assert said(desk, batch)["OLD-0002"] == [["權責單位", "查無這個單位，請填單位名稱或代碼。"]]


# -- taking back -----------------------------------------------------------------------------------------------------


def test_a_batch_is_taken_back_while_nobody_has_done_anything(desk: Desk) -> None:
    batch = taken_in(desk, line(1), line(2, 管道="線上陳情"))
    with pytest.raises(Invalid):
        undo(desk, batch, reason=" ")
    undo(desk, batch)
    back = work(desk, batch.id)
    assert (back.state, back.back, back.taken) == ("undone", 2, 0)
    assert {row["status"] for row in desk.rows(sa.select(case))} == {"withdrawn"}
    assert desk.rows(sa.select(imported)) == [], "their old numbers are free"
    assert desk.rows(sa.select(notice).where(notice.c.person_id.is_(None), notice.c.state == "waiting")) == []
    again = tried(desk, line(1), line(2, 管道="線上陳情"))
    assert (again.id, again.state, again.good) == (batch.id, "ready", 2)


def test_a_batch_with_which_somebody_has_worked_stays(desk: Desk) -> None:
    batch = taken_in(desk, line(1), line(2))
    open_item = desk.item(the_case(desk, 2)["id"], "PW-09")
    desk.act(working.claim, open_item["id"], who=desk.who("lighting1"))
    with pytest.raises(NotNow, match=the_case(desk, 2)["number"]):
        undo(desk, batch)
    assert {row["status"] for row in desk.rows(sa.select(case))} == {"open"}


def test_a_case_taken_up_while_the_batch_is_taken_back_stays_as_it_is(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "CHUNK", 1)
    batch = taken_in(desk, line(1), line(2))
    undo(desk, batch)
    work(desk, batch.id, most=1)
    desk.act(working.claim, desk.item(the_case(desk, 2)["id"], "PW-09")["id"], who=desk.who("lighting1"))
    done = work(desk, batch.id)
    assert (done.state, done.back) == ("undone", 1) and the_case(desk, 2)["status"] == "open"
    assert said(desk, batch)["OLD-0002"] == [["", "已有人員辦理，保留不動。"]]


def test_a_file_that_was_only_tried_is_given_up_and_its_content_gone(desk: Desk) -> None:
    batch = tried(desk, line(1))
    with desk.store.act() as db:
        importing.drop(db, batch.id, who=desk.who("admin"), at=desk.now)
    assert desk.rows(sa.select(import_batch.c.state, import_batch.c.content)) == [{"state": "dropped", "content": None}]
    with pytest.raises(NotNow), desk.store.act() as db:
        importing.drop(db, batch.id, who=desk.who("admin"), at=desk.now)


def test_every_channel_opens_a_petition_not_another_sop_that_asks_how_it_came_in(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    with desk.store.act() as db:
        shelf.load(db, PROCESSES, who=SYSTEM, at=desk.now, only=("mayor-meets-citizens",))
        starts = moving_in.city(db, desk.now).starts
    assert {sop_id for sop_id, _ in starts.values()} == {
        "petition-online", "petition-visit-phone", "petition-written-fax"
    }  # fmt: skip


def test_a_long_file_is_opened_once_and_taken_in_few_at_a_time(sqlite_desk: Desk, monkeypatch: Any) -> None:
    """SQLite has one writer: a file of thousands is read before it is taken, and let go of between a few rows."""
    desk = sqlite_desk
    batch_id = submit(desk, as_csv(*(line(n) for n in range(1, 12))))
    opened: list[str] = []
    lines = import_sheets.lines

    def counted(name: str, content: bytes) -> Any:
        with desk.store.act():  # nobody holds the writer
            opened.append(name)
        return lines(name, content)

    monkeypatch.setattr(import_sheets, "lines", counted)
    told: list[int] = []
    office = desk.city.office
    batch = importing.work(desk.store, batch_id, at=desk.now, office=office, progress=told.append)
    assert (batch.state, len(opened), told) == ("ready", 1, [5, 10, 11])


@pytest.mark.parametrize("who", ["owner", "lighting1", "rdec1"])
def test_only_the_administrator_brings_files_in(sqlite_desk: Desk, who: str) -> None:
    desk = sqlite_desk
    with pytest.raises(NotAllowed):
        submit(desk, as_csv(line(1)), who=who)
    batch = tried(desk, line(1))
    with pytest.raises(NotAllowed):
        apply(desk, batch, who=who)
    for act in (importing.drop, lambda db, n, **by: importing.undo(db, n, reason="試", **by)):
        with pytest.raises(NotAllowed), desk.store.act() as db:
            act(db, batch.id, who=desk.who(who), at=desk.now)


# -- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "big5", "cp950"])
def test_a_sheet_is_read_in_the_encodings_of_the_house(sqlite_desk: Desk, encoding: str) -> None:
    desk = sqlite_desk
    work(desk, submit(desk, as_csv(line(1, 主旨="里內道路「坑洞」"), encoding=encoding)))
    assert desk.rows(sa.select(import_row.c.verdict)) == [{"verdict": "good"}]


def test_rare_characters_quotes_and_lines_within_a_cell_come_through(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    body = '第一行，含"引號"\n第二行𠮷堃鵺😀'
    taken_in(desk, line(1, 陳情內容=body))
    answer = metadata.tables["answer"]
    opening = desk.rows(sa.select(answer.c.answers).order_by(answer.c.id))[0]["answers"]
    assert opening["body"] == body


def test_an_ods_sheet_with_true_dates_is_the_same_as_a_csv(sqlite_desk: Desk) -> None:
    from datetime import date

    desk = sqlite_desk
    content = as_ods(line(1, 權責單位="工務處路燈管理科"), line(2), dates={"收件日期": date(2026, 11, 25)})
    batch = work(desk, submit(desk, content, name="petitions.ods"))
    assert (batch.state, batch.good, batch.rows) == ("ready", 2, 2), said(desk, batch)
    assert "115/11/30 17:00" in said(desk, batch)["OLD-0001"][0][1]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "空的"),
        (as_csv(), "a.csv", "只有標題列"),
        (as_csv(line(1), heading=HEADING[1:]), "a.csv", "缺少欄位：原案號"),
        (as_csv(line(1), heading=[*HEADING, "備註欄"]), "a.csv", "不認得的欄位：備註欄"),
        (as_csv(line(1), heading=[*HEADING, "主旨"]), "a.csv", "重複的欄位：主旨"),
        (as_csv(line(1)) + b'"x,"y"\r\n', "a.csv", "CSV 格式有誤"),
        (as_csv(line(1)) + b"," * 40 + b"x\r\n", "a.csv", "欄位比標題列多"),
        (b"\xff\xfe\xfa\xff\n\xff", "a.csv", "請另存成 UTF-8 的 CSV"),
        (b"\x00\x01\x02\x03", "a.bin", "請選擇 CSV 或 ODS 試算表"),
        (b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF", "a.csv", ""),
        (b"PK\x03\x04 not a package", "a.ods", ""),
        (as_ods(line(1))[:-300], "a.ods", ""),
    ],
)
def test_what_is_no_sheet_of_petitions_is_refused_in_a_sentence(
    sqlite_desk: Desk, content: bytes, name: str, sentence: str
) -> None:
    desk = sqlite_desk
    with pytest.raises(Invalid) as refused:
        submit(desk, content, name=name)
    assert sentence in refused.value.sentence and refused.value.fields["file"]
    assert desk.rows(sa.select(import_batch)) == []


def test_a_package_that_unpacks_to_far_too_much_is_refused_unopened(sqlite_desk: Desk) -> None:
    with pytest.raises(Invalid, match="過大"):
        submit(sqlite_desk, bomb(), name="a.ods")


def test_a_row_repeated_a_million_times_costs_nothing(sqlite_desk: Desk) -> None:
    import io
    import zipfile

    plain = as_ods(line(1))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "content.xml":
                assert content.count(b"</table:table>") == 1
                empty = b'<table:table-row table:number-rows-repeated="1048574"><table:table-cell/></table:table-row>'
                content = content.replace(b"</table:table>", empty + b"</table:table>")
            new.writestr(part, content, zipfile.ZIP_STORED if part.filename == "mimetype" else zipfile.ZIP_DEFLATED)
    assert work(sqlite_desk, submit(sqlite_desk, out.getvalue(), name="a.ods")).good == 1


def test_a_doctype_in_a_sheet_is_refused(sqlite_desk: Desk) -> None:
    import io
    import zipfile

    plain = as_ods(line(1))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "content.xml":
                head, _, rest = content.partition(b"?>")
                content = head + b'?><!DOCTYPE x [<!ENTITY e "boom">]>' + rest
            new.writestr(part, content, zipfile.ZIP_STORED if part.filename == "mimetype" else zipfile.ZIP_DEFLATED)
    with pytest.raises(Invalid):
        submit(sqlite_desk, out.getvalue(), name="a.ods")


# -- helpers ---------------------------------------------------------------------------------------------------------


def limit(desk: Desk, n: int) -> Any:
    """The limit of the whole case."""
    query = sa.select(deadline).where(deadline.c.case_id == the_case(desk, n)["id"], deadline.c.step.is_(None))
    with desk.store.look() as db:
        return db.execute(query.order_by(deadline.c.id)).first()


def working_zone() -> Any:
    from engine.dates.workdays import TAIPEI

    return TAIPEI


def everything(store: Store) -> bytes:
    """All rows but the sealed ones, as text."""
    found = []
    with store.look() as db:
        for name, table in metadata.tables.items():
            columns = [c for c in table.c if not (name == "vault" or isinstance(c.type, sa.LargeBinary))]
            if columns:
                found += [repr(tuple(row)) for row in db.execute(sa.select(*columns))]
        count = db.scalar(sa.select(sa.func.count()).select_from(entry))
    assert count
    return "\n".join(found).encode()
