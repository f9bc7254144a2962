"""What the checks say about one SOP with its forms, tables and callees: every finding, and whether it could run.

Two rooms check: ``sops.check`` reads what is written, ``flow.check`` walks it. Here their findings are joined, and
the question of the command line is answered: readable, runnable, publishable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine import flow
from engine.errors import BadSop
from engine.library.folder import SopFolder, read_form, read_table
from engine.sops import check as written
from engine.sops import decisions
from engine.sops.forms import ScreenForm
from engine.sops.rules.rule import Level, rules
from engine.sops.sop import Finding, Sop

Value = TypeVar("Value")

#: the chart names something that is not there: it could run, and would be an incident where it needs it
BESIDE = frozenset({"unknown_operator", "unknown_table"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """``runnable``: projection, expressions and soundness hold; what lies beside the chart may still be wrong.
    ``refusal`` is the first error (None: there is none); ``blocking`` is what forbids publication.
    """

    findings: tuple[Finding, ...]
    runnable: bool
    refusal: BadSop | None

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.blocks)


def check(
    folder: SopFolder,
    library: Mapping[str, SopFolder],
    *,
    operators: Collection[str] | None = None,
    levels: Mapping[str, Level] | None = None,
) -> Verdict:
    """Everything there is to say about an SOP. Raises BadSop only when its chart is not readable.

    ``operators`` are the names the registry knows; None: not asked. ``levels``: the reviewers' rules are asked too,
    at these levels by rule id or at their own; None: they are not asked, only whether it would run.
    """
    sop = folder.sop
    sops, beside = _readable(library, own=folder)
    forms = _each(folder.forms, read_form, beside)
    tables = _each(folder.tables, read_table, beside)
    for table in tables.values():
        beside += decisions.check(table)
    opening = dict(_opening_forms(sop, library))
    chart = [
        *flow.check(sop, sops),
        *written.check(
            sop, sops, forms=forms, tables=tables, operators=operators, opening_forms=opening, levels=levels
        ),
    ]
    harmless = BESIDE | {rule.id for rule in rules()}
    grave = [finding for finding in chart if finding.level == "error" and finding.rule not in harmless]
    findings = _unique([*grave, *beside, *chart])
    errors = [finding for finding in findings if finding.level == "error"]
    first = BadSop(errors[0].rule, errors[0].message, element=errors[0].element) if errors else None
    return Verdict(findings, runnable=not grave, refusal=first)


def _opening_forms(sop: Sop, library: Mapping[str, SopFolder]) -> Iterator[tuple[tuple[str, str], ScreenForm]]:
    """The forms by which the SOPs open that this one may open; what cannot be read is said where it is published."""
    for name in {node.called for node in sop.nodes.values() if node.kind == "call"}:
        folder = library.get(name or "")
        if folder is None:
            continue
        try:
            starts, forms = folder.sop.starts(), folder.screen_forms
        except BadSop:
            continue
        yield from (((folder.id, start.id), forms[start.id]) for start in starts if start.id in forms)


def _readable(library: Mapping[str, SopFolder], *, own: SopFolder) -> tuple[dict[str, Sop], list[Finding]]:
    """The callees as values. One that is not readable is left out, and said."""
    sops: dict[str, Sop] = {}
    found: list[Finding] = []
    for name, folder in {**library, own.id: own}.items():
        try:
            sops[name] = folder.sop
        except BadSop as bad:
            found.append(Finding("callee_unreadable", "error", f"共用流程 {name} 無法讀取：{bad.sentence}", name))
    return sops, found


def _each(texts: Mapping[str, str], read: Callable[[str, str], Value], found: list[Finding]) -> dict[str, Value]:
    """The forms or tables that can be read; the others become findings."""
    values: dict[str, Value] = {}
    for name, text in texts.items():
        try:
            values[name] = read(name, text)
        except BadSop as bad:
            found.append(Finding(bad.code, "error", bad.sentence, bad.element))
    return values


def _unique(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """Both rooms may say the same about an element: it is said once."""
    seen: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.rule, finding.element, finding.message), finding)
    return tuple(seen.values())
