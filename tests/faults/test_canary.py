"""A petitioner nobody else may know: after a petition's whole life not one byte of them lies outside the vault."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from engine import cases, clock
from engine.cases import answers as answering
from engine.cases import letters, once
from engine.cases.act import Act
from engine.cases.operators import OPERATORS
from engine.cases.records import incident
from engine.errors import Stuck
from engine.migrations import backups
from engine.office import journal, notices, people
from engine.office.mail import Folder
from engine.office.people import office_day
from engine.store import Store
from tests.faults.bytes_of import everywhere, files_below, found_in, rows_of
from tests.webui.conftest import HANDLED, MORNING, PETITION, TICKED, Office, answers, furnish, seated

#: who handed the petition in: nowhere but in the vault
IDENTITY = {
    "name": "金絲雀阿漏",
    "phone": "0987-654-321",
    "phone digits": "0987654321",
    "mail": "a.lou.canary@birdcage.example",
    "address": "鳥籠路八十八巷七號之三",
}
#: whom they and the clerk write about: nowhere but in the answers, and in the letter that is for them
SPOKEN_OF = {"neighbour": "麻雀老鄰居", "foreman": "白鷺工頭"}
GIVEN = {
    **PETITION,
    "subject": "麻雀老鄰居家前的路燈不亮",
    "location": "麻雀老鄰居家旁",
    "body": "麻雀老鄰居家前的路燈已經三天不亮，請派員修復。",  # short: what PostgreSQL packs cannot be searched
    "petitioner_name": IDENTITY["name"],
    "petitioner_phone": IDENTITY["phone"],
    "petitioner_email": IDENTITY["mail"],
    "petitioner_address": IDENTITY["address"],
}
FORM = "/cases/new/petition-online/PO-S"
ANSWERED = HANDLED | {"findings": "白鷺工頭現場勘查確認燈具故障。", "reply_text": HANDLED["reply_text"] + "白鷺工頭"}


class Life:
    """One petition from hand-in to release at the web desk, everything logged that can be logged."""

    def __init__(self, store: Store, hashed: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.store, self.patch = store, patch
        self.mails, self.backups = folder / "mails", folder / "backups"
        self.backups.mkdir()
        self.office: Office = seated(furnish(store, MORNING, hashed))
        self.city = self.office.city

    def live(self) -> None:
        case_id = self._register()
        self._work(case_id)
        self._incident(case_id)
        self._review(case_id)
        self._again()
        self._failures()
        at = self.city.now
        with self.store.act() as db:
            journal.anchor(db, office_day(at), at)
        backups.backup(self.store, self.backups / "lines", lines=True)
        if self.store.is_sqlite:
            backups.backup(self.store, self.backups / "pages")

    def _register(self) -> int:
        service = self.office.seat("service")
        page = service.get(FORM)
        sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**GIVEN)}
        assert service.send(FORM, {**sent, "answer-subject": ""}).status == 422
        first, second = service.send(FORM, sent), service.send(FORM, sent)
        assert first.location == second.location
        service.get(first.location)
        return 1

    def _work(self, case_id: int) -> None:
        """To the clerk's desk, page by page; a draft; a look at who it is, with a reason."""
        self.city.complete(
            case_id, "PO-04", who="registry1", answers={"receipt_number": "1", "responsible_unit": "works-lighting"}
        )
        self.city.complete(case_id, "PO-07", who="lighting1", answers={"ours": "yes"})
        clerk = self.office.seat("clerk")
        drafted = answers(**ANSWERED) | {"act": "draft"}
        clerk.fill(f"/cases/{case_id}", f"/items/{self.office.item(case_id, 'PO-08')}/work", drafted)
        seen = clerk.fill(f"/cases/{case_id}", "/identity", {"reason": "電話聯絡現場會勘"})
        assert IDENTITY["address"] in seen.text
        clock.tick(self.store, self.city.now, self.city.office)
        self.city.complete(case_id, "PO-08", who="lighting1", answers=ANSWERED)

    def _incident(self, case_id: int) -> None:
        """The letter cannot be sent: the case stands still, its incident is shown."""
        sound = OPERATORS["petition.send-reply"]

        def stuck(_act: Any, _step: Any, args: Any) -> Any:
            raise Stuck("no_letter", "信件無法寄出。", text=args["text"])

        with self.patch.context() as patch:
            patch.setitem(OPERATORS, sound.name, replace(sound, run=stuck))
            item = self.office.item(case_id, "PO-09")
            approved = self.office.seat("chief").fill(
                f"/cases/{case_id}", f"/items/{item}/work", answers(reply_check="核可")
            )
            assert approved.status == 409
        with self.store.look() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(incident)) == 1
        assert self.office.seat("control").fill(f"/cases/{case_id}", "/resume").status == 303

    def _review(self, case_id: int) -> None:
        """Returned once, answered, sent, its sending proved; reminders rang on the way; released."""
        self.city.complete(
            case_id, "PO-09", who="lighting-chief", answers={"reply_check": "退回修正"}, reason="請補充。"
        )
        self.city.until(MORNING + timedelta(days=6))
        self.office.seats.clear()  # everybody's visit is over
        self.city.complete(case_id, "PO-08", who="lighting1", answers=ANSWERED)
        self.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
        self._deliver()
        done = self.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
        assert done.ended
        for seat in ("clerk", "control", "stranger"):
            self.office.seat(seat).get(f"/cases/{case_id}")

    def _again(self) -> None:
        """The same person hands in the same matter: recognised without being named, closed on the first, withdrawn."""
        with self.store.look() as db:
            service, control = (people.get(db, who, self.city.now) for who in ("service1", "rdec1"))
        with self.store.act() as db:
            second = cases.open_case(
                db, "petition-online", start="PO-S", who=service, at=self.city.now, office=self.city.office,
                answers={**GIVEN, "petitioner_phone": "+886 987 654 321"}, key="again",
            )  # fmt: skip
        assert self.office.open_steps(second.case_id) == ["PO-02/DC-02"]
        with self.store.act() as db:
            cases.withdraw(
                db, second.case_id, reason="民眾撤回。", who=control, at=self.city.now, office=self.city.office
            )
        self._deliver()

    def _deliver(self) -> None:
        key, transport = self.city.office.key, Folder(self.mails)
        sent = notices.deliver(self.store, at=self.city.now, transport=transport, key=key, letter=letters.text_of)
        assert (sent.dead, sent.down) == (0, False)

    def _failures(self) -> None:
        """The database fails in the middle of a hand-in; the desk answers, a careless hand logs the error in full."""
        service = self.office.seat("service")
        page = service.get(FORM)
        sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**GIVEN)}
        with self.store.act() as db:
            db.exec_driver_sql("ALTER TABLE answer RENAME TO mislaid")
        try:
            assert service.send(FORM, sent).status in (500, 503)
            with self.store.act() as db:
                cases.open_case(
                    db, "petition-online", start="PO-S", who=people.get(db, "service1", self.city.now),
                    at=self.city.now, office=self.city.office, answers=GIVEN, key="failed",
                )  # fmt: skip
        except sa.exc.DBAPIError:
            logging.getLogger("careless").exception("the database failed")
        finally:
            with self.store.act() as db:
                db.exec_driver_sql("ALTER TABLE mislaid RENAME TO answer")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Everything that anybody in this process says, at DEBUG."""
    path = tmp_path / "logs" / "debug.log"
    path.parent.mkdir()
    writer = logging.FileHandler(path, encoding="utf-8")
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(writer)
    root.setLevel(logging.DEBUG)
    # the library keeps its own statements to itself unless asked
    monkeypatch.setattr(logging.getLogger("sqlalchemy.engine"), "level", logging.INFO)
    yield path
    root.removeHandler(writer)
    root.setLevel(level)
    writer.close()


@pytest.fixture
def life(store: Store, hashed: str, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    own = Store(store.url)  # a new engine: what it logs is decided when it is made
    yield Life(own, hashed, tmp_path, monkeypatch)
    own.close()


def database_files(store: Store) -> dict[str, bytes]:
    """The database as it lies on the disk, write-ahead log and server's log included."""
    if store.is_sqlite:
        path = Path(str(store.url.database))
        pieces = {file.name: file.read_bytes() for file in path.parent.glob(path.name + "*")}
        assert set(pieces) == {path.name, path.name + "-wal", path.name + "-shm"}
        return pieces
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("CHECKPOINT")
    return files_below(Path(str(store.url.query["host"])))


