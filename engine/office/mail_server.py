"""Since when the mail server does not do its work, and why: for whoever looks after the house.

Kept by the round that delivers, once per trouble, so that every desk and the command line can say it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.office import records as r
from engine.store import Connection

__all__ = ["WHY", "Trouble", "answered", "failed", "trouble"]

log = logging.getLogger(__name__)

_NAME = "mail-server"
_MINE = r.setting.c.name == _NAME
#: what is wrong with a mail server, by the code of ``mail.Down``
WHY: Mapping[str, str] = {
    "no_host": "找不到或連不到這台主機。",
    "refused": "主機拒絕連線。",
    "silent": "主機沒有在時限內回答。",
    "certificate": "主機的憑證或加密不正確。",
    "login": "主機不接受設定的帳號或密碼。",
    "unsupported": "主機不提供設定所要求的登入或加密。",
    "hung_up": "主機中途切斷連線。",
    "nonsense": "主機的回答不合郵件規定。",
    "folder": "信件資料夾無法寫入。",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    since: datetime
    why: str


def failed(db: Connection, why: str, at: datetime) -> None:
    """The server could not be talked to. The first instant stays; the reason is the newest."""
    now = trouble(db)
    if now is not None and now.why == WHY.get(why, WHY["nonsense"]):
        return
    if now is None:
        log.warning("the mail server does not answer as it should: %s", why)
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    value = {"since": (now.since if now is not None else at).isoformat(), "why": why}
    row = insert(r.setting).values(name=_NAME, value=value)
    db.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def answered(db: Connection) -> None:
    """It took or refused a mail: there is no trouble with it."""
    if db.execute(sa.delete(r.setting).where(_MINE)).rowcount:
        log.warning("the mail server answers again")


def trouble(db: Connection) -> Trouble | None:
    """None when the last round that had something to send found it well."""
    kept = db.scalar(sa.select(r.setting.c.value).where(_MINE))
    if kept is None:
        return None
    return Trouble(datetime.fromisoformat(kept["since"]), WHY.get(kept["why"], WHY["nonsense"]))
