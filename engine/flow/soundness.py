"""Proof that a procedure cannot get lost: 1-safe, always able to end, no dead step, no machine-only cycle.

A chart is read as a Petri net: every flow is a place, a call is one step. Conditions are ignored (any branch may be
taken, any timer may fire), so a sound chart is sound whatever people answer. Series of plain nodes are melted into one
place first; that changes none of the four properties and keeps wide parallel charts small. What the machine does on the
side branch of a non-interrupting timer happens at once, as it does when it runs: a branch that only tells somebody is
over before its timer could be set again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.flow.chart import WAITING_KINDS, Arrow, Chart, side_nodes
from engine.flow.sentences import refused

MAX_MARKINGS = 20_000


@dataclass(frozen=True, slots=True)
class Manner:
    """What a caller has to know of a procedure it calls as one step."""

    sequential: bool  # never more than one token inside
    always_waits: bool  # no way from start to end without a person or a timer
    leaves_side: bool  # a side branch may still be open after the main line has left


@dataclass(frozen=True, slots=True)
class _Change:
    """One thing that can happen: takes all of ``needs``, clears ``clears`` where marked, puts ``puts``."""

    key: str
    needs: int
    clears: int
    puts: int
    opens_side: bool = False
    at_once: bool = False


def manner(chart: Chart, called: Mapping[str, Manner]) -> Manner:
    """How the procedure behaves as one step of a caller. ``called`` maps each call box of the chart to its manner."""
    boxes = [called[key] for key, kind in chart.kinds.items() if kind == "call"]
    side_waits = any(chart.kinds[key] in WAITING_KINDS or chart.kinds[key] == "call" for key in side_nodes(chart))
    return Manner(
        sequential=chart.sequential and all(box.sequential for box in boxes),
        always_waits=not _passes_without_wait(chart, called),
        leaves_side=side_waits or any(box.leaves_side for box in boxes),
    )


def prove(chart: Chart, called: Mapping[str, Manner]) -> frozenset[str]:
    """The nodes that can be the only thing going on, from where the case is known to go well.

    Raises BadSop with the first thing that makes the chart unsound.
    """
    _no_machine_loop(chart, called)
    net = _Net(chart, called)
    alone = _explore(chart, net)
    return frozenset(key for key in chart.kinds if net.places_of(key) & alone)


def _is_wait(chart: Chart, called: Mapping[str, Manner], key: str) -> bool:
    kind = chart.kinds[key]
    return kind in WAITING_KINDS or (kind == "call" and called[key].always_waits)


def _instant(chart: Chart, called: Mapping[str, Manner]) -> Callable[[str], list[str]]:
    """Where a token goes on from a node without any person or timer."""

    def following(key: str) -> list[str]:
        return [] if _is_wait(chart, called, key) else [arrow.target for arrow in chart.outs[key]]

    return following


def _passes_without_wait(chart: Chart, called: Mapping[str, Manner]) -> bool:
    following = _instant(chart, called)
    seen, todo = {chart.start}, [chart.start]
    while todo:
        for other in following(todo.pop()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return any(end in seen for end in chart.main_ends)


def _no_machine_loop(chart: Chart, called: Mapping[str, Manner]) -> None:
    following = _instant(chart, called)
    done: set[str] = set()
    for root in chart.kinds:
        if root in done:
            continue
        path, branches = [root], [iter(following(root))]
        while path:
            for other in branches[-1]:
                if other in path:
                    raise refused("machine_loop", other.removesuffix("#out"))
                if other not in done:
                    path.append(other)
                    branches.append(iter(following(other)))
                    break
            else:
                done.add(path.pop())
                branches.pop()


class _Net:
    """The chart as places (bits) and changes."""

    def __init__(self, chart: Chart, called: Mapping[str, Manner]) -> None:
        self.chart = chart
        self.called = called
        self.names: list[str] = []  # the element a token on this place comes to first, for refusals
        self.takers: dict[int, str] = {}  # and the one that takes it away
        self.changes: list[_Change] = []
        self._place_of: dict[int, int] = {}  # id(arrow) → bit, shared by arrows melted together
        self.melted: dict[str, int] = {}  # node → the place it was melted into
        self._guards_on: dict[str, list[str]] = {}
        for guard in chart.guards.values():
            for key in guard.over:
                self._guards_on.setdefault(key, []).append(guard.key)
        self.side = side_nodes(chart)
        self._hosts: dict[str, int] = {}  # a host → the place of its being open
        self._armed = {g.key: self._new_place(g.key) for g in chart.guards.values() if not g.node.interrupting}
        self.armed = _all(list(self._armed.values()))  # timers, not tokens
        self._melt()
        for key, kind in chart.kinds.items():
            if key not in self.melted:
                self._add(key, kind)
        self.first = sum({self._place(arrow) for arrow in chart.outs[chart.start]})

    def _new_place(self, name: str) -> int:
        self.names.append(name)
        return 1 << (len(self.names) - 1)

    def _place(self, arrow: Arrow) -> int:
        if id(arrow) not in self._place_of:
            place = self._place_of[id(arrow)] = self._new_place(arrow.target)
            self.takers[place] = arrow.target
        return self._place_of[id(arrow)]

    def places_of(self, key: str) -> int:
        """Every place a token may have that is at a node."""
        return self.melted.get(key, 0) | self._hosts.get(key, 0) | _all([self._place(a) for a in self.chart.ins[key]])

    def _melt(self) -> None:
        """Nodes with one way in and one way out that nothing can interrupt share one place with their neighbours."""
        for key, kind in self.chart.kinds.items():
            ins, outs = self.chart.ins[key], self.chart.outs[key]
            plain = (
                key != self.chart.start
                and kind not in ("end", "boundary")
                and not self._is_host(key)
                and not self._arms(key)
            )
            if key in self.side and (kind in WAITING_KINDS or kind == "call"):
                plain = False  # a place on a side branch must tell whether somebody is waited for
            if plain and len(ins) == len(outs) == 1 and ins[0].source != key:
                before, after = self._place(ins[0]), self._place(outs[0])
                if before == after:
                    continue  # a ring of plain nodes: kept whole, it has no entry anyway
                for arrow, place in self._place_of.items():
                    if place == after:
                        self._place_of[arrow] = before
                for node, place in self.melted.items():
                    if place == after:
                        self.melted[node] = before
                self.melted[key] = before
                self.takers[before] = self.takers[after]

    def _is_host(self, key: str) -> bool:
        return bool(self._guards_on.get(key)) or (self.chart.kinds[key] == "call" and self.called[key].leaves_side)

    def _arms(self, key: str) -> list[str]:
        """The non-interrupting timers of a dissolved sub-process, armed at its enter and put away at its exit."""
        if self.chart.kinds[key] not in ("enter", "exit"):
            return []
        return [g for g in self._armed if self.chart.guards[g].host == key.removesuffix("#out")]

    def _add(self, key: str, kind: str) -> None:
        ins = [self._place(arrow) for arrow in self.chart.ins[key]]
        outs = [self._place(arrow) for arrow in self.chart.outs[key]]
        if key == self.chart.start or kind == "boundary":
            return
        now = key in self.side and kind not in WAITING_KINDS and kind != "call"
        if kind == "parallel":
            self.changes.append(_Change(key, _all(ins), 0, _all(outs), at_once=now))
        elif kind == "exclusive":
            self.changes += [_Change(key, a, 0, b, at_once=now) for a in ins for b in outs]
        elif self._is_host(key):
            self._add_host(key, ins, _all(outs))
        else:
            arms = _all([self._armed[g] for g in self._arms(key)])
            if kind == "exit":
                self.changes += [_Change(key, a, arms, _all(outs), at_once=now) for a in ins]
            else:
                self.changes += [_Change(key, a, 0, _all(outs) | arms, at_once=now) for a in ins]

    def _add_host(self, key: str, ins: list[int], outs: int) -> None:
        here = self._hosts[key] = self._new_place(key)
        guards = [self.chart.guards[g] for g in self._guards_on.get(key, ())]
        own_armed = [self._armed[g.key] for g in guards if g.host == key and g.key in self._armed]
        if self.chart.kinds[key] == "call" and self.called[key].leaves_side:
            # the callee's side branch behaves like one more timer of the box: opened once per call, ends when it likes
            armed, left = self._new_place(key), self._new_place(key)
            own_armed.append(armed)
            self.armed |= armed
            self.changes.append(_Change(key, here | armed, 0, here | left, opens_side=True))
            self.changes.append(_Change(key, left, 0, 0))
        self.changes += [_Change(key, a, 0, here | _all(own_armed), at_once=key in self.side) for a in ins]
        self.changes.append(_Change(key, here, _all(own_armed), outs))
        for guard in guards:
            away = _all([self._place(arrow) for arrow in self.chart.outs[guard.key]])
            if guard.node.interrupting:
                left_by_it = self._containers(key, guard.host)
                cleared = [self._armed[g.key] for g in guards if g.key in self._armed and g.host in left_by_it]
                self.changes.append(_Change(guard.key, here, _all(cleared), away))
            else:
                self.changes.append(_Change(guard.key, here | self._armed[guard.key], 0, here | away, opens_side=True))

    def _containers(self, key: str, outermost: str) -> set[str]:
        """The host itself and the sub-processes around it, up to the one whose timer fired."""
        nodes, around = self.chart.sop.nodes, {key}
        while key != outermost and nodes[key].parent is not None:
            key = nodes[key].parent or ""
            around.add(key)
        return around


def _all(places: list[int]) -> int:
    total = 0
    for place in places:
        total |= place
    return total


def _explore(chart: Chart, net: _Net) -> int:
    """Goes through every marking; the places on which a token can be all alone."""
    before: dict[int, list[int]] = {net.first: []}
    todo = [net.first]
    fired: set[str] = set()
    marked = alone = 0
    at_once = [change for change in net.changes if change.at_once]
    others = [change for change in net.changes if not change.at_once]
    while todo:
        marking = todo.pop()
        marked |= marking
        tokens = marking & ~net.armed
        if tokens & (tokens - 1) == 0:
            alone |= tokens
        possible = [c for c in at_once if marking & c.needs == c.needs]
        possible = possible or [c for c in others if marking & c.needs == c.needs]
        for change in possible:
            fired.add(change.key)
            left = marking & ~change.needs & ~change.clears
            if left & change.puts:
                at = _name(net, left & change.puts)
                raise refused("side_branch_twice" if change.opens_side or at in net.side else "unsafe_tokens", at)
            after = left | change.puts
            if after in before:
                before[after].append(marking)
                continue
            before[after] = [marking]
            todo.append(after)
            if len(before) > MAX_MARKINGS:
                raise refused("too_complex", None, limit=MAX_MARKINGS)
        if marking and not possible:
            first = marking & -marking
            raise refused("deadlock", net.takers.get(first, _name(net, first)).removesuffix("#out"))
    _can_end(net, before)
    for key in chart.kinds:
        if not (key in fired or key == chart.start or net.melted.get(key, 0) & marked):
            raise refused("dead_step", key.removesuffix("#out"))
    return alone


def _can_end(net: _Net, before: Mapping[int, list[int]]) -> None:
    ending: set[int] = {0}
    todo = [0] if 0 in before else []
    while todo:
        for marking in before[todo.pop()]:
            if marking not in ending:
                ending.add(marking)
                todo.append(marking)
    for marking in before:
        if marking not in ending:
            raise refused("cannot_end", _name(net, marking))


def _name(net: _Net, marking: int) -> str:
    """The element to point at: the one the lowest marked place is called after."""
    return net.names[(marking & -marking).bit_length() - 1].removesuffix("#out")
