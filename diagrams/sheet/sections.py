"""The city's four-section sheet of one SOP, as the blocks of a paper: head, purpose, 5W1H, 處理流程, 法令依據,
作業注意事項, 使用表格, what it is measured by, and the blank forms behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from diagrams.chart import columns, numbers
from diagrams.sheet.facts import Blank, Facts
from diagrams.sheet.flow import titled
from diagrams.sheet.paper import Block, Cell, Heading, Listing, Paper, Paragraph, Picture, Table, of_lines
from engine.dates.periods import UNIT_WORDS
from engine.sops.sop import Deadline, Form, Node, Note, Sop

__all__ = ["Edition", "blank", "blocks", "forms", "sheet", "unit", "version"]

_5W1H = (
    ("who", "何人（Who）"), ("what", "何事（What）"), ("when", "何時（When）"),
    ("where", "何地（Where）"), ("why", "為何（Why）"), ("how", "如何（How）"),
)  # fmt: skip
_KINDS = {"per-case": "逐案辦理", "periodic": "定期辦理", "project": "專案辦理"}
_ORDINALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Edition:
    """Which version the sheet is of: its number and the day it took effect; a file has neither."""

    number: int | None = None
    since: date | None = None


def sheet(sop: Sop, facts: Facts, pictures: tuple[str, ...], edition: Edition) -> Paper:
    """The sheet of one SOP as a paper of its own. ``pictures``: its chart, one SVG per page."""
    title, say = titled(sop, facts), facts.worded
    head = (" ".join(filter(None, (unit(sop, facts), title))), version(sop, facts, edition))
    made = tuple(blocks(sop, facts, pictures, edition))
    return Paper(say("{0}　作業標準書", title), made, facts.language, head, say)


def blocks(
    sop: Sop, facts: Facts, pictures: tuple[str, ...], edition: Edition, *, within: bool = False
) -> Iterator[Block]:
    """``within`` a manual a sheet begins a new page, and the blank forms stand at the end of the manual."""
    yield Heading(1, titled(sop, facts), anchor=f"sop-{sop.id}", turned=within)
    yield _head(sop, facts, edition)
    rows = [(sop.documentation, "目的"), *((sop.sheet.w5h1.get(key, ""), words) for key, words in _5W1H)]
    told = tuple(((facts.worded(words),), of_lines(text)) for text, words in rows if text)
    if told:
        yield Table(facts.worded("目的與 5W1H"), told, (18, 82), headed=True)
    yield from _flow(sop, facts, pictures)
    yield from _law(sop, facts)
    yield from _notes(sop, facts)
    yield from _papers(sop, facts)
    for form in () if within else forms(sop):
        if form.ref in facts.blanks:
            yield from blank(facts.blanks[form.ref], facts)


def _head(sop: Sop, facts: Facts, edition: Edition) -> Table:
    say = facts.worded
    revised = _day(sop.sheet.revised, facts)
    rows: list[tuple[Cell, ...]] = [
        ((say("單位"),), (unit(sop, facts),), (say("項目"),), (titled(sop, facts),)),
        ((say("訂定／修訂日期"),), (revised,), (say("版次"),), (version(sop, facts, edition),)),
        (
            (say("生效日期"),), (facts.dated(edition.since) if edition.since else "",),
            (say("類型"),), (say(_KINDS.get(sop.sheet.kind, sop.sheet.kind)),),
        ),
        ((say("承辦單位"),), (_contact(sop, facts),), (say("代碼"),), (sop.id,)),
    ]  # fmt: skip
    return Table(say("單位、項目、日期與版次"), tuple(rows), (16, 30, 12, 42), paired=True)


def unit(sop: Sop, facts: Facts) -> str:
    return facts.units.get(sop.sheet.unit or "", sop.sheet.unit or "")


def _contact(sop: Sop, facts: Facts) -> str:
    contact = sop.sheet.contact or sop.sheet.unit or ""
    return facts.units.get(contact) or facts.roles.get(contact.replace("-", "_"), contact)


def version(sop: Sop, facts: Facts, edition: Edition) -> str:
    number = edition.number or sop.sheet.version
    return facts.worded("第 {0} 版", number) if number else ""


def _day(text: str | None, facts: Facts) -> str:
    try:
        return facts.dated(date.fromisoformat(text)) if text else ""
    except ValueError:
        return text or ""


def _flow(sop: Sop, facts: Facts, pictures: tuple[str, ...]) -> Iterator[Block]:
    say = facts.worded
    yield Heading(2, say("一、處理流程"), charted=True)
    told = say("{0}的流程圖", titled(sop, facts))
    for n, svg in enumerate(pictures, 1):
        yield Picture(svg, say("{0}（第 {1} 頁）", told, n) if len(pictures) > 1 else told)
    names = {ref: form.name for ref, form in facts.forms.items()}
    beside = {c.key: c.cells for c in columns.of(sop, columns.KEYS, forms=names, units=facts.units, worded=say)}
    rows: list[tuple[Cell, ...]] = []
    for step, number in numbers(sop).items():
        node = sop.nodes[step]
        helping = (say("協辦：{0}", unit) for unit in beside["support"].get(step, ()))
        owner, time = (*beside["owner"].get(step, ()), *helping), beside["time"].get(step, ())
        rows.append(((str(number),), (node.name or step,), owner, time, tuple(_how(node, facts))))
    if rows:
        yield Heading(3, say("步驟說明與檢查"))
        head = (say("項次"), say("步驟"), say("承辦"), say("標準工時"), say("怎麼做、檢查什麼"))
        yield Table(say("依先後排列的步驟；標準工時供規劃與提醒，不作評比"), tuple(rows), (7, 18, 18, 14, 43), head)


def _how(node: Node, facts: Facts) -> Iterator[str]:
    say = facts.worded
    if node.kind == "call" and node.called:
        yield say("依「{0}」辦理。", facts.called.get(node.called, node.called))
    yield from of_lines(node.documentation)
    for ticks in node.checklists:
        yield from (f"□ {item.text}" for item in ticks.items)
    if node.outcome:
        yield say("處理結果：{0}", say("、").join(choice.label for choice in node.outcome.choices))
    if node.approval and node.approval.level:
        yield say("核決層級：{0}", node.approval.level)


def _law(sop: Sop, facts: Facts) -> Iterator[Block]:
    say = facts.worded
    yield Heading(2, say("二、法令依據"))
    told = ["　".join(filter(None, (law.name, law.number, _day(law.dated, facts)))) for law in sop.legal_basis]
    yield _listed(told, facts)


def _notes(sop: Sop, facts: Facts) -> Iterator[Block]:
    say = facts.worded
    yield Heading(2, say("三、作業注意事項"))
    placed = numbers(sop)
    if sop.notes:
        yield Listing(tuple((note.id, _placed(note, sop, placed, facts)) for note in sop.notes))
    limits = [*sop.deadlines, *(limit for node in sop.nodes.values() for limit in node.deadlines)]
    if limits:
        yield Heading(3, say("期限"))
        yield _listed([_limit(limit, facts) for limit in limits], facts)
    called = dict.fromkeys(node.called for node in sop.nodes.values() if node.called)
    if called:
        yield Heading(3, say("引用的作業流程"))
        yield _listed([facts.called.get(name, name) for name in called], facts)
    if sop.indicators:
        yield Heading(3, say("衡量指標"))
        yield _listed([facts.indicators.get(ref, ref) for ref in sop.indicators], facts)
    if contact := _contact(sop, facts):
        yield Paragraph(say("承辦單位：{0}", contact))


def _placed(note: Note, sop: Sop, placed: Mapping[str, int], facts: Facts) -> str:
    """The note, and at which step of the chart it is to be minded."""
    node = sop.nodes.get(note.step or "")
    if node is None:
        return note.text
    if node.id in placed:
        return facts.worded("{0}（步驟 {1}）", note.text, placed[node.id]).rstrip()
    return facts.worded("{0}（「{1}」）", note.text, node.name or node.id).rstrip()


def _limit(limit: Deadline, facts: Facts) -> str:
    say = facts.worded
    told = [facts.regimes.get(limit.regime, limit.regime)]
    if limit.length and limit.unit:
        told.append(say("{0} {1}", limit.length, say(UNIT_WORDS.get(limit.unit, limit.unit))))
    elif limit.decision:
        told.append(say("依決策表"))
    elif limit.at:
        told.append(limit.at)
    if limit.basis == "proposed":
        told.append(say("建議值"))
    return say("{0}（{1}）", limit.name or limit.id, say("，").join(told)).rstrip()


def forms(sop: Sop) -> list[Form]:
    """Of the sheet, then of the steps, each document once."""
    every = [*sop.forms, *(form for node in sop.nodes.values() for form in node.forms)]
    return list({form.ref: form for form in reversed(every) if not form.ref.startswith("caller:")}.values())[::-1]


def _papers(sop: Sop, facts: Facts) -> Iterator[Block]:
    say = facts.worded
    yield Heading(2, say("四、使用表格"))
    rows: list[tuple[Cell, ...]] = []
    for form in forms(sop):
        registered = facts.forms.get(form.ref)
        uses = [node for node in sop.nodes.values() if any(one.ref == form.ref for one in node.forms)]
        name = registered.name if registered else form.ref
        issue = say("第 {0} 版", registered.version) if registered else ""
        number = (registered.number if registered else "") or "—"
        attached = say("附於後") if form.ref in facts.blanks else "—"
        rows.append(((name,), (number,), (issue,), tuple(node.name or node.id for node in uses) or ("—",), (attached,)))
    if rows:
        head = (say("表格名稱"), say("編號"), say("版次"), say("使用的步驟"), say("空白表格"))
        yield Table(say("表格、編號與使用的步驟"), tuple(rows), (36, 12, 11, 28, 13), head)
    else:
        yield Paragraph(say("無。"))


def blank(form: Blank, facts: Facts) -> Iterator[Block]:
    """A form to be filled by hand, on a page of its own."""
    say = facts.worded
    yield Heading(2, say("附件：{0}", form.title), turned=True)
    for part in form.parts:
        rows = tuple(tuple(cell for label, _ in row for cell in ((label,), ())) for row in part.rows)
        lines = tuple(max(high for _, high in row) for row in part.rows)
        if rows:
            yield Table(part.title or form.title, rows, (16, 34, 16, 34), paired=True, lines=lines)
    if form.signed:
        wide = 100 // len(form.signed)
        yield Table(say("核章"), (tuple(() for _ in form.signed),), (wide,) * len(form.signed), form.signed, lines=(3,))
    if form.note:
        yield Paragraph(form.note, "quiet")


def _listed(texts: list[str], facts: Facts) -> Block:
    """（一）, （二）…; nothing is said to be nothing."""
    if not texts:
        return Paragraph(facts.worded("無。"))
    return Listing(tuple((_mark(n, facts), text) for n, text in enumerate(texts, 1)))


def _mark(n: int, facts: Facts) -> str:
    if facts.english:
        return f"({n})"
    if n > 99:
        return f"（{n}）"
    tens, ones = divmod(n, 10)
    said = [_ORDINALS[tens - 1]] if tens > 1 else []
    said += [_ORDINALS[9]] if tens else []
    said += [_ORDINALS[ones - 1]] if ones else []
    return f"（{''.join(said)}）"
