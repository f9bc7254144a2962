"""One SOP as its files: chart, screen forms, decision tables, scenarios. Read from disk or from a stored version.

    processes/<division>/<sop-id>/<sop-id>.bpmn      the chart: the whole truth of the SOP
                                 /<step-id>.form.json  screen fields of a step
                                 /<decision>.dmn       a decision table
                                 /scenarios.yaml
    processes/shared/<sop-id>/…                       procedures that others call
    processes/shared/<decision>.dmn                   tables that several SOPs use

Only reading; nothing here knows a database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from engine.errors import BadSop
from engine.sops import bpmn, calls
from engine.sops import decisions as tables_of
from engine.sops import forms as forms_of
from engine.sops.decisions import Table
from engine.sops.forms import ScreenForm
from engine.sops.sop import Sop

SHARED = "shared"
FORM_ENDING = ".form.json"
#: larger files are not even read to their end (the BPMN reader has its own, equal limit)
MOST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class SopFolder:
    """What lies in one SOP's folder, as written. Parsing is done on first use and kept."""

    id: str
    division: str
    bpmn: bytes
    forms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # step id → JSON text
    tables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # decision id → DMN text
    scenarios: str = ""

    @cached_property
    def hash(self) -> str:
        """Names the content that runs: chart, screen forms and tables. Scenarios are its proof, not its content."""
        content = json.dumps(
            [self.bpmn.decode("utf-8", "surrogateescape"), dict(self.forms), dict(self.tables)],
            sort_keys=True,
        )
        return hashlib.sha256(content.encode()).hexdigest()

    @cached_property
    def sop(self) -> Sop:
        """The chart as values. Raises BadSop when it is not readable."""
        return bpmn.read(self.bpmn)

    @cached_property
    def screen_forms(self) -> Mapping[str, ScreenForm]:
        """Step id → screen form. Raises BadSop, with the step as element, for the first one that is not readable."""
        return {step: read_form(step, text) for step, text in self.forms.items()}

    @cached_property
    def decision_tables(self) -> Mapping[str, Table]:
        """Decision id → table. Raises BadSop, with the decision as element, for the first one not readable."""
        return {name: read_table(name, text) for name, text in self.tables.items()}


def read_form(step: str, text: str) -> ScreenForm:
    try:
        return forms_of.read(text)
    except BadSop as bad:
        raise BadSop(bad.code, bad.sentence, element=bad.element or step) from None


def read_table(name: str, text: str) -> Table:
    try:
        table = tables_of.read(text.encode())
    except BadSop as bad:
        raise BadSop(bad.code, bad.sentence, element=bad.element or name) from None
    if table.id != name:
        raise BadSop("decision_name", f"決策表 {table.id} 的檔名應為 {table.id}.dmn。", element=name)
    return table


