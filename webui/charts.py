"""An SOP's picture for a page, with its list; and beside a case's, the pictures of the procedures it is inside of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagrams import chart, times
from diagrams.bpmn_svg import draw
from diagrams.standing import in_words, inside
from diagrams.steps_list import StepLine, steps_list
from engine.library.bundles import Bundle
from engine.sops.sop import Progress, Sop
from webui.words import FIRST, mixed, worded

#: the chart with columns beside it, the BPMN drawing
KINDS = ("columns", "bpmn")
#: (word, value) pairs above a chart on paper
Head = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """``steps`` says in sentences all that ``svg`` shows. ``upright``: narrow and long, as the chart with columns."""

    name: str
    svg: str
    steps: Sequence[StepLine]
    upright: bool = False


def of_sop(sop: Sop, progress: Progress | None = None, *, language: str = FIRST) -> Chart:
    words, title = worded(language), title_of(sop, language)
    drawn = draw(sop, progress=progress, title=title, worded=words)
    return Chart(title, drawn, _steps(sop, progress, language))


def of_times(sop: Sop, progress: Progress, *, language: str = FIRST, day: float = 8.0) -> Chart:
    """The chart with columns: whose step it is, how long it is planned for and how long it took."""
    words, title = worded(language), title_of(sop, language)
    (drawn,) = on_pages(sop, progress, None, language=language, day=day)
    steps = [
        replace(line, sentence=f"{line.sentence}{told}")
        if (told := times.told(progress, line.id, day, words))
        else line
        for line in _steps(sop, progress, language)
    ]
    return Chart(title, drawn, steps, upright=True)


def on_pages(
    sop: Sop, progress: Progress, page: chart.Page | None, *, head: Head = (), title: str = "", language: str = FIRST,
    day: float = 8.0,
) -> tuple[str, ...]:  # fmt: skip
    """The same as SVG on sheets of paper; without ``page`` on one as large as it needs."""
    words, title = worded(language), title or title_of(sop, language)
    columns = (*chart.of(sop, ("owner", "time"), worded=words), times.column(sop, progress, day=day, worded=words))
    return chart.draw(sop, columns=columns, page=page, progress=progress, title=title, head=head, worded=words)


def _steps(sop: Sop, progress: Progress | None, language: str) -> Sequence[StepLine]:
    steps = steps_list(sop, progress, worded=worded(language))
    if language == FIRST:
        return steps
    return tuple(replace(line, sentence=mixed(line.sentence)) for line in steps)


def legend(language: str) -> list[tuple[str, str]]:
    """The words of the states a case shows."""
    words = worded(language)
    return [(state, in_words(state, 1, words)) for state in ("done", "open", "late", "waiting", "skipped")]


def title_of(sop: Sop, language: str) -> str:
    """As its file names it in that language."""
    return sop.name if language == FIRST else sop.sheet.title_en or sop.name


def of_case(
    bundle: Bundle, progress: Progress, *, kind: str = KINDS[0], language: str = FIRST, day: float = 8.0
) -> list[Chart]:
    """The SOP itself, then each called procedure in which a step is open now, from the outside in.

    ``day``: the hours of a working day, for the times.
    """

    def drawn(sop: Sop, stands: Progress) -> Chart:
        if kind == "columns":
            return of_times(sop, stands, language=language, day=day)
        return of_sop(sop, stands, language=language)

    return [drawn(sop, stands) for sop, stands in procedures(bundle, progress)]


def procedures(bundle: Bundle, progress: Progress) -> list[tuple[Sop, Progress]]:
    """The SOP itself, then each called procedure in which a step is open now, each with how the case stands in it."""
    found = [(bundle.sop, progress)]
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
            found.append((bundle.sops[called], inside(progress, call)))
    return found


def _calls(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]
