"""sopflow bench: what a step costs, as ratios of one run, with the method beside them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

import webui
from engine.rehearsal import bench as measuring
from webui.commands import city
from webui.commands.talk import json_option, note, refuses, show


@click.command("bench", help="量測一個步驟的成本，以同一次執行的比值表示；不碰使用者的資料庫。")
@click.option("--rounds", type=click.IntRange(5, 100), default=5, help="交錯執行的輪數。")
@click.option("--petitions", type=click.IntRange(1, 1000), default=20, help="每輪的陳情案件數。")
@click.option("--loop", "long_loop", type=click.IntRange(20, 100_000), default=10_000, help="長迴圈的圈數。")
@json_option
@refuses
def bench(rounds: int, petitions: int, long_loop: int, as_json: bool) -> None:
    root = city.processes(as_json=as_json)
    naive = Path(webui.__file__).parent.parent / "tests" / "bench" / "naive.py"
    if not naive.is_file():
        note("這不是完整的原始碼目錄，略過與一般寫法的比較。")
    # beside the user's data, not in a memory file system: a commit must cost what it costs
    with tempfile.TemporaryDirectory(prefix="sopflow-bench-", dir=Path.cwd()) as folder:
        result = measuring.measure(
            root, Path(folder), rounds=rounds, petitions=petitions, long_loop=long_loop,
            naive=naive if naive.is_file() else None, progress=note,
        )  # fmt: skip
    if as_json:
        show(result)
        return
    for name, value in result.items():
        click.echo(f"{name}: {value}")
