"""The working draft of an SOP: one at a time, begun from a version or from nothing, saved as often as somebody types.

Beginning, taking over and discarding are acts, each with its entry. A save is none: it moves the row on by one
revision, and whoever saves must have seen the newest one. What is saved may break every rule of the check, but it can
be read: a chart, form or table that cannot is refused and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from engine.errors import BadSop, Conflict, Invalid, Missing, NotNow
from engine.library import accepting, bundles, findings, shelf
from engine.library.blank import blank, good_id
from engine.library.findings import Verdict
from engine.library.folder import MOST_BYTES, SHARED, SopFolder, read_form, read_table
from engine.library.records import sop as sop_table
from engine.library.records import sop_draft as table
from engine.library.records import sop_version as version_table
from engine.office import journal, people
from engine.office.people import Person
from engine.sops import bpmn, expressions
from engine.sops.rules.rule import Level
from engine.sops.sop import Finding
from engine.sops.texts import required_text
from engine.store import Connection, is_storable, printable

__all__ = [
    "MOST_FILES", "STATES", "Draft", "Rehearse", "begin", "begin_new", "check", "discard", "find", "latest", "locked",
    "may_write", "put", "read", "save", "take_over", "with_hand", "write",
]  # fmt: skip

#: what walking its scenarios says of an SOP: handed in by the door, for a rehearsal stands on all of this
Rehearse = Callable[[Connection, SopFolder], Sequence[Finding]]
#: open while it is one of the first four
STATES = ("draft", "first_review", "second_review", "approved", "published", "discarded")
#: forms and tables of one SOP, each: more than any has steps
MOST_FILES = 400


@dataclass(frozen=True)
class Draft:
    """One draft as it was read. ``hands``: the ids of all who wrote in it or submitted it."""

    id: int
    sop_id: str
    name: str
    division: str
    state: str
    revision: int
    based_on: int | None
    unit: str | None
    bpmn: str
    forms: Mapping[str, str]
    tables: Mapping[str, str]
    scenarios: str
    author: int | None
    hands: tuple[int, ...]
    begun_at: datetime
    changed_by: int | None
    changed_at: datetime
    round: int
    submitted_at: datetime | None
    first_by: int | None
    first_at: datetime | None
    second_by: int | None
    second_at: datetime | None
    emergency: str | None
    reasons: Mapping[str, str]
    number: int | None
    ended_at: datetime | None

    @cached_property
    def folder(self) -> SopFolder:
        return SopFolder(self.sop_id, self.division, self.bpmn.encode(), self.forms, self.tables, self.scenarios)

    @property
    def facts(self) -> Mapping[str, Any]:
        """As the table of permissions reads it."""
        return {"unit": self.unit}


# -- reading


def find(db: Connection, sop_id: str) -> Draft | None:
    """The open draft of an SOP; None where nobody works on one."""
    return _one(db, table.c.sop_id == sop_id, table.c.ended_at.is_(None)) if is_storable(sop_id) else None


def read(db: Connection, sop_id: str) -> Draft:
    """The open draft of an SOP. Raises Missing where nobody works on one."""
    found = find(db, sop_id)
    if found is None:
        raise Missing("no_working_draft", f"作業流程「{printable(sop_id)}」沒有編修中的草案。", element=sop_id)
    return found


def latest(db: Connection, sop_id: str, draft_id: int) -> Draft:
    """One draft by its number, open or ended. Raises Missing."""
    found = _one(db, table.c.sop_id == sop_id, table.c.id == draft_id)
    if found is None:
        raise Missing("no_working_draft", "查無這份草案。", element=sop_id)
    return found


def locked(db: Connection, sop_id: str) -> Draft:
    """As ``read``, and nobody else changes it meanwhile."""
    _lock(db, sop_id)
    return read(db, sop_id)


def _lock(db: Connection, sop_id: str) -> bool:
    """Whether there is such an SOP; if so, nobody else begins or changes its draft until this act is over."""
    query = sa.select(sop_table.c.id).where(sop_table.c.id == sop_id).with_for_update()
    return is_storable(sop_id) and db.execute(query).first() is not None


def _one(db: Connection, *where: sa.ColumnElement[bool]) -> Draft | None:
    query = sa.select(table, sop_table.c.name, sop_table.c.division).join(sop_table, sop_table.c.id == table.c.sop_id)
    row = db.execute(query.where(*where)).mappings().first()
    return Draft(**{**row, "hands": tuple(row["hands"])}) if row is not None else None


# -- beginning and ending


def begin(db: Connection, sop_id: str, *, number: int | None = None, who: Person, at: datetime) -> Draft:
    """Begin from the version in force, or from the one of that number. NotNow when somebody has begun already."""
    query = sa.select(version_table, sop_table.c.division).join(sop_table, sop_table.c.id == version_table.c.sop_id)
    which = version_table.c.number == number if number is not None else version_table.c.id == sop_table.c.in_force
    known = _lock(db, sop_id)
    row = db.execute(query.where(sop_table.c.id == sop_id, which)).mappings().first() if known else None
    if row is None:
        raise Missing("no_such_version", f"找不到作業流程「{printable(sop_id)}」的這個版本。", element=sop_id)
    newest = db.execute(
        query.where(sop_table.c.id == sop_id, version_table.c.published_at.is_not(None))
        .order_by((version_table.c.id == sop_table.c.in_force).desc().nulls_last(), version_table.c.number.desc())
        .limit(1)
    ).mappings().first()  # fmt: skip
    if newest is not None:  # an older version may name a unit that gave the SOP away
        people.require(db, who, "draft_sop", {"unit": bundles.stored_folder(newest).sop.sheet.unit})
    return _begin(db, bundles.stored_folder(row), row["number"], who=who, at=at)


def begin_new(
    db: Connection, sop_id: str, *, name: str, unit: str, division: str, documentation: str = "", shared: bool = False,
    who: Person, at: datetime,
) -> Draft:  # fmt: skip
    """Begin an SOP that never was: an empty upright pool. Raises Invalid by field, NotNow when the code is taken."""
    people.require(db, who, "draft_sop", {"unit": unit})
    good_id(sop_id)
    name = required_text(name, "name", "請填流程名稱。", limit=200)
    documentation = required_text(documentation, "documentation", "請用一兩句話寫這個流程的目的。", limit=2000)
    if unit not in people.units(db, at):
        raise Invalid("sop_unit", "請選擇主辦單位。", fields={"unit": "請選擇主辦單位。"})
    division = SHARED if shared else division
    if division not in _divisions(db) | {SHARED}:
        raise Invalid("sop_division", "請選擇組別。", fields={"division": "請選擇組別。"})
    taken = _lock(db, sop_id)
    if taken and (
        db.scalar(sa.select(version_table.c.id).where(version_table.c.sop_id == sop_id).limit(1)) or find(db, sop_id)
    ):
        said = f"代碼「{sop_id}」已經有作業流程使用。"
        raise Invalid("sop_taken", said, fields={"id": said})
    values = {"name": name, "division": division, "shared": shared}
    if not taken:
        db.execute(sop_table.insert().values(id=sop_id, **values))
    else:
        db.execute(sop_table.update().where(sop_table.c.id == sop_id).values(**values))
    chart = blank(sop_id, name, unit=unit, documentation=documentation, shared=shared)
    return _begin(db, SopFolder(sop_id, division, chart), None, who=who, at=at)


def _divisions(db: Connection) -> set[str]:
    return set(db.scalars(sa.select(sop_table.c.division).distinct()))


def _begin(db: Connection, found: SopFolder, number: int | None, *, who: Person, at: datetime) -> Draft:
    unit = found.sop.sheet.unit
    people.require(db, who, "draft_sop", {"unit": unit})
    other = find(db, found.id)
    if other is not None:
        name = people.names(db, [other.author]).get(other.author or 0, "系統")
        raise NotNow("draft_exists", f"{name}已經在編修這個流程的草案。", who=other.author, at=other.begun_at)
    # a page of an earlier draft never fits: revisions go on where that one stopped
    before = db.scalar(sa.select(sa.func.max(table.c.revision)).where(table.c.sop_id == found.id)) or 0
    made = db.execute(
        table.insert()
        .values(
            sop_id=found.id, state="draft", revision=before + 1, based_on=number, unit=unit,
            bpmn=found.bpmn.decode("utf-8-sig"), forms=dict(found.forms), tables=dict(found.tables),
            scenarios=found.scenarios, author=who.id,
            hands=[who.id] if who.id is not None else [], begun_at=at, changed_by=who.id, changed_at=at, round=0,
            reasons={},
        )
        .returning(table.c.id)
    ).scalar_one()  # fmt: skip
    write(db, found.id, "sop.begin", who=who, at=at, effects={"draft": made, "based_on": number})
    return read(db, found.id)


def discard(db: Connection, sop_id: str, *, reason: str, who: Person, at: datetime) -> None:
    """Give the draft up. It stays readable; the next one begins anew."""
    draft = locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    reason = required_text(reason, "reason", "請說明理由。")
    put(db, draft, state="discarded", ended_at=at)
    write(db, sop_id, "sop.discard", who=who, at=at, reason=reason, effects={"draft": draft.id, "was": draft.state})


def take_over(db: Connection, sop_id: str, *, reason: str, who: Person, at: datetime) -> None:
    """Become the author of a draft whose author left; what they wrote stays theirs: they never review it."""
    draft = locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    reason = required_text(reason, "reason", "請說明理由。")
    if draft.author == who.id:
        raise NotNow("draft_yours", "您已經是這份草案的編修人。")
    put(db, draft, author=who.id, hands=with_hand(draft, who))
    effects = {"draft": draft.id, "from": draft.author}
    write(db, sop_id, "sop.take_over", who=who, at=at, reason=reason, effects=effects)


# -- writing in it


def may_write(db: Connection, draft: Draft | None, who: Person) -> bool:
    """Whether this person may write in it now: for a page to offer it; ``save`` asks again."""
    return draft is not None and draft.state == "draft" and people.may(db, who, "draft_sop", draft.facts)


def save(
    db: Connection, sop_id: str, *, revision: int, bpmn: str | bytes | None = None,
    forms: Mapping[str, str] | None = None, tables: Mapping[str, str] | None = None, scenarios: str | None = None,
    who: Person, at: datetime,
) -> int:  # fmt: skip
    """Keep what is given (None: as it was); the new revision, or the same one where nothing is different.

    Raises Conflict naming who saved since, with their draft; NotNow while it is reviewed; BadSop for what cannot be
    read, naming the element. Then nothing is stored.
    """
    draft = locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    if draft.state != "draft":
        raise NotNow("draft_in_review", "這份草案已送審，退回或收回之後才能修改。", at=draft.submitted_at)
    if draft.revision != revision:
        raise _stale(db, draft)
    new: dict[str, Any] = {}
    unit = draft.unit
    if bpmn is not None:
        new["bpmn"], unit = _chart(sop_id, bpmn)
        if unit != draft.unit:
            people.require(db, who, "draft_sop", {"unit": unit})
    if forms is not None:
        new["forms"] = _files(forms, read_form)
    if tables is not None:
        new["tables"] = _files(tables, read_table)
    if scenarios is not None:
        new["scenarios"] = _text("scenarios", scenarios)
    if all(getattr(draft, name) == value for name, value in new.items()):
        return draft.revision
    new |= {"unit": unit, "hands": with_hand(draft, who), "changed_by": who.id, "changed_at": at}
    put(db, draft, revision=draft.revision + 1, **new)
    return draft.revision + 1


def _stale(db: Connection, draft: Draft) -> Conflict:
    name = people.names(db, [draft.changed_by]).get(draft.changed_by or 0, "系統")
    return Conflict(
        "draft_stale", f"{name}在您開啟之後已經儲存過，您的修改尚未儲存。",
        who=name, at=draft.changed_at, revision=draft.revision, theirs=draft,
    )  # fmt: skip


def _chart(sop_id: str, given: str | bytes) -> tuple[str, str | None]:
    """The chart's text and the unit its sheet names."""
    try:
        data = given.encode() if isinstance(given, str) else given
    except UnicodeEncodeError:
        raise _refused(BadSop("encoding", "檔案必須是 UTF-8 編碼。", readable=False)) from None
    try:
        sop = bpmn.read(data)
    except BadSop as bad:
        raise _refused(bad) from None
    if sop.id != sop_id:
        said = f"這個檔案的流程代碼是「{sop.id}」，不是「{sop_id}」。"
        raise _refused(BadSop("sop_id", said, element=sop.id))
    return data.decode("utf-8-sig"), sop.sheet.unit


