"""sopflow serve and clock, as processes of their own."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.cases.records import case
from engine.dates.records import alarm
from engine.library.records import sop_version
from engine.office import accounts
from engine.office.records import notice
from engine.store import Store
from tests.cli.conftest import ROOT, Run, runner

PATIENCE = 60  # seconds until a test gives up; nothing is asserted about time


class Started:
    """A child of ours and what it says. A thread reads: a line that lies in a buffer is not seen by ``select``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for text in said:
                self.lines.put(text)
        self.lines.put(None)


@contextmanager
def started(*words: str, **environment: str) -> Iterator[Started]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SOPFLOW_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "webui.cli", *words],
        cwd=ROOT, env=clean | environment | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    child = Started(process)
    try:
        yield child
    finally:
        process.kill()
        process.wait()
        child.reader.join()


def line(child: Started, pattern: str) -> re.Match[str]:
    """The next line of the child that fits."""
    seen = []
    until = time.monotonic() + PATIENCE
    while (left := until - time.monotonic()) > 0:
        try:
            text = child.lines.get(timeout=left)
        except queue.Empty:
            break
        if text is None:
            break
        seen.append(text)
        if match := re.search(pattern, text):
            return match
    raise AssertionError(f"no line like {pattern!r} in {seen}")


def eventually(store: Store, query: sa.Select[tuple[object]]) -> object:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with store.look() as db:
            found = db.execute(query).scalar()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it never happened")


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("word", ["serve", "clock"])
def test_an_alarm_that_is_due_rings_by_itself(sopflow: Run, petition: str, store: Store, home: Path, word: str) -> None:
    registered = '{"receipt_number": "府收-1", "responsible_unit": "works-lighting"}'
    assert sopflow("case", "complete", petition, "--as", "registry1", "--answers", registered).code == 0
    with store.act() as db:
        first = db.execute(sa.select(alarm.c.id).order_by(alarm.c.due_at).limit(1)).scalar_one()
        due = datetime.now(UTC) - timedelta(minutes=1)
        db.execute(alarm.update().where(alarm.c.id == first).values(due_at=due))
        assert db.execute(sa.select(alarm.c.rang_at).where(alarm.c.id == first)).scalar() is None
    more = ["--port", "0"] if word == "serve" else []
    url = store.url.render_as_string(hide_password=False)
    with started(word, *more, "--tick-every", "0.2", SOPFLOW_HOME=str(home), SOPFLOW_DATABASE=url) as process:
        line(process, "sopflow: ")
        eventually(store, sa.select(alarm.c.rang_at).where(alarm.c.id == first))
    with store.look() as db:
        told = db.execute(sa.select(notice.c.person_id).where(notice.c.kind == "reminder")).scalars().all()
    assert len(told) == len(set(told)) == 2  # nobody has claimed it: both officers of the section


def test_the_demonstration_prints_its_address_first_then_six_passwords_and_keeps_the_others_in_a_file(
    tmp_path: Path,
) -> None:
    home = str(tmp_path / "home")
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = str(taken.getsockname()[1])
    with started("serve", "--demo", "--cases", "8", "--port", port, SOPFLOW_HOME=home) as process:
        url = line(process, r"sopflow: (http://127\.0\.0\.1:\d+)")[1]
        assert not url.endswith(f":{port}")
        assert get(f"{url}/health")[0] == 200
        account = line(process, r"^  (lighting1) +(\S{12,}) +承辦人")
        file = Path(line(process, r"其他 \d+ 個帳號與密碼在 (\S+)")[1])
        assert file.parent == tmp_path / "home"
        assert file.stat().st_mode & 0o777 == 0o600
        listed = [each.split() for each in file.read_text("utf-8").splitlines()]
        assert ["lighting1", account[2], "例路燈甲"] in listed and {len(each) for each in listed} == {3}
        assert line(process, r"示範城市有 (\d+) 件陳情")[1] == "8"
        process.process.send_signal(signal.SIGTERM)
        assert process.process.wait(PATIENCE) == 0
    taken.close()
    with started("serve", "--demo", "--port", "0", SOPFLOW_HOME=home) as process:
        line(process, "sopflow: ")
        assert line(process, "沿用|lighting1")[0] == "沿用"
    rehearsal = runner({"SOPFLOW_HOME": home})
    assert rehearsal("journal", "verify").code == 0
    with Store(f"sqlite:///{home}/sopflow.sqlite3").look() as db:
        published = db.scalar(sa.select(sa.func.max(sop_version.c.published_at)))
        assert published <= db.scalar(sa.select(sa.func.min(case.c.received_at))), "the city began before its petitions"
    assert rehearsal("case", "list", "--as", "registry1", "--json").code == 0
    with started("serve", "--demo", "--renew", "--cases", "99", "--port", "0", SOPFLOW_HOME=home) as process:
        assert line(process, r"^  (lighting1) +(\S{12,}) ")[2] != account[2]
        process.process.send_signal(signal.SIGINT)
        assert process.process.wait(PATIENCE) == 0
    with started("serve", "--demo", "--port", "0", SOPFLOW_HOME=home) as process:
        assert line(process, "還沒有產生完"), "a city that was cut off is not passed off as a whole one"
    with Store(f"sqlite:///{home}/sopflow.sqlite3").look() as db:
        assert accounts.without_password(db) == frozenset(), "everyone on the list of passwords can sign in"


def test_a_real_office_is_never_thrown_away(tmp_path: Path) -> None:
    home = tmp_path / "home"
    real = runner({"SOPFLOW_HOME": str(home)})
    assert real("db", "upgrade").code == 0
    said = real("serve", "--demo", "--renew", "--port", "0")
    assert said.code == 1
    assert "not_a_rehearsal" in said.err
    assert real("db", "check").code == 0


def test_an_office_does_not_move_to_another_port_in_silence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = runner({"SOPFLOW_HOME": str(tmp_path / "home")})("serve", "--port", str(taken.getsockname()[1]))
    assert said.code == 1
    assert "127.0.0.1" in said.err and "另選一個埠" in said.err


@pytest.mark.parametrize(
    ("spoilt", "chinese", "english"),
    [
        ("home", "是檔案，不能當作資料夾", "cannot be a folder"),
        ("home/sopflow.sqlite3", "不是資料庫", ""),
    ],
)
def test_a_data_folder_that_cannot_be_one_is_a_sentence(
    tmp_path: Path, spoilt: str, chinese: str, english: str
) -> None:
    file = tmp_path / spoilt
    file.parent.mkdir(exist_ok=True)
    file.write_text("not what belongs here" * 100)
    real = runner({"SOPFLOW_HOME": str(tmp_path / "home")})
    said = real("db", "check")
    assert said.code == 1 and chinese in said.err and len(said.err.splitlines()) == 1
    assert english in real("--lang", "en", "db", "check").err
    assert file.read_text() == "not what belongs here" * 100
