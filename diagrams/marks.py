"""The small marks of BPMN, as SVG: what kind of step, event or gateway. Shapes only, no ids, no words of an SOP."""

from __future__ import annotations

from math import cos, pi, sin

from diagrams.strokes import INK, circle, number, path
from engine.sops.sop import Bounds, Node


def of_step(node: Node) -> str:
    """The mark in a box's upper left corner, drawn in a square of 16."""
    element = node.element or node.shown_as or ""
    if node.kind == "user" or element == "userTask":
        return circle(8, 4.6, 3.2) + path("M1.8 15.5V13.2Q1.8 8.8 8 8.8Q14.2 8.8 14.2 13.2V15.5Z")
    if node.kind == "manual" or element == "manualTask":
        return path(
            "M2 7.5V13.5Q2 15 4 15H12.4M2 7.5L6.4 2.6Q7.6 1.8 8.2 3Q8.4 3.7 5.6 6.6H13.6Q15 6.8 15 7.8T13.6 9H9"
            "M13.6 9Q14.8 9.3 14.8 10.2T13.2 11.2H9M13.2 11.2Q14 11.6 14 12.3T12.8 13.2H9M12.8 13.2Q13.4 14.8 12.4 15"
        )
    if node.kind == "service" or element == "serviceTask":
        return _gear()
    if node.kind == "rule" or element == "businessRuleTask":
        return path("M1 2H15V14H1Z") + path("M1 2H15V5.4H1Z", fill="#c9ccd3") + path("M1 9.7H15M5.6 5.4V14")
    if element == "scriptTask":
        return path("M4 1.5H14Q9 5 12 8Q15 11.5 11 14.5H1.5Q6 11 3.4 8Q.6 4.5 4 1.5ZM5.6 5H10M5 8H9.6M6 11H11")
    if element == "sendTask":
        return path("M1 3H15V13H1Z", fill=INK) + path("M1 3L8 9L15 3", ink="#ffffff")
    if element == "receiveTask":
        return path("M1 3H15V13H1ZL8 9L15 3")
    return ""


def _gear() -> str:
    points = []
    for tooth in range(8):
        for turn, r in ((-0.30, 5.4), (-0.17, 7.6), (0.17, 7.6), (0.30, 5.4)):
            angle = (tooth + turn) * pi / 4
            points.append(f"{number(8 + r * cos(angle))} {number(8 + r * sin(angle))}")
    return path("M" + "L".join(points) + "Z") + circle(8, 8, 2.6)


def at_foot(node: Node) -> str:
    """The mark at a box's lower middle, drawn in a square of 14: a box within, one for each, a case of its own."""
    shown = node.shown_as or ""
    if "ultiInstance" in shown or node.each is not None:
        return path("M3 2V12M7 2V12M11 2V12", thick=2)
    if "oopCharacteristics" in shown:
        return path("M4.6 11.6A5.2 5.2 0 1 1 9.4 11.6M4.8 8.4V11.8H1.4", thick=1.5)
    if "dHoc" in shown:
        return path("M1.5 8.5Q4 4 7 7T12.5 5.5", thick=2)
    if node.kind == "call" and (node.linked is not None or node.wait):  # two sheets
        return path("M4.5 .5H13.5V9.5H4.5Z") + path("M.5 4.5H9.5V13.5H.5Z", fill="#ffffff")
    if node.kind in ("call", "subprocess") or shown in ("transaction", "subProcess", "callActivity"):
        return path("M.5 .5H13.5V13.5H.5ZM7 3V11M3 7H11")
    return ""


def of_gateway(node: Node, box: Bounds) -> str:
    """The sign inside a diamond."""
    cx, cy = box.x + box.width / 2, box.y + box.height / 2
    element = node.element or node.shown_as or ""
    r = box.width * 0.17
    cross = (
        f"M{number(cx - r)} {number(cy - r)}L{number(cx + r)} {number(cy + r)}"
        f"M{number(cx + r)} {number(cy - r)}L{number(cx - r)} {number(cy + r)}"
    )
    r = box.width * 0.21
    plus = f"M{number(cx)} {number(cy - r)}V{number(cy + r)}M{number(cx - r)} {number(cy)}H{number(cx + r)}"
    if node.kind == "exclusive" or element == "exclusiveGateway":
        return path(cross, thick=3.2)
    if node.kind == "parallel" or element == "parallelGateway":
        return path(plus, thick=3.6)
    if element == "inclusiveGateway":
        return circle(cx, cy, box.width * 0.22, thick=3)
    if element == "eventBasedGateway":
        five = [(cx + 7 * sin(i * 2 * pi / 5), cy - 7 * cos(i * 2 * pi / 5)) for i in range(5)]
        return circle(cx, cy, 12) + path("M" + "L".join(f"{number(x)} {number(y)}" for x, y in five) + "Z")
    return path(cross + plus, thick=2.6)


def of_event(node: Node, box: Bounds) -> str:
    """The sign inside an event's circle."""
    cx, cy = box.x + box.width / 2, box.y + box.height / 2
    shown = node.shown_as or ""
    thrown = (node.element or "") in ("endEvent", "intermediateThrowEvent")
    fill = INK if thrown else "none"

    def at(d: str, *, filled: str = fill) -> str:
        return f'<g transform="translate({number(cx - 9)} {number(cy - 9)})">{path(d, fill=filled)}</g>'

    if node.kind in ("boundary", "catch") or node.start_kind == "calendar" or shown.startswith("timer"):
        hours = "".join(
            f"M{number(cx + 8 * sin(i * pi / 6))} {number(cy - 8 * cos(i * pi / 6))}"
            f"L{number(cx + 9.6 * sin(i * pi / 6))} {number(cy - 9.6 * cos(i * pi / 6))}"
            for i in range(12)
        )
        hands = f"M{number(cx + 2)} {number(cy - 7)}L{number(cx)} {number(cy)}L{number(cx + 5)} {number(cy)}"
        return circle(cx, cy, 10.5) + path(hours, thick=0.8) + path(hands, thick=1.5)
    if node.start_kind == "message" or shown.startswith("message"):
        return at("M1 4H17V14.5H1Z") + at("M1 4L9 10.5L17 4", filled="none")
    if shown.startswith("terminate"):
        return circle(cx, cy, 10, fill=INK)
    if shown.startswith("error"):
        return at("M1.5 16L6.5 3L11 10.5L16 2L11.5 15.5L7 8Z")
    if shown.startswith("signal"):
        return at("M9 1.5L17 15H1Z")
    if shown.startswith("escalation"):
        return at("M9 1.5L15 16L9 10.5L3 16Z")
    if shown.startswith("compensat"):
        return at("M8.5 3V15L1 9ZM16.5 3V15L9 9Z")
    if shown.startswith("conditional"):
        return at("M3 2H15V16H3ZM5.5 5.5H12.5M5.5 9H12.5M5.5 12.5H12.5", filled="none")
    if shown.startswith("link"):
        return at("M1 6.5H10V3L17 9L10 15V11.5H1Z")
    if shown.startswith("cancel"):
        return at("M3 3L15 15M15 3L3 15", filled="none")
    return ""
