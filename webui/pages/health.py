"""Is the desk up, does its database answer, and when did a clock last tick? Says nothing else to a stranger."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify

from engine import clock
from webui import door
from webui.permissions import EVERYONE, permit

pages = Blueprint("health", __name__)


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
