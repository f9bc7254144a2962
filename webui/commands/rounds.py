"""What the bell rings: the tick, periodic starts, digests, the delivery of mails, the daily anchor.

Each looks for itself and asks the clock when it is rung. Each has a thread of its own, so that a mail server that is
slow holds up neither the tick nor a page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine import clock
from engine.cases import Office, importing, letters, recounting, retention, undeliverable
from engine.dates import calendars
from engine.dates.workdays import Calendar
from engine.library import yearly
from engine.office import digests, journal, mail, notices, proving, units
from engine.office.people import OFFICE_ZONE
from engine.office.vault import Key
from engine.settings import Settings
from engine.store import Store
from engine.ticker import Ticker
from webui import beginning
from webui.beginning import Begun
from webui.commands.talk import now

#: seconds between rings
TICK_EVERY = 15.0
DELIVER_EVERY = 20.0
PERIODS_EVERY = 60.0
DIGESTS_EVERY = 60.0
ANCHOR_EVERY = 600.0
DESTROY_EVERY = 3600.0
RECOUNT_EVERY = 3.0
ERRANDS_EVERY = 3.0
#: rows of an import per ring
ERRAND_ROWS = 1000


def transport(settings: Settings) -> mail.Transport:
    """How mails leave: by SMTP, or into a folder."""
    if settings.smtp is not None:
        return mail.Smtp(settings.smtp, settings.sender)
    return mail.Folder(settings.mail_folder or settings.home / "mail", settings.sender)


def postman(
    settings: Settings, store: Store, key: Key | None, calendar: Calendar
) -> Callable[[datetime], notices.Delivery]:  # fmt: skip
    """Sends what waits in the outbox at that instant."""

    def deliver(at: datetime) -> notices.Delivery:
        return notices.deliver(
            store, at=at, transport=transport(settings), key=key, link=settings.url, letter=letters.writing(key),
            is_working=clock.working_days(calendar),
        )  # fmt: skip

    return deliver


class Rounds:
    """The office's rounds on one database; each may be done at any time, as often as one likes, by many clocks."""

    def __init__(self, settings: Settings, begun: Begun) -> None:
        self.settings, self.begun, self.store = settings, begun, begun.store
        #: letters given up just before this process began were perhaps not yet noted as undeliverable
        self._sought = False

    def tick(self) -> None:
        """Ring what is due."""
        clock.tick(self.store, now(), self._office())

    def periods(self) -> None:
        """Open what the calendar opens."""
        clock.start_periods(self.store, now(), self._office())

    def digests(self) -> None:
        """Put today's digests in the outbox."""
        digests.send_due(self.store, at=now(), is_working=clock.working_days(self._office().calendar))

    def deliver(self) -> None:
        """Send what waits in the outbox."""
        at, calendar = now(), self._office().calendar
        digests.fold(self.store, at=at, is_working=clock.working_days(calendar))
        done = postman(self.settings, self.store, self.begun.key, calendar)(at)
        if done.dead or not self._sought:
            undeliverable.find_dead(self.store, at=at, office=self._office())
            self._sought = True

    def anchor(self) -> None:
        """Seal the day, and warn of a year without a calendar; every later ring of that day does nothing."""
        at = now()
        with self.store.act() as db:
            if journal.anchor(db, at.astimezone(OFFICE_ZONE).date(), at) is not None:
                yearly.remind(db, at)
            calendars.warn_of_lacking(db, at)
            units.rename_due(db, at)

    def destroy(self) -> None:
        """Destroy what was kept long enough; nothing unless an administrator has set how long."""
        retention.destroy_due(self.store, now(), self._office())

    def errands(self) -> None:
        """Go on with what somebody asked for and did not wait for: an import, a proof of the journal."""
        with self.store.look() as db:
            batch = importing.waiting(db)
        if batch is not None:
            importing.work(self.store, batch, at=now(), office=self._office(), most=ERRAND_ROWS)
        proving.work(self.store, now())

    def recount(self) -> None:
        """Go on with the recount that a changed calendar began, so many cases a ring."""
        with self.store.look() as db:
            begun = recounting.unfinished(db)
        if begun is not None:
            recounting.portion(self.store, at=now(), office=self._office())

    def _office(self) -> Office:
        with self.store.look() as db:
            return beginning.office(db, self.begun.key)


def bell(settings: Settings, begun: Begun, *, tick_every: float = TICK_EVERY) -> Ticker:
    """A ticker that does the office's rounds on this database. ``tick_every`` hastens the others, too."""
    rounds = Rounds(settings, begun)
    rings: dict[str, tuple[Callable[[], object], float]] = {
        "tick": (rounds.tick, tick_every),
        "periods": (rounds.periods, min(PERIODS_EVERY, tick_every * 4)),
        "digests": (rounds.digests, min(DIGESTS_EVERY, tick_every * 4)),
        "deliver": (rounds.deliver, min(DELIVER_EVERY, tick_every * 2)),
        "anchor": (rounds.anchor, ANCHOR_EVERY),
        "destroy": (rounds.destroy, DESTROY_EVERY),
        "recount": (rounds.recount, min(RECOUNT_EVERY, tick_every)),
        "errands": (rounds.errands, min(ERRANDS_EVERY, tick_every)),
    }
    return Ticker(rings)
