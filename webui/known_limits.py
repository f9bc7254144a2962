"""The limits an office asks the calculator for again and again: ``processes/known_limits.yaml``.

limits:
  - {name: 人民申請訴願案件, regime: statutory, length: 3, unit: month, basis: 訴願法}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from engine import yaml_text
from webui.calculating import REGIMES, UNITS

__all__ = ["Known", "of"]

_LONGEST_FILE = 64 * 1024
_MOST = 60


@dataclass(frozen=True, slots=True)
class Known:
    """One of them; ``length`` as it is typed."""

    name: str
    regime: str
    length: str
    unit: str
    basis: str


def of(processes: Path) -> list[Known]:
    """In the order of the file; none where there is no such file. A line that cannot be used is left out: the
    calculator is no less for it."""
    path = processes / "known_limits.yaml"
    try:
        if path.stat().st_size > _LONGEST_FILE:
            return []
        listed = yaml_text.read(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    rows = listed.get("limits") if isinstance(listed, dict) else None
    found = [_known(row) for row in rows[:_MOST]] if isinstance(rows, list) else []
    return [one for one in found if one is not None]


def _known(row: object) -> Known | None:
    if not isinstance(row, dict):
        return None
    name, basis, length = row.get("name"), row.get("basis", ""), row.get("length")
    if not isinstance(name, str) or not isinstance(basis, str) or type(length) is not int or length < 1:
        return None
    if row.get("regime") not in REGIMES or row.get("unit") not in UNITS:
        return None
    return Known(name, row["regime"], str(length), row["unit"], basis)
