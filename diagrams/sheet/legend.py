"""The symbols of the charts: each drawn as it stands on a chart, with what it means beside it."""

from __future__ import annotations

from itertools import pairwise
from types import MappingProxyType

from diagrams import chart
from diagrams.sheet.flow import PAGE
from diagrams.wording import Worded
from engine.sops.sop import Flow, Form, Node, NodeKind, Sheet, Sop

__all__ = ["pictures"]

#: what is drawn, from top to bottom: kind, its words, what it means
_SYMBOLS: tuple[tuple[str, NodeKind, str, str], ...] = (
    ("start", "start", "準備", "開始：誰送件、何時由行事曆開立。"),
    ("step", "user", "處理", "由人辦理，或由系統自動完成的步驟；左側為步驟編號。"),
    ("paper", "user", "文件", "產出文件的步驟；文件名稱在使用表格欄。"),
    ("call", "call", "已定義處理", "依另一個作業流程辦理。"),
    ("fork", "parallel", "並行", "以下各路同時進行，再到同樣的符號會合。"),
    ("asks", "exclusive", "決策", "依條件擇一而行，每一條線寫明條件。"),
    ("end", "end", "終止", "流程在此結束。"),
)


def pictures(worded: Worded) -> tuple[str, ...]:
    """One SVG per page. Raises Refusal 'dot_missing' where Graphviz is not installed."""
    names = [name for name, *_ in _SYMBOLS]
    flows = {f"{a}-{b}": Flow(f"{a}-{b}", a, b) for a, b in pairwise(names)}
    nodes = {
        name: Node(
            name, kind, worded(words), outgoing=tuple(flow.id for flow in flows.values() if flow.source == name),
            forms=(Form("paper", "out"),) if name == "paper" else (), called="call" if kind == "call" else None,
        )
        for name, kind, words, _ in _SYMBOLS
    }  # fmt: skip
    sop = Sop("legend", worded("圖例"), "", Sheet(), MappingProxyType(nodes), MappingProxyType(flows))
    told = MappingProxyType({name: (worded(meaning),) for name, _, _, meaning in _SYMBOLS})
    beside = chart.Column("meaning", worded("意義"), told, wide=330.0)
    return chart.draw(sop, columns=(beside,), page=PAGE, title=sop.name, worded=worded)
