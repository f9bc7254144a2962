"""What a mail says, in Chinese and, below it, in English. Numbers, steps, dates and a link; never an identity.

Only the facts named here leave the house, whatever else a notice holds: the case's number, the step's id, the due date,
the level; and to the petitioner the letter that is for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from engine.office.mail import Undeliverable, is_address
from engine.office.people import OFFICE_ZONE

if TYPE_CHECKING:
    from engine.office.notices import Notice

__all__ = ["KINDS", "Written", "message", "message_id"]

#: kind → what a mail says it is about, Chinese and English; also the closed list of kinds
KINDS: Mapping[str, tuple[str, str]] = {
    "assigned": ("有新的待辦事項", "A work item is yours"),
    "returned": ("案件退回修正", "A case was returned to you"),
    "reminder": ("限辦期限將至", "A deadline is near"),
    "escalation": ("案件逾期稽催", "A deadline has passed"),
    "moved": ("待辦事項已轉由下一步驟承接", "A work item went on to its next step"),
    "cut": ("待辦事項已由系統結束", "A work item was closed by the system"),
    "linked": ("有關聯案件", "A case was linked"),
    "withdrawn": ("案件已撤回", "A case was withdrawn"),
    "ended": ("案件已結束", "A case has ended"),
    "reply": ("您的案件已有回復", "Your case has been answered"),
    "receipt": ("您的案件已受理", "Your case has been received"),
    "interim": ("您的案件延長辦理期限", "Your case needs more time"),
    "supplement": ("您的案件需要您補充", "Your case waits for you"),
    "resumed": ("您的案件繼續辦理", "Your case goes on"),
    "incident": ("系統異常，待處理", "An incident waits for you"),
    "form": ("有表單待填復", "A form waits for you"),
    "copy": ("回覆副本已送達", "A copy of the reply has arrived"),
    "told": ("案件有新的文件，請知悉", "A case has a new document for you to know of"),
    "expiring": ("您的帳號密碼即將到期，請更新", "Your password runs out soon: renew it"),
    "expired": ("您的帳號密碼已逾期，帳號暫停使用", "Your password has run out: the account is suspended"),
    "duplicate": ("案件已併入原案", "A case was joined to an earlier one"),
    "duplicate-by-hand": ("案件已併入原案，請告知陳情人", "A case was joined to an earlier one: tell the petitioner"),
    "parted-by-hand": ("案件恢復單獨辦理，請告知陳情人", "A case is handled on its own again: tell the petitioner"),
    "answer-by-hand": ("重複案已有回覆，請告知陳情人", "A duplicate has its answer: tell the petitioner"),
    "returned-often": ("同一步驟已多次退回", "A step was returned several times"),
    "recount": ("限辦期限因辦公日曆變更而調整", "A deadline moved with the calendar"),
    "calendar": ("明年辦公日曆尚未匯入", "Next year's calendar is missing"),
    "extension": ("展期申請", "An extension was asked for or decided"),
    "suspension": ("案件停止或恢復計時", "A case's clock was stopped or started"),
    "opinion": ("會辦意見", "An opinion was asked for or given"),
    "reopened": ("案件重新列管", "A case was taken up again"),
    "transferred": ("案件改分", "A case went to another unit"),
    "undeliverable": ("回覆無法送達", "An answer could not be delivered"),
    "parted": ("您的案件恢復單獨辦理", "Your case is handled on its own again"),
    "remind": ("主管提醒您一項待辦", "Your supervisor reminds you of a work item"),
    "follow-up": ("列管案件追蹤通知", "The control office asks how a case stands"),
    "absence": ("請假與代理", "An absence and who stands in"),
    "digest": ("待辦事項彙總", "What waits for you"),
    "account": ("帳號通知", "About your account"),
    "workshop": ("作業流程草案", "The draft of an SOP"),
}
#: lines a digest writes out; the rest it counts
MOST_LINES = 40
_ZH, _EN = 0, 1
_LEVEL = ("稽催第 {} 級", "escalation level {}")
_LABELS = {
    "number": ("案件編號", "Case"), "step": ("步驟", "Step"), "due": ("期限", "Due"), "level": ("層級", "Level"),
}  # fmt: skip
_COUNT = ("共 {} 則通知：", "{} notices:")
_MORE = ("另有 {} 則，請至系統查看。", "{} more are on the desk.")
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "clock": (
        "系統時間早於上次執行的時間，計時已暫停；請校正主機時間，或在設定頁確認時間無誤。",
        "The machine's clock is behind its last tick, so nothing rings. Set it right, or confirm it in the settings.",
    ),
    "yearly": (
        "有作業流程應辦理年度檢視，請到流程工坊登錄檢視結果或起草修訂。",
        "A procedure is to be looked over: record the review in the workshop, or begin a draft.",
    ),
    "period": ("有作業流程無法依行事曆開案。", "An SOP could not be opened by its calendar."),
}
_END = ("此信由系統寄出，請勿直接回覆。", "This mail was sent by the system; please do not reply.")


@dataclass(frozen=True, slots=True)
class Written:
    """What a letter says below its heading, and what is enclosed: (name, media type, content)."""

    text: str
    enclosed: Sequence[tuple[str, str, bytes]] = ()


def message_id(key: str) -> str:
    """Always the same for the same notice, and nothing of the key can be read from it."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@sopflow>"


