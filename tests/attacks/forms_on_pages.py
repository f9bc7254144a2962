"""Every form of the desk, as the pages hold it: found by opening the pages, sent back changed, never kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest
import sqlalchemy as sa
from lxml import html
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from engine.errors import Refusal
from engine.store import Connection, Store
from tests.webui.conftest import Page
from tests.webui.route_matrix import NOBODY, City
from tests.webui.route_table import ROWS
from webui.door import LANGUAGE_COOKIE

__all__ = ["NAMED", "Form", "Kept", "address", "collected", "given_up", "send"]

NAMED = {
    "sop_id": "petition-online", "start": "PO-S", "unit": "works-roads", "group": "notices", "token": "x" * 30,
    "filename": "desk.css", "ref": "none", "which": "weeks", "kind": "csv",
}  # fmt: skip
#: what keeps somebody signed in, or counts tries, is no part of the office's work
_OF_THE_VISIT = frozenset({"sign_in", "person"})


@dataclass(frozen=True)
class Form:
    """One form as one person's page holds it. ``fields``: what it sends if nothing is typed; ``typed``: free text."""

    endpoint: str
    role: str
    path: str
    fields: tuple[tuple[str, str], ...]
    typed: frozenset[str] = frozenset()
    brings_files: frozenset[str] = frozenset()


