"""sopflow rehearse: a whole year of the office on a virtual clock, in a city of its own in memory; its report."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from engine.errors import Invalid
from engine.library import shelf
from engine.rehearsal import scenarios
from engine.rehearsal.scripts import Scripts
from engine.rehearsal.year import Report, Year
from webui.commands import city
from webui.commands.language import worded
from webui.commands.talk import REFUSED, json_option, note, refuses, show, tell

#: the years whose holidays are known by law, and of which most have an official table
FIRST, LAST = 2017, 2100
#: steps of the report, by how long they wait in all
MOST_STEPS = 15


@click.command("rehearse", help="演練一整年：依行事曆開案、各類案件、颱風、請假，都在虛擬時間；印出報告。")
@click.argument("year", type=int, metavar="YEAR")
@click.option("--cases", type=click.IntRange(0, 100_000), default=400, show_default=True, help="一年中送件的案件數。")
@click.option("--seed", type=int, default=115, show_default=True, help="同一個數字演練出同一年。")
@json_option
@refuses
def rehearse(year: int, cases: int, seed: int, as_json: bool) -> None:
    if not FIRST <= year <= LAST:
        raise Invalid("year_out_of_range", f"可以演練 {FIRST} 年到 {LAST} 年。")
    root = Path(city.processes(as_json=as_json))
    made = scenarios.city(root, datetime(year, 1, 1, tzinfo=scenarios.TAIPEI))
    played = Year(made, Scripts(shelf.folder(root).values()), year, cases=cases, seed=seed)
    label, whole = worded("演練民國{0}年", year - 1911), (date(year + 1, 1, 1) - date(year, 1, 1)).days
    try:
        with click.progressbar(length=whole, label=label, file=sys.stderr, item_show_func=_day) as bar:
            found = played.run(progress=lambda day: bar.update((day - date(year, 1, 1)).days + 1 - bar.pos, day))
            bar.update(whole - bar.pos)
    finally:
        made.store.close()
    if as_json:
        show(_as_dict(found))
    else:
        _tell(found)
    if not found.sound:
        raise SystemExit(REFUSED)


def _day(day: date | None) -> str:
    return f"{day:%m/%d}" if day is not None else ""


def _tell(found: Report) -> None:
    tell(f"案件 {found.opened} 件，辦結 {found.ended} 件；辦理 {found.acts} 次，提醒與稽催 {found.rang} 次。")
    if found.on_time is not None:
        tell(f"限辦期限在期限內達成：{found.on_time:.1%}。")
    for sop, sums in sorted(found.sops.items()):
        met, late = sums["in_time"], sums["late"]
        tell(f"  {sop}：開立 {sums['opened']}、辦結 {sums['ended']}，期限內 {met}、逾期 {late}")
    tell("等候最久的步驟（平均工作小時 × 次數）：")
    longest = sorted(found.waiting.items(), key=lambda one: -one[1][0] * one[1][1])
    for (sop, name), (times, hours) in longest[:MOST_STEPS]:
        tell(f"  {sop}「{name}」：{hours:.1f} 小時 × {times} 次")
    for words, lines in (
        ("沒有人也沒有時鐘能推動的案件", found.stuck), ("異常", found.incidents), ("沒有辦成的動作", found.refused),
    ):  # fmt: skip
        note(worded("{0}：{1}", worded(words), len(lines)))
        for line in lines[:MOST_STEPS]:
            note(f"  {line}")
    note(f"到期而沒有響的提醒：{found.unrung}")


def _as_dict(found: Report) -> dict[str, Any]:
    return {
        "cases": found.opened, "ended": found.ended, "acts": found.acts, "rang": found.rang, "unrung": found.unrung,
        "on_time": found.on_time, "sops": {sop: dict(sums) for sop, sums in sorted(found.sops.items())},
        "waiting": [
            {"sop": sop, "step": name, "times": times, "mean_hours": round(hours, 2)}
            for (sop, name), (times, hours) in sorted(found.waiting.items())
        ],
        "stuck": found.stuck, "incidents": found.incidents, "refused": found.refused, "sound": found.sound,
    }  # fmt: skip
