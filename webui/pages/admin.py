"""系統管理: one tile per room of the administrator, with how it stands there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from webui import door, house
from webui.house import Check
from webui.pages.health import checks
from webui.permissions import ADMINISTRATORS, permit

pages = Blueprint("admin", __name__)


@dataclass(frozen=True, slots=True)
class Tile:
    """``shows`` are the checks whose state stands on it; ``endpoint`` one or another builder's page."""

    endpoint: str
    name: str
    about: str
    shows: tuple[str, ...] = ()


_ROOMS = (
    ("值班", (
        Tile("health.page", "系統健康", "時鐘、信件、資料庫、備份與磁碟", ("clock", "lag", "dead", "backup", "disk")),
        Tile("incidents.incidents", "異常", "走不下去的案件與響不了的計時", ("incidents",)),
        Tile("journal.journal", "歷程查詢", "誰在何時做了什麼；驗證有沒有被更動", ("proof",)),
    )),
    ("人員與組織", (
        Tile("people.people", "人員帳號", "新增、停用、密碼連結、職務", ("accounts",)),
        Tile("units.units", "單位與職務", "單位異動、首長與代理"),
        Tile("access.access", "誰查閱了什麼", "陳情人資料的查閱紀錄"),
    )),
    ("案件與時間", (
        Tile("importing.start", "匯入舊案", "把目前辦理中的陳情案從試算表帶進來"),
        Tile("calendar.calendar", "辦公日曆", "官方日曆、停班與重算", ("calendar",)),
        Tile("procedures.procedures", "作業流程", "生效版本、圖與實際辦理情形"),
    )),
    ("設定", (
        Tile("settings.index", "設定", "通知、案件與單位的全機關設定值"),
        Tile("retention.retention", "保存與銷毀", "案件、附件與身分資料保存多久"),
    )),
)  # fmt: skip


@pages.get("/admin")
@permit(ADMINISTRATORS)
def index() -> ResponseReturnValue:
    with door.look() as db:
        found = checks(db, g.at)
    by_id = {check.id: check for check in found}
    rooms = [(name, [(tile, _worst(tile, by_id)) for tile in tiles if _is_built(tile)]) for name, tiles in _ROOMS]
    return render_template("admin.html", rooms=rooms, state=house.state_of(found))


def _worst(tile: Tile, found: dict[str, Check]) -> Check | None:
    """The check that most needs somebody, of those the tile shows; what is well shows the first."""
    shown = [found[name] for name in tile.shows]
    return next((c for state in ("bad", "care", "good") for c in shown if c.state == state), None)


def _is_built(tile: Tile) -> bool:
    from flask import current_app

    return tile.endpoint in current_app.view_functions
