"""The codes with which flow refuses an SOP or gives up on a case, and their sentences.

Codes that reading and checking an SOP know already (``engine.sops.sentences``) are used from there, so that one fault
has one code whoever finds it.
"""

from __future__ import annotations

from typing import Any

from engine.errors import BadSop, NotNow, Stuck
from engine.sops import sentences as of_sops

_FACT_CHARS = 60

SENTENCES: dict[str, str] = {
    # the shape of one procedure
    "start_unknown": "流程沒有「{id}」這個開始事件。",
    "start_kind": "開始事件「{id}」的種類不執行。",
    "flow_direction": "流向「{id}」不能流入開始或邊界事件，也不能由結束事件流出。",
    "dead_end": "這裡沒有流出的流向，案件會停在這裡。",
    "implicit_split": "這裡有一條以上的流出流向，請用閘道分開。",
    "unreachable": "從任何開始事件都走不到這裡。",
    "no_end": "流程沒有走得到的結束事件。",
    "subprocess_start": "子流程必須恰好有一個無條件的開始事件。",
    "end_on_both": "這個結束事件主線與計時器旁線都走得到，請分成兩個。",
    "id_characters": "識別碼「{id}」含有不能用的字元。",
    "too_many_flows": "流程超過 {limit} 條流向的上限。",
    # calls
    "linked_start": "要開立案件的流程「{id}」沒有唯一的開始事件，請在 sop:linked 指明 start。",
    "each_date": "until=\"date\" 的步驟或呼叫必須自帶恰好一個期限（sop:deadline）。",
    "timer_on_opening": "這個呼叫開立案件後立即往下走，計時器掛在上面永遠不會響。",
    "callee_start": "共用流程「{id}」必須恰好有一個無條件的開始事件。",
    "too_many_inlined": "連同所呼叫的共用流程超過 {limit} 個節點的上限。",
    "timer_over_parallel": "計時器掛在同時有多條路進行的流程上，請改掛在各步驟。",
    "approval_of": "核章所指的步驟「{id}」不存在。",
    # soundness
    "unsafe_tokens": "同一個地方會同時有兩份案件在走。",
    "side_branch_twice": "不中斷的計時器旁線可能同時開兩次。",
    "deadlock": "案件會停在這裡，永遠等不到另一條路。",
    "cannot_end": "有的走法永遠到不了結束。",
    "dead_step": "這個步驟永遠不會被執行。",
    "machine_loop": "這個迴圈裡沒有人也沒有計時器，系統會一直轉。",
    "too_complex": "同時進行的路太多，無法確認流程會正確結束（超過 {limit} 種情形）。",
    # at run time
    "no_branch": "沒有任何分支的條件成立。",
    "budget": "系統步驟超過一次能走的上限（{what}）。",
    "engine": "流程引擎無法繼續（{what}）。",
    "parameter_missing": "呼叫共用流程時缺少必要的「{name}」。",
    "parameter_type": "參數「{name}」的值種類不符。",
    "operator_result": "系統步驟沒有交出「{name}」。",
    "state_json": "案件的流程狀態無法讀取。",
    "state_version": "案件的流程狀態是本系統不認得的版本。",
    "state_token": "案件的流程狀態指到流程裡沒有的「{path}」。",
    "state_scope": "案件的流程狀態有流程裡沒有的範圍「{path}」。",
    "state_name": "案件的流程狀態有流程裡沒有的變數「{name}」。",
    "state_value": "案件的流程狀態裡「{name}」的值不能使用。",
    # asked at the wrong moment
    "step_not_open": "這個步驟目前沒有開啟。",
    "timer_not_open": "這個計時器目前沒有在計時。",
    "several_open": "案件同時有一個以上的步驟進行中，不能移動。",
    "move_into_parallel": "這個步驟與別的步驟同時進行，單獨退回這裡會等不到另一條路；請退回更前面的步驟。",
    "move_across": "主線與計時器旁線之間不能移動。",
    "step_unknown": "流程裡沒有「{path}」這個步驟。",
}  # fmt: skip


def sentence(code: str, **facts: Any) -> str:
    """The sentence of a code of ours or of the SOP's, its facts cut short and on one line."""
    if code not in SENTENCES:
        return of_sops.sentence(code, **facts)
    return SENTENCES[code].format(**{name: " ".join(str(fact).split())[:_FACT_CHARS] for name, fact in facts.items()})


def refused(code: str, element: str | None = None, **facts: Any) -> BadSop:
    """The refusal of an SOP that can be read and drawn but must not run."""
    return BadSop(code, sentence(code, **facts), element=element)


def stuck(code: str, element: str | None = None, **facts: Any) -> Stuck:
    """The machine cannot go on with this case; ``element`` is a step path."""
    return Stuck(code, sentence(code, **facts), element=element)


def not_now(code: str, element: str | None = None, **facts: Any) -> NotNow:
    """What was asked is not possible in the present marking; ``element`` is a step path."""
    return NotNow(code, sentence(code, **facts), element=element)
