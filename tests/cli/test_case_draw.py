"""sopflow case draw: a case's picture in a file, for whoever sees the case."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_a_case_is_drawn_for_whoever_sees_it_and_for_nobody_else(sopflow: Run, petition: str, tmp_path: Path) -> None:
    def drawn(file: Path, account: str, *more: str) -> tuple[int, str]:
        said = sopflow("case", "draw", petition, "-o", str(file), "--as", account, *more)
        return said.code, said.err

    svg = tmp_path / "case.svg"
    assert drawn(svg, "registry1") == (0, f"已寫入 {svg}。\n")
    text = svg.read_text("utf-8")
    assert 'data-state="open"' in text and ">已用</tspan>" in text and petition in text
    assert drawn(tmp_path / "plain.svg", "registry1", "--chart", "bpmn")[0] == 0
    assert ">已用</tspan>" not in (tmp_path / "plain.svg").read_text("utf-8")
    code, said = drawn(tmp_path / "page.svg", "registry1", "--page", "A4")
    assert code == 0 and said.count("已寫入") > 1, "a page each"
    assert drawn(tmp_path / "case.png", "registry1")[0] == 0
    assert (tmp_path / "case.png").read_bytes().startswith(b"\x89PNG")
    assert drawn(tmp_path / "case.pdf", "registry1")[0] == 0
    assert (tmp_path / "case.pdf").read_bytes().startswith(b"%PDF")

    before = sorted(tmp_path.iterdir())
    code, said = drawn(tmp_path / "no.svg", "police-head")
    assert code == 1 and said == sopflow("case", "show", "115-999999", "--as", "police-head").err
    code, said = drawn(tmp_path / "case.gif", "registry1")
    assert code == 2 and "picture_ending" in said
    code, said = drawn(tmp_path / "nowhere" / "case.svg", "registry1")
    assert code == 1 and "no_such_folder" in said
    assert sorted(tmp_path.iterdir()) == before
