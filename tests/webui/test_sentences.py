"""The journal's own words are the ones the timeline knows: a linked case, a deadline that began to run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from webui.sentences import Names, tell

NAMES = Names(
    step=lambda path: f"步驟{path}", person=lambda _: "例甲", unit=str, outcome=lambda _, value: value,
    deadline=lambda path: f"期限{path}",
)  # fmt: skip


def line(verb: str, **effects: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 26, 1, tzinfo=UTC)
    return {"verb": verb, "at": at, "by": 1, "step": None, "reason": None, "effects": effects}


def test_a_linked_case_is_told_with_its_number() -> None:
    told = tell(line("linked", kind="duplicate", **{"from": "115-000002"}), NAMES)
    assert "115-000002" in told.sentence


def test_a_deadline_that_began_is_told_with_its_date() -> None:
    told = tell(line("complete", deadlines=[{"path": "PO-D1", "due": "2026-12-03T09:00:00+00:00"}]), NAMES)
    assert any("期限PO-D1" in more and "115/12/03" in more for more in told.more)


def test_a_rung_is_told_with_its_level_and_whom_it_reached() -> None:
    told = tell(line("ring", kind="escalation", deadline="PO-D1", level=2, told=[7]), NAMES)
    assert told.sentence == "系統就「期限PO-D1」發出第 2 級稽催，通知例甲。"
    assert told.more == []
    assert tell(line("ring", kind="reminder", deadline="PO-D1"), NAMES).sentence == "系統就「期限PO-D1」發出提醒。"


def test_what_rang_late_or_was_overtaken_says_so_in_words() -> None:
    late = tell(line("ring", kind="escalation", deadline="PO-D1", level=1, late=True, overtaken=True), NAMES)
    assert [any(word in more for more in late.more) for word in ("事後補發", "更高的層級")] == [True, True]
    reminder = tell(line("ring", kind="reminder", deadline="PO-D1", overtaken=True), NAMES)
    assert reminder.more == ["發出時期限已過，以稽催為準。"]
    assert tell(line("complete", late=True), NAMES).more == [], "an answer after the date says so in its own sentence"
