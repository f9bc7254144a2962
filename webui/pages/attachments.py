"""附件: a file of a case, handed out as a download and nothing else; a small picture of a photo beside its name."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue

from engine.cases import handing_out
from engine.errors import Missing
from webui import door, thumbnails
from webui.permissions import permit

pages = Blueprint("attachments", __name__)

#: whatever a browser may make of a file, it runs nothing, loads nothing and knows no visitor of ours
POLICY = "default-src 'none'; sandbox"


@pages.get("/attachments/<id:attachment_id>")
@permit("see")
def download(attachment_id: int) -> ResponseReturnValue:
    with door.look() as db:
        noted = handing_out.find(db, attachment_id, who=door.who())[1]
    with door.act() if noted else door.look() as db:
        row, content = handing_out.hand_out(db, attachment_id, who=door.who(), at=g.at, office=door.office())
    answer = Response(content, mimetype=row["media_type"])
    plain, full = f"{attachment_id}.{row['name'].rpartition('.')[2]}", quote(row["name"], safe="")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
    return _locked(answer)


@pages.get("/attachments/<id:attachment_id>/small")
@permit("see")
def small(attachment_id: int) -> ResponseReturnValue:
    """A picture made anew from the photo's points; none of an informant's, for there every look is noted."""
    with door.look() as db:
        row, noted = handing_out.find(db, attachment_id, who=door.who())
        if noted or row["media_type"] not in thumbnails.KINDS:
            raise Missing("no_picture", "這個附件沒有縮圖。")
        content = handing_out.hand_out(db, attachment_id, who=door.who(), at=g.at, office=door.office())[1]
    return _locked(Response(thumbnails.of(content), mimetype="image/jpeg"))


def _locked(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
