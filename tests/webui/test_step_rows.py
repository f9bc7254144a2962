"""The rows of the SOP's list: what they show comes back as it was, and what cannot be so comes back with a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.library.folder import SopFolder, folder
from engine.sops import revising, revising_parts
from engine.sops.sop import LegalBasis, Sop
from webui import limit_tables, list_fields, list_known, rows, step_tables
from webui.editor_choices import CLOSED
from webui.part_tables import PARTS
from webui.posted import Posted

LIBRARY = folder(Path(__file__).parents[2] / "processes")


def choices_of(sop: Sop) -> Mapping[str, Sequence[tuple[str, str]]]:
    steps = [(node.id, f"{node.name}（{node.id}）") for node in sop.nodes.values()]
    open_ = ("units", "roles", "operators", "rules", "to", "fields", "tables", "procedures", "papers", "args", "lanes")
    closed = {name: list(words.items()) for name, words in CLOSED.items()}
    units = [(unit, unit) for unit in (sop.sheet.unit,) if unit]
    return dict.fromkeys(open_, ()) | closed | {"steps": steps, "approved": steps, "deadlines": (), "units": units}


def pairs_of(table: rows.Table, shown: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What a browser would send of these rows."""
    found = []
    for n, row in enumerate(shown):
        for name, value in row.items():
            for one in value if isinstance(value, list) else [value]:
                if one or table.columns[0].name == name:
                    found.append((f"{table.key}-{name}-{n}", one))
    return found


def sent_back(found: SopFolder, step: str) -> Posted:
    sop, node = found.sop, found.sop.nodes[step]
    known, choices = list_known.known(found, {}), choices_of(sop)
    now = revising.said(sop, step)
    pairs: list[tuple[str, str]] = []
    for name, value in list_fields.shown(now, known).items():
        if name == "co":
            pairs += [("co", one) for one in value]
        elif isinstance(value, list):
            pairs += [(f"{column}-{n}", said) for n, row in enumerate(value) for column, said in row.items()]
        else:
            pairs.append((name, value))
    for table in step_tables.of(node):
        pairs += pairs_of(table, step_tables.shown(sop, node, now, choices)[table.key])
    return Posted([(name, value) for name, value in pairs if value or name.startswith(("name", "form-"))])


def test_every_step_of_every_sop_sent_back_as_it_came_says_the_same() -> None:
    for found in LIBRARY.values():
        sop, choices = found.sop, choices_of(found.sop)
        known = list_known.known(found, {})
        for step, node in sop.nodes.items():
            said, notes = list_fields.read(sent_back(found, step), sop, node, known, choices)
            again = revising_parts.with_notes_of(revising.revise(sop, step, said), step, notes)
            assert again == sop, (found.id, step)


def test_every_part_and_deadline_of_every_sop_sent_back_as_it_came_says_the_same() -> None:
    for found in LIBRARY.values():
        sop, choices = found.sop, choices_of(found.sop)
        for name, part in PARTS.items():
            wrong: dict[str, str] = {}
            form = Posted(pairs_of(part.table, rows.shown(part.table, part.of(sop), choices)))
            made = rows.read(part.table, form, wrong, choices, base=part.of(sop))
            assert not wrong and part.into(sop, made) == sop, (found.id, name, wrong)
        for owner, limit in revising_parts.deadlines(sop):
            shown = limit_tables.shown(limit, choices)
            sent = Posted([pair for table in limit_tables.TABLES for pair in pairs_of(table, shown[table.key])])
            assert limit_tables.read(sent, limit, choices) == limit, (found.id, limit.id)
            assert revising_parts.with_deadline(sop, owner, limit) == sop


def test_no_row_that_is_shown_is_left_out_when_it_comes_back() -> None:
    sop = LIBRARY["petition-online"].sop
    choices, part = choices_of(sop), PARTS["laws"]
    many = [LegalBasis(f"例示要點{n}") for n in range(120)]
    form = Posted(pairs_of(part.table, rows.shown(part.table, many, choices)))
    assert rows.read(part.table, form, {}, choices, base=many) == many
