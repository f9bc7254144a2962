"""試走: a draft (or what is in force) walked step by step with its real forms, in a city that is thrown away.

The page carries the walk itself: nothing of it is stored until somebody keeps it as a scenario of the draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine.cases.desks.procedures import folder_in_force
from engine.cases.operators import OPERATORS
from engine.errors import BadSop, Invalid
from engine.library import drafts
from engine.library.drafts import Draft
from engine.library.folder import SopFolder
from engine.office import people
from engine.rehearsal import carried, laying, scenarios, trial
from engine.rehearsal.scenarios import Scenario
from engine.rehearsal.trial import Stand, Waiting
from engine.sops.forms import ScreenForm
from engine.sops.texts import clean_text
from engine.store import Connection
from webui import charts, door, refusals
from webui.fields import ask, declared, lists_in
from webui.pages.workshop import AUDIENCE, WRITERS
from webui.permissions import permit
from webui.posted import ANSWER, Posted
from webui.shown import local
from webui.time_view import TimeView

pages = Blueprint("trial", __name__)
WAITS = {"hour": "上班小時", "workday": "工作天"}
LABELS = {"at": "開始時間", "start": "起點", "unit": "承辦單位", "name": "情境名稱", "wait": "等候"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One look at a trial: what is walked, how far it came, and what is wrong with the last thing asked."""

    folder: SopFolder
    draft: Draft | None
    scenario: Scenario | None = None
    stand: Stand | None = None
    wrong: Mapping[str, str] | None = None
    at: str = ""  # the waiting step the wrong answer was for
    given: Mapping[str, Any] | None = None
    broken: str = ""


