"""What commands about a running city share: the settings, the open database, who acts, which case."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine import settings as settings_module
from engine.cases import Office, desks
from engine.errors import Invalid, Missing
from engine.office import people
from engine.office.people import SYSTEM, Person
from engine.settings import Settings
from engine.store import Connection, Store
from webui import beginning
from webui.commands.language import is_english, learn_titles, said, worded
from webui.commands.talk import note, now, unusable


@dataclass(frozen=True, slots=True)
class City:
    """One command's view: the database, and the instant the command was given."""

    settings: Settings
    store: Store
    begun: beginning.Begun
    at: datetime

    @contextmanager
    def act(self) -> Iterator[tuple[Connection, Office]]:
        """One act, one transaction."""
        with self.store.act() as db:
            yield db, beginning.office(db, self.begun.key)


def settings(*, as_json: bool = False) -> Settings:
    """What the environment decides; a bad value is unusable input, named."""
    try:
        return settings_module.read(os.environ)
    except Invalid as bad:
        unusable(_each(bad), as_json=as_json, code=bad.code)


def processes(*, as_json: bool = False) -> Path:
    """Where the library of SOP files is; needs no other setting to be right. May not exist."""
    named = os.environ.get("SOPFLOW_PROCESSES", "").strip()
    try:
        return settings_module.read({"SOPFLOW_PROCESSES": named} if named else {}).processes
    except Invalid as bad:
        if named:
            unusable(_each(bad), as_json=as_json, code=bad.code)
        return Path("processes")  # an installed package without a library of files


def _each(bad: Invalid) -> str:
    """Which settings are wrong, each with its sentence, in the reader's language."""
    told = (worded("{0}：{1}", name, said(sentence)) for name, sentence in sorted(bad.fields.items()))
    return worded("設定有誤：{0}", ("; " if is_english() else "").join(told))


@contextmanager
def open_city(*, as_json: bool = False) -> Iterator[City]:
    """The city with its database begun (shape, people, SOPs); what the operator should know goes to stderr."""
    chosen = settings(as_json=as_json)
    at = now()
    begun = beginning.begin(chosen, at=at)
    if is_english():
        with begun.store.look() as db:
            learn_titles(db)
    for sentence in begun.notes:
        note(sentence)
    try:
        yield City(chosen, begun.store, begun, at)
    finally:
        begun.store.close()


def person(db: Connection, account: str | None, at: datetime) -> Person:
    """Who acts; nobody named is the operator of the machine, who acts as the system."""
    return SYSTEM if account is None else people.get(db, account, at)


def case_id(db: Connection, which: str) -> int:
    """The id of a case named by its number or its id. Raises Missing."""
    return desks.number_or_id(db, str(which))


def item_id(db: Connection, case: int, step: str | None, *, status: str = "open") -> int:
    """The work item meant: the newest of that step with this status, or the only open one of the case.

    Raises Missing for no such item, Invalid when several are open and none was named.
    """
    found, steps = desks.item_called(db, case, step, status=status)
    if found is None:
        words = "待辦" if status == "open" else "已完成的步驟"
        raise Missing("no_such_item", f"案件目前沒有這個{words}{f'：{step[:60]}' if step else ''}。")
    if step is None and status == "open" and len(steps) > 1:
        raise Invalid("which_step", f"案件有多個待辦，請以 --step 指定：{'、'.join(steps)}。")
    return found
