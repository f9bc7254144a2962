"""What a sheet of old petitions says of people lies in the vault only: not in what the trial tells of each row either,
even where somebody put a name, a number or an address into the wrong column.
"""

from __future__ import annotations

import io
import zipfile

import pytest

from engine.store import Store
from tests.cases.sheets_of_petitions import as_csv, line
from tests.faults.bytes_of import found_in, rows_of
from tests.faults.test_canary import IDENTITY, database_files, log
from tests.webui.administration import admin_of
from tests.webui.conftest import MORNING, Office, furnish, seated
from tests.webui.test_importing import upload

__all__ = ["log"]

OWN = {
    "陳情人姓名": IDENTITY["name"],
    "聯絡電話": IDENTITY["phone"],
    "電子郵件": IDENTITY["mail"],
    "通訊地址": IDENTITY["address"],
}
#: where somebody's finger slipped
SLIPPED = ("管道", "案件類型", "收件日期", "權責單位", "目前階段", "限辦日期", "回覆日期", "預定辦結日期")


@pytest.fixture
def office(sqlite_store: Store, hashed: str) -> Office:
    return seated(furnish(Store(sqlite_store.url), MORNING, hashed))


def test_no_row_of_a_trial_and_no_page_of_it_names_whom_the_sheet_names(office: Office, hashed: str) -> None:
    admin, store = admin_of(office, hashed), office.city.store
    slips = [(column, told) for column in SLIPPED for told in IDENTITY.values()]
    lines = [line(n, **{**OWN, column: told}) for n, (column, told) in enumerate(slips)]
    tried = upload(admin, as_csv(*lines, line(900, **{**OWN, "電子郵件": f"{IDENTITY['mail']} {IDENTITY['phone']}"})))
    assert tried.status == 303
    pages = {path: admin.get(path).answer.get_data() for path in (tried.location, "/admin/import", "/admin/journal")}
    assert found_in(pages | rows_of(store) | database_files(store), IDENTITY) == []
    store.close()


def test_a_batch_taken_in_leaves_its_people_in_the_vault_alone(office: Office, hashed: str) -> None:
    admin, store = admin_of(office, hashed), office.city.store
    page = upload(admin, as_csv(line(1, **OWN), line(2, **OWN)))
    assert admin.fill(page.location, "/apply").status == 303
    pages = {"batch": admin.get(page.location).answer.get_data()}
    for role, path in (
        ("clerk", "/?view=role"), ("clerk", "/cases/1"), ("clerk", "/cases/1/print"), ("chief", "/oversight/work.csv"),
        ("chief", "/oversight/work.ods"), ("control", "/control"),
    ):  # fmt: skip
        data = office.seat(role).get(path).answer.get_data()
        pages[f"{role} at {path}"] = data
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as sheet:
                pages |= {f"{path}/{part}": sheet.read(part) for part in sheet.namelist()}
    assert len([data for data in pages.values() if len(data) > 1000]) > 4
    assert found_in(pages | rows_of(store) | database_files(store), IDENTITY) == []
    store.close()
