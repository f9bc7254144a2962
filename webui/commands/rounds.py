"""What the bell rings: the tick, the delivery of mails, the daily anchor. Each asks the clock when it is rung."""

from __future__ import annotations

from collections.abc import Callable

from engine import clock
from engine.cases import letters
from engine.office import journal, mail, notices
from engine.office.people import OFFICE_ZONE
from engine.settings import Settings
from engine.ticker import Ticker
from webui import beginning
from webui.beginning import Begun
from webui.commands.talk import now

#: seconds between rings
TICK_EVERY = 15.0
DELIVER_EVERY = 20.0
ANCHOR_EVERY = 600.0


def transport(settings: Settings) -> mail.Transport:
    """How mails leave: by SMTP, or into a folder."""
    if settings.smtp is not None:
        return mail.Smtp(settings.smtp, settings.sender)
    return mail.Folder(settings.mail_folder or settings.home / "mail", settings.sender)


def bell(settings: Settings, begun: Begun, *, tick_every: float = TICK_EVERY) -> Ticker:
    """A ticker that does the office's rounds on this database."""
    store = begun.store

    def tick() -> None:
        with store.look() as db:
            office = beginning.office(db, begun.key)
        clock.tick(store, now(), office)

    def deliver() -> None:
        notices.deliver(
            store, at=now(), transport=transport(settings), key=begun.key, link=settings.url, letter=letters.text_of
        )

    def anchor() -> None:
        """Seals the day once; every later ring of that day does nothing."""
        at = now()
        with store.act() as db:
            journal.anchor(db, at.astimezone(OFFICE_ZONE).date(), at)

    rounds: dict[str, tuple[Callable[[], object], float]] = {
        "tick": (tick, tick_every),
        "deliver": (deliver, min(DELIVER_EVERY, tick_every * 2)),
        "anchor": (anchor, ANCHOR_EVERY),
    }
    return Ticker(rounds)
