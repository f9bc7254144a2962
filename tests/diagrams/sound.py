"""Random SOPs that could run: put together from blocks that keep one token one token, and named as offices name things.

Lanes, branches, loops back, parallel work, boundary timers, calls; long titles, Latin words, numbers. ``size`` is about
how many nodes it gets.
"""

from __future__ import annotations

import random
from dataclasses import replace

from engine.sops.sop import Node, Sop
from tests.diagrams.examples import sop

_DOES = ("登錄", "審查", "會辦", "彙整", "函復", "核定", "通知", "查核", "追蹤", "簽陳", "分辦", "擬訂")
_WHAT = (
    "陳情案件", "年度施政計畫（草案）", "預算書表", "KPI 達成率", "GIS 圖資", "會議紀錄", "補助款核銷憑證",
    "e-mail 與 LINE 官方帳號留言", "管考系統列管項目", "第 2 次複審意見", "ISO 9001:2015 內部稽核報告",
)  # fmt: skip
_TAIL = ("", "", "", "並副知相關機關", "（含附件及光碟）", "，逾期者由系統自動提醒承辦人及其主管", "後陳請局長核閱")
_ASKED = ("是否屬本單位權責", "文件齊全？", "核定", "需否會辦其他機關", "達成率是否 ≥ 80%", "")
_ANSWERS = (("是", "否"), ("核可", "退回修正"), ("同意", "不同意（敘明理由）"), ("列管", "免列管", "解除列管"))
_UNITS = ("承辦人", "科長", "研考科", "各機關（單位）", "秘書處文書科", "議會", "資訊科", "主計處")


def sound_sop(seed: int, size: int, lanes: int) -> Sop:
    return _Writer(seed, lanes).written(size)


class _Writer:
    def __init__(self, seed: int, lanes: int) -> None:
        self.chance = random.Random(f"sound {seed}")
        self.lanes = lanes
        self.nodes: list[Node] = []
        self.flows: list[tuple[str, str, str]] = []
        self.lane = 0

    def written(self, size: int) -> Sop:
        at = self._node("start", self.chance.choice(["受理", "每月 5 日", "市民送件"]))
        while len(self.nodes) < size - 1:
            at = self._block(at, min(3, 1 + (size - len(self.nodes)) // 12), "", looped=False)
        self._join([(at, "")], self._node("end", "結案"))
        made = sop(self.nodes, self.flows, self.lanes)
        names = self.chance.sample(_UNITS, self.lanes)
        return replace(made, lanes=tuple(replace(x, name=n) for x, n in zip(made.lanes, names, strict=True)))

    def _node(self, kind: str, name: str, on: str | None = None) -> str:
        if self.lanes and on is None and self.chance.random() < 0.3:
            self.lane = self.chance.randrange(self.lanes)
        id_ = f"n{len(self.nodes)}"
        lane = f"L{self.lane}" if self.lanes else None
        self.nodes.append(Node(id_, kind, name, lane=lane, attached_to=on))  # type: ignore[arg-type]
        return id_

    def _join(self, ways: list[tuple[str, str]], to: str) -> str:
        self.flows += [(source, to, name) for source, name in ways]
        return to

    def _title(self) -> str:
        return self.chance.choice(_DOES) + self.chance.choice(_WHAT) + self.chance.choice(_TAIL)

    def _block(self, at: str, depth: int, name: str, *, looped: bool) -> str:
        """What goes on from `at` (by a flow of that name), and the node to go on from."""
        kinds = ["step", "step", "step", "service", "call", "timed", "wait"]
        if depth:
            kinds += ["branch", "branch", "back", "back", "parallel"]
        kind = self.chance.choice(kinds)
        if kind == "branch":
            return self._branch(at, depth - 1, name, looped=looped)
        if kind == "back":
            return self._back(at, depth - 1, name)
        if kind == "parallel":
            return self._parallel(at, depth - 1, name)
        if kind == "wait":
            return self._join([(at, name)], self._node("catch", "等候 15 日"))
        if kind == "timed":
            return self._timed(at, name, looped=looped)
        return self._join([(at, name)], self._node({"step": "user"}.get(kind, kind), self._title()))

    def _chain(self, at: str, depth: int, name: str, *, looped: bool) -> str:
        for _ in range(self.chance.randint(1, 2 + depth)):
            at, name = self._block(at, depth, name, looped=looped), ""
        return at

    def _branch(self, at: str, depth: int, name: str, *, looped: bool) -> str:
        gate = self._join([(at, name)], self._node("exclusive", self.chance.choice(_ASKED)))
        answers = self.chance.choice(_ANSWERS)
        ways: list[tuple[str, str]] = []
        for i, answer in enumerate(answers):
            if i and self.chance.random() < 0.3:
                ways.append((gate, answer))
                continue
            end = self._chain(gate, depth, answer, looped=looped)
            if i and not looped and self.chance.random() < 0.25:
                self._join([(end, "")], self._node("end", self.chance.choice(["", "移文結案", "不予處理"])))
            else:
                ways.append((end, ""))
        step = self._node(*self.chance.choice([("user", self._title()), ("exclusive", "")]))
        return self._join(ways, step)

    def _back(self, at: str, depth: int, name: str) -> str:
        first = self._join([(at, name)], self._node("user", self._title()))
        end = self._chain(first, depth, "", looped=True)
        gate = self._join([(end, "")], self._node("exclusive", self.chance.choice(_ASKED)))
        self._join([(gate, "退回修正")], first)
        return self._join([(gate, "核可")], self._node("user", self._title()))

    def _parallel(self, at: str, depth: int, name: str) -> str:
        fork = self._join([(at, name)], self._node("parallel", ""))
        ways = [(self._chain(fork, depth, "", looped=True), "") for _ in range(self.chance.randint(2, 3))]
        return self._join(ways, self._node("parallel", ""))

    def _timed(self, at: str, name: str, *, looped: bool) -> str:
        step = self._join([(at, name)], self._node("user", self._title()))
        ways = [(step, "")]
        for words in self.chance.choice([["逾期未復"], ["限辦期限屆滿"], ["3 日前", "屆滿"]]):
            ways.append((self._node("boundary", words, on=step), ""))
        if not looped and self.chance.random() < 0.3:
            ways[-1] = (self._join([ways[-1]], self._node("service", "逾期自動結案並通知")), "")
        return self._join(ways, self._node("user", self._title()))
