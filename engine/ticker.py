"""The bell: rings the callables it is given, each at its own interval. It knows nobody and keeps nothing.

The only place that touches APScheduler. No due time is ever handed to it (its own stores lose and double them): it only
rings callables that look for themselves, so after a stop, a crash or a failure the next ring catches up.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)
# a ring that takes longer than its interval is no news, and a slow mail server would fill the log with it
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


class Ticker:
    """``callables``: name → (callable without arguments, seconds between rings). The first ring is one interval away.

    A callable never overlaps itself; rings missed meanwhile fold into one. One that fails is logged, without what the
    error says (it may name a person), and rings again.
    """

    def __init__(self, callables: Mapping[str, tuple[Callable[[], object], float]]) -> None:
        for name, (_, seconds) in callables.items():
            if not seconds > 0:
                raise ValueError(f"{name} cannot ring every {seconds} seconds")
        self._callables = dict(callables)
        self._scheduler: BackgroundScheduler | None = None

    def start(self) -> None:
        """Begin to ring, in threads of its own; once until ``stop``."""
        if self._scheduler is not None:
            raise RuntimeError("the ticker is ringing already")
        scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(max(1, len(self._callables)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        for name, (callable_, seconds) in self._callables.items():
            trigger = IntervalTrigger(seconds=seconds, timezone=UTC)
            scheduler.add_job(partial(_ring, name, callable_), trigger, id=name)
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Ring no more; returns when what is ringing has ended. A stopped ticker may be started again."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None


def _ring(name: str, callable_: Callable[[], object]) -> None:
    try:
        callable_()
    except Exception as failure:
        where = "".join(traceback.format_tb(failure.__traceback__))
        log.error("%s failed with %s and will ring again\n%s", name, type(failure).__name__, where)
