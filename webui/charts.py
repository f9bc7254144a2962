"""An SOP's picture for a page, with its list; and beside a case's, the pictures of the procedures it is inside of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagrams.bpmn_svg import draw
from diagrams.standing import in_words, inside
from diagrams.steps_list import StepLine, steps_list
from engine.library.bundles import Bundle
from engine.sops.sop import Progress, Sop
from webui.words import FIRST, mixed, worded

#: the BPMN drawing
KINDS = ("bpmn",)


@dataclass(frozen=True, slots=True)
class Chart:
    """``steps`` says in sentences all that ``svg`` shows."""

    name: str
    svg: str
    steps: Sequence[StepLine]


def of_sop(sop: Sop, progress: Progress | None = None, *, language: str = FIRST) -> Chart:
    words, title = worded(language), title_of(sop, language)
    drawn = draw(sop, progress=progress, title=title, worded=words)
    steps = steps_list(sop, progress, worded=words)
    if language != FIRST:
        steps = tuple(replace(line, sentence=mixed(line.sentence)) for line in steps)
    return Chart(title, drawn, steps)


def legend(language: str) -> list[tuple[str, str]]:
    """The words of the states a case shows."""
    words = worded(language)
    return [(state, in_words(state, 1, words)) for state in ("done", "open", "late")]


def title_of(sop: Sop, language: str) -> str:
    """As its file names it in that language."""
    return sop.name if language == FIRST else sop.sheet.title_en or sop.name


def of_case(
    bundle: Bundle, progress: Progress, *, kind: str = KINDS[0], language: str = FIRST, day: float = 8.0
) -> list[Chart]:
    """The SOP itself, then each called procedure in which a step is open now, from the outside in.

    ``day``: the hours of a working day, for the times.
    """
    charts = [of_sop(bundle.sop, progress, language=language)]
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
            charts.append(of_sop(bundle.sops[called], inside(progress, call), language=language))
    return charts


def _calls(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]