def test_no_byte_of_a_petitioner_lies_outside_the_vault(life: Life, log: Path) -> None:
    life.live()
    said = {"log": log.read_bytes()} | files_below(life.backups)
    assert len(said["log"]) > 100_000
    assert found_in(database_files(life.store) | rows_of(life.store) | said, IDENTITY) == []


def test_whoever_is_named_in_a_petition_is_named_in_its_answers_only(life: Life, log: Path) -> None:
    life.live()
    rows = rows_of(life.store)
    own = rows.pop("table answer")
    assert len(found_in({"answers": own}, SPOKEN_OF)) == len(SPOKEN_OF)
    lines = b"\n".join(
        line for line in (life.backups / "lines").read_bytes().splitlines() if b'"table":"answer"' not in line
    )
    assert found_in(rows | {"log": log.read_bytes(), "backup": lines}, SPOKEN_OF) == []


def test_the_letters_reach_the_petitioner_and_name_nobody(life: Life) -> None:
    life.live()
    mails = [BytesParser(policy=policy.default).parsebytes(data) for data in files_below(life.mails).values()]
    theirs = [mail for mail in mails if mail["To"] == IDENTITY["mail"]]
    assert len(theirs) == 3, "two receipts and one answer"
    named = {name: text for name, text in IDENTITY.items() if name != "mail"}
    assert found_in({mail["Message-ID"]: mail.as_bytes() for mail in theirs}, named) == []


