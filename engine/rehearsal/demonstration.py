"""A small city that looks alive on the first run: petitions of the last weeks, on the real engine and a virtual clock.

Invented matters, invented people. The same seed makes the same city.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases.records import ITEM_IS_OPEN, case, item
from engine.cases.surroundings import Office
from engine.cases.working import claim
from engine.errors import Refusal
from engine.office import people
from engine.rehearsal.virtual import TAIPEI, Virtual
from engine.store import Store

__all__ = ["is_empty", "make"]

#: (subject, place, unit)
_MATTERS = (
    ("路燈不亮", "中山路與民生路口", "works-lighting"),
    ("路燈閃爍影響行車", "忠孝街十二巷", "works-lighting"),
    ("公園夜間照明不足", "北香湖公園", "works-lighting"),
    ("排水溝淤積有異味", "友愛路二段", "works-drainage"),
    ("大雨後路面積水", "世賢路三段", "works-drainage"),
    ("水溝蓋破損", "仁愛路", "works-drainage"),
    ("人行道地磚鬆動", "垂楊路", "works-roads"),
    ("路面坑洞請儘速修補", "博愛路一段", "works-roads"),
    ("施工後路面未回填平整", "興業東路", "works-roads"),
    ("資源回收站環境髒亂", "文化公園旁", "environment-cleaning"),
    ("空地雜草叢生孳生蚊蟲", "大雅路二段", "environment-cleaning"),
    ("工廠夜間噪音", "後湖工業區", "environment-inspection"),
    ("餐廳油煙擾民", "新榮路", "environment-inspection"),
    ("違規停車阻礙消防通道", "光彩街", "police-traffic"),
    ("號誌秒數過短行人過不完", "吳鳳北路", "police-traffic"),
)
#: how many of a hundred items at a step are done on a day: the rest stays, so that something is overdue
_PACE = {
    "PO-04": 95,
    "PO-07": 85,
    "PO-07R": 90,
    "PO-08": 34,
    "PO-09": 70,
    "PO-11": 60,
    "FU-01": 60,
    "FU-04": 30,
    "FU-05": 60,
}
_TICKED = ["replied", "each-point", "copy-arrived", "no-promise"]
_REPLY = "您好，您反映的事項本單位已派員現場查勘並完成改善，後續將持續巡查維護，感謝您的反映。"


def is_empty(store: Store) -> bool:
    with store.look() as db:
        return db.execute(sa.select(case.c.id).limit(1)).first() is None


def make(
    store: Store, office: Office, now: datetime, *, cases: int = 40, days: int = 15, seed: int = 115,
    progress: Callable[[int, int], None] | None = None,
) -> int:  # fmt: skip
    """Open ``cases`` petitions over the last ``days`` working days and let the office work on them until ``now``.

    ``progress(done, of)`` is told of every day. Returns how many cases were opened.
    """
    chance = random.Random(seed)
    today = now.astimezone(TAIPEI).date()
    first = office.calendar.add(today, -days)
    city = Virtual(store, office, datetime.combine(first, time(8), TAIPEI))
    working = [first + timedelta(days=n) for n in range((today - first).days + 1)]
    working = [day for day in working if office.calendar.is_working(day)]
    opened = 0
    matters: dict[int, str] = {}  # case → the unit it belongs to
    for n, day in enumerate(working):
        while opened < cases * (n + 1) // len(working):
            at = datetime.combine(day, time(8, 30), TAIPEI) + timedelta(minutes=chance.randrange(420))
            if not _until(city, at, now):
                break
            case_id, unit = _open(city, chance)
            matters[case_id] = unit
            opened += 1
        if not _until(city, datetime.combine(day, time(16, 30), TAIPEI), now):
            break
        _work(city, chance, matters)
        if progress is not None:
            progress(n + 1, len(working))
    city.until(now)
    return opened


def _until(city: Virtual, at: datetime, now: datetime) -> bool:
    """Move on, never past the real present."""
    if at > now:
        return False
    city.until(max(at, city.now))
    return True


def _open(city: Virtual, chance: random.Random) -> tuple[int, str]:
    subject, place, unit = chance.choice(_MATTERS)
    opened = city.open_case(
        "petition-online", who="service_center@planning-rdec",
        answers={
            "channel": chance.choice(("線上陳情", "線上市容查報")), "case_type": chance.choice(("市政建議", "其他")),
            "subject": subject, "location": f"{place}（近{chance.randrange(1, 120)}號）",
            "body": f"{place}一帶{subject}，已有一段時間，請派員處理。",
            "petitioner_name": f"例民眾{chance.randrange(100, 999)}",
            "petitioner_email": f"citizen{chance.randrange(1000)}@example.invalid",
        },
    )  # fmt: skip
    return opened.case_id, unit


def _work(city: Virtual, chance: random.Random, matters: Mapping[int, str]) -> None:
    """An afternoon: some steps are done, some are taken in hand, the rest waits."""
    with city.store.look() as db:
        rows = db.execute(sa.select(item).where(ITEM_IS_OPEN).order_by(item.c.id)).mappings().all()
    for row in rows:
        if chance.randrange(100) < _PACE.get(str(row["step"]).rpartition("/")[2], 50):
            _do(city, dict(row), chance, matters[row["case_id"]])
        elif row["assignee"] is None and chance.randrange(100) < 60:
            _claim(city, dict(row))


def _claim(city: Virtual, row: Mapping[str, Any]) -> None:
    with city.store.act() as db:
        who = city.person(db, f"{row['role']}@{row['unit']}")
        claim(db, row["id"], who=who, at=city.now, office=city.office)


def _do(city: Virtual, row: Mapping[str, Any], chance: random.Random, unit: str) -> None:
    answers = _answers(city, row, chance, unit)
    if answers is None:
        return
    with city.store.look() as db:
        holder = people.get(db, row["assignee"], city.now).account if row["assignee"] else None
    checklist = answers.pop("checklist", ())
    try:
        city.complete(
            row["case_id"], row["step"], who=holder or f"{row['role']}@{row['unit']}", answers=answers,
            checklist=checklist,
        )  # fmt: skip
    except Refusal:
        return  # somebody's own work, or a step that closed in the meantime: it stays for the people to look at


def _answers(city: Virtual, row: Mapping[str, Any], chance: random.Random, unit: str) -> dict[str, Any] | None:
    day = city.now.astimezone(TAIPEI).date().isoformat()
    match str(row["step"]).rpartition("/")[2]:
        case "DC-02":
            return {"duplicate_kind": "非重複"}
        case "PO-04":
            number = city.case(row["case_id"])["number"]
            named = unit if chance.randrange(8) else chance.choice(_MATTERS)[2]
            return {"receipt_number": number, "responsible_unit": named}
        case "PO-07":
            if row["unit"] != unit:
                return {"ours": "no", "reason": "所陳事項非本單位權責。"}
            return {"ours": "yes"}
        case "PO-07R":
            return {"new_unit": unit}
        case "PO-08":
            return {
                "visited": "yes", "visited_on": day, "findings": "已派員現場查勘，確認反映屬實並安排改善。",
                "reply_kind": "實質辦結", "reply_text": _REPLY,
            }  # fmt: skip
        case "PO-09" | "FU-07":
            if chance.randrange(5) == 0:
                return {"reply_check": "退回修正", "reason": "請補充改善完成的日期。"}
            return {"reply_check": "核可"}
        case "PO-11":
            return {"release": "是", "checklist": _TICKED}
        case "FU-01":
            return {"difficulty": "一般"}
        case "FU-04":
            return {
                "progress": "已協調廠商進場，預計近日完成。", "overdue_reason": "等待材料到貨。",
                "improvement": "改以現有備料先行施作。", "catch_up_on": day, "reply_now": "yes", "reply_text": _REPLY,
                "handled": "已辦結",
            }  # fmt: skip
        case "FU-05":
            return {"release": "同意除管", "checklist": _TICKED}
    return None
