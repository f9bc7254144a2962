"""The draft beside what is in force as one chart: on the page without scripts, and to take along."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagrams import rows
from tests.diagrams import geometry
from tests.webui.administration import _seat
from tests.webui.conftest import Office
from tests.webui.test_workshop import PAGE, renamed
from webui import difference_view


def test_a_draft_is_compared_on_one_chart_with_what_is_in_force(
    office: Office, hashed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    owner = _seat(office, hashed, "owner")
    owner.fill(PAGE, "/begin")
    assert "差異圖" not in owner.get(f"{PAGE}/beside").text, "nothing is different yet"
    renamed(office, owner)
    page = owner.get(f"{PAGE}/beside")
    assert "生效中的版本與草案的差異圖" in page.source and "△1 調整" in page.text
    assert "處理流程" in page.source and f'href="{PAGE}/beside?chart=bpmn#list-h"' in page.source
    bpmn, other = owner.get(f"{PAGE}/beside?chart=bpmn"), owner.get(f"{PAGE}/difference.svg?chart=bpmn").answer.text
    assert "△1 調整" in bpmn.text and other.rstrip() in bpmn.source and "處理流程" not in other
    assert f"{PAGE}/difference.pdf?chart=bpmn" in bpmn.source
    drawn = owner.get(f"{PAGE}/difference.svg").answer
    assert drawn.mimetype == "image/svg+xml" and "attachment" in drawn.headers["Content-Disposition"]
    assert geometry.severe(drawn.text) == [] and "改名為「登錄收文並掛號」。" in drawn.text
    assert drawn.text.rstrip() in page.source
    assert owner.get(f"{PAGE}/difference.exe").status == 404
    for nobody in ("clerk", "stranger"):
        for rest in ("beside", "difference.svg"):
            assert office.seat(nobody).get(f"{PAGE}/{rest}").status == 403
    owner.fill(f"{PAGE}/beside", "/language", {"language": "en"})
    english = owner.get(f"{PAGE}/beside")
    assert "Chart of the differences" in english.source and "△1 Changed" in english.source
    # without Graphviz the sentences stay, and one more says why there is no picture
    monkeypatch.setenv("PATH", str(tmp_path))
    difference_view._drawn.cache_clear()
    rows._dot.cache_clear()
    bare = owner.get(f"{PAGE}/beside")
    assert bare.status == 200 and "Graphviz" in bare.text and "<svg" not in bare.source.split("<main", 1)[1]
    assert owner.get(f"{PAGE}/difference.svg").status != 200
