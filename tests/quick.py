"""What a test process may spare itself without proving less."""

from __future__ import annotations

import gc
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache, wraps
from typing import Any

from argon2 import PasswordHasher

from engine import yaml_text
from engine.office import accounts

#: argon2 is slow on purpose, and most tests sign somebody in: what the product pays is kept for its own test
PRODUCT, NOBODY = accounts._hasher, accounts._NOBODY


def cheap_passwords() -> None:
    accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._NOBODY = accounts._hasher.hash("nobody")


def yaml_once() -> None:
    """Every start of the product reads the forms' register: the same text is parsed once, and everybody gets a copy."""
    read: Callable[[str], Any] = yaml_text.read
    kept = lru_cache(maxsize=200)(read)
    yaml_text.read = wraps(read)(lambda text: deepcopy(kept(text)))


def seldom_swept() -> None:
    """Thousands of tests and all modules stay to the end: a tenth of the run was spent looking whether they were
    litter. Litter in circles is still swept, and what it leaves open is still told at the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
