"""How a mail leaves the house: by SMTP, or into a folder where a rehearsal and a small office can read it."""

from __future__ import annotations

import os
import re
import smtplib
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 10.0  # seconds; a slow server ends the round instead of holding it


def is_address(text: str) -> bool:
    """Whether a mail header can carry it: one address, no line break, no list."""
    return len(text) <= 200 and re.fullmatch(r"[^\s@,;<>\"\x00-\x1f\x7f]+@[A-Za-z0-9.-]+", text) is not None


class Down(Exception):
    """The server is not there: no fault of the message, so it costs no try."""


class Undeliverable(Exception):
    """This message was not taken; another may be."""


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
            raise Down(str(error)) from error
        return name

    def close(self) -> None:
        """Nothing is kept open."""


class Smtp:
    """``smtp://[user:password@]host[:25][?starttls=1]`` or ``smtps://…:465``; one connection per round."""

    def __init__(self, url: str, sender: str = "sopflow@localhost") -> None:
        parts = urlsplit(url)
        self.sender = sender
        self._host = parts.hostname or "localhost"
        self._secure = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._secure else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._starttls = "starttls=1" in parts.query
        self._open: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> str:
        try:
            self._connection().send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as refused:
            raise Undeliverable(type(refused).__name__) from refused
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
            self.close()
            raise Down(str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            raise Down(str(error)) from error
        except (smtplib.SMTPException, ValueError, UnicodeError) as error:
            raise Undeliverable(str(error)) from error
        except OSError as error:
            self.close()
            raise Down(str(error)) from error
        return str(message["Message-ID"])

    def close(self) -> None:
        if self._open is not None:
            try:
                self._open.quit()
            except (smtplib.SMTPException, OSError):
                self._open.close()
            self._open = None

    def _connection(self) -> smtplib.SMTP:
        if self._open is None:
            connect = smtplib.SMTP_SSL if self._secure else smtplib.SMTP
            opened = connect(self._host, self._port, timeout=TIMEOUT)
            if self._starttls:
                opened.starttls()
            if self._user:
                opened.login(self._user, self._password)
            self._open = opened
        return self._open
