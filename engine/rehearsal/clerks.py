"""What a clerk of the invented city fills in at each step of a petition, whichever of the three SOPs it follows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engine.cases.files import Received
from engine.rehearsal import papers, said
from engine.rehearsal.matters import MATTERS
from engine.rehearsal.plans import Plan

__all__ = ["Filled", "Memory", "fill", "opening"]

_TICKED = ("replied", "each-point", "copy-arrived", "no-promise")
_TOLD = ("told", *_TICKED[1:])


@dataclass(slots=True)
class Memory:
    """What the case has been through already: how often each step was done, and the number of the case it repeats."""

    done: dict[str, int] = field(default_factory=dict)
    original: str = ""
    case_type: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    answers: Mapping[str, Any]
    checklist: tuple[str, ...] = ()
    files: Mapping[str, tuple[Received, ...]] = field(default_factory=dict)


def opening(plan: Plan, chance: random.Random) -> Filled:
    """What comes in."""
    matter = plan.matter
    body = matter.body.format(place=plan.place)
    answers: dict[str, Any] = {
        "channel": plan.channel, "case_type": matter.kind, "subject": f"{plan.place}{matter.subject}"[:100],
        "location": plan.place, "body": body, "petitioner_name": plan.who, "petitioner_email": plan.email,
    }  # fmt: skip
    if plan.kind == "again":
        answers["body"] = f"上次回覆說已處理，但情形依舊，請再查明。{body}"
    if plan.kind == "duplicate":
        answers["body"] = f"{body}住在附近的人都希望早點處理。"
    if plan.kind == "joined-later":  # nobody could tell that it is the same
        unlike = "散步時看到的，地點在里民活動中心往南走一段。請派員看看。"
        answers |= {"subject": f"{matter.thing}問題請協助", "location": "", "body": unlike}
    if plan.sop == "petition-visit-phone":
        hears = plan.kind not in ("untold", "plain") or plan.channel == "電話"
        answers |= {"wants_told": "yes" if hears else "no", "phone_left": "yes" if hears else "no"}
        if hears:
            answers["petitioner_phone"] = f"0900{plan.n + 100:06}"
    if plan.sop == "petition-written-fax":
        brief = plan.kind == "brief" or plan.stays == "PW-01"
        answers |= {"letter_form": "brief" if brief else "complete", "petitioner_address": f"例示里{plan.n + 1}號"}
        return Filled(answers, files={"attachments": (papers.scan(chance, "陳情書掃描"),)})
    if chance.random() < 0.3:
        return Filled(answers, files={"attachments": (papers.photo(chance, "現場照片"),)})
    return Filled(answers)


def fill(step: str, plan: Plan, chance: random.Random, memory: Memory, *, day: date, unit: str) -> Filled | None:
    """None for a step nobody of this city knows."""
    times = memory.done.get(step, 0)
    match step:
        case "PV-01":
            text = plan.matter.body.format(place=plan.place)
            return Filled({"record_text": f"陳情人表示：{text}", "read_back": "yes"})
        case "PW-01":
            text = plan.matter.body.format(place=plan.place)
            return Filled({"record_text": f"洽陳情人後補充：{text}", "asked_how": "phone"})
        case "PW-02":
            return Filled({"fax_note": "來件為傳真，已補強並附紀錄表。", "received_pages": 1 + chance.randrange(3)})
        case "DC-02":
            return _repeats(plan, memory)
        case "PO-04" | "PV-04" | "PW-04":
            named = plan.matter.unit if plan.kind != "misdirected" else _another(plan, chance)
            return Filled({"receipt_number": f"例收字第{1150000 + plan.n}號", "responsible_unit": named})
        case "PW-05":
            return Filled({"case_type": memory.case_type or plan.matter.kind})
        case "PO-07" | "PV-07" | "PW-08":
            if unit != plan.matter.unit and plan.kind == "misdirected":
                return Filled({"ours": "no", "reason": "所陳事項非本單位權責，建請改分。"})
            return Filled({"ours": "yes"})
        case "PO-07R" | "PV-07R" | "PW-08R":
            return Filled({"new_unit": plan.matter.unit, "note": "已電話協調，雙方同意。"})
        case "PO-08" | "PV-08" | "PW-09":
            return _work(step, plan, chance, day)
        case "PO-09" | "PV-09" | "PW-10" | "FU-07":
            if plan.kind == "returned" and times == 0:
                return Filled({"reply_check": "退回修正", "reason": chance.choice(said.RETURNED)})
            return Filled({"reply_check": "核可"})
        case "PV-10" | "PV-10R" | "PV-11" | "PW-11" | "FU-07H":
            return _tell(step, plan, chance, times, day)
        case "PO-11" | "PV-12" | "PW-13":
            if plan.kind == "not-released" and times == 0:
                return Filled({"release": "否", "reason": "回覆說下個月完成，須追蹤到完工為止。"})
            return Filled({"release": "是", **_solved(chance)}, _TOLD if step == "PV-12" else _TICKED)
        case "FU-01":
            return Filled({"difficulty": chance.choice(("一般", "一般", "較複雜"))})
        case "FU-04":
            return _progress(plan, chance, times, day)
        case "FU-05":
            return Filled({"release": "同意除管", **_solved(chance)}, _TICKED)
    return _meeting(step, chance, times, day)


def _repeats(plan: Plan, memory: Memory) -> Filled:
    if memory.original and plan.kind in ("again", "duplicate"):
        kind = "再陳情" if plan.kind == "again" else "重複登打"
        return Filled({"duplicate_kind": kind, "original_case": memory.original})
    return Filled({"duplicate_kind": "非重複"})


def _another(plan: Plan, chance: random.Random) -> str:
    return chance.choice([one.unit for one in MATTERS if one.unit != plan.matter.unit])


def _solved(chance: random.Random) -> dict[str, str]:
    return {"solved": chance.choice(("yes", "yes", "yes", "partly", "no"))}


def _reply(plan: Plan, chance: random.Random) -> str:
    return chance.choice(said.REPLIES[plan.matter.unit]).format(thing=plan.matter.thing)


def _work(step: str, plan: Plan, chance: random.Random, day: date) -> Filled:
    found = chance.choice(said.FINDINGS).format(thing=plan.matter.thing)
    answers = {"visited": "yes", "visited_on": day.isoformat(), "findings": found, "reply_text": _reply(plan, chance)}
    if step != "PV-08":
        answers["reply_kind"] = "實質辦結"
        if plan.kind == "interim":
            answers |= {
                "reply_kind": "階段性回覆", "expected_on": (day + timedelta(days=28)).isoformat(),
                "reply_text": chance.choice(said.INTERIM).format(thing=plan.matter.thing),
            }  # fmt: skip
    if chance.random() < 0.2:
        paper = (
            papers.note(chance, "會勘紀錄", said.NOTES) if chance.random() < 0.5 else papers.photo(chance, "完工照片")
        )
        return Filled(answers, files={"attachments": (paper,)})
    return Filled(answers)


def _tell(step: str, plan: Plan, chance: random.Random, times: int, day: date) -> Filled:
    match step:
        case "PV-10" if plan.kind == "unreachable":
            return Filled({"calls": 3, "call_note": "三次於不同時段撥打，均無人接聽。", "told": "聯繫未果",
                           "reason": "電話無人接聽。"})  # fmt: skip
        case "PV-10" if plan.kind == "unhappy" and times == 0:
            return Filled({"calls": 1, "call_note": "告知處理結果，陳情人不滿意。", "solved": "no",
                           "unhappy_about": "認為只做了表面，沒有真正改善。", "told": "不滿意"})  # fmt: skip
        case "PV-10":
            return Filled({"calls": 1 + chance.randrange(2), "call_note": chance.choice(said.CALLS), "solved": "yes",
                           "told": "已告知"})  # fmt: skip
        case "PV-10R":
            return Filled({"notice_way": "letter", "letter_number": f"例函字第{plan.n + 1}號",
                           "note": "已改以書面告知處理結果。"})  # fmt: skip
        case "PV-11":
            return Filled({"copy_sent_on": day.isoformat()})
        case "PW-11":
            return Filled({"letter_number": f"例府字第{1150000 + plan.n}號", "sent_on": day.isoformat(),
                           "sent_by": chance.choice(("post", "registered", "mail"))})  # fmt: skip
    by = "letter" if plan.sop == "petition-written-fax" else "call"
    number = {"letter_number": f"例府字第{1160000 + plan.n}號"} if by == "letter" else {}
    return Filled({"told_how": by, "told_on": day.isoformat(), **number})


def _progress(plan: Plan, chance: random.Random, times: int, day: date) -> Filled:
    """A follow-up form: what takes several rounds is not done at the first."""
    more = {"overdue_reason": chance.choice(said.DELAYS), "improvement": "調整施工順序，並增派人力。",
            "catch_up_on": (day + timedelta(days=7)).isoformat()}  # fmt: skip
    if times < (2 if plan.kind in ("interim", "not-released") else 0):
        return Filled({"progress": said.PROGRESS[times % len(said.PROGRESS)], "reply_now": "no", "handled": "未辦結",
                       **more})  # fmt: skip
    return Filled({"progress": "已全部完成並驗收。", "reply_now": "yes", "reply_text": _reply(plan, chance),
                   "handled": "已辦結", **more})  # fmt: skip


def _meeting(step: str, chance: random.Random, times: int, day: date) -> Filled | None:
    """The municipal meeting's list, and what follows of it."""
    match step:
        case "MM-01":
            return Filled({"summary": "逾期案件辦理情形與改善期程。", "approval_level": "三層"})
        case "AP-01" | "AP-02" | "AP-03":
            return Filled({"outcome": "核可"})
        case "MM-06":
            return Filled({"meeting_no": f"例{110 + times}次", "held_on": day.isoformat(),
                           "ruling": "請權責單位加速辦理，並於下次會議報告。"})  # fmt: skip
        case "RD-00":
            return Filled({"held_on": day.isoformat(), "minutes": "檢討逾限原因，請建立代理與預警的做法。"})
        case "RD-01":
            return Filled({"facts": "案件逾限三十日以上始回覆，須檢討。", "statement": "須跨單位協調。",
                           "proposal": "依要點檢討並提出改善措施。"})  # fmt: skip
        case "RD-03":
            return Filled({"sent_on": day.isoformat()})
        case "RD-04":
            return Filled({"recorded_on": day.isoformat()})
    return None
