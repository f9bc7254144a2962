"""The library's tables: SOPs, their immutable versions, and the bundles that cases are pinned to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from engine.store import Id, Json, UtcDateTime, metadata

sop = Table(
    "sop", metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("division", String(100), nullable=False),
    Column("shared", sa.Boolean, nullable=False),
    Column("in_force", sa.BigInteger),  # sop_version.id
)  # fmt: skip
sop_version = Table(
    "sop_version", metadata,  # immutable once written; state 'draft' rows may be replaced
    Column("id", Id, primary_key=True),
    Column("sop_id", ForeignKey("sop.id"), nullable=False),
    Column("number", sa.Integer, nullable=False),
    Column("state", String(20), nullable=False),  # draft | published
    Column("hash", String(64), nullable=False),  # over bpmn, forms and tables
    Column("bpmn", Text, nullable=False),
    Column("forms", Json, nullable=False),  # {step id: JSON Schema}
    Column("tables", Json, nullable=False),  # {decision id: DMN text}
    Column("scenarios", Text, nullable=False, default=""),
    Column("published_at", UtcDateTime),
    Column("published_by", sa.BigInteger),
    UniqueConstraint("sop_id", "number"),
    Index("ix_sop_version_hash", "sop_id", "hash"),
)  # fmt: skip
bundle = Table(
    "bundle", metadata,  # what a case runs: one SOP version and every callee's version at that moment
    Column("hash", String(64), primary_key=True),
    Column("sop_id", String(100), nullable=False),
    Column("versions", Json, nullable=False),  # {sop id: sop_version.id}, the SOP itself first
)  # fmt: skip
form_register = Table(
    "form_register", metadata,
    Column("ref", String(100), primary_key=True),
    Column("number", String(60)),
    Column("name", String(200), nullable=False),
    Column("aliases", Json, nullable=False),
)  # fmt: skip
