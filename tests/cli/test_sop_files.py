"""sopflow sop draw, list, import, export."""

from __future__ import annotations

import shutil
from pathlib import Path

from lxml import etree

from tests.cli.conftest import ROOT, Run

FOLDER = ROOT / "processes" / "rdec" / "petition-online"
CHART = FOLDER / "petition-online.bpmn"


def words_of(file: Path) -> str:
    return "".join(etree.parse(file).getroot().itertext())


def test_a_chart_is_drawn_as_svg_as_png_and_as_pdf(files_only: Run, tmp_path: Path) -> None:
    for ending, head in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
        out = tmp_path / f"chart{ending}"
        assert files_only("sop", "draw", str(CHART), "-o", str(out)).code == 0
        assert head in out.read_bytes()[:200]
    said = words_of(tmp_path / "chart.svg")
    assert "總收文彙整掛號" in said and "企劃處研考科" in said and "主辦" in said


def test_the_columns_the_symbols_the_paper_and_the_language_are_chosen(files_only: Run, tmp_path: Path) -> None:
    def drawn(name: str, *more: str) -> list[Path]:
        assert files_only("sop", "draw", str(CHART), "-o", str(tmp_path / f"{name}.svg"), *more).code == 0
        return sorted(tmp_path.glob(f"{name}*.svg"))

    [bare] = drawn("bare", "--columns", "none", "--symbols", "bpmn")
    [timed] = drawn("timed", "--columns", "time,owner", "--lang", "en")
    assert "data-cell" not in bare.read_text("utf-8")
    assert "Standard time / date" in words_of(timed) and "Forms" not in words_of(timed)
    pages = drawn("page", "--page", "A4-landscape")
    assert len(pages) > 1 and [page.name for page in pages] == [f"page-{n}.svg" for n in range(1, len(pages) + 1)]
    assert "（第 2 頁，共" in words_of(pages[1])
    [lanes] = drawn("lanes", "--chart", "bpmn")
    assert "data-cell" not in lanes.read_text("utf-8") and "權責單位主管" in words_of(lanes)


def test_a_version_of_the_city_is_drawn_by_its_name(sopflow: Run, tmp_path: Path) -> None:
    for n, name in enumerate(("shared-approval", "shared-approval@1")):
        out = tmp_path / f"{n}.svg"
        assert sopflow("sop", "draw", name, "-o", str(out)).code == 0
        assert "第三次退回起" not in words_of(out) and "核定" in words_of(out)
    for name in ("shared-approval@9", "no-such-sop"):
        assert sopflow("sop", "draw", name, "-o", str(tmp_path / "x.svg")).code == 2
    assert not (tmp_path / "x.svg").exists()


def test_what_cannot_be_drawn_is_refused_in_one_sentence(files_only: Run, tmp_path: Path) -> None:
    for wrong in (
        ["chart.gif"], ["chart.svg", "--columns", "owner,x"], ["chart.pdf", "--page", "none"],
        ["chart.pdf", "--chart", "bpmn"],
    ):  # fmt: skip
        said = files_only("sop", "draw", str(CHART), "-o", str(tmp_path / wrong[0]), *wrong[1:])
        assert said.code == 2 and len(said.err.strip().splitlines()) == 1, wrong
    broken = tmp_path / "broken.bpmn"
    broken.write_text("<!DOCTYPE x><x/>", "utf-8")
    said = files_only("sop", "draw", str(broken), "-o", str(tmp_path / "chart.svg"))
    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1
    assert files_only("sop", "draw", str(CHART), "-o", str(tmp_path / "no" / "chart.svg")).code == 1
    assert not (tmp_path / "chart.svg").exists()


def test_the_first_command_about_a_city_begins_it(sopflow: Run) -> None:
    rows = {row["id"]: row for row in sopflow("sop", "list", "--json").json}
    assert rows["petition-online"]["version"] == 1
    assert rows["shared-approval"]["shared"]
    assert sopflow("sop", "list").out.count("第 1 版") == len(rows)
    assert sopflow("sop", "missing", "--json").json == []  # nothing waits for what nobody has written
    assert sopflow("sop", "missing").out.strip() == "引用的流程都已建立"


def test_import_keeps_a_draft_and_publish_is_the_loud_act(sopflow: Run, tmp_path: Path) -> None:
    place = tmp_path / "rdec" / "petition-online"
    shutil.copytree(FOLDER, place)
    changed = CHART.read_text("utf-8").replace("總收文彙整掛號", "總收文掛號")
    (place / CHART.name).write_text(changed, "utf-8")
    said = sopflow("sop", "import", str(place), "--json")
    assert (said.code, said.json) == (0, {"drafted": {"petition-online": 2}, "published": []})
    refused = sopflow("sop", "import", str(place), "--publish", "--as", "lighting1")
    assert (refused.code, refused.out) == (1, "")
    assert "not_allowed" in refused.err
    published = sopflow("sop", "import", str(place), "--publish", "--as", "owner", "--json")
    assert published.json["published"] == ["petition-online"]
    row = next(row for row in sopflow("sop", "list", "--json").json if row["id"] == "petition-online")
    assert (row["version"], row["drafts"]) == (2, 0)


