"""提送情形: the case's page lists what it opened; one screen says who has not handed in and reminds all of them."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa

from engine.cases.records import child
from engine.office import journal
from engine.office.records import notice
from tests.cases.linked_city import REPORT, parent, publish, report
from tests.webui.conftest import Office

UNITS = ["works-lighting", "works-drainage"]


@pytest.fixture
def asked(office: Office) -> int:
    """The control office has asked two sections for a figure."""
    chart = parent().replace(b'role="officer" unit="fixed:planning"', b'role="rdec_officer" unit="fixed:planning-rdec"')
    with office.city.store.act() as db:
        publish(db, report(), {"U1": REPORT}, shared=True)
        publish(db, chart)
    case_id = office.city.open_case("ask", who="rdec1", answers={}).case_id
    office.city.complete(case_id, "A", who="rdec1", answers={"asked": UNITS})
    return case_id


def children(office: Office, case_id: int) -> list[int]:
    with office.city.store.look() as db:
        found = sa.select(child.c.case_id).where(child.c.parent_id == case_id).order_by(child.c.position)
        return list(db.execute(found).scalars())


def hands_in(office: Office, case_id: int, who: str) -> None:
    office.city.complete(case_id, "U1", who=who, answers={"figure": 3})
    office.city.complete(case_id, "U2", who=who, answers={"checked": "yes"})


def test_the_parents_page_lists_its_children_and_a_childs_page_its_parent(office: Office, asked: int) -> None:
    lighting, _drainage = children(office, asked)
    hands_in(office, lighting, "lighting1")
    page = office.seat("control").get(f"/cases/{asked}")
    assert "正在等候「各單位提報」的 1 個對象" in page.text
    assert "✓ 已提送" in page.text and "○ 尚未領取" in page.text
    assert f'href="/cases/{lighting}"' in page.source
    below = office.seat("clerk").get(f"/cases/{lighting}")
    assert "上層案件" in below.text and "由案件" in below.text


def test_one_word_to_all_who_have_not_handed_in(office: Office, asked: int) -> None:
    lighting, drainage = children(office, asked)
    hands_in(office, lighting, "lighting1")
    page = f"/cases/{asked}/handing-in?step=C"
    control = office.seat("control")
    shown = control.get(page)
    assert "共 2 個對象，1 個尚未提送" in shown.text and shown.source.count('name="picked"') == 1
    sent = control.fill(page, f"/cases/{asked}/handing-in", {"picked": str(drainage), "reason": "請於今日提送。"})
    assert sent.status == 303
    again = control.get(sent.location)
    assert "已提醒勾選的對象。" in again.text
    with office.city.store.look() as db:
        lines = [journal.of(db, f"case:{one}")[-1] for one in (asked, drainage)]
        told = db.execute(sa.select(notice).where(notice.c.kind == "remind")).all()
        assert journal.of(db, f"case:{lighting}")[-1].verb != "call_in"  # who handed in is left in peace
    assert [line.verb for line in lines] == ["call_in", "call_in"] and lines[0].act_id == lines[1].act_id
    assert lines[0].reason == "請於今日提送。" and lines[0].effects["lines"] == [drainage]
    assert told and all(row.case_id == drainage and row.urgent for row in told)
    assert "提醒「各單位提報」尚未提送的 1 個對象" in control.get(f"/cases/{asked}").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "請提送。"}, "請勾選尚未提送的單位。"),
        ({"picked": "999", "reason": "請提送。"}, "請勾選尚未提送的單位。"),
        ({"picked": "{done}", "reason": "請提送。"}, "勾選的單位中有已提送的"),
        ({"picked": "{open}", "reason": " "}, "請說明理由"),
    ],
)
def test_a_word_to_nobody_or_without_a_word_is_not_sent(
    office: Office, asked: int, fields: dict[str, str], sentence: str
) -> None:
    lighting, drainage = children(office, asked)
    hands_in(office, lighting, "lighting1")
    given = {name: value.format(done=lighting, open=drainage) for name, value in fields.items()}
    answer = office.seat("control").fill(f"/cases/{asked}/handing-in?step=C", f"/cases/{asked}/handing-in", given)
    assert answer.status == 422 and sentence in answer.text
    with office.city.store.look() as db:
        assert journal.of(db, f"case:{asked}")[-1].verb == "child_over"


def test_three_people_at_the_door(office: Office, asked: int) -> None:
    (_lighting, drainage) = children(office, asked)
    address = f"/cases/{asked}/handing-in"
    assert office.seat("clerk").get(f"{address}?step=C").status == 404  # asked, but not of what the others hand in
    assert office.seat("control").get(f"{address}?step=nowhere").status == 404
    csrf = office.seat("clerk").get("/inbox").hidden("csrf")
    fields = {"csrf": csrf, "key": "k" * 20, "step": "C", "picked": str(drainage), "reason": "請提送。"}
    assert office.seat("clerk").send(address, fields).status == 404
    assert office.seat("control").get(f"/cases/{drainage}").status == 200


def test_the_list_as_a_sheet(office: Office, asked: int) -> None:
    lighting, _drainage = children(office, asked)
    hands_in(office, lighting, "lighting1")
    sheet = office.seat("control").get(f"/cases/{asked}/handing-in.csv?step=C")
    rows = list(csv.reader(io.StringIO(sheet.source.lstrip("\ufeff"))))
    assert rows[0][:6] == ["對象", "單位", "案號", "目前步驟", "承辦人", "狀態"]
    assert [row[5] for row in rows[1:]] == ["已提送", "尚未領取"]


def test_a_step_of_many_units_has_the_same_screen(office: Office) -> None:
    many = (
        parent()
        .replace(b'role="officer" unit="fixed:planning"', b'role="rdec_officer" unit="fixed:planning-rdec"')
        .replace(b"<bpmn:callActivity", b"<bpmn:userTask").replace(b"</bpmn:callActivity>", b"</bpmn:userTask>")
        .replace(b' calledElement="report"', b"").replace(b'<sop:out from="figure" to="figures"/>', b"")
        .replace(b'<sop:in from="subject" to="subject"/>', b"")
    )  # fmt: skip
    with office.city.store.act() as db:
        publish(db, many)
    case_id = office.city.open_case("ask", who="rdec1", answers={}).case_id
    office.city.complete(case_id, "A", who="rdec1", answers={"asked": ["planning-rdec", "works-lighting"]})
    page = office.seat("control").get(f"/cases/{case_id}/handing-in?step=C")
    assert page.status == 200 and page.source.count('name="picked"') == 2
    ticked = page.form("handing-in").split('name="picked" value="')[1].split('"')[0]
    sent = office.seat("control").fill(
        f"/cases/{case_id}/handing-in?step=C", "/handing-in", {"picked": ticked, "reason": "請提送。"}
    )
    assert sent.status == 303
    assert office.seat("control").get(sent.location).text.count("115/11/26") >= 1
