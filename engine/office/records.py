"""The office's tables: units, people, what they may do; the journal; notices; the vault."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from engine.store import Id, Json, UtcDateTime, metadata

unit = Table(
    "unit", metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("above", ForeignKey("unit.id")),
    Column("since", sa.Date),
    Column("until", sa.Date),  # its last day; afterwards it takes no new work
    Column("successor", ForeignKey("unit.id")),
)  # fmt: skip
unit_name = Table(
    "unit_name", metadata,  # what a unit was called, or will be, from that day on; unit.name is today's
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("since", sa.Date, primary_key=True),
    Column("name", String(100), nullable=False),
)  # fmt: skip
role = Table(
    "role", metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
)  # fmt: skip
person = Table(
    "person", metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("email", String(200)),
    Column("language", String(2)),  # of mails: zh, or en where English follows; NULL: as the office has it
    Column("password_hash", String(200)),
    Column("admin", sa.Boolean, nullable=False, default=False),
    Column("active", sa.Boolean, nullable=False, default=True),
    Column("failed", sa.Integer, nullable=False, default=0),
    Column("locked_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)  # fmt: skip
membership = Table(
    "membership", metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
    Column("since", sa.Date),
    Column("until", sa.Date),
    Index("ix_membership_unit_role", "unit_id", "role_id"),
)  # fmt: skip
substitution = Table(
    "substitution", metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("substitute_id", ForeignKey("person.id"), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index("ix_substitution_substitute", "substitute_id", "until"),
)  # fmt: skip
absence = Table(
    "absence", metadata,  # away, with or without a substitute; an absent person is given nothing new
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("by", sa.BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # back earlier than noted
    Index("ix_absence_person", "person_id", "until"),
)  # fmt: skip
exclusion = Table(
    "exclusion", metadata,  # who may not see a case, whatever they hold: the accused of an informant's report
    Column("case_id", Id, ForeignKey("case.id"), primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by", sa.BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_exclusion_person", "person_id"),
)  # fmt: skip
nomination = Table(
    "nomination", metadata,  # what one person asks for another and a second person grants: a role, or administration
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("unit_id", String(64)),  # NULL with role_id: to be an administrator
    Column("role_id", String(64)),
    Column("since", sa.Date),
    Column("until", sa.Date),
    Column("reason", Text, nullable=False),
    Column("asked_by", sa.BigInteger),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),  # asked | granted | refused
    Column("decided_by", sa.BigInteger),
    Column("decided_at", UtcDateTime),
    Index("ix_nomination_asked", "asked_at", sqlite_where=sa.text("state = 'asked'"),
          postgresql_where=sa.text("state = 'asked'")),
    Index("ix_nomination_person", "person_id"),
)  # fmt: skip
one_time_link = Table(
    "one_time_link", metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)  # fmt: skip
sign_in = Table(
    "sign_in", metadata,  # a server-side session
    Column("digest", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_sign_in_person", "person_id"),
)  # fmt: skip

#: the lines of the access report: who looked at an identity, who was refused, what was destroyed when it was due
OF_IDENTITY = "verb IN ('identity.open', 'identity.refused', 'identity.destroy', 'attachment.open')"
#: append-only; one line per act; chained per subject ('case:7', 'sop:petition-online', 'person:3', 'office')
entry = Table(
    "entry", metadata,
    Column("id", Id, primary_key=True),
    Column("subject", String(100), nullable=False),
    Column("seq", sa.Integer, nullable=False),
    Column("act_id", String(36), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", sa.BigInteger),  # person id; NULL is the system
    Column("step", String(200)),
    Column("reason", Text),
    Column("effects", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("subject", "seq"),
    Index("ix_entry_act", "act_id"),
    Index("ix_entry_identity", "at", sqlite_where=sa.text(OF_IDENTITY), postgresql_where=sa.text(OF_IDENTITY)),
    Index("ix_entry_at", "at"),
    Index("ix_entry_by", "by", "at", sqlite_where=sa.text("by IS NOT NULL"),
          postgresql_where=sa.text("by IS NOT NULL")),
)  # fmt: skip
#: the newest link of every chain: read and moved on in the act's own transaction
chain_head = Table(
    "chain_head", metadata,
    Column("subject", String(100), primary_key=True),
    Column("seq", sa.Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip
anchor = Table(
    "anchor", metadata,  # once a day: over the anchor before and the heads that moved since
    Column("day", sa.Date, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("heads", sa.Integer, nullable=False),  # how many moved since the anchor before
    Column("hash", String(64), nullable=False),
)  # fmt: skip
anchored = Table(
    "anchored", metadata,  # the heads that moved since the anchor before: what that day's anchor sealed
    Column("subject", String(100), primary_key=True),
    Column("seq", sa.Integer, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("day", sa.Date, nullable=False, index=True),
)  # fmt: skip

#: what the next digest tells, written as both databases' partial index has it
UNTOLD = "digest_id IS NULL AND read_at IS NULL AND NOT urgent"
notice = Table(
    "notice", metadata,  # the outbox: written in the act's transaction, delivered later
    Column("id", Id, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id")),  # NULL: to the petitioner of the case
    Column("case_id", Id),
    Column("kind", String(40), nullable=False),  # assigned | reminder | escalation | returned | reply | ...
    Column("level", sa.Integer, nullable=False, default=0),
    Column("facts", Json, nullable=False),  # case number, step, due: never an identity
    Column("at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("channel", String(20), nullable=False, default="desk"),  # desk | mail
    Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("digest_id", sa.BigInteger),  # the daily mail that told it
    Column("state", String(20), nullable=False, default="waiting"),  # waiting | sent | dead | folded | none
    Column("tries", sa.Integer, nullable=False, default=0),
    Column("next_try_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("proof", String(200)),  # Message-ID or the sink's file; of a dead one why, of a folded one the mail's key
    Index("ix_notice_waiting", "next_try_at", sqlite_where=sa.text("state = 'waiting'"),
          postgresql_where=sa.text("state = 'waiting'")),
    Index("ix_notice_person", "person_id", "read_at"),
    Index("ix_notice_untold", "person_id", sqlite_where=sa.text(UNTOLD), postgresql_where=sa.text(UNTOLD)),
    Index("ix_notice_case", "case_id"),
)  # fmt: skip

digest = Table(
    "digest", metadata,  # one mail per person and day with everything that was not urgent
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("day", sa.Date, nullable=False),
    Column("notices", sa.Integer, nullable=False),
    Column("notice_id", sa.BigInteger),  # the mail itself, in the outbox
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("person_id", "day"),
)  # fmt: skip

vault = Table(
    "vault", metadata,  # petitioner identity, AES-256-GCM, the case id as associated data
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("nonce", sa.LargeBinary, nullable=False),
    Column("sealed", sa.LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),  # keyed: finds the same person, tells nothing
    Column("channel", String(20)),
    Index("ix_vault_digest", "digest", "case_id"),
)  # fmt: skip
setting = Table(
    "setting", metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Json, nullable=False),
)  # fmt: skip