def test_a_build_that_journals_the_answers_is_caught(life: Life, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    accept, finish = answering.accept, Act.finish

    def remember(form: Any, step: Any, raw: Any, **named: Any) -> Any:
        said.append(dict(raw))
        return accept(form, step, raw, **named)

    def finish_with_answers(act: Act, **named: Any) -> int:
        if said:
            act.effects["answers"] = said.pop()
        return finish(act, **named)

    monkeypatch.setattr(answering, "accept", remember)
    monkeypatch.setattr(Act, "finish", finish_with_answers)
    life.live()
    found = found_in(rows_of(life.store), IDENTITY)
    assert "name in table entry" in found
    assert "address in table entry" in found
    assert found_in(database_files(life.store), IDENTITY) != []
    assert found_in(files_below(life.backups), IDENTITY) != []


def test_nobody_who_holds_the_database_alone_can_try_out_who_handed_in(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest of everything the form said, without the vault's key, would let anybody test a guess."""
    guesses: list[str] = []
    done_before = once.done_before

    def overheard(*args: Any, **named: Any) -> Any:
        guesses.append(str(named["asked"]))
        return done_before(*args, **named)

    monkeypatch.setattr(once, "done_before", overheard)
    life._register()
    assert guesses
    assert found_in({str(n): guess.encode() for n, guess in enumerate(guesses)}, IDENTITY) == []


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: f"前{text}後".encode(),
    "UTF-16": lambda text: f"前{text}後".encode("utf-16"),
    "JSON": lambda text: json.dumps(f"前{text}後").encode(),
    "percent signs": lambda text: quote(f"前{text}後").encode(),
    "base64 0": lambda text: base64.b64encode(f"abc{text}xyz".encode()),
    "base64 1": lambda text: base64.b64encode(f"abcd{text}yz".encode()),
    "base64 2": lambda text: base64.urlsafe_b64encode(f"abcde{text}z".encode()),
}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("text", [*IDENTITY.values(), *SPOKEN_OF.values()])
def test_the_search_finds_a_name_however_it_is_written(way: str, text: str) -> None:
    assert found_in({"file": WRITTEN[way](text)}, {"it": text}) == ["it in file"]


def test_the_search_does_not_find_what_is_not_there() -> None:
    assert found_in({"file": "金絲雀阿福, 0987-654-322".encode()}, IDENTITY) == []
    assert min(len(form) for text in IDENTITY.values() for form in everywhere(text)) >= 8
