"""流程圖（分欄） on the desk: read by the whole house, in either symbols, on any paper, taken along as a file."""

from __future__ import annotations

import re

from tests.webui.administration import owner_of
from tests.webui.conftest import Office, Seat
from tests.webui.test_procedures import LONGER, published_anew

SOP = "/procedures/shared-approval"


def test_everybody_in_the_house_reads_the_chart_and_nobody_else(office: Office, hashed: str) -> None:
    for seat in (office.seat("clerk"), office.seat("chief"), owner_of(office, hashed)):
        page = seat.get(f"{SOP}/chart")
        assert page.status == 200
        assert page.source.count("<svg") >= 1 and not re.search(r"<[^>]* style=", page.source)
        for said in ("主辦", "標準工時", "第 1 版", "以清單閱讀步驟"):
            assert said in page.text, said
    assert Seat(office.app).get(f"{SOP}/chart").status == 303
    assert Seat(office.app).get(f"{SOP}/chart.pdf").status == 303
    assert f"{SOP}/chart" in office.seat("clerk").get(SOP).source


def test_symbols_paper_and_columns_are_chosen_and_what_nobody_knows_is_left_aside(office: Office) -> None:
    clerk = office.seat("clerk")
    long = clerk.get(f"{SOP}/chart?symbols=bpmn&page=none&columns=none")
    assert long.source.count("<svg") == 1 and "data-cell" not in long.source
    assert 'value="bpmn" selected' in long.source
    pages = clerk.get("/procedures/petition-online/chart?page=A4-landscape")
    assert pages.source.count("<svg") > 2 and 'class="chart-pages landscape"' in pages.source
    odd = clerk.get(f"{SOP}/chart?symbols=%3Cb%3E&page=A0&columns=x")
    assert odd.status == 200 and "<b>" not in odd.source


def test_it_is_taken_along_as_svg_png_and_pdf_and_nothing_else(office: Office) -> None:
    clerk = office.seat("clerk")
    for kind, head in (("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        answer = clerk.get(f"{SOP}/chart.{kind}").answer
        assert answer.status_code == 200 and answer.data.startswith(head)
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert clerk.get(f"{SOP}/chart.gif").status == 404
    assert clerk.get("/procedures/none/chart").status == clerk.get("/procedures/none/chart.svg").status == 404


def test_an_earlier_version_keeps_its_chart_and_an_unknown_one_is_not_found(office: Office) -> None:
    published_anew(office, LONGER)
    clerk = office.seat("clerk")
    chart = "/procedures/petition-online/chart"
    assert "第 2 版" in clerk.get(chart).text and "第 1 版" in clerk.get(f"{chart}?version=1").text
    for asked in ("9", "x", "٢", "1 or 1"):
        assert clerk.get(f"{chart}?version={asked}").status == 404, asked


def test_in_english_our_words_are_english(office: Office) -> None:
    clerk = office.seat("clerk")
    clerk.send("/language", {"csrf": clerk.get("/").hidden("csrf"), "language": "en", "back": "/"})
    page = clerk.get(f"{SOP}/chart")
    assert "Standard time" in page.text and "Download PDF" in page.text and "Draw again" in page.text
