"""What anybody may send to the desk: kept, or refused in a sentence with nothing stored and nothing lost.

Every form is taken from the page that holds it; a new route's form is found by itself. Each request happens within a
transaction that is given up, so that everybody starts from the same city.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.cases import Office as EngineOffice
from engine.dates.workdays import Calendar
from engine.office.vault import Key
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.attacks.forms_on_pages import Form, Kept, address, collected, given_up, rules, send
from tests.attacks.made_files import HOSTILE
from tests.attacks.test_files import NAMES
from tests.webui.conftest import MORNING, PETITION, Page, answers, furnished, hashed, seated
from tests.webui.route_matrix import NOBODY, City, build
from tests.webui.route_table import ROWS
from tests.webui.test_attachments import KIND, body, upload

__all__ = ["furnished", "hashed"]

SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
#: how many of the values each field is tried with; the next field goes on where the last one stopped
SLICE = 3
LONG = "路" * 10_000
TYPED: dict[str, str | bytes] = {
    "rare Han characters": "堃𠮷鵺",
    "ten thousand characters": LONG,
    "nothing": "",
    "a NUL": "燈\x00桿",
    "half a character": b"\xed\xa0\xbd",
    "no UTF-8": b"\xff\xfe",
    "emoji": "👨\u200d👩\u200d👧 路燈💡",
    "writing turned round": "\u202egpj.exe\u2066",
    "a script": "<script>alert(1)</script>",
    "an attribute's end": "\"'><img src=x onerror=alert(1)>",
    "a template": "{{7*7}}${7*7}%s%(a)s{0}",
    "a formula": "=HYPERLINK(1)",
    "less than nothing": "-1",
    "more than any number": "9" * 30,
    "more than the database counts": "9" * 19,
    "wide digits": "１２３",
    "Arabic digits": "٣",
    "a raised digit": "²",
    "a day that is not": "2026-02-30",
    "the last day of all": "9999-12-31",
    "the day before the first": "0000-00-00",
    "a day of the Republic that is not": "115/02/30",
    "a year nobody counts": "99999/1/1",
    "a minute that is not": "25:61",
    "a way out of the folder": "../../etc/passwd",
    "lines": "a\r\nSet-Cookie: x=1",
    "characters that are none": "\ufffe\uffff",
    "only spaces": "\u3000\u2003 ",
    "not a number": "NaN",
    "beyond all numbers": "1e999",
    "half an address": "http://[",
    "a name in another script": "e" + "\u0301" * 50,
}
#: wherever a page leaves a text empty
WORDS = "測試的文字"
#: whoever tries to learn an identity, or a password, and is refused, stands in the journal
REMEMBERED = {
    "case_file.identity", "letter_acts.correct", "printing.case_with_identity", "printing.document_with_identity",
    "printing.form_with_identity", "sign_in.change_password", "sign_in.enter",
}  # fmt: skip
#: what is done anew each time, with nothing else to it: looked through, signed out, a draft as it is now
ANEW = {"journal.verify", "people.end_visits", "sign_in.elsewhere", "item_acts.work"}
_OF_A_TRY = {"entry", "chain_head"}
#: of the forms that take no words there
SAID: dict[str, dict[str, str]] = {
    "absence.note": {"first": "115/12/10", "last": "115/12/10", "substitute": ""},
    "calendar.preview": {"day": "115/12/11", "csv": "西元日期,星期,是否放假,備註\n20261211,五,2,"},
    "opening.open_case": answers(**PETITION),
    "oversight_work.act": {"to": "{colleague}", "level": ""},
    "people.add": {
        "account": "newcomer", "name": "例新人", "email": "new@example.invalid", "unit": "works-roads",
        "role": "officer",
    },
    "people.give": {"unit": "works-roads", "role": "section_chief", "since": "", "until": "", "reason": ""},
    "retention.save": {"identities": "10", "files": "10", "notices": "10"},
    "settings.save": {"through": ""},
    "units.add": {"unit": "works-new", "name": "例新科", "above": "works", "since": ""},
    "units.rename": {"name": "例新名", "since": ""},
    "letter_acts.correct": {
        "answer-petitioner_name": "例民眾", "answer-petitioner_email": "", "answer-petitioner_address": "例路一號",
    },
}  # fmt: skip
#: a wrong password is slow on purpose
SLOW = {("sign_in.change_password", "old"), ("sign_in.enter", "password")}


@pytest.fixture(scope="module")
def city(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    path = tmp_path_factory.mktemp("attacked") / "city.sqlite3"
    path.write_bytes(furnished.read_bytes())
    store = Store(f"sqlite:///{path}")
    with pytest.MonkeyPatch.context() as patch:
        yield build(seated(Virtual(store, EngineOffice(calendar=Calendar(), key=Key.of(b"k" * 32)), MORNING)), patch)
    store.close()


@pytest.fixture(scope="module")
def kept(city: City) -> Iterator[Kept]:
    with pytest.MonkeyPatch.context() as patch, given_up(city.office.city.store, patch) as kept:
        yield kept


@pytest.fixture(scope="module")
def forms(city: City, kept: Kept) -> list[Form]:
    return [_filled(form, city) for form in collected(city)]


def _filled(form: Form, city: City) -> Form:
    """As somebody fills it who means well."""
    known = city.things["plain"]
    said = {**ROWS[form.endpoint].body, **SAID.get(form.endpoint, {})}

    def fill(name: str, value: str) -> str:
        return value or (said[name].format(**known) if name in said else WORDS if name in form.typed else "")

    return replace(form, fields=tuple((name, fill(name, value)) for name, value in form.fields))


def wrong(page: Page, kept: Kept, endpoint: str = "") -> str:
    """What an answer to a form must never be; empty when it is one of those it may be."""
    if page.status >= 500:
        return f"reads {page.status}"
    if page.status >= 400:
        if "。" not in (str(page.answer.get_json()) if page.answer.is_json else page.text):
            return f"is refused with {page.status} and no sentence"
        written = set(kept.tables) - (_OF_A_TRY if endpoint in REMEMBERED else set())
        if written:
            return f"is refused with {page.status}, and these are written: {', '.join(sorted(written))}"
    elif page.status not in (200, 204, 303):
        return f"reads {page.status}"
    if "<script>alert(1)" in page.source or "<img src=x" in page.source:
        return "gets its script back"
    return "writes a header of its own" if "x=1" in str(page.answer.headers) else ""


def _tries(forms: list[Form]) -> Iterator[tuple[Form, str, str]]:
    values, at = list(TYPED), 0
    for form in forms:
        for name, _ in form.fields:
            many = len(values) if SOAK else 1 if (form.endpoint, name) in SLOW else SLICE
            for n in range(many):
                yield form, name, values[(at + n) % len(values)]
            at += many


def test_every_post_route_has_a_form_that_is_tried(city: City, forms: list[Form]) -> None:
    posts = {endpoint for endpoint, rule in rules(city).items() if "POST" in (rule.methods or ())}
    assert {form.endpoint for form in forms} == posts
    assert len(posts) > 60
    assert sum(bool(form.typed) for form in forms) > 40, "most were found on their pages"


def test_whatever_is_typed_anywhere_is_kept_or_refused_in_a_sentence(
    city: City, kept: Kept, forms: list[Form]
) -> None:  # fmt: skip
    found, went_through = [], 0
    for form, name, what in _tries(forms):
        kept.anew()
        page = send(city, form, {name: TYPED[what]})
        problem = wrong(page, kept, form.endpoint)
        if not problem and page.status == 303:
            went_through += 1
            after = city.answer(form.role, "GET", page.location, {}) if form.role != NOBODY else page
            if after.status >= 500 or "<script>alert(1)" in after.source or "<img src=x" in after.source:
                problem = f"is kept, and the page after it reads {after.status}"
        found += [f"{form.endpoint}, {name}: {what} {problem}"] if problem else []
    assert not found, "\n".join(found)
    assert went_through > 30, "some of it is kept"


def test_a_form_sent_twice_is_done_once(city: City, kept: Kept, forms: list[Form]) -> None:
    """Two clicks, a reload, the back button: the second has the first one's answer, or a sentence."""
    found, done = [], 0
    for form in forms:
        kept.anew()
        first = send(city, form)
        if first.status != 303:
            continue
        entries, done = kept.entries, done + 1
        kept.tables.clear()
        second = send(city, form)
        problem = wrong(second, kept, form.endpoint)
        if not problem and entries and kept.entries and form.endpoint not in ANEW:
            problem = f"is done again: {', '.join(sorted(set(kept.tables)))}"
        found += [f"{form.endpoint}, the second time: {problem}"] if problem else []
    assert not found, "\n".join(found)
    assert done > 25


