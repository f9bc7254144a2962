"""A paper as HTML: the body alone for a page of the desk, or a whole page that stands alone. Every word is escaped.

No style attribute and no script: the desk's policy forbids both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from diagrams.sheet.paper import Block, Cell, Contents, Heading, Listing, Paper, Paragraph, Picture, Table
from diagrams.sheet.style import STYLE

__all__ = ["body", "page"]

#: Chinese within an English paper is said to be Chinese: to be read out, and set in its letters
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]+")
#: what XML and HTML cannot carry
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)


def page(paper: Paper) -> str:
    """The whole document; WeasyPrint makes the PDF of it."""
    left, right = (_words(words, paper) for words in paper.head)
    return (
        f'<!DOCTYPE html>\n<html lang="{paper.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(seen(paper.title))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<div class="running"><span class="on-left">{left}</span><span class="on-right">{right}</span></div>\n'
        f"<main>\n{body(paper)}</main>\n</body>\n</html>\n"
    )


def body(paper: Paper) -> str:
    """What stands on it, one element per block."""
    return "".join(f"{_block(block, paper)}\n" for block in paper.blocks)


def seen(text: str) -> str:
    """Without what no page can show."""
    return _UNSEEN.sub("", text)


def _words(text: str, paper: Paper) -> str:
    safe = escape(seen(text))
    return _HAN.sub(lambda found: f'<span lang="zh-Hant-TW">{found[0]}</span>', safe) if paper.english else safe


def _block(block: Block, paper: Paper) -> str:
    if isinstance(block, Heading):
        anchor = f' id="{escape(seen(block.anchor))}"' if block.anchor else ""
        kinds = " ".join(kind for kind in ("ruled", "turned", "charted") if getattr(block, kind))
        how = f' class="{kinds}"' if kinds else ""
        return f"<h{block.level}{anchor}{how}>{_words(block.text, paper)}</h{block.level}>"
    if isinstance(block, Paragraph):
        kind = f' class="{block.kind}"' if block.kind else ""
        return f"<p{kind}>{_words(block.text, paper)}</p>"
    if isinstance(block, Listing):
        items = "".join(
            f'<li><span class="mark">{_words(mark, paper)}</span><span>{_words(text, paper)}</span></li>'
            for mark, text in block.items
        )
        return f'<ul class="marked">{items}</ul>'
    if isinstance(block, Picture):
        # it may be wider than a small screen: who has no mouse moves it by the keyboard
        return f'<figure tabindex="0" aria-label="{escape(seen(block.told))}">{block.svg.strip()}</figure>'
    if isinstance(block, Contents):
        lines = "".join(
            f'<li class="level-{level}"><a href="#{escape(seen(anchor))}">{_words(text, paper)}</a></li>'
            for level, text, anchor in block.entries
        )
        return f'<nav class="contents"><ol>{lines}</ol></nav>'
    return "".join(_table(block, paper))


def _table(table: Table, paper: Paper) -> Iterator[str]:
    many = " many" if table.head and len(table.widths) > 3 else ""
    yield f'<table class="official{many}"><caption>{_words(table.caption, paper)}</caption><colgroup>'
    yield "".join(f'<col class="wide-{width}">' for width in table.widths)
    yield "</colgroup>"
    if table.head:
        heads = "".join(f'<th scope="col">{_words(words, paper)}</th>' for words in table.head)
        yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for n, row in enumerate(table.rows):
        high = table.lines[n] if n < len(table.lines) else 1
        yield f'<tr class="lines-{high}">' if high > 1 else "<tr>"
        missing = len(table.widths) - len(row)
        for k, cell in enumerate(row):
            names = (table.headed and k == 0) or (table.paired and k % 2 == 0)
            wide = f' colspan="{missing + 1}"' if missing > 0 and k == len(row) - 1 else ""
            tag = 'th scope="row"' if names else "td"
            label = f' data-label="{escape(seen(table.head[k]))}"' if many else ""
            yield f"<{tag}{wide}{label}>{_cell(cell, paper)}</{tag[:2]}>"
        yield "</tr>"
    yield "</tbody></table>"


def _cell(cell: Cell, paper: Paper) -> str:
    return _words(cell[0], paper) if len(cell) == 1 else "".join(f"<p>{_words(text, paper)}</p>" for text in cell)
