"""The doors beside the pages: filled forms, the picture of a case on paper, digests, and pages of what went wrong.

None of them names an informant; a build in which one does is caught.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import desks, letters
from engine.cases.records import document
from engine.library import layouts
from engine.office import digests, notices, people
from engine.office.mail import Folder
from tests.faults.bytes_of import files_below, found_in
from tests.faults.test_canary import ANSWERED, FORM, IDENTITY, TICKED, log
from tests.faults.test_canary_informant import IN_FILE, REPORT, Report, report
from tests.webui.conftest import MORNING, answers
from webui import case_paper, filled_forms
from webui.case_view import CaseView

__all__ = ["log", "report"]

#: one who may not ask who it was, and one who may, but did not
READERS = ("clerk", "control")
NOBODYS = IDENTITY | IN_FILE


def lived(report: Report) -> int:
    """Answered once, overdue meanwhile, released."""
    case_id = report._hand_in()
    city = report.city
    city.complete(
        case_id, "PO-04", who="registry1", answers={"receipt_number": "1", "responsible_unit": "works-lighting"}
    )
    city.complete(case_id, "PO-07", who="lighting1", answers={"ours": "yes"})
    city.complete(case_id, "PO-08", who="lighting1", answers=ANSWERED)
    city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
    return case_id


def forms_of(report: Report, case_id: int, readers: tuple[str, ...] = READERS) -> dict[str, bytes]:
    """Every document of the case and every form that has a layout."""
    with report.store.look() as db:
        ids = db.execute(sa.select(document.c.id).where(document.c.case_id == case_id)).scalars().all()
    refs = layouts.folder(report.office.app.config["PROCESSES"] / "forms")
    found = {}
    for role in readers:
        for name in (*ids, *refs):
            page = report.office.seat(role).get(f"/cases/{case_id}/forms/{name}")
            if page.status == 200:
                found[f"{role} at form {name}"] = page.source.encode()
    return found


def test_no_filled_form_names_an_informant(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = lived(report)
    pages = forms_of(report, case_id)
    assert len(pages) > 20 and set(READERS) == {where.split()[0] for where in pages}
    assert found_in(pages, NOBODYS) == []
    # a build whose forms are always filled in full is caught
    fill = filled_forms.fill
    monkeypatch.setattr(
        "webui.pages.printing.filled_forms.fill",
        lambda layout, view, *, document, identity=None: fill(
            layout, view, document=document, identity={"petitioner_name": IDENTITY["name"]}
        ),
    )
    assert found_in(forms_of(report, case_id, READERS[:1]), NOBODYS) != []


def test_no_picture_of_a_case_names_an_informant(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, office = lived(report), report.city.office
    printed: list[str] = []
    monkeypatch.setattr(case_paper, "pdf", lambda page: printed.append(page) or b"%PDF")
    drawn: dict[str, bytes] = {}
    with report.store.look() as db:
        for account in ("lighting1", "service1", "rdec1"):
            who = people.get(db, account, report.city.now)
            view = CaseView(db, desks.seen_by(db, case_id, who), who=who, at=report.city.now, office=office)
            case_paper.as_pdf(view)
            for kind in ("columns", "bpmn"):
                sheets = [svg for _, some in case_paper.drawings(view, kind=kind) for svg in some]
                drawn[f"{kind} for {account}"] = "\n".join(sheets).encode()
    assert len(printed) == 3 and all(len(page) > 10_000 for page in drawn.values())
    assert found_in(drawn | {f"paper {n}": page.encode() for n, page in enumerate(printed)}, NOBODYS) == []


def test_no_digest_names_an_informant(report: Report, tmp_path: Path) -> None:
    lived(report)
    city, folder = report.city, tmp_path / "digests"
    city.until(MORNING + timedelta(days=1, hours=2))
    sent = digests.send_due(report.store, at=city.now, is_working=lambda day: True)
    key = city.office.key
    notices.deliver(report.store, at=city.now, transport=Folder(folder), key=key, letter=letters.writing(key))
    mails = files_below(folder)
    assert sent > 0 and mails
    assert found_in(mails, {name: text for name, text in NOBODYS.items() if name != "mail"}) == []


def test_a_page_of_what_went_wrong_repeats_nobody(report: Report, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where the error itself names them, as those of a database do."""

    def broken(*_given: Any, **_named: Any) -> Any:
        raise RuntimeError(f"no room for {IDENTITY['name']}, {IDENTITY['phone']}")

    service = report.office.seat("service")
    page = service.get(FORM)
    sent = {"csrf": page.hidden("csrf"), "key": page.hidden("key"), **answers(**REPORT)}
    monkeypatch.setattr(cases, "open_case", broken)
    logging.getLogger("sopflow").setLevel(logging.DEBUG)
    wrong = service.send(FORM, sent)
    assert wrong.status == 500
    assert found_in({"page": wrong.source.encode(), "log": log.read_bytes()}, NOBODYS) == []
    undeclared = service.send(FORM, {**sent, "colour": "red"})
    assert undeclared.status == 422
    assert found_in({"page": undeclared.source.encode(), "log": log.read_bytes()}, NOBODYS) == []
