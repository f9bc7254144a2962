"""What every request brings: the time, the person, one transaction, and the proof that the form is ours.

The time is read here once per request and nowhere else in the web room; tests hand in their own clock.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from engine.cases import Office
from engine.errors import NotAllowed
from engine.office import accounts, notices
from engine.office.people import Person
from engine.store import Connection, Store
from webui.permissions import (
    EVERYONE,
    SIGNED_IN,
    admit,
    is_unattended,
    may_bring_files,
    must_ask_again,
    permission_of,
)
from webui.posted import Posted, read
from webui.words import FIRST, LANGUAGES, learn_titles

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: what the page's forms may say was done; anything else in the address says nothing
SAID = "said"
#: the language of the pages before anybody signs in
LANGUAGE_COOKIE = "sopflow-language"
#: the password typed again, in a form that asks for it
PROOF = "proof"
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Door:
    """What the web room was built with. ``now`` answers an aware instant; ``origin`` is our address for browsers."""

    store: Store
    office: Callable[[], Office]
    now: Callable[[], datetime]
    https: bool
    origin: str

    @property
    def cookie(self) -> str:
        return "__Host-sopflow" if self.https else "sopflow"


def door() -> Door:
    found: Door = current_app.extensions["sopflow"]
    return found


def office() -> Office:
    """The calendar, the key and the settings, as they are at this request."""
    if "office" not in g:
        g.office = door().office()
    found: Office = g.office
    return found


@contextmanager
def act() -> Iterator[Connection]:
    """One act of the signed-in person: one transaction, committed when the block ends."""
    office()  # it may have to look into the database itself: before the transaction, not within
    with door().store.act() as db:
        yield db


@contextmanager
def look() -> Iterator[Connection]:
    with door().store.look() as db:
        yield db


def who() -> Person:
    """The signed-in person; only views that EVERYONE may not call may ask."""
    person: Person | None = g.who
    if person is None:
        raise NotAllowed("not_signed_in", "請先登入。")
    return person


def language() -> str:
    """zh, or en for whoever chose it: the person's own choice, else this browser's."""
    found: str = g.get("language", FIRST)
    return found


def keep_language(answer: AnyResponse, chosen: str) -> AnyResponse:
    """This browser's language, also when nobody is signed in."""
    answer.set_cookie(
        LANGUAGE_COOKIE, chosen, path="/", secure=door().https, httponly=True, samesite="Lax", max_age=_A_YEAR
    )
    return answer


def posted() -> Posted:
    """The posted form, read once."""
    if "posted" not in g:
        g.posted = read(request, with_files=g.who is not None and may_bring_files(current_app, request.endpoint))
    form: Posted = g.posted
    return form


def csrf_token() -> str:
    """Bound to this browser's cookie: whoever cannot read the cookie cannot make it. Asked by every form of a page."""
    if "csrf" not in g:
        g.csrf = hmac.new(g.visit.encode(), b"sopflow form", hashlib.sha256).hexdigest()
    token: str = g.csrf
    return token


def new_key() -> str:
    """One form, one effect: the key under which this copy of the form will be known."""
    return secrets.token_urlsafe(18)