def _files(given: Mapping[str, str], readable: Any) -> dict[str, str]:
    if len(given) > MOST_FILES:
        raise _refused(BadSop("too_many_files", f"表單或決策表超過 {MOST_FILES} 份的上限。"))
    for name, text in given.items():
        if not expressions.is_variable(name.replace("-", "_").replace(".", "_")) or len(name) > 120:
            raise _refused(BadSop("file_name", f"「{name[:60]}」不能當作表單或決策表的名稱。", element=name[:60]))
        try:
            readable(name, _text(name, text))
        except BadSop as bad:
            raise _refused(BadSop(bad.code, bad.sentence, element=name, readable=bad.readable)) from None
    return dict(given)


def _text(name: str, text: str) -> str:
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise _refused(BadSop("too_large", f"檔案 {name[:60]} 超過 2 MiB 上限。", element=name[:60], readable=False))
    if not is_storable(text):
        raise _refused(BadSop("encoding", "檔案含有無法儲存的字元。", element=name[:60], readable=False))
    return text


def _refused(bad: BadSop) -> BadSop:
    """The same refusal as a finding too, so that the page can select the element."""
    found = Finding(bad.code, "error", bad.sentence, bad.element)
    return BadSop(bad.code, bad.sentence, element=bad.element, readable=bad.readable, findings=(found,))


