"""作業標準書 on the desk: read by everybody in the house, taken along as PDF, ODT or HTML, inert on a strict page."""

from __future__ import annotations

import re
from pathlib import Path

from diagrams.sheet.style import WIDTHS
from tests.webui.administration import owner_of
from tests.webui.conftest import Office, Seat
from tests.webui.test_procedures import LONGER, published_anew

SOP = "/procedures/shared-approval"


def test_everybody_in_the_house_reads_the_sheet_and_nobody_else(office: Office, hashed: str) -> None:
    for seat in (office.seat("clerk"), office.seat("chief"), owner_of(office, hashed)):
        page = seat.get(f"{SOP}/paper")
        assert page.status == 200
        for said in ("一、處理流程", "二、法令依據", "三、作業注意事項", "四、使用表格", "第 1 版"):
            assert said in page.text, said
        assert "<svg" in page.source and not re.search(r"<[^>]* style=", page.source)
    assert Seat(office.app).get(f"{SOP}/paper").status == 303
    assert Seat(office.app).get(f"{SOP}/paper.pdf").status == 303
    assert f"{SOP}/paper" in office.seat("clerk").get(SOP).source


def test_it_is_taken_along_in_three_forms_and_nothing_else(office: Office) -> None:
    clerk = office.seat("clerk")
    for kind, head in (("html", b"<!DOCTYPE html>"), ("odt", b"PK"), ("pdf", b"%PDF")):
        answer = clerk.get(f"{SOP}/paper.{kind}").answer
        assert answer.status_code == 200 and answer.data.startswith(head)
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert clerk.get(f"{SOP}/paper.docx").status == 404
    assert clerk.get("/procedures/none/paper").status == clerk.get("/procedures/none/paper.pdf").status == 404


def test_an_earlier_version_keeps_its_sheet_and_an_unknown_one_is_not_found(office: Office) -> None:
    published_anew(office, LONGER)
    clerk = office.seat("clerk")
    paper = "/procedures/petition-online/paper"
    assert "第 2 版" in clerk.get(paper).text and "第 1 版" in clerk.get(f"{paper}?version=1").text
    for asked in ("9", "x", "٢", "1 or 1"):
        assert clerk.get(f"{paper}?version={asked}").status == 404, asked


def test_in_english_our_words_are_english(office: Office) -> None:
    clerk = office.seat("clerk")
    clerk.send("/language", {"csrf": clerk.get("/").hidden("csrf"), "language": "en", "back": "/"})
    page = clerk.get(f"{SOP}/paper")
    assert "2. Legal basis" in page.text and "Download PDF" in page.text


def test_the_desk_knows_every_width_of_a_column() -> None:
    css = (Path(__file__).parents[2] / "webui" / "static" / "desk.css").read_text("utf-8")
    assert [n for n in WIDTHS if f".sop-sheet .wide-{n} {{ width: {n}%; }}" not in css] == []
