"""The words of the house for who reads the manual first: the Chinese word, the English one, what it means."""

from __future__ import annotations

from engine.sops.rules.rule import Rule

__all__ = ["GROUPS", "WORDS", "grouped"]

WORDS: tuple[tuple[str, str, str], ...] = (
    ("作業流程", "SOP", "畫成流程圖的一項業務：步驟、分支、承辦、期限；案件照圖辦理。"),
    ("版本、草案", "Version, draft", "發布後的版本不再改變；修改在草案進行，審查後發布為新版本。"),
    ("案件", "Case", "一項作業流程辦理一次，有自己的案號。"),
    ("步驟", "Step", "流程圖上的一個方塊，由一個職務辦理，或由系統自動完成。"),
    ("待辦", "Work item", "等候某個人辦理的步驟。"),
    ("決策", "Gateway", "流程圖分支的菱形，每一條線寫明條件。"),
    ("標準工時", "Standard time", "辦理一個步驟通常需要的時間，供規劃與提醒，不作評比或懲處。"),
    ("限辦期限", "Deadline", "法令或規定的最後時點，連同計算的依據一併記載。"),
    ("提醒", "Reminder", "期限之前的通知。"),
    ("稽催、升級", "Escalation", "期限之後的通知，逐級告知主管。"),
    ("追蹤", "Follow-up", "未依限辦結的案件，定期追查到辦結為止。"),
    ("展期", "Extension", "到期前申請、由有權限的人核准的延長；原期限仍可查閱。"),
    ("停止計時", "Suspension", "等候陳情人補件等情形時期限暫停，恢復後順延。"),
    ("職務代理人", "Substitute", "請假期間以自己的名義代為辦理的人。"),
    ("公文除管", "Dispatch", "回覆已發出，公文不再稽催；不等於案件已經解決。"),
    ("解除列管", "Release", "案件已經解決，不再列管。"),
    ("退回修正", "Return for correction", "審核的一種結果，由原承辦人修正後再送。"),
    ("退回前步驟", "Send back", "附理由把案件退到先前完成的步驟。"),
    ("退回待領", "Hand back", "把待辦放回給同一職務的人領取。"),
    ("收回", "Recall", "送出之後、下一位開始之前由送出的人取回。"),
    ("更正", "Amend", "附理由改正已送出的內容，原內容保留。"),
    ("共用程序", "Shared procedure", "許多作業流程都會引用的程序，例如核定、驗收、追蹤。"),
    ("引用", "Call", "流程中的一個步驟依另一個流程辦理。"),
    ("主辦、協辦", "Lead, support", "負責一個步驟的單位，與配合的單位。"),
    ("陳情", "Petition", "民眾向機關提出的建議、檢舉、查詢或維護權益的要求。"),
    ("檢舉", "Informant report", "檢舉人身分密封的陳情。"),
    ("案件歷程", "Journal", "每一次作為一筆、不能更改的紀錄。"),
    ("通知", "Notice", "隨作為寫下並寄出的訊息。"),
    ("檢核發現", "Finding", "檢核規則對一份作業流程的一項意見。"),
    ("異常", "Incident", "系統無法推動的案件，列出原因，由人處理後繼續。"),
)
#: how the writing rules stand together in the manual
GROUPS: tuple[tuple[str, str], ...] = (
    ("核定與決策", "L001 L002 L003 L004 L005 L006 L007 L008 L040 S03 S04"),
    ("流程的走向", "L025 L031 L032 L033 L034 L041 L042 L049 S02"),
    ("承辦與責任", "L022 L023 L024 L044"),
    ("期限與時間", "L020 L021 L026 L027 L029 L030 L043 L050"),
    ("表單與文件", "L009 L010 L011 L012 L013 L014 L039"),
    ("章節與依據", "L015 L016 L017 L018 L019 L028 L045 L047 L048"),
    ("用字與圖面", "L035 L036 L037 L038 L046 L051 S01 S05"),
)


def grouped(rules: tuple[Rule, ...]) -> list[tuple[str, list[Rule]]]:
    """Every rule in its group; one that none names stands at the end."""
    known = {rule.id: rule for rule in rules}
    told = [(title, [known.pop(name) for name in names.split() if name in known]) for title, names in GROUPS]
    return [*told, ("其他", list(known.values()))] if known else told