def test_what_somebody_else_did_meanwhile_is_told_and_nothing_is_written_over(
    city: City, kept: Kept, forms: list[Form]
) -> None:  # fmt: skip
    """Every form of a case, sent from a page that was opened before the control office withdrew the case."""
    taken = {form.endpoint: form for form in forms}["case_acts.withdraw"]
    found = []
    for form in forms:
        if f"/cases/{city.things['plain']['case_id']}/" not in form.path and "/items/" not in form.path:
            continue
        kept.anew()
        assert send(city, taken, key="first").status == 303
        kept.tables.clear()
        page = send(city, form)
        problem = wrong(page, kept, form.endpoint)
        if not problem and "/items/" in form.path and page.status == 303:
            problem = "goes through"
        found += [f"{form.endpoint}: {problem}"] if problem else []
    assert not found, "\n".join(found)


def test_a_form_somebody_made_themselves_is_refused(city: City, kept: Kept, forms: list[Form]) -> None:
    """A field more, a field twice, no proof or somebody else's, another format, a body that is not one."""
    found = []
    for form in forms:
        seat = city.seats[form.role]
        more = [("surprise", "1")], [form.fields[0]] if form.fields else [("key", "again")]
        proof = f"csrf={city.csrf[form.role]}&key=k"
        bodies = [
            ("a%ZZ=%FF%FE&" + proof, "application/x-www-form-urlencoded"),
            ('{"csrf": "x"}', "application/json"),
            (body({"csrf": city.csrf[form.role], "key": "k", "surprise": upload("a.pdf", b"x")}), KIND),
            (b"--x\r\n", KIND),
            ("&".join([proof, *(f"f{n}=1" for n in range(500))]), "application/x-www-form-urlencoded"),
            ("x" * 600_000, "application/x-www-form-urlencoded"),
        ]
        tries: list[tuple[str, Any]] = [
            ("a field nobody declared", lambda: send(city, form, more=more[0])),
            ("a field twice", lambda: send(city, form, more=more[1])),
            ("no proof", lambda: send(city, form, csrf="")),
            ("another's proof", lambda: send(city, form, csrf=city.csrf["stranger"] + "0")),
        ]
        tries += [
            (f"a body of {kind[:20]}", lambda sent=sent, kind=kind: _raw(seat, city, form, sent, kind))
            for sent, kind in bodies
        ]
        for what, attempt in tries:
            kept.anew()
            page = attempt()
            problem = wrong(page, kept, form.endpoint)
            if not problem and page.status < 400 and not (what == "a field twice" and _may_repeat(form)):
                problem = f"goes through with {page.status}"
            found += [f"{form.endpoint} with {what}: {problem}"] if problem else []
    assert not found, "\n".join(found)


