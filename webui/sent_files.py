"""Reading a multipart post piece by piece: fields whole, files up to a bound, what is beyond it let go.

A file too large must not cost the person what they typed beside it, so the rest of the post is read to its end and the
file comes out marked. Nothing is written to a disk, and no more than ``MOST_KEPT`` lies in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from engine.cases.files import MOST_BYTES as MOST_OF_ONE
from engine.cases.files import Sent
from engine.errors import Invalid

__all__ = ["MOST_KEPT", "MOST_SENT", "Part", "parts"]

#: what one post may hold in files, and what is read of it at all
MOST_KEPT = 40_000_000
MOST_SENT = 250_000_000
_MOST_FILES = 20
_MOST_PARTS = 500
_PIECE = 256 * 1024


@dataclass(slots=True)
class Part:
    """One part of the post: a field's text, or a file (``filename`` not None)."""

    name: str
    filename: str | None
    content: bytearray = field(default_factory=bytearray)
    refused: str | None = None

    def as_sent(self) -> Sent:
        return Sent(self.filename or "", bytes(self.content), self.refused)


def parts(request: Request, *, most_text: int) -> list[Part]:
    """The parts in their order. Raises Invalid for what is no well-formed form, or holds too much text."""
    boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
    if not 1 <= len(boundary) <= 200:
        raise Invalid("form_kind", "不支援的表單格式。")
    request.max_content_length = MOST_SENT
    found: list[Part] = []
    text = kept = 0
    try:
        for event in _events(MultipartDecoder(boundary, max_parts=_MOST_PARTS), request.stream.read):
            if isinstance(event, Field | File):
                files = sum(part.filename is not None for part in found)
                part = Part(event.name, event.filename if isinstance(event, File) else None)
                if not isinstance(part.name, str):
                    raise ValueError("a part without a name")
                if part.filename and files >= _MOST_FILES:
                    part.refused = "file_total"
                found.append(part)
            elif isinstance(event, Data) and found[-1].filename is None:
                text += len(event.data)
                if text > most_text:
                    raise Invalid("form_too_large", "表單內容過大，未予儲存。")
                found[-1].content += event.data
            elif isinstance(event, Data):
                kept += _piece(found[-1], event.data, MOST_KEPT - kept)
    except (UnicodeDecodeError, ValueError, AttributeError):
        raise Invalid("form_encoding", "表單內容的編碼不正確，未予儲存。") from None
    except HTTPException:
        raise Invalid("form_too_large", "表單內容過大，未予儲存。") from None
    return found


def _piece(part: Part, data: bytes, room: int) -> int:
    """Keep a piece of a file where there is room; how many bytes more are held now."""
    if part.refused is not None:
        return 0
    if len(part.content) + len(data) > MOST_OF_ONE:
        part.refused = "file_too_big"
    elif len(data) > room:
        part.refused = "file_total"
    else:
        part.content += data
        return len(data)
    held = len(part.content)
    part.content.clear()
    return -held


def _events(decoder: MultipartDecoder, read: Callable[[int], bytes]) -> Iterator[Event]:
    while True:
        piece = read(_PIECE)
        decoder.receive_data(piece or None)
        while not isinstance(event := decoder.next_event(), NeedData):
            yield event
            if isinstance(event, Epilogue):
                return
        if not piece:
            return
