"""sopflow sop: check and draw a file, list what is in force, import, export."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from engine.cases.operators import OPERATORS
from engine.errors import BadSop, Invalid
from engine.library import findings, missed, shelf
from engine.library.folder import SopFolder, around, read_folder, scenarios_beside, shared_tables, sop_paths
from engine.rehearsal import on_files
from engine.rehearsal.proof import Proof
from engine.sops.rules.score import score
from engine.sops.sop import Finding
from webui.commands import city, differences, drawing, papers
from webui.commands.language import said, worded
from webui.commands.talk import DONE, REFUSED, UNUSABLE, json_option, mistake, now, refuses, show, unusable

FILE = click.Path(path_type=Path)


@click.group("sop", help="作業流程：檢核、比較、繪圖、列出、匯入、匯出。")
def sops() -> None:
    pass


@sops.command("check", help="檢核作業流程檔案：能否讀取、能否執行、能否發布。")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--scenarios", "walks", is_flag=True, help="也走一遍檔案旁的情境檔 scenarios.yaml；走不通的不能發布。")
@json_option
@refuses
def check(files: tuple[Path, ...], walks: bool, as_json: bool) -> None:
    root = city.processes(as_json=as_json)
    results = []
    for file in files:
        results.append(check_file(file, root, walks=walks))
        if not as_json:
            _print(results[-1])
    if as_json:
        show(results)
    codes = [exit_code(result) for result in results]
    raise SystemExit(max(codes, default=DONE))


def check_file(file: Path, root: Path, *, walks: bool = False) -> dict[str, Any]:
    """What one file is: readable, runnable, its findings, and why it is refused (None: it is not).

    ``walks``: its scenarios too, where it can run: how many walked, of how many.
    """
    refused = {"file": str(file), "readable": False, "runnable": False, "findings": []}
    try:
        main, library = around(file, root)
    except BadSop as bad:
        return refused | {"refusal": _told(bad.as_dict())}
    try:
        verdict = findings.check(main, library, operators=OPERATORS, levels={})
        walked = _walk(file, main, library, root) if walks and verdict.runnable else None
    except Exception as problem:  # a mistake of ours in one file must not hide the others
        mistake(problem)
        sentence = f"檢核程式發生未預期的錯誤（{type(problem).__name__}）。"
        return refused | {"readable": True, "refusal": {"code": "mistake", "element": None, "message": said(sentence)}}
    return {
        "file": str(file),
        "readable": True,
        "runnable": verdict.runnable,
        "findings": [_told(one.as_dict()) for one in (*verdict.findings, *(walked.findings if walked else ()))],
        "score": asdict(score(verdict.findings)),
        "refusal": _told(verdict.refusal.as_dict()) if verdict.refusal else None,
        **({"scenarios": _counted(walked)} if walks else {}),
    }


def _walk(file: Path, main: SopFolder, library: dict[str, SopFolder], root: Path) -> Proof:
    try:
        written = scenarios_beside(file, main.id, root)
        return on_files.walk(replace(main, scenarios=written), library, root, now()) if written.strip() else Proof()
    except (BadSop, Invalid) as bad:
        found = Finding(bad.code, "warning", bad.sentence, bad.element)
        return Proof(findings=(found,), unreadable=bad.sentence)


def _counted(walked: Proof | None) -> dict[str, Any] | None:
    """How many of the scenarios came out as expected; None: what cannot run was not walked."""
    if walked is None:
        return None
    failed = [way.name for way in walked.ways if way.problem]
    return {"walked": len(walked.ways), "passed": len(walked.ways) - len(failed), "failed": failed,
            "readable": not walked.unreadable}  # fmt: skip


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    return finding | {"message": said(finding["message"])}


def exit_code(result: dict[str, Any]) -> int:
    if not result["readable"]:
        return UNUSABLE
    errors = any(finding["level"] == "error" for finding in result["findings"])
    walked = result.get("scenarios")
    stuck = walked is not None and bool(walked["failed"] or not walked["readable"])
    return REFUSED if result["refusal"] or errors or stuck else DONE


def _print(result: dict[str, Any]) -> None:
    if not result["readable"]:
        state = "無法讀取"
    elif not result["runnable"]:
        state = "不能執行"
    else:
        blocked = any(finding["blocks"] for finding in result["findings"])
        state = "可執行，但不能發布" if blocked else "可執行、可發布"
    click.echo(worded("{0}：{1}", result["file"], said(state)))
    refusal = result["refusal"]
    if refusal:
        where = refusal["element"] or "-"
        click.echo(f"  {worded('拒絕 {0} {1}：{2}', refusal['code'], where, refusal['message'])}")
    if "score" in result:
        points = result["score"]
        click.echo(
            f"  {worded('檢核規則 {0} 條，合 {1} 條：{2} 分', points['asked'], points['kept'], points['points'])}"
        )
    if walked := result.get("scenarios"):
        none = walked["readable"] and not walked["walked"]
        counted = worded("情境 {0} 個，走通 {1} 個", walked["walked"], walked["passed"])
        click.echo(f"  {said('沒有情境檔') if none else counted}")
    words = {"error": "錯誤", "warning": "警告", "info": "提示"}
    for finding in result["findings"]:
        if refusal and (finding["rule"], finding["element"]) == (refusal["code"], refusal["element"]):
            continue
        where = f"{said(words[finding['level']])} {finding['rule']} {finding['element'] or '-'}"
        click.echo(f"  {worded('{0}：{1}', where, finding['message'])}")


sops.add_command(differences.diff)
sops.add_command(drawing.draw)
sops.add_command(papers.sheet)
sops.add_command(papers.manual)


@sops.command("list", help="列出資料庫中的作業流程與生效版本。")
@json_option
@refuses
def list_(as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        rows = shelf.listed(db)
    if as_json:
        show(rows)
        return
    for row in rows:
        version = said(f"第 {row['version']} 版" if row["version"] else "尚未發布")
        drafts = said(f"，草案 {row['drafts']} 份") if row["drafts"] else ""
        click.echo(f"{row['division']}/{row['id']}  {said(row['name'])}  {version}{drafts}")


@sops.command("missing", help="其他作業流程引用、但還沒有人建立的流程；等候的作業流程多的在前。")
@json_option
@refuses
def missing(as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        rows = missed.missed(db)
    if as_json:
        show([{**asdict(row), "sops": row.sops} for row in rows])
        return
    if not rows:
        click.echo(said("引用的流程都已建立"))
    for row in rows:
        state = "已有草案" if row.begun else "已停用" if row.retired else "尚未建立"
        click.echo(worded("{0}：{1}，{2} 個作業流程等候", row.name, said(state), row.sops))
        for one in row.waiting:
            click.echo(f"  {one.sop}  {said(one.name)}  {said(one.step)}".rstrip())


@sops.command("import", help="匯入作業流程資料夾為草案；--publish 即發布（先檢核自己與所有呼叫者）。")
@click.argument("folders", nargs=-1, required=True, type=FILE)
@click.option("--publish", is_flag=True, help="匯入後立即發布。")
@click.option("--as", "account", help="以此人員身分；未指定時為系統。")
@json_option
@refuses
def import_(folders: tuple[Path, ...], publish: bool, account: str | None, as_json: bool) -> None:
    paths = [path for folder in folders for path in _sop_folders(folder, as_json)]
    with city.open_city(as_json=as_json) as here, here.act() as (db, _):
        who = city.person(db, account, here.at)
        drafted = {}
        for path in paths:
            tables = shared_tables(here.settings.processes) | shared_tables(path.parent.parent)
            found = read_folder(path, shared_tables=tables)
            drafted[found.id] = shelf.bring_in(db, found, who=who, at=here.at)
        waiting = {row["id"] for row in shelf.listed(db) if row["drafts"]}
        published = [name for name in drafted if publish and name in waiting]
        if published:
            shelf.publish(db, published, who=who, at=here.at, operators=OPERATORS)
    if as_json:
        show({"drafted": drafted, "published": published})
        return
    for name, number in drafted.items():
        state = "已發布" if name in published else "存為草案" if number else "內容未變"
        click.echo(worded("{0}：{1}", name, said(state)))


def _sop_folders(path: Path, as_json: bool) -> list[Path]:
    """An SOP's folder, its chart, a division, or a whole processes/ folder."""
    if path.is_file() and path.suffix == ".bpmn":
        path = path.parent
    path = path.resolve()
    if (path / f"{path.name}.bpmn").is_file():
        return [path]
    found = [child for child in sorted(path.glob("*")) if (child / f"{child.name}.bpmn").is_file()]
    found = found or list(sop_paths(path))
    if not found:
        unusable(f"{path.name} 裡沒有作業流程（<代碼>/<代碼>.bpmn）。", as_json=as_json, code="no_sop_folder")
    return found


@sops.command("export", help="把生效版本逐位元組寫回 <資料夾>/<組別>/<代碼>/。")
@click.argument("names", nargs=-1)
@click.option("--to", "root", type=FILE, help="目的資料夾；預設為 SOPFLOW_PROCESSES。")
@click.option("--version", "number", type=int, help="匯出這個版本；預設為生效版本。")
@json_option
@refuses
def export(names: tuple[str, ...], root: Path | None, number: int | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        wanted = names or tuple(row["id"] for row in shelf.listed(db) if row["version"])
        written = {
            name: [str(file) for file in shelf.export(db, name, root or here.settings.processes, number=number)]
            for name in wanted
        }
    if as_json:
        show(written)
        return
    for name, files in written.items():
        click.echo(worded("{0}：{1} 個檔案", name, len(files)))
