"""檢舉: the unit never reads who it was, the accused never reads that there is a case; one entry for every act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import desks, informants, leaving
from engine.cases.desks import imports
from engine.cases.records import case, draft, import_batch, import_row, item
from engine.dates.workdays import Calendar
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office import absence, journal, notices, people
from engine.office.records import notice
from tests.cases.conftest import HANDLED, Desk


def look(desk: Desk, case_id: int, who: str, reason: str = "電話聯絡") -> Any:
    with desk.store.act() as db:
        row = desks.head(db, case_id)
        return informants.see_identity(
            db, row, reason=reason, who=desk.who(who), at=desk.now, office=desk.city.office
        )  # fmt: skip


def exclude(desk: Desk, case_id: int, account: str, who: str = "rdec1") -> Any:
    return desk.act(
        informants.exclude, case_id, desk.who(account).id, reason="被檢舉人", who=desk.who(who)
    )  # fmt: skip


def verbs(desk: Desk, case_id: int) -> list[str]:
    return [line.verb for line in desk.entries(case_id)]


def sees(desk: Desk, case_id: int, account: str) -> bool:
    with desk.store.look() as db:
        try:
            desks.seen_by(db, case_id, desk.who(account))
        except Missing:
            return False
    return True


def test_a_petition_handed_in_as_a_report_is_one_from_its_first_moment(desk) -> None:
    case_id = desk.at_officer(case_type="檢舉")
    [row] = desk.rows(sa.select(case.c.informant).where(case.c.id == case_id))
    assert row["informant"] is True
    for account in ("lighting1", "lighting-chief"):
        with pytest.raises(NotAllowed):
            look(desk, case_id, account)
    assert look(desk, case_id, "rdec1")["petitioner_name"] == "例民眾"
    assert look(desk, case_id, "service2")["petitioner_name"] == "例民眾"
    with pytest.raises(Missing):
        look(desk, case_id, "drainage1")
    with pytest.raises(Missing):
        look(desk, case_id, "admin")
    looks = [line for line in desk.entries(case_id) if line.verb.startswith("identity.")]
    answered = [line.verb.removeprefix("identity.") for line in looks]
    assert answered == ["refused", "refused", "open", "open", "refused", "refused"]
    assert all(line.reason == "電話聯絡" for line in looks)


def test_a_case_that_turns_out_to_be_a_report_is_marked_once_and_never_unmarked(desk) -> None:
    case_id = desk.at_officer()
    assert look(desk, case_id, "lighting1")["petitioner_name"] == "例民眾"
    before = len(desk.entries(case_id))
    for account, refusal in (("lighting1", NotAllowed), ("lighting-chief", NotAllowed), ("drainage1", Missing)):
        with pytest.raises(refusal):
            desk.act(informants.mark, case_id, reason="內容為檢舉", who=desk.who(account))
    with pytest.raises(Invalid):
        desk.act(informants.mark, case_id, reason=" ", who=desk.who("service1"))
    desk.act(informants.mark, case_id, reason="內容為檢舉", who=desk.who("service1"))
    assert [line.verb for line in desk.entries(case_id)[before:]] == ["mark_informant"]
    with pytest.raises(NotAllowed):
        look(desk, case_id, "lighting1")
    with pytest.raises(NotNow):
        desk.act(informants.mark, case_id, reason="再一次", who=desk.who("service1"))


@pytest.mark.parametrize(
    ("account", "refusal"), [("lighting1", NotAllowed), ("lighting-chief", NotAllowed), ("drainage1", Missing)]
)
def test_who_handles_a_case_keeps_nobody_away_from_it(desk, account, refusal) -> None:
    case_id = desk.at_officer()
    with pytest.raises(refusal):
        exclude(desk, case_id, "lighting2", who=account)


def test_the_excluded_loses_what_lay_on_their_desk_and_sees_nothing_of_it_anywhere(desk) -> None:
    case_id = desk.at_officer(case_type="檢舉")
    work = desk.item(case_id, "PO-08")
    desk.act(
        cases.save_draft, work["id"], who=desk.who("lighting1"), answers={"findings": "草稿"}
    )  # fmt: skip
    with desk.store.act() as db:
        notices.post(
            db, key="told-before", to=desk.who("lighting1").id, case_id=case_id, kind="reminder", facts={}, at=desk.now
        )
    assert sees(desk, case_id, "lighting1")
    before = len(desk.entries(case_id))
    assert exclude(desk, case_id, "lighting1") == []
    assert [line.verb for line in desk.entries(case_id)[before:]] == ["exclude"]
    assert desk.entries(case_id)[-1].effects["handed_back"] == ["PO-08"]

    assert not sees(desk, case_id, "lighting1")
    assert sees(desk, case_id, "lighting2") and sees(desk, case_id, "lighting-chief")
    [row] = desk.rows(sa.select(item.c.assignee).where(item.c.id == work["id"]))
    assert row["assignee"] is None
    assert desk.rows(sa.select(draft)) == []
    me = desk.who("lighting1")
    with desk.store.look() as db:
        for view in ("mine", "role", "done"):
            found = desks.inbox(db, who=me, at=desk.now, calendar=Calendar(), soon=2, view=view)
            assert found.page.total == 0, view
        assert desks.notices(db, who=me).total == 0
        assert notices.unread(db, me) == 0
        assert db.scalar(sa.select(case.c.id).where(desks.visible(db, me), case.c.id == case_id)) is None
    for act in (cases.claim, cases.hand_back):
        with pytest.raises(Missing):
            desk.act(act, work["id"], who=me, **({"reason": "x"} if act is cases.hand_back else {}))
    with pytest.raises(Missing):
        look(desk, case_id, "lighting1")


def told(desk, case_id: int, account: str) -> list[dict]:
    """What of exclusions that person reads in the case's journal, from both of its readers."""
    with desk.store.look() as db:
        row = desks.head(db, case_id)
        pages = [desks.trail(db, row, who=desk.who(account)).rows, desks.read(db, row, who=desk.who(account)).entries]
    first, second = ([line for line in lines if line["verb"] in ("exclude", "readmit")] for lines in pages)
    assert [line["seq"] for line in first] == [line["seq"] for line in second]
    return first


