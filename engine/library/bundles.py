"""Bundles: what one case runs, for life. One SOP and every procedure it calls, as they were when it opened.

A bundle's hash names its content, so what it means is worked out once per process and is right in every database:
the chart is parsed once, the projection of a start made once, a form read once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine import flow
from engine.errors import Missing
from engine.library.folder import SopFolder
from engine.library.records import bundle as bundle_table
from engine.library.records import sop as sop_table
from engine.library.records import sop_version as version_table
from engine.sops import calls
from engine.sops.decisions import Table
from engine.sops.forms import ScreenForm
from engine.sops.sop import Sop
from engine.store import Connection

Key = TypeVar("Key")
Value = TypeVar("Value")

_IN_FORCE = sa.select(sop_table.c.id, version_table.c.id.label("version"), version_table.c.hash).join(
    version_table, version_table.c.id == sop_table.c.in_force
)
_VERSION = (
    sa.select(version_table, sop_table.c.division)
    .join(sop_table, sop_table.c.id == version_table.c.sop_id)
    .where(version_table.c.id == sa.bindparam("version"))
)
_HASHES = sa.select(version_table.c.id, version_table.c.hash).where(
    version_table.c.id.in_(sa.bindparam("ids", expanding=True))
)
_BUNDLE = sa.select(bundle_table).where(bundle_table.c.hash == sa.bindparam("hash"))
_SQLITE = sqlite.insert(bundle_table).on_conflict_do_nothing()
_POSTGRESQL = postgresql.insert(bundle_table).on_conflict_do_nothing()

#: more SOP versions than a process will ever see alive; the oldest leave first
_MOST = 2000
_folders: dict[str, SopFolder] = {}
_bundles: dict[str, Bundle] = {}
_projections: dict[tuple[str, str], flow.Projection] = {}
#: an SOP among the versions in force (id, hash) → the name of its bundle, and the versions it holds
_names: dict[tuple[str, frozenset[tuple[str, str]]], tuple[str, Mapping[str, str]]] = {}


@dataclass(frozen=True)
class Bundle:
    """``sops``: the SOP itself and its callees, by id."""

    hash: str
    sop_id: str
    folders: Mapping[str, SopFolder]
    sops: Mapping[str, Sop]

    @property
    def sop(self) -> Sop:
        return self.sops[self.sop_id]

    @property
    def decision_inputs(self) -> Mapping[str, frozenset[str]]:
        """What each decision table reads, by the name its steps use: a step that hands nothing in means these."""
        return {
            ref: frozenset(column.name for column in table.inputs)
            for folder in self.folders.values()
            for ref, table in folder.decision_tables.items()
        }

    def written_in(self, path: str) -> tuple[str, str]:
        """The procedure a step path is written in, and the step's id there. Raises Missing for no such path."""
        *calls, step = path.split("/")
        procedure = self.sop_id
        for call in calls:
            node = self.sops[procedure].nodes.get(call)
            if node is None or node.called not in self.sops:
                raise Missing("no_such_step", f"流程中沒有步驟 {path}。", element=path)
            procedure = str(node.called)
        if step not in self.sops[procedure].nodes:
            raise Missing("no_such_step", f"流程中沒有步驟 {path}。", element=path)
        return procedure, step

    def form(self, path: str) -> ScreenForm | None:
        """The screen form of a step, or of a start event; None when it asks for nothing."""
        procedure, step = self.written_in(path)
        return self.folders[procedure].screen_forms.get(step)

    def table(self, path: str) -> Table | None:
        """The decision table a step uses; None when it uses none, or the table was never there."""
        procedure, step = self.written_in(path)
        decision = self.sops[procedure].nodes[step].decision
        return self.folders[procedure].decision_tables.get(decision.ref) if decision else None


def bundle(db: Connection, sop_id: str) -> str:
    """The hash of what a case opened now would run. Raises Missing when the SOP has no version in force."""
    return _made(db, sop_id, _in_force(db, sop_id))


def name_now(db: Connection, sop_id: str) -> str:
    """The same hash in a look: whether such a bundle was made before or not, it is not made now."""
    return _named(db, sop_id, _in_force(db, sop_id))[0]


def _in_force(db: Connection, sop_id: str) -> dict[str, tuple[int, str]]:
    versions = {row.id: (row.version, row.hash) for row in db.execute(_IN_FORCE)}
    if sop_id not in versions:
        raise Missing("no_such_sop", f"沒有生效中的作業流程「{sop_id}」。", element=sop_id)
    return versions


def read_ahead(db: Connection) -> None:
    """Parse what is in force, in a look: the first act that needs it would hold everybody up meanwhile."""
    for row in db.execute(_IN_FORCE).all():
        _ = _folder(db, row.version, row.hash).sop


def within(db: Connection, bundle_hash: str, sop_id: str) -> str:
    """The hash of what a case of this procedure runs when a case of that bundle opens it: as it was for that one."""
    row = db.execute(_BUNDLE, {"hash": bundle_hash}).mappings().one()
    found = db.execute(_HASHES, {"ids": list(row["versions"].values())})
    hashes = {version.id: version.hash for version in found}
    return _made(db, sop_id, {name: (version, hashes[version]) for name, version in row["versions"].items()})


