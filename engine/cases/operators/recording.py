"""Papers a step hands out by itself: notices, letters, lists, records that are filed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cases import documents, people_of
from engine.cases.act import Act
from engine.cases.conditions import fits
from engine.cases.operators.registry import operator
from engine.flow import ProjectedStep


@operator("document.record", optional=("tell",))
def record(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Register every official form the step hands out, or the record itself where it hands out none.

    ``tell`` names who hears of it, as a ladder does; each hears once, and whoever acts not at all.
    """
    forms = [form.ref for form in step.forms if form.direction == "out" and fits(act, form)]
    made = [documents.make(act, step, kind="record", form=form) for form in forms]
    made = made or [documents.make(act, step, kind="record")]
    told = [person for to in str(args.get("tell") or "").split() for person in people_of.resolve(act, to)]
    people_of.tell_persons(
        act, told, kind="told", key=f"document:{made[0]}", facts={"step": step.path, "name": step.node.name}
    )
    return {}
