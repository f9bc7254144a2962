"""Every page of the route table as a person who may read it reads it: with data, with none, and refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.routing import Rule

from tests.webui.route_matrix import ROLES, City
from tests.webui.route_table import ROWS

#: a page that shows each role something else
BY_MANY = {"case_file.case_file": ("clerk", "chief", "registrar", "control")}
#: a file, a part of a page
NO_PAGE = ("static", "inbox.unread")
NAMED = {
    "sop_id": "petition-online", "start": "PO-S", "unit": "works-roads", "group": "notices", "token": "x" * 30,
    "ref": "none", "which": "weeks", "kind": "csv",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A page as it was answered. It is shown at its own address, so that its links and styles are found."""

    what: str
    path: str
    status: int
    source: str
    #: look at this part alone: the rest of the page was looked at
    only: str = ""


def read(city: City) -> Iterator[Shown]:
    """What GET answers."""
    for endpoint, rule in _rules(city):
        if "GET" in (rule.methods or ()):
            may = [role for role in ROLES if role in ROWS[endpoint].may]
            for role in BY_MANY.get(endpoint, may[:1]):
                yield from _answered(city, endpoint, rule.rule, "GET", role)


def refused(city: City) -> Iterator[Shown]:
    """What a form answers that is sent empty, too late, or by who may not."""
    for endpoint, rule in _rules(city):
        row = ROWS[endpoint]
        if "GET" not in (rule.methods or ()):
            may = [role for role in ROLES if role in row.may]
            yield from _answered(city, endpoint, rule.rule, "POST", may[0])
    yield from _answered(city, "case_file.case_file", "/cases/<int:case_id>", "GET", "stranger")
    yield from _answered(city, "admin.index", "/admin", "GET", "clerk")


def _rules(city: City) -> list[tuple[str, Rule]]:
    rules = {rule.endpoint: rule for rule in city.app.url_map.iter_rules()}
    return [(endpoint, rules[endpoint]) for endpoint in sorted(ROWS) if endpoint not in NO_PAGE]


def _answered(city: City, endpoint: str, rule: str, method: str, role: str) -> Iterator[Shown]:
    row, known = ROWS[endpoint], city.things.setdefault("plain", {"bystander": 2})
    if row.sees is not None and len(known) == 1:
        return  # no case, no page about it
    path = city.address(rule, {**NAMED, "person_id": known["bystander"]}, "plain", row.swap) + row.query
    page = city.answer(role, method, path, {})
    if page.answer.mimetype == "text/html" and page.status not in (302, 303):
        # a form that comes back is the page it stands on and what it says at the top and at the field
        only = ".trouble, .has-wrong" if method == "POST" and 'class="trouble"' in page.source else ""
        yield Shown(f"{method} {endpoint} by {role} ({page.status})", path, page.status, page.source, only)
