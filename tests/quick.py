"""What a test process may spare itself without proving less."""

from __future__ import annotations

import gc

from argon2 import PasswordHasher

from engine.office import accounts

#: argon2 is slow on purpose, and most tests sign somebody in: what the product pays is kept for its own test
PRODUCT, NOBODY = accounts._hasher, accounts._NOBODY


def cheap_passwords() -> None:
    accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._NOBODY = accounts._hasher.hash("nobody")


def seldom_swept() -> None:
    """Thousands of tests and all modules stay to the end: a tenth of the run was spent looking whether they were
    litter. Litter in circles is still swept, and what it leaves open is still told at the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
