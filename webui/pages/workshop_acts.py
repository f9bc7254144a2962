"""流程工坊: what authors and reviewers do with a draft, one form each; a refusal shows the page again, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine.cases import once
from engine.cases.operators import OPERATORS
from engine.errors import BadSop, Conflict, Invalid, NotNow
from engine.library import drafts, publication, reviews, rule_levels
from engine.store import Connection
from webui import days, door, rehearsing
from webui.pages.workshop import AUDIENCE, WRITERS, page
from webui.permissions import asks_again, permit

pages = Blueprint("workshop_acts", __name__)
#: a question of the review is posted under this name and its number
QUESTION = "q-"
_Act = Callable[[Connection, Mapping[str, str]], None]


@pages.post("/workshop/<sop_id>/begin")
@permit(*WRITERS)
def begin(sop_id: str) -> ResponseReturnValue:
    form = door.posted()
    number = form.number("number")

    def act(db: Connection, given: Mapping[str, str]) -> None:
        drafts.begin(db, sop_id, number=number, who=door.who(), at=g.at)

    return _do(sop_id, ("number",), "draft-begun", act)


@pages.post("/workshop/<sop_id>/discard")
@permit(*WRITERS)
def discard(sop_id: str) -> ResponseReturnValue:
    return _reasoned(sop_id, "draft-discarded", drafts.discard)


@pages.post("/workshop/<sop_id>/take-over")
@permit(*WRITERS)
def take_over(sop_id: str) -> ResponseReturnValue:
    return _reasoned(sop_id, "draft-taken-over", drafts.take_over)


@pages.post("/workshop/<sop_id>/submit")
@permit(*WRITERS)
def submit(sop_id: str) -> ResponseReturnValue:
    def act(db: Connection, given: Mapping[str, str]) -> None:
        reviews.submit(db, sop_id, **_checks(db), who=door.who(), at=g.at)

    rehearsing.ahead(sop_id)
    return _do(sop_id, (), "draft-submitted", act)


@pages.post("/workshop/<sop_id>/take-back")
@permit(*WRITERS)
def take_back(sop_id: str) -> ResponseReturnValue:
    return _reasoned(sop_id, "draft-taken-back", reviews.take_back)


@pages.post("/workshop/<sop_id>/answer")
@permit(*WRITERS)
def answer(sop_id: str) -> ResponseReturnValue:
    number = door.posted().number("number") or 0

    def act(db: Connection, given: Mapping[str, str]) -> None:
        reviews.answer(db, sop_id, number=number, text=given["answer"], who=door.who(), at=g.at)

    return _do(sop_id, ("number", "answer"), "remark-answered", act)


@pages.post("/workshop/<sop_id>/accept")
@permit(*WRITERS)
def accept(sop_id: str) -> ResponseReturnValue:
    def act(db: Connection, given: Mapping[str, str]) -> None:
        reviews.accept_warning(
            db, sop_id, mark=given["mark"], reason=given["reason"], **_checks(db), who=door.who(), at=g.at
        )  # fmt: skip

    rehearsing.ahead(sop_id)
    return _do(sop_id, ("mark", "reason"), "warning-accepted", act)


@pages.post("/workshop/<sop_id>/remark")
@permit(*AUDIENCE)
def remark(sop_id: str) -> ResponseReturnValue:
    def act(db: Connection, given: Mapping[str, str]) -> None:
        reviews.remark(
            db, sop_id, element=given["element"], text=given["text"], who=door.who(), at=g.at
        )  # fmt: skip

    return _do(sop_id, ("element", "text"), "remarked", act)


@pages.post("/workshop/<sop_id>/return")
@permit(*AUDIENCE)
def give_back(sop_id: str) -> ResponseReturnValue:
    def act(db: Connection, given: Mapping[str, str]) -> None:
        reviews.give_back(db, sop_id, opinion=given["opinion"], who=door.who(), at=g.at)

    return _do(sop_id, ("opinion",), "draft-returned", act)


@pages.post("/workshop/<sop_id>/approve")
@permit(*AUDIENCE)
def approve(sop_id: str) -> ResponseReturnValue:
    names = tuple(name for name in door.posted().names() if name.startswith(QUESTION))
    revision = door.posted().number("revision") or 0

    def act(db: Connection, given: Mapping[str, str]) -> None:
        questions = {name.removeprefix(QUESTION): given[name] for name in names}
        reviews.approve(
            db, sop_id, revision=revision, questions=questions, opinion=given["opinion"], who=door.who(), at=g.at
        )  # fmt: skip

    return _do(sop_id, ("revision", "opinion", *names), "draft-approved", act)


@pages.post("/workshop/<sop_id>/publish")
@asks_again
@permit(*WRITERS)
def publish(sop_id: str) -> ResponseReturnValue:
    def act(db: Connection, given: Mapping[str, str]) -> None:
        day = _day(given["effective_on"])
        publication.publish(
            db, sop_id, effective_on=day, operators=OPERATORS, rehearse=rehearsing.rehearse(), who=door.who(), at=g.at
        )  # fmt: skip

    rehearsing.ahead(sop_id)
    return _do(sop_id, ("effective_on",), "draft-published", act)


@pages.post("/workshop/<sop_id>/emergency")
@asks_again
@permit(*WRITERS)
def emergency(sop_id: str) -> ResponseReturnValue:
    def act(db: Connection, given: Mapping[str, str]) -> None:
        publication.publish_in_emergency(
            db, sop_id, reason=given["reason"], despite=given["despite"].split(), **_checks(db), who=door.who(), at=g.at
        )  # fmt: skip

    rehearsing.ahead(sop_id)
    return _do(sop_id, ("reason",), "draft-published", act, several=("despite",))


@pages.post("/workshop/<sop_id>/call-off")
@permit(*WRITERS)
def call_off(sop_id: str) -> ResponseReturnValue:
    return _reasoned(sop_id, "version-called-off", publication.call_off)


@pages.post("/workshop/<sop_id>/look-over")
@permit(*WRITERS)
def look_over(sop_id: str) -> ResponseReturnValue:
    return _reasoned(sop_id, "sop-looked-over", publication.look_over)


@pages.post("/workshop/<sop_id>/retire")
@permit(*WRITERS)
def retire(sop_id: str) -> ResponseReturnValue:
    return _reasoned(sop_id, "sop-retired", publication.retire)


def _checks(db: Connection) -> dict[str, Any]:
    """What the door hands to a verb that checks the draft."""
    return {"operators": OPERATORS, "levels": rule_levels.levels(db), "rehearse": rehearsing.rehearse()}


def _reasoned(sop_id: str, said: str, verb: Callable[..., None]) -> ResponseReturnValue:
    def act(db: Connection, given: Mapping[str, str]) -> None:
        verb(db, sop_id, reason=given["reason"], who=door.who(), at=g.at)

    return _do(sop_id, ("reason",), said, act)


def _do(
    sop_id: str, fields: tuple[str, ...], said: str, act: _Act, several: tuple[str, ...] = ()
) -> ResponseReturnValue:  # fmt: skip
    form = door.posted()
    form.only(fields, several=several)
    given = {name: form.one(name) for name in fields} | {name: " ".join(form.many(name)) for name in several}
    asked = {"act": said, "sop": sop_id, "given": given}
    try:
        with door.act() as db:  # the same form sent twice has one effect
            if once.done_before(db, form.one("key") or None, who=door.who(), at=g.at, asked=asked) is None:
                act(db, given)
    except (Invalid, NotNow, Conflict, BadSop) as refused:
        return page(sop_id, refused, given)
    return door.go("workshop.draft", said, sop_id=sop_id)


def _day(text: str) -> date | None:
    wrong: dict[str, str] = {}
    found = days.read(text, "effective_on", wrong, must=False)
    if wrong:
        raise Invalid("effective_on", wrong["effective_on"], fields=wrong)
    return found