# -- what is wrong with it


def check(
    db: Connection, draft: Draft, *, operators: Collection[str] | None = None,
    levels: Mapping[str, Level] | None = None, rehearse: Rehearse | None = None,
) -> Verdict:  # fmt: skip
    """Every finding, with those of callers in force that would break. Accepted warnings no longer block.

    ``levels``: at which the reviewers' rules are asked; None: they are not asked. ``rehearse``: asked of what could
    run; None: its scenarios are not walked.
    """
    own = draft.folder
    verdict = findings.check(own, bundles.around(db, own), operators=operators, levels=levels)
    if rehearse is not None and verdict.runnable:
        verdict = replace(verdict, findings=(*verdict.findings, *rehearse(db, own)))
    verdict = accepting.settled(verdict, accepting.accepted(db, [own.id])[own.id])
    broken = shelf.broken_callers(db, {own.id: own}, operators=operators)
    if not broken:
        return verdict
    said = tuple(
        Finding("caller_breaks", "error", f"發布後「{caller.sop.name}」會無法執行：{first.message}", own.id)
        for caller, first in broken
    )
    refusal = verdict.refusal or BadSop(said[0].rule, said[0].message, element=own.id)
    return Verdict((*said, *verdict.findings), verdict.runnable, refusal)


# -- for the verbs of review and publication


def put(db: Connection, draft: Draft, **values: Any) -> None:
    """Change the row of a draft that is ``locked``."""
    db.execute(table.update().where(table.c.id == draft.id).values(**values))


def with_hand(draft: Draft, who: Person) -> list[int]:
    """All who wrote in it, were it only a reason: none of them reviews it."""
    return sorted({*draft.hands, *([who.id] if who.id is not None else [])})


def write(
    db: Connection, sop_id: str, verb: str, *, who: Person, at: datetime, reason: str | None = None,
    effects: Mapping[str, Any], act: str | None = None,
) -> None:  # fmt: skip
    """The one entry of an act on an SOP."""
    journal.write(
        db, subject=f"sop:{sop_id}", verb=verb, who=who, at=at, reason=reason, effects=effects,
        act_id=act or journal.new_act(),
    )  # fmt: skip
