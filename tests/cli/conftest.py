"""The command line as people call it: words in, an exit code and two streams out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine import settings
from engine.store import Store
from tests import laid
from webui import beginning
from webui.cli import main
from webui.commands.talk import now

ROOT = Path(__file__).parents[2]
PETITION = {
    "channel": "線上陳情", "case_type": "其他", "subject": "路燈不亮", "location": "中山路", "body": "路燈不亮已一週。",
    "petitioner_name": "例民眾", "petitioner_email": "citizen@example.invalid",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Exactly one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Said]


def runner(environment: dict[str, str]) -> Run:
    def run(*words: str) -> Said:
        # nothing of the developer's own settings, nor of their terminal's language
        own = [name for name in os.environ if name.startswith("SOPFLOW_")]
        cleared: dict[str, str | None] = dict.fromkeys([*own, "LC_ALL", "LC_MESSAGES", "LANG"])
        result = CliRunner().invoke(main, words, env=cleared | environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.stderr
        return Said(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def files_only(home: Path) -> Run:
    """Commands about files: a home that must stay empty."""
    return runner({"SOPFLOW_HOME": str(home)})


@pytest.fixture
def sopflow(home: Path, store: Store) -> Run:
    """Commands about a city that was begun before, on SQLite and on PostgreSQL."""
    own = {"SOPFLOW_HOME": str(home), "SOPFLOW_DATABASE": store.url.render_as_string(hide_password=False)}
    laid.copied(store, ("begun",), lambda: beginning.begin(settings.read(own), at=now()).store.close())
    return runner(own)


@pytest.fixture
def petition(sopflow: Run) -> str:
    """The number of a petition that waits for the registry."""
    opened = sopflow("case", "open", "petition-online", "--as", "service1", "--answers", json.dumps(PETITION), "--json")
    assert opened.code == 0, opened.err
    return str(opened.json["number"])
