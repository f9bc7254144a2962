"""sopflow sop sheet: the same sheet from a file and from the city, in three forms, or one sentence and exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Run

CHART = ROOT / "processes" / "shared" / "shared-approval" / "shared-approval.bpmn"


def test_a_file_becomes_a_sheet_in_three_forms(files_only: Run, home: Path, tmp_path: Path) -> None:
    for ending, head in ((".html", b"<!DOCTYPE html>"), (".PDF", b"%PDF-1.7"), (".odt", b"PK\x03\x04")):
        out = tmp_path / f"sheet{ending}"
        said = files_only("sop", "sheet", str(CHART), "-o", str(out))
        assert (said.code, said.out) == (0, ""), said.err
        assert out.read_bytes().startswith(head)
    assert "一、處理流程" in (tmp_path / "sheet.html").read_text("utf-8")
    assert not home.exists()


def test_the_citys_own_is_named_by_its_code_and_a_version(sopflow: Run, tmp_path: Path) -> None:
    out = tmp_path / "sheet.html"
    for name in ("shared-approval", "shared-approval@1"):
        assert sopflow("sop", "sheet", name, "-o", str(out)).code == 0
        assert "第 1 版" in out.read_text("utf-8") and "生效日期" in out.read_text("utf-8")
        out.unlink()
    assert sopflow("--lang", "en", "sop", "sheet", "shared-approval", "-o", str(out)).code == 0
    assert "2. Legal basis" in out.read_text("utf-8")
    for name, code in (("no-such-sop", "no_such_sop"), ("shared-approval@9", "no_such_version")):
        said = sopflow("sop", "sheet", name, "-o", str(tmp_path / "none.pdf"))
        assert (said.code, said.out) == (2, "") and code in said.err
    assert not (tmp_path / "none.pdf").exists()


@pytest.mark.parametrize(
    ("name", "out", "code"),
    [
        (str(CHART), "sheet.docx", "paper_ending"),
        (str(CHART), "sheet", "paper_ending"),
        (str(CHART), "no/such/folder/sheet.html", "out_unwritable"),
        (str(CHART), "taken.odt", "out_unwritable"),
        ("no/such/file.bpmn", "sheet.html", "file_unreadable"),
        ("../../etc@x", "sheet.html", "file_unreadable"),
        (str(ROOT / "README.md"), "sheet.html", ""),
    ],
)
def test_what_cannot_be_made_is_one_sentence(
    files_only: Run, tmp_path: Path, name: str, out: str, code: str
) -> None:  # fmt: skip
    (tmp_path / "taken.odt").mkdir()
    said = files_only("sop", "sheet", name, "-o", str(tmp_path / out))
    assert (said.code, said.out) == (2, "") and code in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / out).is_file()


def test_a_manual_is_made_of_a_division_with_a_bar_for_each_part(sopflow: Run, tmp_path: Path) -> None:
    out = tmp_path / "manual.html"
    said = sopflow("sop", "manual", "--division", "it", "-o", str(out))
    assert (said.code, said.out) == (0, ""), said.err
    assert "繪製流程圖" in said.err and "已寫入" in said.err
    text = out.read_text("utf-8")
    assert "企劃處資訊科作業流程手冊" in text and "sop-it-account-request" in text and "sop-petition-online" not in text
    unknown = sopflow("sop", "manual", "--division", "none", "-o", str(tmp_path / "none.pdf"))
    assert unknown.code == 2 and "no_such_division" in unknown.err and not (tmp_path / "none.pdf").exists()
    assert sopflow("sop", "manual", "-o", str(tmp_path / "manual.doc")).code == 2
