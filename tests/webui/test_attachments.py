"""Files at the desk: chosen, kept with a form that was refused, taken out, handed out; three people at each door."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from engine.cases.records import attachment, attachment_content, incident
from engine.office import journal
from engine.office.vault import Key
from tests.attacks.made_files import HOSTILE, pdf, picture
from tests.webui.conftest import HANDLED, PETITION, Office, Page, answers
from webui import sent_files

FORM = "/cases/new/petition-online/PO-S"
Sending = list[tuple[str, Any]]


BOUNDARY = "x" * 20
KIND = f"multipart/form-data; boundary={BOUNDARY}"
END = f"--{BOUNDARY}--\r\n".encode()


def upload(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content


def part(name: str, value: bytes, filename: bytes | None = None) -> bytes:
    head = b'Content-Disposition: form-data; name="' + name.encode() + b'"'
    if filename is not None:
        head += b'; filename="' + filename + b'"\r\nContent-Type: image/jpeg'
    return b"--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


def body(fields: dict[str, Any]) -> bytes:
    """What a browser sends for these fields; a pair or a list of pairs is files."""
    made = b""
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, tuple):
                made += part(name, one[1], one[0].encode())
            else:
                made += part(name, str(one).encode())
    return made + END


def send(office: Office, who: str, path: str, fields: dict[str, Any], action: str = "", page: str = "") -> Page:
    """The form of a page with everything hidden in it, sent as a browser sends files."""
    seat = office.seat(who)
    shown = seat.get(page or path)
    hidden = {name: shown.hidden(name, action) for name in ("csrf", "key")}
    if action:
        hidden["seen"] = shown.hidden("seen", action)
    return Page(seat.client.post(path, data=body({**hidden, **fields}), content_type=KIND))


def opening(office: Office, fields: dict[str, Any], **more: Any) -> Page:
    return send(office, "service", FORM, {**answers(**{**PETITION, **more}), **fields})


def work(office: Office, case_id: int, fields: dict[str, Any], who: str = "clerk", step: str = "PO-08") -> Page:
    action = f"/items/{office.item(case_id, step)}/work"
    return send(office, who, action, fields, action, f"/cases/{case_id}")


def rows(office: Office) -> list[dict[str, Any]]:
    with office.city.store.look() as db:
        return [dict(row) for row in db.execute(sa.select(attachment).order_by(attachment.c.id)).mappings()]


def ticked(page: Page, field: str = "attachments") -> list[str]:
    return re.findall(rf'name="answer-{field}" value="(\d+)" checked', page.source)


def unticked(page: Page, field: str = "attachments") -> list[str]:
    return re.findall(rf'name="answer-{field}" value="(\d+)">', page.source)


def test_a_petition_with_files_is_registered_and_its_files_are_read_and_fetched(office: Office) -> None:
    photo, letter = picture(), pdf()
    answer = opening(office, {"file-attachments": [upload("現場 1.jpg", photo), upload("陳情書.pdf", letter)]})
    assert answer.status == 303, answer.text
    assert [row["name"] for row in rows(office)] == ["現場 1.jpg", "陳情書.pdf"]
    page = office.seat("service").get("/cases/1")
    assert "現場 1.jpg" in page.text and 'src="/attachments/1/small"' in page.source
    got = office.seat("service").client.get("/attachments/2")
    assert got.data == letter
    assert got.headers["Content-Type"] == "application/pdf"
    said = "attachment; filename=\"2.pdf\"; filename*=UTF-8''%E9%99%B3%E6%83%85%E6%9B%B8.pdf"
    assert got.headers["Content-Disposition"] == said
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "no-store"


def test_a_form_refused_for_another_field_loses_no_file(office: Office) -> None:
    refused = opening(office, {"file-attachments": upload("現場.jpg", picture())}, subject="")
    assert refused.status == 422
    assert PETITION["body"] in refused.text
    (chosen,) = ticked(refused)
    again = opening(office, {"answer-attachments": chosen})
    assert again.status == 303
    (row,) = rows(office)
    assert (str(row["id"]), row["case_id"]) == (chosen, 1)


def test_a_refused_file_is_named_with_its_reason_and_everything_else_stays(office: Office) -> None:
    _, svg, _ = HOSTILE["an SVG"]
    refused = opening(office, {"file-attachments": [upload("好.jpg", picture()), upload("壞\u202egpj.svg", svg)]})
    assert refused.status == 422
    assert "「壞gpj.svg」沒有收下：不收網頁、SVG 或程式檔。" in refused.text
    assert PETITION["body"] in refused.text
    assert len(ticked(refused)) == 1
    assert [row["name"] for row in rows(office)] == ["好.jpg"]


def test_a_step_keeps_a_draft_with_files_takes_one_out_and_puts_it_back(office: Office) -> None:
    case_id = office.at_officer()
    both = [upload("一.jpg", picture()), upload("二.pdf", pdf())]
    assert work(office, case_id, {"act": "draft", "file-attachments": both}).status == 303
    clerk = office.seat("clerk")
    first, second = ticked(clerk.get(f"/cases/{case_id}"))
    assert work(office, case_id, {"act": "draft", "answer-attachments": first}).status == 303
    page = clerk.get(f"/cases/{case_id}")
    assert (ticked(page), unticked(page)) == ([first], [second])
    assert work(office, case_id, {"act": "draft", "answer-attachments": [first, second]}).status == 303
    assert ticked(clerk.get(f"/cases/{case_id}")) == [first, second]
    sent = answers(**HANDLED) | {"act": "complete", "answer-attachments": second}
    assert work(office, case_id, sent).status == 303
    gone, kept = rows(office)
    assert gone["removed_at"] is not None and kept["answer_id"] is not None
    assert clerk.get(f"/attachments/{first}").status == 404
    assert clerk.get(f"/attachments/{second}").status == 200


def test_a_step_refused_for_a_field_keeps_its_files_as_its_draft(office: Office) -> None:
    case_id = office.at_officer()
    sent = answers(**{**HANDLED, "findings": "短"}) | {"act": "complete"}
    refused = work(office, case_id, {**sent, "file-attachments": upload("一.jpg", picture())})
    assert refused.status == 422
    assert HANDLED["reply_text"] in refused.text
    (chosen,) = ticked(refused)
    again = answers(**HANDLED) | {"act": "complete", "answer-attachments": chosen}
    assert work(office, case_id, again).status == 303
    assert rows(office)[0]["answer_id"] is not None


def test_a_step_somebody_else_finished_says_which_files_were_not_taken(office: Office) -> None:
    case_id = office.at_officer()
    seat = office.seat("clerk")
    item = office.item(case_id, "PO-08")
    page = seat.get(f"/cases/{case_id}")
    hidden = {name: page.hidden(name, f"/items/{item}/work") for name in ("csrf", "key", "seen")}
    office.city.complete(case_id, "PO-08", who="lighting2", answers=HANDLED)
    late = seat.client.post(
        f"/items/{item}/work", content_type=KIND,
        data=body({**hidden, **answers(**HANDLED), "act": "complete", "file-attachments": upload("一.jpg", picture())}),
    )  # fmt: skip
    assert late.status_code == 409
    assert HANDLED["reply_text"] in late.text
    assert "請重新選取：一.jpg" in late.text
    assert rows(office) == []


def test_a_colleague_may_fetch_a_sent_file_a_stranger_finds_nothing(office: Office) -> None:
    case_id = office.at_officer()
    work(office, case_id, answers(**HANDLED) | {"act": "complete", "file-attachments": upload("一.jpg", picture())})
    for path in ("/attachments/1", "/attachments/1/small"):
        assert [office.seat(who).get(path).status for who in ("clerk", "colleague", "stranger")] == [200, 200, 404]
        assert office.app.test_client().get(path).status_code == 303


def test_a_file_of_a_draft_is_for_who_works_on_it_only(office: Office) -> None:
    case_id = office.at_officer()
    work(office, case_id, {"act": "draft", "file-attachments": upload("一.jpg", picture())})
    people = ("clerk", "colleague", "control", "stranger")
    assert [office.seat(who).get("/attachments/1").status for who in people] == [200, 404, 404, 404]


def test_a_file_chosen_at_an_opening_is_only_for_who_chose_it(office: Office) -> None:
    opening(office, {"file-attachments": upload("現場.jpg", picture())}, subject="")
    people = ("service", "control", "clerk")
    assert [office.seat(who).get("/attachments/1").status for who in people] == [200, 404, 404]
    stolen = send(office, "clerk", FORM, {**answers(**PETITION), "answer-attachments": "1"})
    assert stolen.status == 422
    assert "有附件已不存在" in stolen.text


def test_a_look_at_an_informants_file_leaves_an_entry_and_shows_no_small_picture(office: Office) -> None:
    opening(office, {"file-attachments": upload("現場.jpg", picture())}, case_type="檢舉")
    service = office.seat("service")
    assert "/small" not in service.get("/cases/1").source
    assert service.get("/attachments/1/small").status == 404
    with office.city.store.look() as db:
        before = len(journal.of(db, "case:1"))
    assert service.get("/attachments/1").status == 200
    with office.city.store.look() as db:
        line = journal.of(db, "case:1")[-1]
        assert len(journal.of(db, "case:1")) == before + 1
    assert (line.verb, line.effects) == ("attachment.open", {"attachment": 1})
    assert "附件" in service.get("/cases/1").text


def test_other_looks_leave_none(office: Office) -> None:
    opening(office, {"file-attachments": upload("現場.jpg", picture())})
    before = office.everything()
    office.seat("service").get("/attachments/1")
    office.seat("service").get("/attachments/1/small")
    assert office.everything() == before


def test_the_small_picture_is_made_anew_and_upright(office: Office) -> None:
    opening(office, {"file-attachments": upload("現場.jpg", picture(size=(600, 300), turned=6))})
    got = office.seat("service").client.get("/attachments/1/small")
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    with Image.open(io.BytesIO(got.data)) as small:
        assert small.size == (96, 192)
        assert dict(small.getexif()) == {}


@pytest.mark.parametrize("who", ["nobody", "service"])
def test_files_where_none_are_awaited_are_refused(office: Office, who: str) -> None:
    seat = office.seat("service") if who == "service" else None
    client = seat.client if seat else office.app.test_client()
    path = "/items/1/claim" if seat else "/sign-in"
    data = {"csrf": "x", "file-attachments": upload("a.jpg", picture())}
    refused = client.post(path, data=body(data), content_type=KIND)
    assert refused.status_code == 422
    assert "不支援的表單格式" in refused.text


def test_a_file_under_an_undeclared_name_is_refused(office: Office) -> None:
    refused = opening(office, {"file-subject": upload("a.jpg", picture())})
    assert refused.status == 422
    assert "未宣告的欄位" in refused.text
    assert rows(office) == []


def test_a_file_too_large_is_refused_alone_and_what_was_typed_stays(office: Office) -> None:
    refused = opening(
        office, {"file-attachments": [upload("大.pdf", b"%PDF-1.7" + b"x" * 10_000_001), upload("好.pdf", pdf())]}
    )
    assert refused.status == 422
    assert "「大.pdf」沒有收下：檔案超過 10 MB" in refused.text
    assert PETITION["body"] in refused.text
    assert [row["name"] for row in rows(office)] == ["好.pdf"]


def test_more_than_one_post_may_hold_is_let_go_and_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_files, "MOST_KEPT", 3000)
    refused = opening(office, {"file-attachments": [upload(f"{n}.pdf", pdf(b"(x)" * 300)) for n in range(3)]})
    assert refused.status == 422
    assert "「2.pdf」沒有收下：一次送出的檔案太多或太大" in refused.text
    many = opening(office, {"file-attachments": [upload(f"{n}.txt", b"x") for n in range(22)]})
    assert many.text.count("一次送出的檔案太多或太大") >= 2


MALFORMED = {
    "nothing": b"",
    "no end": part("a", b"b"),
    "no name": part("a", b"b").replace(b'; name="a"', b"") + END,
    "no head": b"--xxxxxxxxxxxxxxxxxxxx\r\n\r\nb\r\n--xxxxxxxxxxxxxxxxxxxx--\r\n",
    "Big5 in a name": part("a", b"b", b"\xa4\xa4.jpg") + END,
    "Big5 in a field": part("a", b"\xa4\xa4") + END,
    "too much text": part("a", b"b" * 600_000) + END,
    "too many parts": part("a", b"b") * 501 + END,
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_post_is_refused_in_a_sentence_and_stores_nothing(office: Office, what: str) -> None:
    seat = office.seat("service")
    before = office.everything()
    refused = seat.client.post(FORM, data=MALFORMED[what], content_type=KIND)
    assert refused.status_code in (403, 422), refused.text
    assert office.everything() == before
    for bad in ("multipart/form-data", "multipart/form-data; boundary=" + "x" * 300):
        assert seat.client.post(FORM, data=MALFORMED[what], content_type=bad).status_code in (403, 422)


def test_hostile_names_arrive_harmless(office: Office) -> None:
    seat = office.seat("service")
    page = seat.get(FORM)
    fields = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**PETITION)}
    sent = b"".join(part(name, value.encode()) for name, value in fields.items())
    for name in (b"../../etc/passwd", b"a\x00b.exe", "堃𠮷鵺💡\u202egpj.exe".encode(), b"CON.jpg", "路".encode() * 300):
        sent += part("file-attachments", picture(), name)
    answer = seat.client.post(FORM, data=sent + END, content_type=KIND)
    assert answer.status_code == 303, answer.text
    names = [row["name"] for row in rows(office)]
    assert names == ["passwd.jpg", "ab.jpg", "堃𠮷鵺💡gpj.jpg", "_CON.jpg", "路" * 60 + ".jpg"]
    for row in rows(office):
        said = seat.client.get(f"/attachments/{row['id']}").headers["Content-Disposition"]
        assert said.isascii() and "\n" not in said and said.startswith("attachment; ")


def test_an_amendment_shows_the_files_and_takes_another(office: Office) -> None:
    case_id = office.at_officer()
    work(office, case_id, answers(**HANDLED) | {"act": "complete", "file-attachments": upload("一.jpg", picture())})
    where = f"/cases/{case_id}/amend?step=PO-08"
    shown = office.seat("clerk").get(where)
    assert ticked(shown) == ["1"]
    fields = {
        **answers(**HANDLED), "answer-attachments": "1", "step": "PO-08", "reason": "補照片。",
        "file-attachments": upload("二.jpg", picture()),
    }  # fmt: skip
    done = send(office, "clerk", f"/cases/{case_id}/amend", fields, page=where)
    assert done.status == 303, done.text
    assert [row["name"] for row in rows(office)] == ["一.jpg", "二.jpg"]
    assert "二.jpg" in office.seat("clerk").get(f"/cases/{case_id}").text


def test_the_number_of_statements_of_a_case_page_does_not_grow_with_its_files(office_on_both: Office) -> None:
    office = office_on_both
    few = office.at_officer()
    many = office.at_officer(subject="水溝堵塞", location="民權路五號", body="水溝堵塞已經一週，請派員清理。")
    sent = answers(**HANDLED) | {"act": "complete"}
    work(office, few, {**sent, "file-attachments": [upload("一.pdf", pdf())]})
    work(office, many, {**sent, "file-attachments": [upload(f"{n}.pdf", pdf()) for n in range(10)]})
    clerk = office.seat("clerk")
    counted = []
    for case_id in (few, many):
        statements: list[str] = []
        listen = lambda *a, into=statements: into.append(a[2])  # noqa: E731
        sa.event.listen(office.city.store.engine, "before_cursor_execute", listen)
        assert clerk.get(f"/cases/{case_id}").status == 200
        sa.event.remove(office.city.store.engine, "before_cursor_execute", listen)
        assert not any(attachment_content.name in statement for statement in statements)
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_who_approves_reads_the_letter_as_it_will_leave_with_its_files(office: Office) -> None:
    case_id = office.at_officer()
    sent = answers(**HANDLED) | {"act": "complete", "file-reply_files": upload("施工後.jpg", picture())}
    assert work(office, case_id, sent).status == 303
    page = office.seat("chief").get(f"/cases/{case_id}")
    letter = page.text[page.text.index("核可後陳情人收到的信") :]
    number = office.city.case(case_id)["number"]
    assert f"主旨 您的案件已有回復：{number}" in letter
    assert (
        letter.index(HANDLED["reply_text"])
        < letter.index("此信由系統寄出，請勿直接回覆。")
        < letter.index("施工後.jpg")
    )
    assert "核可後陳情人收到的信" not in office.seat("clerk").get(f"/cases/{case_id}").text


def test_a_file_sealed_with_a_lost_key_is_a_sentence_and_no_incident(office: Office) -> None:
    opening(office, {"file-attachments": upload("現場.jpg", picture())})
    office.city.office = replace(office.city.office, key=Key.of(b"x" * 32))
    for path in ("/attachments/1", "/attachments/1/small"):
        page = office.seat("service").get(path)
        assert page.status == 404
        assert "附件無法解密" in page.text
    with office.city.store.look() as db:
        assert db.execute(sa.select(incident)).all() == []
