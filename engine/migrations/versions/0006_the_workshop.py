"""The workshop: one working draft per SOP, its reviews and remarks, accepted warnings, versions with a day to come."""

import sqlalchemy as sa
from alembic import op

from engine.store import Id as _ID
from engine.store import Json as _JSON
from engine.store import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WHEN = UtcDateTime()
_OPEN = sa.text("ended_at IS NULL")
_SCHEDULED = sa.text("state = 'scheduled'")


def upgrade() -> None:
    op.create_table(
        "sop_draft",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sop_id", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=100), nullable=True),
        sa.Column("bpmn", sa.Text(), nullable=False),
        sa.Column("forms", _JSON, nullable=False),
        sa.Column("tables", _JSON, nullable=False),
        sa.Column("scenarios", sa.Text(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=True),
        sa.Column("hands", _JSON, nullable=False),
        sa.Column("begun_at", _WHEN, nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", _WHEN, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("submitted_at", _WHEN, nullable=True),
        sa.Column("first_by", sa.BigInteger(), nullable=True),
        sa.Column("first_at", _WHEN, nullable=True),
        sa.Column("second_by", sa.BigInteger(), nullable=True),
        sa.Column("second_at", _WHEN, nullable=True),
        sa.Column("emergency", sa.Text(), nullable=True),
        sa.Column("reasons", _JSON, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("ended_at", _WHEN, nullable=True),
        sa.ForeignKeyConstraint(["sop_id"], ["sop.id"], name=op.f("fk_sop_draft_sop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sop_draft")),
    )
    op.create_index(
        "ux_sop_draft_open", "sop_draft", ["sop_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_table(
        "sop_warning",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sop_id", sa.String(length=100), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("at", _WHEN, nullable=False),
        sa.ForeignKeyConstraint(["sop_id"], ["sop.id"], name=op.f("fk_sop_warning_sop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sop_warning")),
    )
    op.create_index("ix_sop_warning_sop", "sop_warning", ["sop_id"])
    op.create_table(
        "sop_remark",
        sa.Column("id", _ID, nullable=False),
        sa.Column("draft_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("at", _WHEN, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", _WHEN, nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["sop_draft.id"], name=op.f("fk_sop_remark_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sop_remark")),
        sa.UniqueConstraint("draft_id", "number", name=op.f("uq_sop_remark_draft_id_number")),
    )
    op.create_table(
        "sop_review",
        sa.Column("id", _ID, nullable=False),
        sa.Column("draft_id", _ID, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("questions", _JSON, nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("at", _WHEN, nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["sop_draft.id"], name=op.f("fk_sop_review_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sop_review")),
    )
    op.create_index("ix_sop_review_draft", "sop_review", ["draft_id"])
    op.add_column("sop", sa.Column("looked_at", _WHEN, nullable=True))
    op.add_column("sop", sa.Column("retired_at", _WHEN, nullable=True))
    op.add_column("sop_version", sa.Column("effective_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_sop_version_scheduled",
        "sop_version",
        ["effective_on"],
        sqlite_where=_SCHEDULED,
        postgresql_where=_SCHEDULED,
    )
