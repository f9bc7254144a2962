"""The journal in sentences: what happened, who did it, what the machine did with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webui import phrases, shown


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline. ``more`` are the machine's doings in the same act."""

    at: datetime
    sentence: str
    reason: str
    more: Sequence[str]
    machine: bool


@dataclass(frozen=True, slots=True)
class Names:
    """How the page calls things: steps by path, people and units by id, an outcome's value by (step, value)."""

    step: Callable[[str], str]
    person: Callable[[int | None], str]
    unit: Callable[[str], str]
    outcome: Callable[[str, str], str]
    deadline: Callable[[str], str]


def tell(line: Mapping[str, Any], names: Names) -> Told:
    """One journal line as the page tells it."""
    effects = line["effects"] or {}
    who = names.person(line["by"])
    step = f"「{names.step(line['step'])}」" if line["step"] else ""
    sentence = _SENTENCES.get(line["verb"], _other)(who, step, effects, names, line)
    return Told(line["at"], sentence, line["reason"] or "", _more(line, effects, names), line["by"] is None)


def _open(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    if effects.get("parent"):
        return f"由案件 {effects['parent']} 開立。"
    if effects.get("received_at"):
        return f"{who}補登了這件案件，收件時間 {shown.when(datetime.fromisoformat(effects['received_at']))}。"
    return f"{who}登錄了這件案件。"


def _import(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return "系統由匯入檔帶入這件案件。"


def _set_aside(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}擱置了{step}的異常。"


def _call_in(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    if effects.get("parent"):
        return f"{who}提醒儘速提送（案件 {effects['parent']}）。"
    return f"{who}提醒{step}尚未提送的 {len(effects.get('lines') or ())} 個對象。"


def _child_over(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    if effects.get("status") == "withdrawn":
        return f"所開立的案件 {effects.get('child')} 已撤案，不再等候。"
    return f"所開立的案件 {effects.get('child')} 已辦畢。"


def _overtaken(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return "原案已辦畢，本案隨之結束。"


def _claim(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}領取了{step}。"


def _assign(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}把{step}指派給{names.person(effects.get('to'))}。"


def _draft(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}儲存了{step}的草稿。"


def _complete(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    chosen = [names.outcome(line["step"] or "", str(value)) for value in (effects.get("outcome") or {}).values()]
    late = "（逾期送出）" if effects.get("late") else ""
    return f"{who}完成{step}{'：' + '、'.join(chosen) if chosen else ''}{late}。"


def _remind(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}提醒{'、'.join(names.person(one) for one in effects.get('told', ()))}辦理{step}。"


def _follow_up(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}發出追蹤通知給{'、'.join(names.person(one) for one in effects.get('told', ()))}。"


def _hand_back(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}把{step}退回待領。"


def _send_back(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}把案件從{step}退回「{names.step(str(effects.get('to') or ''))}」。"


def _recall(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}收回了{step}。"


def _amend(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}更正了{step}的內容。"


def _withdraw(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}撤回了這件案件。"


def _ring(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    what = phrases.of({"reminder": "提醒", "escalation": "稽催"}, str(effects.get("kind") or ""))
    deadline = names.deadline(str(effects.get("deadline") or ""))
    people = list(dict.fromkeys(names.person(p) for p in effects.get("told", ())))
    told = f"，通知{'、'.join(people)}" if people else ""
    if effects.get("level"):
        return f"系統就「{deadline}」發出第 {effects['level']} 級{what}{told}。"
    return f"系統就「{deadline}」發出{what}{told}。"


def _timer(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    timers = "、".join(names.step(str(t)) for t in effects.get("timers", ()))
    return f"期限屆滿：{timers or step}，系統把案件轉到下一步驟。"


def _identity(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}查閱了陳情人資料。"


def _refused_identity(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}要查閱陳情人資料，未獲准許。"


def _destroyed(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return "保存期限屆滿，陳情人資料已銷毀。"


def _mark_informant(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}將本案列為檢舉案，身分密封。"


def _exclude(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    if "excluded" in effects:
        return f"{who}將{names.person(effects['excluded'])}排除於本案之外。"
    if effects["handed_back"]:
        return f"{who}將{_quoted(names.step(one) for one in effects['handed_back'])}退回待領：有人員須迴避。"
    return f"{who}：有人員須迴避，目前沒有人可以辦理{_quoted(effects['stranded'])}。"


def _readmit(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}解除{names.person(effects.get('excluded'))}的排除。"


def _attachment(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}查閱了檢舉案的附件（編號 {effects.get('attachment', '')}）。"


def _link(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    kind = phrases.of(phrases.LINK, str(effects.get("kind") or ""))
    return f"{kind} {effects.get('from', '')} 與本案建立關聯。"


def _answered(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"原案 {effects.get('from', '')} 已回覆，同時回覆本案陳情人。"


def _recount(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}變更了辦公日曆，本案的期限依新的日曆重算。"


def _resume(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}排除異常，案件繼續。"


def _ask_extension(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    span = f"{effects.get('length')} {phrases.of(phrases.UNIT, effects.get('counted_in'))}"
    return f"{who}申請「{names.deadline(str(effects.get('deadline') or ''))}」展期 {span}。"


def _grant(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}核准「{names.deadline(str(effects.get('deadline') or ''))}」展期。"


def _refuse(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}不准「{names.deadline(str(effects.get('deadline') or ''))}」展期。"


def _suspend(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}停止計時，等候補件或回覆。"


def _proceed(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}恢復計時。"


def _move_event(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    to = [shown.when(datetime.fromisoformat(event["at"])) for event in effects.get("events", ())]
    return f"{who}把事件改到 {'、'.join(to)}。"


def _reopen(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}將案件重新列管，回到{step or '結束前的步驟'}。"


def _transfer(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}把案件由{names.unit(str(effects.get('from')))}改分，限辦期限不變。"


def _renew(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}讓案件改依現行版辦理。"


def _renew_back(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}復原了改依新版，案件依原版辦理。"


def _join(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}把本案併入案件 {effects.get('original', '')}。"


def _part(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}解除本案與案件 {effects.get('original', '')} 的併案。"


def _unlink(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"案件 {effects.get('from', '')} 不再併入本案。"


def _ask_opinion(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    due = effects.get("due")
    until = f"，請於 {shown.when(datetime.fromisoformat(due))} 前回覆" if due else ""
    return f"{who}會辦{names.unit(str(effects.get('asked')))}{until}。"


def _give_opinion(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    late = "（逾期）" if effects.get("late") else ""
    return f"{who}代表{names.unit(str(effects.get('asked')))}回覆會辦意見{late}。"


def _take_back_opinion(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}收回對{names.unit(str(effects.get('asked')))}的會辦。"


def _undeliverable(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}登錄「{phrases.of(phrases.DOCUMENT, effects.get('kind'))}」無法送達。"


def _send_again(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    way = phrases.of(phrases.WAY, effects.get("way"))
    return f"{who}以{way}再次送出「{phrases.of(phrases.DOCUMENT, effects.get('kind'))}」。"


def _correct_identity(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}更正了陳情人資料（{len(effects.get('fields', ()))} 個欄位）。"


def _note_add(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}留下一則備註。"


def _note_strike(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}劃除一則備註。"


def _set_priority(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    was, now = (phrases.PRIORITY.get(str(effects.get(name)), "") for name in ("was", "priority"))
    return f"{who}把速別由{was}改為{now}。"


def _set_solved(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    solved = effects.get("solved")
    return f"{who}登錄：{phrases.of(phrases.SOLVED, solved)}。" if solved else f"{who}取消了是否解決的登錄。"


def _take_back_assignment(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    to = effects.get("to")
    return f"{who}取消指派，{step}回到{names.person(to) if to else '待領'}。"


def _take_back_send_back(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}取消退回，案件由{step}回到「{names.step(str(effects.get('to') or ''))}」。"


def _take_back_extension(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}收回「{names.deadline(str(effects.get('deadline') or ''))}」的展期申請。"


def _other(who: str, step: str, effects: Any, names: Names, line: Any) -> str:
    return f"{who}：{line['verb']} {step}"


_SENTENCES: dict[str, Callable[[str, str, Any, Names, Any], str]] = {
    "open": _open, "import": _import, "incident.set_aside": _set_aside,
    "claim": _claim, "assign": _assign, "save_draft": _draft, "complete": _complete,
    "hand_back": _hand_back, "send_back": _send_back, "recall": _recall, "amend": _amend, "withdraw": _withdraw,
    "ring": _ring, "timer": _timer, "identity.open": _identity, "attachment.open": _attachment,
    "identity.refused": _refused_identity, "identity.destroy": _destroyed,
    "mark_informant": _mark_informant, "exclude": _exclude, "readmit": _readmit,
    "linked": _link, "answered": _answered, "resume": _resume,
    "recount": _recount, "ask_extension": _ask_extension, "grant_extension": _grant, "refuse_extension": _refuse,
    "call_in": _call_in, "child_over": _child_over, "overtaken": _overtaken,
    "remind": _remind, "follow_up": _follow_up, "suspend": _suspend, "proceed": _proceed, "move_event": _move_event,
    "reopen": _reopen, "transfer": _transfer, "renew": _renew,
    "renew_back": _renew_back, "join": _join, "part": _part, "unlinked": _unlink,
    "ask_opinion": _ask_opinion, "give_opinion": _give_opinion, "take_back_opinion": _take_back_opinion,
    "note_undeliverable": _undeliverable, "send_again": _send_again, "identity.correct": _correct_identity,
    "note_add": _note_add, "note_strike": _note_strike, "set_priority": _set_priority, "set_solved": _set_solved,
    "take_back_assignment": _take_back_assignment, "take_back_extension": _take_back_extension,
    "take_back_send_back": _take_back_send_back,
}  # fmt: skip


def _quoted(names: Iterable[str]) -> str:
    return "、".join(f"「{name}」" for name in names)


def _of_an_end(effects: Mapping[str, Any]) -> list[str]:
    """Of a case that was taken up again: when it had ended, and what does not come back."""
    was = effects.get("was")
    more = []
    if isinstance(was, dict):
        for name, words in (("released_at", "解除列管"), ("ended_at", "結束")):
            if was.get(name):
                more.append(f"原於 {shown.when(datetime.fromisoformat(was[name]))} {words}。")
    if effects.get("letters_stay"):
        more.append(f"先前寄出的 {effects['letters_stay']} 件信函不收回。")
    return more


#: documents that are told by their number: a person handed them out, or another case
_HANDED = frozenset({"form", "handed-in", "handed-back"})


def _more(line: Mapping[str, Any], effects: Mapping[str, Any], names: Names) -> list[str]:
    more = _of_an_end(effects)
    if line["verb"] != "assign" and isinstance(effects.get("unit"), str):
        more.append(f"權責單位改為{names.unit(effects['unit'])}。")
    made = list(effects.get("documents", ()))
    documents = [phrases.of(phrases.DOCUMENT, str(kind)) for kind in made if kind not in _HANDED]
    if documents:
        more.append(f"系統產生：{'、'.join(documents)}。")
    if len(made) > len(documents):
        more.append(f"產生 {len(made) - len(documents)} 份書表，列在「文件與附件」。")
    for armed in effects.get("deadlines", ()):
        due = shown.when(datetime.fromisoformat(armed["due"]))
        more.append(f"起算「{names.deadline(armed['path'])}」，期限 {due}。")
    for moved in effects.get("moved", ()):
        if moved["from"] == moved["to"]:
            continue
        old, new = (shown.when(datetime.fromisoformat(moved[side])) for side in ("from", "to"))
        more.append(f"「{names.deadline(moved['path'])}」由 {old} 改為 {new}。")
    opened = list(dict.fromkeys(names.step(str(path)) for path in effects.get("opened", ())))
    if opened:
        more.append(f"開啟待辦：{'、'.join(opened)}。")
    if effects.get("children"):
        more.append(f"開立案件：{'、'.join(map(str, effects['children']))}。")
    for unit, heir in effects.get("instead_of", ()):
        more.append(f"{names.unit(str(unit))}已不再運作，由{names.unit(str(heir))}提送。")
    if effects.get("ended_with_it"):
        more.append(f"不再等候而結束：{'、'.join(map(str, effects['ended_with_it']))}。")
    if effects.get("parent_stuck"):
        more.append("等候本案的案件無法繼續，已列為該案的異常。")
    if isinstance(effects.get("for"), int):
        more.append(f"代理{names.person(effects['for'])}辦理。")
    if effects.get("late") and line["verb"] == "ring":
        more.append("應發出時系統沒有執行，事後補發，併入每日彙總。")
    if effects.get("overtaken"):
        overtaken = {"reminder": "發出時期限已過，以稽催為準。", "escalation": "發出時已到更高的層級，以較高的為準。"}
        more.append(phrases.of(overtaken, str(effects.get("kind") or "")))
    if effects.get("incident"):
        more.append("案件發生異常，待管理者處理。")
    return more
