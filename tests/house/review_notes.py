"""What became of each numbered review note of the sources: docs/review-notes.md, written from the SOPs themselves.

    python -m tests.house.review_notes

How many numbered notes (註1…) the reviewers wrote to each flowchart is a fact of the sources; each must hang on a step
of the SOP's chart, or of a chart that took over a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from engine.sops import bpmn
from engine.sops.sop import Note, Sop

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "docs" / "review-notes.md"
#: SOP → numbered notes of its flowchart in the sources; and the charts into which parts of it went
NOTES = {
    "petition-online": 6, "petition-visit-phone": 3, "petition-written-fax": 4, "mayor-meets-citizens": 5,
    "council-report-compilation": 7, "council-resolution-control": 5, "service-quality-award": 7, "opinion-survey": 6,
    "document-tracking": 3, "annual-plan-control": 9, "central-grant-infrastructure": 7, "creative-proposal": 4,
    "cp-healthy-city-committee-meeting": 6, "cp-municipal-meeting-paperless-upload": 5, "cp-townscape-subsidy-plan": 7,
    "cp-annual-policy-plan": 11, "cp-comprehensive-development-plan": 9, "cp-international-friendly-environment": 4,
    "it-document-system-new-user": 8, "it-account-request": 4, "it-isms-document-revision": 3,
    "it-system-maintenance": 8, "it-email-mailbox-request": 3,
}  # fmt: skip
PARTS = {"it-system-maintenance": ("it-system-change-request", "it-backup-routine")}
_BECAME = {
    "user": "步驟", "manual": "步驟", "exclusive": "決策", "rule": "決策表", "service": "系統辦理", "call": "共用程序",
    "boundary": "時限", "timer": "時限", "start": "起點", "end": "終點", "parallel": "並行",
}  # fmt: skip


@cache
def sops() -> dict[str, Sop]:
    return {file.stem: bpmn.read(file.read_bytes()) for file in sorted((ROOT / "processes").rglob("*.bpmn"))}


def found(sop_id: str, known: dict[str, Sop]) -> Iterator[tuple[str, list[tuple[Sop, Note]]]]:
    """Each numbered note of a flowchart, and where it hangs: nowhere is an empty list."""
    charts = [known[one] for one in (sop_id, *PARTS.get(sop_id, ())) if one in known]
    for n in range(1, NOTES[sop_id] + 1):
        yield f"註{n}", [(sop, note) for sop in charts for note in sop.notes if note.id == f"註{n}"]


def paper() -> str:
    known = sops()
    here = [sop_id for sop_id in NOTES if sop_id in known]
    lines = [
        "# The reviewers' notes, and what became of each", "",
        f"The sources hold {sum(NOTES.values())} numbered notes (註1…) to {len(NOTES)} flowcharts. Each hangs on the"
        " step that answers it, and reads in the SOP as written. Made by `python -m tests.house.review_notes`;"
        " a test holds it against the charts.", "",
        f"Answered: {sum(NOTES[one] for one in here)}. Flowcharts not yet an SOP here:"
        f" {'、'.join(f'`{one}` ({NOTES[one]})' for one in NOTES if one not in known) or 'none'}.",
    ]  # fmt: skip
    for sop_id in here:
        lines += ["", f"## {known[sop_id].name}", "", "| 註 | 成為 | 步驟 | 處理 |", "|---|---|---|---|"]
        for number, places in found(sop_id, known):
            lines += [
                f"| {number} | {_became(sop, note)} | {_where(sop, note)} | {note.text} |" for sop, note in places
            ]
    return "\n".join(lines) + "\n"


def _became(sop: Sop, note: Note) -> str:
    return _BECAME.get(sop.nodes[note.step].kind, "步驟") if note.step in sop.nodes else "說明"


def _where(sop: Sop, note: Note) -> str:
    if note.step not in sop.nodes:
        return f"`{sop.id}`"
    return f"`{note.step}` {sop.nodes[note.step].name}"


if __name__ == "__main__":
    PAPER.write_text(paper(), "utf-8")
