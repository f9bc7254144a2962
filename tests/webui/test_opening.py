"""受理: a petition registered at the desk, its receipt, and everything that is refused there."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import sqlalchemy as sa

from engine.cases.records import answer, case
from tests.cases import small_sop
from tests.webui.conftest import PETITION, Office, answers

FORM = "/cases/new/petition-online/PO-S"


def register(office: Office, who: str = "service", **changed: Any) -> Any:
    seat = office.seat(who)
    page = seat.get(FORM)
    given = {name: value for name, value in {**PETITION, **changed}.items() if value is not None}
    return seat.send(FORM, {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**given)})


def test_the_choice_leads_to_the_form_of_a_start(office: Office) -> None:
    page = office.seat("service").get("/cases/new")
    assert FORM in page.source
    assert "逾期／續列管追蹤" not in page.text  # a shared procedure is not opened by hand


CHANNELS = ("線上陳情", "線上市容查報", "到府", "電話", "書面", "傳真")


def test_every_channel_is_a_choice_of_its_own_and_says_what_it_is_for(office: Office) -> None:
    page = office.seat("service").get("/cases/new")
    for channel in CHANNELS:
        assert f"受理{channel}案件" in page.text
    assert "民眾來電陳述，登打紀錄表並口頭告知案號。" in page.text
    assert "登錄時案件類型選「檢舉」，陳情人身分即密封" in page.text


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_leads_to_a_form_in_which_it_is_chosen(office: Office, channel: str) -> None:
    seat = office.seat("service")
    ways = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', seat.get("/cases/new").source)]
    way = next(link for link in ways if unquote(link).endswith(f"?channel={channel}"))
    assert f'value="{channel}" checked' in seat.get(way).source


def test_a_field_that_happens_to_be_called_so_makes_no_channel_and_a_list_of_words_is_typed(office: Office) -> None:
    """Only what a form declares is an intake; units are ticked where units are asked for."""
    ways = {"title": "管道", "type": "string", "oneOf": [{"const": "內網", "title": "內網"}]}
    listed = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    asked = {**listed, "title": "受文單位", "items": {"type": "string", "format": "sop-unit"}}
    form = {"type": "object", "properties": {"channel": ways, "plans": {**listed, "title": "計畫"}, "asked": asked}}
    with office.city.store.act() as db:
        small_sop.publish(db, small_sop.chart("", "other", unit="works-lighting"), "other", {"S": form})
    seat, path = office.seat("service"), "/cases/new/other/S"
    chosen = seat.get("/cases/new")
    assert "受理內網案件" not in chosen.text and f'href="{path}"' in chosen.source
    page = seat.get(path)
    assert re.search(r'<textarea[^>]* name="answer-plans"', page.source) and "一行一項。" in page.text
    assert 'type="checkbox" name="answer-asked" value="works-roads"' in page.source
    given = {"answer-plans": "示例路拓寬\r\n\r\n  示例橋改建", "answer-asked": ["works-roads", "works-lighting"]}
    twice = {**given, "answer-plans": "示例路拓寬\n示例路拓寬"}
    hidden = {"csrf": page.hidden("csrf"), "key": page.hidden("key")}
    refused = seat.send(path, {**hidden, **twice})
    assert refused.status == 422 and "示例路拓寬\n示例路拓寬</textarea>" in refused.source
    opened = seat.send(path, {**hidden, **given})
    assert opened.status == 303
    with office.city.store.look() as db:
        kept = db.execute(sa.select(answer.c.answers).order_by(answer.c.id.desc())).scalars().first()
    assert kept == {"plans": ["示例路拓寬", "示例橋改建"], "asked": ["works-roads", "works-lighting"]}


@pytest.mark.parametrize("asked", ["電話", "nothing", "<b>", ""])
def test_a_channel_the_form_does_not_know_chooses_nothing(office: Office, asked: str) -> None:
    page = office.seat("service").get(f"{FORM}?channel={quote(asked)}")
    assert (page.status, "checked" in page.source) == (200, False)


def test_a_report_by_telephone_asks_for_the_number_it_says_was_left(office: Office) -> None:
    form = "/cases/new/petition-visit-phone/PV-S"
    seat = office.seat("service")
    page = seat.get(form)
    assert "身分密封" in page.text
    told = {
        **PETITION, "channel": "電話", "case_type": "檢舉", "wants_told": "yes", "phone_left": "yes",
        "petitioner_phone": "", "petitioner_email": "",
    }  # fmt: skip
    sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key")}
    refused = seat.send(form, {**sent, **answers(**told)})
    assert (refused.status, 'href="#f-petitioner_phone"' in refused.source) == (422, True)
    told["petitioner_phone"] = "0900-000-000"
    opened = seat.send(form, {**sent, "key": refused.hidden("key"), **answers(**told)})
    assert opened.status == 303
    with office.city.store.look() as db:
        assert db.execute(sa.select(case.c.channel, case.c.informant)).all() == [("電話", True)]


def test_a_petition_is_registered_and_the_petitioner_gets_a_receipt(office: Office) -> None:
    answer = register(office)
    assert answer.status == 303
    receipt = office.seat("service").get(answer.location)
    assert "案件受理收據" in receipt.text
    assert "115-000001" in receipt.text
    assert "民國115年11月26日（星期四）09:00" in receipt.text
    assert "預定答復期限 民國115年12月3日（星期四）17:00（暫定，權責單位認定後確定）" in receipt.text
    assert receipt.source.count('class="big"') == 1, "the number; a date that is not certain yet is not told large"
    assert "依收件日暫定 115/12/03（四）17:00" in office.seat("service").get("/cases/1").text
    assert "例民眾" not in receipt.source
    assert "citizen@example.invalid" not in receipt.source


def test_the_receipt_names_the_promised_date_once_it_is_known(office: Office) -> None:
    case_id = office.at_officer()
    receipt = office.seat("service").get(f"/cases/{case_id}/receipt")
    assert "預定答復期限 民國115年12月3日（星期四）17:00" in receipt.text


def test_the_receipt_is_printed_in_the_layout_of_the_day_it_was_handed_out(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.petition()
    monkeypatch.setitem(office.app.config, "PROCESSES", tmp_path)
    page = office.seat("service").get("/cases/1/receipt")
    assert page.status == 404 and "沒有可列印的表單" in page.text
    of_our_own = "for: [receipt]\ntitle: {}\nparts:\n  - rows:\n      - {{label: 號碼, from: case.number}}\n"
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "a.yaml").write_text(of_our_own.format("本所收執聯"), "utf-8")
    (tmp_path / "forms" / "b.yaml").write_text(of_our_own.format("明年的") + "since: 2027-01-01\n", "utf-8")
    page = office.seat("service").get("/cases/1/receipt")
    assert "本所收執聯 號碼 115-000001" in page.text and "明年的" not in page.text


def test_the_same_form_sent_twice_opens_one_case(office: Office) -> None:
    seat = office.seat("service")
    page = seat.get(FORM)
    sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**PETITION)}
    first, second = seat.send(FORM, sent), seat.send(FORM, sent)
    assert first.location == second.location
    assert len(office.everything()["case"]) == 1


def test_two_forms_open_two_cases(office: Office) -> None:
    assert register(office).location != register(office).location


def test_what_is_missing_is_said_beside_its_field_and_above(office: Office) -> None:
    page = register(office, subject=None, body="短", petitioner_email="nowhere")
    assert page.status == 422
    assert "沒有儲存，請修正 3 處" in page.text
    for name in ("subject", "body", "petitioner_email"):
        assert f'href="#f-{name}"' in page.source
        assert f'id="w-{name}"' in page.source
    assert office.everything()["case"] == []


def test_a_refused_form_keeps_everything_typed(office: Office) -> None:
    page = register(office, subject=None)
    assert PETITION["body"] in page.source
    assert 'value="例民眾"' in page.source
    assert 'value="線上陳情" checked' in page.source


@pytest.mark.parametrize(
    "fields",
    [
        {"answer-colour": "red"},
        {"colour": "red"},
        {"answer-attachments": "abc"},
        {"answer-subject": ["one", "two"]},
        {"answer-channel": "電話"},
        {"answer-subject": "a\x00b"},
        {"answer-subject": "a\nb"},
        {"answer-petitioner_phone": "<script>"},
        {"answer-body": "a" * 8001},
    ],
    ids=["undeclared-answer", "undeclared", "no-files-yet", "twice", "choice", "nul", "line", "phone", "long"],
)
def test_bad_fields_are_refused_and_nothing_is_stored(office: Office, fields: dict[str, Any]) -> None:
    seat = office.seat("service")
    page = seat.get(FORM)
    before = office.everything()
    sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**PETITION), **fields}
    refused = seat.send(FORM, sent)
    assert refused.status == 422
    assert "Traceback" not in refused.source
    assert office.everything() == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"csrf=%ED%A0%80", "application/x-www-form-urlencoded"),
        (b"csrf=%FF%FE", "application/x-www-form-urlencoded"),
        (b"csrf=\xe4\xb8\xad", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"a=1&" * 401, "application/x-www-form-urlencoded"),
    ],
    ids=["surrogate", "not-utf8", "raw", "json", "multipart", "many"],
)
def test_a_body_that_is_no_plain_form_is_refused(office: Office, body: bytes, kind: str) -> None:
    answer = office.seat("service").client.post(FORM, data=body, content_type=kind)
    assert answer.status_code == 422
    assert "代碼" in answer.text


def test_a_body_of_a_megabyte_is_refused(office: Office) -> None:
    answer = office.seat("service").client.post(
        FORM, data=b"a=" + b"b" * 1_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (413, 422)


def test_the_identity_stands_nowhere_but_in_the_vault(office: Office) -> None:
    assert register(office).status == 303
    rows = office.everything()
    vault = rows.pop("vault")
    assert len(vault) == 1
    for canary in ("例民眾", "0900-000-000", "citizen@example.invalid"):
        assert canary not in repr(vault) and canary not in repr(rows)


def test_rare_characters_and_tags_are_kept_and_shown_as_they_are(office: Office) -> None:
    subject = "堃𠮷鵺 <b>😀</b> & \u202eabc"
    answer = register(office, subject=subject)
    assert answer.status == 303
    page = office.seat("service").get(answer.location)
    assert "堃𠮷鵺 &lt;b&gt;😀&lt;/b&gt; &amp; abc" in page.source, "nothing turns round what stands after it"


@pytest.mark.parametrize(
    "path", ["/cases/new/petition-online/PO-X", "/cases/new/no-such-sop/PO-S", "/cases/new/shared-follow-up/FU-S"]
)
def test_what_cannot_be_opened_by_hand_is_not_found(office: Office, path: str) -> None:
    assert office.seat("service").get(path).status == 404


def registered_late(office: Office, received: str) -> Any:
    seat = office.seat("service")
    page = seat.get(FORM)
    assert "實際收件時間" in page.text
    sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), "received": received}
    return seat.send(FORM, {**sent, **answers(**PETITION)})


def test_what_came_in_on_friday_and_is_registered_on_thursday_counts_from_friday(office: Office) -> None:
    """The limit counts from the day after the receipt, whenever somebody comes to write it down."""
    opened = registered_late(office, "115/11/20 16:40")
    assert opened.status == 303
    receipt = office.seat("service").get(opened.location)
    assert "民國115年11月20日（星期五）16:40" in receipt.text
    assert "民國115年11月27日（星期五）17:00（暫定" in receipt.text
    assert "例服務甲補登了這件案件，收件時間 115/11/20（五）16:40。" in office.seat("service").get("/cases/1").text
    with office.city.store.look() as db:
        told = db.execute(sa.text("SELECT verb, effects FROM entry WHERE subject = 'case:1'")).all()
    assert [row.verb for row in told] == ["open"], "one act, one line"
    assert "2026-11-20T16:40" in str(told[0].effects)


@pytest.mark.parametrize(
    ("received", "said"),
    [
        ("115/11/26 09:01", "收件時間不能晚於現在。"),
        ("105/11/20", "收件時間在一年以前；請檢查年份，更早的案件請由管理者匯入。"),
        ("115/02/30", "沒有這一天，請檢查月和日。"),
        ("昨天", "日期請寫成"),
        ("9" * 60, "日期請寫成"),
    ],
    ids=["tomorrow", "wrong-year", "no-such-day", "words", "digits"],
)
def test_a_time_of_receipt_that_cannot_be_is_refused_and_what_was_typed_stays(
    office: Office, received: str, said: str
) -> None:
    refused = registered_late(office, received)
    assert (refused.status, said in refused.text) == (422, True), refused.text[:400]
    assert 'href="#f-received_at"' in refused.source and f'value="{received}"' in refused.source
    assert PETITION["body"] in refused.source
    assert office.everything()["case"] == []


def test_only_petitions_ask_when_they_came_in(office: Office) -> None:
    with office.city.store.act() as db:
        small_sop.publish(db, small_sop.chart("", "other", unit="works-lighting"), "other", {})
    seat, path = office.seat("service"), "/cases/new/other/S"
    page = seat.get(path)
    assert "實際收件時間" not in page.text
    sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), "received": "115/11/20"}
    assert (seat.send(path, sent).status, office.everything()["case"]) == (422, [])
