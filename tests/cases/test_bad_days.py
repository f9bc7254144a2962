"""What goes wrong in an office, in the city's own SOPs: each has an outcome, and says so in a sentence. On both
databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import leaving, periodic
from engine.cases.records import answer, case, child, incident, item, milestone
from engine.dates.records import deadline
from engine.errors import Invalid, NotAllowed, NotNow, Stuck
from engine.office import absence, people
from engine.office.records import notice, unit
from engine.sops import decisions
from engine.store import Store
from tests import laid
from tests.cases.conftest import Desk

Taipei = Callable[[str], datetime]
SOPS = {"council-report-compilation", "cp-municipal-meeting-paperless-upload", "annual-plan-control"}
ASKED = ["works-lighting", "environment-cleaning"]
OFFICER, CHIEF, HEAD = "rdec_officer@planning-rdec", "section_chief@planning-rdec", "unit_head@planning"


@pytest.fixture
def desk(store: Store, taipei: Taipei) -> Desk:
    return Desk(laid.city(taipei("2026-09-03T08:00"), store, only=SOPS))


def by(desk: Desk, verb: Callable[..., Any], *args: Any, who: str, **more: Any) -> Any:
    """One verb of whoever holds that role."""
    with desk.store.act() as db:
        return verb(db, *args, who=desk.city.person(db, who), at=desk.now, office=desk.city.office, **more)


def report(desk: Desk) -> int:
    """The council's session is near: the draft asking the units lies with the chief."""
    (case_id,) = periodic.start_due(desk.store, desk.now, desk.city.office).opened
    desk.done(
        case_id, "CC-01", OFFICER, asked_units=ASKED, request="請就半年期間工作詳敘並以數據呈現。",
        opens_on="2026-11-09", checklist=["half-year", "format", "last-time"],
    )  # fmt: skip
    return case_id


def asked(desk: Desk) -> tuple[int, list[int]]:
    """The units owe their reports: the case that asks, and theirs."""
    case_id = report(desk)
    desk.done(case_id, "CC-02/AP-01", CHIEF, outcome="核可")
    desk.done(case_id, "CC-02/AP-02", HEAD, outcome="核可")
    rows = desk.rows(sa.select(child.c.case_id).where(child.c.parent_id == case_id).order_by(child.c.position))
    return case_id, [row["case_id"] for row in rows]


def kept(desk: Desk, case_id: int) -> tuple[Any, ...]:
    """All that a refused act might have left behind."""
    of = {table: table.c.case_id == case_id for table in (answer, deadline, milestone, item)}
    return (
        desk.city.case(case_id),
        len(desk.entries(case_id)),
        *(desk.rows(sa.select(t).where(w)) for t, w in of.items()),
    )


# an event moved into the past


def test_a_meeting_moves_to_a_later_day_and_never_into_the_past(desk: Desk, taipei: Taipei) -> None:
    who = "officer@planning-general"
    opened = {"meeting_number": 423, "meets_at": "2026-09-09T09:00", "place": "本府會議室"}
    case_id = desk.city.open_case(
        "cp-municipal-meeting-paperless-upload", who="documents1", answers=opened, start="S0"
    ).case_id
    before = kept(desk, case_id)
    with pytest.raises(Invalid, match="事件的時間不能早於現在") as refused:
        by(desk, cases.move_event, case_id, "meets_at", taipei("2026-09-02T09:00"), reason="改期。", who=who)
    assert set(refused.value.fields) == {"to"} and kept(desk, case_id) == before
    by(desk, cases.move_event, case_id, "meets_at", taipei("2026-09-16T09:00"), reason="改期。", who=who)
    assert desk.entries(case_id)[-1].effects["moved"][0]["to"] == taipei("2026-09-15T15:30").isoformat()


