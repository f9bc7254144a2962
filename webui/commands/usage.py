"""How the command line explains itself: click's own words in Chinese, our help in English, and usage errors in both.

What click says itself it says in English; here it stands in Chinese. Our help is the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from webui.commands.language import is_english, said
from webui.words.patterns import HAN

__all__ = ["SpokenContext", "dressed", "explained", "sentence"]

_HEADINGS = {"Options": "選項", "Commands": "指令", "Positional arguments": "引數"}
_ROWS = {"Show this message and exit.": "顯示這份說明。", "Show the version and exit.": "顯示版本。"}
_EXTRA = re.compile(r"^(?P<help>.*?)(?:  \[(?P<extra>[^\]]*)\])?$", re.DOTALL)
#: what click says of a command line as a whole
_WHOLE = (
    (re.compile(r"Missing command\."), "缺少指令。"),
    (re.compile(r"Got unexpected extra arguments? \((.*)\)"), "多了不認得的引數：{0}。"),
    (re.compile(r"Option '?(.*?)'? requires (?:an argument|\d+ arguments)\."), "選項 {0} 需要一個值。"),
    (re.compile(r"Option '?(.*?)'? does not take a value\."), "選項 {0} 不接受值。"),
)


class SpokenFormatter(click.HelpFormatter):
    """Help in the reader's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix if is_english() or prefix is not None else "用法：")

    def write_heading(self, heading: str) -> None:
        if is_english():
            super().write_heading(heading)
        else:
            self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        super().write_text(said(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(name, _told(text)) for name, text in rows], col_max, col_spacing)


class SpokenContext(click.Context):
    formatter_class = SpokenFormatter


def dressed(command: click.Command) -> click.Command:
    """The same command, whose help and whose commands' help are said in the reader's language."""
    command.context_class = SpokenContext
    if isinstance(command, click.Group):
        for one in command.commands.values():
            dressed(one)
    return command


def explained(problem: click.ClickException) -> str:
    """All that is shown for a command line that cannot be understood."""
    if isinstance(problem, click.exceptions.NoArgsIsHelpError):
        return problem.format_message()
    lines = []
    if isinstance(problem, click.UsageError) and problem.ctx is not None:
        lines = [problem.ctx.get_usage()]
        command = f"{problem.ctx.command_path} --help"
        lines.append(f"Try '{command}' for help.\n" if is_english() else f"說明：{command}\n")
    told = sentence(problem)
    return "\n".join([*lines, f"Error: {told}" if is_english() else told])


def sentence(problem: click.ClickException) -> str:
    """What is wrong, in one sentence."""
    if is_english():
        told = problem.format_message()
        return told.replace(problem.message, said(problem.message)) if HAN.search(problem.message) else told
    if isinstance(problem, click.MissingParameter):
        return f"缺少{_named(problem).rstrip()}。"
    if isinstance(problem, click.BadParameter):
        return f"{_named(problem)}的值不能用：{_why(problem)}"
    if isinstance(problem, click.NoSuchOption):
        return f"沒有選項 {problem.option_name}。{_perhaps(problem.possibilities)}"
    if isinstance(problem, click.NoSuchCommand):
        return f"沒有指令 {problem.command_name}。{_perhaps(problem.possibilities)}"
    for pattern, ours in _WHOLE:
        if found := pattern.fullmatch(problem.message):
            return ours.format(*found.groups())
    return problem.format_message()


def _told(text: str) -> str:
    found = _EXTRA.match(text)
    if found is None:
        return said(text)
    if is_english():
        return said(found["help"]) + (f"  [{found['extra']}]" if found["extra"] else "")
    extra = (found["extra"] or "").replace("required", "必填").replace("default: ", "預設 ")
    told = _ROWS.get(found["help"], found["help"])
    return f"{told}［{extra}］" if extra else told


def _named(problem: click.BadParameter) -> str:
    param = problem.param
    if param is None:
        return ""
    hint = param.get_error_hint(problem.ctx).replace("'", "") if problem.ctx is not None else param.name or ""
    return f"選項 {hint} " if param.param_type_name == "option" else f"引數 {hint} "


def _why(problem: click.BadParameter) -> str:
    """Ours where our own types say it; else what the parameter's type takes."""
    if HAN.search(problem.message) or problem.param is None:
        return problem.message
    kind = problem.param.type
    if isinstance(kind, click.Choice):
        return f"只能是 {'、'.join(map(str, kind.choices))}。"
    if isinstance(kind, click.IntRange | click.FloatRange):
        lowest = f"{kind.min} 以上" if kind.min is not None else ""
        highest = f"{kind.max} 以下" if kind.max is not None else ""
        return f"須為 {lowest}{'、' if lowest and highest else ''}{highest}的數。"
    if isinstance(kind, click.types.IntParamType):
        return "須為整數。"
    if isinstance(kind, click.DateTime):
        return "須為日期，例如 2026-11-26。"
    if isinstance(kind, click.Path):
        return "檔案不存在或無法讀取。"
    return problem.message


def _perhaps(possibilities: Iterable[str] | None) -> str:
    return f"是不是 {'、'.join(sorted(possibilities))}？" if possibilities else ""
