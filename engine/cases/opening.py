"""A case opens: numbered, pinned to the versions in force, its first steps on somebody's desk."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine import flow
from engine.cases import again, attachments, conditions, incidents, once, passing, running, similar, words
from engine.cases import answers as answering
from engine.cases.act import Act, of_case
from engine.cases.records import case as case_table
from engine.cases.records import serial
from engine.cases.settle import INFORMANT, settle
from engine.cases.surroundings import Office
from engine.dates import roc
from engine.errors import Invalid, Missing, NotNow, Stuck
from engine.library import shelf
from engine.office import people, vault
from engine.office.people import SYSTEM, Person
from engine.office.records import exclusion
from engine.sops.forms import Field, ScreenForm
from engine.sops.sop import Sop
from engine.store import Connection, dumps

__all__ = ["Opened", "begin", "long_names", "open_by_case", "open_case"]

_NEW = case_table.insert().returning(case_table.c.id)


@dataclass(frozen=True, slots=True)
class Opened:
    """``replayed``: the same form had arrived before; this is its answer again.

    ``passed``: it met nobody and was not kept; what the machine did.
    """

    case_id: int
    number: str
    replayed: bool = False
    passed: Mapping[str, Any] | None = None


def open_case(
    db: Connection,
    sop_id: str,
    *,
    who: Person,
    at: datetime,
    office: Office,
    answers: Mapping[str, Any],
    files: attachments.Files = attachments.NO_FILES,
    start: str | None = None,
    received_at: datetime | None = None,
    parent: int | None = None,
    unit: str | None = None,
    key: str | None = None,
    act_id: str | None = None,
    verb: str = "open",
    then: Callable[[Act], None] | None = None,
    in_passing: bool = False,
    about: str = "",
) -> Opened:
    """Open a case of the SOP in force from one of its start events.

    ``answers`` fill the start's form; identity among them goes only to the vault. ``received_at`` (default ``at``) is
    the hand-in instant from which legal limits run; it cannot lie in the future.
    ``act_id``: the act on another case that opens this one. ``then`` goes on in the same act, under its ``verb``.
    ``in_passing``: a run that comes to its end without a person, and that nothing refers to, is no case.
    ``unit`` is responsible from the beginning, where the flow does not find out first. ``about`` tells it from other
    cases of its SOP.
    Raises Missing for an unknown SOP or start, Invalid for answers, NotAllowed.
    """
    people.require(db, who, "open", {"sop_id": sop_id})
    given = _fingerprint({**answers, **attachments.told_apart(files)}, office)
    asked = {"open": sop_id, "start": start, "answers": given}
    if received_at is not None and who.id:
        asked["received_at"] = received_at.isoformat()
    before = once.done_before(db, key, who=who, at=at, asked=asked)
    if before is not None:
        return Opened(before["case_id"], before["number"], replayed=True)
    received_at = received_at or at
    if received_at > at:
        raise Invalid("received_in_future", "收件時間不能晚於現在。", fields={"received_at": "收件時間不能晚於現在。"})
    bundle = shelf.bundle(db, sop_id)
    start = _start_of(db, bundle, start)
    sop = shelf.opened(db, bundle).sop
    _leave_to_the_calendar(sop, start, who)
    projection = shelf.projection(db, bundle, start)
    answers = attachments.add(
        db, form=shelf.form(db, bundle, start), answers=answers, files=files, case_id=None, item_id=None, step=start,
        who=who, at=at, key=office.key, sealed=office.key is not None,
    )  # fmt: skip
    accepted = answering.accept(shelf.form(db, bundle, start), None, answers)
    answering.refuse_unknown(db, shelf.form(db, bundle, start), accepted, case_id=None, at=at)
    if accepted.identity and office.key is None:
        raise Invalid("no_key", "系統沒有身分保管金鑰，無法收受陳情人資料。")
    number = _next_number(db, at)
    row = {
        "number": number, "bundle": bundle, "sop_id": sop_id, "start": start,
        "title": _title(db, sop, shelf.form(db, bundle, start), accepted, received_at, about),
        "status": "open", "version": 1, "state": "",
        "unit": unit, "type": accepted.answers.get("case_type"),
        "channel": accepted.answers.get("channel"), "received_at": received_at, "opened_by": who.id or None,
        "parent_id": parent, "place": similar.place_digest(accepted.answers, office.key),
        "informant": accepted.answers.get("case_type") == INFORMANT,
    }  # fmt: skip
    case_id = int(db.execute(_NEW, row).scalar_one())
    if accepted.identity:
        assert office.key is not None
        vault.seal(db, case_id, accepted.identity, office.key)
    answer_id = answering.keep(db, case_id, start, accepted, item_id=None, who=who, at=at)
    attachments.tie(
        db, shelf.form(db, bundle, start), accepted.answers, case_id=case_id, item_id=None, answer_id=answer_id,
        who=who, at=at,
    )  # fmt: skip
    words.index(db, case_id, words.texts_of(shelf.form(db, bundle, start), accepted.answers))
    act = of_case(db, case_id, verb=verb, who=who, at=at, office=office)
    act.id = act_id or act.id
    if who.id and verb == "open" and received_at < at:
        act.effects["received_at"] = received_at.isoformat()  # a person says so, and legal limits run from it
    begin(act, answering.variables(projection, "", accepted, answer_id))
    if then is not None:
        then(act)
    if in_passing and passing.met_nobody(act):
        passing.forget(act)
        return Opened(case_id, number, passed=act.effects)
    act.finish(step=start)
    once.remember(db, key, {"case_id": case_id, "number": number})
    return Opened(case_id, number)


def open_by_case(
    above: Act, *, bundle: str, start: str, answers: Mapping[str, Any], parameters: Mapping[str, Any], title: str,
    unit: str | None, told: Mapping[str, Any], tie: Callable[[Act], None],
) -> Act:  # fmt: skip
    """Another case's act opens this one: its form filled from what is handed in, its ``parameters`` given; finished.

    What is sealed there is sealed here, and who is kept away from that case is kept away from this one. Where the form
    asks who hands it in, under the same names as that case's own, the vault answers. ``told`` goes into its journal;
    ``tie`` says whose it is before it begins.
    Raises Invalid for what the form does not take, or for a unit that takes no new work.
    """
    db, at = above.db, above.at
    form = shelf.form(db, bundle, start)
    asked = {field.name for field in form.fields if field.identity} if form is not None else set()
    sealed = {name: value for name, value in again.sealed_identity(above).items() if name in asked} if asked else {}
    accepted = answering.accept(form, None, {**answers, **sealed})
    if accepted.identity.keys() - sealed.keys():
        raise Invalid("identity_here", "身分資料只能在收件時填寫。")
    answering.refuse_unknown(db, form, accepted, case_id=None, at=at)
    given = answering.Accepted({**accepted.answers, **parameters}, {}, frozenset(), None)
    row = {
        "number": _next_number(db, at), "bundle": bundle, "sop_id": shelf.opened(db, bundle).sop_id, "start": start,
        "title": title[:200], "status": "open", "version": 1, "state": "", "unit": unit,
        "type": accepted.answers.get("case_type"), "channel": accepted.answers.get("channel"), "received_at": at,
        "opened_by": None, "parent_id": above.case["id"],
        "place": similar.place_digest(accepted.answers, above.office.key), "informant": above.case["informant"],
        "priority": above.case["priority"],
    }  # fmt: skip
    case_id = int(db.execute(_NEW, row).scalar_one())
    kept_away = sa.select(
        sa.literal(case_id, sa.BigInteger), exclusion.c.person_id, exclusion.c.reason, exclusion.c.by, exclusion.c.at
    ).where(exclusion.c.case_id == above.case["id"])
    db.execute(exclusion.insert().from_select(["case_id", "person_id", "reason", "by", "at"], kept_away))
    if accepted.identity and above.office.key is not None:
        vault.seal(db, case_id, accepted.identity, above.office.key)
    kept = replace(given, answers={name: _said(value) for name, value in given.answers.items()})
    answer_id = answering.keep(db, case_id, start, kept, item_id=None, who=SYSTEM, at=at)
    words.index(db, case_id, words.texts_of(form, accepted.answers))
    act = of_case(db, case_id, verb="open", who=SYSTEM, at=at, office=above.office)
    act.id, act.above = above.id, above
    act.effects |= told
    tie(act)
    given = replace(given, long=long_names(form, given.answers))
    begin(act, answering.variables(act.projection, "", given, answer_id))
    act.finish(step=start)
    return act


def _said(value: Any) -> Any:
    """A value as an answer keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def long_names(form: ScreenForm | None, answers: Mapping[str, Any]) -> frozenset[str]:
    """Which answers of an opening are kept by reference: what the form says, and every long text handed in."""
    said = {field.name for field in form.fields if field.long} if form is not None else set()
    return frozenset(said | {name for name, value in answers.items() if isinstance(value, str) and len(value) > 200})


