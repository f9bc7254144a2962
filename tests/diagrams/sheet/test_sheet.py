"""The sheet has the city's four sections with all that is asked of them, as HTML, PDF and ODT, and no word of an SOP
can do anything on it."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from lxml import etree, html

from diagrams.chart import numbers
from diagrams.sheet import html as as_html
from diagrams.sheet.odt import odt
from diagrams.sheet.pdf import pdf
from engine.errors import Invalid
from engine.sops.sop import Sop
from tests.diagrams.sheet import tagged
from tests.diagrams.sheet.papers import PROCESSES, facts, library, of, paper
from webui import paper_facts

SOAK = bool(os.environ.get("SOPFLOW_SOAK"))
#: with blank forms, notes without a step, the longest chart, a shared procedure without laws or forms
SOME = ("petition-online", "document-tracking", "cp-annual-policy-plan", "it-password-expiry", "shared-approval")
EVERY = tuple(sorted(path.parent.name for path in PROCESSES.glob("*/*/*.bpmn")))
HAN = re.compile(r"[\u3400-\u9fff]")
HOSTILE = "<script>alert(1)</script>\"'&]]><img src=x onerror=alert(1)>\x00\x0b\u202e\ud800{{7*7}}＝cmd"


def words(page: str) -> str:
    return " ".join(html.document_fromstring(page).text_content().split())


def checked_odt(made: bytes) -> dict[str, bytes]:
    """The parts, after all that a reader of the format may demand."""
    whole = zipfile.ZipFile(io.BytesIO(made))
    first = whole.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert whole.read(first) == b"application/vnd.oasis.opendocument.text"
    parts = {name: whole.read(name) for name in whole.namelist()}
    for name in ("content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"):
        root = etree.fromstring(parts[name])
        versions = {value for key, value in root.attrib.items() if etree.QName(key).localname == "version"}
        assert versions == {"1.2"}, name
        for element in root.iter():
            for key, value in element.attrib.items():
                if etree.QName(key).localname == "href":
                    assert value.startswith("#") or value in parts, value
    listed = set(re.findall(rb'full-path="([^"]+)"', parts["META-INF/manifest.xml"])) - {b"/"}
    assert {name.encode() for name in parts} - {b"mimetype", b"META-INF/manifest.xml"} == listed
    styles = set(re.findall(rb'style:name="([^"]+)"', parts["styles.xml"] + parts["content.xml"]))
    used = set(re.findall(rb'(?:text|table|draw):style-name="([^"]+)"', parts["content.xml"]))
    assert used <= styles
    return parts


def checked_html(page: str, name: str) -> str:
    tree = html.document_fromstring(page)
    heads = [head.text_content() for head in tree.iter("h2")]
    four = ["一、處理流程", "二、法令依據", "三、作業注意事項", "四、使用表格"]
    assert [head for head in heads if not head.startswith("附件")] == four, name
    assert len(list(tree.iter("h1"))) == 1 and not list(tree.iter("script", "style", "img"))[1:]
    assert tree.xpath("//table[not(caption)]") == []
    return words(page)


@pytest.mark.parametrize("name", EVERY if SOAK else SOME)
def test_an_sop_is_a_sheet_of_four_sections_in_every_form(name: str) -> None:
    sop, made = library()[name].sop, paper(name)
    page = as_html.page(made)
    said = checked_html(page, name)
    shown = html.document_fromstring(page)
    assert sop.name in said and "第 3 版" in said and "民國115年11月20日" in said and "民國98年11月26日" in said
    for law in sop.legal_basis:
        assert law.name in said
    for note in sop.notes:
        assert " ".join(note.text.split()) in said, note.id
    for text in sop.sheet.w5h1.values():
        assert " ".join(text.split()) in said
    for form in sop.forms:
        assert form.ref.startswith("caller:") or facts().forms[form.ref].name in said
    rows = shown.xpath("//table[caption[contains(., '依先後排列')]]/tbody/tr")
    assert [row[1].text_content() for row in rows] == [sop.nodes[step].name for step in numbers(sop)]
    figures = shown.xpath("//figure")
    assert figures and all(figure.xpath("*[local-name()='svg']/*[local-name()='title']") for figure in figures)
    parts = checked_odt(odt(made))
    assert sum(part.startswith("Pictures/") for part in parts) == len(figures)
    assert len(re.findall(b"<svg:desc>", parts["content.xml"])) == len(figures)
    if SOAK or name == "shared-approval":
        made_pdf = pdf(page)
        assert made_pdf.startswith(b"%PDF-1.7") and tagged.wrong(made_pdf) == []


def test_what_an_sop_does_not_have_is_said_to_be_none() -> None:
    said = words(as_html.page(paper("shared-approval")))
    assert re.search("二、法令依據 無。 三、作業注意事項 .* 四、使用表格 無。", said)


def test_the_blank_forms_are_attached_each_on_a_page_of_its_own() -> None:
    made = html.document_fromstring(as_html.page(paper("petition-online")))
    attached = [head for head in made.iter("h2") if head.text_content().startswith("附件")]
    assert "附件：重複登打記錄" in [head.text_content() for head in attached]
    assert all(head.get("class") == "turned" for head in attached)


def test_a_sheet_in_english_has_our_words_in_english_and_the_sops_own_marked_as_chinese() -> None:
    made = html.document_fromstring(as_html.page(paper("petition-online", "en")))
    assert made.get("lang") == "en"
    text = " ".join(made.text_content().split())
    for said in ("1. Procedure", "2. Legal basis", "3. Points to note", "4. Forms used", "2026-11-20", "Version 3"):
        assert said in text, said
    assert "Citizen petition control (1)" in text
    unmarked = [
        piece
        for element in made.find("body").iter()
        if isinstance(element.tag, str)
        and not any(e.get("lang", "").startswith("zh") for e in (element, *element.iterancestors()))
        for piece in (element.text, *(child.tail for child in element))
        if piece and HAN.search(piece)
    ]
    assert unmarked == []


def poisoned(value: Any, key: str = "") -> Any:
    """The same with hostile words wherever an SOP has words."""
    if isinstance(value, str):
        named = {"name", "documentation", "text", "label", "number", "dated", "level", "title_en", "version", "contact"}
        return HOSTILE if key in named or key.startswith("w5h1") else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if type(value).__name__ in ("Drawing", "Operator", "Parameter"):
            return value
        fields = {f.name: poisoned(getattr(value, f.name), f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    if isinstance(value, tuple):
        return tuple(poisoned(one, key) for one in value)
    if isinstance(value, Mapping):
        return MappingProxyType({name: poisoned(one, f"{key}.{name}") for name, one in value.items()})
    return value


def test_no_word_of_an_sop_does_anything_on_a_sheet() -> None:
    clean = library()["shared-petition-duplicate-check"].sop
    clean = dataclasses.replace(clean, legal_basis=library()["petition-online"].sop.legal_basis, drawing=None)
    sop: Sop = dataclasses.replace(poisoned(clean), id=clean.id)
    known = dataclasses.replace(
        facts(),
        units=dict.fromkeys(facts().units, HOSTILE),
        forms={ref: dataclasses.replace(form, name=HOSTILE, number=HOSTILE) for ref, form in facts().forms.items()},
        blanks={
            ref: poisoned(dataclasses.replace(blank, title=HOSTILE, note=HOSTILE))
            for ref, blank in facts().blanks.items()
        },
    )
    made = of(sop, known)
    page = as_html.page(made)
    tree = html.document_fromstring(page)
    assert not list(tree.iter("script", "img", "iframe", "object", "link"))
    assert not [key for element in tree.iter() for key in element.attrib if key.startswith("on") or key == "style"]
    assert "<script>alert(1)</script>" in tree.text_content() and "\u202e" not in page and "\x00" not in page
    checked_odt(odt(made))
    assert pdf(page).startswith(b"%PDF")


def test_every_indicator_has_a_name_and_none_is_named_in_vain(tmp_path: Path) -> None:
    named = paper_facts.indicators(PROCESSES)
    assert set(named) == {ref for folder in library().values() for ref in folder.sop.indicators}
    assert "線上陳情依限回覆率" in words(as_html.page(paper("petition-online")))
    assert paper_facts.indicators(tmp_path) == {}
    for wrong in ("indicators: [a]", "indicators: {a: 1}", "other: {}", "indicators: {a: b", "!!python/object:os {}"):
        (tmp_path / "indicators.yaml").write_text(wrong, "utf-8")
        with pytest.raises(Invalid):
            paper_facts.indicators(tmp_path)


def test_the_same_sheet_is_the_same_file() -> None:
    made = paper("shared-approval")
    assert odt(made) == odt(made)


if SOAK:

    def test_libreoffice_opens_the_odt_and_makes_a_pdf_of_it(tmp_path: Path) -> None:
        office = shutil.which("soffice")
        assert office is not None, "apt-get install libreoffice-writer-nogui"
        for name in SOME:
            (tmp_path / f"{name}.odt").write_bytes(odt(paper(name)))
        subprocess.run(
            [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
             "--outdir", str(tmp_path), *(str(tmp_path / f"{name}.odt") for name in SOME)],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        for name in SOME:
            assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
