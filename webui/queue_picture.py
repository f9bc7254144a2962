"""Where the cases of an SOP wait, on its chart: columns beside the steps, a mark on each where something is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from diagrams import chart, times
from diagrams.chart import Column
from diagrams.standing import Look
from diagrams.wording import Worded
from engine.cases.desks.queues import Queue, Queues
from engine.sops.sop import Sop
from webui import charts
from webui.charts import Chart
from webui.words import FIRST, worded

__all__ = ["of_queues", "on_pages", "slowest"]

_OPEN = Look("", "●", "#e8f0fd", "#1746a2", "#1746a2", 2.5)
#: fewer times say nothing about a step
_ENOUGH = 3


def of_queues(sop: Sop, found: Queues, *, language: str = FIRST, day: float = 8.0) -> Chart:
    """The chart with how many cases are at each step and how long they wait there; the list says the same."""
    words = worded(language)
    steps = {step.id: step for step in found.steps}
    title = charts.title_of(sop, language)
    (drawn,) = on_pages(sop, found, None, language=language, day=day)
    lines = []
    for line in charts.of_sop(sop, language=language).steps:
        told = _told(steps, line.id, words, day)
        lines.append(replace(line, sentence=words("{0}，{1}", line.sentence, told)) if told else line)
    return Chart(title, drawn, lines, upright=True)


def on_pages(
    sop: Sop, found: Queues, page: chart.Page | None, *, language: str = FIRST, day: float = 8.0
) -> tuple[str, ...]:
    """The same as SVG on sheets of paper; without ``page`` on one as large as it needs."""
    words = worded(language)
    looks = {step.id: replace(_OPEN, word=words("{0} 件", step.open)) for step in found.steps if step.open}
    columns = (*_columns(found, words, day), *chart.of(sop, ("time",), worded=words))
    title = charts.title_of(sop, language)
    return chart.draw(sop, columns=columns, page=page, looks=looks, title=title, worded=words)


def slowest(found: Queues) -> Queue | None:
    """The step whose cases wait longest before somebody takes them; None where too little was counted."""
    counted = [step for step in found.steps if step.times >= _ENOUGH and step.waited]
    return max(counted, key=lambda step: step.waited or 0.0, default=None)


def _columns(found: Queues, words: Worded, day: float) -> list[Column]:
    longest = slowest(found)
    count, wait, own = {}, {}, {}
    for step in found.steps:
        if step.open:
            said = [words("{0} 件", step.open)]
            said += [words("未領取 {0}", step.free)] if step.free else []
            said += [words("最久 {0}", times.in_words(step.oldest, day, words))] if step.oldest is not None else []
            count[step.id] = tuple(said)
        if step.waited is not None:
            mark = [f"◆ {words('等待最久')}"] if step is longest else []
            wait[step.id] = (times.in_words(step.waited, day, words), *mark)
        if step.took is not None:
            own[step.id] = (times.in_words(step.took, day, words),)
    return [
        Column("open", words("目前件數"), count, 96.0),
        Column("waited", words("等待"), wait, 92.0),
        Column("took", words("辦理"), own, 76.0),
    ]


def _told(steps: Mapping[str, Queue], key: str, words: Worded, day: float) -> str:
    step = steps.get(key)
    if step is None:
        return ""
    said = [words("目前 {0} 件", step.open)]
    if step.waited is not None:
        said.append(words("等待 {0}", times.in_words(step.waited, day, words)))
    if step.took is not None:
        said.append(words("辦理 {0}", times.in_words(step.took, day, words)))
    return words("，").join(said)
