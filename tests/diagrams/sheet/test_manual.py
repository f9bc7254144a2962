"""The manual holds the sheets of its SOPs behind contents that lead to them, with symbols, forms, words and rules."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from lxml import html

from diagrams.sheet import flow
from diagrams.sheet import html as as_html
from diagrams.sheet.glossary import WORDS, grouped
from diagrams.sheet.manual import Chapter, Entry, manual
from diagrams.sheet.odt import odt
from diagrams.sheet.paper import Paper
from diagrams.sheet.pdf import pdf
from diagrams.sheet.sections import Edition
from engine.sops.rules.rule import rules
from tests.diagrams.sheet import tagged
from tests.diagrams.sheet.papers import TODAY, facts, library
from tests.diagrams.sheet.test_pdf import all_of
from tests.diagrams.sheet.test_sheet import HAN, checked_odt, words

CHAPTERS = {"共用程序": ("shared-approval", "shared-petition-duplicate-check"), "資訊科": ("it-password-expiry",)}


def entry(name: str, language: str) -> Entry:
    sop = library()[name].sop
    return Entry(sop, flow.pictures(sop, facts(language)), Edition(2, TODAY))


@cache
def made(language: str = "zh") -> Paper:
    known = facts(language)
    chapters = [
        Chapter(str(n), title, tuple(entry(name, language) for name in names))
        for n, (title, names) in enumerate(CHAPTERS.items())
    ]
    return manual(chapters, known, rules(), title="例手冊", on=TODAY)


def test_the_contents_lead_to_every_sheet_and_appendix() -> None:
    tree = html.document_fromstring(as_html.page(made()))
    links = [link.get("href")[1:] for link in tree.xpath("//nav//a")]
    places = tree.xpath("//h1/@id | //h2/@id")
    assert sorted(links) == sorted(places) and len(set(places)) == len(places)
    levels = [int(head.tag[1]) for head in tree.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    for name in ("shared-approval", "it-password-expiry", "shared-petition-duplicate-check"):
        assert f"sop-{name}" in links
    assert [p for p in places if not p.startswith(("sop-", "chap"))] == [
        "legend",
        "register",
        "words",
        "rules",
        "blanks",
    ]


def test_symbols_forms_words_and_every_rule_stand_in_it() -> None:
    tree = html.document_fromstring(as_html.page(made()))
    said = words(as_html.page(made()))
    for chinese, english, meaning in WORDS:
        assert chinese in said and english in said and meaning in said
    for rule in rules():
        assert rule.id in said and rule.title in said
    for symbol in ("準備", "處理", "文件", "決策", "終止"):
        assert symbol in tree.xpath("//h1[@id='legend']/following::figure[1]")[0].text_content(), symbol
    known = {form.ref for name in CHAPTERS["共用程序"] for n in library()[name].sop.nodes.values() for form in n.forms}
    register = tree.xpath("//h1[@id='register']/following::table[1]")[0].text_content()
    for ref in known:
        assert ref.startswith("caller:") or facts().forms[ref].name in register
    assert "附件：重複登打記錄" in said


def test_no_rule_is_without_a_group_and_none_is_told_twice() -> None:
    told = [rule.id for _, members in grouped(rules()) for rule in members]
    assert sorted(told) == sorted(rule.id for rule in rules()) and all(title != "其他" for title, _ in grouped(rules()))


def test_as_odt_the_contents_name_pages_by_fields_and_as_pdf_it_has_bookmarks() -> None:
    parts = checked_odt(odt(made()))
    text = parts["content.xml"].decode()
    marks = set(re.findall(r'<text:bookmark text:name="([^"]+)"', text))
    assert set(re.findall(r'text:ref-name="([^"]+)"', text)) == marks
    heard: list[int] = []
    made_pdf = pdf(as_html.page(made()), heard.append)
    assert tagged.wrong(made_pdf) == []
    packed = all_of(made_pdf)
    assert packed.count(b"/Title") > 10 and max(heard) > 8 and heard[:2] == [1, 2]


def test_in_english_the_manuals_own_words_are_english() -> None:
    tree = html.document_fromstring(as_html.page(made("en")))
    for marked in tree.xpath("//*[@lang='zh-Hant-TW']"):
        marked.text = ""
        for child in list(marked):
            marked.remove(child)
    assert HAN.findall(tree.find("body").text_content()) == []
