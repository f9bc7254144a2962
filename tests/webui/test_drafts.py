"""草稿 kept while one types: one line in the journal however often, nobody's but one's own, refused in a sentence."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa

from engine.cases.records import draft, item
from engine.library import register
from engine.office.people import SYSTEM
from engine.office.records import entry
from tests.webui.conftest import HANDLED, PROCESSES, Office, Page, answers


def entries(office: Office, case_id: int) -> list[str]:
    query = sa.select(entry.c.verb).where(entry.c.subject == f"case:{case_id}").order_by(entry.c.seq)
    with office.city.store.look() as db:
        return list(db.scalars(query))


def keep(office: Office, who: str, case_id: int, *, seen: str = "", **fields: str) -> Page:
    """What the page's script sends: the form's own hidden fields and what stands in it."""
    item_id = office.item(case_id, "PO-08")
    form = office.seat(who).get(f"/cases/{case_id}").form(f"/items/{item_id}/work")
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    return office.seat(who).send(f"/items/{item_id}/draft", {**hidden, **({"seen": seen} if seen else {}), **fields})


def test_what_is_typed_is_kept_again_and_again_with_one_line_in_the_journal(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    before = entries(office, case_id)
    first = keep(office, "clerk", case_id, **answers(findings="現場勘"))
    assert first.status == 200 and "自動儲存" in first.source
    with office.city.store.look() as db:
        row = db.execute(sa.select(item).where(item.c.case_id == case_id, item.c.status == "open")).mappings().one()
    assert (row["assignee"] is not None, str(row["version"])) == (True, first.answer.headers["X-Seen"])
    for text in ("現場勘查", "現場勘查確認", "現場勘查確認燈具故障"):
        again = keep(office, "clerk", case_id, **answers(findings=text))
        assert (again.status, again.answer.headers["X-Seen"]) == (200, str(row["version"]))
    assert entries(office, case_id) == [*before, "save_draft"]
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert ">現場勘查確認燈具故障</textarea>" in page.source and "儲存的草稿" in page.text


def test_a_form_goes_on_with_the_version_that_keeping_it_answered(office: Office) -> None:
    case_id = office.at_officer()
    item_id = office.item(case_id, "PO-08")
    page = office.seat("clerk").get(f"/cases/{case_id}")
    hidden = {name: page.hidden(name, f"/items/{item_id}/work") for name in ("csrf", "key", "seen")}
    kept = office.seat("clerk").send(f"/items/{item_id}/draft", {**hidden, **answers(findings="現場")})
    stale = office.seat("clerk").send(f"/items/{item_id}/work", {**hidden, **answers(**HANDLED), "act": "complete"})
    assert stale.status == 409 and HANDLED["findings"] in stale.source
    hidden["seen"] = kept.answer.headers["X-Seen"]
    done = office.seat("clerk").send(f"/items/{item_id}/work", {**hidden, **answers(**HANDLED), "act": "complete"})
    assert done.status == 303


def test_three_people_at_the_draft(office: Office) -> None:
    case_id = office.at_officer()
    item_id = office.item(case_id, "PO-08")
    assert keep(office, "clerk", case_id, **answers(findings="甲的草稿")).status == 200
    csrf = {who: office.seat(who).get("/").hidden("csrf") for who in ("colleague", "stranger")}
    fields = {"seen": "2", **answers(findings="不是我的")}
    colleague = office.seat("colleague").send(f"/items/{item_id}/draft", {"csrf": csrf["colleague"], **fields})
    assert colleague.status == 403 and "已由例路燈甲領取" in colleague.source
    stranger = office.seat("stranger").send(f"/items/{item_id}/draft", {"csrf": csrf["stranger"], **fields})
    assert stranger.status == 404
    with office.city.store.look() as db:
        assert db.scalar(sa.select(draft.c.answers)) == {"findings": "甲的草稿"}


def test_a_draft_that_cannot_be_kept_is_said_in_one_sentence(office: Office) -> None:
    case_id = office.at_officer()
    keep(office, "clerk", case_id, **answers(findings="一"))
    undeclared = keep(office, "clerk", case_id, **answers(findings="二"), **{"answer-petitioner_name": "例民眾"})
    assert undeclared.status == 422 and undeclared.source.startswith("草稿沒有存下來")
    assert undeclared.answer.mimetype == "text/plain"
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    with office.city.store.look() as db:
        done = db.scalar(sa.select(item.c.id).where(item.c.step == "PO-08"))
    csrf = office.seat("clerk").get("/").hidden("csrf")
    late = office.seat("clerk").send(f"/items/{done}/draft", {"csrf": csrf, "seen": "2", **answers(findings="三")})
    assert late.status == 409 and "已由例路燈甲" in late.source
    assert office.seat("clerk").send(f"/items/{done}/draft", {"seen": "2"}).status == 403  # without the form's token


def test_the_timeline_has_pages_and_tells_people_from_machine(office: Office) -> None:
    case_id = office.at_officer()
    seat = office.seat("clerk")
    for n in range(33):
        assert seat.fill(f"/cases/{case_id}", f"/cases/{case_id}/notes", {"text": f"第{n}則備註"}).status == 303
    first, second = seat.get(f"/cases/{case_id}"), seat.get(f"/cases/{case_id}?trail=2")
    assert "第 1／2 頁" in first.text and "例服務甲登錄了這件案件" in second.text.partition("歷程")[2]
    assert "例服務甲登錄了這件案件" not in first.text
    assert seat.get(f"/cases/{case_id}?trail=999&by=nobody").status == 200
    office.city.until(office.city.now + timedelta(days=6))  # a reminder rings on the way
    office.seats.clear()
    seat = office.seat("clerk")
    machine = seat.get(f"/cases/{case_id}?by=machine").source.partition('id="timeline"')[2].partition("</section>")[0]
    people = seat.get(f"/cases/{case_id}?by=people").source.partition('id="timeline"')[2].partition("</section>")[0]
    assert "備註" in people and "系統就" not in people
    assert "備註" not in machine and "系統就" in machine


def test_the_head_tells_both_clocks_with_why_and_closed_and_solved_apart(office: Office) -> None:
    case_id = office.at_officer()
    page = office.seat("clerk").get(f"/cases/{case_id}")
    head = page.source.partition('class="panel case-head"')[2].partition("</header>")[0]
    assert "公文" in head and "列管中" in head and "為何是這一天" in head and "計入" in head
    assert "問題" not in head
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    ticked = ("replied", "each-point", "copy-arrived", "no-promise")
    office.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=ticked)
    page = office.seat("clerk").get(f"/cases/{case_id}")
    head = page.source.partition('class="panel case-head"')[2].partition("</header>")[0]
    assert "已結案" in head and "還沒有人登錄是否解決" in head


def test_a_newcomer_finds_law_papers_and_notes_beside_the_step(office: Office) -> None:
    case_id = office.at_officer()
    with office.city.store.act() as db:
        register.load(db, (PROCESSES / "forms.yaml").read_text("utf-8"), who=SYSTEM, at=office.city.now)
    guide = (
        office.seat("clerk").get(f"/cases/{case_id}").source.partition('class="guide"')[2].partition("</details>")[0]
    )
    assert "人民陳情案件處理作業要點" in guide and "要產生的表單" in guide and "案件紀錄" in guide


def test_a_case_costs_as_many_statements_with_a_long_history_as_with_a_short_one(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    seat = office.seat("clerk")
    counts = []
    for more in (12, 36):
        for n in range(more):
            seat.fill(f"/cases/{case_id}", f"/cases/{case_id}/notes", {"text": f"備註{n}"})
        asked: list[str] = []

        def note(_c: object, _u: object, statement: str, *_: object, asked: list[str] = asked) -> None:
            asked.append(statement)

        sa.event.listen(office.city.store.engine, "before_cursor_execute", note)
        assert seat.get(f"/cases/{case_id}").status == 200
        sa.event.remove(office.city.store.engine, "before_cursor_execute", note)
        counts.append(len([one for one in asked if not one.startswith(("PRAGMA", "BEGIN", "SAVEPOINT"))]))
    assert counts[0] == counts[1]
    assert counts[0] <= 90, counts
