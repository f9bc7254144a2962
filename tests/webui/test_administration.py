"""The administrator's rooms: index, health, incidents, journal. Three people at every door; what is refused stays."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import clock
from engine.cases import incidents
from engine.cases.records import case
from engine.dates.records import alarm
from engine.errors import Stuck
from engine.office import journal, mail_hold, mail_server, people, upkeep
from engine.office import records as r
from engine.office.people import SYSTEM
from engine.store import Store
from tests.webui.administration import admin_of, counted, owner_of
from tests.webui.conftest import Office, Seat
from webui import house

ROOT = Path(__file__).parents[2]


@pytest.fixture
def admin(office: Office, hashed: str) -> Seat:
    return admin_of(office, hashed)


def stuck(office: Office, case_id: int | None, code: str = "no_table", **more: object) -> int:
    with office.city.store.act() as db:
        error = Stuck(code, f"步驟走不下去：{code}。")
        return incidents.note(db, case_id=case_id, error=error, at=office.city.now, **more)  # type: ignore[arg-type]


def state(checks: list[house.Check], name: str) -> str:
    return next(check.state for check in checks if check.id == name)


def checks(office: Office) -> list[house.Check]:
    with office.city.store.look() as db:
        return house.look(db, office.city.now, home=ROOT, key=True)


# -- doors -----------------------------------------------------------------------------------------------------------

ROOMS = ("/admin", "/admin/health", "/admin/incidents", "/admin/journal", "/admin/journal.csv")


@pytest.mark.parametrize("path", ROOMS)
def test_the_administrator_comes_in_the_process_owner_and_the_clerk_do_not(
    office: Office, admin: Seat, hashed: str, path: str
) -> None:
    page = admin.get(path)
    assert page.status == 200
    if not path.endswith(".csv"):
        assert '<summary class="here">管理</summary>' in page.source, "the menu says where one is"
    assert owner_of(office, hashed).get(path).status == 403
    assert office.seat("clerk").get(path).status == 403
    assert Seat(office.app).get(path).status == 303, "a stranger is sent to the door"


def test_the_control_office_has_the_incidents_and_nothing_else(office: Office) -> None:
    seat = office.seat("control")
    assert [seat.get(path).status for path in ROOMS] == [403, 403, 200, 403, 403]


def test_who_may_not_come_in_changes_nothing_by_a_bare_post(office: Office, admin: Seat, hashed: str) -> None:
    case_id = office.petition()
    one = stuck(office, case_id)
    before = office.everything()
    for seat in (owner_of(office, hashed), office.seat("clerk")):
        csrf = seat.get("/notices").hidden("csrf")
        for path in (
            f"/admin/incidents/{one}/retry", f"/admin/incidents/{one}/aside", "/admin/journal/verify",
            "/admin/health/mails/1",
        ):  # fmt: skip
            assert seat.send(path, {"csrf": csrf}).status == 403, path
    assert office.everything() == before


# -- index and health ------------------------------------------------------------------------------------------------


def test_the_index_shows_what_needs_somebody_and_leads_there(office: Office, admin: Seat) -> None:
    quiet = admin.get("/admin")
    assert "需處理" in quiet.text, "no clock has ticked yet"
    clock.tick(office.city.store, office.city.now, office.city.office)
    stuck(office, office.petition())
    page = admin.get("/admin")
    assert "1 件待處理。" in page.text
    assert 'href="/admin/incidents"' in page.source and 'href="/admin/journal"' in page.source
    assert "系統管理" in admin.get("/notices").source and "系統管理" not in office.seat("clerk").get("/notices").source


def test_a_house_that_is_well_says_so_and_each_trouble_says_what_to_do(office: Office) -> None:
    store, now = office.city.store, office.city.now
    assert state(checks(office), "clock") == "bad"
    clock.tick(store, now, office.city.office)
    with store.act() as db:
        upkeep.backed_up(db, "copy.sqlite3", 4096, who=SYSTEM, at=now)
        journal.anchor(db, now.date(), now)
    well = checks(office)
    assert {c.id for c in well if c.state != "good"} <= {"calendar", "disk"}, [c for c in well if c.state != "good"]
    assert all(c.todo for c in checks(office) if c.state != "good")
    office.city.now = now + timedelta(days=8)
    later = checks(office)
    assert {state(later, name) for name in ("clock", "backup")} == {"bad"} and state(later, "anchor") == "care"


def test_alarms_that_wait_are_told_as_lag(office: Office) -> None:
    office.at_officer()
    assert state(checks(office), "lag") == "good"
    office.city.now += timedelta(days=30)
    assert state(checks(office), "lag") == "bad"


def test_mails_due_held_retried_and_given_up_are_counted_apart(office_on_both: Office) -> None:
    office = office_on_both
    now = office.city.now
    rows = [
        ("due", "waiting", 0, now - timedelta(hours=1)), ("held", "waiting", 0, now + timedelta(hours=9)),
        ("again", "waiting", 2, now + timedelta(minutes=4)), ("dead", "dead", 8, None), ("sent", "sent", 1, None),
        ("put off a minute", "waiting", 0, now + timedelta(minutes=1)),
    ]  # fmt: skip
    with office.city.store.act() as db:
        who = people.get(db, "lighting1", now).id
        for key, state_, tries, next_try in rows:
            line = {
                "key": key, "person_id": who, "kind": "assigned", "facts": {}, "at": now - timedelta(hours=2),
                "channel": "mail", "state": state_, "tries": tries, "next_try_at": next_try, "level": 0,
            }  # fmt: skip
            db.execute(sa.insert(r.notice), line)
    with office.city.store.look() as db:
        box = upkeep.outbox(db, now)
    assert (box.due, box.held, box.retried, box.dead) == (2, 1, 1, 1) and box.oldest == now - timedelta(hours=2)


def test_a_mail_server_that_does_not_work_is_told_with_its_reason_and_grows_bad(office_on_both: Office) -> None:
    office = office_on_both
    with office.city.store.act() as db:
        mail_server.failed(db, "refused", office.city.now)
        mail_server.failed(db, "login", office.city.now + timedelta(minutes=1))
    [told] = [check for check in checks(office) if check.id == "mail-server"]
    assert told.state == "care" and "主機不接受設定的帳號或密碼" in told.said and "SOPFLOW_SMTP" in told.todo
    office.city.now += timedelta(hours=1)
    assert state(checks(office), "mail-server") == "bad"
    with office.city.store.act() as db:
        mail_server.answered(db)
    assert "mail-server" not in {check.id for check in checks(office)}


def test_the_size_of_the_database_is_known_on_both(store: Store) -> None:
    with store.look() as db:
        assert upkeep.size(db) > 4096
        assert upkeep.last_backup(db) is None


def test_a_mail_that_was_given_up_is_sent_again_from_the_health_page(office: Office, admin: Seat) -> None:
    with office.city.store.act() as db:
        who = people.get(db, "lighting1", office.city.now).id
        row = {
            "key": "dead", "person_id": who, "kind": "assigned", "facts": {"number": "115-000042"}, "level": 0,
            "at": office.city.now, "channel": "mail", "state": "dead", "tries": 8, "proof": "bad_address",
        }  # fmt: skip
        made = db.execute(sa.insert(r.notice).returning(r.notice.c.id), row).scalar_one()
    assert "115-000042" in admin.get("/admin/health").text
    done = admin.fill("/admin/health", f"/admin/health/mails/{made}")
    assert (done.status, done.location) == (303, "/admin/health?said=mail-again")
    with office.city.store.look() as db:
        assert db.scalar(sa.select(r.notice.c.state).where(r.notice.c.id == made)) == "waiting"


def test_a_restored_office_mails_again_when_its_administrator_says_so(office: Office, admin: Seat) -> None:
    with office.city.store.act() as db:
        mail_hold.hold(db, office.city.now)
    assert "寄信已暫停" in admin.get("/admin/health").text
    done = admin.fill("/admin/health", "/admin/health/release-mails")
    assert (done.status, done.location) == (303, "/admin/health?said=mails-released")
    with office.city.store.look() as db:
        assert mail_hold.since(db) is None
    csrf = admin.get("/notices").hidden("csrf")
    assert admin.send("/admin/health/release-mails", {"csrf": csrf}).status == 409
    assert office.seat("clerk").send("/admin/health/release-mails", {"csrf": csrf}).status == 403


def test_the_health_for_machines_still_says_nothing_else(office: Office) -> None:
    assert Seat(office.app).get("/health").answer.get_json().keys() == {"status", "clock"}


def test_health_asks_the_database_a_fixed_number_of_questions(office: Office) -> None:
    with counted(office.city.store) as few:
        checks(office)
    for _ in range(3):
        stuck(office, office.petition())
    with counted(office.city.store) as many:
        checks(office)
    assert len(few) == len(many) <= 24


def test_a_key_file_that_went_away_is_told_before_the_next_start_finds_out(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "vault.key"
    file.touch()

    def key(there: bool) -> str:
        with office.city.store.look() as db:
            return state(house.look(db, office.city.now, home=ROOT, key=there, key_file=file), "key")

    assert (key(True), key(False)) == ("good", "bad")
    file.unlink()
    assert key(True) == "bad"


# -- incidents -------------------------------------------------------------------------------------------------------


def test_incidents_wait_oldest_first_and_are_counted_by_kind(office_on_both: Office, hashed: str) -> None:
    office = office_on_both
    seat = admin_of(office, hashed)
    first = stuck(office, office.petition(), "no_table")
    office.city.now += timedelta(minutes=1)
    second = stuck(office, office.petition(), "no_unit")
    stuck(office, None, "clock_behind")
    page = seat.get("/admin/incidents")
    assert re.findall(r"/admin/incidents/(\d+)\"", page.source)[:2] == [str(first), str(second)]
    assert "待處理（3）" in page.text and "全系統" in page.text
    assert f'/admin/incidents/{second}"' not in seat.get("/admin/incidents?code=no_table").source


def test_a_case_that_was_mended_is_tried_again_and_goes_into_the_history(office: Office, admin: Seat) -> None:
    case_id = office.petition()
    one = stuck(office, case_id)
    done = admin.fill("/admin/incidents", f"/admin/incidents/{one}/retry")
    assert (done.status, done.location) == (303, "/admin/incidents?said=resumed")
    assert "沒有待處理的異常" in admin.get("/admin/incidents").text
    assert "已排除" in admin.get("/admin/incidents?view=over").text
    assert "例系統" in admin.get("/admin/incidents?view=over").text, "and by whom"
    csrf = admin.get("/notices").hidden("csrf")
    again = admin.send(f"/admin/incidents/{one}/retry", {"csrf": csrf})
    assert again.status == 409 and "nothing_stuck" in again.text


def test_an_incident_is_set_aside_with_a_reason_that_stays(office: Office, admin: Seat) -> None:
    case_id = office.at_officer()
    with office.city.store.look() as db:
        rung = db.execute(sa.select(alarm.c.id).where(alarm.c.case_id == case_id, alarm.c.kind == "reminder")).scalar()
        timer = db.execute(sa.select(alarm.c.id).where(alarm.c.case_id == case_id, alarm.c.kind == "timer")).scalar()
    one = stuck(office, case_id, "alarm", alarm_id=rung)
    refused = admin.fill(f"/admin/incidents/{one}", f"/admin/incidents/{one}/aside", {"reason": "  "})
    assert refused.status == 422 and "請說明理由" in refused.text
    lines = len(journal_of(office, case_id))
    done = admin.fill(
        f"/admin/incidents/{one}", f"/admin/incidents/{one}/aside", {"reason": "人已離職，改由人工提醒。"}
    )
    assert (done.status, done.location) == (303, "/admin/incidents?said=set-aside")
    told = journal_of(office, case_id)
    assert len(told) == lines + 1 and (told[-1].verb, told[-1].reason) == (
        "incident.set_aside",
        "人已離職，改由人工提醒。",
    )
    assert "擱置：人已離職" in admin.get("/admin/incidents?view=over").text
    other = stuck(office, case_id, "timer", alarm_id=timer)
    admin.fill(f"/admin/incidents/{other}", f"/admin/incidents/{other}/aside", {"reason": "再看看。"})
    with office.city.store.look() as db:
        silent = {row.id: row.silenced_at for row in db.execute(sa.select(alarm).where(alarm.c.id.in_([rung, timer])))}
    assert silent[rung] is not None and silent[timer] is None, "a timer that moves the case is never given up"


def test_a_case_that_never_began_is_not_set_aside(office: Office, admin: Seat) -> None:
    case_id = office.petition()
    with office.city.store.act() as db:
        db.execute(sa.update(case).where(case.c.id == case_id).values(state=""))
    one = stuck(office, case_id)
    assert "不再處理" not in admin.get(f"/admin/incidents/{one}").text
    csrf = admin.get("/notices").hidden("csrf")
    answer = admin.send(f"/admin/incidents/{one}/aside", {"csrf": csrf, "reason": "不要了"})
    assert answer.status == 409 and "case_not_begun" in answer.text


def test_an_unknown_incident_is_not_found(admin: Seat) -> None:
    assert admin.get("/admin/incidents/999").status == 404


def test_who_is_excluded_from_a_case_finds_none_of_its_incidents(office: Office, admin: Seat) -> None:
    case_id = office.petition()
    one = stuck(office, case_id)
    with office.city.store.act() as db:
        who = people.get(db, "admin", office.city.now).id
        row = {"case_id": case_id, "person_id": who, "reason": "被檢舉人", "by": None, "at": office.city.now}
        db.execute(sa.insert(r.exclusion), row)
    assert f'/admin/incidents/{one}"' not in admin.get("/admin/incidents").source
    assert admin.get(f"/admin/incidents/{one}").status == 404
    csrf = admin.get("/notices").hidden("csrf")
    for act in ("retry", "aside"):
        assert admin.send(f"/admin/incidents/{one}/{act}", {"csrf": csrf, "reason": "試"} if act == "aside" else
                          {"csrf": csrf}).status == 404  # fmt: skip


def test_the_list_of_incidents_asks_the_same_of_one_and_of_many(office: Office, admin: Seat) -> None:
    stuck(office, office.petition())
    with counted(office.city.store) as few:
        admin.get("/admin/incidents")
    for _ in range(4):
        stuck(office, office.petition())
    with counted(office.city.store) as many:
        admin.get("/admin/incidents")
    assert len(many) == len(few)


# -- journal ---------------------------------------------------------------------------------------------------------


def journal_of(office: Office, case_id: int) -> list[journal.Entry]:
    with office.city.store.look() as db:
        return journal.of(db, f"case:{case_id}")


def rows(page_source: str) -> int:
    return len(re.findall(r"<tr>\s*<td class=\"number small\">", page_source))


def test_the_journal_is_sought_by_case_person_verb_day_reason_and_act(office_on_both: Office, hashed: str) -> None:
    office = office_on_both
    seat = admin_of(office, hashed)
    case_id = office.at_officer()
    office.petition()
    number = office.city.case(case_id)["number"]
    with office.city.store.act() as db:
        person = people.get(db, "rdec1", office.city.now)
        act = journal.new_act()
        journal.write(
            db, subject=f"case:{case_id}", verb="withdraw", who=person, at=office.city.now + timedelta(days=3),
            act_id=act, reason="民眾來電撤回 100% 確定",
        )  # fmt: skip
    assert rows(seat.get(f"/admin/journal?about={number}").source) == len(journal_of(office, case_id))
    assert rows(seat.get("/admin/journal?by=rdec1&verb=withdraw").source) == 1
    assert rows(seat.get("/admin/journal?by=例研考甲&verb=withdraw").source) == 1
    assert rows(seat.get("/admin/journal?by=system&verb=sop.publish").source) > 0
    assert rows(seat.get("/admin/journal?since=115/11/29&until=2026-11-29").source) == 1
    assert rows(seat.get("/admin/journal?until=115/11/26&verb=withdraw").source) == 0
    assert rows(seat.get("/admin/journal?words=來電+撤回").source) == 1
    assert rows(seat.get("/admin/journal?words=100%25").source) == 1, "a per cent sign is only a sign"
    assert rows(seat.get("/admin/journal?words=_____").source) == 0
    assert rows(seat.get(f"/admin/journal?act={act}").source) == 1
    assert "查無歷程" in seat.get("/admin/journal?about=115-999999").text
    assert "查無歷程" in seat.get("/admin/journal?by=nobody").text


def test_a_day_that_is_none_is_said_at_its_field_with_everything_typed_kept(admin: Seat) -> None:
    page = admin.get("/admin/journal?since=115/13/40&by=rdec1")
    assert page.status == 422 and "沒有這一天" in page.text and 'value="rdec1"' in page.source
    back = admin.get("/admin/journal?since=115/12/2&until=115/12/1")
    assert back.status == 422 and "迄日不能早於起日" in back.text


def test_the_journal_is_paged_by_the_entry_last_shown_forwards_and_back(office_on_both: Office, hashed: str) -> None:
    office = office_on_both
    seat = admin_of(office, hashed)
    with office.city.store.act() as db:
        for n in range(120):
            journal.write(
                db, subject="case:77", verb="note_add", who=SYSTEM, at=office.city.now, act_id=journal.new_act(),
                reason=f"第{n:03}筆",
            )  # fmt: skip
    seen: list[list[str]] = []
    source = seat.get("/admin/journal?about=case:77").source
    while True:
        seen.append(re.findall(r"第\d{3}筆", source))
        older = re.search(r'href="(/admin/journal\?before=[^"]+)"', source)
        if older is None:
            break
        source = seat.get(older[1].replace("&amp;", "&")).source
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [one for page in seen for one in page] == [f"第{n:03}筆" for n in range(119, -1, -1)]
    newer = re.search(r'href="(/admin/journal\?after=[^"]+)"', source)
    assert newer is not None
    assert re.findall(r"第\d{3}筆", seat.get(newer[1].replace("&amp;", "&")).source) == seen[1]


def test_a_page_of_the_journal_asks_at_most_five_questions(office: Office, admin: Seat) -> None:
    from engine.cases.desks import journals

    office.at_officer()
    with office.city.store.look() as db:
        who = people.get(db, "admin", office.city.now)
        with counted(office.city.store) as sent:
            page = journals.find(db, journals.Search(), who=who, before=10**9)
    assert len(page.rows) > 5 and len(sent) <= 5


def test_an_informants_case_keeps_its_reasons_and_an_excluded_administrator_does_not_see_the_case(
    office_on_both: Office, hashed: str
) -> None:
    office = office_on_both
    seat = admin_of(office, hashed)
    case_id = office.petition()
    with office.city.store.act() as db:
        db.execute(sa.update(case).where(case.c.id == case_id).values(informant=True))
        journal.write(
            db, subject=f"case:{case_id}", verb="send_back", who=SYSTEM, at=office.city.now, act_id=journal.new_act(),
            reason="被檢舉人為甲",
        )  # fmt: skip
    page = seat.get(f"/admin/journal?about=case:{case_id}")
    assert "被檢舉人" not in page.text and "檢舉案件，不顯示" in page.text
    assert rows(seat.get("/admin/journal?words=被檢舉人").source) == 0
    assert "被檢舉人" not in seat.get(f"/admin/journal.csv?about=case:{case_id}").source
    with office.city.store.act() as db:
        who = people.get(db, "admin", office.city.now).id
        row = {"case_id": case_id, "person_id": who, "reason": "被檢舉人", "by": None, "at": office.city.now}
        db.execute(sa.insert(r.exclusion), row)
    assert rows(seat.get(f"/admin/journal?about=case:{case_id}").source) == 0


def test_the_download_holds_what_was_sought_and_no_formula(office: Office, admin: Seat) -> None:
    case_id = office.petition()
    with office.city.store.act() as db:
        journal.write(
            db, subject=f"case:{case_id}", verb="withdraw", who=SYSTEM, at=office.city.now, act_id=journal.new_act(),
            reason="=HYPERLINK(1)",
        )  # fmt: skip
    page = admin.get(f"/admin/journal.csv?about=case:{case_id}")
    sheet = list(csv.DictReader(io.StringIO(page.source.removeprefix("\ufeff"))))
    assert len(sheet) == len(journal_of(office, case_id)) and sheet[0]["理由"] == "'=HYPERLINK(1)"
    assert page.answer.headers["Content-Disposition"].startswith("attachment")
    assert "例民眾" not in page.source


def test_a_journal_that_was_not_touched_is_proved_and_one_that_was_is_found_out(office: Office, admin: Seat) -> None:
    case_id = office.petition()
    done = admin.fill("/admin/journal", "/admin/journal/verify")
    assert (done.status, done.location) == (303, "/admin/journal")
    assert "沒有被更動" in admin.get("/admin/journal").text
    assert [e.verb for e in journal_of_office(office)].count("journal.verify") == 1
    with office.city.store.act() as db:
        db.execute(sa.update(r.entry).where(r.entry.c.subject == f"case:{case_id}").values(reason="別的"))
    admin.fill("/admin/journal", "/admin/journal/verify")
    page = admin.get("/admin/journal")
    assert "處不符" in page.text and "journal_changed" in page.text
    assert re.search(r'href="/admin/journal\?about=[^"]+">這一條鏈的歷程', page.source)
    assert state(checks(office), "proof") == "bad"


def test_a_long_journal_is_left_to_the_clock_and_tells_how_far_it_is(
    office: Office, admin: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.office import proving

    monkeypatch.setattr(proving, "AT_ONCE", 0)
    monkeypatch.setattr(proving, "_STEP", 3)
    admin.fill("/admin/journal", "/admin/journal/verify")
    page = admin.get("/admin/journal")
    assert "<progress" in page.source and not page.offers("/admin/journal/verify")
    csrf = page.hidden("csrf")
    assert admin.send("/admin/journal/verify", {"csrf": csrf}).status == 409
    told: list[int] = []
    keep = proving._keep
    monkeypatch.setattr(proving, "_keep", lambda db, proof: (told.append(proof.done), keep(db, proof)))
    assert proving.work(office.city.store, office.city.now) is not None
    assert told[:3] == [3, 6, 9] and "沒有被更動" in admin.get("/admin/journal").text
    assert proving.work(office.city.store, office.city.now) is None


def journal_of_office(office: Office) -> list[journal.Entry]:
    with office.city.store.look() as db:
        return journal.of(db, "office")
