"""What can be said against an SOP before it runs. Structure and soundness are ``flow.check``'s; the rest is here.

A finding of level error means: do not run it. Warnings block publication too, unless they say otherwise; a missing
drawing, lane or form and an undeclared variable are warnings, so that an SOP can be tried while it is being drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from engine.sops.forms import ScreenForm
from engine.sops.rules import branches, calls, page, references, time, variables
from engine.sops.rules.rule import Level, examine
from engine.sops.rules.subject import Subject
from engine.sops.rules.writers import Writers
from engine.sops.sop import Finding, Sop
from engine.sops.tables import Table


def check(
    sop: Sop,
    library: Mapping[str, Sop],
    *,
    forms: Mapping[str, ScreenForm] = MappingProxyType({}),
    tables: Mapping[str, Table] = MappingProxyType({}),
    operators: Collection[str] | None = None,
    opening_forms: Mapping[tuple[str, str], ScreenForm] = MappingProxyType({}),
    levels: Mapping[str, Level] | None = None,
) -> list[Finding]:
    """Every finding, errors first. ``forms`` by step id, ``tables`` by decision id; ``operators`` None: not asked.

    ``opening_forms``: of the SOPs that boxes open as cases, by SOP and start. ``levels``: the reviewers' rules are
    asked too, by rule id where the office decided otherwise; None: only what keeps it from running is asked.
    """
    subject = Subject(sop, library, forms, tables, operators, opening_forms)
    writers = Writers(subject)
    reached = variables.walk(subject, writers)
    found = [
        *sop.problems,
        *variables.check(subject, writers, reached),
        *branches.check(subject, writers, reached),
        *calls.check(subject),
        *references.check(subject),
        *time.check(subject),
        *page.check(subject),
        *(examine(subject, levels) if levels is not None else ()),
    ]
    rank = {"error": 0, "warning": 1, "info": 2}
    return sorted(dict.fromkeys(found), key=lambda one: rank[one.level])
