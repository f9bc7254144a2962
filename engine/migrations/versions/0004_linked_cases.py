"""Cases that another case opened: by which box, in which round, for which entry of its list."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "child",
        sa.Column("case_id", _ID, autoincrement=False, nullable=False),
        sa.Column("parent_id", _ID, nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entry", sa.String(length=200), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_child_case_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["case.id"], name=op.f("fk_child_parent_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_child")),
        sa.UniqueConstraint(
            "parent_id", "step", "opening", "position", name=op.f("uq_child_parent_id_step_opening_position")
        ),
    )
