"""Random sound models as BPMN XML: put together from blocks that keep one token one token.

Every gateway reads a variable of its own, ``<gateway id>_is``, that the tests answer at every step of its procedure.
Non-interrupting side branches that wait stand only outside loops, since elsewhere they could open twice.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sop="urn:sopflow:sop:1" id="defs" '
    'targetNamespace="urn:x">\n<bpmn:process id="{id}" name="{id}" isExecutable="true">\n'
    '<bpmn:extensionElements><sop:sheet kind="per-case" shared="{shared}"/>{params}</bpmn:extensionElements>\n'
)
_TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
WORDS = ("a", "b", "c")


@dataclass
class Model:
    """A main procedure and those it calls."""

    files: dict[str, bytes]
    main: str
    start: str
    variables: dict[str, dict[str, int]]  # process id → variable → number of choices
    traits: set[str] = field(default_factory=set)
    nodes: int = 0


@dataclass
class _Box:
    """A process or sub-process being written."""

    lines: list[str] = field(default_factory=list)
    nodes: dict[str, list[str]] = field(default_factory=dict)  # id → [open tag, inside, close tag]
    order: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Where:
    """What surrounds a block."""

    depth: int
    loop: bool = False
    gateways: int = 0
    side: bool = False
    guarded: bool = False  # inside a box with a timer: must stay sequential
    top: bool = True  # directly in the main line of its procedure, where an extra end does no harm


class Writer:
    """Writes one procedure."""

    def __init__(self, rnd: random.Random, model: Model, name: str, callees: list[tuple[str, bool]]) -> None:
        self.rnd, self.model, self.name, self.callees = rnd, model, name, callees
        self.count = 0
        self.variables: dict[str, int] = {}
        self.sequential = True
        self.boxes = [_Box()]

    def _id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def node(self, tag: str, kind: str, inside: str = "", **attributes: str) -> str:
        name = self._id(kind)
        told = "".join(f' {k}="{v}"' for k, v in attributes.items())
        self.boxes[-1].nodes[name] = [f'<bpmn:{tag} id="{name}"{told}>', inside, f"</bpmn:{tag}>"]
        self.boxes[-1].order.append(name)
        self.model.nodes += 1
        return name

    def flow(self, source: str, target: str, condition: str | None = None) -> str:
        name = self._id("f")
        box = self.boxes[-1]
        box.nodes[source].append(f"<bpmn:outgoing>{name}</bpmn:outgoing>")
        box.nodes[target].insert(3, f"<bpmn:incoming>{name}</bpmn:incoming>")
        text = ""
        if condition:
            told = condition.replace('"', "&quot;")
            text = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{told}</bpmn:conditionExpression>'
        box.flows.append(
            f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{text}</bpmn:sequenceFlow>'
        )
        return name

    def choice(self, branches: int) -> tuple[str, list[str | None]]:
        """An exclusive gateway and the condition of each branch; one may be the default."""
        gateway = self.node("exclusiveGateway", "x")
        variable = f"{gateway}_is"
        self.variables[variable] = branches
        return gateway, [f'{variable} == "{WORDS[i]}"' for i in range(branches)]

    def text(self, shared: bool, params: str = "") -> bytes:
        return (
            _HEAD.format(id=self.name, shared=str(shared).lower(), params=params)
            + self.body()
            + "</bpmn:process></bpmn:definitions>"
        ).encode()

    def body(self) -> str:
        box = self.boxes[-1]
        out = []
        for name in box.order:
            opening, inside, closing, *refs = box.nodes[name]
            refs.sort(key=lambda r: "outgoing" in r)
            extension = inside if inside.startswith("<bpmn:extension") else ""
            out.append(opening + extension + "".join(refs) + ("" if extension else inside) + closing)
        return "\n".join(out + box.flows)

    # ---- blocks: each takes the node to come from and gives the node to go on from ----

    def chain(self, at: str, where: _Where) -> str:
        for _ in range(self.rnd.randint(1, 3)):
            at = self.block(at, where)
        return at

    def block(self, at: str, where: _Where) -> str:
        kinds = ["step", "step", "guarded", "machine", "catch"]
        if where.depth > 0:
            kinds += ["choice", "choice", "loop", "loop", "inner", "parallel", "parallel"]
            if self.callees:
                kinds += ["call", "call"]
        if where.guarded:
            kinds = [k for k in kinds if k not in ("parallel",)]
        return getattr(self, f"_{self.rnd.choice(kinds)}")(at, where)

    def _deeper(self, where: _Where, **changes: object) -> _Where:
        return _Where(**{**where.__dict__, "depth": where.depth - 1, **changes})  # type: ignore[arg-type]

    def _step(self, at: str, where: _Where) -> str:
        step = self.node(self.rnd.choice(["userTask", "userTask", "manualTask", "task"]), "u")
        self.flow(at, step)
        return step

    def _machine(self, at: str, where: _Where) -> str:
        step = self.node(
            "serviceTask", "m", '<bpmn:extensionElements><sop:operator name="nothing"/></bpmn:extensionElements>'
        )
        self.flow(at, step)
        return step

    def _catch(self, at: str, where: _Where) -> str:
        timer = self.node("intermediateCatchEvent", "t", _TIMER)
        self.flow(at, timer)
        return timer

    def _guarded(self, at: str, where: _Where) -> str:
        step = self._step(at, where)
        return self._with_timers(step, where)

    def _with_timers(self, host: str, where: _Where) -> str:
        """Boundary timers on a host: a cutting one whose way meets the host's again, a side one with its own end."""
        self.model.traits.add("boundary timer")
        kinds = self.rnd.choice([["cut"], ["side"], ["cut", "side"], ["cut", "cut"]])
        if where.guarded or where.side:
            kinds = ["cut"]
        after = host
        for kind in kinds:
            timer = self.node(
                "boundaryEvent", "b", _TIMER, attachedToRef=host, cancelActivity=str(kind == "cut").lower()
            )
            if kind == "cut":
                way = self._step(timer, where) if self.rnd.random() < 0.7 else timer
                meet = self.node("exclusiveGateway", "x")
                self.flow(after, meet)
                self.flow(way, meet)
                after = meet
            else:
                self.sequential = False
                way = self._machine(timer, where)
                if not where.loop and self.rnd.random() < 0.7:
                    way = self.chain(way, self._deeper(where, side=True, top=False, depth=0))
                self.flow(way, self.node("endEvent", "e"))
        return after

    def _choice(self, at: str, where: _Where) -> str:
        if where.gateways:
            self.model.traits.add("nested gateways")
        gateway, conditions = self.choice(self.rnd.randint(2, 3))
        self.flow(at, gateway)
        meet = self.node("exclusiveGateway", "x")
        default = self.rnd.random() < 0.4
        for number, condition in enumerate(conditions):
            last = number == len(conditions) - 1
            inner = self._deeper(where, gateways=where.gateways + 1)
            first = self._machine_after_choice(gateway, None if last and default else condition)
            if last and default:
                opening = self.boxes[-1].nodes[gateway]
                flow = opening[-1].removeprefix("<bpmn:outgoing>").removesuffix("</bpmn:outgoing>")
                opening[0] = opening[0][:-1] + f' default="{flow}">'
            way = self.chain(first, inner) if self.rnd.random() < 0.8 else first
            if where.top and not last and self.rnd.random() < 0.2:
                self.flow(way, self.node("endEvent", "e"))
            else:
                self.flow(way, meet)
        return meet

    def _machine_after_choice(self, gateway: str, condition: str | None) -> str:
        step = self.node(
            "serviceTask", "m", '<bpmn:extensionElements><sop:operator name="nothing"/></bpmn:extensionElements>'
        )
        self.flow(gateway, step, condition)
        return step

    def _loop(self, at: str, where: _Where) -> str:
        head = self.node("exclusiveGateway", "x")
        self.flow(at, head)
        inner = self._deeper(where, loop=True, gateways=where.gateways + 1, top=False)
        way = self._step(head, inner)
        if not where.guarded and self.rnd.random() < 0.75:
            way = self._parallel(way, inner)
        else:
            way = self.chain(way, inner)
        gateway, (again, on) = self.choice(2)
        self.flow(way, gateway)
        self.flow(gateway, head, again)
        return self._machine_after_choice(gateway, on)

    def _parallel(self, at: str, where: _Where) -> str:
        if where.loop:
            self.model.traits.add("parallel pair inside a loop")
        if where.gateways:
            self.model.traits.add("nested gateways")
        self.sequential = False
        split, join = self.node("parallelGateway", "p"), self.node("parallelGateway", "p")
        self.flow(at, split)
        for number in range(self.rnd.randint(2, 3)):
            inner = self._deeper(where, gateways=where.gateways + 1, top=False)
            if number and self.rnd.random() < 0.1:
                self.flow(split, join)
            else:
                self.flow(self.chain(split, inner), join)
        return join

    def _inner(self, at: str, where: _Where) -> str:
        """An embedded sub-process, with a timer on it where it stays sequential."""
        before, self.sequential = self.sequential, True
        timed = self.rnd.random() < 0.5
        self.boxes.append(_Box())
        start = self.node("startEvent", "s")
        inner = self._deeper(where, guarded=where.guarded or timed, top=False)
        way = self._step(start, inner)
        way = self.chain(way, inner)
        self.flow(way, self.node("endEvent", "e"))
        sequential = self.sequential
        body = self.body()
        self.boxes.pop()
        self.sequential = before and sequential
        box = self.node("subProcess", "i", body)
        self.flow(at, box)
        return self._with_timers(box, where) if timed and sequential else box

    def _call(self, at: str, where: _Where) -> str:
        callees = [c for c in self.callees if c[1]] if where.guarded else self.callees
        if not callees:
            return self._step(at, where)
        self.model.traits.add("call")
        callee, sequential = self.rnd.choice(callees)
        self.sequential = self.sequential and sequential
        mapping = (
            '<bpmn:extensionElements><sop:in value="b" to="given"/>'
            '<sop:out from="result" to="result"/></bpmn:extensionElements>'
        )
        box = self.node("callActivity", "c", mapping, calledElement=callee)
        self.flow(at, box)
        return self._with_timers(box, where) if sequential and self.rnd.random() < 0.6 else box


