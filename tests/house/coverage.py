"""Which scenarios walk which branches: docs/coverage.md, written from the walks themselves.

    python -m tests.house.coverage

Every scenario is walked once, in memory. ``tests/rehearsal`` holds the page against the walks of the test run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.library import shelf
from engine.rehearsal import scenarios
from engine.rehearsal.branches import ways
from engine.rehearsal.scenarios import Scenario
from engine.sops import calls
from engine.sops.sop import Sop

ROOT = Path(__file__).parents[2]
PROCESSES = ROOT / "processes"
PAPER = ROOT / "docs" / "coverage.md"

#: how many scenarios the catalogue asks of each SOP, and the letters before their numbers
CATALOGUE = {
    "petition-online": ("TO", 8), "petition-visit-phone": ("TV", 7), "petition-written-fax": ("TW", 7),
    "mayor-meets-citizens": ("TM", 8), "council-report-compilation": ("TC", 6), "council-resolution-control": ("TR", 8),
    "service-quality-award": ("TQ", 7), "opinion-survey": ("TS", 8), "document-tracking": ("TD", 8),
    "annual-plan-control": ("TA", 8), "central-grant-infrastructure": ("TG", 7), "creative-proposal": ("TP", 8),
    "cp-healthy-city-committee-meeting": ("P1", 7), "cp-healthy-city-promotion": ("P1b", 1),
    "cp-municipal-meeting-paperless-upload": ("P2", 8), "cp-townscape-subsidy-plan": ("P3", 8),
    "cp-annual-policy-plan": ("P4", 8), "cp-comprehensive-development-plan": ("P5", 7),
    "cp-international-friendly-environment": ("P6", 8), "it-document-system-new-user": ("I1", 7),
    "it-account-request": ("I2", 8), "it-isms-document-revision": ("I3", 8),
    "it-system-maintenance, it-system-change-request, it-backup-routine": ("I4", 8),
    "it-email-mailbox-request, it-email-violation-handling": ("I5", 8),
}  # fmt: skip
#: what the catalogue walks in two scenarios and one of ours walks in one go
WITHIN = {
    "TM-4": "TM-3", "TC-2": "TC-5", "TC-3": "TC-5", "TC-6": "TC-5", "TR-5": "TR-8", "TR-7": "TR-1", "TQ-7": "TQ-3",
    "TS-4": "TS-2", "TS-5": "TS-3", "TS-6": "TS-3", "TS-7": "TS-3", "TG-2": "TG-1", "TG-3": "TG-6", "TG-5": "TG-1",
    "TG-7": "TG-1", "P6-6": "P6-1", "I3-8": "I3-1",
}  # fmt: skip

#: (SOP, gateway, flow)
Branch = tuple[str, str, str]
Taken = Mapping[str, Iterable[Branch]]


@dataclass(frozen=True, slots=True)
class Row:
    """One procedure: whose scenarios there are, and by whom each branch of its gateways is taken."""

    sop: Sop
    scenarios: int
    branches: Mapping[Branch, tuple[str, ...]]
    callers: tuple[str, ...]

    @property
    def gateways(self) -> int:
        return len({gateway for _, gateway, _ in self.branches})

    @property
    def untaken(self) -> list[Branch]:
        return [branch for branch, by in self.branches.items() if not by]

    @property
    def rare(self) -> list[tuple[Branch, str]]:
        return [(branch, by[0]) for branch, by in self.branches.items() if len(by) == 1]


def code(name: str) -> str:
    """What a scenario is called by: the first word of its name."""
    return name.split()[0]


def written() -> list[Scenario]:
    """Every scenario of every SOP."""
    folders = shelf.folder(PROCESSES).values()
    return [one for folder in folders if folder.scenarios for one in scenarios.read(folder.id, folder.scenarios)]


def asked() -> dict[str, list[str]]:
    """The catalogue's scenarios, by SOP."""
    return {sop: [f"{letters}-{n}" for n in range(1, most + 1)] for sop, (letters, most) in CATALOGUE.items()}


def walked_as(one: str, known: Iterable[str]) -> str | None:
    """The scenario of ours that walks this one of the catalogue; None where none does."""
    return next((ours for ours in (one, WITHIN.get(one, "")) if ours in known), None)


