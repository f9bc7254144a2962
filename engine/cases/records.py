"""The cases' tables. A case row holds its live state only; its history is the journal and the answers."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from engine.store import Id, Json, UtcDateTime, metadata

#: the office's day and the Monday of its week, as SQLite tells them and its indexes hold them
DAY_OF = "date({}, '+8 hours')"
WEEK_OF = "date({}, '+8 hours', 'weekday 0', '-6 days')"
ENDED_OUT_OF_CONTROL = "status = 'ended' AND controlled_at IS NULL"

case = Table(
    "case", metadata,
    Column("id", Id, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),  # 民國 year and serial: 115-000123
    Column("bundle", ForeignKey("bundle.hash"), nullable=False),
    Column("sop_id", String(100), nullable=False),
    Column("start", String(100), nullable=False),
    Column("title", String(200), nullable=False),
    Column("status", String(20), nullable=False),  # open | ended | withdrawn
    Column("version", sa.Integer, nullable=False),
    Column("state", Text, nullable=False),  # flow's own codec
    Column("unit", String(64)),  # the responsible unit
    Column("type", String(64)),
    Column("channel", String(40)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("opened_by", sa.BigInteger),
    Column("ended_at", UtcDateTime),
    Column("end", String(100)),  # the end event reached
    Column("close_reason", String(40)),
    Column("dispatched_at", UtcDateTime),  # 公文除管
    Column("released_at", UtcDateTime),  # 解除列管
    Column("controlled_at", UtcDateTime),  # 列管
    Column("suspended_at", UtcDateTime),  # 停止計時 since then; NULL: its clocks run
    Column("parent_id", sa.BigInteger),
    Column("priority", sa.Integer, nullable=False, server_default="0"),  # 0 普通 | 1 速件 | 2 最速件
    Column("solved", String(10)),  # yes | partly | no: another question than closed; NULL: nobody has said
    Column("informant", sa.Boolean, nullable=False, server_default=sa.false()),  # 檢舉: the identity is masked
    Column("reopened_at", UtcDateTime),  # wrongly released, taken up again
    Column("place", String(64)),  # keyed digest of the place it is about: finds the same place, tells nothing
    Column("moved_at", UtcDateTime),  # when a person last took it further: what lies still is found by it
    Index("ix_case_open", "sop_id", "unit", "bundle", "start", "status", sqlite_where=sa.text("status = 'open'"),
          postgresql_where=sa.text("status = 'open'")),
    Index("ix_case_open_unit", "unit", sqlite_where=sa.text("status = 'open'"),
          postgresql_where=sa.text("status = 'open'")),
    Index("ix_case_parent", "parent_id"),
    Index("ix_case_place", "place", "id"),
    # weeks and months are counted from these alone: a row, with its state, is a thousand bytes
    Index("ix_case_received", "received_at", "unit", "sop_id"),
    Index("ix_case_released", "released_at", "unit", "sop_id", "received_at", "controlled_at",
          sqlite_where=sa.text("released_at IS NOT NULL"), postgresql_where=sa.text("released_at IS NOT NULL")),
    Index("ix_case_ended", "ended_at", "unit", "sop_id", "controlled_at", "status", "received_at", "released_at",
          sqlite_where=sa.text("ended_at IS NOT NULL"), postgresql_where=sa.text("ended_at IS NOT NULL")),
    Index("ix_case_controlled", "controlled_at", "unit", sqlite_where=sa.text("controlled_at IS NOT NULL"),
          postgresql_where=sa.text("controlled_at IS NOT NULL")),
    Index("ix_case_never_in_control", "controlled_at", sqlite_where=sa.text("controlled_at IS NULL"),
          postgresql_where=sa.text("controlled_at IS NULL")),
    # whole lists are read from these: nothing they ask for lies in the row alone
    Index("ix_case_in_control", "controlled_at", "unit", "sop_id", "released_at", "status",
          sqlite_where=sa.text("controlled_at IS NOT NULL AND released_at IS NULL AND status = 'open'"),
          postgresql_where=sa.text("controlled_at IS NOT NULL AND released_at IS NULL AND status = 'open'")),
    Index("ix_case_moved", "moved_at", sqlite_where=sa.text("status = 'open'"),
          postgresql_where=sa.text("status = 'open'")),
    Index("ix_case_suspended", "suspended_at", sqlite_where=sa.text("suspended_at IS NOT NULL"),
          postgresql_where=sa.text("suspended_at IS NOT NULL")),
    # what runs on each version, and the newest of it
    Index("ix_case_version", "bundle", "id", "status"),
    # SQLite counts weeks and days in these orders, and would else sort a year's cases; PostgreSQL has no need of them
    *(
        Index(f"ix_case_{name}", *(sa.text(one) for one in by), "unit", "sop_id", *at,
              sqlite_where=sa.text(when) if when else None).ddl_if(dialect="sqlite")
        for name, by, at, when in (
            ("week_received", (WEEK_OF.format("received_at"),), ("received_at",), ""),
            ("week_released", (WEEK_OF.format("released_at"),), ("released_at",), "released_at IS NOT NULL"),
            # controlled_at, always NULL here, before the others: else SQLite would read all that never were in control
            ("week_ended", ("controlled_at", WEEK_OF.format("ended_at")), ("ended_at",), ENDED_OUT_OF_CONTROL),
            ("days_released", (DAY_OF.format("released_at"), DAY_OF.format("received_at")),
             ("released_at", "received_at"), "released_at IS NOT NULL"),
            ("days_ended", ("controlled_at", DAY_OF.format("ended_at"), DAY_OF.format("received_at")),
             ("ended_at", "received_at"), ENDED_OUT_OF_CONTROL),
        )
    ),
)  # fmt: skip
serial = Table(
    "serial", metadata,
    Column("name", String(40), primary_key=True),  # case:115
    Column("last", sa.Integer, nullable=False),
)  # fmt: skip
item = Table(
    "item", metadata,  # a work item 待辦: a step waiting for a person, or done by one
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("step", String(200), nullable=False),  # step path
    Column("opening", sa.Integer, nullable=False),  # 1 = first time this step opened in the case
    Column("name", String(200), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("role", String(64), nullable=False),
    Column("assignee", sa.BigInteger),
    Column("status", String(20), nullable=False),  # open | done | cut (by a timer or a move) | withdrawn
    Column("version", sa.Integer, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("done_at", UtcDateTime),
    Column("done_by", sa.BigInteger),
    Column("late", sa.Boolean, nullable=False, default=False),
    Column("each_unit", String(64), nullable=False, default=""),
    Column("sop_id", String(100), nullable=False, server_default=""),  # of its case: open work is counted by it
    UniqueConstraint("case_id", "step", "opening", "each_unit"),
    Index("ix_item_done", "done_by", "done_at"),
    # the open work of a house is counted and ordered from these alone; status is among the columns because SQLite does
    # not see that the index implies it
    Index("ix_item_open_unit", "unit", "sop_id", "step", "role", "assignee", "opened_at", "due_at", "case_id", "name",
          "status", sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'")),
    # of what somebody holds only: for what nobody has taken SQLite would take this one and look up every row
    Index("ix_item_open_assignee", "assignee", "due_at",
          sqlite_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
          postgresql_where=sa.text("status = 'open' AND assignee IS NOT NULL")),
    Index("ix_item_open_case", "case_id", "step", "unit", "status", sqlite_where=sa.text("status = 'open'"),
          postgresql_where=sa.text("status = 'open'")),
)  # fmt: skip
answer = Table(
    "answer", metadata,  # what a person entered at a step; an amendment is a new row that names the old one
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("step", String(200), nullable=False),  # step path; the start event's id for the opening
    Column("item_id", sa.BigInteger),
    Column("answers", Json, nullable=False),
    Column("checklist", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", sa.BigInteger),
    Column("amends", sa.BigInteger),
    Column("reason", Text),
    Index("ix_answer_case_step", "case_id", "step", "id"),
)  # fmt: skip
draft = Table(
    "draft", metadata,
    Column("item_id", ForeignKey("item.id"), primary_key=True),
    Column("answers", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", sa.BigInteger, nullable=False),
)  # fmt: skip
link = Table(
    "link", metadata,
    Column("case_id", ForeignKey("case.id"), primary_key=True),
    Column("to_id", ForeignKey("case.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),  # duplicate | re-petition
    Column("at", UtcDateTime, nullable=False),
    Index("ix_link_to", "to_id"),
)  # fmt: skip
child = Table(
    "child", metadata,  # a case that another one opened: a call box, or the rung of a deadline
    Column("case_id", Id, ForeignKey("case.id"), primary_key=True, autoincrement=False),
    Column("parent_id", ForeignKey("case.id"), nullable=False),
    Column("step", String(200), nullable=False),  # path of the box, or of the deadline
    Column("opening", sa.Integer, nullable=False),  # 1 = first time the box opened in the parent
    Column("position", sa.Integer, nullable=False),  # of its entry in the list
    Column("entry", String(200), nullable=False),  # a unit or a text; empty where the box opens one case
    Column("waits", sa.Boolean, nullable=False),  # whether the parent waits for it
    UniqueConstraint("parent_id", "step", "opening", "position"),
)  # fmt: skip
document = Table(
    "document", metadata,  # what left or was made: reply, follow-up sheet, meeting hand-in, control record
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("form", String(100)),  # ref of the form register
    Column("step", String(200), nullable=False),
    Column("answer_id", sa.BigInteger),  # the text it was composed from
    Column("facts", Json, nullable=False),
    Column("notice_id", sa.BigInteger),  # the delivery that proves its sending
    Column("returned_at", UtcDateTime),  # came back as undeliverable
    Column("returned_why", Text),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_document_case", "case_id"),
    Index("ix_document_returned", "returned_at", sqlite_where=sa.text("returned_at IS NOT NULL"),
          postgresql_where=sa.text("returned_at IS NOT NULL")),
)  # fmt: skip
meeting_item = Table(
    "meeting_item", metadata,  # the list of the municipal meeting, until the meeting's own SOP exists
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("category", String(60), nullable=False),
    Column("why", String(40), nullable=False),  # hand-in | third-re-petition
    Column("at", UtcDateTime, nullable=False),
    Column("ruled_at", UtcDateTime),
    UniqueConstraint("case_id", "category", "at"),
)  # fmt: skip
incident = Table(
    "incident", metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id")),
    Column("alarm_id", sa.BigInteger),
    Column("step", String(200)),
    Column("code", String(60), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", sa.BigInteger),  # NULL: the machine found it over
    Column("why", Text),  # of one set aside by a person; NULL: the case went on
    Index("ix_incident_open", "at", sqlite_where=sa.text("resolved_at IS NULL"),
          postgresql_where=sa.text("resolved_at IS NULL")),
)  # fmt: skip
idempotency = Table(
    "idempotency", metadata,  # one effect per form sent, however often it arrives
    Column("key", String(64), primary_key=True),
    Column("person_id", sa.BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),  # of the act asked; a different act under the same key is refused
    Column("result", Json, nullable=False),  # ids only
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
extension = Table(
    "extension", metadata,  # 展期: asked with a reason, decided by rank; the old date stays
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("deadline_path", String(200), nullable=False),
    Column("length", sa.Integer, nullable=False),
    Column("unit", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", sa.BigInteger),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),  # asked | granted | refused | overtaken
    Column("decided_by", sa.BigInteger),
    Column("decided_at", UtcDateTime),
    Column("decision", Text),
    Column("old_due_at", UtcDateTime, nullable=False),
    Column("new_due_at", UtcDateTime),
    Index("ix_extension_case", "case_id"),
    Index("ix_extension_asked", "asked_at", sqlite_where=sa.text("state = 'asked'"),
          postgresql_where=sa.text("state = 'asked'")),
)  # fmt: skip
suspension = Table(
    "suspension", metadata,  # 停止計時: while the petitioner is asked; the working time comes back
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("began_by", sa.BigInteger),
    Column("ended_at", UtcDateTime),
    Column("ended_by", sa.BigInteger),
    Column("given_back", Json),  # [{path, minutes, old_due, new_due}]
    Column("why_ended", Text),
    Index("ix_suspension_case", "case_id"),
)  # fmt: skip
milestone = Table(
    "milestone", metadata,  # an event that a plan counts back from, and that may move
    Column("case_id", ForeignKey("case.id"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
period_start = Table(
    "period_start", metadata,  # a calendar start happens once per period
    Column("sop_id", String(100), primary_key=True),
    Column("start", String(100), primary_key=True),
    Column("period", String(40), primary_key=True),  # 115-11, 115, 115-W47
    Column("case_id", sa.BigInteger),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
attachment = Table(
    "attachment", metadata,  # a file handed in with an answer; its bytes lie beside it
    Column("id", Id, primary_key=True),
    Column("case_id", Id),  # NULL until the case is opened
    Column("item_id", sa.BigInteger),
    Column("answer_id", sa.BigInteger),  # NULL while it is part of a draft
    Column("step", String(200), nullable=False),
    Column("field", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", sa.Integer, nullable=False),  # bytes
    Column("digest", String(64), nullable=False),  # sha256 of the content
    Column("nonce", sa.LargeBinary),  # of a sealed one (an informant's): AES-256-GCM; NULL: kept as it came
    Column("at", UtcDateTime, nullable=False),
    Column("by", sa.BigInteger),
    Column("removed_at", UtcDateTime),
    Index("ix_attachment_case", "case_id"),
    Index("ix_attachment_item", "item_id"),
)  # fmt: skip
attachment_content = Table(
    "attachment_content", metadata,
    Column("attachment_id", ForeignKey("attachment.id"), primary_key=True, autoincrement=False),
    Column("content", sa.LargeBinary, nullable=False),
)  # fmt: skip
note = Table(
    "note", metadata,  # what colleagues leave each other on a case; struck out, never deleted
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("by", sa.BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("struck_by", sa.BigInteger),
    Column("struck_at", UtcDateTime),
    Index("ix_note_case", "case_id"),
)  # fmt: skip
opinion = Table(
    "opinion", metadata,  # asked of a co-operating unit (會辦); the case goes on meanwhile
    Column("id", Id, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("role", String(64), nullable=False),
    Column("question", Text, nullable=False),
    Column("asked_by", sa.BigInteger),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("state", String(20), nullable=False),  # asked | given | taken back
    Column("answer", Text),
    Column("given_by", sa.BigInteger),
    Column("given_at", UtcDateTime),
    Index("ix_opinion_case", "case_id"),
    Index("ix_opinion_asked", "unit", "role", sqlite_where=sa.text("state = 'asked'"),
          postgresql_where=sa.text("state = 'asked'")),
)  # fmt: skip
case_gram = Table(
    "case_gram", metadata,  # pairs of characters of subject and text: two Chinese characters find a case
    # by code point on every database: a single character is sought as a range of pairs
    Column("gram", String(2).with_variant(String(2, collation="C"), "postgresql"), primary_key=True),
    Column("case_id", ForeignKey("case.id"), primary_key=True),
    Index("ix_case_gram_case", "case_id"),
)  # fmt: skip
import_batch = Table(
    "import_batch", metadata,  # the petitions open on the day the office moved in
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # sha256 of the file
    Column("rows", sa.Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", sa.BigInteger),
    Column("state", String(20), nullable=False),  # trying | bad | ready | running | done | undone | dropped
    Column("done", sa.Integer, nullable=False),  # rows tried, or taken in, so far
    Column("content", sa.LargeBinary),  # the file, sealed with the vault's key until the batch is over
    Column("nonce", sa.LargeBinary),
    Column("ended_at", UtcDateTime),
)  # fmt: skip
import_row = Table(
    "import_row", metadata,  # what would happen with each row of the file, or did; never an identity
    Column("batch_id", ForeignKey("import_batch.id"), primary_key=True),
    Column("row", sa.Integer, primary_key=True, autoincrement=False),  # as the spreadsheet counts: 2 is the first
    Column("old_number", String(60), nullable=False),
    Column("verdict", String(10), nullable=False),  # good | bad | known | in
    Column("says", Json, nullable=False),  # [[column, sentence]]
    Column("case_id", sa.BigInteger),
    Index("ix_import_row_verdict", "batch_id", "verdict"),
)  # fmt: skip
imported = Table(
    "imported", metadata,
    Column("old_number", String(60), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("batch_id", ForeignKey("import_batch.id"), nullable=False),
    Index("ix_imported_case", "case_id"),
)  # fmt: skip

bulk = Table(
    "bulk", metadata,  # one act for many, asked once: done case by case, each in its own transaction
    Column("id", Id, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # of the form: sent twice it is begun once
    Column("act", String(20), nullable=False),  # as bulk.ACTS has them
    Column("by", sa.BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("to", sa.BigInteger),  # the person it is assigned to
    Column("level", sa.Integer),  # of a priority
    Column("given", Json),  # of a renewal: {step: the step of the new version at which a case goes on}
    Column("reason", Text, nullable=False),
    Column("undoes", sa.BigInteger),  # the bulk it takes back
    Column("lines", sa.Integer, nullable=False),
)  # fmt: skip
bulk_line = Table(
    "bulk_line", metadata,
    Column("bulk_id", ForeignKey("bulk.id"), primary_key=True),
    Column("n", sa.Integer, primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("item_id", sa.BigInteger),  # NULL: an act on the case as a whole
    Column("seen", sa.Integer),  # the item's version on the page it was chosen from
    Column("state", String(20), nullable=False),  # waiting | done | refused
    Column("code", String(60)),  # of the refusal, and its sentence
    Column("sentence", Text),
    Column("before", sa.BigInteger),  # who held it, or its priority: what an undo goes back to
    Column("after", sa.Integer),  # the item's version when done: if it is another one now, something has followed
    Index("ix_bulk_line_waiting", "bulk_id", "n", sqlite_where=sa.text("state = 'waiting'"),
          postgresql_where=sa.text("state = 'waiting'")),
)  # fmt: skip

#: "still open", written out: a partial index does not serve a parameter
ITEM_IS_OPEN = item.c.status == sa.literal_column("'open'")
CASE_IS_OPEN = case.c.status == sa.literal_column("'open'")