def _fingerprint(answers: Mapping[str, Any], office: Office) -> str:
    """Tells two forms apart. Keyed: on a plain digest anybody who holds the database could try out names and phones."""
    secret = office.key.digesting if office.key is not None else b""
    return hmac.new(secret, dumps(answers).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def begin(act: Act, values: Mapping[str, Any]) -> None:
    """Let the flow run to its first people. When it cannot, the petition is kept and its incident shown."""
    point = act.db.begin_nested()
    before, told = dict(act.case), deepcopy(act.effects)
    try:
        advance = flow.begin(act.projection, values=values, machine=running.machine(act), context=running.context(act))
        settle(act, advance)
    except Stuck as stuck:
        point.rollback()
        act.case = before
        act.effects = told
        act.state = flow.State((), {}, {})
        incidents.note(act.db, case_id=act.case["id"], step=stuck.facts.get("step"), error=stuck, at=act.at)
        act.note("incident", stuck.code)
    else:
        point.commit()


def _start_of(db: Connection, bundle: str, start: str | None) -> str:
    starts = [node.id for node in shelf.opened(db, bundle).sop.starts()]
    if start is None:
        if len(starts) == 1:
            return starts[0]
        raise Invalid("which_start", "這個流程有多個起點，請指定一個：" + "、".join(starts) + "。")
    if start not in starts:
        raise Missing("no_such_start", "這個流程沒有這個起點。", element=start)
    return start


def _leave_to_the_calendar(sop: Sop, start: str, who: Person) -> None:
    """A period has one case, and the calendar opens it: nobody opens a second one by hand."""
    if sop.nodes[start].start_kind == "calendar" and not who.is_system:
        raise NotNow("by_calendar", f"「{sop.name}」的這個起點由行事曆每期開立一次，不能另外開案。")


def _title(
    db: Connection, sop: Sop, form: ScreenForm | None, accepted: answering.Accepted, at: datetime, about: str
) -> str:
    """What lists show where a case has no subject: its SOP, and what tells it from the others of it.

    That is what the caller says it is about, else the first short text of the form, else its month where the SOP is
    done month by month. Lists reach more people than the case: of what somebody asks whose identity is sealed never
    their own words, and never a person's name; then its first date or unit tells it from the others.
    """
    parts = [str(accepted.answers[name]) for name in ("channel", "case_type") if accepted.answers.get(name)]
    if parts:
        return "・".join(parts)
    fields = form.fields if form is not None and not any(f.identity for f in form.fields) else ()
    short = [f.name for f in fields if f.kind == "text" and not (f.long or f.choices or f.person)]
    about = about or next((str(accepted.answers[name]) for name in short if accepted.answers.get(name)), "")
    if not about and any(f.person for f in fields):
        about = _without_names(db, fields, accepted.answers)
    if not about and sop.sheet.kind == "periodic":
        day = at.astimezone(conditions.TAIPEI).date()
        about = f"{roc.year(day)}年{day.month}月"
    return f"{sop.name}（{about[:80]}）"[:200] if about else sop.name[:200]


def _without_names(db: Connection, fields: Sequence[Field], answers: Mapping[str, Any]) -> str:
    """The first date or unit of a form that asks for people."""
    for kind in ("date", "unit"):
        for value in (answers[f.name] for f in fields if f.kind == kind and answers.get(f.name)):
            return roc.full(date.fromisoformat(value)) if kind == "date" else people.unit_name(db, value)
    return ""


def _next_number(db: Connection, at: datetime) -> str:
    """民國 year and serial, counted per year without a gap that another act could fill twice."""
    year = roc.year(at.astimezone(conditions.TAIPEI).date())
    name = passing.serial_of(f"{year}-")
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(serial)
        .values(name=name, last=1)
        .on_conflict_do_update(index_elements=[serial.c.name], set_={"last": serial.c.last + 1})
        .returning(serial.c.last)
    )
    return f"{year}-{db.execute(statement).scalar_one():06d}"
