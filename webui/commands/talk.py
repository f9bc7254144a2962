"""How the command line speaks: results on stdout, everything else on stderr, refusals as one sentence and a code.

Exit codes: 0 done, 1 findings or a refusal, 2 input that cannot be used. With ``--json`` exactly one JSON document
is printed on stdout, also for a refusal (``{"refusal": {code, element, message}}``).
"""

from __future__ import annotations

import functools
import json
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NoReturn, ParamSpec

import click
import sqlalchemy as sa

from engine.errors import Invalid, Refusal
from webui.commands import troubles
from webui.commands.language import said, worded

P = ParamSpec("P")

DONE, REFUSED, UNUSABLE = 0, 1, 2
#: whoever read the pipe has gone (``| head``): what a shell says of a command that SIGPIPE ended
UNREAD = 141

json_option = click.option("--json", "as_json", is_flag=True, help="在標準輸出印出一份 JSON。")


def now() -> datetime:
    """The wall clock: asked here, at the door, and handed down."""
    return datetime.now(UTC)


def show(value: Any) -> None:
    """One JSON document on stdout. Lone surrogates (of a file's name) are escaped, not a crash."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    click.echo(text.encode("utf-8", "backslashreplace").decode())


def tell(sentence: str) -> None:
    """A line of the result, in the reader's language."""
    click.echo(said(sentence))


def note(sentence: str) -> None:
    """Progress, warnings, settings: never on stdout."""
    click.echo(said(sentence), err=True)


def unusable(sentence: str, *, as_json: bool = False, code: str = "unusable") -> NoReturn:
    """Input that cannot be used at all: exit 2."""
    if as_json:
        show({"refusal": {"code": code, "element": None, "message": said(sentence)}})
    click.echo(worded("{0}（{1}）", said(sentence), code), err=True)
    raise SystemExit(UNUSABLE)


def refuses(command: Callable[P, None]) -> Callable[P, None]:
    """A refusal is a sentence and exit 1, never a traceback."""

    @functools.wraps(command)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            command(*args, **kwargs)
        except Refusal as refusal:
            _refuse(refusal.as_dict() | _fields(refusal), as_json)
        except sa.exc.DBAPIError as problem:
            mistake(problem)
            _refuse({"code": "database", "element": None, "message": troubles.of_database(problem)}, as_json)
        except BrokenPipeError:
            raise  # nobody reads any more, no sentence either: see `Rooms.invoke`
        except OSError as problem:
            _refuse({"code": "file", "element": None, "message": troubles.of_system(problem)}, as_json)
        except Exception as problem:
            mistake(problem)
            sentence = f"程式發生未預期的錯誤（{type(problem).__name__}）；以 sopflow --traceback 執行可看細節。"
            _refuse({"code": "mistake", "element": None, "message": sentence}, as_json)

    return spoken


def _refuse(refusal: Mapping[str, Any], as_json: bool) -> NoReturn:
    fields = {name: said(sentence) for name, sentence in refusal.get("fields", {}).items()}
    message, code, where = said(refusal["message"]), refusal["code"], refusal.get("element")
    if as_json:
        show({"refusal": {**refusal, "message": message, **({"fields": fields} if fields else {})}})
    told = worded("{0}（{1}，{2}）", message, code, where) if where else worded("{0}（{1}）", message, code)
    click.echo(told, err=True)
    for name, sentence in fields.items():
        click.echo(f"  {worded('{0}：{1}', name or said('表單'), sentence)}", err=True)
    raise SystemExit(REFUSED)


def _fields(refusal: Refusal) -> dict[str, Any]:
    return {"fields": refusal.fields} if isinstance(refusal, Invalid) and refusal.fields else {}


def mistake(problem: BaseException) -> None:
    """A mistake of ours: its details only where somebody asked for them."""
    if click.get_current_context().find_root().params.get("traceback"):
        traceback.print_exception(problem, file=sys.stderr)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot be shown as JSON: {type(value).__name__}")