@pages.get("/workshop/<sop_id>/try")
@permit(*AUDIENCE)
def begin(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        return _page(db, _of(db, sop_id))


@pages.post("/workshop/<sop_id>/try")
@permit(*AUDIENCE)
def walk(sop_id: str) -> ResponseReturnValue:
    """The walk so far and one thing more: begun, a step answered, a timer let come, a step taken back."""
    form = door.posted()
    with door.look() as db:
        tried = _of(db, sop_id)
        if form.one("act") == "begin":
            tried = _begun(db, tried, form)
        else:
            tried = _further(db, tried, form)
        return _page(db, tried), 422 if tried.wrong else 200


@pages.post("/workshop/<sop_id>/try/keep")
@permit(*WRITERS)
def keep(sop_id: str) -> ResponseReturnValue:
    """The walk, at its end, as one more scenario of the draft."""
    form = door.posted()
    form.only({"walk", "name"})
    name = clean_text(form.one("name"), limit=100)
    with door.look() as db:
        tried = _walked(db, _of(db, sop_id), carried.read(sop_id, form.one("walk")))
        draft = drafts.read(db, sop_id)
    try:
        if not name:
            raise Invalid("scenario_name", "請為情境取一個名稱。", fields={"name": "請為情境取一個名稱。"})
        if name in {one.name for one in scenarios.read(sop_id, draft.scenarios)}:
            said = f"草案裡已有「{name}」這個情境。"
            raise Invalid("scenario_name", said, fields={"name": said})
        if tried.scenario is None or tried.stand is None or tried.broken:
            raise Invalid("trial_open", "還沒有走到終點，不能存為情境。")
        text = trial.as_scenario(
            tried.scenario, name, tried.stand, tried.folder.screen_forms.get(tried.scenario.start)
        )  # fmt: skip
        together = f"{draft.scenarios.rstrip()}\n{text}".lstrip()
        scenarios.read(sop_id, together)  # what is kept can be read again, whatever the file was
        with door.act() as db:
            drafts.save(db, sop_id, revision=draft.revision, scenarios=together, who=door.who(), at=g.at)
    except Invalid as refused:
        with door.look() as db:
            return _page(db, replace(tried, wrong=refused.fields or {"": refused.sentence})), refused.status
    return door.go("workshop.draft", "scenario-kept", sop_id=sop_id)


def _of(db: Connection, sop_id: str) -> Tried:
    draft = drafts.find(db, sop_id)
    folder = draft.folder if draft is not None else folder_in_force(db, sop_id)
    tried = Tried(folder, draft)
    if draft is None:
        return tried
    try:
        verdict = drafts.check(db, draft, operators=OPERATORS)
    except BadSop as bad:
        return replace(tried, broken=bad.sentence)
    if not verdict.runnable and verdict.refusal is not None:
        where = f"（{verdict.refusal.element}）" if verdict.refusal.element else ""
        return replace(tried, broken=f"{verdict.refusal.sentence}{where}")
    return tried


def _begun(db: Connection, tried: Tried, form: Posted) -> Tried:
    node = next((one for one in tried.folder.sop.starts() if one.id == form.one("start")), None)
    screen = tried.folder.screen_forms.get(node.id) if node is not None else None
    single, several = declared(screen)
    form.only(single | {"act", "start", "at", "unit"}, several=several)
    answers = dict(form.answers(lists_in(screen)))
    try:
        at = carried.begins(form.one("at"))
    except Invalid as bad:
        return replace(tried, wrong=bad.fields, given=answers, at=form.one("start"))
    if node is None:
        return replace(tried, wrong={"start": "請選擇起點。"})
    given: dict[str, Any] = {"at": f"{local(at):%Y-%m-%dT%H:%M}", "who": trial.opener(db, g.at), "answers": answers}
    if form.one("unit"):
        given["unit"] = form.one("unit")
    done = _walked(db, tried, trial.begun(tried.folder, given, node.id, ()))
    if done.stand is None:
        return replace(tried, wrong=done.wrong or {"": done.broken}, given=answers, at=node.id)
    return done


def _further(db: Connection, tried: Tried, form: Posted) -> Tried:
    scenario = carried.read(tried.folder.id, form.one("walk"))
    if form.one("act") == "back":
        form.only({"walk", "act", "to"})
        kept = form.number("to") if form.one("to") else len(scenario.steps) - 1
        return _walked(db, tried, replace(scenario, steps=scenario.steps[: max(kept or 0, 0)]))
    before = _walked(db, tried, scenario)
    if before.stand is None or before.broken:
        return before
    if form.one("act") == "ring":
        form.only({"walk", "act", "timer"})
        line: dict[str, Any] = {"rings": form.one("timer")}
    elif form.one("act") == "pass":
        form.only({"walk", "act"})
        line = {"until": _just_after(before.stand)}
    else:
        waits = _waiting(before.stand, form)
        line = _line(waits, form)
    after = _walked(db, tried, replace(scenario, steps=(*scenario.steps, line)))
    if after.broken or after.wrong:
        wrong = after.wrong or {"": after.broken}
        return replace(before, wrong=wrong, at=f"{form.one('case')}|{form.one('step')}", given=line.get("answers"))
    return after


def _just_after(reached: Stand) -> str:
    """The instant by which what rings next has rung."""
    if reached.next_at is None:
        raise Invalid("nothing_rings", "之後沒有提醒、稽催或期限。")
    return f"{local(reached.next_at) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%S}"


def _waiting(reached: Stand, form: Posted) -> Waiting:
    for one in reached.waiting:
        if (one.case, one.path) == (form.one("case"), form.one("step")):
            return one
    raise Invalid("step_not_open", "這個步驟已經不在等候，請重新整理。")


def _line(waits: Waiting, form: Posted) -> dict[str, Any]:
    """What was answered, as a scenario writes it."""
    single, several = declared(waits.screen)
    outcome = waits.step.node.outcome
    variable = {ANSWER + outcome.variable} if outcome else set()
    form.only(
        single | variable | {"walk", "act", "case", "step", "wait", "wait_unit", "reason"},
        several=several | {"checklist"},
    )
    line: dict[str, Any] = {"step": waits.path, "who": waits.who, "answers": dict(form.answers(lists_in(waits.screen)))}
    if waits.case:
        line["case"] = waits.case
    if form.many("checklist"):
        line["checklist"] = list(form.many("checklist"))
    if form.one("reason"):
        line["reason"] = form.one("reason")
    length = form.number("wait")
    if length and form.one("wait_unit") in WAITS:
        line["after"] = f"{min(length, carried.LONGEST)} {form.one('wait_unit')}"
    return line


def _walked(db: Connection, tried: Tried, scenario: Scenario) -> Tried:
    """Everything from the beginning, in a city of its own."""
    if tried.broken:
        return tried
    begins = scenarios.instant(scenario.given["at"])
    city = laying.lay(db, tried.folder, door.office().calendar, begins, people.office_day(g.at))
    try:
        walk, done, refused = trial.walked(city, scenario)
        if walk is None:
            return replace(
                tried, scenario=scenario, wrong=refusals.by_field(refused), broken=refused.sentence if refused else ""
            )
        reached = trial.stand(walk)
        if refused is not None:
            kept = replace(scenario, steps=scenario.steps[:done])
            return replace(tried, scenario=kept, stand=reached, wrong=refusals.by_field(refused))
        return replace(tried, scenario=scenario, stand=reached)
    finally:
        city.store.close()


def _page(db: Connection, tried: Tried) -> str:
    folder, reached = tried.folder, tried.stand
    units = {unit_id: unit.name for unit_id, unit in people.units(db, g.at).items()}
    given, wrong = tried.given or {}, tried.wrong or {}
    starts = [
        (node, _asked(folder.screen_forms.get(node.id), tried.at == node.id, given, wrong, units, f"{node.id}-"))
        for node in folder.sop.starts()
    ]
    waiting = [
        (one, _asked(one.screen, tried.at == f"{one.case}|{one.path}", given, wrong, units, f"{at}-"))
        for at, one in enumerate(reached.waiting if reached else ())
    ]
    names = reached.names if reached is not None else {}
    so_far = carried.write(tried.scenario) if tried.scenario is not None else ""
    return render_template(
        "trial.html", sop=folder.sop, draft=tried.draft, tried=tried, starts=starts, waiting=waiting, walk=so_far,
        begins=f"{local(g.at):%Y-%m-%dT%H:%M}", names=names, time=TimeView, instant=scenarios.instant,
        wrong=wrong, labels=LABELS, waits=WAITS,
        units=sorted(units.items(), key=lambda unit: unit[1]),
        chart_of=charts.of_sop(folder.sop, reached.progress, language=door.language()) if reached else None,
        may_keep=drafts.may_write(db, tried.draft, door.who()),
    )  # fmt: skip


def _asked(
    screen: ScreenForm | None, mine: bool, given: Mapping[str, Any], wrong: Mapping[str, str],
    units: Mapping[str, str], scope: str,
) -> Any:  # fmt: skip
    """A form without its files: a trial has none to hand in."""
    asked = ask(screen, given=given if mine else {}, wrong=wrong if mine else {}, units=units, scope=scope)
    return [one for one in asked if one.way != "files"]
