"""修正對照表 and 審查紀錄 as files: by who may read the draft, against the version it began from, and that is said."""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest

from engine.library import drafts
from engine.office import people
from tests.diagrams.sheet.test_sheet import checked_odt
from tests.webui.conftest import MORNING, Office, Seat
from tests.webui.test_procedures import LONGER, published_anew
from tests.webui.test_workshop import PAGE, SOP, owner, renamed

__all__ = ["owner"]


def written(seat: Seat, path: str) -> str:
    return checked_odt(seat.client.get(path).data)["content.xml"].decode()


def test_the_table_of_amendments_is_taken_along_in_three_forms(office: Office, owner: Seat) -> None:
    owner.fill(PAGE, "/begin")
    renamed(office, owner)
    for kind, head in (("pdf", b"%PDF"), ("odt", b"PK"), ("html", b"<!DOCTYPE html>")):
        answer = owner.client.get(f"{PAGE}/changes.{kind}")
        assert answer.status_code == 200 and answer.data.startswith(head)
        assert answer.headers["Content-Disposition"].startswith("attachment")
    text = written(owner, f"{PAGE}/changes.odt")
    for said in ("修正規定", "現行規定", "說明", "與草案開始編修時的第 1 版比較"):
        assert said in text, said
    assert owner.get(f"{PAGE}/changes.docx").status == 404


def test_it_compares_with_the_version_the_draft_began_from_also_when_another_came_into_force(
    office: Office, owner: Seat
) -> None:
    owner.fill(PAGE, "/begin")
    renamed(office, owner)
    published_anew(office, LONGER)
    page = owner.get(f"{PAGE}/changes").text
    assert "與草案開始編修時的第 1 版比較，目前生效的是第 2 版" in page
    assert "工作天改為" not in page  # what version 2 changed is no amendment of this draft


def test_units_are_called_by_their_names(office: Office, owner: Seat) -> None:
    owner.fill(PAGE, "/begin")
    with office.city.store.act() as db:
        person, draft = people.get(db, "owner", MORNING), drafts.read(db, SOP)
        text = draft.bpmn.replace('unit="planning-rdec"', 'unit="central-registry"', 1)
        text = text.replace('ref="responsible"/>', 'ref="fixed:works-roads"/>')
        drafts.save(db, SOP, revision=draft.revision, bpmn=text, who=person, at=MORNING)
    for said in (
        owner.get(f"{PAGE}/changes").text,
        written(owner, f"{PAGE}/changes.odt"),
        owner.get(f"{PAGE}/beside").text,
    ):
        assert "主辦單位由 企劃處研考科 改為 行政處總收文。" in said
        assert "central-registry" not in said and "works-roads" not in said


def test_a_new_sop_is_said_to_be_new(office: Office, owner: Seat) -> None:
    new = {"id": "lamp-adoption", "name": "路燈認養作業流程", "division": "rdec", "unit": "planning-rdec",
           "documentation": "讓認養有一致的作法。"}  # fmt: skip
    assert owner.fill("/workshop/new", "/workshop/new", new).status == 303
    assert "新訂流程" in owner.get("/workshop/lamp-adoption/changes").text
    assert "新訂流程" in written(owner, "/workshop/lamp-adoption/changes.odt")


def test_the_minutes_of_a_review_are_taken_along_with_what_was_said(office: Office, owner: Seat) -> None:
    owner.fill(PAGE, "/begin")
    renamed(office, owner)
    for kind, head in (("pdf", b"%PDF"), ("odt", b"PK")):
        assert owner.client.get(f"{PAGE}/minutes/1.{kind}").data.startswith(head)
    text = written(owner, f"{PAGE}/minutes/1.odt")
    for said in ("審查紀錄", "審查結果", "尚未審查。", "修正對照表", "核章"):
        assert said in text, said
    assert owner.get(f"{PAGE}/minutes/99.pdf").status == owner.get(f"{PAGE}/minutes/1.exe").status == 404


@pytest.mark.parametrize("path", ["changes.pdf", "minutes/1.pdf"])
def test_who_may_not_read_the_draft_gets_no_paper_of_it(office: Office, owner: Seat, path: str) -> None:
    owner.fill(PAGE, "/begin")
    assert office.seat("clerk").get(f"{PAGE}/{path}").status == 403
    assert Seat(office.app).get(f"{PAGE}/{path}").status == 303


def test_hostile_words_of_a_draft_are_inert_on_its_papers(office: Office, owner: Seat) -> None:
    owner.fill(PAGE, "/begin")
    renamed(office, owner, "&lt;script&gt;alert(1)&lt;/script&gt;")
    page = owner.client.get(f"{PAGE}/changes.html").text
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    with ZipFile(io.BytesIO(owner.client.get(f"{PAGE}/changes.odt").data)) as packed:
        assert b"<script" not in packed.read("content.xml")
