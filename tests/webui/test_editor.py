"""The SOP editor's saves and its list of steps, without a browser: what is kept, what is refused and why."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from diagrams.layout import lay_out
from engine.library import drafts
from engine.library.drafts import Draft
from engine.office import people
from engine.sops import compare
from engine.sops.sop import Drawing, Sop
from engine.store import metadata
from tests.webui.conftest import Office, Page, Seat
from webui.pages import editor, editor_list

SOP = "petition-online"
STEPS = f"/workshop/{SOP}/steps"


@dataclass
class Workshop:
    office: Office
    owner: Seat

    def draft(self) -> Draft:
        with self.office.city.store.look() as db:
            return drafts.read(db, SOP)

    def changes(self, before: Draft) -> list[str]:
        return [one.sentence for one in compare.changes(before.folder.sop, self.draft().folder.sop)]

    def form(self, step: str) -> dict[str, Any]:
        """The fields of a step's form as a browser would send them."""
        page = self.owner.get(f"{STEPS}/{step}")
        assert page.status == 200
        return Fields.of(page, f"/steps/{step}")

    def save(self, step: str, fields: dict[str, Any]) -> Page:
        return self.owner.send(f"{STEPS}/{step}", fields)

    def send(self, revision: int, chart: bytes) -> Page:
        csrf = self.owner.get(f"/workshop/{SOP}/edit").hidden("csrf")
        fields = {"csrf": csrf, "revision": str(revision), "bpmn": (io.BytesIO(chart), "draft.bpmn")}
        sent = self.owner.client.post(f"/workshop/{SOP}/edit/save", data=fields, content_type="multipart/form-data")
        return Page(sent)


