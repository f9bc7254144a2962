"""Papers as files: a sheet, a manual, a table of amendments as HTML, PDF or ODT; kept by what stands on them."""

from __future__ import annotations

import hashlib

from diagrams.kept import Kept
from diagrams.sheet import flow, html
from diagrams.sheet.facts import Facts
from diagrams.sheet.odt import MIMETYPE, odt
from diagrams.sheet.paper import Paper
from diagrams.sheet.pdf import pdf
from diagrams.sheet.sections import Edition, sheet
from engine.library.folder import SopFolder

__all__ = ["KINDS", "as_file", "of_sop", "pictures"]

#: ending → media type
KINDS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "odt": MIMETYPE}
#: a sheet's PDF has half a megabyte
_files: Kept[bytes] = Kept(30)
_pictures: Kept[tuple[str, ...]] = Kept(60)


def as_file(paper: Paper, kind: str) -> bytes:
    """``kind`` one of KINDS. Raises Refusal 'pdf_missing' where no PDF can be made."""
    page = html.page(paper)
    if kind == "html":
        return page.encode()
    name = hashlib.sha256(f"{kind}:{page}".encode()).hexdigest()
    return _files.once(name, lambda: pdf(page) if kind == "pdf" else odt(paper))


def of_sop(folder: SopFolder, facts: Facts, edition: Edition) -> Paper:
    """The sheet of one SOP."""
    return sheet(folder.sop, facts, pictures(folder, facts), edition)


def pictures(folder: SopFolder, facts: Facts) -> tuple[str, ...]:
    """The pages of its chart: drawn again only when the SOP or a name on it is another."""
    names = (facts.language, sorted(facts.units.items()), sorted((ref, one.name) for ref, one in facts.forms.items()))
    name = hashlib.sha256(f"{folder.hash}:{names}".encode("utf-8", "backslashreplace")).hexdigest()
    return _pictures.once(name, lambda: flow.pictures(folder.sop, facts))
