"""The desk in English: chosen on the page, kept with the person; what people wrote stays as it was written."""

from __future__ import annotations

import html
import io
import re
import zipfile

import pytest
import sqlalchemy as sa
from flask.templating import Environment

from engine.store import metadata
from tests.webui.administration import admin_of
from tests.webui.conftest import Office, Seat
from webui.words import english
from webui.words.patterns import HAN

#: what is marked as Chinese, and where no element may stand: choices that are the SOP's, titles with a case's subject
_MARKED = re.compile(
    r'<span lang="zh-Hant-TW">.*?</span>|<button class="link"[^>]*lang="zh-Hant-TW">.*?</button>', re.S
)
_DATA = re.compile(r"<(textarea|option|title|svg)\b.*?</\1>", re.S)
#: units by their own names; the font
DATA_IN_TRENDS = re.compile(r"Unit,[^,]*,|Noto[^\"]*")
_READ = re.compile(r'\b(?:title|aria-label|placeholder|alt|data-[a-z-]+)="([^"]*)"')


def in_english(office: Office, who: str) -> Seat:
    seat = office.seat(who)
    chosen = seat.send("/language", {"csrf": seat.get("/").hidden("csrf"), "language": "en", "back": "/cases"})
    assert (chosen.status, chosen.location) == (303, "/cases")
    return seat


def chinese_in(source: str) -> list[str]:
    """The Chinese a reader of English meets unmarked."""
    ours = _DATA.sub("", _MARKED.sub("", source))
    data = {html.unescape(found) for found in re.findall(r'<span lang="zh-Hant-TW">(.*?)</span>', source)}
    words = [html.unescape(text) for text in re.split(r"<[^>]*>", ours)] + _READ.findall(ours)
    for one in sorted(data, key=len, reverse=True):  # an attribute cannot mark what it names
        words = [html.unescape(word).replace(one, "") for word in words]
    return [word.strip() for word in words if HAN.search(word)]


def test_a_visitor_reads_the_sign_in_page_in_the_language_they_chose(office: Office) -> None:
    seat = Seat(office.app)
    first = seat.get("/sign-in")
    assert '<html lang="zh-Hant-TW">' in first.source
    assert first.answer.headers["Content-Language"] == "zh-Hant-TW"
    seat.send("/language", {"csrf": first.hidden("csrf"), "language": "en", "back": "/sign-in?next=/cases"})
    page = seat.get("/sign-in")
    assert '<html lang="en">' in page.source
    assert page.answer.headers["Content-Language"] == "en"
    assert "Sign in" in page.text
    assert chinese_in(page.source) == []


def test_the_choice_is_kept_with_the_person_and_goes_back(office: Office) -> None:
    in_english(office, "clerk")
    elsewhere = Seat(office.app)
    elsewhere.sign_in("lighting1")
    page = elsewhere.get("/")
    assert "You have nothing to do now" in page.text
    elsewhere.send("/language", {"csrf": page.hidden("csrf"), "language": "zh", "back": "//evil.example"})
    assert "目前沒有您的待辦" in elsewhere.get("/").text
    with office.city.store.look() as db:
        person = metadata.tables["person"]
        assert db.scalar(sa.select(person.c.language).where(person.c.account == "lighting1")) == "zh"
    assert "目前沒有您的待辦" not in office.seat("colleague").get("/cases").text


@pytest.mark.parametrize("language", ["", "fr", "en\x00", "../en"])
def test_an_unknown_language_is_refused_in_a_sentence(office: Office, language: str) -> None:
    seat = office.seat("clerk")
    answer = seat.send("/language", {"csrf": seat.get("/").hidden("csrf"), "language": language, "back": "/"})
    assert answer.status == 422
    assert '<html lang="zh-Hant-TW">' in seat.get("/").source


def test_a_day_as_a_unit_is_no_sunday(office: Office) -> None:
    seat = in_english(office, "clerk")
    page = seat.get("/calculator?from=115/11/11&regime=statutory&length=10&unit=day").text
    assert "Statutory period, 10 days" in page and "10 Sun" not in page
    assert "Sun Mon Tue Wed Thu Fri Sat" in seat.get("/calendar").text


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        ("clerk", ("/", "/?view=role", "/cases", "/notices", "/absence", "/calculator", "/calendar", "/nowhere")),
        ("chief", ("/", "/oversight", "/oversight/work", "/oversight/load", "/oversight/trends", "/extensions")),
        ("control", ("/control", "/control/months", "/access")),
        ("registrar", ("/", "/cases", "/opinions")),
    ],
)  # fmt: skip
def test_the_desks_speak_english(office: Office, who: str, paths: tuple[str, ...]) -> None:
    case_id = office.at_review()
    seat = in_english(office, who)
    for path in (*paths, f"/cases/{case_id}"):
        page = seat.get(path)
        assert page.status in (200, 404), path
        assert '<html lang="en">' in page.source, path
        assert chinese_in(page.source) == [], path