class Kept:
    """What the acts of one request left behind, by table. Everything happens within one transaction, given up after
    each request: ``anew`` begins the next one."""

    def __init__(self, store: Store) -> None:
        self.tables: list[str] = []
        self._db = store.engine.connect()
        self._db.begin()
        sa.event.listen(self._db, "before_cursor_execute", _overhear)  # else prepared statements go past
        sa.event.listen(self._db, "after_cursor_execute", self._hear)
        self._written: list[str] = []

    @property
    def entries(self) -> int:
        return self.tables.count("entry")

    def anew(self) -> None:
        self._db.rollback()
        self._db.begin()
        self.tables.clear()

    def end(self) -> None:
        self._db.rollback()
        self._db.close()

    def _hear(self, _db: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        words = statement.split(None, 3)
        if words[0] == "INSERT" or (words[0] in ("UPDATE", "DELETE") and cursor.rowcount != 0):
            self._written.append(words[1 if words[0] == "UPDATE" else 2].split("(")[0].strip('"'))

    @contextmanager
    def act(self) -> Iterator[Connection]:
        """As ``Store.act``: kept, or undone by a refusal."""
        self._written = []
        with self._db.begin_nested() as savepoint:
            try:
                yield self._db
            except Refusal as refusal:
                if refusal.remembered:
                    savepoint.commit()
                    self._note()
                raise
        self._note()

    @contextmanager
    def look(self) -> Iterator[Connection]:
        yield self._db

    def _note(self) -> None:
        self.tables += [table for table in self._written if table not in _OF_THE_VISIT]


def _overhear(*_given: Any) -> None:
    pass


@contextmanager
def given_up(store: Store, patch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Nothing that is done while this lasts is kept, and what would be is noted by table."""
    kept = Kept(store)
    with patch.context() as inner:
        inner.setattr(store, "act", kept.act)  # this store alone: a trial's own city in memory is no matter of ours
        inner.setattr(store, "look", kept.look)
        try:
            yield kept
        finally:
            kept.end()


def rules(city: City) -> dict[str, Rule]:
    return {rule.endpoint: rule for rule in city.app.url_map.iter_rules()}


def address(city: City, endpoint: str, **given: Any) -> str:
    known = city.things["plain"]
    named = {**NAMED, "person_id": known["bystander"], **given}
    return city.address(rules(city)[endpoint].rule, named, "plain", ROWS[endpoint].swap)


def collected(city: City) -> list[Form]:
    """The forms of every page that anybody may open, one of each address's endpoint and set of fields; where no page
    holds one, what the table of routes posts."""
    urls = city.app.url_map.bind("localhost")
    found: dict[tuple[str, tuple[str, ...]], Form] = {}
    for endpoint, rule in sorted(rules(city).items()):
        row = ROWS[endpoint]
        if "GET" not in (rule.methods or ()) or endpoint in ("static", "sign_in.sign_in"):
            continue
        for role in sorted(row.may) if row.nobody is None else (NOBODY,):
            page = city.answer(role, "GET", address(city, endpoint) + row.query, {})
            if page.status == 200 and page.answer.mimetype == "text/html":
                for form in _on(page, role, urls, page.answer.request.path):
                    found.setdefault((form.endpoint, tuple(sorted({name for name, _ in form.fields}))), form)
    held = {form.endpoint for form in found.values()}
    for endpoint, rule in sorted(rules(city).items()):
        if "POST" in (rule.methods or ()) and endpoint not in held:
            row = ROWS[endpoint]
            role = next(iter(sorted(row.may & city.seats.keys()))) if row.nobody is None else NOBODY
            known = city.things["plain"]
            body = tuple((name, text.format(**known)) for name, text in row.body.items())
            found[endpoint, ()] = Form(endpoint, role, address(city, endpoint), body, frozenset(row.body))
    return list(found.values())


def _on(page: Page, role: str, urls: Any, here: str) -> Iterator[Form]:
    for element in html.fromstring(page.source).iter("form"):
        if (element.get("method") or "").lower() != "post":
            continue
        sends: list[tuple[str, str]] = []
        typed, files = set(), set()
        controls: Sequence[Any] = element.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]")
        for control in [*controls, *element.xpath(f"//*[@form='{element.get('id')}'][@name]")]:
            name, kind = control.get("name"), control.get("type", "")
            if name in ("csrf", "key"):
                continue
            if kind == "file":
                files.add(name)
            elif kind not in ("checkbox", "radio", "submit", "image") and control.tag != "button":
                value = control.value if control.tag != "input" else control.get("value", "")
                sends.append((name, value or ""))
                if control.tag == "textarea" or kind in ("", "text", "search", "tel", "email"):
                    typed.add(name)
            elif kind in ("checkbox", "radio") and name not in dict(sends):
                sends.append((name, control.get("value", "on")))
        pressed = element.xpath(".//button[@name] | .//input[@type='submit'][@name]")
        sends += [(button.get("name"), button.get("value", "")) for button in pressed[:1]]
        path = urlsplit(element.get("action") or here)
        try:
            endpoint, _ = urls.match(path.path, method="POST")
        except HTTPException as wrong:
            raise AssertionError(f"a form on {here} posts to {path.path}, where nothing is") from wrong
        whole = path.path + (f"?{path.query}" if path.query else "")
        yield Form(endpoint, role, whole, tuple(sends), frozenset(typed), frozenset(files))


def send(
    city: City, form: Form, changed: Mapping[str, Any] | None = None, *, role: str = "", path: str = "", key: str = "k",
    more: Sequence[tuple[str, str]] = (), csrf: str | None = None,
) -> Page:  # fmt: skip
    """The form as a browser sends it, some fields changed. A value of bytes stands in the body as it is."""
    who = role or form.role
    seat = city.seats[who]
    seat.client.set_cookie("sopflow", city.cookie[who])
    seat.client.delete_cookie(LANGUAGE_COOKIE)  # a form before may have chosen another
    fields: list[tuple[str, Any]] = [("csrf", city.csrf[who] if csrf is None else csrf), ("key", key)]
    fields += [(name, (changed or {}).get(name, value)) for name, value in form.fields]
    fields += [(name, value) for name, value in (changed or {}).items() if name not in dict(form.fields)]
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in [*fields, *more])
    answer = seat.client.post(path or form.path, data=body, content_type="application/x-www-form-urlencoded")
    answer.get_data()
    answer.close()
    return Page(answer)
