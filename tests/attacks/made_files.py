"""Files made for the tests: honest ones of every kind, and what somebody with bad intent makes of them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image

#: what must not survive in a photo: where, when and with what it was taken
PLACE = "25.0330N-CANARY-PLACE"
CAMERA = "CANARY-CAMERA"


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (64, 48), turned: int | None = None, **more: Any) -> bytes:
    """A gradient, with a camera's notes in it where the kind has room for them."""
    image = Image.linear_gradient("L").resize(size).convert("P" if kind == "GIF" else "RGB")
    out = io.BytesIO()
    if kind in ("JPEG", "WEBP", "PNG"):
        notes = Image.Exif()
        notes[0x010F] = CAMERA
        if turned is not None:
            notes[0x0112] = turned
        notes.get_ifd(0x8825)[0x001D] = PLACE
        notes.get_ifd(0x8825)[1] = "N"
        more["exif"] = notes.tobytes()
    if kind == "GIF":
        more["comment"] = CAMERA.encode()
    if kind == "TIFF":
        more["tiffinfo"] = {271: CAMERA, 270: PLACE, 305: CAMERA}
    image.save(out, kind, **more)
    return out.getvalue()


def pdf(*objects: bytes) -> bytes:
    """A PDF with one empty page and whatever else is said."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>", *objects,
    ]  # fmt: skip
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start)
    return bytes(out)


def pdf_stream(words: bytes, *, kind: bytes = b"/ObjStm") -> bytes:
    """An object stream, packed."""
    packed = zlib.compress(words)
    return b"<< /Type %s /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
        kind, len(packed), packed,
    )  # fmt: skip


def package(parts: Mapping[str, bytes], *, stored: tuple[str, ...] = ("mimetype",)) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(name, part, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def odf(kind: str = "text", **more: bytes) -> bytes:
    return package(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
            "content.xml": "<office:document-content>中山路</office:document-content>".encode(),
            "META-INF/manifest.xml": b"<manifest:manifest/>",
            **{name.replace("__", "/"): part for name, part in more.items()},
        }
    )


_MAIN = {
    "docx": "wordprocessingml.document.main+xml",
    "xlsx": "spreadsheetml.sheet.main+xml",
    "pptx": "presentationml.presentation.main+xml",
}


def ooxml(kind: str = "docx", parts: Mapping[str, bytes] = {}, types: str = "") -> bytes:
    main = f"application/vnd.openxmlformats-officedocument.{_MAIN[kind]}"
    return package(
        {
            "[Content_Types].xml": f'<Types><Override ContentType="{main}"/>{types}</Types>'.encode(),
            "_rels/.rels": b"<Relationships/>",
            "word/document.xml": "<w:document>中山路</w:document>".encode(),
            **parts,
        }
    )


def png_bomb() -> bytes:
    """Some hundred bytes that say they are a picture of ten thousand million points."""

    def block(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + block(b"IHDR", head) + block(b"IDAT", zlib.compress(b"\0" * 100)) + block(b"IEND", b"")
    )


def png_with(kind: bytes, data: bytes) -> bytes:
    """An honest PNG with one more block behind its head."""
    made = picture("PNG")
    extra = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return made[:33] + extra + made[33:]


def zip_bomb() -> bytes:
    return package({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"\0" * 60_000_000})


#: kind → (a name, a file of that kind)
HONEST: Mapping[str, tuple[str, bytes]] = {
    "pdf": ("公文.pdf", pdf()),
    "jpg": ("現場.jpeg", picture("JPEG")),
    "png": ("截圖.png", picture("PNG")),
    "gif": ("動畫.gif", picture("GIF")),
    "webp": ("手機.webp", picture("WEBP")),
    "tif": ("掃描.tiff", picture("TIFF")),
    "odt": ("說明.odt", odf()),
    "ods": ("清冊.ods", odf("spreadsheet")),
    "odp": ("簡報.odp", odf("presentation")),
    "docx": ("說明.docx", ooxml()),
    "xlsx": ("清冊.xlsx", ooxml("xlsx")),
    "pptx": ("簡報.pptx", ooxml("pptx")),
    "txt": ("經過.txt", "中山路一號前，路燈不亮。<3 堃 𠮷 鵺".encode()),
    "csv": ("清冊.csv", "編號,路燈\r\n1,中山路".encode("cp950")),
}
_REL = 'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"'
_FETCHES = f'<Relationship {_REL} Target="http://elsewhere.invalid/x.dotm" TargetMode="External"/>'.encode()
_HTML = b"<html><script>alert(1)</script></html>"
#: what it is → (a name, the file, the code it is refused with; None: it is kept, without what was hidden in it)
HOSTILE: Mapping[str, tuple[str, bytes, str | None]] = {
    "nothing": ("空.pdf", b"", "file_empty"),
    "one byte too many": ("大.pdf", pdf().ljust(10_000_001), "file_too_big"),
    "a GIF that is a script": ("a.gif", b"GIF89a=1;alert(document.domain)//", "file_bomb"),
    "a script behind a GIF": ("a.gif", picture("GIF") + b"*/=1;alert(1)//", None),
    "a script in a GIF's comment": ("a.gif", picture("GIF", comment=b"*/=1;alert(1)//"), None),
    "a page behind a JPEG": ("a.jpg", picture() + _HTML, None),
    "an archive behind a JPEG": ("a.jpg", picture() + package({"a.txt": b"x"}), None),
    "a page in a PNG's text": ("a.png", png_with(b"tEXt", b"Comment\0" + _HTML), None),
    "an archive in a PNG's own block": ("a.png", png_with(b"prIv", package({"a.txt": b"x"})), None),
    "a page behind a PNG": ("a.png", picture("PNG") + _HTML, None),
    "a PNG with a wrong checksum": ("a.png", picture("PNG")[:40] + b"\0\0" + picture("PNG")[42:], "file_broken"),
    "a PNG of ten thousand million points": ("a.png", png_bomb(), "file_bomb"),
    "half a JPEG": ("a.jpg", picture()[:300], "file_broken"),
    "a JPEG's first bytes": ("a.jpg", b"\xff\xd8\xff\xe0", "file_broken"),
    "a TIFF whose pages go round": ("a.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "file_broken"),
    "half a WebP": ("a.webp", picture("WEBP")[:60], "file_broken"),
    "an archive behind a PDF": ("a.pdf", pdf() + package({"a.txt": b"x"}), "file_double"),
    "a page behind a PDF": ("a.pdf", pdf() + _HTML, "file_double"),
    "a PDF behind a text": ("a.txt", b"hello\n" + pdf(), "file_double"),
    "a PDF that runs a script": ("a.pdf", pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "file_active"),
    "a PDF that hides a script's name": ("a.pdf", pdf(b"<< /S /Java#53cript /#4aS (x) >>"), "file_active"),
    "a PDF that packs a script": ("a.pdf", pdf(pdf_stream(b"1 0 << /S /JavaScript >>")), "file_active"),
    "a PDF that starts a program": ("a.pdf", pdf(b"<< /S /Launch /F (cmd.exe) >>"), "file_active"),
    "a PDF with a file in it": ("a.pdf", pdf(b"<< /Type /EmbeddedFile >>"), "file_active"),
    "a PDF with a password": ("a.pdf", pdf(b"<< /Encrypt 9 0 R >>"), "file_locked"),
    "a PDF that unpacks to gigabytes": ("a.pdf", pdf(pdf_stream(b"\0" * 30_000_000)), "file_bomb"),
    "an ODT that unpacks to gigabytes": ("a.odt", zip_bomb(), "file_bomb"),
    "an ODT with macros": ("a.odt", odf(Basic__Standard__Module1_xml=b"<x/>"), "file_active"),
    "an ODT with a script": ("a.odt", odf(**{"Scripts__python__a.py": b"print()"}), "file_active"),
    "an ODT that calls a macro": (
        "a.odt", odf(**{"styles.xml": b'<a xlink:href="vnd.sun.star.script:x"/>'}), "file_active",
    ),
    "an ODT with a password": (
        "a.odt", odf(**{"META-INF__manifest.xml": b"<manifest:encryption-data/>"}), "file_locked",
    ),
    "an ODT with an entity": ("a.odt", odf(**{"meta.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}), "file_broken"),
    "a DOCX with macros": ("a.docx", ooxml(parts={"word/vbaProject.bin": b"\xd0\xcf"}), "file_active"),
    "a DOCM called DOCX": (
        "a.docx", ooxml(types='<Default ContentType="x.macroEnabled.main+xml"/>'), "file_active",
    ),
    "a DOCX with a program in it": ("a.docx", ooxml(parts={"word/embeddings/oleObject1.bin": b"MZ"}), "file_active"),
    "a DOCX with an EXE in it": ("a.docx", ooxml(parts={"word/media/setup.exe": b"MZ"}), "file_active"),
    "a DOCX that fetches a template": ("a.docx", ooxml(parts={"word/_rels/s.xml.rels": _FETCHES}), "file_active"),
    "a DOCX that climbs out of its folder": ("a.docx", ooxml(parts={"../../etc/cron.d/x": b"x"}), "file_broken"),
    "a DOCX behind something": ("a.docx", b"PK\x03\x04" + b"\0" * 40 + ooxml(), "file_double"),
    "something behind a DOCX": ("a.docx", ooxml() + _HTML, "file_double"),
    "a ZIP": ("a.zip", package({"a.txt": b"x"}), "file_archive"),
    "a ZIP called PDF": ("a.pdf", package({"a.txt": b"x"}), "file_archive"),
    "a page": ("a.html", _HTML, "file_page"),
    "a page called TXT": ("a.txt", b"\n\n  " + _HTML, "file_page"),
    "a page in UTF-16": ("a.txt", _HTML.decode().encode("utf-16"), "file_page"),
    "an SVG": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "file_page"),
    "an SVG called PNG": ("a.png", b"<svg onload='alert(1)'/>", "file_page"),
    "a script": ("a.js", b"alert(1)", "file_page"),
    "a shell script called TXT": ("a.txt", b"#!/bin/sh\nrm -rf /", "file_page"),
    "a program": ("a.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04", "file_kind"),
    "a program called PDF": ("a.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04", "file_kind"),
    "an old Word file": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_old_office"),
    "a HEIC photo": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0", "file_heic"),
    "a film": ("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0", "file_film"),
    "a mail": ("a.eml", b"Received: from x\nSubject: x\n\nx", "file_letter"),
    "a text with control characters": ("a.txt", b"a\x1b[2Jb\x07", "file_kind"),
}  # fmt: skip
