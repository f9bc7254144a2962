"""Where manuals lie when they are made: in the data folder, under a name that changes with anything in them.

Making one takes minutes: it is done beside the desk's other work, one at a time, and how far it is can be asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Lock, Thread

from engine.errors import NotNow, Refusal
from webui import manuals
from webui.manuals import Gathered
from webui.papers import KINDS

__all__ = ["Made", "Work", "begin", "made", "place", "work"]


@dataclass(slots=True)
class Work:
    """One manual that is being made; ``problem``: why it could not be."""

    name: str
    what: str = "charts"
    done: int = 0
    whole: int = 0
    over: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A manual that lies ready."""

    kind: str
    size: int
    at: datetime


log = logging.getLogger("sopflow.web")
_lock = Lock()
#: data folder → the newest work there
_works: dict[Path, Work] = {}


def place(home: Path, gathered: Gathered, kind: str) -> Path:
    """Where this manual lies, or will."""
    which = f"{gathered.division or 'city'}-{gathered.facts.language}"
    return home / "manuals" / f"{which}-{gathered.key}.{kind}"


def made(home: Path, gathered: Gathered, clock: Callable[[float], datetime]) -> list[Made]:
    found = []
    for kind in KINDS:
        file = place(home, gathered, kind)
        if file.is_file():
            seen = file.stat()
            found.append(Made(kind, seen.st_size, clock(seen.st_mtime)))
    return found


def work(home: Path) -> Work | None:
    """What is being made now, or was made last."""
    return _works.get(home)


def begin(home: Path, gathered: Gathered, kind: str, *, on: date) -> None:
    """Start making it; nothing happens where it lies ready. Raises NotNow while another one is being made."""
    file = place(home, gathered, kind)
    with _lock:
        running = _works.get(home)
        if running is not None and not running.over:
            if running.name == file.name:
                return
            raise NotNow("manual_busy", "正在製作另一份手冊，請等它完成再製作這一份。")
        if file.is_file():
            return
        _works[home] = one = Work(file.name, whole=len(gathered.folders))
    Thread(target=_make, args=(one, file, gathered, kind, on), daemon=True).start()


def _make(one: Work, file: Path, gathered: Gathered, kind: str, on: date) -> None:
    def told(what: str, done: int, whole: int) -> None:
        one.what, one.done, one.whole = what, done, whole

    try:
        paper = manuals.paper(gathered, on=on, told=told)
        content = manuals.file(paper, kind, sops=len(gathered.folders), told=told)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(file)
        which = file.name.rpartition("-")[0]
        for old in file.parent.glob(f"{which}-*.{kind}"):
            if old != file:
                old.unlink(missing_ok=True)
    except Refusal as refusal:
        one.problem = refusal.sentence
    except Exception as mistake:
        log.exception("a manual could not be made")
        one.problem = f"手冊沒有做成（{type(mistake).__name__}）。"
    finally:
        one.over = True
