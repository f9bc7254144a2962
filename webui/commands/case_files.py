"""sopflow case files, attach: the files of a case, listed, taken out into a folder, brought to a step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from engine import cases
from engine.cases import desks, files, handing_out
from engine.errors import Conflict, Invalid
from webui.commands import case_pictures, city, keeping_away, whole_case  # noqa: F401  their commands declare themselves
from webui.commands.cases import as_person, case_argument, case_commands, of_step
from webui.commands.talk import json_option, note, refuses, show


@case_commands.command("files", help="案件的附件；--to 匯出到資料夾，檢舉案每取出一個都留下紀錄。")
@case_argument
@as_person
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="匯出到這個資料夾，不覆寫檔案。")
@json_option
@refuses
def files_(case: str, account: str, folder: Path | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here:
        with here.store.look() as db:
            who = city.person(db, account, here.at)
            file = desks.read(db, desks.seen_by(db, city.case_id(db, case), who), who=who, entries=1)
        known = [_shown(one) for one in file.attachments if one["answer_id"] is not None]
        for one in known if folder is not None else ():
            with here.act() as (db, office):
                found, content = handing_out.hand_out(
                    db, one["id"], who=city.person(db, account, here.at), at=here.at, office=office
                )
            assert folder is not None
            one["file"] = str(_written(folder, f"{found['id']} {found['name']}", content))
    if as_json:
        show(known)
        return
    for one in known:
        click.echo(f"{one['id']}  {one['step']}  {one['name']}  {files.in_size(one['size'])}")
    if folder is not None:
        note(f"已匯出 {len(known)} 個附件到 {folder}。")


@case_commands.command("attach", help="把檔案加進待辦的草稿；完成步驟時一併送出。")
@case_argument
@click.argument("paths", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path, exists=True))
@of_step
@click.option("--field", default="attachments", show_default=True, help="表單中收檔案的欄位。")
@as_person
@json_option
@refuses
def attach(
    case: str, paths: tuple[Path, ...], step: str | None, field: str, account: str, as_json: bool
) -> None:  # fmt: skip
    sent = [files.Sent(path.name, path.read_bytes()[: files.MOST_BYTES + 1]) for path in paths]
    received, refused = files.receive_all({field: sent})
    if refused:
        raise Invalid("file_refused", refused[field])
    with city.open_city(as_json=as_json) as here, here.act() as (db, office):
        who = city.person(db, account, here.at)
        row = desks.seen_by(db, city.case_id(db, case), who)
        item = city.item_id(db, row["id"], step)
        before = desks.read(db, row, who=who, entries=1).drafts.get(item, {}).get("answers", {})
        kept = cases.save_draft(db, item, who=who, at=here.at, office=office, answers=before, files=received)
    if as_json:
        show(kept)
    else:
        note(f"草稿裡現有 {len(kept[field])} 個附件。")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "step", "field", "name", "media_type", "size", "at")}


def _written(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (folder / name).open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise Conflict("file_exists", f"{folder / name} 已經存在，沒有覆寫。") from None
    return folder / name