def _made(db: Connection, sop_id: str, versions: Mapping[str, tuple[int, str]]) -> str:
    """The bundle of an SOP out of these versions (id, hash), kept."""
    name, held = _named(db, sop_id, versions)
    if db.execute(_BUNDLE, {"hash": name}).first() is None:
        ids = {name: versions[name][0] for name in held}
        insert = _SQLITE if db.dialect.name == "sqlite" else _POSTGRESQL
        db.execute(insert, {"hash": name, "sop_id": sop_id, "versions": ids})
    return name


def _named(
    db: Connection, sop_id: str, versions: Mapping[str, tuple[int, str]]
) -> tuple[str, Mapping[str, str]]:  # fmt: skip
    key = (sop_id, frozenset((name, hash_) for name, (_, hash_) in versions.items()))
    if key not in _names:
        pinned = closure(sop_id, lambda name: _folder(db, *versions[name]) if name in versions else None)
        hashes = {name: versions[name][1] for name in pinned}
        _keep(_names, key, (hashlib.sha256(json.dumps([sop_id, hashes], sort_keys=True).encode()).hexdigest(), hashes))
    return _names[key]


def closure(sop_id: str, find: Callable[[str], SopFolder | None]) -> dict[str, SopFolder]:
    """An SOP and what is inlined into it, directly or through others. A called SOP that is not shared is a case of its
    own: it is named here, what it calls is not. Callees that ``find`` does not know are absent."""
    found: dict[str, SopFolder] = {}
    wanted = [sop_id]
    while wanted:
        name = wanted.pop()
        if name in found or (folder := find(name)) is None:
            continue
        found[name] = folder
        if name == sop_id or folder.sop.shared:
            wanted += sorted(calls.called_by(folder.sop))
    return found


def around(db: Connection, own: SopFolder) -> dict[str, SopFolder]:
    """An SOP as it is given here, with what is inlined into it in the versions in force."""
    versions = {row.id: (row.version, row.hash) for row in db.execute(_IN_FORCE)}

    def find(name: str) -> SopFolder | None:
        if name == own.id:
            return own
        return _folder(db, *versions[name]) if name in versions else None

    return closure(own.id, find)


def standing(db: Connection) -> dict[str, SopFolder]:
    """Every SOP in force, each content parsed once per process; for what runs, not for its scenarios."""
    return {row.id: _folder(db, row.version, row.hash) for row in db.execute(_IN_FORCE).all()}


def opened(db: Connection, bundle_hash: str) -> Bundle:
    """A bundle with everything in it parsed. Raises Missing when this database never made it."""
    if bundle_hash in _bundles:
        return _bundles[bundle_hash]
    row = db.execute(_BUNDLE, {"hash": bundle_hash}).mappings().first()
    if row is None:
        raise Missing("no_such_bundle", "這個案件所依據的流程版本不在資料庫中。", element=bundle_hash[:12])
    folders = {name: _folder(db, version) for name, version in row["versions"].items()}
    sops = {name: folder.sop for name, folder in folders.items()}
    value = Bundle(bundle_hash, row["sop_id"], MappingProxyType(folders), MappingProxyType(sops))
    return _keep(_bundles, bundle_hash, value)


def projection(db: Connection, bundle_hash: str, start: str) -> flow.Projection:
    """What runs from this start. Raises BadSop when it cannot (it was checked before it came into force)."""
    key = (bundle_hash, start)
    if key in _projections:
        return _projections[key]
    value = opened(db, bundle_hash)
    return _keep(_projections, key, flow.project(value.sop, start, value.sops, decision_inputs=value.decision_inputs))


def form(db: Connection, bundle_hash: str, path: str) -> ScreenForm | None:
    """The screen form of a step path, or of a start event; None when it asks for nothing."""
    return opened(db, bundle_hash).form(path)


def table(db: Connection, bundle_hash: str, path: str) -> Table | None:
    """The decision table of a step path; None when it uses none."""
    return opened(db, bundle_hash).table(path)


def forget(content: str) -> None:
    """Nothing of this content is kept any more: of a draft that was walked, and is different at its next save."""
    _folders.pop(content, None)
    for key, (name, held) in list(_names.items()):
        if content in held.values():
            _names.pop(key, None)
            _bundles.pop(name, None)
            for start in [start for bundle_hash, start in list(_projections) if bundle_hash == name]:
                _projections.pop((name, start), None)


def stored_folder(row: sa.RowMapping) -> SopFolder:
    """A stored version (with its SOP's division) as the folder it came from."""
    return SopFolder(
        row["sop_id"], row["division"], row["bpmn"].encode(), row["forms"], row["tables"], row["scenarios"]
    )


def _folder(db: Connection, version: int, hash_: str | None = None) -> SopFolder:
    """One version's content, parsed once per process. Callers who know the hash save the question."""
    if hash_ in _folders:
        return _folders[hash_]
    row = db.execute(_VERSION, {"version": version}).mappings().one()
    return _folders.get(row["hash"]) or _keep(_folders, row["hash"], stored_folder(row))


def _keep(kept: dict[Key, Value], key: Key, value: Value) -> Value:
    kept[key] = value
    while len(kept) > _MOST:
        kept.pop(next(iter(kept)), None)
    return value
