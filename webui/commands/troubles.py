"""What the system refused, in a sentence: a folder, a port, a disk, the database's file."""

from __future__ import annotations

import errno

import sqlalchemy as sa

__all__ = ["of_database", "of_system"]

#: what SQLite says → what it means for whoever started us
_OF_SQLITE = (
    ("unable to open", "資料庫檔打不開，請檢查它所在的資料夾是否存在、可以寫入。"),
    ("readonly", "資料庫檔或它所在的資料夾不能寫入，請檢查擁有者與權限。"),
    ("is full", "磁碟空間不足，沒有存進去。"),
    ("locked", "資料庫正被別的程式使用，請稍後再試。"),
    ("not a database", "這個檔案不是資料庫，或已經損壞。"),
)


def of_database(problem: sa.exc.DBAPIError) -> str:
    """The database's own first line, where nothing better is known."""
    said = str(problem.orig).strip().splitlines()[0] if problem.orig else type(problem).__name__
    return next((ours for theirs, ours in _OF_SQLITE if theirs in said), f"資料庫無法使用：{said}")


def of_system(problem: OSError) -> str:
    """As ``of_database``, of files, folders and ports."""
    where, code = str(problem.filename or ""), problem.errno
    if where and code == errno.EADDRINUSE:
        return f"{where} 已被占用，請用 --port 另選一個埠。"
    if where and code == errno.EADDRNOTAVAIL:
        return f"{where} 不是這台機器的位址。"
    if where and code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"沒有使用 {where} 的權限，請檢查擁有者與權限。"
    if where and code in (errno.EEXIST, errno.ENOTDIR):
        return f"{where} 是檔案，不能當作資料夾。"
    if where and code == errno.ENOENT:
        return f"找不到 {where}，也無法建立。"
    if code == errno.ENOSPC:
        return "磁碟空間不足，沒有存進去。"
    return f"檔案無法使用：{where} {problem.strerror or type(problem).__name__}"