def test_nor_by_an_answer_that_names_a_day_that_is_over(desk: Desk, taipei: Taipei) -> None:
    case_id = report(desk)
    desk.done(case_id, "CC-02/AP-01", CHIEF, outcome="退回修正", reason="會期有變，請再確認。")
    before = kept(desk, case_id)
    given: dict[str, Any] = {
        "asked_units": ASKED, "request": "請就半年期間工作詳敘並以數據呈現。",
        "checklist": ["half-year", "format", "last-time"],
    }  # fmt: skip
    with pytest.raises(Invalid, match="期限「函送市議會」由這個日期倒推，不能改到過去的日子") as refused:
        desk.done(case_id, "CC-01", OFFICER, opens_on="2026-09-02", **given)
    assert set(refused.value.fields) == {"opens_on"} and kept(desk, case_id) == before
    desk.done(case_id, "CC-01", OFFICER, opens_on="2026-11-16", **given)
    (row,) = desk.rows(sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.path == "CC-D2"))
    assert row["due_at"] == taipei("2026-11-09T17:00")


# a unit dissolved while it owes a report


def end(desk: Desk, unit_id: str, successor: str | None) -> None:
    with desk.store.act() as db:
        leaving.end_unit(
            db, unit_id, last=people.office_day(desk.now), successor=successor, who=desk.who("admin"), at=desk.now
        )


def test_a_unit_that_owes_a_report_leaves_it_to_its_successor_or_goes_on(desk: Desk) -> None:
    case_id, (lighting, cleaning) = asked(desk)
    with pytest.raises(
        Invalid, match="路燈管理科還有 1 件待辦，之後沒有承辦人能辦；請選擇有承辦人的承接單位"
    ) as refused:
        end(desk, "works-lighting", None)
    assert set(refused.value.fields) == {"successor"}
    assert desk.rows(sa.select(unit.c.until).where(unit.c.id == "works-lighting"))[0]["until"] is None
    end(desk, "works-lighting", "works-drainage")
    desk.city.until(desk.now + timedelta(days=1))
    desk.done(lighting, "US-02", "drainage1", content="半年期間工作成果及數據如附。", handed="提送")
    assert desk.open_steps(lighting) == ["US-03"]
    given = {"checked": "合格", "checklist": ["items", "figures", "format"]}
    desk.done(lighting, "US-03", OFFICER, **given)
    desk.done(cleaning, "US-02", "officer@environment-cleaning", content="半年期間工作成果如附。", handed="提送")
    desk.done(cleaning, "US-03", OFFICER, **given)
    assert desk.open_steps(case_id) == ["CC-04"]
    desk.done(case_id, "CC-04", OFFICER, volume="依電子檔彙編。")
    # the pages to proofread are asked of a unit that is no more: its successor reads them
    desk.done(case_id, "CC-05", "drainage1", errors=0)
    assert [
        row["unit"] for row in desk.rows(sa.select(item).where(item.c.case_id == case_id, item.c.status == "open"))
    ] == ["environment-cleaning"]


# an approver absent without a substitute


def test_an_approver_who_is_away_without_a_substitute_is_waited_for_until_somebody_names_one(desk: Desk) -> None:
    case_id = report(desk)
    chief, today = desk.who("rdec-chief"), people.office_day(desk.now)
    with desk.store.act() as db:
        noted = absence.note(
            db, chief.id, first=today, last=today + timedelta(days=5), substitute=None, who=chief, at=desk.now
        )
    approval = desk.item(case_id, "CC-02/AP-01")
    assert approval["assignee"] is None, "nobody is given it"
    with pytest.raises(Invalid, match="例研考長請假至 09/08，請改指派其他人員"):
        by(desk, cases.assign, approval["id"], to=chief.id, who=HEAD)
    with pytest.raises(NotAllowed):
        desk.done(case_id, "CC-02/AP-01", HEAD, outcome="核可")  # a higher chief does not sign in passing
    with desk.store.act() as db:
        head = desk.city.person(db, HEAD)
        absence.cancel(db, noted, who=head, at=desk.now)
        stand_in = desk.city.person(db, "section_chief@works-lighting")
        absence.note(
            db, chief.id, first=today, last=today + timedelta(days=5), substitute=stand_in.id, who=head, at=desk.now
        )
    desk.done(case_id, "CC-02/AP-01", stand_in.account, outcome="核可")
    assert desk.open_steps(case_id) == ["CC-02/AP-02"]
    entry = desk.entries(case_id)[-1]
    assert (entry.by, entry.effects["for"]) == (stand_in.id, chief.id), "both names stand in the journal"


# a period opened twice


