"""What the checks say about one SOP with its forms, tables and callees: every finding, and whether it could run.

Two rooms check: ``sops.check`` reads what is written, ``flow.check`` walks it. Here their findings are joined, and
the question of the command line is answered: readable, runnable, publishable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine import flow
from engine.errors import BadSop
from engine.library.folder import SopFolder, read_form, read_table
from engine.sops import check as written
from engine.sops import decisions
from engine.sops.sop import Finding, Sop

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refusal`` is why it cannot run (None: it can); ``blocking`` is what forbids publication."""

    findings: tuple[Finding, ...]
    refusal: BadSop | None = None

    @property
    def runnable(self) -> bool:
        return self.refusal is None

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.blocks)

    @property
    def has_errors(self) -> bool:
        return any(finding.level == "error" for finding in self.findings)


def check(folder: SopFolder, library: Mapping[str, SopFolder], *, operators: Collection[str] | None = None) -> Verdict:
    """Everything there is to say about an SOP. Raises BadSop only when its chart is not readable.

    ``operators`` are the names the registry knows; None: not asked.
    """
    sop = folder.sop
    sops, found = _readable(library, own=folder)
    forms = _each(folder.forms, read_form, found)
    tables = _each(folder.tables, read_table, found)
    for table in tables.values():
        found += decisions.check(table)
    found += written.check(sop, sops, forms=forms, tables=tables, operators=operators)
    walked = list(flow.check(sop, sops))
    findings = _unique([*found, *walked])
    return Verdict(findings, _refusal(sop, sops, [*walked, *(f for f in found if f.rule.startswith("expr_"))]))


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


def _refusal(sop: Sop, sops: Mapping[str, Sop], grave: Collection[Finding]) -> BadSop | None:
    """Why it cannot run: the flow is unsound, an expression is unsafe, or the projection of some start is refused."""
    for finding in grave:
        if finding.level == "error":
            return BadSop(finding.rule, finding.message, element=finding.element)
    for start in sop.starts():
        try:
            flow.project(sop, start.id, sops)
        except BadSop as bad:
            return bad
    return None


def _unique(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """Both rooms may say the same about an element: it is said once."""
    seen: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.rule, finding.element, finding.message), finding)
    return tuple(seen.values())
