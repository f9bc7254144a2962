"""A small city on both databases, on Thursday 2026-11-26, 09:00."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from engine.store import Store
from tests.clock.city import City


@pytest.fixture
def city(store: Store, taipei: Callable[[str], datetime]) -> City:
    return City(store, taipei("2026-11-26T09:00"))
