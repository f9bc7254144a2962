"""Two people, or a person and the clock, at the same thing in the same moment: as if one had come after the other."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases, clock
from engine.cases.records import item
from engine.dates import deadlines
from engine.dates.records import alarm
from engine.errors import NotNow, Refusal
from engine.store import Connection
from tests.cases.conftest import HANDLED, PETITION, Desk
from tests.faults.agreement import problems
from tests.faults.builds import break_build
from tests.faults.clerks import look_at
from tests.faults.conftest import SOAK

#: how often each pair meets on each database
PAIRS = 400 if SOAK else 16
Act = Callable[[], Any]


def together(*acts: Act) -> list[Any]:
    """What each of the acts answered, or the refusal it read; all let go at one moment."""
    barrier = threading.Barrier(len(acts))
    said: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        barrier.wait(60)
        try:
            said[place] = acts[place]()
        except Exception as error:
            said[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in random.sample(threads, len(threads)):
        thread.start()
    for thread in threads:
        thread.join(120)
    for each in said:
        if isinstance(each, Exception) and not isinstance(each, Refusal):
            raise each
    return said


def code(answer: Any) -> str:
    return answer.code if isinstance(answer, Refusal) else "ok"


def completing(desk: Desk, row: Any, account: str, key: str | None = None, **answers: Any) -> Act:
    who = desk.who(account)
    return lambda: desk.act(cases.complete, row["id"], who=who, answers=answers, seen=row["version"], key=key)


def petitions(desk: Desk, n: int) -> list[int]:
    return [
        desk.at_officer(subject=f"路燈不亮 {i}", location=f"示例路{i}號", petitioner_name=f"例{i}") for i in range(n)
    ]


def test_of_two_people_who_complete_one_step_one_wins_and_the_other_reads_who_and_when(desk: Desk) -> None:
    names = {"lighting1": "例路燈甲", "lighting2": "例路燈乙"}
    for case_id in petitions(desk, PAIRS):
        row = desk.item(case_id, "PO-08")
        said = together(*(completing(desk, row, account, f"{account}-{case_id}", **HANDLED) for account in names))
        assert sorted(map(code, said)) == ["already_done", "ok"]
        winner, loser = (0, 1) if code(said[0]) == "ok" else (1, 0)
        account = list(names)[winner]
        assert isinstance(said[loser], NotNow)
        assert said[loser].facts["by"] == desk.who(account).id
        assert said[loser].sentence == f"這個步驟已由{names[account]}於 11/26 09:00 完成。"
    assert problems(desk.store) == []


def test_without_the_version_check_both_win_and_the_comparison_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_build("no version check", monkeypatch.setattr)
    won: Counter[int] = Counter()
    for case_id in petitions(desk, PAIRS):
        row = desk.item(case_id, "PO-08")
        with desk.store.look() as db:
            look_at(db, row["id"])
        said = together(*(completing(desk, row, account, **HANDLED) for account in ("lighting1", "lighting2")))
        won[sum(code(answer) == "ok" for answer in said)] += 1
    assert won[2] > 0
    assert [each for each in problems(desk.store) if each.startswith("no_step_is_done_twice")]


#: two verbs at one item, and what may come of it: each line is one of the two orders
MEETINGS: dict[str, tuple[str, str, set[tuple[str, str]]]] = {
    "claim and claim": ("claim lighting1", "claim lighting2", {("ok", "claimed"), ("claimed", "ok")}),
    "claim and complete": ("claim lighting1", "complete lighting2", {("ok", "claimed"), ("already_done", "ok")}),
    "assign and complete": ("assign lighting-chief", "complete lighting2", {("ok", "claimed"), ("already_done", "ok")}),
    "draft and complete": ("draft lighting1", "complete lighting2", {("ok", "claimed"), ("already_done", "ok")}),
    "withdraw and complete": ("withdraw rdec-chief", "complete lighting2", {("ok", "already_done"), ("ok", "ok")}),
    "send back and complete": (
        "send_back lighting-chief", "complete lighting1", {("ok", "already_done"), ("already_done", "ok")}
    ),
}  # fmt: skip


def acting(desk: Desk, row: Any, verb: str, account: str) -> Act:
    who, at = desk.who(account), {"who": desk.who(account), "seen": row["version"]}
    match verb:
        case "claim":
            return lambda: desk.act(cases.claim, row["id"], **at)
        case "complete":
            return completing(desk, row, account, **HANDLED)
        case "assign":
            return lambda: desk.act(cases.assign, row["id"], to=desk.who("lighting1").id, **at)
        case "draft":
            return lambda: desk.act(cases.save_draft, row["id"], answers={"findings": "現場勘查中。"}, **at)
        case "send_back":
            return lambda: desk.act(cases.send_back, row["id"], to_step="PO-07", reason="請重新確認。", **at)
        case _:
            return lambda: desk.act(cases.withdraw, row["case_id"], reason="民眾撤回。", who=who)


@pytest.mark.parametrize("meeting", MEETINGS)
def test_two_verbs_at_one_item_end_as_if_one_had_come_after_the_other(desk: Desk, meeting: str) -> None:
    first, second, orders = MEETINGS[meeting]
    for case_id in petitions(desk, PAIRS // 2):
        row = desk.item(case_id, "PO-08")
        said = together(*(acting(desk, row, *who.split()) for who in (first, second)))
        assert tuple(map(code, said)) in orders
    assert problems(desk.store) == []


def test_a_step_taken_back_while_the_next_is_completed_happens_once(desk: Desk) -> None:
    for n in range(PAIRS // 2):
        case_id = (
            petitions(desk, 1)[0]
            if n == 0
            else desk.at_officer(subject=f"水溝不通 {n}", location=f"水溝街{n}號", petitioner_name=f"例溝{n}")
        )
        mine = desk.item(case_id, "PO-08")
        desk.done(case_id, "PO-08", "lighting1", **HANDLED)
        who, review = desk.who("lighting1"), desk.item(case_id, "PO-09")
        said = together(
            lambda mine=mine["id"]: desk.act(cases.recall, mine, reason="漏附照片。", who=who),
            completing(desk, review, "lighting-chief", reply_check="退回修正", reason="請補充。"),
        )
        assert tuple(map(code, said)) in {("ok", "already_done"), ("not_recallable", "ok")}
        assert desk.open_steps(case_id) == ["PO-08"]
    assert problems(desk.store) == []


def test_a_form_posted_twice_at_one_moment_has_one_effect_and_one_answer(desk: Desk) -> None:
    who = desk.who("service1")
    for n, case_id in enumerate(petitions(desk, PAIRS // 2)):
        row = desk.item(case_id, "PO-08")
        done = together(*(completing(desk, row, "lighting1", f"step-{case_id}", **HANDLED) for _ in range(2)))
        assert sorted(d.replayed for d in done) == [False, True]
        assert done[0].next_item == done[1].next_item
        answers = {**PETITION, "location": f"民生路{n}號", "petitioner_name": f"例兩次{n}"}

        def open_it(answers: dict[str, str] = answers, key: str = f"open-{n}") -> Any:
            return desk.act(cases.open_case, "petition-online", start="PO-S", who=who, answers=answers, key=key)

        opened = together(open_it, open_it, open_it)
        assert sorted(o.replayed for o in opened) == [False, True, True]
        assert len({(o.case_id, o.number) for o in opened}) == 1
    assert problems(desk.store) == []


def test_a_clerk_and_the_clock_at_one_step_only_one_of_them_moves_it(
    desk: Desk, taipei: Callable[[str], datetime]
) -> None:
    open_cases = petitions(desk, PAIRS)
    desk.city.until(taipei("2026-12-03T16:59"))
    rows = {case_id: desk.item(case_id, "PO-08") for case_id in open_cases}
    desk.city.now = taipei("2026-12-03T17:00:01")

    def work() -> dict[int, Any]:
        said = {}
        for case_id in reversed(open_cases):  # the clock takes the oldest first: they meet in the middle
            try:
                said[case_id] = completing(desk, rows[case_id], "lighting1", **HANDLED)()
            except Refusal as refusal:
                said[case_id] = refusal
        return said

    done, _ = together(work, lambda: clock.tick(desk.store, desk.now, desk.city.office))
    for case_id, answer in done.items():
        assert code(answer) in ("ok", "already_done")
        if code(answer) == "already_done":
            assert answer.sentence == "這個步驟已由系統於 12/03 17:00 移走。"
        expected = "PO-FU/FU-07" if code(answer) == "ok" else "PO-FU/FU-04"
        assert desk.open_steps(case_id) == [expected]
    assert problems(desk.store) == []


@pytest.mark.parametrize("tickers", [2, 3])
def test_of_tickers_on_the_same_alarms_each_alarm_rings_once(
    desk: Desk, taipei: Callable[[str], datetime], tickers: int
) -> None:
    petitions(desk, PAIRS)
    before = len(desk.rows(sa.select(alarm.c.id).where(alarm.c.rang_at.is_not(None))))
    desk.city.now = taipei("2026-12-08T09:00")
    ticked = together(*(lambda: clock.tick(desk.store, desk.now, desk.city.office) for _ in range(tickers)))
    rang = len(desk.rows(sa.select(alarm.c.id).where(alarm.c.rang_at.is_not(None)))) - before
    assert sum(t.rang for t in ticked) == rang
    assert rang >= 4 * PAIRS
    assert [t.stuck for t in ticked] == [0] * tickers
    assert len(desk.rows(sa.select(item.c.id).where(item.c.step == "PO-FU/FU-04", item.c.status == "open"))) == PAIRS
    assert problems(desk.store) == []


def test_tickers_that_do_not_claim_ring_twice_and_the_comparison_says_so(
    desk: Desk, taipei: Callable[[str], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    def claim(db: Connection, alarm_id: int, at: datetime) -> bool:
        db.execute(alarm.update().where(alarm.c.id == alarm_id).values(rang_at=at))
        return True

    monkeypatch.setattr(deadlines, "claim", claim)
    petitions(desk, PAIRS)
    desk.city.now = taipei("2026-12-02T09:00")
    together(*(lambda: clock.tick(desk.store, desk.now, desk.city.office) for _ in range(2)))
    assert [each for each in problems(desk.store) if each.startswith("each_alarm_rang_once")]
