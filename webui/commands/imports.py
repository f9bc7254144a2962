"""sopflow import petitions: the cases open on the day the office moves in, tried first, then taken in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from engine.cases import importing
from engine.cases.desks import imports as desk
from engine.cases.import_sheets import MOST_ROWS
from engine.cases.importing import Batch
from engine.errors import Invalid
from webui import beginning
from webui.commands import city
from webui.commands.city import City
from webui.commands.language import said, worded
from webui.commands.talk import REFUSED, json_option, note, refuses, show, tell, unusable
from webui.phrases import VERDICT

_MOST_FILE = 10_000_000
_MOST_LINES = 20
#: so many rows take no longer than a look at a bar
_AT_ONCE = 100

as_person = click.option("--as", "account", metavar="PERSON", help="以此管理者身分；未指定時為系統。")


@click.group("import", help="匯入：搬入系統時仍在辦理的案件。")
def imports() -> None:
    pass


@imports.command("petitions", help="匯入仍在辦理的陳情案（CSV、ODS）：先試跑，無誤才匯入；中斷後再執行即接續。")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="只試跑，不匯入。")
@as_person
@json_option
@refuses
def petitions(file: Path, dry_run: bool, account: str | None, as_json: bool) -> None:
    with file.open("rb") as stream:
        content = stream.read(_MOST_FILE + 1)
    with city.open_city(as_json=as_json) as here:
        try:
            with here.act() as (db, office):
                who = city.person(db, account, here.at)
                batch_id = importing.submit(db, file.name, content, who=who, at=here.at, office=office)
        except Invalid as bad:
            if bad.code in ("import_sheet", "import_heading", "import_empty"):
                unusable(bad.sentence, as_json=as_json, code=bad.code)
            raise
        batch = _worked_off(here, batch_id, "試跑", as_json)
        if batch.state == "ready" and batch.good and not dry_run:
            with here.act() as (db, _):
                who = city.person(db, account, here.at)
                importing.apply(db, batch_id, digest=batch.digest, who=who, at=here.at)
            batch = _worked_off(here, batch_id, "匯入", as_json)
        with here.store.look() as db:
            page = desk.rows(db, batch_id, who=city.person(db, account, here.at), size=MOST_ROWS)
    _tell(batch, page.rows, as_json)
    if batch.bad:
        raise SystemExit(REFUSED)


@imports.command("undo", help="整批復原：還沒有人辦理過任何一件時，案件全部撤案。")
@click.argument("batch", type=click.IntRange(1))
@click.option("--reason", required=True, help="理由。")
@as_person
@json_option
@refuses
def undo(batch: int, reason: str, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here:
        with here.act() as (db, _):
            importing.undo(db, batch, reason=reason, who=city.person(db, account, here.at), at=here.at)
        found = _worked_off(here, batch, "復原", as_json)
    if as_json:
        show({"batch": found.id, "state": found.state, "back": found.back})
    else:
        tell(f"已復原 {found.back} 件。")


def _worked_off(here: City, batch_id: int, label: str, as_json: bool) -> Batch:
    """Until nothing is left to do, with a bar where somebody looks."""
    with here.store.look() as db:
        found = importing.get(db, batch_id)
        with_office = beginning.office(db, here.begun.key)
    hidden = as_json or found.rows <= _AT_ONCE
    with click.progressbar(length=found.rows, label=said(label), file=sys.stderr, hidden=hidden) as bar:
        while found.is_at_work:
            found = importing.work(
                here.store, batch_id, at=here.at, office=with_office,
                progress=lambda done: bar.update(max(done - bar.pos, 0)),
            )  # fmt: skip
    return found


def _tell(batch: Batch, rows: Any, as_json: bool) -> None:
    if as_json:
        show({
            "batch": batch.id, "state": batch.state, "digest": batch.digest, "rows": batch.rows, "good": batch.good,
            "bad": batch.bad, "known": batch.known, "taken": batch.taken,
            "lines": [
                {"row": r["row"], "old_number": r["old_number"], "verdict": r["verdict"], "case": r["number"],
                 "says": [{"column": column, "message": said(sentence)} for column, sentence in r["says"]]}
                for r in rows
            ],
        })  # fmt: skip
        return
    for row in rows[:_MOST_LINES]:
        says = " ".join(f"{column}　{said(sentence)}" if column else said(sentence) for column, sentence in row["says"])
        became = row["number"] or said(VERDICT[row["verdict"]])
        click.echo(worded("第 {0} 列 {1} {2}：{3}", row["row"], row["old_number"], became, says))
    if len(rows) > _MOST_LINES:
        tell(f"……共 {len(rows)} 列")
    if batch.state == "bad":
        note(f"{batch.bad} 列需要修正，沒有匯入任何案件。")
    elif batch.state == "done":
        note(f"已匯入 {batch.taken} 件，略過 {batch.known} 列。批次 {batch.id}。")
    else:
        note(f"{batch.good} 列可以匯入，略過 {batch.known} 列；以上只是試跑。")
