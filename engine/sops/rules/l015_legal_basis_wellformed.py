"""L015: an SOP names what it rests on, by the name of a law, a rule or a plan."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_FORM = re.compile(
    r"(法|條例|細則|辦法|規則|規程|準則|標準|要點|規定|規範|手冊|須知|事項|計畫|方案|決議|簽案|函|原則|程序|政策|契約|表|基準|作業|綱要)"
    r"(（[^）]*）|\([^)]*\)|第[一二三四五六七八九十百\d之]+[條點項款章、]?.*)?$"
)


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if not sop.legal_basis and not sop.shared:
        yield sop.id, "法令依據是空的：至少列出一項法規、要點或內部簽案。"
    for law in sop.legal_basis:
        if law.basis != "external" and not _FORM.search(law.name.strip()):
            yield sop.id, f"「{law.name}」不是法規的名稱；請寫全名，會議決定或簽案請註明為外部依據。"


RULE = Rule(
    id="L015", name="legal-basis-wellformed", level="error",
    title="法令依據非空且為法規形式", english="At least one legal basis, each named as a regulation is named",
    sources=("M1", "P2"),
    wrong="「嘉義市政府市務會議」", right="「嘉義市政府市務會議作業要點」",
    look=_look,
)  # fmt: skip
