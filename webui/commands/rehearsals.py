"""sopflow scenarios: the SOPs' own scenarios, walked on the real engine in a city of their own in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engine.errors import Missing
from engine.library import shelf
from engine.library.bundles import closure
from engine.library.folder import SopFolder
from engine.rehearsal import scenarios as rehearsal
from webui.commands import city
from webui.commands.language import said, worded
from webui.commands.talk import REFUSED, json_option, note, refuses, show


@click.command("scenarios", help="演練作業流程的情境，並統計走過的分支；不需要也不建立資料庫。")
@click.argument("sop", required=False)
@json_option
@refuses
def scenarios(sop: str | None, as_json: bool) -> None:
    root = city.processes(as_json=as_json)
    folders = shelf.folder(root)
    if sop is not None and sop not in folders:
        raise Missing("no_such_sop", f"找不到作業流程「{sop}」。", element=sop)
    outcomes = rehearsal.run_all(Path(root), sop)
    results: list[dict[str, Any]] = [
        {
            "sop": outcome.scenario.sop, "scenario": outcome.scenario.name, "passed": outcome.passed,
            "detail": "；".join(outcome.problems),
        }
        for outcome in outcomes
    ]  # fmt: skip
    counted = coverage(folders if sop is None else closure(sop, folders.get), outcomes)
    if as_json:
        show({"scenarios": results, "coverage": counted})
    else:
        for result in results:
            click.echo(f"{said('通過' if result['passed'] else '不符')}  {result['sop']}  {result['scenario']}")
            if result["detail"]:
                click.echo(f"      {said(result['detail'])}")
        for row in counted:
            if row["taken"] < row["branches"]:
                click.echo(worded("未走到  {0} {1}：{2}", row["sop"], row["gateway"], said("、".join(row["missing"]))))
        passed = sum(result["passed"] for result in results)
        taken, branches = sum(row["taken"] for row in counted), sum(row["branches"] for row in counted)
        note(f"情境 {passed}/{len(results)} 通過；分支 {taken}/{branches} 走過。")
    if not all(result["passed"] for result in results):
        raise SystemExit(REFUSED)


def coverage(folders: dict[str, SopFolder], outcomes: Sequence[rehearsal.Outcome]) -> list[dict[str, Any]]:
    """Per gateway: how many of its branches some scenario took; a shared procedure's count wherever taken."""
    seen = {branch for outcome in outcomes for branch in outcome.taken}
    rows = []
    for name, folder in folders.items():
        for node in folder.sop.nodes.values():
            if node.kind != "exclusive" or len(node.outgoing) < 2:
                continue
            missing = [flow for flow in node.outgoing if (name, node.id, flow) not in seen]
            branches = len(node.outgoing)
            taken = branches - len(missing)
            rows.append({"sop": name, "gateway": node.id, "taken": taken, "branches": branches, "missing": missing})
    return rows