def _may_repeat(form: Form) -> bool:
    """What is chosen from a list may be chosen more than once."""
    return bool(form.fields) and form.fields[0][0] in ("case", "item")


def _raw(seat: Any, city: City, form: Form, sent: Any, kind: str) -> Page:
    seat.client.set_cookie("sopflow", city.cookie[form.role])
    answer = seat.client.post(form.path, data=sent, content_type=kind)
    answer.get_data()
    return Page(answer)


@pytest.mark.parametrize(
    "number", ["0", "-1", "9" * 19, "9" * 40, "１２", "٣", "1.0", "1e3", "%00", "..", "堃𠮷", "1;2"]
)
def test_no_address_breaks_the_desk(city: City, kept: Kept, number: str) -> None:
    found = []
    for endpoint, rule in sorted(rules(city).items()):
        if "<" not in rule.rule or endpoint == "static":
            continue
        role = next(iter(sorted(ROWS[endpoint].may & city.seats.keys())), "admin")
        for argument in sorted(rule.arguments):
            kept.anew()
            path = _with(city, endpoint, argument, number)
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            page = city.answer(role, method, path, {})
            problem = wrong(page, kept, endpoint)
            found += [f"{method} {path}: {problem}"] if problem and page.status != 308 else []
    assert not found, "\n".join(found)


def _with(city: City, endpoint: str, argument: str, value: str) -> str:
    known = city.things["plain"]
    before = known.get(argument)
    known[argument] = value
    try:
        return address(city, endpoint, **{argument: value})
    finally:
        if before is None:
            del known[argument]
        else:
            known[argument] = before


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_a_hostile_file_at_any_door_is_refused_with_everything_typed(city: City, kept: Kept, what: str) -> None:
    name, content, code = HOSTILE[what]
    for page in _bring(city, kept, name, content):
        assert not wrong(page, kept)
        assert page.status == (303 if code is None else 413 if code == "file_too_big" and page.status == 413 else 422)
        if page.status == 422:
            assert WORDS in page.source


@pytest.mark.parametrize("way", sorted(NAMES))
def test_a_file_of_any_name_is_kept_under_a_name_that_does_no_harm(city: City, kept: Kept, way: str) -> None:
    for page in _bring(city, kept, NAMES[way][0], HOSTILE["a page behind a JPEG"][1]):
        assert not wrong(page, kept)
        assert page.status in (303, 400, 422)


def _bring(city: City, kept: Kept, name: str, content: bytes) -> Iterator[Page]:
    """The same file at the service centre's counter and on the clerk's desk."""
    doors = {
        "service": ("/cases/new/petition-online/PO-S", answers(**{**PETITION, "subject": WORDS, "location": "別路"})),
        "clerk": (
            f"/items/{city.things['plain']['item_id']}/work",
            {"act": "draft", "answer-findings": WORDS, "seen": _version(city)},
        ),
    }
    for role, (path, typed) in doors.items():
        kept.anew()
        fields = {**typed, "csrf": city.csrf[role], "key": "file", "file-attachments": (_sent_as(name), content)}
        yield _raw(city.seats[role], city, Form("", role, path, ()), body(fields), KIND)


def _sent_as(name: str) -> str:
    return name.encode("utf-8", "replace").decode().replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _version(city: City) -> str:
    page = city.answer("clerk", "GET", f"/cases/{city.things['plain']['case_id']}", {})
    return page.hidden("seen", f"/items/{city.things['plain']['item_id']}/work")
