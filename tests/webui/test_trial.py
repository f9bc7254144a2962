"""試走: an SOP walked with its real forms before it is reviewed; nothing is kept but a scenario, when somebody asks."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import case
from engine.library import drafts
from engine.office.records import entry
from engine.rehearsal import scenarios
from tests.webui.administration import owner_of
from tests.webui.conftest import Office, Page, Seat

PAGE = "/workshop/petition-online/try"
ASKED = {
    "channel": "線上陳情", "case_type": "其他", "subject": "路燈不亮", "location": "示例路一號前",
    "body": "示例路一號前的路燈三天不亮，請派員修復。", "petitioner_name": "陳情某",
    "petitioner_phone": "0911000000", "petitioner_email": "somebody@example.invalid",
}  # fmt: skip


def answers(**said: str) -> dict[str, str]:
    return {f"answer-{name}": value for name, value in said.items()}


@pytest.fixture
def owner(office: Office, hashed: str) -> Seat:
    return owner_of(office, hashed)


def sent(seat: Seat, page: Page, path: str = PAGE, **fields: Any) -> Page:
    return seat.send(path, {"csrf": page.hidden("csrf"), **fields})


def begun(seat: Seat) -> Page:
    first = seat.get(PAGE)
    return sent(seat, first, act="begin", start="PO-S", at="2026-11-26T09:00", **answers(**ASKED))


def carried(page: Page) -> str:
    return html.unescape(page.hidden("walk"))


def done(seat: Seat, page: Page, step: str, more: dict[str, Any] | None = None, **said: str) -> Page:
    given = {"walk": carried(page), "case": "", "step": step, "wait": "1", "wait_unit": "hour"}
    return sent(seat, page, **given, **(more or {}), **answers(**said))


def counted(office: Office) -> tuple[int, int]:
    with office.city.store.look() as db:
        cases = db.scalar(sa.select(sa.func.count()).select_from(case)) or 0
        return cases, db.scalar(sa.select(sa.func.count()).select_from(entry)) or 0


def test_an_sop_is_walked_to_its_end_and_kept_as_a_scenario_of_the_draft(office: Office, owner: Seat) -> None:
    owner.fill("/workshop/petition-online", "/workshop/petition-online/begin")
    before = counted(office)
    page = begun(owner)
    assert "總收文彙整掛號" in page.text and "讓時間過去" not in page.text
    missing = done(owner, page, "PO-04", receipt_number="例字第1號")
    assert missing.status == 422 and "沒有走成" in missing.text and "例字第1號" in missing.source
    page = done(owner, missing, "PO-04", receipt_number="例字第1號", responsible_unit="works-lighting")
    assert "權責單位收文確認" in page.text and "稽催" in page.text
    assert "為何是這一天" in page.text and "將通知" in page.text and "已通知" not in page.text
    passed = sent(owner, page, walk=carried(page), act="pass")
    assert "已通知" in passed.text and "時間過到 115/12/01（二）08:00" in passed.text
    again = sent(owner, passed, walk=carried(passed), act="back", to="1")
    assert "已通知" not in again.text and carried(again) == carried(page)
    further = done(owner, page, "PO-07", ours="yes")
    assert "讓期限到" in further.text
    back = sent(owner, further, walk=carried(further), act="back")
    assert "權責單位收文確認" in back.text and "1 步" in back.text
    late = sent(
        owner,
        further,
        walk=carried(further),
        act="ring",
        timer=re.findall(r'name="timer" value="([^"]*)"', further.source)[0],
    )
    assert late.status == 200 and "逾期" in late.text
    page = done(
        owner, further, "PO-08", visited="yes", visited_on="2026-11-27", findings="現場勘查確認屬實，已排定處理方式。",
        reply_kind="實質辦結", reply_text="您反映的問題，經現場勘查後已派工處理完成，謝謝您的反映。",
    )  # fmt: skip
    page = done(owner, page, "PO-09", reply_check="核可")
    ticks = {"checklist": ["replied", "each-point", "copy-arrived", "no-promise"]}
    page = done(owner, page, "PO-11", ticks, release="是")
    assert "走到終點" in page.text
    assert counted(office) == before, "a trial leaves neither case nor entry"
    kept = sent(owner, page, f"{PAGE}/keep", walk=carried(page), name="試走成功")
    assert (kept.status, kept.location) == (303, "/workshop/petition-online?said=scenario-kept")
    again = sent(owner, page, f"{PAGE}/keep", walk=carried(page), name="試走成功")
    assert again.status == 422 and "已有" in again.text
    with office.city.store.look() as db:
        draft = drafts.read(db, "petition-online")
    [found] = [one for one in scenarios.read(draft.sop_id, draft.scenarios) if one.name == "試走成功"]
    assert found.expect["end"] == "PO-E1" and len(found.steps) == 5
    named = {name: said for name, said in found.given["answers"].items() if name.startswith("petitioner")}
    assert named["petitioner_email"] == "petitioner@example.invalid" and len(named) == 3
    for typed in ("somebody@", "0911", "陳情某"):
        assert typed not in draft.scenarios, "nobody's own data stays in an SOP"


def test_what_no_page_of_ours_wrote_is_refused_and_strangers_stay_outside(office: Office, owner: Seat) -> None:
    first = owner.get(PAGE)
    assert "目前沒有草案" in first.text
    for walk in (
        "",
        "{",
        "[]",
        '{"name": 1}',
        '{"name":"x","start":"PO-S","given":{},"steps":[],"expect":{}}',
        "9" * 250_000,
    ):
        refused = sent(owner, first, act="back", walk=walk)
        assert refused.status == 422 and "Traceback" not in refused.source
    good = {"at": "2026-11-26T09:00", "who": "calendar", "answers": {}}
    line = {"step": "PO-04", "who": "clerk@x", "answers": {}}
    for given, step in (
        ({"who": 5}, line), ({"answers": ["x"]}, line), ({"at": "0001-01-01T00:00"}, line), ({"unit": ["x"]}, line),
        ({"answers": {"subject": "\x00"}}, line), ({"cases": [{}]}, line), ({"operators": {"x": 5}}, line),
        ({}, {"step": "PO-04"}), ({}, {**line, "of": "x"}), ({}, {**line, "after": "99999 workday"}),
        ({}, {"rings": 5}), ({}, {"until": 5}), ({}, {"until": "9999-01-01"}), ({}, {"until": "x"}),
        ({}, {**line, "at": "2300-01-01"}), ({}, 5),
        ({}, {"act": "extend", "at": "2026-11-26T10:00"}),
    ):  # fmt: skip
        told = {"name": "x", "start": "PO-S", "given": {**good, **given}, "steps": [step], "expect": {}}
        refused = sent(owner, first, act="back", walk=json.dumps(told))
        assert refused.status == 422 and "讀不懂" in refused.text
    nowhere = '{"name":"x","start":"NO","given":{"at":"2026-11-26T09:00","who":"calendar"},"steps":[],"expect":{}}'
    assert sent(owner, first, act="back", walk=nowhere).status == 422
    for at in ("yesterday", "", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert sent(owner, first, act="begin", start="PO-S", at=at).status == 422
    assert sent(owner, first, f"{PAGE}/keep", walk=nowhere, name="x").status in (404, 422)
    for seat in (office.seat("clerk"), office.seat("colleague")):
        assert seat.get(PAGE).status == 403
