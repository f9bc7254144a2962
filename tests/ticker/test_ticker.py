"""The ticker rings what it is given, again and again, whatever happens inside."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from engine.ticker import Ticker

LONG = 60.0  # seconds a test waits before it gives up; never a measure
OFTEN = 0.01


class Counted:
    """A callable that remembers how often it rang; ``wait_for(n)`` returns when it rang n times."""

    def __init__(self, effect: Callable[[], object] = lambda: None) -> None:
        self._effect = effect
        self._changed = threading.Condition()
        self.rings = 0

    def __call__(self) -> None:
        with self._changed:
            self.rings += 1
            self._changed.notify_all()
        self._effect()

    def wait_for(self, n: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.rings >= n, timeout=LONG)


@pytest.fixture
def started() -> Iterator[Callable[..., Ticker]]:
    tickers: list[Ticker] = []

    def start(**callables: Callable[[], object]) -> Ticker:
        ticker = Ticker({name: (each, OFTEN) for name, each in callables.items()})
        ticker.start()
        tickers.append(ticker)
        return ticker

    yield start
    for ticker in tickers:
        ticker.stop()


def test_each_callable_rings_again_and_again(started: Callable[..., Ticker]) -> None:
    tick, deliver = Counted(), Counted()
    started(tick=tick, deliver=deliver)
    assert tick.wait_for(3) and deliver.wait_for(3)


def test_a_failing_callable_rings_again_and_never_stops_the_others(
    started: Callable[..., Ticker], caplog: pytest.LogCaptureFixture
) -> None:
    secret = "陳情人" + "的電話"

    def fail() -> None:
        raise ValueError(secret)

    failing, healthy = Counted(fail), Counted()
    with caplog.at_level(logging.ERROR, logger="engine.ticker"):
        started(failing=failing, healthy=healthy)
        assert failing.wait_for(3) and healthy.wait_for(3)
    messages = [record.getMessage() for record in caplog.records if record.name == "engine.ticker"]
    assert any("failing failed with ValueError" in message for message in messages)
    assert not any(secret in message for message in messages), "what the error says stays out of the log"


def test_a_callable_never_overlaps_itself(started: Callable[..., Ticker], caplog: pytest.LogCaptureFixture) -> None:
    inside, overlapped = threading.Lock(), threading.Event()

    def linger() -> None:
        if not inside.acquire(blocking=False):
            overlapped.set()
            return
        try:
            threading.Event().wait(5 * OFTEN)
        finally:
            inside.release()

    slow = Counted(linger)
    with caplog.at_level(logging.WARNING):
        started(slow=slow)
        assert slow.wait_for(5)
    assert not overlapped.is_set()
    assert not caplog.records, "a ring that takes longer is no news"


def test_a_slow_callable_does_not_hold_up_another(started: Callable[..., Ticker]) -> None:
    release = threading.Event()
    slow, quick = Counted(lambda: release.wait(LONG)), Counted()
    started(slow=slow, quick=quick)
    try:
        assert slow.wait_for(1) and quick.wait_for(5)
        assert slow.rings == 1
    finally:
        release.set()


def test_a_stopped_ticker_has_ended_what_was_ringing_and_rings_no_more() -> None:
    entered, ended = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        threading.Event().wait(2 * OFTEN)
        ended.set()

    counted = Counted(work)
    ticker = Ticker({"work": (counted, OFTEN)})
    ticker.start()
    assert entered.wait(LONG)
    ticker.stop()
    rings = counted.rings
    assert ended.is_set()
    threading.Event().wait(5 * OFTEN)
    assert counted.rings == rings


def test_a_stopped_ticker_may_be_started_again(started: Callable[..., Ticker]) -> None:
    counted = Counted()
    ticker = started(work=counted)
    assert counted.wait_for(1)
    ticker.stop()
    ticker.stop()
    rings = counted.rings
    ticker.start()
    assert counted.wait_for(rings + 1)


def test_a_ticker_that_rings_is_not_started_twice(started: Callable[..., Ticker]) -> None:
    ticker = started(work=Counted())
    with pytest.raises(RuntimeError, match="already"):
        ticker.start()


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_an_interval_that_is_no_time_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="work cannot ring"):
        Ticker({"work": (Counted(), seconds)})


def test_a_ticker_with_nothing_to_ring_starts_and_stops() -> None:
    ticker = Ticker({})
    ticker.start()
    ticker.stop()
