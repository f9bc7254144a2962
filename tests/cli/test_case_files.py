"""sopflow case attach, files: files come into a step's draft and out of a case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.attacks.made_files import pdf, picture
from tests.cli.conftest import Run

REGISTERED = {"receipt_number": "府收-1", "responsible_unit": "works-lighting"}
HANDLED = {
    "visited": "no", "findings": "現場勘查確認燈具故障，已派工更換。", "reply_kind": "實質辦結",
    "reply_text": "您反映的路燈故障，經現場勘查後已派工更換完成，謝謝您的反映。",
}  # fmt: skip


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "現場 照片.jpg"
    path.write_bytes(picture())
    return path


def at_officer(sopflow: Run, petition: str) -> None:
    for account, answers in (("registry1", REGISTERED), ("lighting1", {"ours": "yes"})):
        done = sopflow("case", "complete", petition, "--as", account, "--answers", json.dumps(answers))
        assert done.code == 0, done.err


def test_files_are_brought_to_a_step_sent_with_it_and_taken_out(
    sopflow: Run, petition: str, photo: Path, tmp_path: Path
) -> None:
    at_officer(sopflow, petition)
    letter = tmp_path / "公文.pdf"
    letter.write_bytes(pdf())
    for account, code in (("drainage1", 1), ("lighting1", 0)):
        brought = sopflow("case", "attach", petition, str(photo), str(letter), "--as", account, "--json")
        assert brought.code == code, brought.err
    ids = brought.json["attachments"]
    assert sopflow("case", "files", petition, "--as", "lighting1", "--json").json == [], "not sent yet"
    sent = json.dumps(HANDLED | {"attachments": ids})
    assert sopflow("case", "complete", petition, "--as", "lighting1", "--answers", sent).code == 0
    listed = sopflow("case", "files", petition, "--as", "lighting1", "--json").json
    assert [(one["name"], one["media_type"]) for one in listed] == [
        ("現場 照片.jpg", "image/jpeg"), ("公文.pdf", "application/pdf"),
    ]  # fmt: skip
    out = tmp_path / "out"
    assert sopflow("case", "files", petition, "--as", "drainage1", "--to", str(out)).code == 1
    assert not out.exists()
    assert sopflow("case", "files", petition, "--as", "lighting1", "--to", str(out)).code == 0
    assert sorted(path.name for path in out.iterdir()) == [f"{ids[0]} 現場 照片.jpg", f"{ids[1]} 公文.pdf"]
    assert (out / f"{ids[1]} 公文.pdf").read_bytes() == pdf()
    again = sopflow("case", "files", petition, "--as", "lighting1", "--to", str(out), "--json")
    assert (again.code, again.json["refusal"]["code"]) == (1, "file_exists")


def test_a_file_that_is_refused_is_named(sopflow: Run, petition: str, tmp_path: Path) -> None:
    at_officer(sopflow, petition)
    bad = tmp_path / "a.svg"
    bad.write_text("<svg/>")
    refused = sopflow("case", "attach", petition, str(bad), "--as", "lighting1", "--json")
    assert refused.code == 1
    assert refused.json["refusal"]["code"] == "file_refused" and "a.svg" in refused.json["refusal"]["message"]
