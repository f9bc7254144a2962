"""sopflow serve, clock, tick: the doors that stay open, and the bell rung by hand."""

from __future__ import annotations

import signal
import socket
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from types import FrameType
from typing import NoReturn

import click

from engine import clock
from engine.cases import Office
from engine.errors import NotAllowed
from engine.office.people import SYSTEM
from engine.rehearsal import demonstration
from engine.settings import Settings
from webui import beginning
from webui.commands import city, demo, rounds
from webui.commands.answers import Instant
from webui.commands.people_first import PeopleFirst
from webui.commands.talk import json_option, note, now, refuses, show, tell

THREADS = 8


@click.command("serve", help="啟動網頁桌面（含時鐘）。")
@click.option("--host", help="監聽位址；預設為 SOPFLOW_HOST。")
@click.option("--port", type=click.IntRange(0, 65535), help="埠；預設為 SOPFLOW_PORT。")
@click.option("--no-clock", is_flag=True, help="不啟動時鐘（另以 sopflow clock 執行）。")
@click.option("--tick-every", type=click.FloatRange(0.1, 3600), default=rounds.TICK_EVERY, help="幾秒看一次時鐘。")
@click.option("--demo", "as_demo", is_flag=True, help="示範城市：只聽本機，埠被占用時另選，密碼隨機印出一次。")
@click.option("--renew", is_flag=True, help="與 --demo 並用：丟掉舊的示範城市重新產生。")
@click.option(
    "--cases", "count", type=click.IntRange(1, 2000), default=demonstration.CASES, help="與 --demo 並用：幾件陳情。"
)
@refuses
def serve(
    host: str | None, port: int | None, no_clock: bool, tick_every: float, as_demo: bool, renew: bool, count: int
) -> None:  # fmt: skip
    from waitress.server import create_server  # the web is not loaded for commands that do not serve

    from webui.app import create_app

    chosen = city.settings()
    if renew:
        demo.throw_away(chosen)
    listening = _listen("127.0.0.1" if as_demo else host or chosen.host, chosen.port if port is None else port, as_demo)
    chosen = _at(chosen, listening)
    begun = beginning.begin(chosen, at=now(), since=demonstration.begins(now(), count=count) if as_demo else None)
    for sentence in begun.notes:
        note(sentence)
    store = begun.store

    def office() -> Office:
        with store.look() as db:
            return beginning.office(db, begun.key)

    first = PeopleFirst(create_app(chosen, store, office))
    server = create_server(first if as_demo else first.app, sockets=[listening], threads=THREADS, ident="sopflow")
    bell = rounds.bell(chosen, begun, tick_every=tick_every)
    signal.signal(signal.SIGTERM, _stop)
    click.echo(f"sopflow: {chosen.url}")

    def begin() -> None:
        """After the address: nothing before it depends on the size of the invented city. The clock waits for the city,
        whose petitions are of the past: it would ring their reminders all at once."""
        if as_demo and demo.greet(begun):
            demo.make(chosen, begun, count, first.wait)
        if not no_clock:
            bell.start()

    try:
        if as_demo:
            threading.Thread(target=begin, name="demo", daemon=True).start()
        else:
            begin()
        server.run()
    finally:
        bell.stop()
        store.close()


@click.command("clock", help="只啟動時鐘：到期事項、依行事曆開案、彙總與寄送、每日封存。")
@click.option("--tick-every", type=click.FloatRange(0.1, 3600), default=rounds.TICK_EVERY, help="幾秒看一次時鐘。")
@refuses
def clock_(tick_every: float) -> None:
    with city.open_city() as here:
        bell = rounds.bell(here.settings, here.begun, tick_every=tick_every)
        signal.signal(signal.SIGTERM, _stop)
        bell.start()
        tell("sopflow: 時鐘已啟動")
        try:
            threading.Event().wait()
        finally:
            bell.stop()


@click.command("tick", help="看一次時鐘：到期事項與依行事曆開案。--at 只看到那個時刻為止，晚於現在只限示範資料庫。")
@click.option("--at", type=Instant(), help="ISO 8601；預設為現在。")
@click.option("--trust", is_flag=True, help="主機時間正確、是先前的時鐘錯了：恢復因此暫停的計時。")
@json_option
@refuses
def tick(at: datetime | None, trust: bool, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here:
        instant = at or here.at
        with here.store.look() as db:
            # a real office's alarms must not ring before their time
            if instant > here.at + timedelta(seconds=1) and not demonstration.is_marked(db):
                raise NotAllowed("tick_ahead", "時間只有在示範資料庫裡才能往後調。")
            office = beginning.office(db, here.begun.key)
        if trust:
            with here.store.act() as db:
                clock.trust(db, who=SYSTEM, at=here.at)
        if at is not None:  # a time of one's own choice says nothing about the clock
            done, opened = clock.ring_due(here.store, instant, office), 0
        else:
            done = clock.tick(here.store, instant, office)
            opened = len(clock.start_periods(here.store, instant, office).opened)
    if as_json:
        show(
            {"at": instant, "rang": done.rang, "overtaken": done.overtaken, "aside": done.aside, "stuck": done.stuck,
             "opened": opened, "paused": done.paused}
        )  # fmt: skip
    elif done.paused:
        tell("系統時間早於上次執行的時間，計時已暫停；確認時間無誤後請用 sopflow tick --trust。")
    else:
        tell(f"響了 {done.rang} 個，{done.stuck} 個異常，依行事曆開案 {opened} 件。")


def _listen(host: str, port: int, anywhere: bool) -> socket.socket:
    """A bound socket; with ``anywhere`` a free port when this one is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            found.bind((host, port))
        except OSError:
            if not anywhere:
                raise
            found.bind((host, 0))
            note(f"埠 {port} 已被占用，改用 {found.getsockname()[1]}。")
    except OSError as problem:
        found.close()
        raise OSError(problem.errno, problem.strerror, f"{host}:{port}") from None
    return found


def _at(chosen: Settings, listening: socket.socket) -> Settings:
    """The settings as they became true: the port really taken, and the address in mails where none was set."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    default = f"http://{chosen.host}:{chosen.port}"
    url = f"http://{shown}:{port}" if chosen.url == default else chosen.url
    return replace(chosen, host=host, port=port, url=url)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
