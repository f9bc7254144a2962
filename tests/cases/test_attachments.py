"""Files of a case: brought with an answer or a draft, handed on, taken out, sealed; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import attachments, files
from engine.cases.records import answer, attachment, attachment_content, draft
from engine.errors import Invalid, Missing, NotAllowed, Stuck
from engine.library import shelf
from engine.migrations import backups
from engine.office.vault import Key
from engine.store import Store
from tests.attacks.made_files import pdf, picture
from tests.cases.conftest import HANDLED, PETITION, Desk

KEY = Key.of(b"k" * 32)


def sent(name: str = "現場.jpg", content: bytes | None = None) -> files.Received:
    return files.receive(files.Sent(name, picture() if content is None else content))


def several(number: int) -> list[files.Received]:
    return [sent(f"{n}.pdf", pdf(b"(%d)" % n)) for n in range(number)]


def rows(desk: Desk) -> list[dict[str, Any]]:
    return [dict(row) for row in desk.rows(sa.select(attachment).order_by(attachment.c.id))]


def contents(desk: Desk) -> int:
    return int(desk.rows(sa.select(sa.func.count().label("n")).select_from(attachment_content))[0]["n"])


def opened(desk: Desk, **more: Any) -> int:
    return desk.act(
        cases.open_case, "petition-online", start="PO-S", who=desk.who("service1"),
        **{"answers": PETITION, "files": {"attachments": [sent()]}, **more},
    ).case_id  # fmt: skip


def done(desk: Desk, case_id: int, who: str = "lighting1", **more: Any) -> Any:
    item = desk.item(case_id, "PO-08")["id"]
    return desk.act(cases.complete, item, **{"who": desk.who(who), "answers": HANDLED, **more})


def drafted(desk: Desk, case_id: int, who: str = "lighting1", **more: Any) -> list[str]:
    item = desk.item(case_id, "PO-08")["id"]
    desk.act(cases.save_draft, item, **{"who": desk.who(who), "answers": {}, **more})
    return list(desk.rows(sa.select(draft.c.answers))[0]["answers"].get("attachments", []))


def test_what_a_petitioner_hands_in_lies_sealed_beside_the_answer_that_brought_it(desk: Desk) -> None:
    case_id = opened(desk)
    (row,) = rows(desk)
    (given,) = desk.rows(sa.select(answer).where(answer.c.case_id == case_id, answer.c.step == "PO-S"))
    assert given["answers"]["attachments"] == [str(row["id"])]
    assert (row["case_id"], row["answer_id"], row["name"]) == (case_id, given["id"], "現場.jpg")
    assert row["nonce"] is not None
    (kept,) = desk.rows(sa.select(attachment_content.c.content))
    assert sent().content not in kept["content"]
    with desk.store.look() as db:
        assert attachments.content_of(db, row, desk.city.office.key) == sent().content
        for wrong in (None, Key.of(b"x" * 32)):
            with pytest.raises(Stuck) as refusal:
                attachments.content_of(db, row, wrong)
            assert refusal.value.code == "attachment_unreadable"


def test_bytes_put_under_another_file_do_not_open(desk: Desk) -> None:
    opened(desk, files={"attachments": several(2)})
    first, second = rows(desk)
    with desk.store.act() as db:
        theirs = sa.select(attachment_content.c.content).where(attachment_content.c.attachment_id == second["id"])
        stolen = db.execute(theirs).scalar_one()
        db.execute(
            attachment_content.update().where(attachment_content.c.attachment_id == first["id"]).values(content=stolen)
        )
    with desk.store.look() as db, pytest.raises(Stuck):
        attachments.content_of(db, first | {"nonce": second["nonce"]}, desk.city.office.key)


def test_a_step_brings_files_in_its_own_act_with_one_entry(desk: Desk) -> None:
    case_id = desk.at_officer()
    before = len(desk.entries(case_id))
    done(desk, case_id, files={"attachments": [sent(), sent("二.jpg")]})
    assert [(row["name"], row["nonce"]) for row in rows(desk)] == [("現場.jpg", None), ("二.jpg", None)]
    assert len(desk.entries(case_id)) == before + 1
    assert all(row["answer_id"] for row in rows(desk))


def test_a_refused_step_keeps_no_file_and_no_byte(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid):
        done(desk, case_id, answers={**HANDLED, "findings": ""}, files={"attachments": [sent()]})
    assert rows(desk) == [] and contents(desk) == 0


def test_a_draft_keeps_files_that_can_be_taken_out_and_put_back_until_it_is_sent(desk: Desk) -> None:
    case_id = desk.at_officer()
    first = drafted(desk, case_id, files={"attachments": several(2)})
    assert len(first) == 2
    assert drafted(desk, case_id, answers={"attachments": first[1:]}) == first[1:]
    assert contents(desk) == 2, "taken out, and can be put back"
    assert drafted(desk, case_id, answers={"attachments": first}) == first
    done(desk, case_id, answers=HANDLED | {"attachments": first[:1]})
    kept, gone = rows(desk)
    assert kept["answer_id"] and kept["removed_at"] is None
    assert gone["answer_id"] is None and gone["removed_at"] == desk.now
    assert contents(desk) == 1, "what was taken out is gone when the step is done"


def test_when_a_timer_closes_the_step_its_files_go_to_the_step_that_continues(desk: Desk) -> None:
    case_id = desk.at_officer()
    mine = drafted(desk, case_id, files={"attachments": [sent()]})
    desk.city.until(desk.now + timedelta(days=12))
    (follow,) = [step for step in desk.open_steps(case_id) if step.endswith("FU-04")] or [None]
    if follow is None:
        desk.done(case_id, "PO-FU/FU-01", "rdec1", difficulty="一般")
        (follow,) = [step for step in desk.open_steps(case_id) if step.endswith("FU-04")]
    item = desk.item(case_id, follow)
    (row,) = rows(desk)
    assert (row["item_id"], row["step"]) == (item["id"], follow)
    desk.act(
        cases.complete, item["id"], who=desk.who("lighting1"),
        answers={"progress": "已派工更換。", "reply_now": "no", "handled": "未辦結", "attachments": mine},
    )  # fmt: skip
    assert rows(desk)[0]["answer_id"] is not None


def test_a_returned_step_may_send_the_same_files_again(desk: Desk) -> None:
    case_id = desk.at_officer()
    done(desk, case_id, files={"attachments": [sent()]})
    ids = [str(row["id"]) for row in rows(desk)]
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補充。")
    done(desk, case_id, answers=HANDLED | {"attachments": ids})
    assert len(rows(desk)) == 1
    last = desk.rows(sa.select(answer.c.answers).where(answer.c.step == "PO-08").order_by(answer.c.id.desc()))[0]
    assert last["answers"]["attachments"] == ids


def test_a_file_that_is_not_this_steps_is_refused_at_its_field(desk: Desk) -> None:
    case_id = desk.at_officer()
    other = desk.at_officer(
        petitioner_phone="0900-000-001", subject="水溝堵塞", location="民權路五號", body="水溝堵塞已經一週。"
    )
    (drafts,) = drafted(desk, other, files={"attachments": [sent()]})
    done(desk, other, files={"attachments": [sent()]}, answers=HANDLED | {"attachments": [drafts]})
    third = desk.at_officer(
        petitioner_phone="0900-000-002", subject="路面坑洞", location="民生路八號", body="路面有一個坑洞，機車難行。"
    )
    (mine,) = drafted(desk, third, files={"attachments": [sent()]})
    for wrong in ("999999", drafts, str(rows(desk)[1]["id"]), mine, "x", "-1", "１", "9" * 30):
        with pytest.raises(Invalid) as refusal:
            done(desk, case_id, answers=HANDLED | {"attachments": [wrong]})
        assert list(refusal.value.fields) == ["attachments"], wrong


def test_too_many_files_are_refused_at_their_field(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        done(desk, case_id, files={"attachments": several(11)})
    assert refusal.value.fields == {"attachments": "最多 10 項。"}
    for _ in range(4):
        drafted(desk, case_id, files={"attachments": several(10)})
    with pytest.raises(Invalid) as refusal:
        drafted(desk, case_id, files={"attachments": several(1)})
    assert "請先送出" in refusal.value.fields["attachments"]
    assert contents(desk) == 40


def test_a_field_that_asks_for_no_files_takes_none(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid):
        done(desk, case_id, files={"findings": [sent()]})
    assert rows(desk) == []


def test_the_same_form_twice_keeps_its_files_once_and_another_under_its_key_is_refused(desk: Desk) -> None:
    first = opened(desk, key="k1")
    assert opened(desk, key="k1") == first
    assert len(rows(desk)) == 1
    with pytest.raises(Exception, match="表單") as refusal:
        opened(desk, key="k1", files={"attachments": [sent("別.pdf", pdf())]})
    assert refusal.value.code == "key_reused"  # type: ignore[attr-defined]


def test_clerk_may_bring_files_a_colleague_not_and_a_stranger_sees_nothing(desk: Desk) -> None:
    case_id = desk.at_officer()
    item = desk.item(case_id, "PO-08")["id"]
    desk.act(cases.claim, item, who=desk.who("lighting1"))
    for who, refusal in (("lighting2", NotAllowed), ("drainage1", Missing)):
        with pytest.raises(refusal):
            drafted(desk, case_id, who, files={"attachments": [sent()]})
        with pytest.raises(refusal):
            done(desk, case_id, who, files={"attachments": [sent()]})
    assert rows(desk) == []
    done(desk, case_id, files={"attachments": [sent()]})


def test_an_incident_keeps_the_files_with_the_draft(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = desk.at_officer()

    def stuck(*_: Any, **__: Any) -> Any:
        raise Stuck("no_way", "走不下去。")

    with monkeypatch.context() as patch:
        patch.setattr("engine.flow.complete", stuck)
        with pytest.raises(Stuck) as error:
            done(desk, case_id, files={"attachments": [sent()]})
    assert contents(desk) == 0
    with desk.store.act() as db:
        cases.keep_incident(db, error.value, at=desk.now)
    (kept,) = desk.rows(sa.select(draft.c.answers))
    (row,) = rows(desk)
    assert kept["answers"]["attachments"] == [str(row["id"])]
    done(desk, case_id, answers=HANDLED | {"attachments": [str(row["id"])]})


def test_files_in_an_informants_case_are_sealed_whoever_brings_them(desk: Desk) -> None:
    case_id = desk.at_officer(case_type="檢舉")
    done(desk, case_id, files={"attachments": [sent()]})
    assert rows(desk)[0]["nonce"] is not None
    with desk.store.look() as db:
        assert attachments.content_of(db, rows(desk)[0], desk.city.office.key) == sent().content


def test_without_a_key_an_informants_case_takes_no_file(desk: Desk) -> None:
    case_id = desk.at_officer(case_type="檢舉")
    desk.city.office = replace(desk.city.office, key=None)
    with pytest.raises(Invalid) as refusal:
        done(desk, case_id, files={"attachments": [sent()]})
    assert refusal.value.code == "no_key"
    assert rows(desk) == []


def test_a_case_that_turns_out_to_be_an_informants_is_sealed_then(desk: Desk) -> None:
    case_id = desk.at_officer()
    done(desk, case_id, files={"attachments": [sent()]})
    with desk.store.act() as db:
        assert attachments.seal_case(db, case_id, KEY) == 1
        assert attachments.seal_case(db, case_id, KEY) == 0
    (row,) = rows(desk)
    assert row["digest"] != sent().digest
    with desk.store.look() as db:
        assert attachments.content_of(db, row, KEY) == sent().content


def test_an_amendment_adds_a_file_and_the_old_answer_keeps_its_own(desk: Desk) -> None:
    case_id = desk.at_officer()
    done(desk, case_id, files={"attachments": [sent()]})
    (first,) = [str(row["id"]) for row in rows(desk)]
    desk.act(
        cases.amend, case_id, "PO-08", answers={"attachments": [first]}, reason="補照片。",
        files={"attachments": [sent("補.jpg")]}, who=desk.who("lighting1"),
    )  # fmt: skip
    given = desk.rows(sa.select(answer.c.answers).where(answer.c.step == "PO-08").order_by(answer.c.id))
    assert given[0]["answers"]["attachments"] == [first]
    assert given[1]["answers"]["attachments"] == [first, str(rows(desk)[1]["id"])]


def test_files_of_a_form_that_was_never_sent_are_forgotten_after_a_day(desk: Desk) -> None:
    case = desk.city.case(desk.petition())
    with desk.store.act() as db:
        given = attachments.add(
            db, form=shelf.form(db, case["bundle"], "PO-S"), answers={}, files={"attachments": [sent()]}, case_id=None,
            item_id=None, step="PO-S", who=desk.who("service1"), at=desk.now, key=KEY, sealed=True,
        )  # fmt: skip
        assert len(attachments.choosable(db, map(int, given["attachments"]), desk.who("service1"))) == 1
        assert attachments.choosable(db, map(int, given["attachments"]), desk.who("lighting1")) == []
        assert attachments.forget_loose(db, at=desk.now + timedelta(hours=23)) == 0
        assert attachments.forget_loose(db, at=desk.now + timedelta(hours=25)) == 1
    assert rows(desk) == [] and contents(desk) == 0


def test_a_backup_holds_the_files_sealed_and_plain(desk: Desk, tmp_path: Path) -> None:
    case_id = opened(desk)
    desk.done(case_id, "PO-04", "registry1", receipt_number="115-A-1", responsible_unit="works-lighting")
    desk.done(case_id, "PO-07", "lighting1", ours="yes")
    done(desk, case_id, files={"attachments": [sent("公文.pdf", pdf())]})
    backups.backup(desk.store, tmp_path / "lines", lines=True)
    other = Store(f"sqlite:///{tmp_path / 'restored.sqlite3'}")
    backups.restore(other, tmp_path / "lines")
    with other.look() as db:
        found = [dict(row) for row in db.execute(sa.select(attachment).order_by(attachment.c.id)).mappings()]
        assert found == rows(desk)
        key = desk.city.office.key
        assert [attachments.content_of(db, row, key) for row in found] == [sent().content, pdf()]
        with pytest.raises(Stuck):
            attachments.content_of(db, found[0], None)
    other.close()


def test_files_from_a_field_the_next_step_does_not_have_stand_in_its_first(desk: Desk) -> None:
    case = desk.city.case(desk.petition())
    with desk.store.look() as db:
        form = shelf.form(db, case["bundle"], "PO-08")
    answers = {"scans": ["3", "4"], "attachments": ["1"], "findings": "x"}
    waiting = [{"id": 1, "field": "attachments"}, {"id": 3, "field": "scans"}, {"id": 5, "field": "scans"}]
    first = attachments.fields_of(form)[0]
    home = attachments.at_home(form, answers, waiting)
    assert home == answers | {first: ["3"]}, "what was taken out, and what is not there, stays out"
    assert attachments.at_home(None, answers, waiting) == answers
