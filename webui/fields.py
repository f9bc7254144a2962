"""A screen form as a page asks it: each field with its way of asking, what was given, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.cases.files import ACCEPTED, in_size
from engine.sops.forms import Field, ScreenForm
from webui.posted import ANSWER, FILE
from webui.shown import full_day

#: more choices than this become a list to open
MOST_RADIOS = 6
#: kinds of field whose answer is a list
_LISTS = frozenset({"list", "files"})
WAYS = {
    "text": "text",
    "date": "date",
    "number": "number",
    "integer": "number",
    "email": "email",
    "phone": "tel",
    "case": "text",
    "instant": "datetime-local",
}

Choices = Sequence[tuple[str, str]]
_EQUALS = re.compile(r"""^\s*(?P<name>\w+)\s*==\s*(?P<q>["'])(?P<value>[^"']*)(?P=q)\s*$""")
_AMONG = re.compile(r"""^\s*(?P<name>\w+)\s+in\s+[\[(](?P<values>[^\])]*)[\])]\s*$""")
_QUOTED = re.compile(r"""["']([^"']*)["']""")


@dataclass(frozen=True, slots=True)
class Asked:
    """One field on the page. ``values`` is what stands in it now; ``shown_by`` the field that folds it away."""

    name: str
    title: str
    way: str  # radio | ticks | lines | select | area | text | date | number | email | tel | files
    posted: str
    must: bool = False
    help: str = ""
    wrong: str = ""
    values: tuple[str, ...] = ()
    choices: Choices = ()
    offers: Choices = ()
    rows: int = 4
    most: int | None = None
    identity: bool = False
    shown_by: str = ""
    shown_values: Sequence[str] = field(default_factory=tuple)
    prefix: str = ANSWER
    must_when: str = ""
    scope: str = ""
    sent: str = ""  # under which name new files arrive
    accept: str = ""

    @property
    def dom(self) -> str:
        """Part of the field's ids on the page; two forms on one page have two scopes."""
        return self.scope + self.name

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


def ask(
    form: ScreenForm | None,
    *,
    given: Mapping[str, Any] | None = None,
    wrong: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    cases: Choices = (),
    scope: str = "",
    files: Sequence[Mapping[str, Any]] = (),
) -> list[Asked]:
    """The form's fields as the page shows them. ``cases`` are offered where a case number is asked; ``files`` are
    those known so far, ticked where they stand in the answer."""
    if form is None:
        return []
    given, wrong = given or {}, wrong or {}
    return [
        _ask_files(form, f, given.get(f.name), wrong.get(f.name, ""), scope, files)
        if f.kind == "files"
        else _ask(form, f, given.get(f.name), wrong.get(f.name, ""), units or {}, cases, scope)
        for f in form.fields
    ]


def declared(form: ScreenForm | None) -> tuple[frozenset[str], frozenset[str]]:
    """The posted names a form may bring: those sent once, those that may repeat."""
    fields = form.fields if form else ()
    return (
        frozenset(ANSWER + f.name for f in fields if f.kind not in _LISTS),
        frozenset(ANSWER + f.name for f in fields if f.kind in _LISTS),
    )


def uploads(form: ScreenForm | None) -> frozenset[str]:
    """The posted names under which a form may bring new files."""
    return frozenset(FILE + f.name for f in form.fields if f.kind == "files") if form else frozenset()


def lists_in(form: ScreenForm | None) -> frozenset[str]:
    return frozenset(f.name for f in form.fields if f.kind in _LISTS) if form else frozenset()


def _ask_files(
    form: ScreenForm, f: Field, given: Any, wrong: str, scope: str, files: Sequence[Mapping[str, Any]]
) -> Asked:
    """Files kept so far are ticked; without its tick a file is out, and until all is sent it can be put back."""
    fields = [other.name for other in form.fields if other.kind == "files"]
    ticked = _as_texts(given)
    own = [
        row for row in files
        if str(row["id"]) in ticked or row["field"] == f.name or (row["field"] not in fields and f.name == fields[0])
    ]  # fmt: skip
    return Asked(
        name=f.name, title=f.title, way="files", posted=ANSWER + f.name, must=f.required, help=f.help or "",
        wrong=wrong, values=ticked,
        choices=[(str(row["id"]), f"{row['name']}（{in_size(row['size'])}）") for row in own],
        most=f.most, must_when=_must_when(form, f), shown_by=shown_when(f.shown_when)[0],
        shown_values=shown_when(f.shown_when)[1], scope=scope, sent=FILE + f.name, accept=ACCEPTED,
    )  # fmt: skip


def _ask(
    form: ScreenForm, f: Field, given: Any, wrong: str, units: Mapping[str, str], cases: Choices, scope: str
) -> Asked:
    choices: Choices = [(str(value), label) for value, label in f.choices]
    way = WAYS.get(f.kind, "text")
    if f.kind == "longtext":
        way = "area"
    elif f.kind == "unit":
        way, choices = "select", _in_order(units)
    elif f.kind == "boolean":
        way, choices = "radio", [("true", "是"), ("false", "否")]
    elif f.kind == "list":
        choices = choices or (_in_order(units) if f.of == "unit" else ())
        way = "ticks" if choices else "lines"
    elif f.kind == "choice":
        way = "radio" if len(choices) <= MOST_RADIOS else "select"
    by, values = shown_when(f.shown_when)
    return Asked(
        name=f.name, title=f.title, way=way, posted=ANSWER + f.name, must=f.required, help=f.help or "", wrong=wrong,
        values=_as_texts(given), choices=choices, offers=cases if f.kind == "case" else (), rows=f.rows or 4,
        most=None if f.several else f.most, must_when=_must_when(form, f), identity=f.identity,
        shown_by=by, shown_values=values, scope=scope,
    )  # fmt: skip


def _in_order(units: Mapping[str, str]) -> Choices:
    """Units by name: an office's name begins with its department's, so they stand together."""
    return sorted(units.items(), key=lambda unit: unit[1])


def _must_when(form: ScreenForm, f: Field) -> str:
    """In words, under which answer this field is demanded."""
    if f.required:
        return ""
    for requirement in form.requirements:
        if f.name in requirement.then and len(requirement.when) == 1:
            name, values = next(iter(requirement.when.items()))
            asked = form.field(name)
            labels = dict(asked.choices) if asked else {}
            return f"選{'或'.join(f'「{labels.get(value, value)}」' for value in values)}時必填"
    return ""


def shown_when(condition: str | None) -> tuple[str, tuple[str, ...]]:
    """``visited == "yes"`` as (field, values) for the page's script; other conditions fold nothing."""
    if not condition:
        return "", ()
    if match := _EQUALS.match(condition):
        return match["name"], (match["value"],)
    if match := _AMONG.match(condition):
        return match["name"], tuple(_QUOTED.findall(match["values"]))
    return "", ()


def _as_texts(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, bool):
        return ("true" if given else "false",)
    if isinstance(given, (list, tuple)):
        return tuple(str(one) for one in given)
    return (str(given),)


def in_words(
    form: ScreenForm | None,
    answers: Mapping[str, Any],
    *,
    units: Mapping[str, str],
    extra: Iterable[tuple[str, str, str]] = (),
    files: Callable[[Sequence[str]], str] | None = None,
) -> list[tuple[str, str]]:
    """Stored answers as (title, words) in the form's order. ``extra``: (variable, title, words) of outcomes;
    ``files`` puts files into words by their ids."""
    shown: list[tuple[str, str]] = []
    for f in form.fields if form else ():
        if f.name in answers and answers[f.name] not in (None, "", []):
            if f.kind == "files" and files is not None:
                shown.append((f.title, files(answers[f.name])))
            else:
                shown.append((f.title, words_of(f, answers[f.name], units)))
    known = {f.name for f in form.fields} if form else set()
    outcomes = {variable: (title, words) for variable, title, words in extra}
    for name, value in answers.items():
        if name in outcomes and name not in known:
            shown.append(outcomes[name])
        elif form is None and name not in known:  # beside a form: what another case handed in for the machine
            shown.append((name, str(value)))
    return shown


def words_of(f: Field, value: Any, units: Mapping[str, str]) -> str:
    """One stored answer in words."""
    labels = {str(v): label for v, label in f.choices}
    if isinstance(value, bool):
        return "是" if value else "否"
    if f.kind == "date":
        return full_day(str(value)) or str(value)
    if f.kind == "files":
        return f"{len(value)} 個檔案"
    if isinstance(value, list):
        return "、".join(labels.get(str(v), units.get(str(v), str(v))) for v in value)
    return labels.get(str(value), units.get(str(value), str(value)) if f.kind == "unit" else str(value))