def random_model(seed: int) -> Model:
    """A model of that seed: one main procedure, up to two shared ones, the second calling the first."""
    rnd = random.Random(seed)
    model = Model({}, "main", "", {})
    callees: list[tuple[str, bool]] = []
    params = (
        '<sop:parameter name="given" direction="in" values="a b"/>'
        '<sop:parameter name="result" direction="out" values="a b"/>'
    )
    for number in range(rnd.choice([0, 1, 2])):
        writer = Writer(rnd, model, f"shared{number}", list(callees))
        start = writer.node("startEvent", "s")
        sequential = rnd.random() < 0.6
        # a shared procedure is called from loops too, so its side branches never wait
        where = _Where(depth=1, loop=True, guarded=sequential, top=False)
        way = writer.chain(writer._step(start, where), where)
        writer.flow(way, writer.node("endEvent", "e"))
        writer.variables["result"] = 2
        model.files[writer.name] = writer.text(shared=True, params=params)
        model.variables[writer.name] = writer.variables
        callees.append((writer.name, writer.sequential))
    writer = Writer(rnd, model, "main", callees)
    model.start = writer.node("startEvent", "s")
    way = writer._step(model.start, _Where(depth=2))
    for _ in range(rnd.randint(2, 3)):
        way = writer.block(way, _Where(depth=2))
    writer.flow(way, writer.node("endEvent", "e"))
    model.files["main"] = writer.text(shared=False)
    model.variables["main"] = writer.variables
    return model
