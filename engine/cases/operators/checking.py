"""The SOPs themselves as a matter of a case: a revision is checked before people look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from engine.cases import documents
from engine.cases.act import Act
from engine.cases.operators.registry import OPERATORS, operator
from engine.errors import BadSop, NotNow
from engine.flow import ProjectedStep
from engine.library import drafts, rule_levels, shelf
from engine.library.findings import Verdict
from engine.library.folder import SopFolder
from engine.office.people import office_day
from engine.sops.sop import Finding
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
        verdict = _verdict(act, sop_id)
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


def _verdict(act: Act, sop_id: str) -> Verdict | None:
    def walked(db: Connection, folder: SopFolder) -> Sequence[Finding]:
        """What its scenarios say, where somebody has walked them: a case waits for no walk."""
        if act.office.rehearse is None:
            return ()
        with suppress(NotNow):
            return act.office.rehearse(db, folder, act.office.calendar, office_day(act.at))
        return ()

    draft = drafts.find(act.db, sop_id)
    if draft is None:
        return shelf.verdict(act.db, sop_id, operators=OPERATORS)
    levels = rule_levels.levels(act.db)
    return drafts.check(act.db, draft, operators=OPERATORS, levels=levels, rehearse=walked)
