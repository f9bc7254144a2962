"""SOPs as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadSop
from engine.library import folder as library_folder
from engine.library.folder import MOST_BYTES, around, folder
from tests.library.conftest import FORM, Files, chart


def test_every_sop_of_the_folder_is_found_by_its_id(files: Files) -> None:
    found = folder(files.root)
    assert list(found) == ["letters", "review"]
    assert (found["letters"].division, found["review"].division) == ("city", "shared")
    assert found["letters"].screen_forms["LE-S"].title == "收件"
    assert found["review"].sop.shared


def test_the_hash_follows_chart_and_forms_but_not_scenarios(files: Files) -> None:
    before = folder(files.root)["letters"].hash
    files.put("city", "letters", chart("letters", calls="review"), **{"scenarios.yaml": "[]"})
    assert folder(files.root)["letters"].hash == before
    files.put("city", "letters", chart("letters", calls="review"), **{"LE-S.form.json": FORM.replace("收件", "收文")})
    changed = folder(files.root)["letters"].hash
    assert changed != before
    files.put("city", "letters", chart("letters", calls="review", step="代辦"))
    assert folder(files.root)["letters"].hash not in (before, changed)


def test_two_folders_cannot_hold_one_sop(files: Files) -> None:
    files.put("other", "letters", chart("letters"))
    with pytest.raises(BadSop) as refused:
        folder(files.root)
    assert refused.value.code == "sop_twice"


def test_a_shared_table_becomes_part_of_every_sop_that_names_it(files: Files, any_table: str) -> None:
    (files.root / "shared" / "level.dmn").write_text(any_table, "utf-8")
    files.put("shared", "review", chart("review", rule="level"))
    found = folder(files.root)
    assert list(found["review"].tables) == ["level"]
    assert found["letters"].tables == {}
    before = found["review"].hash
    (files.root / "shared" / "level.dmn").write_text(any_table.replace("高", "最高"), "utf-8")
    assert folder(files.root)["review"].hash != before


def test_a_table_must_be_named_like_its_file(files: Files, any_table: str) -> None:
    files.put("shared", "review", chart("review", rule="height"), **{"height.dmn": any_table})
    with pytest.raises(BadSop) as refused:
        _ = folder(files.root)["review"].decision_tables
    assert (refused.value.code, refused.value.element) == ("decision_name", "height")


def test_a_file_beyond_the_limit_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "huge.bpmn"
    with file.open("wb") as sparse:
        sparse.truncate(50 * 1024 * 1024)
    with pytest.raises(BadSop) as refused:
        library_folder.read_bytes(file)
    assert refused.value.code == "too_large"
    assert not refused.value.readable
    file.write_bytes(b"x" * MOST_BYTES)
    assert len(library_folder.read_bytes(file)) == MOST_BYTES


def test_a_file_on_its_own_takes_callees_and_forms_from_its_folder_before_the_library(
    files: Files, tmp_path: Path
) -> None:
    here = tmp_path / "draft"
    here.mkdir()
    (here / "anything.bpmn").write_bytes(chart("letters", calls="review"))
    (here / "review.bpmn").write_bytes(chart("review", step="這裡的"))
    (here / "LE-S.form.json").write_text(FORM.replace("收件", "這裡的"), "utf-8")
    main, library = around(here / "anything.bpmn", files.root)
    assert main.screen_forms["LE-S"].title == "這裡的"
    assert library["review"].sop.nodes["RE-01"].name == "這裡的"
    (here / "review.bpmn").unlink()
    (here / "LE-S.form.json").unlink()
    main, library = around(here / "anything.bpmn", files.root)
    assert main.screen_forms["LE-S"].title == "收件"
    assert library["review"].sop.nodes["RE-01"].name == "辦理"
    _, library = around(here / "anything.bpmn", tmp_path / "nowhere")
    assert list(library) == ["letters"]


def test_a_callee_whose_file_says_another_name_is_not_taken(files: Files, tmp_path: Path) -> None:
    (tmp_path / "letters.bpmn").write_bytes(chart("letters", calls="review"))
    (tmp_path / "review.bpmn").write_bytes(chart("other"))
    _, library = around(tmp_path / "letters.bpmn", tmp_path / "nowhere")
    assert "review" not in library


@pytest.mark.parametrize("name", ["../secret", "a/b", ".hidden", "", "x" * 101, "nul\0"])
def test_an_id_never_leads_out_of_the_folder(name: str) -> None:
    assert not library_folder._plain_name(name)