class Fields(HTMLParser):
    """What a form holds: every control that a browser would send with it."""

    @classmethod
    def of(cls, page: Page, action: str) -> dict[str, Any]:
        read = cls()
        read.feed(page.form(action))
        return read.found

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Any] = {}
        self.inside = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "input" and (has.get("type") not in ("checkbox", "radio") or "checked" in has):
            self.put(has["name"], has.get("value", ""))
        elif tag == "textarea":
            self.inside = has["name"]
            self.put(self.inside, "")
        elif tag == "select":
            self.select = has["name"]
        elif tag == "option" and self.select and ("selected" in has or self.select not in self.found):
            if "selected" in has and self.select != "co":
                self.found.pop(self.select, None)
            self.put(self.select, has.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == "textarea" else self.inside
        self.select = "" if tag == "select" else self.select

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[self.inside] += data

    def put(self, name: str, value: str) -> None:
        if name == "co":
            self.found.setdefault(name, []).append(value)
        elif name in self.found and not self.select and not self.inside:  # one of several of that name
            before = self.found[name]
            self.found[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            self.found[name] = value


@pytest.fixture
def workshop(office: Office, hashed: str) -> Workshop:
    person, at = metadata.tables["person"], office.city.now
    with office.city.store.act() as db:
        db.execute(sa.update(person).where(person.c.account == "owner").values(password_hash=hashed))
        drafts.begin(db, SOP, who=people.get(db, "owner", at), at=at)
    owner = Seat(office.app)
    assert owner.sign_in("owner").status == 303
    return Workshop(office, owner)


def test_a_step_sent_back_as_it_came_changes_nothing(workshop: Workshop) -> None:
    before = workshop.draft()
    for step in ("PO-S", "PO-02", "PO-05", "PO-07", "PO-G1", "PO-08", "PO-11", "PO-E1"):
        assert workshop.save(step, workshop.form(step)).status == 303, step
    assert workshop.draft() == before


def test_a_step_is_changed_added_and_removed_in_the_list(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def while_others_write(sop: Sop) -> Drawing:
        with workshop.office.city.store.act():
            return lay_out(sop)

    monkeypatch.setattr(editor_list, "lay_out", while_others_write)
    monkeypatch.setattr(editor_list, "mended", lambda old, new: None)  # all of it is laid out anew
    before = workshop.draft()
    fields = workshop.form("PO-07") | {"name": "先看是不是我們的事", "time": "0.5", "unit": "day", "items": "看過地點"}
    assert workshop.save("PO-07", fields).status == 303
    listed = workshop.owner.get(STEPS)
    assert "先看是不是我們的事" in listed.text and "0.5 日" in listed.text
    fields = workshop.form("PO-G1") | {"field-0": "duplicate", "sign-0": "!=", "value-0": "unique"}
    assert workshop.save("PO-G1", fields).status == 303
    added = Fields.of(listed, "/steps") | {
        "revision": str(workshop.draft().revision), "after": "PO-07", "kind": "user", "name": "補照片"
    }  # fmt: skip
    assert workshop.owner.send(STEPS, added).location.startswith(f"{STEPS}/PO-13")
    assert workshop.changes(before) == [
        "新增步驟「補照片」（權責單位承辦人）。",
        "「權責單位收文確認」改名為「先看是不是我們的事」。",
        "「先看是不是我們的事」的標準工時由 0.5 工作天改為 0.5 日。",
        "「先看是不是我們的事」的檢核表新增「看過地點」。",
        "刪除由「權責單位收文確認」到「權責是否相符」的路徑。",
        '「是否重複登打」到「登錄重複登打記錄備查」的條件由 duplicate == "duplicate" 改為 duplicate != "unique"。',
    ]
    drawn = workshop.draft().folder.sop.drawing
    assert drawn is not None and "PO-13" in drawn.shapes
    csrf = {"csrf": added["csrf"], "revision": str(workshop.draft().revision)}
    assert workshop.owner.send(f"{STEPS}/PO-13/remove", csrf).status == 303
    assert "PO-13" not in workshop.draft().folder.sop.nodes


def test_a_step_that_cannot_be_so_comes_back_as_it_was_typed(workshop: Workshop) -> None:
    before = workshop.draft()
    fields = workshop.form("PO-07") | {"time": "很久", "name": "改了名"}
    page = workshop.save("PO-07", fields)
    assert page.status == 422 and "標準工時請填數字" in page.text and "改了名" in page.source
    unsafe = workshop.form("PO-G1") | {"field-0": "duplicate", "value-0": "\"' or 1"}
    assert workshop.save("PO-G1", unsafe).status == 422
    assert workshop.save("PO-07", workshop.form("PO-07") | {"price": "1"}).status == 422
    assert workshop.owner.get(f"{STEPS}/PO-99").status == 404
    added = Fields.of(workshop.owner.get(STEPS), "/steps") | {"after": "PO-07", "kind": "user", "name": "補\x01照片"}
    for page in (
        workshop.save("PO-07", workshop.form("PO-07") | {"name": "改\x01名"}),
        workshop.owner.send(STEPS, added),
    ):
        assert page.status == 422 and "字元" in page.text  # no file of an SOP can hold it
    assert workshop.draft() == before


def test_who_saves_an_older_reading_sees_both_sides(workshop: Workshop) -> None:
    mine = workshop.form("PO-07") | {"name": "我的名稱"}
    chart = workshop.draft().folder.bpmn
    assert workshop.save("PO-07", workshop.form("PO-07") | {"name": "別人的名稱"}).status == 303
    page = workshop.save("PO-07", mine)
    assert page.status == 409 and "例流程在您開啟之後已經儲存過" in page.text
    assert "「別人的名稱」改名為「我的名稱」。" in page.text and page.hidden("revision", "/steps/PO-07") == "2"
    answer = workshop.send(1, chart)
    assert answer.status == 409
    told = answer.answer.get_json()
    assert told["theirs"]["who"] == "例流程" and told["theirs"]["revision"] == 2
    assert told["differences"] == [{"sentence": "「別人的名稱」改名為「權責單位收文確認」。", "element": "PO-07"}]


def test_a_screen_is_edited_as_a_list_of_fields_with_its_preview(workshop: Workshop) -> None:
    address = f"/workshop/{SOP}/screens/PO-08"
    fields = Fields.of(workshop.owner.get(address), "/screens/PO-08")
    before = workshop.draft()
    assert workshop.owner.send(address, fields | {"act": "save"}).status == 303
    assert workshop.draft().folder.screen_forms == before.folder.screen_forms
    revision = {"revision": str(workshop.draft().revision)}
    new = {
        "title-8": "現場有無危險",
        "kind-8": "choice",
        "choices-8": "yes｜有\nno｜沒有",
        "required-8": "yes",
        "place-8": "1",
    }
    preview = workshop.owner.send(address, fields | revision | new | {"act": "preview"})
    assert preview.status == 200 and "現場有無危險" in preview.source.partition('id="preview"')[2]
    assert str(workshop.draft().revision) == revision["revision"]
    shown = {"code-8": "danger", "title-9": "怎樣危險", "kind-9": "longtext", "by-9": "danger", "value-9": "yes"}
    assert workshop.owner.send(address, fields | revision | new | shown).status == 303
    form = workshop.draft().folder.screen_forms["PO-08"]
    assert [form.fields[0].title, form.fields[1].name, form.fields[1].required] == ["是否現場勘查", "danger", True]
    assert form.fields[-1].title == "怎樣危險" and form.fields[-1].shown_when == 'danger == "yes"'
    assert form.requirements == before.folder.screen_forms["PO-08"].requirements
    wrong = Fields.of(workshop.owner.get(address), "/screens/PO-08") | {"title-0": "改過", "code-2": "visited"}
    page = workshop.owner.send(address, wrong)
    assert page.status == 422 and "欄位代號不能重複" in page.text and "改過" in page.source
    assert workshop.owner.send(address, fields | new | {"act": "save"}).status == 409
    assert workshop.owner.get(f"/workshop/{SOP}/screens/PO-G1").status == 404


def test_steps_without_a_screen_get_one_in_one_act_and_an_older_reading_gives_none(workshop: Workshop) -> None:
    with workshop.office.city.store.act() as db:
        at = workshop.office.city.now
        who = people.get(db, "owner", at)
        forms = {step: form for step, form in workshop.draft().forms.items() if step not in ("PO-S", "PO-08")}
        drafts.save(db, SOP, revision=1, forms=forms, who=who, at=at)
    before, csrf = workshop.draft(), workshop.owner.get(f"/workshop/{SOP}/edit").hidden("csrf")

    def sent(revision: int, *steps: str) -> Page:
        fields = {"csrf": csrf, "revision": str(revision), "step": list(steps)}
        return workshop.owner.send(f"/workshop/{SOP}/edit/screens", fields)

    for refused, status in ((sent(1, "PO-08"), 409), (sent(2, "PO-04", "PO-02"), 422), (sent(2, "no-step"), 422)):
        assert refused.status == status
        assert workshop.draft() == before
    assert sent(2, "no-step").answer.json["element"] == "no-step"
    told = sent(2, "PO-S", "PO-08", "PO-04").answer.json
    after = workshop.draft()
    assert told["revision"] == after.revision == 3
    assert {step for step in after.forms if after.forms[step] != before.forms.get(step)} == {"PO-S", "PO-08"}
    assert [field.title for field in after.folder.screen_forms["PO-08"].fields] == ["辦理情形"]
    assert [(field.title, field.required) for field in after.folder.screen_forms["PO-S"].fields] == [("案由", True)]
    stranger = workshop.office.seat("clerk")
    csrf_of_stranger = stranger.get("/").hidden("csrf")
    assert stranger.send(f"/workshop/{SOP}/edit/screens", {"csrf": csrf_of_stranger}).status == 403


def test_a_chart_of_another_tool_is_mapped_laid_out_and_reported(workshop: Workshop) -> None:
    chart = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"
      xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><process id="p" isExecutable="true"><startEvent id="S"/>
      <userTask id="T" camunda:assignee="demo"/><sequenceFlow id="f" sourceRef="S" targetRef="T"/></process>
      </definitions>"""
    address = f"/workshop/{SOP}/bring-in"
    fields = {"csrf": workshop.owner.get(address).hidden("csrf", "/bring-in"), "revision": "1"}

    def send(content: bytes) -> Page:
        sent = fields | {"chart": (io.BytesIO(content), "x.bpmn")}
        return Page(workshop.owner.client.post(address, data=sent, content_type="multipart/form-data"))

    before = workshop.draft().folder.sop
    assert send(b"<a/>").status == 422 and workshop.draft().revision == 1
    page = send(chart)
    assert page.status == 200 and "檔案沒有完整的圖面，已由上而下排好。" in page.text
    assert "assignee" in page.text and "沿用草案原有的內容" in page.text
    sop = workshop.draft().folder.sop
    assert sop.id == SOP and sop.drawing is not None and {"S", "T"} <= sop.drawing.shapes.keys()
    assert (sop.sheet, sop.name) == (before.sheet, before.name)
    assert send(chart).status == 409


def test_a_decision_table_is_filled_in_and_its_gaps_and_overlaps_are_marked(workshop: Workshop) -> None:
    address = f"/workshop/{SOP}/tables/petition_deadline"
    fields = Fields.of(workshop.owner.get(address), "/tables/petition_deadline")
    before = workshop.draft().folder.decision_tables
    assert workshop.owner.send(address, fields).status == 303
    assert workshop.draft().folder.decision_tables == before
    fields |= {"revision": str(workshop.draft().revision)}
    wrong = workshop.owner.send(address, fields | {"cell-0-0": "線上陳情 or 1"})
    assert wrong.status == 422 and "線上陳情 or 1" in wrong.source
    unsafe = workshop.owner.send(address, fields | {"result-0-0": "3\x01"})
    assert unsafe.status == 422 and "字元" in unsafe.text
    lines = len(before["petition_deadline"].rules)
    added = {f"cell-{lines}-0": '"線上陳情"', f"result-{lines}-0": "3", f"result-{lines}-1": '"workday"'}
    assert workshop.owner.send(address, fields | added | {"result-1-0": "", "result-1-1": ""}).status == 303
    page = workshop.owner.get(address)
    assert "決策表有遺漏" in page.text and "決策表有重疊" in page.text and 'class="has-wrong"' in page.source
    assert len(workshop.draft().folder.decision_tables["petition_deadline"].rules) == lines
    assert workshop.owner.get(f"/workshop/{SOP}/tables/none").status == 404


def test_hostile_and_broken_charts_are_refused_by_name_and_nothing_is_kept(workshop: Workshop) -> None:
    before = workshop.draft()
    chart = before.folder.bpmn
    doctype = chart.replace(b"<bpmn:definitions", b'<!DOCTYPE a [<!ENTITY e "x">]><bpmn:definitions', 1)
    twice = chart.replace(b'id="PO-07"', b'id="PO-08"', 1)
    for sent, element in ((doctype, None), (b"<a", None), (b"", None), (twice, "PO-08")):
        answer = workshop.send(1, sent)
        told = answer.answer.get_json()
        assert answer.status == 422 and told["sentence"], sent[:40]
        assert element is None or told["element"] == element
    assert workshop.draft() == before


def test_a_drawing_page_allows_a_font_and_pictures_of_its_own_and_no_script_from_elsewhere(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = workshop.owner.client.get(f"/workshop/{SOP}/edit")
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob:; font-src 'self'" in policy
    assert "script-src 'self';" in policy and "style-src 'self';" in policy and "unsafe" not in policy
    monkeypatch.setattr(editor, "BUNDLE", tmp_path / "editor.js")
    page = workshop.owner.get(f"/workshop/{SOP}/edit")
    assert page.status == 200 and "編輯器尚未建置" in page.text and ".ci/setup run" in page.text
    assert "editor.js" not in page.source and f"/workshop/{SOP}/steps" in page.source