def own_path(target: str) -> str:
    """A place to go on to, only when it is a path of ours."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if plain and not any(ord(c) < 33 or c == "\\" for c in target) else url_for("inbox.inbox")


def go(endpoint: str, said: str | None = None, **values: object) -> AnyResponse:
    """After an act: 303, so that reloading the next page repeats nothing."""
    if said:
        values[SAID] = said
    return redirect(url_for(endpoint, **values), code=303)  # type: ignore[arg-type]


def go_to(path: str) -> AnyResponse:
    """303 to a path of ours (see ``own_path``)."""
    return redirect(path, code=303)


def keep_visit(answer: AnyResponse, token: str) -> AnyResponse:
    """Give this browser its cookie; a new one at every sign-in."""
    here = door()
    answer.set_cookie(here.cookie, token, path="/", secure=here.https, httponly=True, samesite="Lax")
    return answer


def install(app: Flask) -> None:
    app.before_request(_come_in)
    app.after_request(_leave)


def _come_in() -> AnyResponse | None:
    g.at = door().now()
    g.who = None
    g.unread = 0
    g.language = _known_language(request.cookies.get(LANGUAGE_COOKIE))
    g.visit = request.cookies.get(door().cookie, "")
    if request.endpoint == "static":
        return None
    if request.endpoint is not None and permission_of(current_app, request.endpoint) is None:
        raise NotAllowed("undeclared", "這個頁面尚未開放。")
    if len(g.visit) < 20 or len(g.visit) > 200:
        g.visit = secrets.token_urlsafe(32)
        g.new_visit = True
    else:
        _know_the_person()
    if request.endpoint is None:
        return None
    if request.method not in SAFE:
        _prove_the_form()
    declared = permission_of(current_app, request.endpoint) or ()
    if g.who is None and EVERYONE not in declared:
        if request.method in SAFE:
            return _to_sign_in()
        raise NotAllowed("session_over", "登入已逾時，請重新登入後再送出；用瀏覽器的上一頁可以找回剛才填的內容。")
    if g.who is not None and not {EVERYONE, SIGNED_IN} & set(declared):
        with look() as db:
            admit(db, g.who, declared)
    return _ask_again() if must_ask_again(current_app, request.endpoint) and request.method not in SAFE else None


def _ask_again() -> AnyResponse | None:
    """What a borrowed visit must not do: the same form once more, with the password; None when they have proved it."""
    typed = posted().taken(PROOF)
    if g.proved:
        return None
    wrong = {}
    if typed is not None:
        try:
            with act() as db:
                accounts.prove(db, g.visit, typed, who=who(), at=g.at)
        except NotAllowed:
            wrong = {PROOF: "密碼不正確；連續錯誤五次會鎖定十五分鐘。"}
        else:
            return None
    return Response(render_template("again.html", pairs=posted().pairs(), wrong=wrong), 403, mimetype="text/html")


def _known_language(asked: str | None) -> str:
    return asked if asked in LANGUAGES else FIRST


def _to_sign_in() -> AnyResponse:
    """A part of a page that is fetched anew cannot hold the sign-in: the whole page goes there, and comes back."""
    if request.headers.get("HX-Request"):
        if is_unattended(current_app, request.endpoint):
            return Response(status=204)  # somebody may be typing there
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{here.path}?{here.query}" if here.query else here.path
        return Response(status=401, headers={"HX-Redirect": url_for("sign_in.sign_in", next=back)})
    return redirect(url_for("sign_in.sign_in", next=request.full_path.rstrip("?")), code=303)


def _know_the_person() -> None:
    """A look only; once a minute the visit is noted as alive, so pages that are only read wait for no writer."""
    with look() as db:
        found = accounts.visit(db, g.visit, g.at)
        if found is None:
            return
        g.who, g.proved = found.person, found.proved
        g.language = _known_language(found.language or g.language)
        if g.language != FIRST:
            learn_titles(db)
        g.unread = notices.unread(db, found.person)
        if found.fresh and request.method in SAFE and not is_unattended(current_app, request.endpoint):
            g.before = accounts.before(db, g.visit, found.person)
    if found.unnoted and not is_unattended(current_app, request.endpoint):
        with suppress(OperationalError), act() as db:  # held by others: the next page notes it
            accounts.keep_alive(db, g.visit, g.at)


def _prove_the_form() -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (door().origin, request.host_url.rstrip("/")):
        raise NotAllowed("foreign_origin", "這份表單不是從本系統送出的，未予受理。")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("foreign_origin", "這份表單不是從本系統送出的，未予受理。")
    if not hmac.compare_digest(posted().one("csrf").encode(), csrf_token().encode()):
        raise NotAllowed("form_token", "這份表單已失效，請重新開啟頁面後再送出。")


def _leave(answer: Response) -> Response:
    if getattr(g, "new_visit", False) and request.endpoint != "static":
        keep_visit(answer, g.visit)
    if answer.mimetype == "text/html":
        answer.headers["Content-Language"] = LANGUAGES[language()]
    return answer
