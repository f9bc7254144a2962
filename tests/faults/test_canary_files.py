"""What stands in a file, and what it is called, lies with the answers: sealed where the petitioner brought it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cases import letters
from engine.cases.attachments import REPLY_FILES
from engine.migrations import backups
from engine.office import notices
from engine.office.mail import Folder
from engine.store import Store
from tests.faults.bytes_of import files_below, found_in, rows_of
from tests.faults.test_canary import database_files, log
from tests.webui.conftest import HANDLED, MORNING, PETITION, Office, answers, furnish, seated
from tests.webui.test_attachments import opening, rows, upload, work

__all__ = ["log"]

#: what a petitioner wrote in a file: nowhere, for it is sealed
HANDED_IN = {"neighbour": "金絲雀鄰居八卦", "number": "F100000099-CANARY"}
#: what a clerk wrote in one: nowhere but in the file
WRITTEN = {"foreman": "白鷺工頭手記", "number": "WORK-ORDER-CANARY-77"}
#: what files are called: nowhere but beside them
CALLED = {"theirs": "金絲雀檔名", "ours": "白鷺檔名"}
OWN = ("table answer", "table attachment", "table attachment_content")


@pytest.fixture
def office(store: Store, hashed: str) -> Office:
    own = Store(store.url)  # a new engine: what it logs is decided when it is made
    return seated(furnish(own, MORNING, hashed))


def text(words: dict[str, str]) -> bytes:
    return "，".join(words.values()).encode()


def live(office: Office, folder: Path) -> None:
    """Handed in after one refusal, handled, read, answered with a file, saved."""
    theirs = {"file-attachments": upload(f"{CALLED['theirs']}.txt", text(HANDED_IN))}
    assert opening(office, theirs, subject="").status == 422
    assert opening(office, theirs, case_type="檢舉").status == 303
    registered = {"receipt_number": "115-A-1", "responsible_unit": "works-lighting"}
    office.city.complete(1, "PO-04", who="registry1", answers=registered)
    office.city.complete(1, "PO-07", who="lighting1", answers={"ours": "yes"})
    assert opening(office, {}, **{**PETITION, "petitioner_phone": "0900-111-222", "location": "民權路"}).status == 303
    second = 2
    office.city.complete(second, "PO-04", who="registry1", answers=registered)
    office.city.complete(second, "PO-07", who="lighting1", answers={"ours": "yes"})
    ours = upload(f"{CALLED['ours']}.txt", text(WRITTEN))
    work(office, second, answers(**{**HANDLED, "findings": "短"}) | {"act": "complete", "file-attachments": ours})
    sent = answers(**HANDLED) | {"act": "complete", "file-attachments": ours, f"file-{REPLY_FILES}": ours}
    assert work(office, second, sent).status == 303
    (informants,) = [row["id"] for row in rows(office) if row["case_id"] == 1]
    assert office.seat("service").get(f"/attachments/{informants}").status == 200
    office.city.complete(second, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    key = office.city.office.key
    notices.deliver(
        office.city.store, at=office.city.now, transport=Folder(folder / "mails"), key=key,
        letter=letters.writing(key),
    )  # fmt: skip
    (folder / "backups").mkdir()
    backups.backup(office.city.store, folder / "backups" / "lines", lines=True)


def test_no_byte_of_a_file_lies_where_files_do_not_lie(office: Office, tmp_path: Path, log: Path) -> None:
    live(office, tmp_path)
    store = office.city.store
    said = {"log": log.read_bytes()}
    assert len(said["log"]) > 50_000
    tables = rows_of(store)
    elsewhere = {where: data for where, data in tables.items() if where not in OWN}
    lines = (tmp_path / "backups" / "lines").read_bytes().splitlines()
    own = tuple(f'"table":"{name.removeprefix("table ")}"'.encode() for name in OWN)
    others = b"\n".join(line for line in lines if not any(name in line for name in own))
    everything = (
        HANDED_IN | {f"written {k}": v for k, v in WRITTEN.items()} | {f"named {k}": v for k, v in CALLED.items()}
    )
    assert found_in(elsewhere | said | {"backup": others}, everything) == []
    assert found_in(database_files(store) | tables | {"backup": b"\n".join(lines)}, HANDED_IN) == [], "sealed"
    assert found_in({"beside": tables["table attachment_content"]}, WRITTEN) != [], "the search finds what is there"
    assert found_in(files_below(tmp_path / "mails"), WRITTEN) != [], "it left with the reply"
    store.close()
