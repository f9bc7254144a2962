"""製作手冊: the sheets of a division or of the whole city in one paper, with contents, symbols, forms, words, rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from diagrams.sheet import legend
from diagrams.sheet.facts import Facts
from diagrams.sheet.flow import titled
from diagrams.sheet.glossary import WORDS, grouped
from diagrams.sheet.paper import Block, Cell, Contents, Heading, Paper, Paragraph, Picture, Table
from diagrams.sheet.sections import Edition, blank, blocks, forms, unit, version
from engine.sops.rules.rule import Rule
from engine.sops.sop import Sop

__all__ = ["Chapter", "Entry", "manual"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One SOP of the manual, with the pages of its chart."""

    sop: Sop
    pictures: tuple[str, ...]
    edition: Edition


@dataclass(frozen=True, slots=True)
class Chapter:
    """The SOPs of one division."""

    key: str
    title: str
    entries: tuple[Entry, ...]


def manual(chapters: Sequence[Chapter], facts: Facts, rules: tuple[Rule, ...], *, title: str, on: date) -> Paper:
    """``title`` names whose manual it is; ``on`` is the day it was put together."""
    say = facts.worded
    entries = [entry for chapter in chapters for entry in chapter.entries]
    made = (
        Heading(1, title),
        Paragraph(say("標準作業程序（SOP）製作手冊"), "cover"),
        Paragraph(say("作業流程 {0} 項，{1}彙編", len(entries), facts.dated(on)), "cover"),
        Heading(2, say("目錄")),
        Contents(tuple(_contents(chapters, facts))),
        *_legend(facts),
        *(block for chapter in chapters for block in _chapter(chapter, facts)),
        *_register(entries, facts),
        *_words(facts),
        *_rules(rules, facts),
        *_blanks(entries, facts),
    )
    return Paper(title, made, facts.language, (title, facts.dated(on)), say)


_APPENDICES = (
    ("register", "附錄一　表單一覽"), ("words", "附錄二　名詞解釋"), ("rules", "附錄三　撰寫原則"),
    ("blanks", "附錄四　空白表格"),
)  # fmt: skip


def _contents(chapters: Sequence[Chapter], facts: Facts) -> Iterator[tuple[int, str, str]]:
    yield 1, facts.worded("圖例"), "legend"
    for chapter in chapters:
        yield 1, chapter.title, f"chapter-{chapter.key}"
        for entry in chapter.entries:
            yield 2, titled(entry.sop, facts), f"sop-{entry.sop.id}"
    for anchor, words in _APPENDICES:
        yield 1, facts.worded(words), anchor


def _appendix(key: str, facts: Facts) -> Heading:
    return Heading(1, facts.worded(dict(_APPENDICES)[key]), anchor=key, turned=True)


def _legend(facts: Facts) -> Iterator[Block]:
    say = facts.worded
    yield Heading(1, say("圖例"), anchor="legend", turned=True, charted=True)
    for svg in legend.pictures(say):
        yield Picture(svg, say("流程圖符號與意義"))


def _chapter(chapter: Chapter, facts: Facts) -> Iterator[Block]:
    say = facts.worded
    yield Heading(1, chapter.title, anchor=f"chapter-{chapter.key}", turned=True)
    rows = tuple(
        (
            (titled(entry.sop, facts),), (entry.sop.id,), (unit(entry.sop, facts),),
            (version(entry.sop, facts, entry.edition),),
        )
        for entry in chapter.entries
    )  # fmt: skip
    yield Table(say("本章的作業流程"), rows, (42, 30, 16, 12), (say("項目"), say("代碼"), say("單位"), say("版次")))
    for entry in chapter.entries:
        for block in blocks(entry.sop, facts, entry.pictures, entry.edition, within=True):
            # a sheet stands below its chapter, in the outline too
            if isinstance(block, Heading):
                yield replace(block, level=block.level + 1, ruled=block.level == 2)
            else:
                yield block


def _register(entries: Sequence[Entry], facts: Facts) -> Iterator[Block]:
    """Every form the SOPs name, by its official name, with where it is used."""
    say = facts.worded
    used: dict[str, list[str]] = {}
    for entry in entries:
        for form in forms(entry.sop):
            used.setdefault(form.ref, []).append(titled(entry.sop, facts))
    rows: list[tuple[Cell, ...]] = []
    for ref in sorted(used, key=lambda ref: facts.forms[ref].name if ref in facts.forms else ref):
        known = facts.forms.get(ref)
        name = (
            (known.name, *((say("簡稱：{0}", say("、").join(known.aliases)),) if known.aliases else ()))
            if known
            else (ref,)
        )
        number = (known.number if known else "") or "—"
        rows.append((name, (number,), (say("第 {0} 版", known.version) if known else "",), tuple(used[ref])))
    yield _appendix("register", facts)
    head = (say("表格名稱"), say("編號"), say("版次"), say("使用的作業流程"))
    yield Table(say("依名稱排列"), tuple(rows), (36, 12, 12, 40), head)


def _words(facts: Facts) -> Iterator[Block]:
    say = facts.worded
    yield _appendix("words", facts)
    rows = tuple(((chinese,), (english,), (say(meaning),)) for chinese, english, meaning in WORDS)
    yield Table(say("中文、英文與意義"), rows, (18, 20, 62), (say("名詞"), say("英文"), say("意義")), headed=True)


def _rules(rules: tuple[Rule, ...], facts: Facts) -> Iterator[Block]:
    say = facts.worded
    yield _appendix("rules", facts)
    yield Paragraph(say("每次儲存都依這些規則檢核；列為錯誤的未修正不得發布，列為警告的須附理由。"))
    levels = {"error": say("錯誤"), "warning": say("警告"), "info": say("提示"), "off": "—"}
    head = (say("規則"), say("要求"), say("不合的例子"), say("合的例子"), say("等級"))
    for title, members in grouped(rules):
        yield Heading(2, say(title))
        rows = tuple(
            ((r.id,), (r.english if facts.english else r.title,), (r.wrong,), (r.right,), (levels[r.level],))
            for r in members
        )
        yield Table(say(title), rows, (11, 36, 20, 20, 13), head)


def _blanks(entries: Sequence[Entry], facts: Facts) -> Iterator[Block]:
    yield _appendix("blanks", facts)
    found = dict.fromkeys(form.ref for entry in entries for form in forms(entry.sop) if form.ref in facts.blanks)
    if not found:
        yield Paragraph(facts.worded("無。"))
    for ref in found:
        yield from blank(facts.blanks[ref], facts)
