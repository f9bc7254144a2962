"""An SOP's picture for a page, with its list; and beside a case's, the pictures of the procedures it is inside of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagrams.bpmn_svg import draw
from diagrams.standing import LOOKS, inside
from diagrams.steps_list import StepLine, steps_list
from engine.library.bundles import Bundle
from engine.sops.sop import Progress, Sop

#: the words of the states a case shows, for the legend
LEGEND = tuple((state, f"{LOOKS[state].sign} {LOOKS[state].word}") for state in ("done", "open", "late"))


@dataclass(frozen=True, slots=True)
class Chart:
    """``steps`` says in sentences all that ``svg`` shows."""

    name: str
    svg: str
    steps: Sequence[StepLine]


def of_sop(sop: Sop, progress: Progress | None = None) -> Chart:
    return Chart(sop.name, draw(sop, progress=progress), steps_list(sop, progress))


def of_case(bundle: Bundle, progress: Progress) -> list[Chart]:
    """The SOP itself, then each called procedure in which a step is open now, from the outside in."""
    charts = [of_sop(bundle.sop, progress)]
    calls = {
        call
        for path, state in progress.states.items()
        if state in ("open", "late")
        for call in _calls(path)
    }  # fmt: skip
    for call in sorted(calls, key=lambda path: (path.count("/"), path)):
        procedure, step = bundle.written_in(call)
        called = bundle.sops[procedure].nodes[step].called
        if called is not None and called in bundle.sops:
            charts.append(of_sop(bundle.sops[called], inside(progress, call)))
    return charts


def _calls(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]
