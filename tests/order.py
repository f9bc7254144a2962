"""Who comes first, and who was slow.

``make test`` gives each of its processes a stretch of the list of tests, and who is done takes half of what another
still has. A long test that begins last keeps one process busy while the others wait: so each stretch begins with its
share of the long ones. At the end the ten slowest files are named; nothing is asserted about time.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

#: files with tests of many seconds, the longest first; browsers stand three apart, where one process has them all
LONG = (
    "browser/test_axe.py", "clock/test_many_clocks.py", "faults/test_kills.py",
    "browser/test_a_petition.py", "cases/test_recounting.py", "attacks/test_mutants.py",
    "rehearsal/test_demonstration.py", "flow/test_walks.py", "clock/test_a_week_down.py",
    "cli/test_serving.py", "walk/test_walk.py", "clock/test_killed_clocks.py",
    "diagrams/test_layout.py", "clock/test_clock_jumps.py", "faults/test_races.py",
)  # fmt: skip
#: what looks at the work of many others, and does itself what they have not done yet
LAST = "test_together_they_take_every_branch_of_every_procedure"
#: a run of fewer files is somebody's own, who knows what they run
MANY = 20


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if workers > 1 and len({item.path for item in items}) > MANY:
        items[:] = stretches(items, workers)


def stretches(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same tests; each worker's stretch, as xdist cuts them, begins with long ones."""
    files = [[item for item in items if item.path.as_posix().endswith(f"tests/{name}")] for name in LONG]
    shares = [[item for file in files[number::workers] for item in file] for number in range(workers)]
    if any(len(share) > len(items) // workers for share in shares):
        return items
    long = {id(item) for share in shares for item in share}
    rest = [item for item in items if id(item) not in long]
    others = iter(sorted(rest, key=lambda item: item.name == LAST))
    ordered: list[pytest.Item] = []
    for number, share in enumerate(shares):
        room = (len(items) - len(ordered)) // (workers - number)
        ordered += [*share, *islice(others, room - len(share))]
    return ordered


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    if len(seconds) > MANY:
        terminalreporter.section("the ten slowest files, in seconds on the clock")
        for file, took in seconds.most_common(10):
            terminalreporter.write_line(f"{took:7.1f}  {file}")
