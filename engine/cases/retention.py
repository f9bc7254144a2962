"""保存與銷毀: how long an identity, files and notices are kept after the release; what is due is destroyed every night.

Off unless an administrator sets it; the values offered are proposals. A dry run only counts. What was destroyed leaves
one journal entry on its case; the entry itself, the answers and the numbers stay. Nothing counts before the case is
released, or withdrawn, and a case that was taken up again waits for its next release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.act import of_case
from engine.cases.records import attachment, attachment_content, case
from engine.cases.surroundings import Office
from engine.errors import Invalid
from engine.office import journal, notices, people
from engine.office import records as r
from engine.office.people import SYSTEM, Person, office_day
from engine.store import Connection, Store

__all__ = ["PROPOSED", "Due", "Periods", "change", "demand_possible", "destroy_due", "due", "periods"]

_NAME = "retention"
LEAST, MOST = 1, 1200  # months
#: cases of one night's round; the next night goes on
BATCH = 500
_v, _n, _a = r.vault.c, r.notice.c, attachment.c


@dataclass(frozen=True, slots=True)
class Periods:
    """Months after the release; None: kept for good."""

    identities: int | None = None
    files: int | None = None
    notices: int | None = None


#: 建議值: what the form offers; nothing is destroyed by it
PROPOSED = Periods(identities=60, files=120, notices=24)


@dataclass(frozen=True, slots=True)
class Due:
    """How many of each are due, or were destroyed."""

    identities: int = 0
    files: int = 0
    notices: int = 0

    def __bool__(self) -> bool:
        return bool(self.identities or self.files or self.notices)


def periods(db: Connection) -> Periods:
    """What is set; nothing where nobody set anything."""
    stored = db.scalar(sa.select(r.setting.c.value).where(r.setting.c.name == _NAME))
    if not isinstance(stored, Mapping):
        return Periods()
    return Periods(**{name: stored.get(name) for name in ("identities", "files", "notices")})


def change(db: Connection, new: Periods, *, who: Person, at: datetime) -> None:
    """Other periods from the next night on. The control office is told at once, so that a mistake can be stopped."""
    people.require(db, who, "manage_retention")
    demand_possible(new)
    old = periods(db)
    if new == old:
        return
    db.execute(sa.delete(r.setting).where(r.setting.c.name == _NAME))
    db.execute(sa.insert(r.setting), {"name": _NAME, "value": {**asdict(new), "since": office_day(at).isoformat()}})
    journal.write(
        db, subject="office", verb="settings.retention", who=who, at=at, act_id=journal.new_act(),
        effects={"from": asdict(old), "to": asdict(new)},
    )  # fmt: skip
    for person_id in people.control_office(db, at):
        notices.post(
            db, key=f"retention:{at.isoformat()}:{person_id}", to=person_id, case_id=None, kind="account", at=at,
            facts={"what": "retention", "person": who.id},
        )  # fmt: skip


def demand_possible(new: Periods) -> None:
    """Raises Invalid: also what is only tried may not be no time at all."""
    wrong = {
        name: f"請填 {LEAST} 到 {MOST} 個月，或留白表示永久保存。"
        for name, months in asdict(new).items()
        if months is not None and not (isinstance(months, int) and LEAST <= months <= MOST)
    }
    if wrong:
        raise Invalid("retention_bad", "保存期限需要修正。", fields=wrong)


def due(db: Connection, now: Periods, at: datetime) -> Due:
    """A dry run: how many would be destroyed today."""
    counts = {
        "identities": sa.select(sa.func.count()).select_from(_identities(now.identities, at).subquery()),
        "files": sa.select(sa.func.count()).select_from(_files(now.files, at).subquery()),
        "notices": sa.select(sa.func.count()).where(_notices(now.notices, at)),
    }
    asked = asdict(now)
    return Due(**{name: int(db.scalar(q) or 0) if asked[name] is not None else 0 for name, q in counts.items()})


def destroy_due(store: Store, at: datetime, office: Office, *, batch: int = BATCH) -> Due:
    """One night's round: one act per case, so that one that cannot be done does not keep the others.

    Nothing on the day the periods were set. Any number of clocks may do it; what is gone is gone once.
    """
    with store.look() as db:
        now = periods(db)
        stored = db.scalar(sa.select(r.setting.c.value).where(r.setting.c.name == _NAME)) or {}
        if now == Periods() or date.fromisoformat(str(stored["since"])) >= office_day(at):
            return Due()
        cases = sorted(
            {*_ids(db, _identities(now.identities, at), now.identities, batch)}
            | {*_ids(db, _files(now.files, at), now.files, batch)}
        )  # fmt: skip
    identities = files = told = 0
    for case_id in cases[:batch]:
        with store.act() as db:
            done = _destroy(db, case_id, now, at, office)
        identities, files = identities + done.identities, files + done.files
    if now.notices is not None:
        with store.act() as db:
            gone = sa.delete(r.notice).where(_n.id.in_(sa.select(_n.id).where(_notices(now.notices, at)).limit(10_000)))
            told = db.execute(gone).rowcount
            if told:
                journal.write(
                    db, subject="office", verb="notices.destroy", who=SYSTEM, at=at, act_id=journal.new_act(),
                    effects={"notices": told},
                )  # fmt: skip
    return Due(identities, files, told)


def _destroy(db: Connection, case_id: int, now: Periods, at: datetime, office: Office) -> Due:
    """Asked again under the case's lock: it may have been taken up again since."""
    act = of_case(db, case_id, verb="identity.destroy", who=SYSTEM, at=at, office=office)
    identities = files = 0
    if now.identities is not None and _ids(db, _identities(now.identities, at).where(_v.case_id == case_id), 1, 1):
        identities = db.execute(sa.delete(r.vault).where(_v.case_id == case_id)).rowcount
    if now.files is not None:
        ids = list(db.scalars(_files(now.files, at).with_only_columns(_a.id).where(_a.case_id == case_id)))
        db.execute(sa.delete(attachment_content).where(attachment_content.c.attachment_id.in_(ids)))
        files = db.execute(sa.update(attachment).where(_a.id.in_(ids)).values(removed_at=at)).rowcount if ids else 0
    if identities or files:
        act.effects |= {"identity": bool(identities), "files": files}
        act.finish()
    return Due(identities, files)


