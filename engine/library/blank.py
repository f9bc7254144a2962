"""The chart a new SOP begins with: an empty upright pool with one lane, and the sheet around it. Pure."""

from __future__ import annotations

import re
from types import MappingProxyType

from engine.errors import Invalid
from engine.sops import bpmn
from engine.sops.sop import Bounds, Drawing, Lane, Sheet, Sop, Who, pool_id

__all__ = ["blank", "good_id", "is_good_id"]

_ID = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
_POOL = Bounds(160, 80, 400, 720)
_HEAD = 30.0


def is_good_id(text: str) -> bool:
    return 3 <= len(text) <= 60 and _ID.fullmatch(text) is not None


def good_id(text: str) -> str:
    """An SOP's code: also the name of its folder and its files. Raises Invalid."""
    if not is_good_id(text):
        said = "代碼用小寫英文、數字與連字號，以字母開頭，3 到 60 字，例如 park-lighting。"
        raise Invalid("sop_code", said, fields={"id": said})
    return text


def blank(sop_id: str, name: str, *, unit: str, documentation: str = "", shared: bool = False) -> bytes:
    lane = Lane(f"{sop_id}-L1", "承辦人", Who("officer", "caller" if shared else "responsible", "lead"))
    column = Bounds(_POOL.x, _POOL.y + _HEAD, _POOL.width, _POOL.height - _HEAD)
    drawing = Drawing(MappingProxyType({pool_id(sop_id): _POOL, lane.id: column}), MappingProxyType({}))
    sheet = Sheet(unit=unit, contact=unit, version="1", shared=shared)
    nothing = MappingProxyType[str, None]({})
    return bpmn.write(
        Sop(sop_id, name, documentation, sheet, nodes=nothing, flows=nothing, lanes=(lane,), drawing=drawing)  # type: ignore[arg-type]
    )