def message(
    notice: Notice, address: str, sender: str, *, link: str = "", body: str | Written | None = None,
    language: str = "zh",
) -> EmailMessage:  # fmt: skip
    """The mail of one notice. Raises ``Undeliverable`` where a header could not carry the address or the number."""
    if not is_address(address):
        raise Undeliverable("bad_address")
    number = str(notice.facts.get("number", ""))
    tongues = (_ZH, _EN) if language == "en" else (_ZH,)
    about = " / ".join(KINDS[notice.kind][tongue] for tongue in tongues)
    mail = EmailMessage()
    mail["From"] = sender
    try:
        mail["To"] = address
        # to a petitioner it is the city that writes; its people sort their mail by the system's name
        mail["Subject"] = (
            f"{'[sopflow] ' if notice.person_id is not None else ''}{about}{f'：{number}' if number else ''}"
        )
    except ValueError:  # a line break in it
        raise Undeliverable("bad_header") from None
    mail["Message-ID"] = message_id(notice.key)
    mail["Date"] = notice.at.astimezone(OFFICE_ZONE)
    mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answer comes back
    written = body if isinstance(body, Written) else Written(body or "")
    parts = ["\n".join(_lines(notice, link.rstrip("/"), written.text, tongue)) for tongue in tongues]
    mail.set_content("\n\n----\n\n".join(parts) + "\n")
    for name, media_type, content in written.enclosed:
        main, _, sub = media_type.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail


def _lines(notice: Notice, link: str, body: str | None, tongue: int) -> Iterator[str]:
    inside = notice.person_id is not None
    yield KINDS[notice.kind][tongue] + ("。" if tongue == _ZH else ".")
    if notice.facts.get("about") in _SENTENCES:
        yield _SENTENCES[notice.facts["about"]][tongue]
    told = {
        "number": notice.facts.get("number"), "step": notice.facts.get("step") if inside else None,
        "due": when(notice.facts.get("due"), tongue),
        "level": notice.level if inside and notice.kind == "escalation" and notice.level else None,
    }  # fmt: skip
    for name, value in told.items():
        if value:
            yield f"{_LABELS[name][tongue]}{'：' if tongue == _ZH else ': '}{_plain(value)}"
    if notice.kind == "digest":
        yield from _digest(notice.facts, link, tongue)
    if inside and link:
        yield f"{link}/cases/{notice.case_id}" if notice.case_id is not None else f"{link}/notices"
    if body and tongue == _ZH:
        yield ""
        yield body
    yield ""
    yield _END[tongue]


def _digest(facts: Mapping[str, Any], link: str, tongue: int) -> Iterator[str]:
    rows = facts.get("rows") or []
    yield _COUNT[tongue].format(facts.get("count", len(rows)))
    for row in rows:
        about = KINDS.get(row.get("kind", ""), KINDS["digest"])[tongue]
        words = [about, row.get("number"), row.get("step"), when(row.get("due"), tongue)]
        if row.get("level"):
            words.insert(1, _LEVEL[tongue].format(row["level"]))
        yield "- " + "  ".join(_plain(word) for word in words if word)
        if link and row.get("case"):
            yield f"  {link}/cases/{int(row['case'])}"
    if facts.get("more"):
        yield _MORE[tongue].format(facts["more"])


def when(text: Any, tongue: int = _ZH) -> str:
    """``115/12/03 17:00``, in English ``2026-12-03 17:00``; another short text stays as it is."""
    if not text:
        return ""
    try:
        there = datetime.fromisoformat(str(text)).astimezone(OFFICE_ZONE)
    except ValueError:
        return _plain(text)
    return f"{there.year - 1911}/{there:%m/%d %H:%M}" if tongue == _ZH else f"{there:%Y-%m-%d %H:%M}"


def _plain(value: Any) -> str:
    return "".join(c for c in str(value)[:80] if c.isprintable())
