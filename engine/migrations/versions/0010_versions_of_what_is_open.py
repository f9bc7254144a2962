"""Which versions the open cases are of is told from an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_case_open", table_name="case")
    is_open = sa.text("status = 'open'")
    columns = ["sop_id", "unit", "bundle", "start", "status"]
    op.create_index("ix_case_open", "case", columns, sqlite_where=is_open, postgresql_where=is_open)