def rows(taken: Taken) -> list[Row]:
    """Every procedure, in the order of their ids. ``taken``: by scenario, what it took."""
    by: dict[Branch, list[str]] = defaultdict(list)
    for one, branches in taken.items():
        for branch in branches:
            by[branch].append(one)
    sops = {folder.id: folder.sop for folder in shelf.folder(PROCESSES).values()}
    counted: dict[str, int] = defaultdict(int)
    for scenario in written():
        counted[scenario.sop] += 1
    callers = {name: tuple(one for one in sorted(sops) if name in calls.called_by(sops[one])) for name in sops}
    return [
        Row(
            sop, counted[name],
            {(name, node.id, flow): tuple(sorted(by[name, node.id, flow])) for node, flow in ways(sop)},
            callers[name],
        )
        for name, sop in sorted(sops.items())
    ]  # fmt: skip


def paper(taken: Taken) -> str:
    found = rows(taken)
    every = [row for row in found if not row.sop.shared]
    shared = [row for row in found if row.sop.shared]
    branches = sum(len(row.branches) for row in found)
    untaken = [branch for row in found for branch in row.untaken]
    known = {code(one.name) for one in written()}
    named = [one for some in asked().values() for one in some]
    walked = [one for one in named if walked_as(one, known)]
    lines = [
        "# Which branches the scenarios take", "",
        "Made by `python -m tests.house.coverage`; a test holds it against the walks of every test run. A branch is a"
        " way out of an exclusive gateway that has more than one. It counts as taken when some scenario took it on the"
        " real engine, from a start to an end; a shared procedure's branches count wherever they are taken. *Rare* are"
        " the branches that exactly one scenario takes: whoever changes that scenario should know.", "",
        f"- Scenarios: {len(written())}. Of the catalogue's {len(named)}: {len(walked)} walked,"
        f" {sum(one not in known for one in walked)} of them within another one.",
        f"- Procedures: {len(every)} SOPs, {len(shared)} shared ones; {sum(row.gateways for row in found)} gateways.",
        f"- Branches: {branches}, taken {branches - len(untaken)}.",
        *(f"- Never taken: `{one[0]}` `{one[1]}` {_ways(found, one)}" for one in untaken),
        *(f"- Called by nobody: `{row.sop.id}`" for row in shared if not row.callers),
        *_table("SOPs", every, known), *_table("Shared procedures", shared, known), *_merged(known), *_rare(found),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _table(heading: str, found: list[Row], known: set[str]) -> Iterator[str]:
    last = "Called by" if found and found[0].sop.shared else "Catalogue"
    yield from ("", f"## {heading}", "")
    yield f"| SOP | | Scenarios | Gateways | Branches | Taken | Rare | {last} |"
    yield "|---|---|--:|--:|--:|--:|--:|---|"
    for row in found:
        sop, taken = row.sop, len(row.branches) - len(row.untaken)
        more = "、".join(f"`{one}`" for one in row.callers) if sop.shared else _asked(sop.id, known)
        yield (
            f"| `{sop.id}` | {sop.name} | {row.scenarios} | {row.gateways} | {len(row.branches)} | {taken} |"
            f" {len(row.rare)} | {more} |"
        )


def _asked(sop_id: str, known: set[str]) -> str:
    some = next((found for names, found in asked().items() if sop_id in names.split(", ")), [])
    return f"{sum(walked_as(one, known) is not None for one in some)} of {len(some)}" if some else ""


def _merged(known: set[str]) -> Iterator[str]:
    within = [(one, ours) for one, ours in WITHIN.items() if one not in known and ours in known]
    yield from ("", "## Of the catalogue, walked within another scenario", "")
    yield "、".join(f"{one} in {ours}" for one, ours in within) + "."


def _rare(found: list[Row]) -> Iterator[str]:
    yield from ("", "## Rare branches, and the one scenario that takes each", "")
    yield from ("| SOP | Gateway | Branch | Scenario |", "|---|---|---|---|")
    for row in found:
        for branch, by in row.rare:
            sop, gateway, _ = branch
            yield f"| `{sop}` | `{gateway}` {row.sop.nodes[gateway].name} | {_ways(found, branch)} | {by} |"


def _ways(found: list[Row], branch: Branch) -> str:
    sop = next(row.sop for row in found if row.sop.id == branch[0])
    flow = sop.flows[branch[2]]
    return flow.name or f"→ {sop.nodes[flow.target].name or flow.target}"


def main() -> None:
    everything = written()
    taken: dict[str, frozenset[Branch]] = {}
    for one in everything:
        outcome = scenarios.run(one, PROCESSES, siblings=[other for other in everything if other.sop == one.sop])
        if outcome.problems:
            raise SystemExit(f"{one.sop} {one.name}: {'; '.join(outcome.problems)}")
        taken[code(one.name)] = outcome.taken
    PAPER.write_text(paper(taken), "utf-8")


if __name__ == "__main__":
    main()
