"""The papers of a draft as files: 修正對照表 to be circulated and signed, 審查紀錄 of who looked at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from diagrams.sheet.paper import Block, Cell, Heading, Paper, Paragraph, Table
from engine.library.amendments import Amendment
from engine.library.drafts import Draft
from engine.library.folder import SopFolder
from engine.library.questions import QUESTIONS
from webui import phrases, shown
from webui.words import LANGUAGES, said_in, worded

__all__ = ["Compared", "amendments", "minutes"]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a draft is compared with: the version it began from, else the one in force, else nothing (a new SOP).
    ``in_force``: the number in force now, where it is another one."""

    folder: SopFolder | None = None
    number: int | None = None
    began: bool = True
    in_force: int | None = None

    @property
    def sentence(self) -> str:
        """Said on the head of the table."""
        if self.number is None:
            return "新訂流程"
        if not self.began:
            return f"與生效的第 {self.number} 版比較"
        if self.in_force is not None:
            return f"與草案開始編修時的第 {self.number} 版比較，目前生效的是第 {self.in_force} 版"
        return f"與草案開始編修時的第 {self.number} 版比較"


def amendments(
    draft: Draft, rows: Sequence[Amendment], compared: Compared, *, at: datetime, language: str
) -> Paper:  # fmt: skip
    """Two columns side by side and the reason, one row per element."""
    say = said_in(language)
    title = worded(language)("{0}修正對照表", draft.name)
    made = (
        Heading(1, say("修正對照表")),
        Paragraph(draft.name, "cover"),
        Paragraph(f"{say(compared.sentence)}　{say(shown.full_day(at))}", "centred"),
        *_amended(rows, say),
    )
    return Paper(title, made, LANGUAGES[language], (title, say(shown.full_day(at))), worded(language))


def _amended(rows: Sequence[Amendment], say: Callable[[str], str]) -> list[Block]:
    if not rows:
        return [Paragraph(say("內容相同，只有圖面位置可能不同。"))]
    lines = tuple(
        (
            (say(row.named), *(text for text in row.after if text != row.named)), row.before,
            (*((row.reason,) if row.reason else ()), *(say(change.sentence) for change in row.changes)),
        )
        for row in rows
    )  # fmt: skip
    head = (say("修正規定"), say("現行規定"), say("說明"))
    return [Table(say("修正規定、現行規定與說明"), lines, (34, 33, 33), head)]


def minutes(
    draft: Draft, *, unit: str, names: Mapping[int, str], called: Mapping[str, str], compared: Compared,
    decisions: Sequence[Mapping[str, Any]], remarks: Sequence[Mapping[str, Any]], rows: Sequence[Amendment],
    at: datetime, language: str,
) -> Paper:  # fmt: skip
    """The same as the page says, to be signed and kept."""
    say, put = said_in(language), worded(language)
    title = put("{0}審查紀錄", draft.name)
    made: list[Block] = [Heading(1, say("審查紀錄")), Paragraph(draft.name, "cover")]
    made.append(_facts(draft, unit, names, compared, language))
    made.append(Heading(2, say("審查結果")))
    made.append(_decided(decisions, names, say) if decisions else Paragraph(say("尚未審查。")))
    if remarks:
        made += [Heading(2, say("審查意見與處理情形")), _remarked(remarks, names, called, say)]
    made += _asked(decisions, say)
    made += [Heading(2, say("修正對照表")), Paragraph(say(compared.sentence)), *_amended(rows, say)]
    signed = tuple(say(who) for who in ("編修人", "初審", "複審"))
    made.append(Table(say("核章"), (((), (), ()),), (33, 33, 34), signed, lines=(3,)))
    return Paper(title, tuple(made), LANGUAGES[language], (title, say(shown.full_day(at))), put)


def _facts(draft: Draft, unit: str, names: Mapping[int, str], compared: Compared, language: str) -> Table:
    say = said_in(language)
    ended = [say(phrases.of(phrases.DRAFT, draft.state))]
    if draft.number is not None:
        ended.append(say(f"第 {draft.number} 版"))
    if draft.ended_at is not None:
        ended.append(say(shown.full_when(draft.ended_at)))
    rows: list[tuple[Cell, ...]] = [
        ((say("作業流程"),), (draft.name, draft.sop_id), (say("主辦單位"),), (unit,)),
        ((say("編修人"),), (_name(draft.author, names, say),), (say("依據"),), (say(compared.sentence),)),
        ((say("開始編修"),), (say(shown.full_when(draft.begun_at)),), (say("結果"),), tuple(ended)),
    ]
    if draft.emergency:
        rows.append(((say("緊急發布理由"),), (draft.emergency,)))
    return Table(say("草案"), tuple(rows), (16, 34, 16, 34), paired=True)


def _decided(
    decisions: Sequence[Mapping[str, Any]], names: Mapping[int, str], say: Callable[[str], str]
) -> Table:  # fmt: skip
    rows = tuple(
        (
            (say(f"第 {d['round']} 次"),), (_stage(d, say),), (_name(d["by"], names, say),),
            (say(phrases.of(phrases.DECISION, d["decision"])), *((d["opinion"],) if d["opinion"] else ())),
            (say(shown.full_when(d["at"])),),
        )
        for d in decisions
    )  # fmt: skip
    head = tuple(say(words) for words in ("次別", "階段", "審查人", "結果與意見", "時間"))
    return Table(say("歷次審查"), rows, (12, 12, 18, 36, 22), head)


def _remarked(
    remarks: Sequence[Mapping[str, Any]], names: Mapping[int, str], called: Mapping[str, str],
    say: Callable[[str], str],
) -> Table:  # fmt: skip
    def answered(remark: Mapping[str, Any]) -> Cell:
        if not remark["answer"]:
            return (say("未回覆"),)
        return (
            remark["answer"],
            f"{_name(remark['answered_by'], names, say)}　{say(shown.day(remark['answered_at']))}",
        )

    rows = tuple(
        (
            (f"註{r['number']}", called.get(r["element"], r["element"]) if r["element"] else say("整個流程")),
            (r["text"], f"{_name(r['by'], names, say)}　{say(shown.day(r['at']))}"), answered(r),
        )
        for r in remarks
    )  # fmt: skip
    head = tuple(say(words) for words in ("編號與位置", "意見", "處理情形"))
    return Table(say("審查意見與處理情形"), rows, (20, 40, 40), head)


def _asked(decisions: Sequence[Mapping[str, Any]], say: Callable[[str], str]) -> list[Block]:
    texts = {one.id: one.text for one in QUESTIONS}
    made: list[Block] = []
    for d in decisions:
        if d["questions"]:
            rows = tuple(
                ((say(texts.get(key, key)),), (say("符合" if said == "yes" else "不適用"),))
                for key, said in d["questions"].items()
            )
            nth = say(f"第 {d['round']} 次")
            made.append(Heading(2, "　".join((_stage(d, say), say("審查題"), nth))))
            made.append(Table(say("審查題"), rows, (82, 18), (say("審查題"), say("結果"))))
    return made


def _stage(decision: Mapping[str, Any], say: Callable[[str], str]) -> str:
    return say("初審" if decision["stage"] == "first_review" else "複審")


def _name(person: int | None, names: Mapping[int, str], say: Callable[[str], str]) -> str:
    return names.get(person, say("系統")) if person is not None else say("系統")
