"""The SOPs themselves as a matter of a case: a revision is checked before people look at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cases import documents
from engine.cases.act import Act
from engine.cases.operators.registry import OPERATORS, operator
from engine.errors import BadSop
from engine.flow import ProjectedStep
from engine.library import drafts, rule_levels, shelf
from engine.library.findings import Verdict
from engine.store import Connection

#: findings a report writes out; the rest it counts
MOST_LINES = 50


@operator("sop.check", required=("sop",), results=("found", "errors", "warnings"))
def check(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check an SOP's working draft, else its newest draft that was brought in, else what is in force; register the
    report.

    ``found`` is ``no`` for an id the library does not know. A chart that cannot be read counts as one error.
    """
    sop_id = str(args["sop"]).strip()
    try:
        verdict = _verdict(act.db, sop_id)
    except BadSop as bad:
        found, errors, warnings, lines = "yes", 1, 0, [bad.sentence]
    else:
        found = "no" if verdict is None else "yes"
        findings = verdict.findings if verdict is not None else ()
        errors = sum(one.level == "error" for one in findings)
        warnings = sum(one.level == "warning" for one in findings)
        lines = [f"{one.element or ''} {one.message}".strip() for one in findings if one.level != "info"]
    documents.make(
        act, step, kind="record",
        facts={"sop": sop_id, "errors": errors, "warnings": warnings, "list": "\n".join(lines[:MOST_LINES])},
    )  # fmt: skip
    return {"found": found, "errors": errors, "warnings": warnings}


def _verdict(db: Connection, sop_id: str) -> Verdict | None:
    draft = drafts.find(db, sop_id)
    if draft is None:
        return shelf.verdict(db, sop_id, operators=OPERATORS)
    return drafts.check(db, draft, operators=OPERATORS, levels=rule_levels.levels(db))
