"""The register of operators: what each may be given, what it answers, how far it reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.cases.act import Act
from engine.errors import Stuck
from engine.flow import ProjectedStep

__all__ = ["OPERATORS", "Operator", "named", "operator"]

Run = Callable[[Act, ProjectedStep, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Operator:
    """``args`` are the names it may be given (those in ``required`` must be), ``results`` what ``sop:out`` may read.

    ``chooses``: it hands out its step's forms itself, where there is something to hand out.
    """

    name: str
    run: Run
    args: frozenset[str]
    required: frozenset[str]
    results: frozenset[str]
    effect: Literal["inside", "outside"]
    chooses: bool = False


OPERATORS: dict[str, Operator] = {}


def operator(
    name: str,
    *,
    required: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    results: tuple[str, ...] = (),
    effect: Literal["inside", "outside"] = "inside",
    chooses: bool = False,
) -> Callable[[Run], Run]:
    """Declare an operator: its arguments, its results, how far its effect reaches."""

    def declare(run: Run) -> Run:
        OPERATORS[name] = Operator(
            name, run, frozenset(required + optional), frozenset(required), frozenset(results), effect, chooses
        )
        return run

    return declare


def named(name: str) -> Operator:
    """The operator of that name. Raises Stuck: an unknown one blocks publication and is an incident at run time."""
    found = OPERATORS.get(name)
    if found is None:
        raise Stuck("unknown_operator", f"系統不認得作業「{name}」。")
    return found
