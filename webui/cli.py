"""The command line: `sopflow`. One group per noun; each command lives in webui/commands."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from typing import Any

import click

from webui.commands import language
from webui.commands.talk import REFUSED, UNREAD, UNUSABLE, show
from webui.commands.usage import SpokenContext, dressed, explained, sentence

#: command → (module in webui.commands, name in it); loaded when asked for, so that `sop check` starts fast
_COMMANDS = {
    "serve": ("serving", "serve"),
    "clock": ("serving", "clock_"),
    "tick": ("serving", "tick"),
    "db": ("database", "database"),
    "sop": ("sops", "sops"),
    "forms": ("forms", "forms"),
    "calendar": ("calendar", "calendar"),
    "deadline": ("deadline", "deadline"),
    "case": ("case_files", "case_commands"),  # and with it those of commands/whole_case and commands/cases
    "scenarios": ("rehearsals", "scenarios"),
    "rehearse": ("year", "rehearse"),
    "journal": ("journal", "journal_commands"),
    "import": ("imports", "imports"),
    "health": ("upkeep", "health"),
    "incidents": ("upkeep", "incidents"),
    "user": ("people", "user"),
    "unit": ("units", "unit_commands"),
    "absence": ("absence", "absence_commands"),
    "retention": ("retention", "retention_commands"),
    "bench": ("measuring", "bench"),
}


class Rooms(click.Group):
    """Commands are imported one by one: a check of a file must not wait for the web and the database."""

    context_class = SpokenContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: Any = getattr(import_module(f"webui.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return dressed(command)

    def invoke(self, ctx: click.Context) -> Any:
        """A reader who has gone is no mistake: the command ends without a word, as those of Unix do."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for out in (sys.stdout, sys.stderr):  # what is still in their buffers would be complained about at the end
                os.dup2(nowhere, out.fileno())
            sys.exit(UNREAD)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click does it, but a command line that cannot be understood is one JSON document too, where asked for."""
        words = list(sys.argv[1:] if args is None else args)
        unknown = language.settle(words, os.environ)
        if not standalone_mode:
            return super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            if unknown is not None:
                raise click.UsageError(f"SOPFLOW_LANG 不能是「{unknown[:20]}」，只能是 zh-Hant 或 en。")
            sys.exit(super().main(words, prog_name, complete_var, standalone_mode=False, **extra) or 0)
        except click.ClickException as problem:
            if "--json" in words:
                show({"refusal": {"code": "usage", "element": None, "message": sentence(problem)}})
            click.echo(explained(problem), err=True)
            sys.exit(UNUSABLE)
        except click.Abort:
            sys.exit(REFUSED)


def _version() -> str:
    try:
        return metadata.version("sopflow")
    except metadata.PackageNotFoundError:
        return "checkout"


@click.command(
    cls=Rooms,
    help="sopflow：讓作業流程照圖執行。",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(_version(), prog_name="sopflow")
@click.option(
    "--lang",
    type=click.Choice(language.LANGUAGES),
    expose_value=False,
    help="說哪種語言；預設依 SOPFLOW_LANG，再依終端機，都沒有則為中文。",
)
@click.option("--traceback", is_flag=True, help="程式錯誤時印出細節。")
def main(traceback: bool) -> None:
    # a library's INFO lines may carry what people wrote
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


if __name__ == "__main__":
    main()