def test_who_was_excluded_and_why_is_told_to_those_who_exclude_only(desk) -> None:
    case_id = desk.at_officer(case_type="檢舉")
    exclude(desk, case_id, "roads1")
    assert told(desk, case_id, "lighting2") == [], "nothing is left for the handling unit to do"
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    exclude(desk, case_id, "lighting1")
    exclude(desk, case_id, "lighting2")
    desk.act(informants.readmit, case_id, desk.who("roads1").id, reason="查明無涉", who=desk.who("rdec1"))
    for account in ("rdec1", "service1"):
        lines = told(desk, case_id, account)
        assert [line["verb"] for line in lines] == ["readmit", "exclude", "exclude", "exclude"]
        assert all(line["reason"] and line["effects"]["excluded"] for line in lines)
    assert [(line["effects"], line["reason"]) for line in told(desk, case_id, "lighting-chief")] == [
        ({"handed_back": [], "stranded": ["權責單位處理"]}, None),
        ({"handed_back": ["PO-08"], "stranded": []}, None),
    ]


def test_what_is_late_or_stands_still_is_on_no_list_of_the_excluded(desk) -> None:
    late, standing = desk.at_officer(case_type="檢舉"), desk.at_officer(case_type="檢舉", location="和平街九號前")
    desk.act(cases.suspend, standing, reason="請補照片。", who=desk.who("lighting1"))
    desk.city.until(desk.now + timedelta(days=30))

    def listed(account: str) -> tuple[set[int], set[int]]:
        who = desk.who(account)
        with desk.store.look() as db:
            overdue = desks.overdue(db, who=who, at=desk.now, units=None).rows
            still = desks.suspended(db, desks.units_watched(db, who), who=who)
        return {row["case_id"] for row in overdue}, {row["id"] for row in still}

    assert listed("lighting1") == listed("lighting2") == ({late}, {standing})
    for case_id in (late, standing):
        exclude(desk, case_id, "lighting1")
    assert listed("lighting1") == (set(), set())
    assert listed("lighting2") == ({late}, {standing})


