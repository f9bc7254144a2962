"""Who may come in at all: permissions declared, sessions, forms that are ours, headers."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from engine import settings
from tests.webui.conftest import Office, Seat
from webui import app as webapp
from webui.permissions import must_ask_again, permission_of, undeclared


def test_every_route_declares_its_permission(office: Office) -> None:
    assert undeclared(office.app) == []
    kinds = {rule.endpoint: permission_of(office.app, rule.endpoint) for rule in office.app.url_map.iter_rules()}
    everyone = {endpoint for endpoint, kind in kinds.items() if kind == ("everyone",)}
    assert everyone == {
        "static", "health.health", "sign_in.sign_in", "sign_in.enter", "sign_in.sign_out", "sign_in.welcome",
        "sign_in.redeem", "language.choose", "duties.feed",
    }  # fmt: skip


def test_an_undeclared_route_answers_403(office: Office) -> None:
    office.app.view_functions["forgotten"] = lambda: "secret"
    office.app.url_map.add(office.app.url_rule_class("/forgotten", endpoint="forgotten"))
    seat = office.seat("clerk")
    page = seat.get("/forgotten")
    assert page.status == 403
    assert "secret" not in page.text


def test_the_desk_does_not_start_with_an_undeclared_route(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(app: Flask) -> None:
        app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    monkeypatch.setattr(webapp.refusals, "install", install)
    with pytest.raises(RuntimeError, match="forgotten"):
        webapp.create_app(settings.read({}, home=Path("/nowhere")), office.city.store, office.city.office)


def test_every_page_but_the_doorstep_asks_to_sign_in_first(office: Office) -> None:
    seat = Seat(office.app)
    paths = [
        rule.rule
        for rule in office.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and "everyone" not in (permission_of(office.app, rule.endpoint) or ("everyone",))
    ]
    assert len(paths) >= 10
    for path in paths:
        path = re.sub(r"<id:\w+>", "1", path).replace("<start>", "PO-S")
        path = re.sub(r"<\w+>", "petition-online", path)
        page = seat.get(path)
        assert (page.status, page.location.split("?")[0]) == (303, "/sign-in"), path


def test_after_signing_in_one_goes_on_to_where_one_wanted(office: Office) -> None:
    seat = Seat(office.app)
    wanted = seat.get("/overdue")
    page = seat.get(wanted.location)
    sent = {"csrf": page.hidden("csrf"), "account": "lighting1", "password": "wobbly-lantern-42"}
    assert seat.send("/sign-in", {**sent, "next": page.hidden("next")}).location == "/overdue"


@pytest.mark.parametrize(
    "target", ["https://evil.invalid/", "//evil.invalid", "/\\evil.invalid", "javascript:alert(1)"]
)
def test_signing_in_never_leads_elsewhere(office: Office, target: str) -> None:
    seat = Seat(office.app)
    csrf = seat.get("/sign-in").hidden("csrf")
    sent = {"csrf": csrf, "account": "lighting1", "password": "wobbly-lantern-42", "next": target}
    assert seat.send("/sign-in", sent).location == "/"


def test_a_wrong_password_is_refused_in_the_same_words_as_an_unknown_account(office: Office) -> None:
    known, unknown = Seat(office.app).sign_in("lighting1", "not-the-password"), Seat(office.app).sign_in("nobody-here")
    assert known.status == unknown.status == 403
    said = [page.text.partition("沒有登入")[2].partition("帳號 必填")[0] for page in (known, unknown)]
    assert said[0] == said[1] != ""


def test_five_wrong_passwords_lock_the_account(office: Office) -> None:
    seat = Seat(office.app)
    for _ in range(5):
        assert seat.sign_in("lighting1", "not-the-password").status == 403
    assert seat.sign_in("lighting1").status == 403
    office.city.now += timedelta(minutes=16)
    assert seat.sign_in("lighting1").status == 303


def test_the_cookie_changes_at_sign_in_and_is_closed_to_scripts_and_other_sites(office: Office) -> None:
    seat = Seat(office.app)
    seat.get("/sign-in")
    before = seat.client.get_cookie("sopflow")
    answer = seat.sign_in("lighting1").answer
    after = seat.client.get_cookie("sopflow")
    assert before is not None and after is not None and before.value != after.value
    sent = answer.headers["Set-Cookie"]
    assert "HttpOnly" in sent and "SameSite=Lax" in sent and "Path=/" in sent


def test_behind_https_the_cookie_is_secure_and_bound_to_the_host(office: Office) -> None:
    chosen = settings.read({"SOPFLOW_URL": "https://desk.example.invalid"}, home=Path("/nowhere"))
    secure = webapp.create_app(chosen, office.city.store, office.city.office, now=lambda: office.city.now)
    answer = secure.test_client().get("/sign-in", base_url="https://desk.example.invalid")
    assert answer.headers["Set-Cookie"].startswith("__Host-sopflow=")
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_half_an_hour_of_silence_ends_the_visit(office: Office) -> None:
    seat = office.seat("clerk")
    office.city.now += timedelta(minutes=29)
    assert seat.get("/").status == 200
    office.city.now += timedelta(minutes=31)
    assert seat.get("/").status == 303


def test_signing_in_again_at_the_same_browser_ends_the_visit_before(office: Office) -> None:
    seat = office.seat("clerk")
    old = seat.client.get_cookie("sopflow")
    page = Seat(office.app).get("/sign-in")
    assert old is not None and page.status == 200
    # the form of another tab, sent while somebody is signed in here
    csrf = seat.get("/").hidden("csrf")
    sent = {"csrf": csrf, "account": "lighting2", "password": "wobbly-lantern-42", "next": ""}
    assert seat.send("/sign-in", sent).status == 303
    assert "例路燈乙" in seat.get("/").text
    seat.client.set_cookie("sopflow", old.value)
    assert seat.get("/").status == 303


def test_changing_the_password_gives_the_browser_a_new_cookie_and_ends_all_others(office: Office) -> None:
    seat, other = office.seat("clerk"), Seat(office.app)
    other.sign_in("lighting1")
    old = seat.client.get_cookie("sopflow")
    new = "umbrella-lantern-rain"
    csrf = seat.get("/password").hidden("csrf")
    page = seat.send("/password", {"csrf": csrf, "old": "wobbly-lantern-42", "new": new, "again": new})
    assert page.status == 303 and old is not None
    assert seat.get("/").status == 200
    assert other.get("/").status == 303
    seat.client.set_cookie("sopflow", old.value)
    assert seat.get("/").status == 303


def test_one_signs_out_everywhere_else(office: Office) -> None:
    seat, other = office.seat("clerk"), Seat(office.app)
    other.sign_in("lighting1")
    assert "還有 1 個裝置" in seat.get("/password").text
    assert seat.fill("/password", "/sign-out/elsewhere").status == 303
    assert (seat.get("/").status, other.get("/").status) == (200, 303)
    assert "只有這個瀏覽器" in seat.get("/password").text


def test_who_comes_in_reads_when_they_were_here_before_and_only_then(office: Office) -> None:
    seat = office.seat("clerk")
    assert "這是您第一次登入" in seat.get("/").text
    office.city.now += timedelta(minutes=2)
    Seat(office.app).sign_in("lighting1", "not-the-password")
    assert "登入" not in seat.get("/").text.partition(":::")[2].partition("待辦")[0]
    again = Seat(office.app)
    again.sign_in("lighting1")
    assert "上次登入 115/11/26（四）09:00" in again.get("/").text
    assert "其後有 1 次密碼錯誤" in again.get("/").text
    office.city.now += timedelta(minutes=2)
    assert "上次登入" not in again.get("/").text


def test_signing_out_ends_the_visit_for_good(office: Office) -> None:
    seat = office.seat("clerk")
    cookie = seat.client.get_cookie("sopflow")
    assert cookie is not None
    page = seat.fill("/", "/sign-out")
    assert (page.status, page.location) == (303, "/sign-in?said=signed-out")
    seat.client.set_cookie("sopflow", cookie.value)
    assert seat.get("/").status == 303


def test_a_form_without_its_token_is_refused_and_nothing_stored(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    before = office.everything()
    for token in ("", "0" * 64):
        page = office.seat("clerk").send(f"/items/{item}/claim", {"csrf": token})
        assert page.status == 403
        assert "form_token" in page.text
    assert office.everything() == before


def test_a_token_of_another_visit_is_refused(office: Office) -> None:
    case_id = office.at_officer()
    item = office.item(case_id, "PO-08")
    stolen = office.seat("colleague").get("/").hidden("csrf")
    assert office.seat("clerk").send(f"/items/{item}/claim", {"csrf": stolen}).status == 403


@pytest.mark.parametrize("origin", ["https://evil.invalid", "null", "http://localhost:1"])
def test_a_form_from_another_site_is_refused(office: Office, origin: str) -> None:
    seat = office.seat("clerk")
    csrf = seat.get("/").hidden("csrf")
    assert seat.send("/notices/read", {"csrf": csrf}, Origin=origin).status == 403
    assert seat.send("/notices/read", {"csrf": csrf}, Origin="http://localhost").status == 303


def test_a_cross_site_request_is_refused_even_without_an_origin(office: Office) -> None:
    seat = office.seat("clerk")
    csrf = seat.get("/").hidden("csrf")
    assert seat.send("/notices/read", {"csrf": csrf}, **{"Sec-Fetch-Site": "cross-site"}).status == 403


def test_no_page_lets_anything_foreign_run_or_keeps_a_copy(office: Office) -> None:
    case_id = office.at_officer()
    for path in ("/", f"/cases/{case_id}", "/procedures/petition-online", "/no-such-page"):
        page = office.seat("clerk").get(path)
        headers = page.answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "<script>" not in page.source and " style=" not in page.source and "<style" not in page.source
        assert 'lang="zh-Hant-TW"' in page.source


def test_a_password_is_changed_only_with_the_old_one(office: Office) -> None:
    seat = office.seat("clerk")
    page = seat.get("/password")

    def change(old: str, new: str, again: str) -> int:
        sent = {"csrf": page.hidden("csrf"), "old": old, "new": new, "again": again}
        return seat.send("/password", sent).status

    assert change("not-the-old-one", "brand-new-lantern", "brand-new-lantern") == 422
    assert change("wobbly-lantern-42", "brand-new-lantern", "another-lantern") == 422
    assert change("wobbly-lantern-42", "short", "short") == 422
    assert change("wobbly-lantern-42", "brand-new-lantern", "brand-new-lantern") == 303
    assert Seat(office.app).sign_in("lighting1").status == 403
    assert Seat(office.app).sign_in("lighting1", "brand-new-lantern").status == 303


def test_a_one_time_link_sets_a_password_once(office: Office) -> None:
    from engine.office import accounts
    from engine.office.people import SYSTEM

    with office.city.store.act() as db:
        token = accounts.link(db, "lighting2", who=SYSTEM, at=office.city.now)
    seat = Seat(office.app)
    page = seat.get(f"/welcome/{token}")
    assert "您的帳號是 lighting2" in page.text
    sent = {"csrf": page.hidden("csrf"), "new": "a-fresh-umbrella", "again": "a-fresh-umbrella"}
    assert seat.send(f"/welcome/{token}", sent).status == 303
    assert seat.send(f"/welcome/{token}", sent).status == 404
    dead = seat.get(f"/welcome/{token}")
    assert dead.status == 404 and "此連結已使用過" in dead.text, "said at once, not after a password was thought of"
    assert seat.sign_in("lighting2", "a-fresh-umbrella").status == 303


def test_who_has_sat_there_a_while_types_the_password_again_before_reading_who_it_was(office: Office) -> None:
    case_id = office.at_officer()
    clerk = Seat(office.app)
    clerk.sign_in("lighting1")
    office.city.now += timedelta(minutes=16)
    asked = clerk.fill(f"/cases/{case_id}", "/identity", {"reason": "電話說明\n勘查時間"})
    assert asked.status == 403 and "請再輸入一次密碼" in asked.text and "例民眾" not in asked.source
    kept = {"csrf": asked.hidden("csrf"), "reason": asked.hidden("reason")}
    assert kept["reason"] == "電話說明\n勘查時間"
    wrong = clerk.send(f"/cases/{case_id}/identity", {**kept, "proof": "not-the-password"})
    assert wrong.status == 403 and "密碼不正確" in wrong.text and "例民眾" not in wrong.source
    shown = clerk.send(f"/cases/{case_id}/identity", {**kept, "proof": "wobbly-lantern-42"})
    assert shown.status == 200 and "例民眾" in shown.text
    again = clerk.fill(f"/cases/{case_id}", "/identity", {"reason": "再次聯絡"})
    assert again.status == 200 and "例民眾" in again.text, "for the next quarter of an hour nobody asks"


def test_every_route_that_opens_an_identity_or_publishes_asks_for_the_password_again(office: Office) -> None:
    app = office.app
    opens = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and "see_identity" in (permission_of(app, rule.endpoint) or ())
    }
    asking = {name for name in app.view_functions if must_ask_again(app, name)}
    assert opens >= {"case_file.identity", "printing.case_with_identity"}
    assert asking == opens | {"workshop_acts.publish", "workshop_acts.emergency"}


def test_health_answers_without_a_visit(office: Office) -> None:
    never = {"state": "never", "last_tick": None, "age_seconds": None}
    assert Seat(office.app).get("/health").answer.get_json() == {"status": "ok", "clock": never}
