"""A name as it may lie on a disk: the ways its bytes may be written, and where they are found."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from engine.store import Store, metadata

__all__ = ["everywhere", "files_below", "found_in", "rows_of"]


def everywhere(text: str) -> set[bytes]:
    """UTF-8 and UTF-16, JSON's escapes in both cases, percent signs, and base64 of each at its three alignments."""
    escaped = json.dumps(text)[1:-1]
    plain = {text.encode(), escaped.encode(), escaped.upper().replace("\\U", "\\u").encode()}
    forms = plain | {
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        quote(text).encode(),
        quote(text).lower().encode(),
    }
    for each in plain:
        for offset in range(3):
            # the first characters still hold bits of what stands before, the last ones bits of what follows
            coded = base64.b64encode(b"\0" * offset + each + b"\0" * 3)
            inner = coded[-(-offset * 8 // 6) : (offset + len(each)) * 8 // 6]
            forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def found_in(pieces: Mapping[str, bytes], canaries: Mapping[str, str]) -> list[str]:
    """Which canary stands in which piece."""
    return [
        f"{name} in {where}"
        for where, data in pieces.items()
        for name, text in canaries.items()
        if any(form in data for form in everywhere(text))
    ]


def files_below(*roots: Path) -> dict[str, bytes]:
    """Every file below these folders, hidden ones too."""
    files = (file for root in roots for file in sorted(root.rglob("*")) if file.is_file())
    return {str(file): data for file, data in _read(files)}


def _read(files: Iterator[Path]) -> Iterator[tuple[Path, bytes]]:
    for file in files:
        try:
            yield file, file.read_bytes()
        except FileNotFoundError:
            continue  # PostgreSQL tidied up meanwhile


def rows_of(store: Store) -> dict[str, bytes]:
    """Every table's rows, written out."""
    with store.look() as db:
        return {
            f"table {name}": b"\n".join(_written(row) for row in db.execute(sa.select(table)))
            for name, table in metadata.tables.items()
        }


def _written(row: Any) -> bytes:
    return b"|".join(
        value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, default=str).encode()
        for value in row
    )
