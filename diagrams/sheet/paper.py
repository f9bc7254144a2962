"""What stands on a paper, in order: the one value that becomes HTML, PDF and ODT. Nothing here knows how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from diagrams.wording import Worded, as_written

__all__ = [
    "Block", "Cell", "Contents", "Heading", "Listing", "Paper", "Paragraph", "Picture", "Table", "of_lines"
]  # fmt: skip

#: the paragraphs of one cell
Cell: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 1: the title of a paper or of a part of the manual, at most 4. ``anchor``: what contents point to.
    ``turned``: begins a new page. ``charted``: stands on the page of the picture that follows.
    ``ruled``: looks like one of the four sections, wherever it stands in the outline."""

    level: int
    text: str
    anchor: str = ""
    turned: bool = False
    charted: bool = False
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    kind: Literal["", "quiet", "centred", "cover"] = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Items with the mark each begins with: （一）, 註1."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``caption`` names it for who cannot see it; ``widths`` are hundredths of the page. ``headed``: each row begins
    with its name; ``paired``: so does every second cell. ``lines``: how high a row is that is filled by hand."""

    caption: str
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    head: tuple[str, ...] = ()
    headed: bool = False
    paired: bool = False
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """One SVG of ours: as large as the page allows, never cut. ``told`` says what it shows."""

    svg: str
    told: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What the paper holds, with the page of each: level, words, anchor."""

    entries: tuple[tuple[int, str, str], ...]


Block: TypeAlias = Heading | Paragraph | Listing | Table | Picture | Contents


@dataclass(frozen=True, slots=True)
class Paper:
    """``title`` is the document's; ``head`` stands above every page, to the left and to the right."""

    title: str
    blocks: tuple[Block, ...]
    language: str = "zh-Hant-TW"
    head: tuple[str, str] = ("", "")
    worded: Worded = as_written

    @property
    def english(self) -> bool:
        return self.language == "en"


def of_lines(text: str) -> Cell:
    """A cell of a text in which lines are broken."""
    return tuple(line for line in text.split("\n") if line.strip())
