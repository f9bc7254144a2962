"""Every numbered note of the sources' reviewers has its answer in the SOP it was written to."""

from __future__ import annotations

import pytest

from tests.house import review_notes


def test_there_are_134_of_them() -> None:
    assert sum(review_notes.NOTES.values()) == 134 and len(review_notes.NOTES) == 23


@pytest.mark.parametrize("sop_id", sorted(review_notes.NOTES.keys() & review_notes.sops().keys()))
def test_each_hangs_on_a_chart(sop_id: str) -> None:
    lacking = [number for number, places in review_notes.found(sop_id, review_notes.sops()) if not places]
    assert lacking == []


def test_the_paper_says_what_the_charts_say() -> None:
    assert review_notes.PAPER.read_text("utf-8") == review_notes.paper()
