"""情境: a draft's scenarios on the pages of the workshop: walked, counted, refused where nobody can read them."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from engine.library import drafts
from engine.office import people
from engine.rehearsal import proof
from tests.webui.administration import owner_of
from tests.webui.conftest import MORNING, Office, Page, Seat
from tests.webui.test_attachments import KIND, body

SOP = "petition-online"
PAGE = f"/workshop/{SOP}"


@pytest.fixture
def owner(office: Office, hashed: str, monkeypatch: pytest.MonkeyPatch) -> Seat:
    monkeypatch.setattr(proof, "_found", {})
    monkeypatch.setattr(proof, "_newest", {})
    return owner_of(office, hashed)


def texts(office: Office) -> tuple[int, list[dict]]:
    with office.city.store.look() as db:
        draft = drafts.read(db, SOP)
    return draft.revision, yaml.safe_load(draft.scenarios)


def put(seat: Seat, text: str) -> Page:
    """The scenario file as its form posts it."""
    page = seat.get(f"{PAGE}/files")
    fields = {"csrf": page.hidden("csrf", "/text"), "revision": page.hidden("revision", "/text")}
    sent = body({**fields, "part": "scenarios", "name": "scenarios.yaml", "text": text})
    return Page(seat.client.post(f"{PAGE}/text", data=sent, content_type=KIND))


def test_a_drafts_scenarios_are_walked_shown_and_in_the_way(office: Office, owner: Seat) -> None:
    owner.fill(PAGE, "/begin")
    two = texts(office)[1][:2]
    assert put(owner, yaml.safe_dump(two, allow_unicode=True)).status == 303
    assert "還沒有走過" in owner.get(PAGE).text
    page = owner.get(f"{PAGE}/scenarios")
    assert "TO-1" in page.text and page.text.count("走通") == 2 and "沒有情境走過" in page.text
    [(taken, ways)] = re.findall(r"決策分支（(\d+)／(\d+) 有情境走過）", page.text)
    assert 0 < int(taken) < int(ways)
    assert "✓ " in page.text and "！ " in page.text, "the chart says it too"
    assert "情境 2 個" in (told := owner.get(PAGE).text) and f"條，有情境走過的 {taken} 條" in told

    two[0]["expect"]["end"] = "PO-E2"
    assert put(owner, yaml.safe_dump(two, allow_unicode=True)).status == 303
    before = json.loads(owner.get(f"{PAGE}/edit/facts").source)["findings"]
    told = json.loads(owner.get(f"{PAGE}/edit/scenarios").source)
    [new] = [one for one in told["findings"] if one not in before]
    assert (told["walked"], told["revision"]) == (True, texts(office)[0])
    assert (new["rule"], new["element"], new["level"]) == ("scenario_fails", "PO-E2", "warning")
    assert new in json.loads(owner.get(f"{PAGE}/edit/facts").source)["findings"]
    shown = owner.get(PAGE)
    assert "應為 PO-E2" in shown.text
    refused = owner.fill(PAGE, "/submit")
    assert refused.status == 422 and "情境「TO-1" in refused.text
    mark = re.findall(r'name="mark" value="([^"]*)"', shown.form("/accept"))[0]
    urgent = shown.form("/emergency")
    assert f'name="despite" value="{mark}"' in urgent, "in an emergency it may stand at once"
    assert owner.fill(PAGE, "/emergency", {"reason": "今晚要用", "despite": "0" * 20}).status == 422
    assert owner.fill(PAGE, "/accept", {"mark": mark, "reason": "舊結局改名。"}).status == 303
    assert owner.fill(PAGE, "/submit").status == 303
    for seat in (office.seat("clerk"), office.seat("colleague"), office.seat("stranger")):
        assert seat.get(f"{PAGE}/scenarios").status == seat.get(f"{PAGE}/edit/scenarios").status == 403
    assert office.seat("chief").get(f"{PAGE}/scenarios").status == 200


def test_what_no_scenario_can_be_is_refused_with_a_sentence_and_nothing_is_kept(office: Office, owner: Seat) -> None:
    owner.fill(PAGE, "/begin")
    before = texts(office)
    for text in (
        "- {name: a, start: PO-S, given: {at: 2026-11-26T09:00}, when: 1}", "x: y", "[" * 9000, "- &a [*a]",
        "- {name: a, start: PO-S, given: {at: 2026-11-26T09:00, answers: {a: {b: 1}}}}",
        "- {name: a, start: PO-S, given: {at: 9999-12-31}}", "- !!python/object:os.system {}",
    ):  # fmt: skip
        refused = put(owner, text)
        assert refused.status == 422 and "Traceback" not in refused.source, text
        assert "沒有儲存" in refused.text
    assert texts(office) == before


def test_an_sop_that_cannot_run_is_not_walked_and_one_in_force_is(
    office: Office, owner: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "MOST_SCENARIOS", 2)
    walked = owner.get(f"{PAGE}/scenarios")
    assert "目前沒有草案" in walked.text and walked.text.count("走通") == 2 and "只走了前 2 個" in walked.text
    owner.fill(PAGE, "/begin")
    with office.city.store.act() as db:
        draft = drafts.read(db, SOP)
        broken = draft.bpmn.replace('"shared-petition-duplicate-check"', '"nowhere"')
        drafts.save(db, SOP, revision=draft.revision, bpmn=broken, who=people.get(db, "owner", MORNING), at=MORNING)
        assert not drafts.check(db, drafts.read(db, SOP)).runnable
    assert "請先修正檢核發現" in owner.get(f"{PAGE}/scenarios").text
    assert owner.get("/workshop/nowhere/scenarios").status == 404
