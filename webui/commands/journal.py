"""sopflow journal find, sopflow journal verify: what happened, and the proof that nobody rewrote it."""

from __future__ import annotations

import sys
from datetime import date, time
from itertools import islice
from typing import Any

import click

from engine.cases.desks import journals
from engine.cases.desks.journals import Search
from engine.dates import roc
from engine.errors import Invalid
from engine.office import journal
from webui import shown
from webui.commands import city
from webui.commands.language import said, worded
from webui.commands.talk import REFUSED, json_option, note, refuses, show, unusable
from webui.verbs import VERBS


@click.group("journal", help="歷程：查詢與證明。")
def journal_commands() -> None:
    pass


@journal_commands.command("find", help="依案號、人員、動作、日期、理由查歷程，新的在前；不含填寫內容與陳情人身分。")
@click.option("--about", default="", metavar="CASE", help="案號，或對象：sop:代碼、person:編號、office。")
@click.option("--by", default="", metavar="PERSON", help="帳號或姓名；系統為 system。")
@click.option("--verb", default="", help="動作代碼，例如 withdraw。")
@click.option("--since", default="", metavar="DATE", help="起日，民國或西元。")
@click.option("--until", default="", metavar="DATE", help="迄日。")
@click.option("--words", default="", help="理由中的文字。")
@click.option("--act", default="", metavar="ID", help="同一個動作的全部紀錄。")
@click.option("--limit", type=click.IntRange(1, journals.MOST_LINES), default=50, help="最多幾筆。")
@click.option("--as", "account", metavar="PERSON", help="以此管理者身分；未指定時為系統。")
@json_option
@refuses
def find(
    about: str, by: str, verb: str, since: str, until: str, words: str, act: str, limit: int, account: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    search = Search(about, by, verb, _day(since, as_json), _day(until, as_json), words, act)
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        who = city.person(db, account, here.at)
        rows = list(islice(journals.every(db, search, who=who, most=limit), limit))
    if as_json:
        show({"entries": [_told(row) for row in rows]})
        return
    for row in rows:
        who_did = row["by_name"] or said("系統")
        step = f" {row['step']}" if row["step"] else ""
        verb_word = said(VERBS.get(row["verb"], row["verb"]))
        line = f"{said(shown.when(row['at']))} {row['number'] or row['subject']} {who_did} {verb_word}{step}"
        click.echo(worded("{0}：{1}", line, row["reason"]) if row["reason"] else line)
    note(f"{len(rows)} 筆。" if rows else "查無歷程。")


def _told(row: Any) -> dict[str, Any]:
    names = ("id", "at", "subject", "number", "seq", "act_id", "verb", "by", "by_name", "step", "reason", "masked")
    return {name: row[name] for name in names}


def _day(text: str, as_json: bool) -> date | None:
    try:
        return shown.local(roc.read_instant(text, time())).date() if text else None
    except Invalid as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)


@journal_commands.command("verify", help="重算所有歷程鏈與每日封存；列出第一個不符之處。")
@json_option
@refuses
def verify(as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        total = journal.count(db)
        quiet = as_json or total < 20_000
        with click.progressbar(length=total, label=said("驗證"), file=sys.stderr, hidden=quiet) as bar:
            problems = journal.verify(db, note=lambda read: bar.update(read - bar.pos), every=1000)
    if as_json:
        show({
            "problems": [
                {"code": p.code, "subject": p.subject, "seq": p.seq, "message": said(p.sentence)} for p in problems
            ]
        })  # fmt: skip
    else:
        for problem in problems:
            click.echo(worded("{0}（{1}）", said(problem.sentence), problem.code))
        note("歷程完整，沒有被更動。" if not problems else f"{len(problems)} 處不符。")
    if problems:
        raise SystemExit(REFUSED)
