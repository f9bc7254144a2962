"""The pages of the reviewers' rules, docs/rules, written from the rules themselves.

python -m tests.house.rule_pages
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.sops.rules.rule import Rule, rules

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
_LEVEL = {"error": "錯誤：不得發布", "warning": "警告：附理由可以發布", "info": "提示", "off": "預設不檢查"}


def page(rule: Rule) -> str:
    return "\n".join(
        [
            f"# {rule.id} {rule.title}", "", f"{rule.english} (`{rule.name}`).", "",
            f"- 等級：{_LEVEL[rule.level]}",
            f"- 來源：{'、'.join(source.replace('.', '註') for source in rule.sources)}",
            f"- 不合：{rule.wrong}",
            f"- 合：{rule.right}", "",
        ]
    )  # fmt: skip


def pages() -> Iterator[tuple[str, str]]:
    lines = [
        "# The reviewers' rules", "",
        f"{len(rules())} rules of a good SOP. L: drawn from the notes and minutes of the sources' reviewers. S: those"
        " of bpmnlint's recommended set that say more than reading and walking the chart does; its fake-join is left"
        " out, because a step to which work is returned rightly has several ways in. Made by"
        " `python -m tests.house.rule_pages`. Sources: R 研考科, P 綜合規劃科, I 資訊科, with the number of the SOP and"
        " its note; M the minutes; Z the summary.", "",
        "| 規則 | 要求 | 等級 |", "|---|---|---|",
    ]  # fmt: skip
    for rule in rules():
        yield f"{rule.id}.md", page(rule)
        lines.append(f"| [{rule.id}]({rule.id}.md) | {rule.title} | {_LEVEL[rule.level]} |")
    yield "README.md", "\n".join([*lines, ""])


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.md"):
        file.unlink()
    for name, text in pages():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
