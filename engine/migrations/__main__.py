"""For developers: ``python -m engine.migrations 0002 "what changes"`` writes the next revision from the tables."""

from __future__ import annotations

import importlib
import sys

from engine import migrations
from engine.store import Store

# the tables are made known by name: this package stands below the wings that own them
for wing in ("office", "dates", "library", "cases"):
    importlib.import_module(f"engine.{wing}.records")

number, message = sys.argv[1:3]
scratch = Store("sqlite://")
migrations.upgrade(scratch)
migrations.draft(scratch, message, number)
