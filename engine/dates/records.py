"""Time's tables: the calendar's own rows, deadlines and the alarms that ring once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index, String, Table, UniqueConstraint

from engine.store import Id, Json, UtcDateTime, metadata

calendar_day = Table(
    "calendar_day", metadata,  # overrides of the published calendar
    Column("day", sa.Date, primary_key=True),
    Column("working", sa.Boolean, nullable=False),
    Column("half", String(2)),  # am | pm: only that half is worked (a typhoon closes the other); NULL: the whole day
    Column("reason", String(200), nullable=False),
    Column("source", String(40), nullable=False),
)  # fmt: skip
deadline = Table(
    "deadline", metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("path", String(200), nullable=False),  # PO-D1, PO-FU/FU-D1, PO-04 for a step's own
    Column("step", String(200)),  # the step path it belongs to, when of a step
    Column("name", String(200), nullable=False),
    Column("regime", String(20), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("length", sa.Integer, nullable=False),
    Column("unit", String(20), nullable=False),
    Column("working", Json, nullable=False),  # [{date, what, why, article}], why this is the day
    Column("reckoned", Json, nullable=False, server_default="[]"),  # [{name, length, unit}]: all rules that competed
    Column("met_at", UtcDateTime),
    Column("changes", Json, nullable=False, server_default="[]"),  # [{at, from, to, why, act}]: older due dates
    Column("met_by", String(200)),  # the step path that met it
    Column("ended_at", UtcDateTime),  # met, replaced by a restart, or the case is over
    Column("stopped_at", UtcDateTime),  # it stands still since then (停止計時), and its alarms with it
    Index("ix_deadline_case", "case_id", "path", "id"),
    # which limit of a case is the next, and which come next in the house, is told from these alone
    Index("ix_deadline_running", "case_id", "due_at", "regime", "stopped_at", "ended_at",
          sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    Index("ix_deadline_open", "due_at", "case_id", "regime", "stopped_at", "ended_at",
          sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    # the limits of whole cases, also of those that are over: how many passed unmet in a week
    Index("ix_deadline_of_case", "due_at", "case_id", "met_at", "ended_at", "stopped_at", "regime", "step",
          sqlite_where=sa.text("step IS NULL"), postgresql_where=sa.text("step IS NULL")),
    Index("ix_deadline_met", "met_at", "due_at", "case_id", "regime", "step",
          sqlite_where=sa.text("step IS NULL AND met_at IS NOT NULL"),
          postgresql_where=sa.text("step IS NULL AND met_at IS NOT NULL")),
)  # fmt: skip
alarm = Table(
    "alarm", metadata,  # one thing that rings once
    Column("id", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("deadline_id", sa.BigInteger, nullable=False, default=0),  # 0: a plain timer of the path
    Column("kind", String(20), nullable=False),  # reminder | escalation | timer
    Column("rung", sa.Integer, nullable=False, default=0),
    Column("rung_offset", sa.Integer),  # how far from the due date, before or after by its kind; NULL for timers
    Column("rung_unit", String(20)),
    Column("step", String(200), nullable=False, default=""),  # the timer's step path; '' for rungs
    Column("opening", sa.Integer, nullable=False, default=0),  # which opening of that step
    Column("to", Json, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("rang_at", UtcDateTime),
    Column("silenced_at", UtcDateTime),
    Column("tries", sa.Integer, nullable=False, default=0),
    UniqueConstraint("case_id", "deadline_id", "kind", "rung", "step", "opening"),
    Index("ix_alarm_due", "due_at", sqlite_where=sa.text("rang_at IS NULL AND silenced_at IS NULL"),
          postgresql_where=sa.text("rang_at IS NULL AND silenced_at IS NULL")),
    # only what still waits: a long-lived case has rung and silenced thousands
    Index("ix_alarm_case", "case_id", "step", sqlite_where=sa.text("rang_at IS NULL AND silenced_at IS NULL"),
          postgresql_where=sa.text("rang_at IS NULL AND silenced_at IS NULL")),
    Index("ix_alarm_deadline", "deadline_id", sqlite_where=sa.text("rang_at IS NULL AND silenced_at IS NULL"),
          postgresql_where=sa.text("rang_at IS NULL AND silenced_at IS NULL")),
)  # fmt: skip
unit_limit = Table(
    "unit_limit", metadata,  # a unit's own, shorter limit (單位自訂要點), loaded with the organisation
    Column("unit_id", String(64), primary_key=True),  # it binds the units below as well
    Column("sop_id", String(100), primary_key=True),
    Column("deadline", String(100), primary_key=True),  # id in the SOP: PO-D1
    Column("case_type", String(64), primary_key=True, server_default=""),  # '': of every type
    Column("name", String(200), nullable=False),  # of the unit's own rule, for the working
    Column("length", sa.Integer, nullable=False),
    Column("unit", String(20), nullable=False),
)  # fmt: skip
tick = Table(
    "tick", metadata,  # the last heartbeat
    Column("name", String(20), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("rang", sa.Integer, nullable=False),
)  # fmt: skip
calendar_edition = Table(
    "calendar_edition", metadata,  # an official table that was brought in; a corrected one is a further row
    Column("id", Id, primary_key=True),
    Column("year", sa.Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("days", sa.Integer, nullable=False),
    Column("content", Json, nullable=False),  # {days: one 0 (worked) or 2 (off) per day, notes: {mmdd: words}}
    Column("at", UtcDateTime, nullable=False),
    Column("by", sa.BigInteger),
    UniqueConstraint("year", "hash"),
)  # fmt: skip
