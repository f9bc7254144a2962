"""Sheets as an office would hand them in: CSV of several encodings, ODS, and one that is a trap."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

from odfdo import Document, Row, Table

from engine.cases.import_rows import COLUMNS

HEADING = [column.name for column in COLUMNS]
REPLIED = {
    "目前階段": "追蹤", "回覆日期": "115/11/24", "回覆內容": "您好，本案已排定改善，預計下月完成施作，特此先行說明。",
    "辦理情形": "已會勘，排入下月工程。", "預定辦結日期": "115/12/20",
}  # fmt: skip


def line(n: int, **changed: str) -> dict[str, str]:
    """A written petition with the lighting section."""
    return {
        "原案號": f"OLD-{n:04}", "管道": "書面", "案件類型": "市政建議", "主旨": "路燈不亮",
        "陳情內容": "中山路一號前的路燈已經三天不亮。", "收件日期": "115/11/25", "權責單位": "works-lighting",
        "目前階段": "承辦", "陳情人姓名": "例民眾", "聯絡電話": "0900-000-000", "電子郵件": "citizen@example.invalid",
        "通訊地址": "例市例路一號", **changed,
    }  # fmt: skip


def as_csv(*lines: dict[str, str], encoding: str = "utf-8-sig", heading: list[str] | None = None) -> bytes:
    out = io.StringIO()
    sheet = csv.DictWriter(out, heading or HEADING, extrasaction="ignore")
    sheet.writeheader()
    sheet.writerows(lines)
    return out.getvalue().encode(encoding)


def as_ods(*lines: dict[str, str], dates: dict[str, Any] | None = None) -> bytes:
    """With ``dates`` these columns hold true dates."""
    document = Document("spreadsheet")
    document.body.clear()
    table = Table("petitions")
    for values in [HEADING, *([one.get(name, "") for name in HEADING] for one in lines)]:
        row = Row()
        row.set_values([(dates or {}).get(HEADING[n], v) if values is not HEADING else v for n, v in enumerate(values)])
        table.append_row(row)
    document.body.append(table)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """An ODS whose table unpacks to far more than a sheet."""
    plain = as_ods(line(1))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "content.xml":
                content = content + b" " * 200_000_000
            new.writestr(part, content, zipfile.ZIP_STORED if part.filename == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()
