"""The desk's closed sets of words, in Traditional Chinese (Taiwan). Sentences that only one page says stand in it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.dates.periods import UNIT_WORDS

#: what has just been done, by the code the redirect carries; anything else says nothing
SAID = {
    "draft-begun": "草案已建立，修改會自動儲存，送審前不影響辦理中的案件。",
    "draft-saved": "草案已儲存。",
    "scenario-kept": "情境已存進草案。",
    "draft-discarded": "草案已放棄，內容仍可在歷次草案中查閱。",
    "draft-taken-over": "您已接手這份草案。",
    "draft-submitted": "草案已送初審。",
    "draft-taken-back": "草案已收回，可以再修改。",
    "draft-returned": "草案已退回修正，編修人會收到通知。",
    "draft-approved": "已核可。",
    "draft-published": "草案已發布。",
    "remarked": "意見已登錄。",
    "remark-answered": "回覆已登錄。",
    "warning-accepted": "警告已附理由保留。",
    "version-called-off": "已取消排定，該版改為草案。",
    "sop-looked-over": "年度檢視已登錄。",
    "sop-retired": "作業流程已停用，辦理中的案件不受影響。",
    "signed-out": "您已登出。",
    "password": "密碼已變更。",
    "redeemed": "密碼已設定，請登入。",
    "opened": "案件已登錄。",
    "claimed": "已領取這項待辦。",
    "assigned": "已指派承辦人。",
    "saved": "草稿已儲存。",
    "completed": "已送出。",
    "completed-next": "已送出，接下來是您的下一個步驟。",
    "handed-back": "已退回待領。",
    "sent-back": "案件已退回先前步驟。",
    "recalled": "已收回，請繼續辦理。",
    "amended": "已更正，原內容保留於歷程。",
    "withdrawn": "案件已撤案。",
    "resumed": "異常已排除，案件繼續。",
    "extension-asked": "展期申請已送出，核定前期限不變。",
    "extension-granted": "已核准展期，期限與提醒隨之順延。",
    "extension-refused": "已不准展期，申請人會收到理由。",
    "suspended": "已停止計時，期間不提醒也不逾期。",
    "proceeded": "已恢復計時，停止的時間全數順延。",
    "reopened": "案件已重新列管，追蹤期限開始計算。",
    "transferred": "已改分，限辦期限不變。",
    "renewed": "案件已改依新版。",
    "priority": "速別已設定，期限不變。",
    "solved": "是否解決已登錄。",
    "joined": "已併入原案，陳情人會收到通知。",
    "parted": "已解除併案，案件回到併案前的步驟。",
    "opinion-asked": "會辦已送出，案件繼續辦理。",
    "opinion-given": "會辦意見已送回。",
    "opinion-taken-back": "會辦已收回。",
    "noted": "備註已留下。",
    "note-struck": "備註已劃除，原文仍可閱讀。",
    "undeliverable": "已登錄為無法送達，請改寄或以其他方式送達。",
    "sent-again": "已再次送出，公文除管的日期不變。",
    "identity-corrected": "陳情人資料已更正。",
    "undone": "已復原。",
    "called-in": "已提醒勾選的對象。",
    "event-moved": "已改期，倒推的期限隨之調整。",
    "informant": "已列為檢舉案，身分密封。",
    "excluded": "已排除這位人員，他不再看得到本案。",
    "readmitted": "已解除排除。",
    "unlocked": "已解除鎖定，可以再試著登入。",
    "visits-ended": "已登出這個人的所有裝置。",
    "signed-out-elsewhere": "其他裝置都已登出。",
    "closed": "帳號已停用，他手上的待辦已退回待領。",
    "account-open": "帳號已啟用。",
    "role-given": "職務已生效，本人會收到通知。",
    "role-ended": "職務已結束，本人會收到通知。",
    "nominated": "已提出申請，由另一位人員核定後生效。",
    "nomination-granted": "已核定，立即生效。",
    "nomination-refused": "已退回申請，提出的人會收到通知。",
    "unit-added": "單位已新增。",
    "unit-renamed": "單位已更名。",
    "unit-moved": "單位已改隸。",
    "unit-ended": "已訂定單位的最後一日。",
    "unit-goes-on": "已取消結束，單位繼續運作。",
    "retention": "保存期限已儲存。",
    "absent": "請假已登記。",
    "absence-over": "請假已結束。",
    "read": "通知已標示為已讀。",
    "language": "通知信語言已儲存。",
    "settings": "通知設定已儲存。",
    "settings-saved": "設定已儲存。",
    "settings-proposed": "已回復建議值。",
    "clock": "計時已恢復。",
    "mail-again": "已排入重寄。",
    "oversight-marks": "督導設定已儲存。",
    "set-aside": "異常已擱置，理由留在歷史中。",
    "mails-released": "寄信已恢復。",
    "import-dropped": "檔案已捨棄，沒有匯入任何案件。",
}

CASE_STATUS = {"open": "辦理中", "ended": "已結案", "withdrawn": "已撤案"}
ITEM_STATUS = {"open": "待辦", "done": "已完成", "cut": "已中止", "withdrawn": "已撤銷"}
CLOSE_REASON = {
    "resolved": "已辦結",
    "duplicate": "重複登打併案",
    "overtaken": "母案已辦畢",
    "not_accepted": "不予受理",
    "merged": "併案辦理",
    "transferred": "移轉",
    "discipline": "移送懲處",
    "meeting": "移市務會議",
}
SOLVED = {"yes": "已解決", "partly": "部分解決", "no": "未解決"}
OPINION = {"asked": "等候回覆", "given": "已回覆", "taken back": "已收回", "overtaken": "案件已結束，免回覆"}
#: how a letter went out once more
WAY = {"mail": "電子郵件", "post": "郵寄紙本", "phone": "電話告知", "in_person": "當面交付"}
#: what was done a moment ago and can be undone
UNDO = {
    "complete": "收回剛送出的步驟",
    "claim": "放回待領",
    "assign": "取消指派",
    "hand_back": "取回",
    "send_back": "取消退回",
    "withdraw": "取消撤案",
    "join": "解除併案",
    "note_add": "劃除備註",
    "amend": "再次更正",
    "ask_extension": "收回展期申請",
    "ask_opinion": "收回會辦",
    "set_priority": "改回原速別",
    "set_solved": "改回原登錄",
    "transfer": "改回原單位",
    "suspend": "恢復計時",
    "renew": "改回原版本",
}
BASIS = {"seed": "原有規定", "law": "法規", "external": "外部規定", "proposed": "建議值"}
LINK = {"duplicate": "重複案件", "re-petition": "再次陳情", "parent": "上層案件", "child": "下層案件"}
REGIME = {
    "petition": "人民陳情（工作天）",
    "statutory": "法定期間",
    "adverse": "不利期間",
    "document": "公文時限（工作天）",
    "standard": "標準工時",
    "follow-up": "追蹤期限",
    "backward": "倒數期限",
    "fixed": "固定日期",
}
UNIT = UNIT_WORDS
#: the moments of a deadline's strip
MOMENT = {
    "start": "起算",
    "reminder": "提醒",
    "due": "期限",
    "escalation": "稽催",
    "timer": "到期轉下一步驟",
    "stopped": "停止計時",
    "suspension": "停止計時後順延",
    "extension": "核准展期",
    "event": "事件改期",
    "recount": "辦公日曆變更",
    "given": "匯入的期限",
    "met": "達成",
    "ended": "結束計時",
}
MOMENT_STATE = {"rang": "已發出", "silent": "不再發出", "waits": "未到", "stands": "暫停", "past": ""}
EXTENSION = {
    "asked": "待核定",
    "granted": "核准",
    "refused": "不准",
    "overtaken": "已達成或結束，免核定",
    "taken back": "已收回",
}
LEVEL = {"三層": "科長", "二層": "單位主管", "一層": "首長"}
#: the same bands as a list is narrowed by them
PRIORITY = {"0": "普通", "1": "速件", "2": "最速件"}
#: what a supervisor's list of work is narrowed to
#: how a unit stands that is to hand something in: colour, shape, word
HANDING_IN = {
    "open": ("later", "○", "尚未領取"),
    "taken": ("today", "●", "辦理中"),
    "late": ("late", "▲", "逾期未提送"),
    "done": ("done", "✓", "已提送"),
    "done-late": ("done", "✓", "逾期提送"),
    "withdrawn": ("none", "—", "已免提送"),
}
WORK_BAND = {
    "late": "逾期",
    "today": "今日到期",
    "soon": "即將到期",
    "idle": "停滯",
    "unclaimed": "久未領取",
    "incident": "異常",
    "elsewhere": "等待會辦意見",
    "standing": "停止計時",
}
BULK = {
    "assign": "指派",
    "hand_back": "退回待領",
    "remind": "提醒",
    "priority": "設定速別",
    "follow_up": "追蹤通知",
    "undo": "復原",
    "renew": "改依新版",
    "renew_back": "改回舊版",
}
FOLLOW_UP_DUE = {"past": "已過追蹤日", "today": "今日以前", "week": "7 日內"}
#: band → (shape, word); the shape repeats in form what the colour says
BAND = {
    "late30": ("▲▲", "逾期30天以上"),
    "late": ("▲", "逾期"),
    "over": ("◇", "超過標準工時"),
    "today": ("■", "今日到期"),
    "soon": ("◆", "即將到期"),
    "later": ("○", "期限內"),
    "none": ("–", "未定期限"),
}
NOTICE = {
    "assigned": "有一項待辦指派給您",
    "returned": "案件退回給您",
    "returned-often": "同一步驟已多次退回",
    "reminder": "限辦期限將至",
    "escalation": "逾期稽催",
    "moved": "您的待辦已轉由下一步驟承接",
    "cut": "您的待辦因期限屆滿已中止",
    "linked": "有關聯案件",
    "duplicate": "有重複案件併入您的案件",
    "form": "收到一份文件",
    "copy": "回覆副本已到",
    "told": "案件有新的文件，請知悉",
    "expiring": "您的帳號密碼即將到期，請更新",
    "expired": "您的帳號密碼已逾期，帳號暫停使用",
    "interim": "已通知陳情人展期",
    "supplement": "已請陳情人補充",
    "resumed": "已通知陳情人繼續辦理",
    "withdrawn": "案件已撤案",
    "ended": "案件已結束",
    "incident": "案件發生異常，待處理",
    "extension": "展期申請",
    "suspension": "案件停止或恢復計時",
    "opinion": "會辦意見",
    "duplicate-by-hand": "案件已併入原案，請告知陳情人",
    "parted-by-hand": "案件恢復單獨辦理，請告知陳情人",
    "answer-by-hand": "重複案已有回覆，請告知陳情人",
    "reopened": "案件重新列管",
    "transferred": "案件改分",
    "undeliverable": "給陳情人的信函無法送達",
    "parted": "案件恢復單獨辦理",
    "remind": "主管提醒",
    "follow-up": "列管追蹤通知",
    "absence": "請假與代理",
    "digest": "待辦事項彙總",
    "recount": "期限因辦公日曆變更而調整",
    "calendar": "請匯入明年的辦公日曆",
    "account": "帳號通知",
    "workshop": "作業流程草案",
}
#: what an account notice tells
ACCOUNT = {
    "role": "您的職務有異動",
    "link": "管理者為您的帳號發出了一次性連結；若不是您要的，請立即告知另一位管理者",
    "asked": "有人申請職務或權限，請核定",
    "granted": "您提出或等候的職務、權限已核定",
    "refused": "您提出的職務或權限申請未核定",
    "admin-ended": "系統管理者有異動",
    "retention": "保存期限已變更，次日夜間起生效；若有誤請立即告知管理者",
}
#: where a draft stands
DRAFT = {
    "draft": "編修中", "first_review": "初審中", "second_review": "複審中", "approved": "已核可，待發布",
    "published": "已發布", "discarded": "已放棄",
}  # fmt: skip
FINDING = {"error": "錯誤", "warning": "警告", "info": "提示"}
DECISION = {"approved": "核可", "returned": "退回修正"}
#: what a notice of the workshop is about
WORKSHOP = {
    "first_review": "等候您初審",
    "second_review": "等候研考科複審",
    "returned": "您的草案退回修正",
    "approved": "您的草案已核可，可以發布",
    "emergency": "有作業流程未經審查緊急發布",
    "held": "您排定的版本無法如期生效，已改為草案",
    "yearly": "作業流程將屆年度檢視",
    "yearly_late": "作業流程年度檢視逾期",
}
DOCUMENT = {
    "case-record": "案件紀錄",
    "case-link": "關聯紀錄",
    "distribution": "分文紀錄",
    "dispatch-record": "公文除管紀錄",
    "standard-reply-mark": "制式回覆註記",
    "escalation-record": "稽催紀錄",
    "reply": "回覆函",
    "interim": "展期通知函",
    "supplement": "補充通知函",
    "resumed": "繼續辦理通知函",
    "follow-up-sheet": "追蹤單",
    "plan-version": "預定進度版本",
    "meeting-hand-in": "市務會議提報",
    "control-record": "列管紀錄",
    "release-record": "除管紀錄",
    "duplicate-record": "重複登打紀錄",
    "draft-act": "草案辦理紀錄",
    "record": "辦理紀錄",
    "form": "書表",
    "handed-in": "送入的書表",
    "handed-back": "送回的書表",
}
IMPORT = {
    "trying": "試跑中",
    "bad": "需要修正",
    "ready": "試跑無誤，等候匯入",
    "running": "匯入中",
    "done": "已匯入",
    "undoing": "復原中",
    "undone": "已復原",
    "dropped": "已捨棄",
}
VERDICT = {"good": "可匯入", "bad": "需修正", "known": "略過", "in": "已匯入", "back": "已復原", "kept": "保留"}
#: who handed in a case that reads like this one
SIMILAR = {
    "same": "同一陳情人",
    "other": "其他陳情人，同地點、同事由",
    "sealed": "涉及檢舉，不顯示是否同一人",
}
CHANNEL = {"desk": "系統通知", "mail": "電子郵件"}
DELIVERY = {"folded": "併入彙總", "waiting": "待送", "sent": "已送達", "dead": "無法送達", "none": "不需送出"}
WEEKDAY = "一二三四五六日"


def of(words: Mapping[str, str], code: str | None) -> str:
    """The word for a code; an unknown code shows itself rather than nothing."""
    return words.get(code or "", code or "")
