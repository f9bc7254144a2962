"""The petitions that are open on the day an office moves in: a file is tried, then exactly that file is taken in.

A file becomes a batch. It is tried row by row for real and every row undone: what the trial says is what will happen.
Only a file without a mistake is taken in: case by case, each with its own entry, the batch with one of its own. Rows
whose old number came in before are passed over. A batch that was cut off goes on where it stopped, whoever goes on; and
it may be taken back while nobody has done anything with its cases: they are withdrawn, nothing is deleted.

The file holds people's names, so between trial and end it lies sealed under the vault's key, and is gone afterwards.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.cases import import_rows, import_sheets, moving, moving_in
from engine.cases.import_rows import Mistakes, Row
from engine.cases.moving_in import City, Stands
from engine.cases.reasons import required_reason
from engine.cases.records import case, import_batch, import_row, imported
from engine.cases.surroundings import Office
from engine.dates.workdays import OFFICE_HOURS
from engine.errors import Conflict, Invalid, Missing, NotNow
from engine.library import shelf
from engine.office import journal, people
from engine.office.people import SYSTEM, Person
from engine.office.records import entry
from engine.office.vault import Key
from engine.store import Connection, Store, printable

__all__ = ["CHUNK", "Batch", "apply", "drop", "followed", "get", "submit", "undo", "waiting", "work"]

#: rows of one transaction: a clerk's click waits for no more than these
CHUNK = 5
#: of the time a transaction took, so much passes before the next. Whoever waits for SQLite's one writer looks at it now
#: and then: were it taken again at once, a clerk would wait until the whole file is in
_REST = 1 / 3
#: trying → ready or bad; ready → running → done; done → undoing → undone. Given up: dropped
_AT_WORK = ("trying", "running", "undoing")
#: what is said of a row; of one taken in and taken back, or kept because somebody had taken it up
_GOOD, _BAD, _KNOWN, _IN, _BACK, _KEPT = "good", "bad", "known", "in", "back", "kept"


@dataclass(frozen=True, slots=True)
class Batch:
    """``done`` of ``rows`` are worked off; the rest counts verdicts."""

    id: int
    name: str
    digest: str
    rows: int
    state: str
    done: int
    at: datetime
    by: int | None
    ended_at: datetime | None
    good: int = 0
    bad: int = 0
    known: int = 0
    taken: int = 0
    back: int = 0

    @property
    def is_at_work(self) -> bool:
        return self.state in _AT_WORK


def submit(db: Connection, name: str, content: bytes, *, who: Person, at: datetime, office: Office) -> int:
    """Keep a file to be tried; its batch. The same file again is the same batch, wherever it stands.

    Invalid for what is no sheet of petitions; NotNow for a file that was taken in already.
    """
    people.require(db, who, "import_cases")
    if office.key is None:
        raise Invalid("no_key", "系統沒有身分保管金鑰，無法收受陳情人資料。")
    digest = hashlib.sha256(content).hexdigest()
    known = db.execute(sa.select(import_batch).where(import_batch.c.digest == digest).with_for_update()).first()
    if known is not None and known.state in ("done", "undoing"):
        raise NotNow("import_done", f"這個檔案已於先前匯入（{known.name}），不會再匯入一次。")
    if known is not None and known.state in (*_AT_WORK, "ready"):
        return int(known.id)
    heading, lines = import_sheets.lines(name, content)
    import_rows.refuse_heading(heading)
    if not lines:
        sentence = "檔案裡只有標題列，沒有案件。"
        raise Invalid("import_empty", sentence, fields={"file": sentence})
    nonce = secrets.token_bytes(12)
    values = {
        "name": printable(name, 200) or "匯入檔", "digest": digest, "rows": len(lines), "at": at, "by": who.id,
        "state": "trying", "done": 0, "nonce": nonce, "ended_at": None,
        "content": AESGCM(office.key.sealing).encrypt(nonce, content, _bound_to(digest)),
    }  # fmt: skip
    if known is None:
        batch_id = int(db.execute(import_batch.insert().returning(import_batch.c.id), values).scalar_one())
    else:
        batch_id = int(known.id)
        db.execute(import_row.delete().where(import_row.c.batch_id == batch_id))
        db.execute(import_batch.update().where(import_batch.c.id == batch_id).values(**values))
    _note(db, "import.file", batch_id, who, at, digest=digest, rows=len(lines))
    return batch_id


def get(db: Connection, batch_id: int) -> Batch:
    """A batch with its counts. Raises Missing."""
    row = db.execute(sa.select(import_batch).where(import_batch.c.id == batch_id)).first()
    if row is None:
        raise Missing("no_such_import", "查無此匯入。")
    verdicts = sa.select(import_row.c.verdict, sa.func.count().label("n")).where(import_row.c.batch_id == batch_id)
    counts = {v.verdict: v.n for v in db.execute(verdicts.group_by(import_row.c.verdict))}
    return Batch(
        row.id, row.name, row.digest, row.rows, row.state, row.done, row.at, row.by, row.ended_at,
        counts.get(_GOOD, 0), counts.get(_BAD, 0), counts.get(_KNOWN, 0), counts.get(_IN, 0),
        counts.get(_BACK, 0),
    )  # fmt: skip


def apply(db: Connection, batch_id: int, *, digest: str, who: Person, at: datetime) -> None:
    """Take in exactly the file that was tried. NotNow unless every row of it was good, Conflict for another file."""
    people.require(db, who, "import_cases")
    row = _locked(db, batch_id)
    if row.digest != digest:
        raise Conflict("import_changed", "頁面上的檔案與試跑的檔案不同，請重新開啟後再試。")
    if row.state == "bad":
        raise NotNow("import_bad", "檔案還有需要修正的列，修正後請重新上傳；目前沒有匯入任何案件。")
    if row.state != "ready":
        raise NotNow("import_state", "這個檔案已經在匯入，或還在檢查中。")
    _set(db, batch_id, state="running", done=0)
    _note(db, "import.apply", batch_id, who, at, digest=row.digest, rows=row.rows)


def drop(db: Connection, batch_id: int, *, who: Person, at: datetime) -> None:
    """A file that was only tried is given up: its content is gone. NotNow once anything of it was taken in."""
    people.require(db, who, "import_cases")
    row = _locked(db, batch_id)
    if row.state not in ("trying", "ready", "bad"):
        raise NotNow("import_state", "這個檔案已經開始匯入，不能捨棄；要回復請用復原。")
    _set(db, batch_id, state="dropped", ended_at=at, content=None, nonce=None)
    _note(db, "import.drop", batch_id, who, at)


def undo(db: Connection, batch_id: int, *, reason: str, who: Person, at: datetime) -> None:
    """Take the whole batch back, with a reason. NotNow when somebody has done something with one of its cases."""
    people.require(db, who, "import_cases")
    row = _locked(db, batch_id)
    if row.state != "done":
        raise NotNow("import_state", "只有匯入完成的檔案可以復原。")
    why = required_reason(reason)
    numbers = followed(db, batch_id)
    if numbers:
        shown = "、".join(numbers[:5])
        raise NotNow("import_followed", f"已有 {len(numbers)} 件案件由人員辦理過（{shown}），不能整批復原。")
    _set(db, batch_id, state="undoing", done=0)
    _note(db, "import.undo", batch_id, who, at, why)


def followed(db: Connection, batch_id: int, case_ids: Sequence[int] | None = None) -> list[str]:
    """The numbers of the batch's cases with which a person has done something, even looked into the vault."""
    of_batch = sa.select(imported.c.case_id).where(imported.c.batch_id == batch_id)
    query = sa.select(case.c.number).join(entry, entry.c.subject == sa.literal("case:") + sa.cast(case.c.id, sa.String))
    query = query.where(case.c.id.in_(of_batch if case_ids is None else list(case_ids)), entry.c.by.is_not(None))
    return list(db.scalars(query.distinct().order_by(case.c.number)))


