"""What the SOP's list may name: fields of conditions and the documents of the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.library.folder import SopFolder
from webui import editor_facts


@dataclass(frozen=True)
class Known:
    """What may be named: fields of conditions (name → title, kind), documents (ref → name) and back."""

    fields: Mapping[str, Mapping[str, Any]]
    papers: Mapping[str, str]
    refs: Mapping[str, str]


def known(folder: SopFolder, register: Mapping[str, Mapping[str, Any]]) -> Known:
    fields = {one["name"]: one for one in editor_facts.fields(folder)}
    for node in folder.sop.nodes.values():
        if node.outcome is not None:
            choices = [[c.value, c.label] for c in node.outcome.choices]
            fields[node.outcome.variable] = {"title": node.name, "kind": "text", "choices": choices}
        for name in (*(o.to for o in node.outs), *(o.to for o in (node.decision.outs if node.decision else ()))):
            fields.setdefault(name, {"title": node.name, "kind": "text", "choices": []})
        for one in node.sets:
            if "." not in one.name:
                fields.setdefault(one.name, {"title": one.name, "kind": "text", "choices": []})
    names = {ref: editor_facts.paper(row) for ref, row in register.items()}
    return Known(fields, names, {name: ref for ref, name in names.items()})
