"""Drafts, versions, what comes into force, and what a case is pinned to."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import BadSop, Missing, NotAllowed
from engine.library import bundles, shelf
from engine.library.folder import folder
from engine.library.records import sop_version
from engine.office import journal
from engine.office.people import SYSTEM, Person
from engine.store import Connection, Store
from tests.library.conftest import AT, FORM, Files, chart


def load(store: Store, files: Files) -> shelf.Loaded:
    with store.act() as db:
        return shelf.load(db, files.root, who=SYSTEM, at=AT)


def change(files: Files, step: str = "改了") -> None:
    files.put("shared", "review", chart("review", step=step))


def draft(db: Connection, files: Files, sop_id: str, who: Person = SYSTEM) -> int | None:
    return shelf.bring_in(db, folder(files.root)[sop_id], who=who, at=AT)


def states(store: Store) -> list[tuple[str, int, str]]:
    query = sa.select(sop_version.c.sop_id, sop_version.c.number, sop_version.c.state)
    with store.look() as db:
        return [tuple(row) for row in db.execute(query.order_by(sop_version.c.sop_id, sop_version.c.number))]


def test_unknown_sops_are_published_together_with_what_they_call(store: Store, files: Files) -> None:
    loaded = load(store, files)
    assert set(loaded.published) == {"letters", "review"}
    assert loaded.refused == {}
    assert states(store) == [("letters", 1, "published"), ("review", 1, "published")]


def test_loading_again_changes_nothing_and_writes_nothing(store: Store, files: Files) -> None:
    load(store, files)
    with store.look() as db:
        before = journal.of(db, "sop:letters")
    again = load(store, files)
    assert set(again.unchanged) == {"letters", "review"}
    assert (again.published, again.drafted) == ((), ())
    with store.look() as db:
        assert journal.of(db, "sop:letters") == before


def test_a_changed_file_becomes_a_draft_and_never_overwrites(store: Store, files: Files) -> None:
    load(store, files)
    change(files)
    assert load(store, files).drafted == ("review",)
    assert load(store, files).drafted == ()
    change(files, "又改了")
    assert load(store, files).drafted == ("review",)
    assert states(store)[1:] == [("review", 1, "published"), ("review", 2, "draft"), ("review", 3, "draft")]
    with store.look() as db:
        assert shelf.in_force(db)["review"].sop.nodes["RE-01"].name == "辦理"


def test_a_file_that_the_library_outgrew_is_no_change(store: Store, files: Files) -> None:
    load(store, files)
    change(files)
    with store.act() as db:
        draft(db, files, "review")
        shelf.publish(db, "review", who=SYSTEM, at=AT)
    change(files, "辦理")
    assert set(load(store, files).unchanged) == {"letters", "review"}
    with store.act() as db:
        assert draft(db, files, "review") == 3  # asked for by a person, it is a draft again


def test_an_sop_that_cannot_be_published_waits_as_a_draft_with_its_caller(store: Store, files: Files) -> None:
    files.put("shared", "review", chart("review", rule="nowhere"))
    loaded = load(store, files)
    assert set(loaded.refused) == {"letters", "review"}
    assert "unknown_table" in {finding.rule for finding in loaded.refused["review"]}
    assert states(store) == [("letters", 1, "draft"), ("review", 1, "draft")]
    change(files)
    assert set(load(store, files).published) == {"letters", "review"}


def test_an_unreadable_file_is_reported_and_the_others_load(store: Store, files: Files) -> None:
    files.put("city", "broken", b"<!DOCTYPE x><x/>")
    loaded = load(store, files)
    assert set(loaded.published) == {"letters", "review"}
    assert [finding.level for finding in loaded.refused["broken"]] == ["error"]
    assert {sop for sop, _, _ in states(store)} == {"letters", "review"}


def test_a_folder_must_be_named_like_its_sop(store: Store, files: Files) -> None:
    files.put("city", "replies", chart("letters", calls="review"))
    assert load(store, files).refused["replies"][0].rule == "sop_id"


def test_publishing_leaves_one_journal_entry_that_names_the_callers(store: Store, files: Files) -> None:
    load(store, files)
    change(files)
    with store.act() as db:
        draft(db, files, "review")
        lines = len(journal.of(db, "sop:review"))
        shelf.publish(db, "review", who=SYSTEM, at=AT)
        entries = journal.of(db, "sop:review")
    assert len(entries) == lines + 1
    assert entries[-1].verb == "sop.publish"
    assert entries[-1].effects["callers"] == ["letters"]
    assert entries[-1].effects["number"] == 2


def test_a_shared_procedure_that_would_break_a_caller_is_refused(store: Store, files: Files) -> None:
    load(store, files)
    broken = chart("review").replace(
        b"</bpmn:extensionElements>",
        b'<sop:parameter name="why" direction="in" required="true"/></bpmn:extensionElements>',
        1,
    )  # fmt: skip
    files.put("shared", "review", broken)
    with store.act() as db:
        draft(db, files, "review")
    with pytest.raises(BadSop) as refused, store.act() as db:
        shelf.publish(db, "review", who=SYSTEM, at=AT)
    assert (refused.value.code, refused.value.element) == ("caller_breaks", "letters")
    assert "required_parameter" in {finding.rule for finding in refused.value.findings}
    assert states(store)[-1] == ("review", 2, "draft")
    with store.look() as db:
        assert shelf.listed(db)[1]["version"] == 1


def test_nothing_with_a_blocking_finding_is_published(store: Store, files: Files) -> None:
    load(store, files)
    files.put("shared", "review", chart("review", rule="nowhere"))
    with store.act() as db:
        draft(db, files, "review")
    with pytest.raises(BadSop) as refused, store.act() as db:
        shelf.publish(db, "review", who=SYSTEM, at=AT)
    assert (refused.value.code, refused.value.element) == ("sop_findings", "RE-01")


def test_without_a_draft_there_is_nothing_to_publish(store: Store, files: Files) -> None:
    load(store, files)
    for name in ("letters", "nobody"):
        with pytest.raises(Missing), store.act() as db:
            shelf.publish(db, name, who=SYSTEM, at=AT)


def test_only_a_process_owner_drafts_and_publishes(store: Store, files: Files, staff: dict[str, Person]) -> None:
    load(store, files)
    change(files)
    with pytest.raises(NotAllowed), store.act() as db:
        draft(db, files, "review", staff["clerk"])
    with store.act() as db:
        draft(db, files, "review", staff["owner"])
    with pytest.raises(NotAllowed), store.act() as db:
        shelf.publish(db, "review", who=staff["clerk"], at=AT)
    with store.act() as db:
        shelf.publish(db, "review", who=staff["owner"], at=AT)
        assert journal.of(db, "sop:review")[-1].by == staff["owner"].id


def test_an_older_draft_published_later_is_the_newest_version(store: Store, files: Files) -> None:
    load(store, files)
    with store.act() as db:
        change(files, "第一")
        draft(db, files, "review")
        change(files, "第二")
        draft(db, files, "review")
        shelf.publish(db, "review", who=SYSTEM, at=AT)
        shelf.publish(db, "review", who=SYSTEM, at=AT)
        assert shelf.in_force(db)["review"].sop.nodes["RE-01"].name == "第一"
    assert [row[1:] for row in states(store) if row[0] == "review"] == [
        (1, "published"), (3, "published"), (4, "published"),
    ]  # fmt: skip


def test_a_case_keeps_its_bundle_while_newer_versions_come_into_force(store: Store, files: Files) -> None:
    load(store, files)
    with store.act() as db:
        old = shelf.bundle(db, "letters")
        assert shelf.bundle(db, "letters") == old
        change(files)
        draft(db, files, "review")
        assert shelf.bundle(db, "letters") == old
        shelf.publish(db, "review", who=SYSTEM, at=AT)
        new = shelf.bundle(db, "letters")
        assert new != old
        forget()
        assert shelf.opened(db, old).sops["review"].nodes["RE-01"].name == "辦理"
        assert shelf.opened(db, new).sops["review"].nodes["RE-01"].name == "改了"


def test_the_same_content_has_the_same_bundle_in_every_database(store: Store, memory: Store, files: Files) -> None:
    names = []
    for database in (store, memory):
        load(database, files)
        with database.act() as db:
            names.append(shelf.bundle(db, "letters"))
    assert names[0] == names[1]


def test_a_projection_is_made_once_per_process(store: Store, files: Files) -> None:
    load(store, files)
    with store.act() as db:
        name = shelf.bundle(db, "letters")
        first = shelf.projection(db, name, "LE-S")
        assert "LE-01/RE-01" in first.steps
        assert shelf.projection(db, name, "LE-S") is first
        forget()
        assert shelf.projection(db, name, "LE-S") is not first


def test_forms_and_tables_are_found_by_step_path(store: Store, files: Files, any_table: str) -> None:
    (files.root / "shared" / "level.dmn").write_text(any_table, "utf-8")
    files.put("shared", "review", chart("review", rule="level"))
    with store.act() as db:
        found = folder(files.root)
        for name in ("review", "letters"):
            shelf.bring_in(db, found[name], who=SYSTEM, at=AT)
        force(db)
        name = shelf.bundle(db, "letters")
        form = shelf.form(db, name, "LE-S")
        assert form is not None and form.title == "收件"
        assert shelf.form(db, name, "LE-01/RE-S") is None
        table = shelf.table(db, name, "LE-01/RE-01")
        assert table is not None and table.id == "level"
        assert shelf.table(db, name, "LE-01") is None
        for path in ("LE-09", "LE-01/LE-01", "LE-S/RE-01", "", "/"):
            with pytest.raises(Missing):
                shelf.form(db, name, path)


def test_an_unknown_bundle_or_sop_is_missing(store: Store, files: Files) -> None:
    load(store, files)
    with store.act() as db:
        with pytest.raises(Missing):
            shelf.bundle(db, "nobody")
        with pytest.raises(Missing):
            shelf.projection(db, "0" * 64, "LE-S")


def test_export_writes_back_every_byte(store: Store, files: Files, tmp_path: Path) -> None:
    files.put("city", "letters", chart("letters", calls="review"), **{"scenarios.yaml": "# 例\n[]\n"})
    (files.root / "city" / "letters" / "LE-S.form.json").write_text(FORM.replace("\n", "\r\n"), "utf-8", newline="")
    load(store, files)
    with store.look() as db:
        written = shelf.export(db, "letters", tmp_path / "out")
    names = sorted(path.name for path in (files.root / "city" / "letters").iterdir())
    assert sorted(path.name for path in written) == names
    for path in written:
        assert path.read_bytes() == (files.root / "city" / "letters" / path.name).read_bytes()


def test_an_older_version_can_be_exported_by_number(store: Store, files: Files, tmp_path: Path) -> None:
    load(store, files)
    change(files)
    with store.act() as db:
        draft(db, files, "review")
        shelf.publish(db, "review", who=SYSTEM, at=AT)
        shelf.export(db, "review", tmp_path / "old", number=1)
        shelf.export(db, "review", tmp_path / "new")
        with pytest.raises(Missing):
            shelf.export(db, "review", tmp_path / "none", number=9)
    file = Path("shared/review/review.bpmn")
    assert "改了" not in (tmp_path / "old" / file).read_text("utf-8")
    assert "改了" in (tmp_path / "new" / file).read_text("utf-8")


def forget() -> None:
    """As in a new process."""
    for kept in (bundles._folders, bundles._bundles, bundles._projections):
        kept.clear()


def force(db: Connection) -> None:
    """In force without the check: what is tested here is not the SOP."""
    from engine.library.records import sop

    for row in db.execute(sa.select(sop_version)).mappings():
        db.execute(sop.update().where(sop.c.id == row["sop_id"]).values(in_force=row["id"]))
