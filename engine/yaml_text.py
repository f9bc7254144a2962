"""YAML as plain values: no tags, no objects. libyaml reads ten times as fast where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

__all__ = ["Loader", "read"]

_DEEPEST = 60


def read(text: str) -> Any:
    """The one document of a text; None for an empty one. Raises ``yaml.YAMLError``, also for one nested too deep."""
    depth = 0
    for event in yaml.parse(text, Loader):  # libyaml composes by calling itself, and has no guard against its stack
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError("nested too deep")
    return yaml.load(text, Loader)
