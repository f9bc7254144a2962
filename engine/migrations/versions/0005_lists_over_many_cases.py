"""Lists over many cases: open work knows its SOP, and what a list counts and orders by lies in its index."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = "status = 'open'"
_RUNNING = "ended_at IS NULL"
_IN_CONTROL = "controlled_at IS NOT NULL AND released_at IS NULL AND status = 'open'"


def upgrade() -> None:
    op.add_column("item", sa.Column("sop_id", sa.String(length=100), nullable=False, server_default=""))
    op.execute('UPDATE item SET sop_id = (SELECT sop_id FROM "case" WHERE "case".id = item.case_id)')
    _anew("ix_item_open_unit", "item", ["unit", "sop_id", "step", "role", "assignee", "opened_at", "due_at", "case_id",
                                        "name", "status"], _OPEN)  # fmt: skip
    _anew("ix_item_open_assignee", "item", ["assignee", "due_at"], f"{_OPEN} AND assignee IS NOT NULL")
    op.drop_index("ix_item_open_due", table_name="item")
    _anew("ix_item_open_case", "item", ["case_id", "step", "unit", "status"], _OPEN)
    _anew("ix_deadline_running", "deadline", ["case_id", "due_at", "regime", "stopped_at", "ended_at"], _RUNNING)
    _anew("ix_deadline_open", "deadline", ["due_at", "case_id", "regime", "stopped_at", "ended_at"], _RUNNING)
    _anew("ix_case_in_control", "case", ["controlled_at", "unit", "sop_id", "released_at", "status"], _IN_CONTROL)
    _anew("ix_case_released", "case", ["released_at", "unit", "sop_id", "received_at", "controlled_at"],
          "released_at IS NOT NULL")  # fmt: skip
    _anew("ix_case_ended", "case", ["ended_at", "unit", "sop_id", "controlled_at", "status", "received_at",
                                    "released_at"], "ended_at IS NOT NULL")  # fmt: skip
    _anew("ix_deadline_of_case", "deadline", ["due_at", "case_id", "met_at", "ended_at", "stopped_at", "regime",
                                              "step"], "step IS NULL")  # fmt: skip
    _index("ix_deadline_met", "deadline", ["met_at", "due_at", "case_id", "regime", "step"],
           "step IS NULL AND met_at IS NOT NULL")  # fmt: skip
    _index("ix_case_controlled", "case", ["controlled_at", "unit"], "controlled_at IS NOT NULL")
    _index("ix_case_never_in_control", "case", ["controlled_at"], "controlled_at IS NULL")
    _index("ix_case_open_unit", "case", ["unit"], _OPEN)
    _index("ix_case_moved", "case", ["moved_at"], _OPEN)
    _index("ix_document_returned", "document", ["returned_at"], "returned_at IS NOT NULL")


def _anew(name: str, table: str, columns: list[str], where: str) -> None:
    op.drop_index(name, table_name=table)
    _index(name, table, columns, where)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
