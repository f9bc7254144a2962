"""sopflow deadline: when something is due, and why it is that day."""

from __future__ import annotations

import click

from engine.dates import calendars
from engine.dates.periods import Due
from engine.errors import Invalid
from webui import calculating, phrases, shown
from webui.commands import city
from webui.commands.language import said, worded
from webui.commands.talk import json_option, refuses, show, unusable


@click.command("deadline", help="計算期限，並逐日說明為什麼是那一天。")
@click.option("--from", "begins", required=True, metavar="DATE", help="起算的日期或時刻：2026-11-26T09:00、115/11/26。")
@click.option("--regime", required=True, help=f"計算方式：{'、'.join(calculating.REGIMES)}。")
@click.option("--length", default="", metavar="N", help="長度；fixed 不需要。")
@click.option("--unit", default="", help=f"單位：{'、'.join(calculating.UNITS)}；fixed 不需要。")
@click.option("--at", default="", metavar="RULE", help="fixed 的期日：每月5日、4月3日、第2個週五；可加 提前、不順延。")
@json_option
@refuses
def deadline(begins: str, regime: str, length: str, unit: str, at: str, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        calendar = calendars.load(db)
    try:
        reckoned = calculating.reckon(calendar, begins=begins, regime=regime, length=length, unit=unit, at=at)
    except Invalid as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)
    if as_json:
        show(calculating.as_dict(reckoned))
        return
    _say(reckoned)
    if reckoned.alternative is not None:
        click.echo(worded("另一種算法（{0}）：", said(phrases.REGIME["statutory"])))
        _say(reckoned.alternative)


def _say(reckoned: Due) -> None:
    click.echo(worded("期限 {0}", said(shown.when(reckoned.due))))
    for line in reckoned.working:
        why = worded("{0}（{1}）", said(line.why), said(line.article))
        click.echo(f"  {said(shown.day(line.date))}  {said(line.what)}  {why}")
