"""Where a case stands, as a picture: the chart with its states, the time each step took beside the planned one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.cases import desks
from engine.library.bundles import projection
from engine.sops.sop import Progress
from webui import charts, door, handing_in
from webui.case_view import CaseView
from webui.charts import Chart

__all__ = ["CasePicture", "picture", "progress"]


@dataclass(frozen=True, slots=True)
class CasePicture:
    """``mark`` tells whether the case has turned since; '' where it will not any more. ``kind``: which chart."""

    charts: Sequence[Chart]
    legend: Sequence[tuple[str, str]]
    kind: str
    mark: str


def progress(view: CaseView, asked: Sequence[handing_in.Box]) -> Progress:
    """States, rounds and times of every step. ``asked``: what the case waits for from others."""
    steps = projection(view.db, view.case["bundle"], view.case["start"]).steps
    nodes = {path: step.node for path, step in steps.items()}
    took = desks.spent(
        view.file.items, nodes, view.time.suspensions, at=view.at, calendar=view.office.calendar
    )  # fmt: skip
    return desks.progress(view.file, at=view.at, waiting=handing_in.waiting(asked), spent=took)


def picture(view: CaseView, asked: Sequence[handing_in.Box], *, kind: str = "") -> CasePicture:
    """``kind``: one of ``charts.KINDS``; the first where it is none of them."""
    language = door.language()
    kind = kind if kind in charts.KINDS else charts.KINDS[0]
    hours = view.office.calendar.day_length.total_seconds() / 3600
    drawn = charts.of_case(view.bundle, progress(view, asked), kind=kind, language=language, day=hours)
    lasts = view.case["status"] == "open"
    mark = desks.turned(view.db, view.case["id"], at=view.at) if lasts else ""
    return CasePicture(drawn, charts.legend(language), kind, mark)
