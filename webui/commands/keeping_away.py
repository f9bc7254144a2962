"""sopflow case exclude, readmit: who is kept away from a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from engine.cases import desks, informants
from engine.office import people, roster
from webui.commands import city
from webui.commands.cases import as_person, case_argument, case_commands, for_reason
from webui.commands.talk import json_option, refuses, show, tell

whom = click.option("--person", "whom", required=True, metavar="PERSON", help="帳號或姓名。")


@case_commands.command("exclude", help="排除一位人員：他在任何地方都看不到本案（服務中心、研考科）。")
@case_argument
@whom
@for_reason
@as_person
@json_option
@refuses
def exclude(case: str, whom: str, reason: str, account: str, as_json: bool) -> None:
    _do(case, whom, reason, account, as_json, informants.exclude)


@case_commands.command("readmit", help="解除排除（服務中心、研考科）。")
@case_argument
@whom
@for_reason
@as_person
@json_option
@refuses
def readmit(case: str, whom: str, reason: str, account: str, as_json: bool) -> None:
    _do(case, whom, reason, account, as_json, informants.readmit)


def _do(case: str, whom: str, reason: str, account: str, as_json: bool, verb: Any) -> None:
    with city.open_city(as_json=as_json) as here, here.act() as (db, office):
        who, case_id = city.person(db, account, here.at), city.case_id(db, case)
        row = desks.seen_by(db, case_id, who)  # a stranger learns of no account here
        people.require(db, who, "exclude", row)
        person = roster.named(db, whom)
        left: Sequence[str] = verb(db, case_id, person, reason=reason, who=who, at=here.at, office=office) or ()
        kept_away = [one.name for one in informants.excluded(db, case_id)]
    if as_json:
        show({"case": row["number"], "excluded": kept_away, "stranded": list(left)})
        return
    names = "、".join(kept_away)
    tell(f"{row['number']} 排除的人員：{names}。" if names else f"{row['number']} 沒有排除任何人。")
    if left:
        tell(f"沒有人能辦的步驟：{'、'.join(left)}。請改分到其他單位。")