def waiting(db: Connection) -> int | None:
    """The oldest batch that somebody should go on with."""
    query = sa.select(import_batch.c.id).where(import_batch.c.state.in_(_AT_WORK)).order_by(import_batch.c.id).limit(1)
    return db.scalar(query)


def work(
    store: Store, batch_id: int, *, at: datetime, office: Office, most: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Batch:  # fmt: skip
    """Go on with a batch, a few rows a transaction, at most ``most`` rows; where it stands then. A door's verb.

    ``progress`` is told the rows that are worked off.
    """
    left = most if most is not None else import_sheets.MOST_ROWS + 1
    sheet: _Sheet | None = None
    here: City | None = None
    while left > 0:
        sheet = sheet or _opened(store, batch_id, office)
        began = time.perf_counter()
        with store.act() as db:
            row = _locked(db, batch_id)
            if row.state not in _AT_WORK:
                break
            if row.state == "undoing":
                worked = _undo_some(db, row, at=at, office=office)
            elif sheet is None or sheet.digest != row.digest:  # another file came in a moment ago
                sheet = None
                continue
            else:
                here = here or moving_in.city(db, at)
                worked = _take_some(db, row, sheet, here, min(CHUNK, left), at=at, office=office)
        left -= max(worked, 1)
        progress(row.done + worked)
        time.sleep((time.perf_counter() - began) * _REST)
    with store.look() as db:
        return get(db, batch_id)


# -- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A file opened: each row read, or its mistakes."""

    digest: str
    rows: Sequence[tuple[int, str, Row | None, Mistakes]]


def _opened(store: Store, batch_id: int, office: Office) -> _Sheet | None:
    """The batch's file, while it is tried or taken in. Read before any transaction: a long one takes a second."""
    with store.look() as db:
        batch = db.execute(sa.select(import_batch).where(import_batch.c.id == batch_id)).first()
        shelf.read_ahead(db)
    if batch is None or batch.state not in ("trying", "running"):
        return None
    _, lines = import_sheets.lines(batch.name, _content(batch, office.key))
    hours = office.calendar.hours if office.calendar.hours else OFFICE_HOURS
    rows: list[tuple[int, str, Row | None, Mistakes]] = []
    seen: dict[str, int] = {}
    for line in lines:
        row, wrong = import_rows.read(line, opens=hours[0][0], closes=hours[-1][1])
        number = line.cells.get("原案號", "")
        first = seen.setdefault(number, line.row)
        if number and first != line.row:
            row, wrong = None, [*wrong, ("原案號", f"原案號與第 {first} 列相同。")]
        rows.append((line.row, number[:60], row, wrong))
    return _Sheet(batch.digest, rows)


def _take_some(
    db: Connection, batch: Any, sheet: _Sheet, here: City, most: int, *, at: datetime, office: Office
) -> int:  # fmt: skip
    """The next rows: tried and undone, or taken in."""
    trial = batch.state == "trying"
    chunk = sheet.rows[batch.done : batch.done + most]
    known = _known(db, [number for _, number, _, _ in chunk])
    told = []
    for n, number, row, wrong in chunk:
        verdict, says, case_id = _BAD, wrong, None
        if number in known:
            verdict, says = _KNOWN, [("原案號", f"先前已匯入為 {known[number]}，略過。")]
        elif row is not None:
            stands = moving_in.move_in(
                db, row, batch_id=batch.id, here=here, at=at, office=office, trial=trial
            )  # fmt: skip
            if isinstance(stands, Stands):
                verdict, says = (_GOOD if trial else _IN), [("", stands.sentence)]
                case_id = None if trial else stands.case_id
            else:
                says = stands
        told.append({
            "batch_id": batch.id, "row": n, "old_number": number if number.isprintable() else "", "verdict": verdict,
            "says": [list(one) for one in says], "case_id": case_id,
        })  # fmt: skip
    if told:
        numbers = [one["row"] for one in told]
        db.execute(import_row.delete().where(import_row.c.batch_id == batch.id, import_row.c.row.in_(numbers)))
        db.execute(import_row.insert(), told)
    done = batch.done + len(chunk)
    if done < len(sheet.rows):
        _set(db, batch.id, done=done)
    elif trial:
        mistaken = sa.select(sa.func.count()).where(import_row.c.batch_id == batch.id, import_row.c.verdict == _BAD)
        _set(db, batch.id, done=done, state="bad" if db.scalar(mistaken) else "ready")
    else:
        _set(db, batch.id, done=done, state="done", ended_at=at, content=None, nonce=None)
    return len(chunk)


def _undo_some(db: Connection, batch: Any, *, at: datetime, office: Office) -> int:
    """The next cases are withdrawn, and their old numbers free again; one that somebody took up meanwhile stays."""
    left = db.execute(
        sa.select(import_row.c.row, import_row.c.old_number, case.c.id, case.c.number, case.c.status)
        .join(case, case.c.id == import_row.c.case_id)
        .where(import_row.c.batch_id == batch.id, import_row.c.verdict == _IN)
        .order_by(import_row.c.row)
        .limit(CHUNK)
    ).all()
    stay = set(followed(db, batch.id, [row.id for row in left])) if left else set()
    for row in left:
        verdict, said = _BACK, "已復原，案件撤案。"
        if row.number in stay:
            verdict, said = _KEPT, "已有人員辦理，保留不動。"
        else:
            if row.status == "open":
                moving.withdraw(db, row.id, reason="匯入復原。", who=SYSTEM, at=at, office=office)
                moving_in.hush(db, row.id)
            db.execute(imported.delete().where(imported.c.case_id == row.id))
        mark = import_row.c.batch_id == batch.id, import_row.c.row == row.row
        db.execute(import_row.update().where(*mark).values(verdict=verdict, says=[["", said]]))
    over = {"state": "undone", "ended_at": at} if len(left) < CHUNK else {}
    _set(db, batch.id, done=batch.done + len(left), **over)
    return len(left)


def _known(db: Connection, numbers: Sequence[str]) -> dict[str, str]:
    query = sa.select(imported.c.old_number, case.c.number).join(case, case.c.id == imported.c.case_id)
    return {row.old_number: row.number for row in db.execute(query.where(imported.c.old_number.in_(numbers)))}


# -- the batch's own row ---------------------------------------------------------------------------------------------


def _locked(db: Connection, batch_id: int) -> Any:
    row = db.execute(sa.select(import_batch).where(import_batch.c.id == batch_id).with_for_update()).first()
    if row is None:
        raise Missing("no_such_import", "查無此匯入。")
    return row


def _set(db: Connection, batch_id: int, **values: Any) -> None:
    db.execute(import_batch.update().where(import_batch.c.id == batch_id).values(**values))


def _content(batch: Any, key: Key | None) -> bytes:
    if key is None or batch.content is None:
        raise NotNow("import_sealed", "匯入檔已封存，沒有金鑰無法繼續。")
    try:
        return AESGCM(key.sealing).decrypt(batch.nonce, batch.content, _bound_to(batch.digest))
    except InvalidTag:
        raise NotNow("import_sealed", "匯入檔無法解封：金鑰不符或資料曾被更動。") from None


def _bound_to(digest: str) -> bytes:
    return f"import:{digest}".encode()


def _note(
    db: Connection, verb: str, batch_id: int, who: Person, at: datetime, reason: str | None = None, **facts: Any
) -> None:
    journal.write(
        db, subject="office", verb=verb, who=who, at=at, act_id=journal.new_act(), reason=reason,
        effects={"batch": batch_id, **facts},
    )  # fmt: skip
