"""匯入舊案 in the browser: template, trial, mistakes, taking in, taking back; three people at the door."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import import_rows, importing
from engine.cases.records import case, import_batch, import_row
from tests.cases.sheets_of_petitions import as_csv, as_ods, line
from tests.webui.administration import admin_of, counted, owner_of
from tests.webui.conftest import Office, Page, Seat


@pytest.fixture
def admin(office: Office, hashed: str) -> Seat:
    return admin_of(office, hashed)


def upload(seat: Seat, content: bytes, name: str = "petitions.csv", **more: Any) -> Page:
    fields = {"csrf": seat.get("/admin/import").hidden("csrf"), "file-sheet": (io.BytesIO(content), name), **more}
    answer = seat.client.post("/admin/import", data=fields, content_type="multipart/form-data")
    return Page(answer)


def cases(office: Office) -> int:
    with office.city.store.look() as db:
        return int(db.scalar(sa.select(sa.func.count()).select_from(case)) or 0)


@pytest.mark.parametrize("path", ["/admin/import", "/admin/import/template.csv", "/admin/import/template.ods"])
def test_only_the_administrator_comes_in(office: Office, admin: Seat, hashed: str, path: str) -> None:
    assert admin.get(path).status == 200
    assert owner_of(office, hashed).get(path).status == 403
    assert office.seat("clerk").get(path).status == 403


def test_a_file_is_tried_looked_at_taken_in_and_taken_back(office: Office, admin: Seat) -> None:
    page = upload(admin, as_csv(line(1), line(2, 管道="線上陳情")))
    assert page.status == 303 and re.fullmatch(r"/admin/import/\d+", page.location)
    tried = admin.get(page.location)
    assert "試跑無誤，等候匯入" in tried.text and "進入「權責單位處理並擬函」" in tried.text and cases(office) == 0
    done = admin.fill(page.location, "/apply")
    assert (done.status, done.location) == (303, page.location) and cases(office) == 2
    result = admin.get(page.location)
    assert "已匯入 2 件" in result.text and "115-000001" in result.text
    assert office.seat("clerk").get("/?view=role").text.count("路燈不亮") >= 2, "the unit finds them in its pool"
    refused = admin.fill(page.location, "/undo", {"reason": ""})
    assert refused.status == 422 and "請說明理由" in refused.text
    assert admin.fill(page.location, "/undo", {"reason": "檔案有誤"}).status == 303
    assert "2 件已撤案" in admin.get(page.location).text
    assert "已復原" in admin.get("/admin/import").text


def test_mistakes_are_listed_first_by_row_and_column_and_nothing_can_be_taken_in(office: Office, admin: Seat) -> None:
    page = upload(admin, as_csv(line(1), line(2, 權責單位="火星處"), line(3)))
    result = admin.get(page.location)
    assert "1 列需要修正，2 列無誤" in result.text and not result.offers("/apply")
    first = re.findall(r"<tr><td class=\"number\">(\d+)</td>", result.source)
    assert first == ["3", "2", "4"] and "查無這個單位" in result.text
    assert re.findall(r"<tr><td class=\"number\">(\d+)</td>", admin.get(f"{page.location}?view=bad").source) == ["3"]
    csrf = result.hidden("csrf")
    with office.city.store.look() as db:
        digest = db.scalar(sa.select(import_batch.c.digest))
    answer = admin.send(f"{page.location}/apply", {"csrf": csrf, "digest": digest})
    assert answer.status == 409 and "import_bad" in answer.text and cases(office) == 0
    assert admin.fill(page.location, "/drop").location == "/admin/import?said=import-dropped"
    assert "已捨棄" in admin.get(page.location).text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "請選擇一個檔案"),
        (b"\xff\xd8\xff\xe0 no sheet", "檔案不完整"),
        (as_csv(line(1), heading=["主旨"]), "缺少欄位"),
    ],
)
def test_what_is_no_sheet_comes_back_with_a_sentence(
    office: Office, admin: Seat, content: bytes, sentence: str
) -> None:
    page = upload(admin, content, name="" if not content else "a.csv")
    assert page.status == 422 and sentence in page.text and "欄位說明" in page.text
    with office.city.store.look() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(import_batch)) == 0


def test_another_file_than_the_one_tried_and_a_stale_button_are_told(office: Office, admin: Seat) -> None:
    where = upload(admin, as_csv(line(1))).location
    csrf = admin.get(where).hidden("csrf")
    assert admin.send(f"{where}/apply", {"csrf": csrf, "digest": "0" * 64}).status == 409
    digest = admin.get(where).hidden("digest")
    assert admin.send(f"{where}/apply", {"csrf": csrf, "digest": digest}).status == 303
    again = admin.send(f"{where}/apply", {"csrf": csrf, "digest": digest})
    assert again.status == 409 and cases(office) == 1
    assert upload(admin, as_csv(line(1))).status == 409, "the same file is not taken in twice"
    assert admin.get("/admin/import/999").status == 404


def test_a_long_file_shows_how_far_it_is_and_goes_on_by_itself_or_by_hand(
    office: Office, admin: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.pages.importing.AT_ONCE", 3)
    monkeypatch.setattr("webui.pages.importing.BY_HAND", 4)
    where = upload(admin, as_csv(*[line(n) for n in range(1, 13)])).location
    page = admin.get(where)
    assert "試跑中" in page.text and '<progress value="3" max="12"' in page.source
    assert page.answer.headers["Refresh"] == "3"
    admin.fill(where, "/go-on")
    assert '<progress value="7" max="12"' in admin.get(where).source
    with office.city.store.look() as db:
        waiting = importing.waiting(db)
    assert waiting is not None
    importing.work(office.city.store, waiting, at=office.city.now, office=office.city.office)
    assert "Refresh" not in admin.get(where).answer.headers and "試跑無誤" in admin.get(where).text


def test_the_templates_hold_every_column_and_can_be_handed_in(office: Office, admin: Seat) -> None:
    names = [column.name for column in import_rows.COLUMNS]
    sheet = admin.get("/admin/import/template.csv").answer.data.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(sheet))) == names
    ods = admin.get("/admin/import/template.ods").answer.data
    for content, name in ((sheet.encode(), "a.csv"), (ods, "a.ods")):
        with office.city.store.act() as db:
            db.execute(sa.delete(import_row))
            db.execute(sa.delete(import_batch))
        page = upload(admin, content, name)
        assert page.status == 303 and "試跑無誤" in admin.get(page.location).text, name


def test_an_ods_sheet_comes_in_by_the_browser(admin: Seat) -> None:
    assert "試跑無誤" in admin.get(upload(admin, as_ods(line(1)), "petitions.ods").location).text


def test_the_page_of_a_batch_asks_the_same_of_one_row_and_of_many(office: Office, admin: Seat) -> None:
    one = upload(admin, as_csv(line(1))).location
    many = upload(admin, as_csv(*[line(n) for n in range(2, 40)])).location
    with counted(office.city.store) as few:
        admin.get(one)
    with counted(office.city.store) as more:
        admin.get(many)
    assert len(more) == len(few)
