"""The form register knows which version of an official form is in use."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("form_register", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
