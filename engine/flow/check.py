"""Everything that forbids running an SOP, from all of its starts, as findings."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import BadSop
from engine.flow.chart import faults, unreached
from engine.flow.projection import project
from engine.sops.sop import Finding, Sop


def check(sop: Sop, library: Mapping[str, Sop]) -> list[Finding]:
    """Findings of shape, calls, expressions and soundness; an empty list means it can run from every start.

    The shape is reported whole. What lies deeper is reported once per start, at its first fault.
    """
    found = list({(fault.rule, fault.element): fault for fault in faults(sop)}.values())
    if found:
        return found
    try:
        found = list(unreached(sop))
        for start in sop.starts():
            try:
                project(sop, start.id, library)
            except BadSop as fault:
                one = Finding(fault.code, "error", fault.sentence, fault.element)
                if one not in found:
                    found.append(one)
    except BadSop as fault:  # a chart that cannot even be drawn flat
        found.append(Finding(fault.code, "error", fault.sentence, fault.element))
    return found
