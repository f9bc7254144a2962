"""What no machine can say of an SOP: the questions a reviewer answers, each once, by whoever knows. Data only.

The first review asks what the unit knows of its own work, the second what the control office sees across units. Their
numbers are the catalogue's; ``sources`` name the reviewers' notes and minutes each comes from (P5.9: note 9 of P5).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QUESTIONS", "Question", "asked"]

FIRST, SECOND = "first_review", "second_review"


@dataclass(frozen=True, slots=True)
class Question:
    """``of``: the divisions whose SOPs are asked; empty for all."""

    id: str
    stage: str
    text: str
    sources: str
    of: frozenset[str] = frozenset()


def _q(id_: str, stage: str, text: str, sources: str, *of: str) -> Question:
    return Question(id_, stage, text, sources, frozenset(of))


QUESTIONS: tuple[Question, ...] = (
    _q("H1", FIRST, "步驟的先後順序合理。", "P5.9 I2.3"),
    _q("H2", FIRST, "沒有隱藏的步驟，新進人員不必問人就能照做。", "Z7 M2 M9 M11"),
    _q("H3", FIRST, "標準工時合理，並以實際紀錄校正過。", "M4 M10 Z4"),
    _q("H6", FIRST, "判斷的標準已寫成文字。", "M8 R4.3 I5"),
    _q("H9", FIRST, "退回修正不會打亂業務時程。", "P4.7 R5.5"),
    _q("H10", FIRST, "民眾或單位不滿意時有處理的方式。", "R1.4 R1b.3 P4.11"),
    _q("H12", FIRST, "委外或專業團隊的成果有品質控制。", "P5.6 P5.7"),
    _q("H17", FIRST, "表單的欄位與聯數合理，不多收個人資料。", "M1"),
    _q("H18", FIRST, "名稱與內容相符。", "P5.8 I4"),
    _q("H21", FIRST, "主持人或委員不克出席時有替代的方式。", "P1.2"),
    _q("H22", FIRST, "會議決議由誰追蹤、何時解除列管都有規定。", "P1.6 P2.4 R8.8"),
    _q("H4", SECOND, "留給上級或他機關的時間可行。", "M10"),
    _q("H5", SECOND, "法規現行有效，而且適用於本府。", "L015-L017 I4"),
    _q("H7", SECOND, "審查會議的組成與產生方式公正，利害關係人迴避。", "P3.1 P3.4 P3.5 R10.2"),
    _q("H8", SECOND, "對外溝通的窗口明確。", "R4.2"),
    _q("H11", SECOND, "議會決議修改之後要不要檢討，已有規定。", "P4.6 M13"),
    _q("H13", SECOND, "中央核定額與府內額度不同時有處理的方式。", "P3.5"),
    _q("H14", SECOND, "考慮過輔導各單位申請補助與推廣分享。", "P3.2 P3.7 P6.3 M13", "general"),
    _q("H15", SECOND, "資安檢查與接觸電腦的步驟一併完成。", "I1.6 M11", "it"),
    _q("H16", SECOND, "公開系統內容的程度，兼顧資安與教學。", "I1.5", "it"),
    _q("H19", SECOND, "可以作為同類流程的典範。", "Z5"),
    _q("H20", SECOND, "衡量指標能由流程的紀錄算出，不會為分數趕件。", "M10 M11"),
    _q("H23", SECOND, "文件的階層與機密等級正確。", "I3.1 I3.3", "it"),
    _q("H24", SECOND, "帳號在離職時註銷。", "I5", "it"),
    _q("H25", SECOND, "備份與備援做過復原演練。", "I4", "it"),
    _q("H26", SECOND, "跨年度工作的年別與先後正確。", "P1", "general"),
    _q("H27", SECOND, "承辦人了解標準的流程圖符號。", "M9"),
)


def asked(stage: str, division: str) -> tuple[Question, ...]:
    """What is asked at this stage of an SOP of this division."""
    return tuple(one for one in QUESTIONS if one.stage == stage and (not one.of or division in one.of))