def _over(months: int | None, at: datetime) -> sa.ColumnElement[bool]:
    """Released, or withdrawn, so long ago."""
    limit = _back(at, months or 0)
    ended = sa.func.coalesce(case.c.released_at, sa.case((case.c.status == "withdrawn", case.c.ended_at)))
    return sa.and_(case.c.status != "open", ended < limit)


def _identities(months: int | None, at: datetime) -> sa.Select[Any]:
    return sa.select(case.c.id).join(r.vault, _v.case_id == case.c.id).where(_over(months, at))


def _files(months: int | None, at: datetime) -> sa.Select[Any]:
    return (
        sa.select(case.c.id).join(attachment, _a.case_id == case.c.id).where(_over(months, at), _a.removed_at.is_(None))
    )


def _notices(months: int | None, at: datetime) -> sa.ColumnElement[bool]:
    """Read or mailed long ago; never one that still waits to be sent, nor a letter's proof while its case is open."""
    old = sa.and_(_n.at < _back(at, months or 0), _n.state != "waiting", _n.person_id.is_not(None))
    running = sa.exists().where(case.c.id == _n.case_id, case.c.status == "open")
    return sa.and_(old, ~running)


def _ids(db: Connection, query: sa.Select[Any], months: int | None, limit: int) -> list[int]:
    return list(db.scalars(query.order_by(case.c.id).limit(limit))) if months is not None else []


def _back(at: datetime, months: int) -> datetime:
    """So many months earlier; the last day of the month where it has no such day."""
    here = at.astimezone(people.OFFICE_ZONE)
    count = here.year * 12 + here.month - 1 - months
    year, month = max(count // 12, 1), count % 12 + 1
    day = here.day
    while True:
        try:
            return here.replace(year=year, month=month, day=day)
        except ValueError:
            day -= 1
