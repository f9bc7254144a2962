"""What the papers say is there: every link leads somewhere, every picture is used, every command exists."""

from __future__ import annotations

import re
from pathlib import Path

import click

from webui.cli import main

ROOT = Path(__file__).parents[2]
PAPERS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
_COMMAND = re.compile(r"\bsopflow ((?:[a-z][a-z-]+ ?){1,2})")


def test_every_link_leads_to_a_file() -> None:
    lost = [
        (paper.relative_to(ROOT).as_posix(), link)
        for paper in PAPERS
        for link in _LINK.findall(paper.read_text("utf-8"))
        if not (paper.parent / link).exists()
    ]
    assert lost == []


def test_every_picture_of_the_guide_is_shown_in_it() -> None:
    guide = ROOT / "docs" / "guide"
    shown = {link for paper in guide.glob("*.md") for link in _LINK.findall(paper.read_text("utf-8"))}
    taken = {f"pictures/{picture.name}" for picture in (guide / "pictures").glob("*.png")}
    assert taken - shown == set()
    assert len(taken) >= 15


def test_every_chapter_is_named_in_the_guides_index() -> None:
    guide = ROOT / "docs" / "guide"
    named = set(_LINK.findall((guide / "README.md").read_text("utf-8")))
    assert {paper.name for paper in guide.glob("*.md")} - {"README.md"} <= named


def test_every_command_the_papers_name_exists() -> None:
    unknown = []
    for paper in PAPERS:
        for words in _COMMAND.findall("\n".join(_code(paper.read_text("utf-8")))):
            if not _exists(words.split()):
                unknown.append((paper.name, words))
    assert unknown == []


def _code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text) + re.findall(r"```.*?\n(.*?)```", text, flags=re.S)


def _exists(words: list[str]) -> bool:
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            return True  # what follows is an argument
        found = command.get_command(click.Context(command), word)
        if found is None:
            return False
        command = found
    return True
