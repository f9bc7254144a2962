"""The web room put together: one Flask application over one store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlsplit

import jinja2
from flask import Flask, g, has_request_context, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.routing import IntegerConverter, Map

from engine.cases import Office
from engine.settings import Settings
from engine.store import Store
from webui import door, headers, menu, phrases, refusals, shown
from webui.pages import blueprints
from webui.permissions import EVERYONE, permit, undeclared
from webui.posted import MOST_BYTES
from webui.span_of import span_of
from webui.words import LANGUAGES
from webui.words.pages import Bilingual, in_english


class RowId(IntegerConverter):
    """A row's number in an address; what no database could hold is not found."""

    regex = "[0-9]+"  # the framework's own takes the digits of every script: one case, many addresses

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**63 - 1)


class Desk(Flask):
    """Flask with its templates twice: as written, and in English for whoever chose it."""

    jinja_environment = Bilingual

    @cached_property
    def in_chinese(self) -> Bilingual:
        made = self.create_jinja_environment()
        assert isinstance(made, Bilingual)
        return made

    @cached_property
    def in_english(self) -> Bilingual:
        return in_english(self.in_chinese)

    @property
    def jinja_env(self) -> Bilingual:
        return self.in_english if has_request_context() and g.get("language") == "en" else self.in_chinese


def create_app(
    settings: Settings,
    store: Store,
    office: Office | Callable[[], Office],
    *,
    now: Callable[[], datetime] | None = None,
) -> Flask:
    """The application. ``office`` may be a callable, asked once per act, so that a changed calendar counts at once.

    ``now`` is the clock of the room (tests hand in theirs). Raises RuntimeError when a route declares no permission.
    """
    https = settings.url.startswith("https://")
    app = Desk(__name__, static_folder=None, template_folder="templates")
    app.config.update(
        HOME=settings.home, KEY_FILE=settings.key_file, PROCESSES=settings.processes, MAX_CONTENT_LENGTH=MOST_BYTES
    )  # fmt: skip
    app.config.update(TRAP_HTTP_EXCEPTIONS=False, PROPAGATE_EXCEPTIONS=False)
    app.extensions["sopflow"] = door.Door(
        store=store,
        office=office if callable(office) else lambda: office,
        now=now or (lambda: datetime.now(UTC)),
        https=https,
        origin=origin_of(settings.url),
    )
    app.url_map.converters["id"] = RowId
    _teach_templates(app)
    door.install(app)
    headers.guard(app, https=https)
    refusals.install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    app.add_url_rule("/static/<path:filename>", "static", _static)
    forgotten = undeclared(app)
    if forgotten:
        raise RuntimeError(f"routes without a permission: {', '.join(forgotten)}")
    return app


def origin_of(url: str) -> str:
    """Scheme and host of an address, as browsers write it in the Origin header."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@permit(EVERYONE)
def _static(filename: str) -> ResponseReturnValue:
    return send_from_directory("static", filename)


def _teach_templates(app: Flask) -> None:
    env = app.jinja_env
    env.undefined = jinja2.StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        day=shown.day,
        short_day=shown.short_day,
        short_roc=shown.short_roc,
        full_day=shown.full_day,
        when=shown.when,
        iso_when=lambda text: shown.when(datetime.fromisoformat(text)),
        clock=shown.clock,
        full_when=shown.full_when,
        machine_time=shown.machine_time,
        word=_word,
    )
    env.globals.update(BAND=phrases.BAND)
    env.globals.update(new_key=door.new_key, csrf_token=door.csrf_token, span_of=span_of)

    @app.context_processor
    def _everywhere() -> dict[str, object]:
        return {
            "who": g.get("who"),
            "at": g.get("at"),
            "unread": g.get("unread", 0),
            "before": g.get("before"),
            "said": phrases.SAID.get(request.args.get(door.SAID, "")),
            "menu": tuple(menu.of(g.who)) if g.get("who") else (),
            "section": request.endpoint,
            "tongue": LANGUAGES[door.language()],
        }


def _word(code: str | None, words: str) -> str:
    """``{{ status|word("CASE_STATUS") }}``: the word for a code of one of the closed sets in phrases."""
    return phrases.of(getattr(phrases, words), code)
