"""sopflow bench: what a step costs, as ratios of one run, with the method beside them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

import webui
from engine import migrations
from engine.errors import Invalid
from engine.rehearsal import bench as measuring
from engine.rehearsal import bench_deadlines
from engine.store import Store
from webui import pages_measured
from webui.commands import city
from webui.commands.talk import json_option, note, refuses, show


@click.command("bench", help="量測一個步驟的成本，以同一次執行的比值表示；不碰使用者的資料庫。")
@click.option("--rounds", type=click.IntRange(5, 100), default=5, help="交錯執行的輪數。")
@click.option("--petitions", type=click.IntRange(1, 1000), default=20, help="每輪的陳情案件數。")
@click.option("--loop", "long_loop", type=click.IntRange(20, 100_000), default=10_000, help="長迴圈的圈數。")
@click.option(
    "--deadlines",
    "open_deadlines",
    type=click.IntRange(10_000, 10_000_000),
    help="改量時鐘：這麼多個未到期期限時，空看一次與響一個的成本。",
)
@click.option(
    "--pages",
    "cases",
    type=click.IntRange(100, 1_000_000),
    help="改量頁面：這麼多個案件時，清單、查詢與案件頁是空白頁的幾倍時間。",
)
@click.option("--database", help="與 --deadlines 或 --pages 並用：空的 postgresql:// 資料庫；預設為暫時的 SQLite 檔。")
@json_option
@refuses
def bench(
    rounds: int, petitions: int, long_loop: int, open_deadlines: int | None, cases: int | None, database: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    # beside the user's data, not in a memory file system: a commit must cost what it costs
    with tempfile.TemporaryDirectory(prefix="sopflow-bench-", dir=Path.cwd()) as folder:
        if open_deadlines is not None:
            result = _clock(Path(folder), open_deadlines, rounds, database)
        elif cases is not None:
            result = _pages(Path(folder), cases, rounds, database, as_json=as_json)
        else:
            result = _step(Path(folder), rounds, petitions, long_loop, as_json=as_json)
    if as_json:
        show(result)
        return
    for name, value in result.items():
        click.echo(f"{name}: {value}")


def _step(folder: Path, rounds: int, petitions: int, long_loop: int, *, as_json: bool) -> dict[str, Any]:
    naive = Path(webui.__file__).parent.parent / "tests" / "bench" / "naive.py"
    if not naive.is_file():
        note("這不是完整的原始碼目錄，略過與一般寫法的比較。")
    return measuring.measure(
        city.processes(as_json=as_json), folder, rounds=rounds, petitions=petitions, long_loop=long_loop,
        naive=naive if naive.is_file() else None, progress=note,
    )  # fmt: skip


def _pages(folder: Path, cases: int, rounds: int, database: str | None, *, as_json: bool) -> dict[str, Any]:
    with _empty(folder, database) as store:
        return pages_measured.measure(
            city.processes(as_json=as_json), store, cases=cases, rounds=rounds, progress=note
        )  # fmt: skip


def _clock(folder: Path, open_deadlines: int, rounds: int, database: str | None) -> dict[str, Any]:
    with _empty(folder, database) as store:
        claims = min(300, open_deadlines // (rounds * 6))
        return bench_deadlines.measure(
            store, open_deadlines=open_deadlines, rounds=rounds, claims=claims, progress=note
        )  # fmt: skip


@contextmanager
def _empty(folder: Path, database: str | None) -> Iterator[Store]:
    """A database that holds anything is refused: what is measured is thrown in and not taken out again."""
    store = Store(database or f"sqlite:///{folder / 'bench.sqlite3'}")
    try:
        with store.look() as db:
            if sa.inspect(db).get_table_names():
                raise Invalid("bench_not_empty", "量測只能用空的資料庫。")
        migrations.upgrade(store)
        yield store
    finally:
        store.close()