def test_what_an_administrator_keeps_in_order_names_no_case_they_are_excluded_from(desk) -> None:
    case_id = desk.at_officer()
    with desk.store.act() as db:
        notices.post(
            db, key="dead", to=None, case_id=case_id, kind="reply", facts={}, at=desk.now, channel="mail"
        )  # fmt: skip
        db.execute(notice.update().where(notice.c.key == "dead").values(state="dead", proof="no_address"))
        batch = {"id": 1, "name": "a.csv", "digest": "d", "rows": 1, "at": desk.now, "state": "done", "done": 1}
        db.execute(import_batch.insert().values(**batch))
        row = {"batch_id": 1, "row": 2, "old_number": "OLD-1", "verdict": "in", "says": [], "case_id": case_id}
        db.execute(import_row.insert().values(**row))
    for excluded in (False, True):
        if excluded:
            exclude(desk, case_id, "admin")
        with desk.store.look() as db:
            who = people.get(db, "admin", desk.now)
            kept = notices.dead(db, who=who), imports.rows(db, 1, who=who).rows
            work = leaving.open_of_unit(db, "works-lighting", who=who)
        assert [len(kept[0]), len(kept[1]), work] == [0 if excluded else 1] * 3


def test_the_excluded_is_told_nothing_and_given_nothing_more(desk) -> None:
    case_id = desk.at_officer()
    exclude(desk, case_id, "lighting1")
    work = desk.item(case_id, "PO-08")
    with pytest.raises(Invalid, match="不能承辦"):
        desk.act(cases.assign, work["id"], to=desk.who("lighting1").id, who=desk.who("lighting-chief"))
    with desk.store.act() as db:
        told = notices.post(
            db, key="k", to=desk.who("lighting1").id, case_id=case_id, kind="reminder", facts={}, at=desk.now
        )
        other = notices.post(
            db, key="k", to=desk.who("lighting2").id, case_id=case_id, kind="reminder", facts={}, at=desk.now
        )
    assert told is None and other is not None
    [row] = desk.rows(sa.select(sa.func.count().label("n")).select_from(notice).where(notice.c.key == "k"))
    assert row["n"] == 1


def test_what_the_excluded_was_to_be_told_by_mail_or_digest_is_not_told_any_more(desk) -> None:
    from engine.office import digests

    case_id = desk.at_officer()
    me = desk.who("lighting1").id
    with desk.store.act() as db:
        for key, urgent in (("mail", True), ("digest", False)):
            notices.post(
                db, key=key, to=me, case_id=case_id, kind="reminder", facts={"number": "秘密案號"}, at=desk.now,
                urgent=urgent,
            )  # fmt: skip
    exclude(desk, case_id, "lighting1")
    desk.city.until(desk.now + timedelta(days=1))
    digests.send_due(desk.store, at=desk.now, is_working=lambda day: True)
    states = desk.rows(sa.select(notice.c.state).where(notice.c.person_id == me, notice.c.case_id == case_id))
    assert "waiting" not in {row["state"] for row in states}
    assert desk.rows(sa.select(notice).where(notice.c.person_id == me, notice.c.kind == "digest")) == []


def test_a_returned_step_does_not_go_back_to_whoever_was_excluded_meanwhile(desk) -> None:
    case_id = desk.at_review()
    exclude(desk, case_id, "lighting1")
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補充。")
    assert desk.item(case_id, "PO-08")["assignee"] is None