def test_what_a_clerk_wrote_is_never_said_in_english_and_what_is_typed_comes_back_as_typed(office: Office) -> None:
    case_id = office.at_officer(subject="已退回待領。")
    seat = in_english(office, "clerk")
    page = seat.get(f"/cases/{case_id}")
    assert '<span lang="zh-Hant-TW">已退回待領。</span>' in page.source
    assert "Handed back to the pool." not in page.text
    assert "<title>115-000001 已退回待領。 | sopflow City Desk</title>" in page.source  # no element stands in a title


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("註3", "Note 3"),
        ("註銷", "註銷"),
        ("受理新增、註銷、接續辦理", "受理新增、註銷、接續辦理"),
    ],
)
def test_a_sign_of_ours_at_the_head_of_somebodys_word_leaves_it_whole(said: str, told: str) -> None:
    assert english.say(said) == told


def test_a_refusal_is_said_in_english(office: Office) -> None:
    seat = in_english(office, "clerk")
    page = seat.send("/language", {"csrf": "stale", "language": "en"})
    assert page.status == 403
    assert "This form is no longer valid" in page.text
    assert chinese_in(page.source) == []


def test_a_reader_of_chinese_gets_the_templates_as_they_are_written(office: Office) -> None:
    """The first environment compiles to the very code Jinja makes of the file: English costs nothing."""
    ours = office.app.in_chinese  # type: ignore[attr-defined]
    plain = Environment(office.app)
    plain.trim_blocks = plain.lstrip_blocks = True
    plain.filters, plain.globals = ours.filters, ours.globals
    for name in ours.list_templates():
        source = ours.loader.get_source(ours, name)[0]
        assert ours.parse(source, name) == plain.parse(source, name), name


def test_a_chart_says_our_words_in_english_and_the_sops_as_written(office: Office) -> None:
    case_id = office.at_officer()
    page = in_english(office, "clerk").get(f"/cases/{case_id}").source
    assert "Citizen petition control (1)" in page, "what the SOP is called in English"
    assert ">▶ In progress</" in page
    assert "進行中" not in page
    assert re.search(r'Step “<span lang="zh-Hant-TW">[^<]+</span>”, <span', page), "the list beside the picture"
    picture = in_english(office, "clerk").get("/procedures/petition-online/file.svg").source
    assert "in all." in picture
    assert not re.search("步驟「|，接|共用作業「", picture)


def test_sheets_have_english_headings_words_and_days_but_what_people_wrote(office: Office) -> None:
    office.at_officer(subject="已退回待領。")
    seat = in_english(office, "chief")
    sent = seat.client.get("/oversight/work.csv")
    assert "Work%20list-2026-11-26.csv" in sent.headers["Content-Disposition"]
    heading, row = sent.data.decode("utf-8-sig").splitlines()
    assert not HAN.search(heading)
    assert "已退回待領。" in row
    assert "2026-11-26" in row
    assert "115/11/26" not in row
    for word in ("待領取", "普通", "期限內"):
        assert word not in row
    with zipfile.ZipFile(io.BytesIO(seat.client.get("/oversight/work.ods").data)) as sheet:
        content = sheet.read("content.xml").decode()
    assert 'number:calendar="ROC"' not in content
    assert "2026-11-26</text:p>" in content
    assert "Case" in content
    for path in ("/oversight/trends.csv", "/oversight/trends/weeks.svg", "/oversight/trends/lead.svg"):
        assert not HAN.search(DATA_IN_TRENDS.sub("", seat.client.get(path).data.decode())), path
    assert not HAN.search(in_english(office, "control").client.get("/control/months.csv").data.decode())
    chinese = office.seat("colleague").client.get("/calendar/duties.csv")
    assert HAN.search(chinese.data.decode().splitlines()[0])


def test_the_template_of_the_import_is_what_the_import_reads(office: Office, hashed: str) -> None:
    seat = admin_of(office, hashed)
    seat.send("/language", {"csrf": seat.get("/").hidden("csrf"), "language": "en", "back": "/"})
    assert "案件類型" in seat.client.get("/admin/import/template.csv").data.decode("utf-8-sig").splitlines()[0]
