"""The head of a case's page: its two clocks at a glance; and what a newcomer needs beside a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.cases import crossing, documents
from engine.errors import Missing
from engine.flow import ProjectedForm
from engine.library import register
from engine.library.bundles import projection
from webui import phrases, shown
from webui.case_parts import Clock, Now

if TYPE_CHECKING:
    from webui.case_view import CaseView

__all__ = ["Guide", "HeadClock", "guides", "head_clocks"]


@dataclass(frozen=True, slots=True)
class HeadClock:
    """One clock in three lines. ``clock`` is the deadline whose working can be read; None where nothing is due."""

    which: str
    state: str
    when: str
    clock: Clock | None = None

    @property
    def stands(self) -> bool:
        return self.clock is not None and self.clock.row["stopped_at"] is not None

    @property
    def runs(self) -> bool:
        return self.clock is not None and self.clock.row["ended_at"] is None and not self.stands


@dataclass(frozen=True, slots=True)
class Paper:
    """An official form at a step; ``document``: where it was made in this case, or handed to it."""

    ref: str
    name: str
    document: int | None


@dataclass(frozen=True, slots=True)
class Guide:
    """What a step stands on: laws, papers it takes and makes, how long it is planned for."""

    laws: Sequence[str]
    takes: Sequence[Paper]
    makes: Sequence[Paper]
    standard: str


def head_clocks(view: CaseView) -> list[HeadClock]:
    """A petition's two clocks, 公文 and 列管: a reply ends the one and not the other. Before them what else runs out
    first; of a case that is no petition, only that."""
    limits = [c for c in view.clocks() if c.row["regime"] != "standard"]
    running = [c for c in limits if c.row["ended_at"] is None]
    nearest = min(running, key=lambda c: (c.row["due_at"], c.row["id"]), default=None)
    two = {which: (state, when) for which, state, when in view.time.two_clocks()}
    found = []
    of_reply = nearest if nearest is not None and nearest.row["regime"] == "petition" else None
    if nearest is not None and (of_reply is None or not two):
        found.append(HeadClock(nearest.name, "", shown.when(nearest.row["due_at"]), nearest))
    for which, (state, when) in two.items():
        clock = of_reply if which == "公文" else None
        found.append(HeadClock(which, state, shown.when(clock.row["due_at"]) if clock else when, clock))
    return found


def guides(view: CaseView, now: Sequence[Now]) -> Mapping[int, Guide]:
    """For each open step, by item id. The names of the papers are asked for once."""
    steps = projection(view.db, view.case["bundle"], view.case["start"]).steps if now else {}
    forms = {n.item["id"]: steps[n.item["step"]].forms if n.item["step"] in steps else () for n in now}
    papers = {form.ref for some in forms.values() for form in some}
    names = register.names(view.db, papers) if papers else {}
    return {n.item["id"]: _guide(view, n, names, forms[n.item["id"]]) for n in now}


def _guide(view: CaseView, n: Now, names: Mapping[str, str], forms: Sequence[ProjectedForm]) -> Guide:
    made = {row["form"]: row for row in view.file.documents}

    def called(direction: str) -> list[Paper]:
        refs = dict.fromkeys(f.ref for f in forms if f.direction == direction and f.ref in names)
        found = {ref: Paper(ref, names[ref], made[ref]["id"] if ref in made else None) for ref in refs}
        back = [made[ref] for ref in refs if ref in made and made[ref]["kind"] == crossing.HANDED_BACK]
        for row in view.file.documents:  # what several have sent back, one beside the other
            if any((row["form"], row["step"], row["at"]) == (one["form"], one["step"], one["at"]) for one in back):
                found.pop(row["form"], None)
                found[f"{row['form']}/{row['id']}"] = Paper(row["form"], view.document_name(row), row["id"])
        if any(f.direction == direction and f.ref.startswith(documents.FROM_CALLER) for f in forms):
            handed = [row for row in view.file.documents if row["kind"] == crossing.HANDED_IN]
            found |= {row["form"]: Paper(row["form"], view.document_name(row), row["id"]) for row in handed}
        return list(found.values())

    laws = []
    for procedure in dict.fromkeys((_procedure(view, n.item["step"]), view.bundle.sop.id)):
        laws += [
            f"{law.name}{f'　{law.number}' if law.number else ''}" for law in view.bundle.sops[procedure].legal_basis
        ]
    planned = n.node.standard_time
    standard = f"{planned.value:g} {phrases.of(phrases.UNIT, planned.unit)}" if planned is not None else ""
    return Guide(list(dict.fromkeys(laws)), called("in"), called("out"), standard)


def _procedure(view: CaseView, path: str) -> str:
    try:
        return view.bundle.written_in(path)[0]
    except Missing:
        return view.bundle.sop.id
