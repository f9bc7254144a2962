"""L017: a regulation named for certain years holds in the year in which the SOP was last revised."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

#: the year before 民國 1
_BEFORE_ROC = 1911
_YEARS = re.compile(r"(\d{2,3})(?:[至～~-](\d{2,3}))?年度")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    revised = re.match(r"(\d{4})-", sop.sheet.revised or "")
    if revised is None:
        return
    year = int(revised[1]) - _BEFORE_ROC
    for law in sop.legal_basis:
        said = _YEARS.search(law.name)
        if said is None:
            continue
        first, last = int(said[1]), int(said[2] or said[1])
        if not first - 1 <= year <= last:
            yield sop.id, f"法令依據「{law.name}」不含修訂的民國 {year} 年，請改引現行規定。"


RULE = Rule(
    id="L017", name="legal-basis-valid", level="warning",
    title="法令依據須在效期內", english="A legal basis for certain years covers the year of the revision",
    sources=("P4", "M1"),
    wrong="113年仍引用96至99年度的規定", right="引用現行版",
    look=_look,
)  # fmt: skip