def test_a_broken_sop_is_not_published_and_says_why(sopflow: Run, tmp_path: Path) -> None:
    place = tmp_path / "rdec" / "petition-online"
    shutil.copytree(FOLDER, place)
    file = place / CHART.name
    file.write_text(CHART.read_text("utf-8").replace('name="petition.open"', 'name="petition.opens"'), "utf-8")
    said = sopflow("sop", "import", str(place), "--publish", "--json")
    assert said.code == 1
    assert said.json["refusal"]["element"] == "PO-01"
    row = next(row for row in sopflow("sop", "list", "--json").json if row["id"] == "petition-online")
    assert (row["version"], row["drafts"]) == (1, 0)


def test_a_folder_without_an_sop_cannot_be_imported(sopflow: Run, tmp_path: Path) -> None:
    said = sopflow("sop", "import", str(tmp_path), "--json")
    assert (said.code, said.json["refusal"]["code"]) == (2, "no_sop_folder")


def test_export_writes_the_version_in_force_back(sopflow: Run, tmp_path: Path) -> None:
    said = sopflow("sop", "export", "petition-online", "--to", str(tmp_path), "--json")
    assert said.code == 0
    for file in FOLDER.iterdir():
        assert (tmp_path / "rdec" / "petition-online" / file.name).read_bytes() == file.read_bytes()
    assert sopflow("sop", "export", "nobody", "--to", str(tmp_path)).code == 1


def test_two_charts_are_compared_by_what_they_say(files_only: Run, tmp_path: Path) -> None:
    place = tmp_path / CHART.stem
    shutil.copytree(FOLDER, place)
    same = files_only("sop", "diff", str(CHART), str(place / CHART.name), "--json")
    assert (same.code, same.json) == (0, {"changes": []})
    text = CHART.read_text("utf-8").replace('name="總收文彙整掛號"', 'name="總收文掛號"')
    (place / CHART.name).write_text(text.replace('length="3"', 'length="4"', 1), "utf-8")
    form = place / "PO-08.form.json"
    form.write_text(form.read_text("utf-8").replace('"required": [', '"required": ["nothing", ', 1), "utf-8")
    unreadable = files_only("sop", "diff", str(CHART), str(place / CHART.name))
    assert (unreadable.code, unreadable.out) == (2, "")
    shutil.copy(FOLDER / form.name, form)
    told = files_only("sop", "diff", str(CHART), str(place / CHART.name), "--json")
    assert told.code == 1
    assert {change["kind"] for change in told.json["changes"]} <= {"added", "removed", "changed"}
    renamed = next(change for change in told.json["changes"] if "總收文掛號" in change["after"])
    assert (renamed["element"], "總收文彙整掛號" in renamed["before"]) == ("PO-04", True)
    assert "~ PO-04" in files_only("sop", "diff", str(CHART), str(place / CHART.name)).out
    for ending, begins in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".PDF", b"%PDF")):
        out = tmp_path / f"different{ending}"
        drawn = files_only("sop", "diff", str(CHART), str(place / CHART.name), "-o", str(out), "--json")
        assert drawn.code == 1 and drawn.json == told.json and str(out) in drawn.err
        assert out.read_bytes().startswith(begins)
    sentences = [change["sentence"] for change in told.json["changes"]]
    assert sentences and all(said in (tmp_path / "different.svg").read_text("utf-8") for said in sentences)
    columns = (tmp_path / "different.svg").read_text("utf-8")
    assert "處理流程" in columns and "使用表格" in columns
    both = ("sop", "diff", str(CHART), str(place / CHART.name), "-o", str(tmp_path / "different.svg"))
    for words, there in (
        (("--columns", "owner"), "主辦"),
        (("--symbols", "bpmn"), "處理流程"),
        (("--chart", "bpmn"), ""),
    ):
        assert files_only(*both, *words).code == 1
        drawn_so = (tmp_path / "different.svg").read_text("utf-8")
        assert there in drawn_so and drawn_so != columns and ("處理流程" in drawn_so) == bool(there)
    unknown = files_only(*both, "--columns", "weather", "--json")
    assert (unknown.code, unknown.json["refusal"]["code"]) == (2, "column_unknown")
    for bad in (tmp_path / "different.txt", tmp_path / "nowhere" / "different.svg"):
        refused = files_only("sop", "diff", str(CHART), str(place / CHART.name), "-o", str(bad))
        assert refused.code in (1, 2) and not bad.exists() and len(refused.err.strip().splitlines()) == 1
    for nowhere in (str(tmp_path / "nowhere.bpmn"), str(tmp_path)):
        missing = files_only("sop", "diff", str(CHART), nowhere)
        assert (missing.code, missing.out) == (2, "")


def test_a_file_is_compared_with_a_version_in_force(sopflow: Run) -> None:
    assert sopflow("sop", "diff", "petition-online@1", str(CHART)).code == 0
    unknown = sopflow("sop", "diff", "petition-online@99", str(CHART))
    assert unknown.code == 2 and len(unknown.err.strip().splitlines()) == 1
