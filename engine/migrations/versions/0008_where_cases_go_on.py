"""A wish for many keeps what else was said with it: the step at which cases go on that are carried to a new version."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bulk", sa.Column("given", sa.JSON(none_as_null=True), nullable=True))
