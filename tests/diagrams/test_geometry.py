"""The checker of pictures catches a broken one, each break by its name; and the pictures of the city pass it."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from PIL import ImageFont

from diagrams import figures, lettering
from diagrams.bpmn_svg import draw
from engine.flow import check
from tests.diagrams import geometry
from tests.diagrams.city import pictures
from tests.diagrams.examples import every_kind, random_sop
from tests.diagrams.picture import ABOVE, BELOW, read
from tests.diagrams.sound import sound_sop

SOAK = os.environ.get("SOPFLOW_SOAK") == "1"

GOOD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">
<g data-step="a"><rect x="20" y="20" width="100" height="60"/>
 <text font-size="12" text-anchor="middle"><tspan x="70" y="54">登錄案件</tspan></text></g>
<g data-step="t" data-on="a"><circle cx="120" cy="70" r="10"/></g>
<g data-step="d"><path d="M270 25L295 50L270 75L245 50Z"/></g>
<g data-step="f" data-frame="yes"><rect x="20" y="150" width="200" height="120"/></g>
<g data-step="b"><rect x="40" y="180" width="100" height="60"/></g>
<g data-cell="time b"><rect x="300" y="180" width="80" height="60"/>
 <text x="310" y="210" font-size="12">3 日</text></g>
<g data-flow="a-d"><path d="M120 40L170 40Q176 40 176 46L176 50L236 50" fill="none"/>
 <path d="M245 50L236 45L236 55Z" fill="#222"/></g>
<g data-flow="t-b"><path d="M120 80L120 171" fill="none"/><path d="M120 180L116 171L124 171Z" fill="#222"/></g>
<g data-label="a-d"><text font-size="11" x="185" y="45">核可</text></g>
</svg>"""

BREAKS = {
    "words leave box": (("登錄案件", "登錄案件並確認附件是否齊全"), ("3 日", "十五個工作天以內")),
    "boxes overlap": (
        ('cx="120" cy="70" r="10"', 'cx="100" cy="50" r="10"'),
        ('data-frame="yes"', ""),
        ('<rect x="40" y="180"', '<rect x="150" y="180"'),  # half out of its frame
        ('<rect x="300" y="180"', '<rect x="130" y="200"'),
        ("M270 25L295 50L270 75L245 50Z", "M135 25L160 50L135 75L110 50Z"),
    ),
    "event off its step": (('<circle cx="120" cy="70"', '<circle cx="150" cy="70"'), ('data-on="a"', 'data-on="d"')),
    "flow through box": (
        ("L176 50L236 50", "L176 60L60 60L60 100L236 100L236 50"),
        ("M120 80L120 171", "M120 40L120 171"),
    ),
    "flow ends nowhere": (("M120 40L170 40", "M140 40L170 40"), ("M245 50L236 45L236 55Z", "M225 50L216 45L216 55Z")),
    "words over words": (('x="185" y="45"', 'x="305" y="212"'),),
    "words over box": (('x="185" y="45"', 'x="260" y="55"'), ('x="185" y="45"', 'x="110" y="30"')),
    "off the page": (('x="185" y="45"', 'x="385" y="45"'), ("L176 50L236 50", "L176 -5L236 50")),
    "flow through words": (('x="185" y="45"', 'x="185" y="55"'),),
    "flow over flow": (("M120 80L120 171", "M120 80L120 46L200 46L200 50L230 50L230 100L120 100L120 171"),),
}  # fmt: skip


def test_a_picture_that_can_be_read_has_no_findings() -> None:
    assert geometry.findings(GOOD) == []


@pytest.mark.parametrize("kind", BREAKS)
def test_each_break_is_found_by_its_name(kind: str) -> None:
    for before, after in BREAKS[kind]:
        assert GOOD.count(before) == 1
        found = {finding.kind for finding in geometry.findings(GOOD.replace(before, after))}
        assert kind in found, (after, found)


def test_every_picture_of_ours_is_read_whole() -> None:
    """A checker that sees nothing finds nothing."""
    for of in (every_kind(), sound_sop(7, 60, 4)):
        picture = read(draw(of))
        assert {shape.key[1] for shape in picture.shapes} == set(of.nodes)
        assert set(picture.lines) == set(of.flows)
        said = "".join(words.text for words in picture.words).replace(" ", "")
        assert all(node.name.replace(" ", "") in said for node in of.nodes.values())
        assert {words.owner[1] for words in picture.words if words.owner and words.owner[0] == "label"} == {
            *(n.id for n in of.nodes.values() if n.name and figures.figure(n) != "box"),
            *(f.id for f in of.flows.values() if f.name),
        }


def test_the_checker_finds_what_is_broken_in_a_drawing_of_ours() -> None:
    of = every_kind()
    svg = draw(of)
    box = re.search(r'<g data-step="rule".*?<rect x="([\d.]+)" y="([\d.]+)"', svg)
    other = re.search(r'<g data-step="task".*?<rect x="([\d.]+)" y="([\d.]+)"', svg)
    assert box and other and geometry.severe(svg) == []
    moved = svg.replace(f'<rect x="{box[1]}" y="{box[2]}"', f'<rect x="{other[1]}" y="{other[2]}"')
    kinds = {finding.kind for finding in geometry.findings(moved)}
    assert {"boxes overlap", "words leave box", "flow ends nowhere"} <= kinds


def test_words_are_measured_as_the_font_draws_them() -> None:
    face = next((f for f in lettering.FONT_FILES if Path(f).is_file()), None)
    assert face, "fonts-noto-cjk is not installed"
    drawn = ImageFont.truetype(face, 100)
    samples = {words.text for seed in (1, 2) for words in read(draw(sound_sop(seed, 40, 3))).words}
    samples |= {"WWW", "iiii", "「並行」ABC", "ISO 9001:2015", "≥ 80%"}
    for text in samples:
        left, top, right, low = drawn.getbbox(text, anchor="ls")
        assert left >= -8 and right <= 100 * lettering.width(text, 1) + 8, text
        assert -top <= 100 * ABOVE + 2 and low <= 100 * BELOW + 12, text


def test_the_random_models_keep_one_token_one_token() -> None:
    for seed in range(12):
        rules = {finding.rule for finding in check(sound_sop(seed, 10 + 5 * seed, seed % 6), {})}
        # what their words would need to run; nothing about where tokens go
        assert rules <= {"missing_condition", "timer_missing", "missing_callee", "start_kind"}


def test_every_chart_of_the_city_can_be_read_in_its_own_drawing_and_laid_out_anew() -> None:
    assert pictures()
    for chart, own, ours in pictures():
        assert geometry.findings(own) == [], chart.id
        assert geometry.findings(ours) == [], chart.id


def test_random_sound_models_can_be_read() -> None:
    lesser: Counter[str] = Counter()
    sizes = [10 + seed * 37 % 290 for seed in range(500)] if SOAK else [5 + seed * 37 % 24 for seed in range(100)]
    for seed, size in enumerate(sizes):
        svg = draw(sound_sop(seed, size, seed % 6))
        assert geometry.severe(svg) == [], seed
        lesser.update(finding.kind for finding in geometry.findings(svg))
    assert sum(lesser.values()) <= len(sizes) / 50, lesser


def test_what_makes_no_sense_can_be_read_too() -> None:
    for seed, (size, lanes) in enumerate([(12, 0), (25, 3), (40, 4)]):
        assert geometry.severe(draw(random_sop(seed, size, lanes))) == [], seed
