"""The house as DESIGN section 2: who may call whom, what is declared, what the README promises."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("engine", "diagrams", "webui")
#: words of one machine that have no place in a file everybody gets
FORBIDDEN = re.compile(r"/tmp/\w/|/(?:w)ork/(?:main|shared)|(?<![\w.])/(?:r)oot/|/opt/(?:pypi|wheels)")
TEXT = {".py", ".md", ".cfg", ".toml", ".txt", ".yaml", ".json", ".bpmn", ".dmn", ".html", ".css", ".js", ".svg", ""}


def _setup() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def _files() -> list[Path]:
    """Every file that belongs to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", name.strip())[0]).lower()


def _declared(*extras: str) -> set[str]:
    config = _setup()
    texts = [config["options"]["install_requires"], *(config["options.extras_require"][extra] for extra in extras)]
    return {_plain(line) for text in texts for line in text.splitlines() if line.strip()}


def test_nobody_calls_against_the_arrows() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_library_we_import_is_declared() -> None:
    distributions = packages_distributions()
    undeclared = set()
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [str(node.module)]
                for top in {name.split(".")[0] for name in names} - set(ROOMS) - set(sys.stdlib_module_names):
                    owners = {_plain(owner) for owner in distributions.get(top, [top])}
                    if not owners & _declared("postgres"):
                        undeclared.add(f"{file.relative_to(ROOT)}: {top}")
    assert undeclared == set()


def test_everything_declared_is_pinned_to_one_version() -> None:
    pinned = {_plain(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert _declared("postgres", "dev") - pinned == set()


def test_no_file_speaks_of_one_machine() -> None:
    here = Path(__file__)
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in _files()
        if file.suffix in TEXT and file != here and (match := FORBIDDEN.search(file.read_text(errors="replace")))
    ]
    assert found == []


def test_the_map_in_the_readme_is_what_ls_shows() -> None:
    readme = (ROOT / "README.md").read_text()
    block = re.search(r"<!-- map -->\n```\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    rooms = {line.split("/")[0] for line in block[1].splitlines() if re.match(r"[a-z]+/", line)}
    wings = {match[1] for line in block[1].splitlines() if (match := re.match(r"  ([a-z_]+)(\.py|/)", line))}
    shown = {path.parts[0] for file in _files() if len((path := file.relative_to(ROOT)).parts) > 1}
    assert rooms == {name for name in shown if not name.startswith(".")}
    engine = {path.parts[1] for file in _files() if (path := file.relative_to(ROOT)).parts[0] == "engine"}
    assert wings == {name.removesuffix(".py") for name in engine} - {"__init__"}


def test_continuous_integration_runs_what_everybody_runs() -> None:
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()
    makefile = (ROOT / "Makefile").read_text()
    for target in ("setup", "run", "demo", "test", "soak"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_what_is_not_python_is_packed_with_the_code() -> None:
    """Templates, static files, the moddle descriptor and migrations travel in the wheel."""
    patterns = _setup()["options.package_data"]
    packed = {
        file
        for package, globs in patterns.items()
        for glob in re.split(r"[,\n]", globs)
        if glob.strip()
        for file in _match(ROOT.joinpath(*package.split(".")), glob.strip())
    }
    loose = {
        file
        for file in _files()
        if file.relative_to(ROOT).parts[0] in ROOMS
        and file.suffix not in {".py", ".md"}
        and "frontend" not in file.parts
    }
    assert loose - packed == set()


def _match(place: Path, pattern: str) -> set[Path]:
    if pattern.endswith("/**"):
        pattern += "/*"
    return {file for file in place.glob(pattern) if file.is_file()}
