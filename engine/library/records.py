"""The library's tables: SOPs, their working drafts and reviews, their immutable versions, and the bundles of cases."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from engine.store import Id, Json, UtcDateTime, metadata

_OPEN = "ended_at IS NULL"
_SCHEDULED = "state = 'scheduled'"

sop = Table(
    "sop", metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("division", String(100), nullable=False),
    Column("shared", sa.Boolean, nullable=False),
    Column("in_force", sa.BigInteger),  # sop_version.id
    Column("looked_at", UtcDateTime),  # a yearly review (年度檢視) that left it as it is
    Column("retired_at", UtcDateTime),  # taken out of force; its file brings it back only by hand
)  # fmt: skip
sop_version = Table(
    "sop_version", metadata,  # immutable once written; state 'draft' rows may be replaced
    Column("id", Id, primary_key=True),
    Column("sop_id", ForeignKey("sop.id"), nullable=False),
    Column("number", sa.Integer, nullable=False),
    Column("state", String(20), nullable=False),  # draft | scheduled | published
    Column("hash", String(64), nullable=False),  # over bpmn, forms and tables
    Column("bpmn", Text, nullable=False),
    Column("forms", Json, nullable=False),  # {step id: JSON Schema}
    Column("tables", Json, nullable=False),  # {decision id: DMN text}
    Column("scenarios", Text, nullable=False, default=""),
    Column("published_at", UtcDateTime),
    Column("published_by", sa.BigInteger),
    Column("effective_on", sa.Date),  # state 'scheduled': the day it comes into force
    UniqueConstraint("sop_id", "number"),
    Index("ix_sop_version_hash", "sop_id", "hash"),
    Index("ix_sop_version_scheduled", "effective_on", sqlite_where=sa.text(_SCHEDULED),
          postgresql_where=sa.text(_SCHEDULED)),
)  # fmt: skip
sop_draft = Table(
    "sop_draft", metadata,  # what a process owner works on: one open one per SOP; ended ones stay for their minutes
    Column("id", Id, primary_key=True),
    Column("sop_id", ForeignKey("sop.id"), nullable=False),
    Column("state", String(20), nullable=False),  # as drafts.STATES has them
    Column("revision", sa.Integer, nullable=False),  # counts the saves: who saves must have seen the newest
    Column("based_on", sa.Integer),  # sop_version.number; None for a new SOP
    Column("unit", String(100)),  # whose SOP it is, as its sheet says: who may write and who reviews first
    Column("bpmn", Text, nullable=False),
    Column("forms", Json, nullable=False),
    Column("tables", Json, nullable=False),
    Column("scenarios", Text, nullable=False),
    Column("author", sa.BigInteger),  # who is told of returns; None is the system
    Column("hands", Json, nullable=False),  # the ids of all who wrote in it or submitted it: none reviews it
    Column("begun_at", UtcDateTime, nullable=False),
    Column("changed_by", sa.BigInteger),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("round", sa.Integer, nullable=False),  # how often it was submitted
    Column("submitted_at", UtcDateTime),
    Column("first_by", sa.BigInteger),
    Column("first_at", UtcDateTime),
    Column("second_by", sa.BigInteger),
    Column("second_at", UtcDateTime),
    Column("emergency", Text),  # published without review: why
    Column("reasons", Json, nullable=False),  # {change: why}, for the table of amendments
    Column("number", sa.Integer),  # the version it became
    Column("ended_at", UtcDateTime),
    Index("ux_sop_draft_open", "sop_id", unique=True, sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN)),
)  # fmt: skip
sop_remark = Table(
    "sop_remark", metadata,  # 註n: what a reviewer wants answered before the draft is submitted again
    Column("id", Id, primary_key=True),
    Column("draft_id", ForeignKey("sop_draft.id"), nullable=False),
    Column("number", sa.Integer, nullable=False),
    Column("round", sa.Integer, nullable=False),
    Column("stage", String(20), nullable=False),  # first_review | second_review
    Column("element", String(200), nullable=False),  # '' for the SOP as a whole
    Column("text", Text, nullable=False),
    Column("by", sa.BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("answer", Text),
    Column("answered_by", sa.BigInteger),
    Column("answered_at", UtcDateTime),
    UniqueConstraint("draft_id", "number"),
)  # fmt: skip
sop_review = Table(
    "sop_review", metadata,  # one decision of a reviewer, with the questions ticked: what the minutes are made of
    Column("id", Id, primary_key=True),
    Column("draft_id", ForeignKey("sop_draft.id"), nullable=False),
    Column("round", sa.Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("decision", String(20), nullable=False),  # approved | returned
    Column("questions", Json, nullable=False),  # [question id]: looked at and found in order
    Column("opinion", Text, nullable=False),
    Column("by", sa.BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sop_review_draft", "draft_id"),
)  # fmt: skip
sop_warning = Table(
    "sop_warning", metadata,  # a warning that stands with its reason, for as long as it says the same
    Column("id", Id, primary_key=True),
    Column("sop_id", ForeignKey("sop.id"), nullable=False),
    Column("rule", String(100), nullable=False),
    Column("element", String(200), nullable=False),  # '' for the SOP as a whole
    Column("message", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", sa.BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sop_warning_sop", "sop_id"),
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
    Column("version", sa.Integer, nullable=False, server_default="1"),  # of the form as it is in use now
)  # fmt: skip
