"""Layouts of official forms: the folder's own, and files that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from engine.errors import Invalid
from engine.library import layouts, register

PROCESSES = Path(__file__).parents[2] / "processes"
GOOD = "for: [a-form]\nparts:\n  - title: 案件\n    rows:\n      - {label: 案號, from: case.number, lines: 2}\n"


def test_every_layout_of_the_folder_is_of_a_registered_form() -> None:
    known = {entry["ref"] for entry in register.read((PROCESSES / "forms.yaml").read_text("utf-8"))}
    found = layouts.folder(PROCESSES / "forms")
    assert set(found) - {layouts.ANY} <= known
    assert layouts.ANY in found
    sheets = {ref for ref in known if ref.startswith("follow-up-sheet")}
    assert len(sheets) == 4
    assert sheets | {"petition-record", "release-checklist", "release-record", "duplicate-record"} <= set(found)


def test_a_layout_says_what_stands_where() -> None:
    (part,) = layouts.read(GOOD).parts
    assert part.rows == ((layouts.Cell("案號", (("case", "number"),), 2),),)


@pytest.mark.parametrize(
    "wrong",
    [
        "", "[]", "for: [a]", "for: a\nparts: []", GOOD + "script: x", GOOD.replace("case.number", "secret.number"),
        GOOD.replace("case.number", "case.number()"), GOOD.replace("lines: 2", "lines: 200"),
        GOOD.replace("lines: 2", "onclick: x"), GOOD.replace("{label: 案號, ", "{"), "a: [", "x" * 70_000,
        GOOD.replace("- {label: 案號, from: case.number, lines: 2}", "- [{label: a}, {label: b}, {label: c}]"),
        "for: [a]\nparts:\n  - title: x\n", "!!python/object/apply:os.system ['true']",
    ],
)  # fmt: skip
def test_a_wrong_layout_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as refusal:
        layouts.read(wrong, "a.yaml")
    assert refusal.value.code == "layout_wrong"


def test_two_layouts_for_one_form_are_refused_and_a_changed_file_counts_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    assert layouts.folder(tmp_path)["a-form"].parts[0].title == "案件"
    (tmp_path / "a.yaml").write_text(GOOD.replace("案件", "資料"), "utf-8")
    assert layouts.folder(tmp_path)["a-form"].parts[0].title == "資料"
    (tmp_path / "b.yaml").write_text(GOOD, "utf-8")
    with pytest.raises(Invalid, match="兩個版面"):
        layouts.folder(tmp_path)
    assert layouts.folder(tmp_path / "nowhere") == {}


def test_the_layouts_are_yaml_a_clerk_can_read() -> None:
    for file in (PROCESSES / "forms").glob("*.yaml"):
        assert yaml.safe_load(file.read_text("utf-8"))["parts"], file.name
