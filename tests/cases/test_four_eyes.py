"""Nobody approves their own work, also where a late answer is reviewed in the follow-up."""

from __future__ import annotations

from engine.library import shelf
from tests.cases.conftest import Desk


def test_the_late_review_excludes_who_wrote_before_and_after_the_due_date(desk: Desk) -> None:
    with desk.store.act() as db:
        projection = shelf.projection(db, shelf.bundle(db, "petition-online"), "PO-S")
    assert set(projection.steps["PO-FU/FU-07"].approval_of) == {"PO-FU/FU-04", "PO-08"}
