"""The year's strip: no name is cut, daily work looks unlike a limit, today is named."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

from diagrams import lettering
from diagrams.year_strip import Line, Span, strip
from tests.diagrams.test_drawing import SVG

LONG = "嘉義市政府政府服務品質獎評核及獎勵作業要點推薦參獎機關作業流程（含複評與實地查證）"
MONTHS = [f"{n}月" for n in range(1, 13)]


def drawn() -> ElementTree.Element:
    lines = [
        Line("年度計畫啟動", LONG, [Span(date(2026, 1, 2), date(2026, 3, 31), False, "1/2")]),
        Line("每日備份", "", [Span(date(2026, 1, 2), date(2026, 12, 31), True, "每日", daily=True)]),
        Line("月報", "公文", [Span(date(2026, n, 1), None, True, f"{n}/1") for n in range(1, 13)]),
    ]
    return ElementTree.fromstring(strip("行事曆", 2026, lines, MONTHS, date(2026, 12, 31), "今天"))


def test_every_name_is_whole_and_stands_beside_the_year() -> None:
    texts = list(drawn().iter(f"{SVG}text"))
    said = ["".join(text.itertext()) for text in texts]
    assert LONG in said and "年度計畫啟動" in said and not any("…" in one for one in said)
    name = texts[said.index(LONG)]
    for line in name.iter(f"{SVG}tspan"):
        assert float(line.attrib["x"]) + lettering.width(line.text or "", float(name.attrib["font-size"])) < 300


def test_daily_work_has_no_bar_and_today_is_named_within_the_picture() -> None:
    root = drawn()
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.attrib["fill"] == "#9cc3d3"]
    assert len(bars) == 1, "only what has a limit"
    hatched = [path for path in root.iter(f"{SVG}path") if path.attrib.get("stroke-dasharray") == "1.5 3"]
    assert len(hatched) == 1
    (today,) = (text for text in root.iter(f"{SVG}text") if "".join(text.itertext()) == "今天")
    (line,) = today.iter(f"{SVG}tspan")
    assert float(line.attrib["x"]) + lettering.width("今天", 12) / 2 <= 1200