def test_a_draft_of_the_excluded_at_a_step_the_case_has_left_is_gone_as_well(desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.act(cases.save_draft, row["id"], answers={"findings": "寫到一半的情形。"}, who=desk.who("lighting1"))
    desk.act(cases.send_back, row["id"], to_step="PO-07", reason="請再確認", who=desk.who("lighting-chief"))
    exclude(desk, case_id, "lighting1")
    assert desk.rows(sa.select(draft.c.by).where(draft.c.item_id == row["id"])) == []


def test_nobody_reaches_a_case_through_somebody_who_is_excluded_from_it(desk) -> None:
    case_id = desk.at_officer()
    with desk.store.act() as db:
        today = people.office_day(desk.now)
        absence.note(
            db, desk.who("lighting1").id, first=today, last=today, substitute=desk.who("drainage1").id,
            who=desk.who("lighting1"), at=desk.now,
        )  # fmt: skip
        absence.note(
            db, desk.who("drainage2").id, first=today, last=today, substitute=desk.who("lighting2").id,
            who=desk.who("drainage2"), at=desk.now,
        )  # fmt: skip
    assert sees(desk, case_id, "drainage1")
    exclude(desk, case_id, "lighting1")
    exclude(desk, case_id, "drainage2")
    assert not sees(desk, case_id, "drainage1")
    # one's own work stays one's own, although somebody one stands in for is excluded
    assert sees(desk, case_id, "lighting2")
    with desk.store.look() as db:
        for account, total in (("drainage1", 0), ("lighting2", 1)):
            found = desks.inbox(db, who=desk.who(account), at=desk.now, calendar=Calendar(), soon=2, view="role")
            assert found.page.total == total, account


def test_when_everybody_who_could_do_a_step_is_excluded_it_is_said(desk) -> None:
    case_id = desk.at_officer()
    assert exclude(desk, case_id, "lighting1") == []
    [left] = exclude(desk, case_id, "lighting2")
    assert desk.entries(case_id)[-1].effects["stranded"] == [left]


def test_readmitted_they_see_it_again_and_both_acts_stay_entered(desk) -> None:
    case_id = desk.at_officer()
    exclude(desk, case_id, "lighting1")
    with pytest.raises(NotNow):
        exclude(desk, case_id, "lighting1")
    desk.act(informants.readmit, case_id, desk.who("lighting1").id, reason="查明無涉", who=desk.who("rdec1"))
    assert sees(desk, case_id, "lighting1")
    assert verbs(desk, case_id)[-2:] == ["exclude", "readmit"]
    with pytest.raises(Missing):
        desk.act(informants.readmit, case_id, desk.who("lighting1").id, reason="再次", who=desk.who("rdec1"))


def test_an_excluded_officer_of_the_control_office_is_as_blind_as_anybody(desk) -> None:
    case_id = desk.at_officer()
    exclude(desk, case_id, "rdec2")
    assert not sees(desk, case_id, "rdec2")
    with pytest.raises(Missing):
        desk.act(informants.readmit, case_id, desk.who("rdec2").id, reason="自行解除", who=desk.who("rdec2"))
    with pytest.raises(Missing):
        look(desk, case_id, "rdec2")


@pytest.mark.parametrize("person", [0, 999999])
def test_nobody_is_excluded_who_is_not_there(desk, person) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        desk.act(informants.exclude, case_id, person, reason="被檢舉人", who=desk.who("rdec1"))
    assert "person" in refusal.value.fields


def test_the_letter_to_an_informant_is_sent_without_the_unit_reading_the_address(desk) -> None:
    case_id = desk.at_officer(case_type="檢舉")
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    letters = desk.rows(sa.select(notice).where(notice.c.case_id == case_id, notice.c.person_id.is_(None)))
    assert [row["kind"] for row in letters][-1] == "reply"
    assert all("citizen@" not in str(dict(row)) for row in letters)
    with desk.store.look() as db:
        assert "identity.open" not in [line.verb for line in journal.of(db, f"case:{case_id}")]
