"""How the house stands, in sentences: each thing looked at, whether it is well, and what to do when it is not."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Literal

from engine import clock, migrations
from engine.cases.desks import incidents
from engine.dates import calendars, lookups
from engine.dates.workdays import local_day
from engine.office import mail_hold, mail_server, proving, upkeep
from engine.store import Connection
from webui import shown

__all__ = ["Check", "look", "state_of"]

State = Literal["good", "care", "bad"]

#: 建議值
_OLD_BACKUP = timedelta(days=1)
_VERY_OLD_BACKUP = timedelta(days=7)
_LITTLE_DISK = 2 * 1024**3
_NO_DISK = 300 * 1024**2
_LAG = timedelta(minutes=5)
_SLOW_MAIL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Check:
    """``todo`` is what to do when it is not well; ``page`` an endpoint where it is done."""

    id: str
    name: str
    state: State
    said: str
    todo: str = ""
    page: str = ""


def look(db: Connection, at: datetime, *, home: Path, key: bool, key_file: Path | None = None) -> list[Check]:
    """Everything worth looking at, in a fixed number of statements. ``key``: the vault's key was read at the start;
    ``key_file``: where the next start will look for it."""
    return [
        *_time(db, at), *_mails(db, at), _incidents(db), *_database(db, at), _disk(home), _key(key, key_file),
        _calendar(db, at), *_journal(db, at), _accounts(db, at), _versions(db),
    ]  # fmt: skip


def state_of(checks: list[Check]) -> State:
    """The worst of all."""
    states = {check.state for check in checks}
    return "bad" if "bad" in states else "care" if "care" in states else "good"


def _time(db: Connection, at: datetime) -> Iterator[Check]:
    beat = clock.health(db, at)
    last = f"上次執行 {shown.when(beat.last)}。" if beat.last else ""
    if beat.state == "ok":
        yield Check("clock", "時鐘", "good", f"正常，{last}")
    elif beat.state == "paused":
        yield Check(
            "clock", "時鐘", "bad", f"已暫停：主機時間早於上次執行的時間。{last}",
            "先校正主機時間；若現在的時間正確，到通知設定確認後恢復計時。", "settings.show",
        )  # fmt: skip
    elif beat.state == "late":
        yield Check(
            "clock", "時鐘", "bad", f"超過五分鐘沒有執行。{last}",
            "檢查 sopflow serve 或 sopflow clock 是否在執行；重新啟動後，期間到期的事項會補辦，每人只收到一次通知。",
        )  # fmt: skip
    else:
        yield Check("clock", "時鐘", "bad", "尚未執行過。", "啟動 sopflow serve，或另開 sopflow clock。")
    due = lookups.next_due(db)
    behind = at - due if due is not None else timedelta()
    if due is None or behind <= _LAG:
        yield Check("lag", "到期事項", "good", "沒有積壓。")
    else:
        minutes = int(behind / timedelta(minutes=1))
        yield Check(
            "lag", "到期事項", "bad" if behind > timedelta(hours=1) else "care",
            f"最早的一項已到期 {minutes} 分鐘而尚未處理。",
            "時鐘恢復後會依序補辦；若時鐘正常而仍積壓，請查看異常。", "incidents.incidents",
        )  # fmt: skip


def _mails(db: Connection, at: datetime) -> Iterator[Check]:
    held = mail_hold.since(db)
    if held is not None:
        yield Check(
            "mail-hold", "寄信", "bad", f"資料庫於 {shown.when(held)} 由備份還原，寄信已暫停，信件留在待寄。",
            "確認這裡是正式的系統、原來的已經停用後，執行 sopflow db release-mails；演練用的請維持暫停。",
        )  # fmt: skip
    trouble = mail_server.trouble(db)
    if trouble is not None:
        yield Check(
            "mail-server", "郵件伺服器", "bad" if at - trouble.since > _SLOW_MAIL else "care",
            f"自 {shown.when(trouble.since)} 起無法寄信：{trouble.why}",
            "檢查 SOPFLOW_SMTP 的位址與帳號，以及郵件伺服器是否在運作；恢復後待寄的信會自動寄出，一封都不會少。",
        )  # fmt: skip
    box = upkeep.outbox(db, at)
    slow = box.oldest is not None and at - box.oldest > _SLOW_MAIL and box.due > 0
    yield Check(
        "outbox", "待寄信件", "care" if slow or box.retried else "good",
        f"{box.due} 封待寄，{box.retried} 封被伺服器退回後重試中。" if box.due or box.retried else "沒有待寄的信。",
        "檢查 SOPFLOW_SMTP 與郵件伺服器是否能連線；恢復後會自動寄出。" if slow or box.retried else "",
    )  # fmt: skip
    yield Check(
        "dead", "無法送達", "care" if box.dead else "good",
        f"{box.dead} 封信已放棄寄送。" if box.dead else "沒有放棄寄送的信。",
        "更正地址後重寄，或改用其他方式聯絡。" if box.dead else "", "health.page",
    )  # fmt: skip
    yield Check(
        "held", "勿擾時段保留", "good", f"{box.held} 封急件等勿擾時段結束後寄出。" if box.held else "沒有保留的信。"
    )


def _incidents(db: Connection) -> Check:
    found = incidents.counts(db)
    if not found.open:
        return Check("incidents", "異常", "good", "沒有待處理的異常。", "", "incidents.incidents")
    return Check(
        "incidents", "異常", "bad", f"{found.open} 件待處理。", "逐件查看原因，排除後重試，或附理由擱置。",
        "incidents.incidents",
    )  # fmt: skip


def _database(db: Connection, at: datetime) -> Iterator[Check]:
    kind = "SQLite（單機）" if db.dialect.name == "sqlite" else "PostgreSQL"
    yield Check("database", "資料庫", "good", f"{kind}，{_bytes(upkeep.size(db))}，結構 {migrations.revision(db)}。")
    copied = upkeep.last_backup(db)
    todo = "執行 sopflow db backup 檔名，並把備份檔與金鑰檔分開存放；建議每天一次。"
    if copied is None:
        yield Check("backup", "備份", "care", "還沒有以 sopflow db backup 備份過。", todo)
        return
    age = at - copied[0]
    said = f"上次備份 {shown.when(copied[0])}，{_bytes(int(copied[1].get('bytes', 0)))}。"
    state: State = "good" if age <= _OLD_BACKUP else "care" if age <= _VERY_OLD_BACKUP else "bad"
    yield Check("backup", "備份", state, said, "" if state == "good" else todo)


def _disk(home: Path) -> Check:
    here = next((folder for folder in (home, *home.parents) if folder.exists()), Path("/"))
    free = shutil.disk_usage(here).free
    state: State = "bad" if free < _NO_DISK else "care" if free < _LITTLE_DISK else "good"
    todo = "" if state == "good" else "清出空間或擴充磁碟；空間用盡時，新的辦理結果會存不進去，已存的不受影響。"
    return Check("disk", "磁碟", state, f"資料夾所在的磁碟還有 {_bytes(free)}。", todo)


def _key(there: bool, file: Path | None) -> Check:
    if there and file is not None and not file.exists():
        return Check(
            "key", "身分保管金鑰", "bad",
            "已載入，但 SOPFLOW_KEY_FILE 所指的金鑰檔不見了：重新啟動後就讀不到陳情人資料。",
            "不要重新啟動；先把另外保管的金鑰檔放回原來的位置。",
        )  # fmt: skip
    if there:
        return Check("key", "身分保管金鑰", "good", "已載入。")
    return Check(
        "key", "身分保管金鑰", "bad", "沒有金鑰：陳情人資料讀不到，也不能受理新的陳情。",
        "把原來的金鑰檔放回 SOPFLOW_KEY_FILE 所指的位置後重新啟動。",
    )  # fmt: skip


def _calendar(db: Connection, at: datetime) -> Check:
    missing = calendars.lacking(db, at)
    this_year = local_day(at).year
    if missing:
        years = "、".join(str(year - 1911) for year in missing)
        return Check(
            "calendar", "辦公日曆", "care", f"民國{years}年的辦公日曆還沒有匯入，期限先依法定規則推算。",
            "行政院公布後到辦公日曆匯入官方 CSV，系統會重算受影響的期限。", "calendar.calendar",
        )  # fmt: skip
    found = calendars.load(db)
    last = next(year for year in range(this_year, this_year + 5) if not found.is_official(year + 1))
    return Check("calendar", "辦公日曆", "good", f"官方日曆涵蓋到民國{last - 1911}年。", "", "calendar.calendar")


def _journal(db: Connection, at: datetime) -> Iterator[Check]:
    sealed = upkeep.newest_anchor(db)
    if sealed is None:
        yield Check("anchor", "歷程封存", "care", "還沒有封存過。", "時鐘每天封存一次；請確認時鐘正在執行。")
    elif local_day(at) - sealed > timedelta(days=1):
        yield Check(
            "anchor", "歷程封存", "care", f"最近一次封存是 {shown.day(sealed)}。",
            "時鐘每天封存一次；請確認時鐘正在執行。",
        )  # fmt: skip
    else:
        yield Check("anchor", "歷程封存", "good", f"已封存到 {shown.day(sealed)}。")
    proof = proving.newest(db)
    if proof is None or proof.ended_at is None:
        said = "還沒有驗證過。" if proof is None else f"驗證中，已讀 {proof.done}／{proof.total} 筆。"
        yield Check("proof", "歷程驗證", "good", said, "", "journal.journal")
    elif proof.count:
        yield Check(
            "proof", "歷程驗證", "bad", f"{shown.when(proof.ended_at)} 驗證發現 {proof.count} 處不符。",
            "保留現況不要更動，與異地備份及每日封存值比對，並依資安事件程序通報。", "journal.journal",
        )  # fmt: skip
    else:
        yield Check(
            "proof", "歷程驗證", "good", f"{shown.when(proof.ended_at)} 驗證 {proof.total} 筆，完整無缺。", "",
            "journal.journal",
        )  # fmt: skip


def _accounts(db: Connection, at: datetime) -> Check:
    locked = upkeep.locked_accounts(db, at)
    if not locked:
        return Check("accounts", "鎖定的帳號", "good", "沒有被鎖定的帳號。")
    return Check(
        "accounts", "鎖定的帳號", "care", f"{locked} 個帳號因多次輸入錯誤密碼而暫時鎖定。",
        "確認是本人後重發密碼連結；不是本人時，查歷程並提醒當事人。",
    )  # fmt: skip


def _versions(db: Connection) -> Check:
    if db.dialect.name == "sqlite":
        database = f"SQLite {db.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
    else:
        database = f"PostgreSQL {db.exec_driver_sql('SHOW server_version').scalar_one()}"
    return Check(
        "versions", "版本", "good", f"sopflow {_own_version()}，Python {platform.python_version()}，{database}。"
    )


def _own_version() -> str:
    try:
        return metadata.version("sopflow")
    except metadata.PackageNotFoundError:
        return "checkout"


def _bytes(count: int) -> str:
    for size, unit in ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
