"""The migrations and the tables say the same, on both databases."""

from __future__ import annotations

import importlib

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine import migrations
from engine.store import Store, metadata

for wing in ("office", "dates", "library", "cases"):
    importlib.import_module(f"engine.{wing}.records")


def test_the_migrations_make_exactly_the_tables_of_the_records(store: Store) -> None:
    with store.look() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_second_upgrade_has_nothing_to_do(store: Store) -> None:
    assert migrations.upgrade(store) is False
