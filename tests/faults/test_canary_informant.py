"""An informant whom nobody who handles the report may know: in no page, sheet, mail, log or copy.

What they handed in with their name inside lies sealed; only the two offices that may ask, with a reason, read who it
was, in the answer to that one asking.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import clock
from engine.cases import informants, letters
from engine.migrations import backups
from engine.office import notices, people
from engine.office.mail import Folder
from engine.store import Store
from tests.attacks.made_files import pdf
from tests.faults.bytes_of import files_below, found_in, rows_of
from tests.faults.test_canary import ANSWERED, FORM, GIVEN, IDENTITY, TICKED, Life, database_files, log
from tests.webui.conftest import PEOPLE, Page, answers
from tests.webui.route_table import ROWS
from tests.webui.test_attachments import KIND, body

__all__ = ["log"]

REPORT = {
    **GIVEN,
    "case_type": "檢舉",
    "subject": "承辦人員收受飲宴",
    "location": "某餐廳",
    "body": "檢舉某承辦人員收受飲宴。",
}
#: stands in the file they hand in
IN_FILE = {"signature": "金絲雀親筆簽名"}
HANDLING = ("clerk", "colleague", "chief", "head", "registrar")
#: what an address may name besides the case's own rows
NAMED = {"sop_id": "petition-online", "start": "PO-S", "kind": "csv", "which": "weeks", "ref": "none", "unit": "works"}


class Report(Life):
    """From hand-in to release; every page that anybody may open is opened on the way."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.pages: dict[str, bytes] = {}
        with self.store.act() as db:
            db.exec_driver_sql("UPDATE person SET admin = TRUE WHERE account = 'drainage1'")

    def live(self) -> None:
        case_id = self._hand_in()
        self.city.complete(
            case_id, "PO-04", who="registry1", answers={"receipt_number": "1", "responsible_unit": "works-lighting"}
        )
        self.city.complete(case_id, "PO-07", who="lighting1", answers={"ours": "yes"})
        self._walk("while it is handled")
        with self.store.act() as db:
            informants.exclude(
                db, case_id, people.get(db, "lighting2", self.city.now).id or 0, reason="被檢舉人",
                who=people.get(db, "service1", self.city.now), at=self.city.now, office=self.city.office,
            )  # fmt: skip
        clock.tick(self.store, self.city.now, self.city.office)
        self.city.complete(case_id, "PO-08", who="lighting1", answers=ANSWERED)
        self.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
        key, transport = self.city.office.key, Folder(self.mails)
        notices.deliver(self.store, at=self.city.now, transport=transport, key=key, letter=letters.text_of)
        done = self.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
        assert done.ended
        self._walk("after the release")
        backups.backup(self.store, self.backups / "lines", lines=True)

    def _hand_in(self) -> int:
        service = self.office.seat("service")
        page = service.get(FORM)
        fields = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**REPORT)}
        signed = pdf() + b"\n%" + IN_FILE["signature"].encode() + b"\n%%EOF\n"
        fields["file-attachments"] = ("report.pdf", signed)
        sent = Page(service.client.post(FORM, data=body(fields), content_type=KIND))
        assert sent.status == 303, sent.text[:300]
        return 1

    def _walk(self, when: str) -> None:
        """Every page and sheet, opened by everybody."""
        rules = {rule.endpoint: rule for rule in self.office.app.url_map.iter_rules()}
        for endpoint, row in ROWS.items():
            rule = rules[endpoint]
            if "GET" not in (rule.methods or ()) or row.nobody is not None:
                continue
            path = re.sub(r"<id:\w+>", "1", rule.rule)
            path = re.sub(r"<(\w+)>", lambda found: NAMED.get(found[1], "none"), path) + row.query
            for role in (*HANDLING, "stranger", "service", "control"):
                answer = self.office.seat(role).get(path).answer
                data = answer.get_data()
                answer.close()
                if endpoint.startswith("attachments."):
                    continue  # the file itself, handed to who may read the case
                name = f"{role} at {path} {when}"
                self.pages[name] = data
                if data[:2] == b"PK":
                    with zipfile.ZipFile(io.BytesIO(data)) as sheet:
                        self.pages |= {f"{name}/{part}": sheet.read(part) for part in sheet.namelist()}


@pytest.fixture
def report(
    sqlite_store: Store, hashed: str, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Report]:
    own = Store(sqlite_store.url)
    yield Report(own, hashed, tmp_path, monkeypatch)
    own.close()


def test_no_page_sheet_mail_log_or_copy_names_an_informant(report: Report, log: Path) -> None:
    report.live()
    assert len([data for data in report.pages.values() if len(data) > 1000]) > 300
    assert found_in(report.pages, IDENTITY | IN_FILE) == []
    said = {"log": log.read_bytes()} | files_below(report.backups)
    assert found_in(database_files(report.store) | rows_of(report.store) | said, IDENTITY | IN_FILE) == []
    mails = files_below(report.mails)
    assert mails
    assert found_in(mails, {name: text for name, text in IDENTITY.items() if name != "mail"} | IN_FILE) == []


def test_who_it_was_is_read_only_by_the_two_offices_that_may_ask(report: Report) -> None:
    case_id = report._hand_in()
    report.city.complete(
        case_id, "PO-04", who="registry1", answers={"receipt_number": "1", "responsible_unit": "works-lighting"}
    )
    for role in PEOPLE:
        seat = report.office.seat(role)
        page = seat.send(f"/cases/{case_id}/identity", {"csrf": seat.get("/").hidden("csrf"), "reason": "想知道是誰"})
        may = role in ("service", "control")
        assert (page.status == 200) is may, role
        assert bool(found_in({"page": page.source.encode()}, {"name": IDENTITY["name"]})) is may, role


def test_a_build_that_tells_the_unit_is_caught(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search would find an identity on a page: here the rule for informants is left out."""
    monkeypatch.setitem(people.RULES, "see_identity", (people._answers_petitioner, people._is_control))
    case_id = report._hand_in()
    report.city.complete(
        case_id, "PO-04", who="registry1", answers={"receipt_number": "1", "responsible_unit": "works-lighting"}
    )
    page = report.office.seat("clerk").fill(f"/cases/{case_id}", "/identity", {"reason": "想知道是誰"})
    assert found_in({"page": page.source.encode()}, IDENTITY) != []


def test_a_build_that_leaves_files_open_is_caught(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.cases import attachments

    monkeypatch.setattr(attachments, "_sealed", lambda key, nonce, content, file_id: content)
    report._hand_in()
    assert "signature in table attachment_content" in found_in(rows_of(report.store), IN_FILE)
