"""Layouts of official forms: the folder's own, and files that are wrong."""

from __future__ import annotations

from datetime import date
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
    assert sheets | {"petition-record", "release-checklist", "release-record", "duplicate-record", "receipt"} <= set(
        found
    )


def test_a_layout_says_what_stands_where() -> None:
    (part,) = layouts.read(GOOD).parts
    assert part.rows == ((layouts.Cell("案號", (("case", "number"),), 2),),)
    (part,) = layouts.read(GOOD.replace("lines: 2", "strong: true, otherwise: 另行通知")).parts
    assert (part.rows[0][0].strong, part.rows[0][0].otherwise) == (True, "另行通知")


@pytest.mark.parametrize(
    "wrong",
    [
        "", "[]", "for: [a]", "for: a\nparts: []", GOOD + "script: x", GOOD.replace("case.number", "secret.number"),
        GOOD.replace("case.number", "case.number()"), GOOD.replace("lines: 2", "lines: 200"),
        GOOD.replace("lines: 2", "onclick: x"), GOOD.replace("{label: 案號, ", "{"), "a: [", "x" * 70_000,
        GOOD.replace("- {label: 案號, from: case.number, lines: 2}", "- [{label: a}, {label: b}, {label: c}]"),
        GOOD.replace("lines: 2", "strong: 3"), GOOD.replace("lines: 2", "otherwise: 3"), GOOD + "since: 明年",
        "for: [a]\nparts:\n  - title: x\n", "!!python/object/apply:os.system ['true']",
    ],
)  # fmt: skip
def test_a_wrong_layout_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as refusal:
        layouts.read(wrong, "a.yaml")
    assert refusal.value.code == "layout_wrong"


def test_two_layouts_for_one_form_are_refused_and_a_changed_file_counts_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    assert _title(tmp_path, date(2026, 11, 26)) == "案件"
    (tmp_path / "a.yaml").write_text(GOOD.replace("案件", "資料"), "utf-8")
    assert _title(tmp_path, date(2026, 11, 26)) == "資料"
    (tmp_path / "b.yaml").write_text(GOOD, "utf-8")
    with pytest.raises(Invalid, match="兩個版面"):
        layouts.folder(tmp_path)
    assert layouts.folder(tmp_path / "nowhere") == {}


def test_a_new_layout_counts_from_its_day_and_the_old_one_before_it(tmp_path: Path) -> None:
    (tmp_path / "a-form.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "a-form-2027.yaml").write_text(GOOD.replace("案件", "資料") + "since: 2027-01-01\n", "utf-8")
    assert _title(tmp_path, date(2026, 12, 31)) == "案件"
    assert _title(tmp_path, date(2027, 1, 1)) == "資料"
    (tmp_path / "a-form.yaml").unlink()
    assert layouts.in_force(layouts.folder(tmp_path), "a-form", date(2026, 12, 31)) is None
    (tmp_path / "any.yaml").write_text(GOOD.replace("[a-form]", '["*"]').replace("案件", "文件"), "utf-8")
    assert _title(tmp_path, date(2026, 12, 31)) == "文件"


def _title(folder: Path, on: date) -> str:
    layout = layouts.in_force(layouts.folder(folder), "a-form", on)
    assert layout is not None
    return layout.parts[0].title


def test_the_layouts_are_yaml_a_clerk_can_read() -> None:
    for file in (PROCESSES / "forms").glob("*.yaml"):
        assert yaml.safe_load(file.read_text("utf-8"))["parts"], file.name
