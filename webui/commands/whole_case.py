"""sopflow case: acts on the case as a whole: taken up again, joined, parted, transferred, noted, asked about."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from engine import cases
from engine.cases import desks
from engine.cases.priority import SOLVED
from engine.cases.undeliverable import WAYS
from engine.errors import NotNow
from engine.store import Connection
from webui.commands.cases import as_person, case_argument, case_commands, for_reason, on_case
from webui.commands.talk import json_option, refuses


@case_commands.command("reopen", help="結束的案件重新列管（研考科）。")
@case_argument
@click.option("--to", "to_step", metavar="PATH", help="回到哪個已完成的步驟；預設最後完成的，撤案者回到撤案當時。")
@click.option("--letters-known", is_flag=True, help="我知道已寄出的信函不會收回。")
@for_reason
@as_person
@json_option
@refuses
def reopen(case: str, to_step: str | None, letters_known: bool, reason: str, account: str, as_json: bool) -> None:
    def again(db: Connection, case_id: int, **by: Any) -> None:
        cases.reopen(db, case_id, to_step=to_step, letters_known=letters_known, reason=reason, **by)

    on_case(case, account, as_json, again)


@case_commands.command("join", help="重複案件併入原案。")
@case_argument
@click.option("--original", required=True, metavar="CASE", help="原案案號。")
@for_reason
@as_person
@json_option
@refuses
def join(case: str, original: str, reason: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, case_id, **by: cases.join(db, case_id, original, reason=reason, **by))


@case_commands.command("part", help="解除併案，案件回到併案前的步驟。")
@case_argument
@for_reason
@as_person
@json_option
@refuses
def part(case: str, reason: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, case_id, **by: cases.part(db, case_id, reason=reason, **by))


@case_commands.command("transfer", help="改分其他單位，期限不變（研考科）。")
@case_argument
@click.option("--to", "unit", required=True, metavar="UNIT", help="改分到的單位。")
@for_reason
@as_person
@json_option
@refuses
def transfer(case: str, unit: str, reason: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, case_id, **by: cases.transfer(db, case_id, unit, reason=reason, **by))


@case_commands.command("priority", help="設定速別：0 普通、1 速件、2 最速件。")
@case_argument
@click.option("--level", type=click.IntRange(0, 2), required=True, help="速別。")
@click.option("--reason", default="", help="理由；可省略。")
@as_person
@json_option
@refuses
def priority(case: str, level: int, reason: str, account: str, as_json: bool) -> None:
    on_case(
        case, account, as_json, lambda db, case_id, **by: cases.set_priority(db, case_id, level, reason=reason, **by)
    )  # fmt: skip


@case_commands.command("solved", help="解除列管後登錄是否解決。")
@case_argument
@click.option("--solved", type=click.Choice(SOLVED), required=True, help="yes 已解決，partly 部分解決，no 未解決。")
@for_reason
@as_person
@json_option
@refuses
def solved(case: str, solved: str, reason: str, account: str, as_json: bool) -> None:
    on_case(
        case, account, as_json, lambda db, case_id, **by: cases.set_solved(db, case_id, solved, reason=reason, **by)
    )  # fmt: skip


@case_commands.command("note", help="在案件留下備註。")
@case_argument
@click.option("--text", required=True, help="備註內容。")
@as_person
@json_option
@refuses
def note(case: str, text: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, case_id, **by: cases.note_add(db, case_id, text, **by))


@case_commands.command("ask-opinion", help="會辦其他單位。")
@case_argument
@click.option("--unit", required=True, metavar="UNIT", help="會辦的單位。")
@click.option("--question", required=True, help="會辦事項。")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="請於哪一天以前回覆。")
@as_person
@json_option
@refuses
def ask_opinion(case: str, unit: str, question: str, due: Any, account: str, as_json: bool) -> None:
    until: date | None = due.date() if due is not None else None

    def asked(db: Connection, case_id: int, **by: Any) -> None:
        cases.ask_opinion(db, case_id, unit, question, due=until, **by)

    on_case(case, account, as_json, asked)


@case_commands.command("give-opinion", help="回覆會辦意見。")
@case_argument
@click.option("--answer", required=True, help="會辦意見。")
@as_person
@json_option
@refuses
def give_opinion(case: str, answer: str, account: str, as_json: bool) -> None:
    def given(db: Connection, case_id: int, **by: Any) -> None:
        desks.seen_by(db, case_id, by["who"])
        waits = [row["id"] for row in desks.opinions(db, by["who"], by["at"]) if row["case_id"] == case_id]
        if len(waits) != 1:
            raise NotNow("no_opinion_waits", "這個案件沒有等候您回覆的會辦，或不只一件，請到網頁回覆。")
        cases.give_opinion(db, waits[0], answer, **by)

    on_case(case, account, as_json, given)


@case_commands.command("undeliverable", help="登錄寄出的文件無法送達。")
@case_argument
@click.option("--document", type=int, required=True, metavar="ID", help="文件編號（case show 列出）。")
@click.option("--why", required=True, help="為什麼無法送達。")
@as_person
@json_option
@refuses
def undeliverable(case: str, document: int, why: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, _, **by: cases.note_undeliverable(db, document, why, **by))


@case_commands.command("send-again", help="再次送出無法送達的文件。")
@case_argument
@click.option("--document", type=int, required=True, metavar="ID", help="文件編號（case show 列出）。")
@click.option("--way", type=click.Choice(WAYS), default="mail", help="送達方式。")
@click.option("--reason", default="", help="送達說明；電子郵件以外必填。")
@as_person
@json_option
@refuses
def send_again(case: str, document: int, way: str, reason: str, account: str, as_json: bool) -> None:
    def sent(db: Connection, _: int, **by: Any) -> None:
        cases.send_again(db, document, way=way, reason=reason, **by)

    on_case(case, account, as_json, sent)
