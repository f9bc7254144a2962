"""People at work on petitions through the real verbs, each act under a key of its own, each answer witnessed outside.

A clerk first looks at the page (item and case as they stand), then posts with the version seen, as the desk does.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from engine import cases
from engine.cases.records import case, item
from engine.cases.surroundings import Office
from engine.errors import Refusal
from engine.office import people
from engine.office.people import Person
from engine.store import Connection, Store
from tests.faults.evidence import Evidence, Line
from tests.faults.moments import Moments

__all__ = ["PAGES", "Clerks", "Page", "look_at"]

UNITS = ("works-lighting", "works-drainage", "works-roads")
REPLY = "您反映的問題，經現場勘查後已派工處理完成，謝謝您的反映。"
TICKED = ("replied", "each-point", "copy-arrived", "no-promise")
#: a city has this many petitions open at a time
OPEN = 24


@dataclass(frozen=True, slots=True)
class Page:
    """What a person had on the screen when they decided."""

    item: Mapping[str, Any]
    case: Mapping[str, Any]


#: the last page seen of each item in this process; only a broken build reads it
PAGES: dict[int, Page] = {}


def look_at(db: Connection, item_id: int) -> Page:
    row = db.execute(sa.select(item).where(item.c.id == item_id)).mappings().one()
    of = db.execute(sa.select(case).where(case.c.id == row["case_id"])).mappings().one()
    PAGES[item_id] = Page(dict(row), dict(of))
    return PAGES[item_id]


class Clerks:
    """``luck`` decides who does what; ``now`` is the virtual time all of them share."""

    def __init__(
        self, store: Store, office: Office, evidence: Evidence, moments: Moments, luck: random.Random, now: datetime
    ) -> None:
        self.store, self.office, self.evidence, self.moments = store, office, evidence, moments
        self.luck, self.now = luck, now

    # -- one act -----------------------------------------------------------------------------------------------------

    def act(self) -> None:
        """Somebody does something: registers a petition, takes a step, saves a draft, or completes a step."""
        with self.store.look() as db:
            waiting = (
                db.execute(sa.select(item.c.id).where(item.c.status == "open").order_by(item.c.id)).scalars().all()
            )
            running = db.execute(sa.select(sa.func.count()).where(case.c.status == "open")).scalar_one()
        if running < OPEN or not waiting:
            return self.register()
        # the oldest are wanted by everybody at once
        chosen = self.luck.choice(waiting[:2] if self.luck.random() < 0.6 else waiting)
        with self.store.look() as db:
            page = look_at(db, chosen)
            who = self._who(db, page.item)
        time.sleep(self.luck.uniform(0, 0.004))  # the page is read
        if who is None:
            return None
        lot = self.luck.random()
        if lot < 0.15 and page.item["assignee"] is None:
            return self._claim(page, who)
        if lot > 0.9 and page.item["step"] == "PO-08":
            return self._save_draft(page, who)
        answers, ticked, reason = self._answers(page)
        return self.complete(
            {"key": self._key(), "verb": "complete", "item": chosen, "who": who.account, "answers": answers,
             "checklist": list(ticked), "reason": reason, "seen": page.item["version"]}
        )  # fmt: skip

    def register(self) -> None:
        number = self.luck.randrange(10**9)
        person = self.luck.randrange(6) if self.luck.random() < 0.2 else number  # some come again about the same thing
        answers = {
            "channel": "線上陳情", "case_type": self.luck.choice(["市政建議", "其他"]), "subject": f"路燈不亮 {person}",
            "location": f"示例路{person}號", "body": "示例路的路燈已經三天不亮，請派員修復。",
            "petitioner_name": f"例民眾{person}", "petitioner_phone": f"09{person:08}"[:10],
            "petitioner_email": f"p{person}@example.invalid",
        }  # fmt: skip
        self.open({"key": self._key(), "verb": "open", "who": "service1", "answers": answers})

    def again(self, asked: Line) -> None:
        """The same form sent once more, as a browser does that saw no answer."""
        self.complete(asked) if asked["verb"] == "complete" else self.open(asked)

    def complete(self, asked: Line) -> None:
        def post(db: Connection) -> Any:
            done = cases.complete(
                db, asked["item"], who=people.get(db, asked["who"], self.now), at=self.now, office=self.office,
                answers=asked["answers"], checklist=asked["checklist"], reason=asked["reason"], seen=asked["seen"],
                key=asked["key"],
            )  # fmt: skip
            return {
                "case": done.case_id,
                "number": done.number,
                "next": done.next_item,
                "ended": done.ended,
            }, done.replayed

        self._post(asked, post)

    def open(self, asked: Line) -> None:
        def post(db: Connection) -> Any:
            opened = cases.open_case(
                db, "petition-online", start="PO-S", who=people.get(db, asked["who"], self.now), at=self.now,
                office=self.office, answers=asked["answers"], key=asked["key"],
            )  # fmt: skip
            return {"case": opened.case_id, "number": opened.number}, opened.replayed

        self._post(asked, post)

    def _claim(self, page: Page, who: Person) -> None:
        asked = {"key": None, "verb": "claim", "item": page.item["id"], "who": who.account}
        self._post(asked, lambda db: (cases.claim(
            db, page.item["id"], who=who, at=self.now, office=self.office, seen=page.item["version"]
        ), False))  # fmt: skip

    def _save_draft(self, page: Page, who: Person) -> None:
        asked = {"key": None, "verb": "save_draft", "item": page.item["id"], "who": who.account}
        self._post(asked, lambda db: (cases.save_draft(
            db, page.item["id"], who=who, at=self.now, office=self.office, answers={"findings": "現場勘查中。"}
        ), False))  # fmt: skip

    def _post(self, asked: Line, post: Callable[[Connection], tuple[Any, bool]]) -> None:
        self.evidence.say("asked", **{name: value for name, value in asked.items() if name != "what"})
        told = {"key": asked["key"], "verb": asked["verb"], "item": asked.get("item"), "who": asked["who"]}
        try:
            with self.store.act() as db:
                self.moments.enter(asked["verb"])
                answer, replayed = post(db)
        except Refusal as refusal:
            self.evidence.say("refused", **told, code=refusal.code, sentence=refusal.sentence)
        except OperationalError as error:
            self.evidence.say("away", **told, why=str(error.orig))
        except Exception:
            self.evidence.say("crashed", **told, why=traceback.format_exc(limit=-3))
        else:
            self.evidence.say("acked", **told, answer=answer, replayed=replayed, n=self.moments.statements)
        self.moments.leave()

    # -- who, and what they write ------------------------------------------------------------------------------------

    def _key(self) -> str:
        return f"{self.luck.getrandbits(96):024x}"

    def _who(self, db: Connection, row: Mapping[str, Any]) -> Person | None:
        if row["assignee"]:
            return people.get(db, row["assignee"], self.now)
        held = people.holders(db, row["role"], row["unit"], self.now)
        return people.get(db, self.luck.choice(held).account, self.now) if held else None

    def _answers(self, page: Page) -> tuple[dict[str, Any], tuple[str, ...], str | None]:
        """What this step asks for: answers, ticks, reason. Every way through the petition is taken now and then."""
        luck, today = self.luck, (self.now + timedelta(hours=8)).date().isoformat()
        often = luck.random() < 0.75
        reason = "請補充說明。"
        match str(page.item["step"]).rpartition("/")[2]:
            case "DC-02":
                kind = (
                    luck.choice(["非重複", "重複登打", "再陳情"]) if page.case["number"] != "115-000001" else "非重複"
                )
                return (
                    {"duplicate_kind": kind} | ({} if kind == "非重複" else {"original_case": "115-000001"}),
                    (),
                    None,
                )
            case "PO-04":
                return {"receipt_number": "例字第1號", "responsible_unit": luck.choice(UNITS)}, (), None
            case "PO-07":
                return {"ours": "yes" if often else "no"}, (), None if often else reason
            case "PO-07R":
                return {"new_unit": luck.choice(UNITS)}, (), None
            case "PO-08":
                kind = {"reply_kind": "實質辦結"} if often else {"reply_kind": "階段性回覆", "expected_on": today}
                return (
                    {"visited": "no", "findings": "現場勘查確認屬實，已排定處理方式。", "reply_text": REPLY, **kind},
                    (),
                    None,
                )
            case "PO-09" | "FU-07":
                return {"reply_check": "核可" if often else "退回修正"}, (), None if often else reason
            case "PO-11":
                return {"release": "是" if often else "否"}, TICKED if often else (), None if often else reason
            case "FU-01":
                return {"difficulty": luck.choice(["一般", "較複雜", "複雜"])}, (), None
            case "FU-04":
                reply = {"reply_now": "yes", "reply_text": REPLY} if often else {"reply_now": "no"}
                late = {"overdue_reason": "須協調。", "improvement": "增派人力。", "catch_up_on": today}
                return (
                    {"handled": "已辦結" if often else "未辦結", "progress": "已排定並持續辦理。", **late, **reply},
                    (),
                    None,
                )
            case "FU-05":
                if often:
                    return {"release": "同意除管"}, TICKED, None
                return (
                    {"release": "續列管", "difficulty": "一般", "review_meeting": luck.choice(["yes", "no"])},
                    (),
                    reason,
                )
            case "MM-01":
                return {"summary": "辦理情形報告。", "approval_level": luck.choice(["三層", "二層"])}, (), None
            case "AP-01" | "AP-02" | "AP-03":
                return {"outcome": "核可" if often else "退回修正"}, (), None if often else reason
            case "MM-06":
                return {"meeting_no": "例1", "held_on": today, "ruling": "請加速辦理。"}, (), None
            case "RD-00":
                return {"held_on": today, "minutes": "檢討會議紀錄。"}, (), None
            case "RD-01":
                return {"facts": "逾期未復達四次。", "proposal": "口頭告誡。"}, (), None
            case "RD-03":
                return {"sent_on": today}, (), None
            case "RD-04":
                return {"recorded_on": today}, (), None
        raise AssertionError(f"nobody knows what to write at {page.item['step']}")
