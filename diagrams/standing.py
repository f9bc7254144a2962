"""Where a case stands on one procedure's picture: the state of each step in words, shapes and colours."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from diagrams.wording import Worded, as_written
from engine.sops.sop import Progress, StepState


@dataclass(frozen=True, slots=True)
class Look:
    """A state is told three ways: word and sign, line, colour. Each alone is enough."""

    word: str
    sign: str
    fill: str
    stroke: str
    badge: str  # background of the badge; its letters are white (contrast at least 4.5)
    thick: float = 1.5
    dashes: str = ""


LOOKS: dict[StepState, Look] = {
    "done": Look("完成", "✓", "#e8f3ea", "#25632f", "#25632f", 2.0),
    "open": Look("進行中", "▶", "#e8f0fd", "#1746a2", "#1746a2", 3.0),
    "late": Look("逾期", "！", "#fdeaea", "#a01717", "#a01717", 4.0),
    "waiting": Look("等待中", "…", "#fdf6e3", "#7a5200", "#7a5200", 2.0, "9 4"),
    "skipped": Look("略過", "－", "#f3f3f4", "#666b73", "#666b73", 1.5, "2 4"),
    "todo": Look("未開始", "", "#ffffff", "#22242a", "#666b73"),
}
#: the state of a call box is the most urgent one of the steps inside
_URGENT: tuple[StepState, ...] = ("late", "open", "waiting", "done", "skipped", "todo")


def state_of(progress: Progress | None, node: str) -> StepState | None:
    """The state of a node, or for a call box with an open step inside, of that step. None without a progress."""
    if progress is None:
        return None
    own = progress.states.get(node)
    inner = {state for path, state in progress.states.items() if path.startswith(node + "/")}
    for state in ("late", "open", "waiting"):
        if state in inner:
            return _URGENT[min(_URGENT.index(s) for s in inner | ({own} if own else set()))]
    if own:
        return own
    return next((state for state in _URGENT if state in inner), "todo")


def inside(progress: Progress, call: str) -> Progress:
    """The progress of the procedure called at step path `call`, for its own picture."""
    start = call + "/"
    return Progress(
        MappingProxyType({p.removeprefix(start): s for p, s in progress.states.items() if p.startswith(start)}),
        MappingProxyType({p.removeprefix(start): n for p, n in progress.visits.items() if p.startswith(start)}),
        MappingProxyType({p.removeprefix(start): t for p, t in progress.spent.items() if p.startswith(start)}),
    )


def in_words(state: StepState, visits: int, worded: Worded = as_written) -> str:
    """「✓ 完成」, 「▶ 進行中 ×3」."""
    look = LOOKS[state]
    words = f"{look.sign} {worded(look.word)}".strip()
    return f"{words} ×{visits}" if visits > 1 else words
