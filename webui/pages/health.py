"""Is the desk up, and does its database answer? Says nothing else to a stranger."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

from webui import door
from webui.permissions import EVERYONE, permit

pages = Blueprint("health", __name__)


@pages.get("/health")
@permit(EVERYONE)
def health() -> Response:
    with door.look() as db:
        db.execute(sa.select(1)).scalar_one()
    return jsonify(status="ok")
