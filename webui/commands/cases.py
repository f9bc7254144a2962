"""sopflow case: what people do with cases, from the command line. Each command is one act of the person named."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import click

from engine import cases
from engine.cases import Office, desks, planning
from engine.cases.desks.waiting import View
from engine.cases.operators import OPERATORS  # noqa: F401  the operators declare themselves
from engine.errors import NotNow
from engine.office.people import OFFICE_ZONE, Person
from engine.store import Connection
from webui import beginning, phrases
from webui.commands import case_clocks, city
from webui.commands.answers import Answers, Instant
from webui.commands.language import said, worded
from webui.commands.talk import json_option, refuses, show

F = TypeVar("F", bound=Callable[..., Any])

as_person = click.option("--as", "account", required=True, metavar="PERSON", help="以此帳號的身分辦理。")
of_step = click.option("--step", metavar="PATH", help="步驟路徑，例如 PO-08；案件只有一個待辦時可省略。")
for_reason = click.option("--reason", required=True, help="理由。")
answers_option = click.option("--answers", type=Answers(), default="{}", help="JSON 物件，或 @檔案。")
case_argument = click.argument("case", metavar="CASE")


@click.group("case", help="案件：開案、列出、查看、領取、指派、完成、退回、收回、更正、撤案、展期、停止計時。")
def case_commands() -> None:
    pass


@case_commands.command("open", help="以某流程開案。")
@click.argument("sop", metavar="SOP")
@click.option("--start", help="起點；流程只有一個起點時可省略。")
@as_person
@answers_option
@click.option("--received-at", type=Instant(), help="送件時間；預設為現在。")
@click.option("--key", help="同一鍵只生效一次。")
@json_option
@refuses
def open_(
    sop: str, start: str | None, account: str, answers: dict[str, Any], received_at: datetime | None,
    key: str | None, as_json: bool,
) -> None:  # fmt: skip
    with city.open_city(as_json=as_json) as here, here.act() as (db, office):
        who = city.person(db, account, here.at)
        opened = cases.open_case(
            db, sop, who=who, at=here.at, office=office, answers=answers, start=start, received_at=received_at,
            key=key or secrets.token_urlsafe(18),
        )  # fmt: skip
        opened_as = _case_as_dict(db, opened.case_id, who)
    _say(opened_as, as_json)


@case_commands.command("list", help="此人的待辦。")
@as_person
@click.option("--view", type=click.Choice(["mine", "role", "done", "overdue"]), help="預設為自己的與可領取的。")
@json_option
@refuses
def list_(account: str, view: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        who = city.person(db, account, here.at)
        office = beginning.office(db, here.begun.key)
        views = [view] if view else ["mine", "role"]
        rows = [row for one in views for row in _items(db, who, here.at, one, office)]
    if as_json:
        show(rows)
        return
    for row in rows:
        click.echo(f"{row['number']}  {row['step']} {row['name']}  {row['unit_name'] or row['unit']}{_due(row)}")


def _items(db: Connection, who: Person, at: datetime, view: str, office: Office) -> list[dict[str, Any]]:
    if view == "overdue":
        page = desks.overdue(db, who=who, at=at, units=desks.units_watched(db, who), size=1000)
    else:
        page = desks.inbox(
            db, who=who, at=at, calendar=office.calendar, soon=office.rules.soon_days, view=cast(View, view), size=1000
        ).page
    return [dict(row) for row in page.rows]


@case_commands.command("show", help="一個案件：現況、待辦、期限、歷程。")
@case_argument
@as_person
@json_option
@refuses
def show_(case: str, account: str, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        who = city.person(db, account, here.at)
        row = desks.seen_by(db, city.case_id(db, case), who)
        file = _file_as_dict(db, row, who, here.at)
    _say(file, as_json)


@case_commands.command("claim", help="領取待辦。")
@case_argument
@of_step
@as_person
@json_option
@refuses
def claim(case: str, step: str | None, account: str, as_json: bool) -> None:
    _on_item(case, step, account, as_json, lambda db, item, **by: cases.claim(db, item, **by))


@case_commands.command("assign", help="主管指派待辦。")
@case_argument
@of_step
@click.option("--to", "other", required=True, metavar="PERSON", help="承辦人的帳號。")
@as_person
@json_option
@refuses
def assign(case: str, step: str | None, other: str, account: str, as_json: bool) -> None:
    def to_other(db: Connection, item: int, **by: Any) -> None:
        cases.assign(db, item, to=city.person(db, other, by["at"]).id or 0, **by)

    _on_item(case, step, account, as_json, to_other)


@case_commands.command("complete", help="完成待辦。")
@case_argument
@of_step
@as_person
@answers_option
@click.option("--check", "checklist", multiple=True, metavar="ID", help="已勾選的檢核項目；可重複。")
@click.option("--reason", help="理由（退回修正等結果需要）。")
@click.option("--key", help="同一鍵只生效一次。")
@json_option
@refuses
def complete(
    case: str, step: str | None, account: str, answers: dict[str, Any], checklist: tuple[str, ...],
    reason: str | None, key: str | None, as_json: bool,
) -> None:  # fmt: skip
    def done(db: Connection, item: int, **by: Any) -> None:
        cases.complete(
            db, item, answers=answers, checklist=checklist, reason=reason, key=key or secrets.token_urlsafe(18), **by
        )

    _on_item(case, step, account, as_json, done)


@case_commands.command("hand-back", help="退回待領。")
@case_argument
@of_step
@for_reason
@as_person
@json_option
@refuses
def hand_back(case: str, step: str | None, reason: str, account: str, as_json: bool) -> None:
    _on_item(case, step, account, as_json, lambda db, item, **by: cases.hand_back(db, item, reason=reason, **by))


@case_commands.command("send-back", help="退回先前已完成的步驟。")
@case_argument
@of_step
@click.option("--to", "to_step", required=True, metavar="PATH", help="退回到這個步驟。")
@for_reason
@as_person
@json_option
@refuses
def send_back(case: str, step: str | None, to_step: str, reason: str, account: str, as_json: bool) -> None:
    def back(db: Connection, item: int, **by: Any) -> None:
        cases.send_back(db, item, to_step=to_step, reason=reason, **by)

    _on_item(case, step, account, as_json, back)


@case_commands.command("recall", help="收回自己剛完成的步驟。")
@case_argument
@of_step
@for_reason
@as_person
@json_option
@refuses
def recall(case: str, step: str | None, reason: str, account: str, as_json: bool) -> None:
    def back(db: Connection, item: int, **by: Any) -> None:
        cases.recall(db, item, reason=reason, **by)

    _on_item(case, step, account, as_json, back, status="done")


@case_commands.command("amend", help="更正已完成步驟的內容；舊內容保留。")
@case_argument
@click.option("--step", required=True, metavar="PATH", help="要更正的步驟。")
@click.option("--answers", type=Answers(), required=True, help="JSON 物件，或 @檔案。")
@for_reason
@as_person
@json_option
@refuses
def amend(case: str, step: str, answers: dict[str, Any], reason: str, account: str, as_json: bool) -> None:
    def mended(db: Connection, case_id: int, **by: Any) -> None:
        cases.amend(db, case_id, step, answers=answers, reason=reason, **by)

    on_case(case, account, as_json, mended)


@case_commands.command("withdraw", help="撤案（研考科）。")
@case_argument
@for_reason
@as_person
@json_option
@refuses
def withdraw(case: str, reason: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, case_id, **by: cases.withdraw(db, case_id, reason=reason, **by))


@case_commands.command("extend", help="申請展期。")
@case_argument
@click.option("--deadline", required=True, metavar="ID", help="期限，例如 PO-D1。")
@click.option("--length", type=int, required=True, help="展期多久。")
@click.option("--unit", help="單位；預設為作業流程所定的單位。")
@for_reason
@as_person
@json_option
@refuses
def extend(
    case: str, deadline: str, length: int, unit: str | None, reason: str, account: str, as_json: bool
) -> None:  # fmt: skip
    def asked(db: Connection, case_id: int, **by: Any) -> None:
        cases.ask_extension(db, case_id, deadline, length=length, unit=unit, reason=reason, **by)

    on_case(case, account, as_json, asked)


@case_commands.command("decide-extension", help="核定案件待核定的展期申請。")
@case_argument
@click.option("--decision", type=click.Choice(["grant", "refuse"]), required=True, help="grant 核准，refuse 不准。")
@click.option("--deadline", metavar="ID", help="期限；只有一件待核定時可省略。")
@click.option("--reason", default="", help="核定意見；不准時必填。")
@as_person
@json_option
@refuses
def decide_extension(
    case: str, decision: str, deadline: str | None, reason: str, account: str, as_json: bool
) -> None:  # fmt: skip
    def decided(db: Connection, case_id: int, **by: Any) -> None:
        mine = [row for row in desks.to_decide(db, by["who"]) if row["case_id"] == case_id]
        if not mine:  # a stranger must not learn from the refusal what is asked for
            desks.seen_by(db, case_id, by["who"])
            mine = [row for row in desks.extensions(db, case_id) if row["state"] == "asked"]
        waits = [row["id"] for row in mine if deadline in (None, row["deadline_path"])]
        if len(waits) != 1:
            raise NotNow("no_extension_waits", "這個案件沒有待核定的展期申請，或不只一件，請指明期限。")
        cases.decide_extension(db, waits[0], grant=decision == "grant", reason=reason, **by)

    on_case(case, account, as_json, decided)


@case_commands.command("suspend", help="停止計時，等候陳情人。")
@case_argument
@for_reason
@as_person
@json_option
@refuses
def suspend(case: str, reason: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, case_id, **by: cases.suspend(db, case_id, reason=reason, **by))


@case_commands.command("continue", help="恢復計時，停止的時間全數順延。")
@case_argument
@click.option("--reason", default="", help="說明；可省略。")
@as_person
@json_option
@refuses
def proceed(case: str, reason: str, account: str, as_json: bool) -> None:
    on_case(case, account, as_json, lambda db, case_id, **by: cases.proceed(db, case_id, reason=reason, **by))


@case_commands.command("move-event", help="倒推期限所依據的事件改期；--preview 只看不改。")
@case_argument
@click.option("--event", required=True, metavar="NAME", help="事件的欄位名稱，例如 meeting_on。")
@click.option("--to", type=Instant(), required=True, help="新的時間。")
@click.option("--reason", default="", help="改期理由。")
@click.option("--preview", is_flag=True, help="只列出哪些期限會動。")
@as_person
@json_option
@refuses
def move_event(
    case: str, event: str, to: datetime, reason: str, preview: bool, account: str, as_json: bool
) -> None:  # fmt: skip
    if not preview:
        on_case(
            case, account, as_json,
            lambda db, case_id, **by: cases.move_event(db, case_id, event, to, reason=reason, **by),
        )  # fmt: skip
        return
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        row = desks.seen_by(db, city.case_id(db, case), city.person(db, account, here.at))
        office = beginning.office(db, here.begun.key)
        plan = planning.preview(db, row["id"], event, to, office=office)
    rows = [{"path": p.path, "name": p.name, "old": p.old, "new": p.new, "over": p.over} for p in plan]
    if as_json:
        show(rows)
        return
    for one in plan:
        old = _moment(one.old) if one.old else said("（尚未起算）")
        new = said("不變") if one.over else _moment(one.new)
        click.echo(f"{one.name}  {old} → {new}")


Verb = Callable[..., Any]


def _on_item(case: str, step: str | None, account: str, as_json: bool, verb: Verb, *, status: str = "open") -> None:
    def found(db: Connection, case_id: int, **by: Any) -> None:
        # a stranger must not learn from the refusal which steps are open
        desks.seen_by(db, case_id, by["who"])
        verb(db, city.item_id(db, case_id, step, status=status), **by)

    on_case(case, account, as_json, found)


def on_case(case: str, account: str, as_json: bool, verb: Verb) -> None:
    """One act of the person on the case with this number, in one transaction; then where the case stands."""
    with city.open_city(as_json=as_json) as here, here.act() as (db, office):
        who = city.person(db, account, here.at)
        case_id = city.case_id(db, case)
        by: dict[str, Person | datetime | Office] = {"who": who, "at": here.at, "office": office}
        verb(db, case_id, **by)
        stands = _case_as_dict(db, case_id, who)
    _say(stands, as_json)


def _case_as_dict(db: Connection, case_id: int, who: Person) -> dict[str, Any]:
    """Where the case stands after the act."""
    file = desks.read(db, desks.head(db, case_id), who=who, entries=1)
    return _facts(file.case) | {"open": [_item(row) for row in file.items if row["status"] == "open"]}


def _file_as_dict(db: Connection, row: Mapping[str, Any], who: Person, at: datetime) -> dict[str, Any]:
    """The whole file: what ``case show`` prints. Identity is in the vault and is not read here."""
    file = desks.read(db, row, who=who)
    return _facts(file.case) | {
        "sop_version": file.version_number,
        "open": [_item(one) for one in file.items if one["status"] == "open"],
        "items": [_item(one) for one in file.items],
        "deadlines": case_clocks.as_dicts(db, row, file.deadlines, at=at),
        "answers": [
            {name: one[name] for name in ("step", "answers", "checklist", "at", "by", "amends", "reason")}
            for one in file.answers
        ],
        "journal": [
            {name: one[name] for name in ("seq", "verb", "at", "by", "step", "reason", "effects")}
            for one in sorted(file.entries, key=lambda one: one["seq"])
        ],
        "documents": [
            {name: one[name] for name in ("id", "kind", "form", "step", "at", "facts", "returned_at", "returned_why")}
            for one in file.documents
        ],
        "incidents": [
            {name: one[name] for name in ("code", "sentence", "step", "at", "resolved_at")} for one in file.incidents
        ],
    }


_FACTS = (
    "id", "number", "title", "sop_id", "sop_name", "start", "status", "unit", "type", "channel", "received_at",
    "ended_at", "end", "close_reason", "dispatched_at", "released_at", "controlled_at", "suspended_at", "parent_id",
    "priority", "solved", "reopened_at",
)  # fmt: skip
_ITEM = (
    "id", "step", "opening", "name", "unit", "role", "assignee", "status", "opened_at", "due_at", "done_at", "done_by",
    "late",
)  # fmt: skip


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _FACTS}


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _ITEM}


def _say(case: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        show(case)
        return
    status = said(phrases.of(phrases.CASE_STATUS, case["status"]))
    click.echo(f"{case['number']}  {said(case['sop_name'] or case['sop_id'])}  {status}")
    for item in case["open"]:
        click.echo(f"  {worded('待辦 {0} {1}（{2}）', item['step'], item['name'], item['unit'])}{_due(item)}")
    for deadline in case.get("deadlines", ()):
        for line in case_clocks.lines(deadline):
            click.echo(f"  {line}")
    for entry in case.get("journal", ()):
        line = f"{_moment(entry['at'])} {entry['verb']}{' ' + entry['step'] if entry['step'] else ''}"
        click.echo(f"  {worded('{0}：{1}', line, entry['reason']) if entry['reason'] else line}")


def _due(row: Mapping[str, Any]) -> str:
    return f"  {worded('期限 {0}', _moment(row['due_at']))}" if row["due_at"] else ""


def _moment(at: datetime) -> str:
    return f"{at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
