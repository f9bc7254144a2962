"""Who works in the background of a desk waits while somebody's page is being made."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["PeopleFirst"]

#: seconds the background waits at most for one page, and always: a writer that never pauses would starve the others
_MOST, _ALWAYS = 2.0, 0.001


class PeopleFirst:
    """A WSGI application that knows whether somebody waits for it."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self._pages = 0
        self._idle = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._idle:
            self._pages += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self._idle:
                self._pages -= 1
                self._idle.notify_all()

    def wait(self) -> None:
        """Until nobody waits for a page, or long enough."""
        with self._idle:
            self._idle.wait(_ALWAYS)
            self._idle.wait_for(lambda: not self._pages, timeout=_MOST)