def read_text(path: Path) -> str:
    """A text file as UTF-8. Raises BadSop, with the file's name as element, when it is too large or not UTF-8."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSop("encoding", f"檔案 {path.name} 不是 UTF-8 編碼。", element=path.name, readable=False) from None


def read_bytes(path: Path) -> bytes:
    """At most one byte more than the limit: enough to know that it is too large."""
    try:
        with path.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as problem:
        reason = "沒有這個檔案" if isinstance(problem, FileNotFoundError) else "檔案打不開"
        raise BadSop("file_unreadable", f"無法讀取檔案 {path.name}：{reason}。", readable=False) from None
    if len(data) > MOST_BYTES:
        raise BadSop("too_large", f"檔案 {path.name} 超過 2 MiB 上限。", element=path.name, readable=False)
    return data


def read_folder(path: Path, *, shared_tables: Mapping[str, str] = MappingProxyType({})) -> SopFolder:
    """The SOP whose folder this is. Tables its chart names but which lie in ``processes/shared`` become part of it.

    Raises BadSop when a file is not there, too large or not UTF-8; a chart that cannot be parsed is no error here.
    """
    chart = read_bytes(path / f"{path.name}.bpmn")
    tables = {file.stem: read_text(file) for file in sorted(path.glob("*.dmn"))}
    named = {name: text for name, text in shared_tables.items() if name not in tables and _mentions(chart, name)}
    scenarios = path / "scenarios.yaml"
    return SopFolder(
        id=path.name,
        division=path.parent.name,
        bpmn=chart,
        forms={_step_of(file): read_text(file) for file in sorted(path.glob(f"*{FORM_ENDING}"))},
        tables=tables | named,
        scenarios=read_text(scenarios) if scenarios.is_file() else "",
    )


def folder(root: Path) -> dict[str, SopFolder]:
    """Every SOP under ``processes/``, by id, in the order of their paths. Raises BadSop when two have one id."""
    tables = shared_tables(root)
    found: dict[str, SopFolder] = {}
    for path in sop_paths(root):
        if path.name in found:
            raise BadSop("sop_twice", f"作業流程 {path.name} 出現在兩個資料夾。", element=path.name)
        found[path.name] = read_folder(path, shared_tables=tables)
    return found


def sop_paths(root: Path) -> Iterator[Path]:
    """The folders under ``root`` that hold an SOP: ``<division>/<sop-id>/<sop-id>.bpmn``."""
    for path in sorted(root.glob("*/*")):
        if (path / f"{path.name}.bpmn").is_file():
            yield path


def shared_tables(root: Path) -> dict[str, str]:
    """Decision tables that several SOPs use: ``processes/shared/<decision>.dmn``."""
    return {file.stem: read_text(file) for file in sorted((root / SHARED).glob("*.dmn"))}


def around(file: Path, root: Path) -> tuple[SopFolder, dict[str, SopFolder]]:
    """One file with what it needs: the SOP itself, and every procedure it calls, near or far.

    Callees, forms and tables come from the file's own folder first (``<id>.bpmn``, ``<step>.form.json``,
    ``<decision>.dmn``), then from the library at ``root``. Callees that are nowhere are simply absent.
    Raises BadSop (not readable) for the file itself only.
    """
    far = {path.name: path for path in sop_paths(root)} if root.is_dir() else {}
    tables = shared_tables(root) if root.is_dir() else {}
    main = _beside(file, read_bytes(file), far, tables)
    library = {main.sop.id: main}
    wanted = calls.called_by(main.sop)
    while wanted:
        callee = wanted.pop()
        if callee in library or not _plain_name(callee):
            continue
        try:
            near = file.parent / f"{callee}.bpmn"
            if near.is_file():
                found = _beside(near, read_bytes(near), far, tables)
            elif callee in far:
                found = read_folder(far[callee], shared_tables=tables)
            else:
                continue
            called = calls.called_by(found.sop)
        except BadSop:
            continue
        if found.sop.id != callee:
            continue
        library[callee] = found
        wanted |= called
    return main, library


def scenarios_beside(file: Path, sop_id: str, root: Path) -> str:
    """The scenarios in a file's own folder, else those of the SOP of that id in the library; '' where there are none.

    Raises BadSop when they are not readable.
    """
    far = {path.name: path for path in sop_paths(root)} if root.is_dir() else {}
    found = _first([file.parent, *([far[sop_id]] if sop_id in far else [])], "scenarios.yaml")
    return read_text(found) if found is not None else ""


def _beside(file: Path, chart: bytes, far: Mapping[str, Path], tables: Mapping[str, str]) -> SopFolder:
    """The SOP in a file that need not lie in a folder of its own: it takes only the forms and tables it names."""
    sop = bpmn.read(chart)
    forms_found: dict[str, str] = {}
    tables_found: dict[str, str] = {}
    places = [file.parent, *([far[sop.id]] if sop.id in far else [])]
    for node in sop.nodes.values():
        if _plain_name(node.id) and (form := _first(places, f"{node.id}{FORM_ENDING}")):
            forms_found[node.id] = _text_or_nothing(form)
        if node.decision is None or not _plain_name(ref := node.decision.ref):
            continue
        if table := _first(places, f"{ref}.dmn"):
            tables_found[ref] = _text_or_nothing(table)
        elif ref in tables:
            tables_found[ref] = tables[ref]
    return SopFolder(sop.id, file.parent.parent.name, chart, forms_found, tables_found)


def _text_or_nothing(file: Path) -> str:
    """A form or table that cannot be read is a finding about it, not about the chart: empty text never parses."""
    try:
        return read_text(file)
    except BadSop:
        return ""


def _first(places: list[Path], name: str) -> Path | None:
    return next((place / name for place in places if (place / name).is_file()), None)


def _plain_name(name: str) -> bool:
    """Safe as a file's name: an id of a file we did not write must not lead out of the folder."""
    return bool(name) and len(name) <= 100 and not set(name) & set("/\\\0") and not name.startswith(".")


def _step_of(file: Path) -> str:
    return file.name[: -len(FORM_ENDING)]


def _mentions(chart: bytes, table: str) -> bool:
    """Cheap and never too few: a chart that uses a table writes its name in an attribute."""
    return f'"{table}"'.encode() in chart or f"'{table}'".encode() in chart
