"""How a mail leaves the house: by SMTP, or into a folder where a rehearsal and a small office can read it.

A server that is away, slow or talks nonsense is ``Down``: no mail's fault. A mail it refuses is ``Undeliverable``.
One that was given a whole letter and said nothing may have taken it: ``Unanswered``.
"""

from __future__ import annotations

import os
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 10.0  # seconds for one answer
LONGEST = 30.0  # seconds for one mail: a server that drips its answer byte by byte never runs into the first
LAST_WORD = (
    120.0  # seconds more for the answer to the letter itself, which some servers read through before they take it
)


def is_address(text: str) -> bool:
    """Whether a mail header can carry it: one address, no line break, no list."""
    return len(text) <= 200 and re.fullmatch(r"[^\s@,;<>\"\x00-\x1f\x7f]+@[A-Za-z0-9.-]+", text) is not None


class Down(Exception):
    """The server is not there: no fault of the message, so it costs no try. Its text is why, a short code.

    Codes: no_host, refused, silent, certificate, login, unsupported, hung_up, nonsense, folder.
    """


class Unanswered(Down):
    """It was given the whole letter and then failed: perhaps the letter left, so this is not tried without end."""


class Undeliverable(Exception):
    """This message was not taken; another may be. ``why`` is a short code; ``for_now``: the server asks to come again.

    Codes: no_address, bad_address, bad_header, refused_<SMTP code>, unwritable.
    """

    def __init__(self, why: str, *, for_now: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.for_now = for_now


class Transport(Protocol):
    sender: str

    def send(self, message: EmailMessage) -> str:
        """Returns the proof of sending. Raises ``Down`` or ``Undeliverable``."""

    def close(self) -> None: ...


class Folder:
    """Each mail a file named by its Message-ID: sent twice is there once."""

    def __init__(self, path: Path, sender: str = "sopflow@localhost") -> None:
        self.path = path
        self.sender = sender

    def send(self, message: EmailMessage) -> str:
        name = "".join(c for c in str(message["Message-ID"]) if c.isalnum() or c in "-_@") + ".eml"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            partial = self.path / f".{name}.{os.getpid()}"
            partial.write_bytes(message.as_bytes(policy=CRLF))
            partial.replace(self.path / name)
        except OSError as error:
            raise Down("folder") from error
        return name

    def close(self) -> None:
        """Nothing is kept open."""


class Smtp:
    """``smtp://[user:password@]host[:25][?starttls=1]`` or ``smtps://…:465``; one connection per round.

    With TLS the server's certificate must be right; where it was asked for, nothing is ever sent without it.
    """

    def __init__(self, url: str, sender: str = "sopflow@localhost") -> None:
        parts = urlsplit(url)
        self.sender = sender
        self._host = parts.hostname or "localhost"
        self._secure = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._secure else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._starttls = "starttls=1" in parts.query
        self._open: _Plain | _Secure | None = None

    def send(self, message: EmailMessage) -> str:
        if self._open is None:
            self._connect()
        assert self._open is not None
        self._open.handed = False
        # trap: smtplib sends eight bits even to a server that never said it takes them
        message.policy = message.policy.clone(cte_type="7bit")
        try:
            with _at_most(LONGEST + LAST_WORD, self._open):
                self._open.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            raise self._refusal(next(iter(refused.recipients.values()))[0]) from refused
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
            raise self._refusal(refused.smtp_code) from refused
        except (smtplib.SMTPNotSupportedError, ValueError) as error:  # an address this server cannot even be told
            raise Undeliverable("unwritable") from error
        except (smtplib.SMTPException, OSError) as error:
            handed = self._open.handed
            self._drop()
            raise (Unanswered if handed else Down)(_why(error)) from error
        return str(message["Message-ID"])

    def close(self) -> None:
        if self._open is not None:
            try:
                with _at_most(TIMEOUT, self._open):
                    self._open.quit()
            except (smtplib.SMTPException, OSError):
                self._open.close()
            self._open = None

    def _refusal(self, code: int) -> Down | Undeliverable:
        """421 closes the house; what is no refusal in SMTP's own numbers is nonsense, and the server's fault."""
        if code == 421 or not 400 <= code < 600:
            doubtful = code != 421 and self._open is not None and self._open.handed
            self._drop()
            return (Unanswered if doubtful else Down)("hung_up" if code == 421 else "nonsense")
        return Undeliverable(f"refused_{code}", for_now=code < 500)

    def _connect(self) -> None:
        tls = ssl.create_default_context()
        opened = _Secure(timeout=TIMEOUT, context=tls) if self._secure else _Plain(timeout=TIMEOUT)
        # trap: made without a host, so that the watch below sees the connection from its first byte; TLS needs the name
        opened._host = self._host  # type: ignore[union-attr]
        try:
            with _at_most(LONGEST, opened):
                code, _ = opened.connect(self._host, self._port)
                if code != 220:
                    raise smtplib.SMTPConnectError(code, "no greeting")
                if self._starttls:
                    opened.starttls(context=tls)
                if self._user:
                    opened.login(self._user, self._password)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            opened.close()
            raise Down(_why(error)) from error
        self._open = opened

    def _drop(self) -> None:
        """The connection is of no more use."""
        if self._open is not None:
            self._open.close()
            self._open = None


class _Letter:
    """Knows when a whole letter was handed over; the answer to it may take its time."""

    handed = False
    sock: socket.socket | None

    def send(self, s: Any) -> None:
        super().send(s)  # type: ignore[misc]
        if isinstance(s, bytes) and s.endswith(b"\r\n.\r\n"):  # no command ends so
            self.handed = True
            if self.sock is not None:
                self.sock.settimeout(LAST_WORD)

    def getreply(self) -> tuple[int, bytes]:
        said: tuple[int, bytes] = super().getreply()  # type: ignore[misc]
        if self.sock is not None:
            self.sock.settimeout(TIMEOUT)
        return said


class _Plain(_Letter, smtplib.SMTP):
    pass


class _Secure(_Letter, smtplib.SMTP_SSL):
    pass


#: what went wrong with a server, the nearest kind first
_WHY: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "login"), (smtplib.SMTPNotSupportedError, "unsupported"),
    (smtplib.SMTPServerDisconnected, "hung_up"), (smtplib.SMTPException, "nonsense"), (ssl.SSLError, "certificate"),
    (socket.gaierror, "no_host"),
    (TimeoutError, "silent"), (ConnectionRefusedError, "refused"), (ConnectionError, "hung_up"), (OSError, "no_host"),
)  # fmt: skip


def _why(error: BaseException) -> str:
    if isinstance(error.__context__, TimeoutError):  # smtplib calls it a lost connection
        error = error.__context__
    return next((code for kind, code in _WHY if isinstance(error, kind)), "nonsense")


@contextmanager
def _at_most(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """Cut the connection when this takes longer; what waits on it then fails as a connection lost."""

    def cut() -> None:
        found = server.sock
        if found is not None:
            try:
                found.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is over already

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
