"""Weeks, days and versions are counted in the order of an index: SQLite would sort every case of a year for a page."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WEEK = "date({}, '+8 hours', 'weekday 0', '-6 days')"
_DAY = "date({}, '+8 hours')"
_RELEASED = "released_at IS NOT NULL"
_ENDED = "status = 'ended' AND controlled_at IS NULL"


def upgrade() -> None:
    op.create_index("ix_case_version", "case", ["bundle", "id", "status"])
    if op.get_bind().dialect.name == "sqlite":
        _index("ix_case_week_received", _WEEK.format("received_at"), "received_at")
        for name, first, when in (("released", "", _RELEASED), ("ended", "controlled_at, ", _ENDED)):
            at = f"{name}_at"
            _index(f"ix_case_week_{name}", first + _WEEK.format(at), at, when)
            days = f"{first}{_DAY.format(at)}, {_DAY.format('received_at')}"
            _index(f"ix_case_days_{name}", days, f"{at}, received_at", when)


def _index(name: str, by: str, at: str, when: str = "") -> None:
    where = f" WHERE {when}" if when else ""
    op.execute(sa.text(f'CREATE INDEX {name} ON "case" ({by}, unit, sop_id, {at}){where}'))
