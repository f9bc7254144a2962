"""What a sheet says that no SOP file holds: what units, roles, forms and indicators are called, how a form looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from diagrams.wording import Worded, as_written

__all__ = ["Blank", "BlankPart", "Facts", "Registered"]


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Registered:
    """A form as the register has it."""

    name: str
    number: str = ""
    version: int = 1
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlankPart:
    """A block of a blank form: rows of one or two fields, each with its label and its height in lines."""

    title: str
    rows: tuple[tuple[tuple[str, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """An official form to be filled by hand."""

    title: str
    parts: tuple[BlankPart, ...]
    signed: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All maps go from the id that stands in the SOP. What is missing is shown as the SOP writes it.

    ``called``: SOP id → name. ``dated`` writes a day as the reader does.
    """

    units: Mapping[str, str] = field(default_factory=_nothing)
    roles: Mapping[str, str] = field(default_factory=_nothing)
    forms: Mapping[str, Registered] = field(default_factory=lambda: MappingProxyType({}))
    indicators: Mapping[str, str] = field(default_factory=_nothing)
    called: Mapping[str, str] = field(default_factory=_nothing)
    blanks: Mapping[str, Blank] = field(default_factory=lambda: MappingProxyType({}))
    regimes: Mapping[str, str] = field(default_factory=_nothing)
    worded: Worded = as_written
    language: str = "zh-Hant-TW"
    dated: Callable[[date], str] = str

    @property
    def english(self) -> bool:
        return self.language == "en"
