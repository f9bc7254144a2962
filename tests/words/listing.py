"""Every sentence a person may read, by its pattern: read out of the templates and the source, nothing is run.

``python -m tests.words.listing`` prints what the English catalogue lacks.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
from jinja2 import nodes

from webui.words.pages import Place, outputs, pattern_of, runs
from webui.words.patterns import HAN, written

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "webui" / "templates"
#: what nobody reads as a sentence: invented cities, the mails and the parser of commands (they bring their own
#: English), tables of characters
_INVENTING = ("asides", "bench", "clerks", "crowd", "lives", "matters", "plans", "said", "scripts")
NOT_SAID = (
    *(f"engine/rehearsal/{name}.py" for name in _INVENTING),
    "engine/migrations/versions", "engine/office/wording.py", "webui/words", "webui/commands/usage.py",
    "engine/cases/places.py", "engine/cases/words.py", "engine/sops/rules/said.py",
)  # fmt: skip
#: what only the terminal says
COMMANDS = (
    "webui/cli.py", "webui/commands", "webui/pages_measured.py", "engine/rehearsal/bench_deadlines.py",
    "engine/rehearsal/cast.py", "engine/rehearsal/year.py", "engine/settings.py",
)  # fmt: skip

_RULES = re.compile(r"engine/sops/rules/[ls]\d+_\w+\.py")
#: what searches, and says nothing
_SEARCHED = re.compile(r"\\|\(\?|\[0-9|\[\u4e00-\u9fff]+\]")


#: names of the import's columns and its example row: what stands in the sheet, in English too
_IN_THE_SHEET = frozenset({
    "案件類型", "市政建議", "路燈不亮", "陳情內容", "中山路一號前的路燈已經三天不亮。",
    "發生地點", "中山路一號前", "工務處路燈管理科", "目前階段", "限辦日期", "陳情人姓名",
    "例民眾", "聯絡電話", "通訊地址", "回覆日期", "回覆內容", "辦理情形", "預定辦結日期",
    "勘查日期", "回覆文號",
})  # fmt: skip


def of_templates() -> dict[str, str]:
    """Pattern to the file that first holds it."""
    found: dict[str, str] = {}
    env = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    for path in sorted(TEMPLATES.rglob("*.html")):
        for pattern in _of_template(env.parse(path.read_text("utf-8"))):
            found.setdefault(pattern, path.relative_to(ROOT).as_posix())
    return found


def _of_template(tree: nodes.Template) -> Iterator[str]:
    place = Place()
    for output in outputs(tree):
        for kind, run in runs(output, place):
            if kind not in ("raw", "data"):
                yield from _if_words(pattern_of(run)[1])
    for one in tree.find_all(nodes.Const):
        if isinstance(one.value, str):
            yield from _if_words(re.sub(r"%[ds]", _numbered(), one.value))
    for joined in tree.find_all(nodes.Concat):
        holes = iter(range(99))
        pieces = [p.value if isinstance(p, nodes.Const) else next(holes) for p in joined.nodes]
        yield from _if_words(written(pieces))


def of_source(*rooms: str) -> dict[str, str]:
    """``webui`` and ``engine`` without what only the terminal says."""
    found: dict[str, str] = {}
    for room in rooms:
        apart = NOT_SAID if room in COMMANDS else (*NOT_SAID, *COMMANDS)
        for path in sorted((ROOT / room).rglob("*.py")) or [ROOT / room]:
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(apart):
                tree = ast.parse(path.read_text("utf-8"))
                for said in _of_rule(tree) if _RULES.fullmatch(name) else [tree]:
                    for pattern in _of_module(said):
                        found.setdefault(pattern, name)
    return found


def _of_rule(tree: ast.Module) -> Iterator[ast.AST]:
    """What a rule finds, and the words it puts in; its title brings its own English, and its patterns only search."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "_SAID":
            words = node.value
            yield from (words.keys if isinstance(words, ast.Dict) else [])  # type: ignore[misc]


def _of_module(tree: ast.AST) -> Iterator[str]:
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(value) for value in node.values)
            holes = iter(range(99))
            yield from _if_words(
                written(str(v.value) if isinstance(v, ast.Constant) else next(holes) for v in node.values)
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield from _if_words(re.sub(r"%[ds]|\{\w*\}", _numbered(), node.value))


def _numbered() -> object:
    holes = iter(range(99))
    return lambda found: f"{{{next(holes)}}}"


def _if_words(pattern: str) -> Iterator[str]:
    pattern = pattern.strip()
    if pattern in _IN_THE_SHEET or pattern.startswith(("/cases?q=", "INSERT ")):
        return
    if HAN.search(pattern) and not _SEARCHED.search(pattern) and not re.fullmatch(r"[{}\d一二三四五六日]+", pattern):
        yield pattern


def everything() -> dict[str, dict[str, str]]:
    """By the catalogue's file; what several hold belongs to the first."""
    listed = {
        "templates": of_templates(), "webui": of_source("webui"), "engine": of_source("engine", "diagrams"),
        "commands": of_source(*COMMANDS),
    }  # fmt: skip
    seen: set[str] = set()
    for patterns in listed.values():
        for pattern in [p for p in patterns if p in seen]:
            del patterns[pattern]
        seen |= patterns.keys()
    return listed


if __name__ == "__main__":
    from webui.words.english import TERMINAL

    for part, patterns in everything().items():
        for pattern, place in patterns.items():
            if pattern not in TERMINAL.told:
                print(json.dumps([part, place, pattern], ensure_ascii=False))
