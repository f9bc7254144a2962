"""Is the desk up? For machines one line each; for administrators everything, with what to do about it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import Blueprint, Response, current_app, g, jsonify, render_template
from flask.typing import ResponseReturnValue

from engine import clock
from engine.office import mail_hold, notices, people
from engine.store import Connection
from webui import door, house
from webui.permissions import EVERYONE, permit

pages = Blueprint("health", __name__)
MOST_DEAD = 100


@pages.get("/health")
@permit(EVERYONE)
def health() -> Response:
    """``clock.state``: never, ok, late (over five minutes), paused (this machine's time is behind the last tick)."""
    with door.look() as db:
        beat = clock.health(db, g.at)
    return jsonify(
        status="ok",
        clock={
            "state": beat.state, "last_tick": beat.last.isoformat() if beat.last else None,
            "age_seconds": round(beat.age.total_seconds()) if beat.age is not None else None,
        },
    )  # fmt: skip


@pages.get("/admin/health")
@permit("see_health")
def page() -> ResponseReturnValue:
    with door.look() as db:
        found = checks(db, g.at)
        given_up = notices.dead(db, who=door.who(), limit=MOST_DEAD)
        names = people.names(db, [notice.person_id for notice in given_up])
    dead = [
        (notice, names.get(notice.person_id or 0, "陳情人"), notices.KINDS[notice.kind][0], notices.why_dead(notice))
        for notice in given_up
    ]
    return render_template("health.html", checks=found, state=house.state_of(found), dead=dead, most=MOST_DEAD)


@pages.post("/admin/health/mails/<id:notice_id>")
@permit("manage_settings")
def again(notice_id: int) -> ResponseReturnValue:
    """A mail that was given up goes back into the outbox."""
    door.posted().only(())
    with door.act() as db:
        notices.again(db, notice_id, who=door.who(), at=g.at)
    return door.go("health.page", "mail-again")


@pages.post("/admin/health/release-mails")
@permit("manage_settings")
def release_mails() -> ResponseReturnValue:
    """This is the office's own system, and the one the copy was taken of is off: mails go out again."""
    door.posted().only(())
    with door.act() as db:
        mail_hold.release(db, who=door.who(), at=g.at)
    return door.go("health.page", "mails-released")


def checks(db: Connection, at: datetime) -> list[house.Check]:
    """How the house stands, as the desk that is asked sees it."""
    home: Path = current_app.config["HOME"]
    return house.look(
        db, at, home=home, key=door.office().key is not None, key_file=current_app.config["KEY_FILE"]
    )  # fmt: skip
