"""A clock as a line: things stand where their day is, nothing written runs into anything else, shapes tell what is."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from diagrams import lettering
from diagrams.deadline_strip import WIDE, Label, Pause, Sign, Strip, draw
from tests.diagrams.test_drawing import ALLOWED, PAYLOADS, SVG

RUNS = Strip(
    said="答復期限", start=0.4, due=6.0, now=3.5, over=None, length=8.0, now_words="現在",
    signs=[Sign(3.0, "reminder", True, "提醒"), Sign(6.0, "escalation", False, "稽催", 1)],
    labels=[Label(0.4, "起算 11/26（四）"), Label(6.0, "期限 115/12/4（五）17:00", bold=True)],
    pauses=[Pause(1.0, 2.0, "停止計時")], ticks=[(float(n), f"11/{26 + n}") for n in range(9)],
)  # fmt: skip


def written(svg: str) -> list[tuple[float, float, float]]:
    """Each line of text as (left, right, baseline)."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        for line in text.iter(f"{SVG}tspan"):
            wide = lettering.width(line.text or "", float(text.attrib["font-size"]))
            middle = float(line.attrib["x"])
            found.append((middle - wide / 2, middle + wide / 2, float(line.attrib["y"])))
    return found


def boxes(svg: str, ink: str) -> list[tuple[float, float]]:
    rects = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [(float(r.attrib["x"]), float(r.attrib["width"])) for r in rects if r.attrib.get("stroke") == ink]


def test_the_time_gone_by_ends_where_the_reader_stands_and_lateness_begins_at_the_due_date() -> None:
    passed, late = "#0f4c63", "#a1181d"
    ((left, wide),) = boxes(draw(RUNS), passed)
    assert (left + wide - 14) / (WIDE - 28) == pytest.approx(3.5 / 8, abs=0.01)
    assert boxes(draw(RUNS), late) == []
    past = Strip(**{**{n: getattr(RUNS, n) for n in RUNS.__slots__}, "now": 7.5})
    ((since, _),) = boxes(draw(past), late)
    assert (since - 14) / (WIDE - 28) == pytest.approx(6 / 8, abs=0.01)


def test_old_dates_stay_readable_and_no_two_lines_of_text_touch() -> None:
    labels = [*RUNS.labels, *(Label(5.0 + n / 10, f"原期限 12/{n}（四）", struck=True) for n in range(6))]
    svg = draw(Strip("x", 0, 6, 5.8, None, 8, RUNS.signs, labels, RUNS.pauses, RUNS.ticks, "現在"))
    assert svg.count("原期限") == 6 and "line-through" not in svg
    for left, right, _ in written(svg):
        assert left >= 0 and right <= WIDE
    rows: dict[float, list[tuple[float, float]]] = {}
    for left, right, y in written(svg):
        rows.setdefault(y, []).append((left, right))
    for row in rows.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(row))), row
    high = float(re.search(r'height="([\d.]+)"', svg)[1])  # type: ignore[index]
    assert max(y for _, _, y in written(svg)) < high


def test_a_year_of_days_is_a_line_too_and_a_clock_without_an_end_points_on() -> None:
    long = Strip(
        "列管", 0.2, None, 250.0, None, 260.0, ticks=[(float(n), f"{n}") for n in range(260)], now_words="現在"
    )
    svg = draw(long)
    names = sorted((left, right) for left, right, y in written(svg) if y > 60)
    assert 3 < len(names) < 30 and all(a[1] < b[0] for a, b in pairwise(names))
    assert len(svg) < 30_000


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_written_in_a_strip_stays_words(payload: str) -> None:
    strip = Strip(payload, 0, 1, 0.5, None, 2, [Sign(1, "reminder", True, payload)], [], [Pause(0, 1, payload)])
    root = ElementTree.fromstring(draw(strip))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ALLOWED
    assert not any(name.startswith("on") or "href" in name for element in root.iter() for name in element.attrib)


def test_signs_that_fall_together_stand_side_by_side_also_at_the_end_of_the_line() -> None:
    together = [Sign(at, "escalation", False, "稽催", n) for n, at in enumerate((7.8, 7.9, 8, 8, 8), 1)]
    svg = draw(Strip("x", 0, 7, 1, None, 8, together, now_words="現在"))
    levels = sorted(middle for middle, y in ((((a + b) / 2), y) for a, b, y in written(svg)) if 30 < y < 45)
    assert len(levels) == 5 and levels[-1] <= WIDE
    assert all(b - a > 13 for a, b in pairwise(levels))
    crowd = draw(Strip("x", 0, 7, 1, None, 8, [Sign(8, "escalation", False, "稽催", 1)] * 80))
    assert min(left for left, _, _ in written(crowd)) >= 0, "more than there is room for"
