"""Files somebody made to do harm: refused in a sentence, or kept without what was hidden in them."""

from __future__ import annotations

import io
import unicodedata
import zipfile

import pytest
from PIL import Image

from engine.cases import files
from engine.cases.files.refusing import SENTENCES, Refused
from tests.attacks.made_files import CAMERA, HONEST, HOSTILE, PLACE, ooxml, package, picture

#: what must be gone from a file that is kept
HIDDEN = (b"alert(1)", b"<script", b"PK\x03\x04")
NAMES = {
    "a way out of the folder": ("../../etc/passwd.jpg", "passwd.jpg"),
    "a way out on Windows": ("C:\\Users\\x\\照片.JPG", "照片.jpg"),
    "a NUL": ("photo.jpg\x00.exe", "photo.jpg.jpg"),
    "writing turned round": ("photo\u202egpj.exe", "photogpj.jpg"),
    "a character that is not there": ("ph\u200boto.jpg", "photo.jpg"),
    "three hundred characters": ("路" * 300 + ".jpg", "路" * 60 + ".jpg"),
    "a device": ("CON.jpg", "_CON.jpg"),
    "a device with an ending": ("aux.tar.jpg", "_aux.tar.jpg"),
    "an emoji": ("👨‍👩‍👧 路燈💡.jpg", "👨‍👩‍👧 路燈💡.jpg"),
    "rare Han characters": ("堃𠮷鵺.jpg", "堃𠮷鵺.jpg"),
    "two ways to write one letter": ("e\u0301té.jpg", "été.jpg"),
    "the wrong ending": ("照片.png", "照片.jpg"),
    "no ending": ("照片", "照片.jpg"),
    "nothing but an ending": (".jpg", "附件.jpg"),
    "nothing": ("", "附件.jpg"),
    "dots and spaces": (" .. 照片 . ", "照片.jpg"),
    "what no file may be called": ('a<b>:c"d|e?f*.jpg', "a_b__c_d_e_f_.jpg"),
    "lines": ("a\r\nContent-Type: text/html\r\n\r\n.jpg", "html____.jpg"),
    "half a character": ("照\ud83d片.jpg", "照_片.jpg"),
    "a version": ("報告v1.2", "報告v1.2.jpg"),
}


@pytest.mark.parametrize("kind", HONEST)
def test_an_honest_file_of_every_kind_is_kept_under_its_own_type(kind: str) -> None:
    name, content = HONEST[kind]
    kept = files.receive(files.Sent(name, content))
    assert kept.media_type == files.KINDS[kind]
    assert kept.name == f"{name.rpartition('.')[0]}.{kind}"
    if not kept.media_type.startswith("image/"):
        assert kept.content == content


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence_or_loses_what_it_hid(what: str) -> None:
    name, content, code = HOSTILE[what]
    if code is None:
        kept = files.receive(files.Sent(name, content)).content
        assert not any(trace in kept for trace in HIDDEN)
        assert not zipfile.is_zipfile(io.BytesIO(kept))
        Image.open(io.BytesIO(kept)).load()
        return
    with pytest.raises(Refused) as refusal:
        files.receive(files.Sent(name, content))
    assert refusal.value.code == code
    assert refusal.value.sentence.endswith("。")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
def test_a_photo_keeps_every_point_and_loses_where_and_with_what_it_was_taken(kind: str) -> None:
    sent = picture(kind)
    assert CAMERA.encode() in sent, "the test would prove nothing"
    kept = files.receive(files.Sent("a.x", sent)).content
    assert CAMERA.encode() not in kept
    assert PLACE.encode() not in kept
    with Image.open(io.BytesIO(sent)) as before, Image.open(io.BytesIO(kept)) as after:
        assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()
        assert after.format == kind


def test_a_photo_taken_sideways_still_stands_upright() -> None:
    kept = files.receive(files.Sent("a.jpg", picture(turned=6))).content
    with Image.open(io.BytesIO(kept)) as photo:
        assert dict(photo.getexif()) == {0x0112: 6}


@pytest.mark.parametrize("way", NAMES)
def test_any_name_becomes_one_that_does_no_harm(way: str) -> None:
    name, kept = NAMES[way]
    tidied = files.receive(files.Sent(name, picture())).name
    assert tidied == unicodedata.normalize("NFC", kept)
    assert len(tidied.encode()) <= 200


def test_every_refusal_names_the_file_and_the_good_ones_are_kept() -> None:
    kept, problems = files.receive_all(
        {"photos": [files.Sent("好.jpg", picture()), files.Sent("壞\u202e.svg", b"<svg/>"), files.Sent("空", b"")]}
    )
    assert [one.name for one in kept["photos"]] == ["好.jpg"]
    assert problems == {
        "photos": f"「壞.svg」沒有收下：{SENTENCES['file_page']}「空」沒有收下：{SENTENCES['file_empty']}"
    }


def test_cutting_or_changing_any_part_of_a_file_never_breaks_the_desk() -> None:
    """Every prefix and every changed byte is kept or refused; nothing else is ever raised."""
    for kind in ("jpg", "png", "gif", "webp", "tif", "docx", "pdf"):
        name, content = HONEST[kind]
        step = max(1, len(content) // 150)
        for at in range(0, len(content), step):
            for torn in (content[:at], content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]):
                try:
                    files.receive(files.Sent(name, torn))
                except Refused:
                    continue


def test_a_package_that_lies_about_its_sizes_is_refused() -> None:
    honest = ooxml(parts={"word/media/a.bin": b"\0" * 500_000})
    lying = honest.replace((500_000).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Refused):
        files.receive(files.Sent("a.docx", lying))


def test_two_entries_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        out = io.BytesIO(package({"[Content_Types].xml": b"<Types/>"}))
        with zipfile.ZipFile(out, "a") as more:
            more.writestr("[Content_Types].xml", b"<Types/>")
    with pytest.raises(Refused):
        files.receive(files.Sent("a.docx", out.getvalue()))
