"""Pieces of the rules' examples: named branches, a named step, a sheet."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from engine.sops import bpmn
from engine.sops.rules.subject import Subject
from engine.sops.sop import Sop
from tests.sops.charts import node, plain


def branch(chart: bytes, *names: str) -> bytes:
    """A chart of ``choosing`` with names on its branches."""
    for at, name in enumerate(names):
        bare = f'<bpmn:sequenceFlow id="B{at}"'
        chart = chart.replace(bare.encode(), f"{bare} name={quoteattr(name)}".encode())
    return chart


def step(name: str, inner: str = "") -> bytes:
    """A chart whose one step of a person is called so."""
    bare, named = node("userTask", "A"), node("userTask", "A", inner, name=name)
    return plain().replace(bare.encode(), named.encode())


def named(chart: bytes) -> bytes:
    """A chart whose start and end have names."""
    for tag, name in ((b"startEvent id", "申請"), (b"endEvent id", "辦結")):
        chart = chart.replace(b"<bpmn:" + tag, f'<bpmn:{tag.decode().split()[0]} name="{name}" id'.encode())
    return chart


def sheet(attributes: str, inner: str = "") -> bytes:
    """A chart with this sheet."""
    return plain(head=inner).replace(
        b'<sop:sheet kind="per-case" shared="false" />', f"<sop:sheet {attributes} />".encode()
    )


def subject(chart: bytes | Sop, **more: Any) -> Subject:
    """What a rule looks at: a chart with its screen forms or tables."""
    sop = bpmn.read(chart) if isinstance(chart, bytes) else chart
    return Subject(sop, {sop.id: sop}, more.get("forms", {}), more.get("tables", {}), None)
