"""Every page of the route table as a person who may read it reads it: with data, with none, and refused; and a case as
it looks to those for whom it is not plain.
"""

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
#: a case that is not plain, and who looks at it: the unit that handles it, who controls it, who must not see it
NOT_PLAIN = (("informant", "clerk"), ("informant", "chief"), ("informant", "control"), ("excluded", "clerk"))


@dataclass(frozen=True)
class Shown:
    """A page as it was answered. It is shown at its own address, so that its links and styles are found."""

    what: str
    path: str
    status: int
    source: str
    #: look at this part alone: the rest of the page was looked at
    only: str = ""
    language: str = "zh-Hant-TW"


def read(city: City, thing: str = "plain", language: str = "") -> Iterator[Shown]:
    """What GET answers."""
    for endpoint, rule in _rules(city):
        if "GET" in (rule.methods or ()):
            may = [role for role in ROLES if role in ROWS[endpoint].may]
            for role in BY_MANY.get(endpoint, may[:1]):
                yield from _answered(city, endpoint, rule.rule, "GET", role, thing, language)


def of_cases(city: City, pairs: tuple[tuple[str, str], ...] = NOT_PLAIN) -> Iterator[Shown]:
    """The pages about a case, for whom it is not plain."""
    for endpoint, rule in _rules(city):
        if "GET" in (rule.methods or ()) and ROWS[endpoint].sees is not None:
            for thing, role in pairs:
                if thing != "excluded" or endpoint == "case_file.case_file":
                    yield from _answered(city, endpoint, rule.rule, "GET", role, thing)


def refused(city: City, language: str = "") -> Iterator[Shown]:
    """What a form answers that is sent empty, too late, or by who may not."""
    for endpoint, rule in _rules(city):
        row = ROWS[endpoint]
        if "GET" not in (rule.methods or ()):
            may = [role for role in ROLES if role in row.may]
            yield from _answered(city, endpoint, rule.rule, "POST", may[0], "plain", language)
    yield from _answered(city, "case_file.case_file", "/cases/<int:case_id>", "GET", "stranger", "plain", language)
    yield from _answered(city, "admin.index", "/admin", "GET", "clerk", "plain", language)


def _rules(city: City) -> list[tuple[str, Rule]]:
    rules = {rule.endpoint: rule for rule in city.app.url_map.iter_rules()}
    return [(endpoint, rules[endpoint]) for endpoint in sorted(ROWS) if endpoint not in NO_PAGE]


def _answered(
    city: City, endpoint: str, rule: str, method: str, role: str, thing: str, language: str = ""
) -> Iterator[Shown]:
    row, known = ROWS[endpoint], city.things.setdefault(thing, {"bystander": 2})
    if row.sees is not None and len(known) == 1:
        return  # no case, no page about it
    path = city.address(rule, {**NAMED, "person_id": known["bystander"]}, thing, row.swap) + row.query
    page = city.answer(role, method, path, {}, language)
    if page.answer.mimetype == "text/html" and page.status not in (302, 303):
        # a form that comes back is the page it stands on and what it says at the top and at the field
        only = ".trouble, .has-wrong" if method == "POST" and 'class="trouble"' in page.source else ""
        what = f"{method} {endpoint} of {thing} by {role} ({page.status})"
        yield Shown(what, path, page.status, page.source, only, language or "zh-Hant-TW")
