"""作業流程: what is in force, its chart, the sheet for newcomers, what became different, how it is really done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from diagrams.png import png
from diagrams.steps_list import steps_list
from engine.cases import desks
from engine.cases.desks import practice as practices
from engine.cases.desks.procedures import folder_in_force, folder_of, papers, roles
from engine.errors import Missing
from engine.library.folder import SopFolder
from engine.office import people
from engine.store import Connection
from webui import charts, difference_view, door
from webui.pages import procedure_papers
from webui.paging import words_of
from webui.permissions import ADMINISTRATORS, CONTROL_OFFICE, PROCESS_OWNERS, SIGNED_IN, SUPERVISORS, belongs, permit

pages = Blueprint("procedures", __name__)
#: who may see how an SOP is really done
OVERSEERS = (PROCESS_OWNERS, ADMINISTRATORS, CONTROL_OFFICE)
HOUSE, OWN_UNITS = "house", "own"


@pages.get("/procedures")
@permit(SIGNED_IN)
def procedures() -> ResponseReturnValue:
    words = words_of(request)
    with door.look() as db:
        rows = desks.procedures(db, words=words)
    groups = (
        ("作業流程", [row for row in rows if not row["shared"]]),
        ("共用程序", [row for row in rows if row["shared"]]),
    )
    return render_template("procedures.html", groups=groups, words=words)


@pages.get("/procedures/<sop_id>")
@permit(SIGNED_IN)
def procedure(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        units = desks.units_watched(db, door.who())
        cases = desks.open_cases(db, sop_id, units=sorted(units) if units is not None else None, who=door.who())
        running = practices.running(db, sop_id)
    return render_template(
        "procedure.html", row=found.row, sop=found.sop, cases=cases, running=running,
        chart_of=charts.of_sop(found.sop, language=door.language()), oversees=overseeing(),
    )  # fmt: skip


@pages.get("/procedures/<sop_id>/sheet")
@permit(SIGNED_IN)
def sheet(sop_id: str) -> ResponseReturnValue:
    """For somebody new: everything on one page that prints."""
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        folder = folder_in_force(db, sop_id)
        register, called = papers(db), roles(db)
        units = {unit.id: unit.name for unit in people.units(db).values()}
    steps = [found.sop.nodes[line.id] for line in steps_list(found.sop)]
    return render_template(
        "procedure_sheet.html", row=found.row, sop=found.sop, papers=register, roles=called, units=units,
        forms=folder.screen_forms, oversees=overseeing(),
        steps=[s for s in steps if s.kind in ("user", "manual", "task", "call", "service", "rule")],
    )  # fmt: skip


@pages.get("/procedures/<sop_id>/practice")
@permit(*OVERSEERS)
def practice(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        seen = practices.practice(db, found.sop, calendar=door.office().calendar)
    gateways: dict[str, list[practices.Branch]] = {}
    for branch in seen.branches:
        gateways.setdefault(branch.gateway, []).append(branch)
    return render_template(
        "procedure_practice.html", row=found.row, seen=seen, gateways=gateways, newest=practices.NEWEST, oversees=HOUSE
    )  # fmt: skip


@pages.get("/procedures/<sop_id>/versions")
@permit(SIGNED_IN)
def versions(sop_id: str) -> ResponseReturnValue:
    """What became different from one version to another; the newest two where nobody chose."""
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        held, old, new = chosen(db, found, request.args)
        told = None
        if old is not None and old != new:
            both = folder_of(db, sop_id, old), folder_of(db, sop_id, new)
            wish = difference_view.wished(request.args.get("chart", ""), procedure_papers.facts(db))
            told = difference_view.between(*both, language=door.language(), wish=wish)
    return render_template(
        "procedure_versions.html", row=found.row, versions=held, old=old, new=new, told=told, oversees=overseeing(),
        renews=belongs(door.who(), CONTROL_OFFICE) and not found.row["shared"],
    )  # fmt: skip


def chosen(
    db: Connection, found: desks.Procedure, asked: Mapping[str, str]
) -> tuple[list[Mapping[str, Any]], int | None, int]:
    """The versions this person may see, and the two of them that are compared: (all, from, to)."""
    publishes = people.may(db, door.who(), "publish")
    held = [v for v in found.versions if publishes or v["state"] == "published"]
    numbers = [v["number"] for v in held]
    new = _number(asked.get("to", ""), numbers) or numbers[0]
    older = [n for n in numbers if n < new]
    return held, _number(asked.get("from", ""), numbers) or (older[0] if older else None), new


@pages.get("/procedures/<sop_id>/file.<kind>")
@permit(SIGNED_IN)
def file(sop_id: str, kind: str) -> ResponseReturnValue:
    """The chart itself, or its picture."""
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        number = _number(
            request.args.get("version", ""), [v["number"] for v in found.versions if v["state"] == "published"]
        )
        folder = _version(db, sop_id, number)
    if kind == "bpmn":
        return sent(folder.bpmn, f"{sop_id}.bpmn", "application/xml")
    if kind in ("svg", "png"):
        drawn = charts.of_sop(folder.sop, language=door.language()).svg
        if kind == "svg":
            return sent(drawn.encode(), f"{sop_id}.svg", "image/svg+xml")
        return sent(png(drawn), f"{sop_id}.png", "image/png")
    raise Missing("no_such_file", "沒有這種檔案。")


def overseeing() -> str:
    """Whose cases this person may look over in numbers: ``HOUSE``, those of ``OWN_UNITS``, or '' of nobody."""
    who = door.who()
    if any(belongs(who, audience) for audience in OVERSEERS):
        return HOUSE
    return OWN_UNITS if belongs(who, SUPERVISORS) else ""


def _version(db: Connection, sop_id: str, number: int | None) -> SopFolder:
    return folder_in_force(db, sop_id) if number is None else folder_of(db, sop_id, number)


def _number(text: str, known: list[int]) -> int | None:
    """A version of the address, when it is one that may be seen."""
    number = int(text) if re.fullmatch("[0-9]{1,6}", text) and text.isascii() else None
    return number if number in known else None


def sent(content: bytes, name: str, kind: str) -> Response:
    """As a download: a picture of our own, still never run as a page of ours."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