def test_a_period_is_opened_once_whoever_looks_and_nobody_opens_it_by_hand(desk: Desk) -> None:
    assert len(periodic.start_due(desk.store, desk.now, desk.city.office).opened) == 1
    assert periodic.start_due(desk.store, desk.now, desk.city.office) == periodic.Started()
    with pytest.raises(NotNow, match="「議會工作報告彙編作業流程」的這個起點由行事曆每期開立一次，不能另外開案"):
        by(desk, cases.open_case, "council-report-compilation", answers={}, start="CC-S", who=OFFICER)
    assert [row["title"] for row in desk.rows(sa.select(case.c.title))] == ["議會工作報告彙編作業流程（115年第2次）"]


# a parent withdrawn while its children run


def test_the_cases_of_a_withdrawn_one_end_with_it_and_who_works_on_them_is_told_why(desk: Desk) -> None:
    case_id, (lighting, cleaning) = asked(desk)
    desk.done(cleaning, "US-02", "officer@environment-cleaning", content="半年期間工作成果如附。", handed="提送")
    desk.done(cleaning, "US-03", OFFICER, checked="合格", checklist=["items", "figures", "format"])
    by(desk, cases.withdraw, case_id, reason="會期取消。", who=OFFICER)
    assert [desk.city.case(one)["status"] for one in (case_id, lighting, cleaning)] == [
        "withdrawn",
        "withdrawn",
        "ended",
    ]
    assert desk.open_steps(lighting) == []
    last = desk.entries(lighting)[-1]
    number = desk.city.case(case_id)["number"]
    assert (last.verb, last.reason) == ("withdraw", f"母案 {number} 已撤案。")
    told = desk.rows(sa.select(notice.c.person_id).where(notice.c.case_id == lighting, notice.c.kind == "withdrawn"))
    assert desk.who("lighting1").id in [row["person_id"] for row in told]
    assert desk.rows(sa.select(deadline).where(deadline.c.case_id == lighting, deadline.c.ended_at.is_(None))) == []
    with pytest.raises(NotNow, match="已經結束"):
        by(desk, cases.withdraw, lighting, reason="重複。", who=OFFICER)


# a threshold without a value


def test_a_threshold_is_asked_for_at_its_field_before_anything_is_compared(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.city.open_case(
        "annual-plan-control", who=OFFICER, answers={"entry": "示例路拓寬工程"}, start="AN-S1"
    ).case_id
    desk.done(case_id, "AN-11", OFFICER, responsible_unit="works-roads", budget=12000000, fund="own", listing="符合")
    with pytest.raises(Invalid) as refused:
        desk.done(case_id, "AN-12", OFFICER, year_end="2027-12-31")
    assert refused.value.fields == {"planned_12": "這個欄位必填。"}
    # months the plan leaves out count as the last one before them; before the first one nothing was planned
    desk.done(case_id, "AN-12", OFFICER, year_end="2027-12-31", planned_12=100)
    desk.city.until(taipei("2026-09-24T17:01"))
    reported = {"month": 1, "progress": "依進度施工，工程會議已開。", "report_kind": "月執行情形"}
    with pytest.raises(Invalid) as refused:
        desk.done(case_id, "AN-14", "officer@works-roads", **reported)
    assert refused.value.fields == {"actual": "這個欄位必填。"}
    desk.done(case_id, "AN-14", "officer@works-roads", actual=0, **reported)
    desk.done(case_id, "AN-16", OFFICER)
    assert desk.open_steps(case_id) == ["AN-18"] and desk.rows(sa.select(incident)) == []


def test_a_table_never_takes_its_last_row_because_a_figure_is_missing() -> None:
    table = decisions.read((laid.PROCESSES / "shared" / "lag_action.dmn").read_bytes())
    assert table.decide({"lag": 12, "months": 1}) == {"action": "登錄改善"}
    assert table.decide({"lag": 55, "months": None}) == {"action": "列席市務會議"}, "it decides without the months"
    for given in ({"lag": None, "months": 2}, {"lag": 12, "months": None}, {"lag": 12}):
        with pytest.raises(Stuck, match=r"決策表「落後處置」需要「(lag|months)」，但還沒有值"):
            table.decide(given)
