"""Every code with which an SOP, its tables and its forms are refused or criticised, and the sentence that goes with it.

One place for all of them, so that a code is never used for two things and never lacks its sentence. The sentences are
for the process owner; ``{…}`` takes the facts given at the place of the refusal, cut short.
"""

from __future__ import annotations

from typing import Any, Literal

from engine.errors import BadSop, Stuck
from engine.sops.sop import Finding

_FACT_CHARS = 60

SENTENCES: dict[str, str] = {
    # the file as a whole
    "empty_file": "檔案是空的。",
    "too_big": "檔案超過 {limit} 位元組的上限。",
    "encoding": "檔案必須是 UTF-8 編碼。",
    "doctype": "檔案含有 DOCTYPE 宣告，一律不收。",
    "processing_instruction": "檔案含有處理指令（<?{name}?>），一律不收。",
    "entity": "檔案含有實體參照，一律不收。",
    "not_xml": "檔案不是完整的 XML（第 {line} 行）。",
    "too_many_elements": "檔案超過 {limit} 個元素的上限。",
    "too_deep": "檔案的巢狀層數超過 {limit} 層的上限。",
    "too_many_attributes": "同一元素的屬性超過 {limit} 個的上限。",
    "text_too_long": "單一文字超過 {limit} 字的上限。",
    "not_bpmn": "檔案不是 BPMN 2.0 流程圖。",
    "not_dmn": "檔案不是 DMN 決策表。",
    "no_process": "檔案裡沒有流程。",
    "missing_id": "有一個「{tag}」沒有識別碼。",
    "bad_id": "識別碼「{id}」只能用文字、數字、底線、連字號與句點，以文字開頭，最長 120 字。",
    "duplicate_id": "識別碼「{id}」重複。",
    "too_many_nodes": "流程超過 {limit} 個節點的上限。",
    "too_many_flows": "流程超過 {limit} 條流向的上限。",
    # what reading had to leave out
    "many_processes": "檔案裡有一個以上的流程，一個檔案只能有一個。",
    "unsupported_element": "「{tag}」不在支援的範圍內。",
    "foreign_extension": "擴充元素「{tag}」不是本系統的，不會生效。",
    "script_refused": "「{tag}」要求執行程式，一律不收。",
    "flow_end": "流向「{id}」的起點或終點不存在。",
    "flow_parent": "流向「{id}」跨越了子流程的邊界。",
    "boundary_attach": "邊界事件必須掛在一個工作上。",
    "outgoing_mismatch": "「{id}」所列的流出與流向的起點不符。",
    "default_flow": "預設流向「{id}」不是由這裡流出的。",
    "lane_reference": "泳道列了不存在的節點「{id}」。",
    "two_lanes": "「{id}」同時列在兩個泳道。",
    "name_too_long": "名稱超過 {limit} 字的上限。",
    "name_characters": "名稱含有看不見或改變書寫方向的字元。",
    "unknown_sop_element": "「sop:{tag}」不是本系統認得的設定。",
    "unknown_sop_attribute": "「sop:{tag}」沒有「{name}」這個屬性。",
    "missing_sop_attribute": "「sop:{tag}」缺少「{name}」。",
    "bad_sop_attribute": "「sop:{tag}」的「{name}」填的不是可用的值。",
    "duplicate_deadline": "期限「{id}」重複。",
    "remark_not_drawn": "註解或資料物件「{text}」在圖面上沒有位置，圖上看不到；檔案裡仍保留。",
    "too_many_remarks": "註解與資料物件超過 {limit} 個，其餘不畫在圖上；檔案裡仍保留。",
    "drawing_number": "「{id}」的圖面座標不是可用的數字。",
    # timers
    "timer_missing": "計時器沒有設定期限或時間。",
    "timer_many": "一個計時器只能設定一種時間。",
    "timer_value": "計時器的時間「{value}」不是可用的寫法，例如 P2D、PT4H 或 2026-12-01T17:00:00+08:00。",
    "timer_range": "計時器的時間「{value}」超出範圍，期間須在 1 分鐘到 366 天之間，日期須在 2000 到 2199 年之間。",
    "timer_deadline": "計時器所指的期限「{id}」沒有宣告。",
    "timer_continues": "計時器要接續的步驟「{path}」不存在。",
    # calendar starts
    "calendar_missing": "依行事曆開始的流程沒有寫明何時開案，例如 monthly 24、yearly 4/3 10/3、weekly mon。",
    "calendar_rule": "行事曆規則「{rule}」寫法不正確，例如 monthly 24、weekly mon、yearly 4/1 every 4 from 115。",
    "calendar_at": "開案時刻「{at}」須為 00:00 到 23:59。",
    "calendar_choice": "行事曆規則的「{value}」不在可選的值內。",
    "calendar_place": "行事曆規則只能寫在計時開始事件上。",
    # expressions
    "expr_empty": "條件式是空的。",
    "expr_too_long": "條件式超過 500 字的上限。",
    "expr_too_deep": "條件式的括號或運算層數太多。",
    "expr_too_complex": "條件式太複雜，請拆成幾個判斷。",
    "expr_syntax": "條件式寫法不正確。",
    "expr_foreign": "條件式不能用「{mark}」的寫法，請直接寫，例如 outcome == \"核可\"。",
    "expr_forbidden": "條件式用了不允許的寫法（{what}）。",
    "expr_name": "條件式裡的名稱「{name}」不能使用。",
    "expr_number": "條件式裡的數字太大或不是數字。",
    "expr_function": "條件式裡沒有「{name}」這個函數。",
    "expr_arguments": "函數「{name}」的參數不正確。",
    "expr_unknown_name": "條件式讀取了沒有宣告的「{name}」。",
    "expr_no_value": "「{name}」還沒有值。",
    "expr_type": "條件式拿不同種類的值來比較或計算。",
    "expr_too_big": "計算的結果太大。",
    "expr_zero": "條件式除以零。",
    "expr_value_type": "「{name}」的值不是條件式可用的種類。",
    "expr_no_function": "這裡不能使用「{name}」。",
    # decision tables
    "decision_kind": "只支援一張決策表，不支援「{tag}」。",
    "decision_count": "一個檔案只能有一張決策表。",
    "decision_hit_policy": "決策表的命中原則只支援 UNIQUE、FIRST、COLLECT。",
    "decision_input": "決策表的輸入必須是一個變數名稱。",
    "decision_output": "決策表的輸出必須有名稱，且不能重複。",
    "decision_type": "決策表的型別「{type}」不支援。",
    "decision_cell": "決策表的格子「{cell}」寫法不正確。",
    "decision_row": "決策表這一列的格數與欄數不符。",
    "decision_size": "決策表超過 {limit} 列或欄的上限。",
    "decision_values": "決策表的可選值寫法不正確。",
    "decision_outside": "格子裡的「{cell}」不在宣告的可選值內。",
    "decision_gap": "決策表有遺漏：{case} 沒有任何一列適用。",
    "decision_overlap": "決策表有重疊：{case} 同時適用「{first}」與「{second}」。",
    "decision_not_checkable": "欄位「{name}」沒有宣告可選值，無法檢查遺漏與重疊。",
    "decision_never": "這一列永遠不會被用到，前面的列已經包含它。",
    "decision_no_value": "決策表「{table}」需要「{name}」，但還沒有值。",
    "decision_value_type": "決策表「{table}」的「{name}」值的種類不符。",
    "decision_no_match": "決策表「{table}」沒有一列適用於目前的值。",
    "decision_many": "決策表「{table}」有一列以上適用於目前的值。",
    # screen forms, as files
    "form_json": "表單檔不是正確的 JSON。",
    "form_keyword": "表單不支援「{name}」這個設定。",
    "form_value": "表單設定「{name}」的值不正確。",
    "form_field": "欄位名稱「{name}」不能使用。",
    "form_duplicate": "欄位名稱「{name}」重複。",
    "form_unknown_field": "表單設定提到不存在的欄位「{name}」。",
    # answers to a screen form, one per field
    "answers": "有欄位需要修正：{first}",
    "field_undeclared": "沒有「{name}」這個欄位。",
    "field_twice": "這個欄位送了兩次。",
    "field_required": "這個欄位必填。",
    "field_type": "填的不是這個欄位可用的值。",
    "field_characters": "內容含有不能儲存的字元。",
    "field_short": "至少要 {limit} 字。",
    "field_long": "最多 {limit} 字。",
    "field_few": "至少要 {limit} 項。",
    "field_many": "最多 {limit} 項。",
    "field_repeated": "同一項選了兩次。",
    "field_choice": "請由所列的選項中選擇。",
    "field_integer": "請填整數。",
    "field_number": "請填數字。",
    "field_small": "不能小於 {limit}。",
    "field_big": "不能大於 {limit}。",
    "field_boolean": "請填是或否。",
    "field_date": "請填西元日期，例如 2026-11-26。",
    "field_instant": "請填日期與時間，例如 2026-11-26T09:00。",
    "field_email": "請填電子郵件地址。",
    "field_phone": "請填電話號碼，只用數字、空格與 + - ( ) #。",
    "field_reference": "填的不是可用的代號。",
    # what check says about a whole SOP
    "not_executed": "「{what}」可以畫出來，但系統不執行。",
    "missing_condition": "這個分支沒有條件，也不是預設流向。",
    "condition_place": "只有決策（排他閘道）流出的流向可以有條件。",
    "uncovered": "「{name}」等於「{value}」時沒有任何分支可走。",
    "branch_overlap": "這個分支的條件與前面的分支同時成立時，走前面的分支。",
    "branches_not_checkable": "無法檢查這個決策的分支是否涵蓋所有情形。",
    "undeclared_variable": "讀取了沒有人寫入的「{name}」。",
    "unwritten_variable": "有的路徑走到這裡時「{name}」還沒有值。",
    "reads_long_text": "「{name}」是長文字或附件，不能拿來判斷或計算。",
    "reads_identity": "「{name}」是個人身分資料，不能離開身分保管處。",
    "too_many_variables": "流程的變數超過 {limit} 個，無法逐一追蹤。",
    "reserved_name": "「{name}」是保留名稱，不能當作變數。",
    "missing_callee": "呼叫沒有指定流程。",
    "unknown_callee": "找不到要呼叫的流程「{id}」。",
    "call_cycle": "流程互相呼叫，永遠不會結束：{path}。",
    "endless_opening": "這裡開立的案件，中間沒有人也沒有計時就回到這裡，會一直開下去；請在之間加一個步驟。",
    "unknown_parameter": "流程「{id}」沒有「{name}」這個參數。",
    "required_parameter": "呼叫流程「{id}」缺少必要的參數「{name}」。",
    "missing_operator": "系統步驟沒有指定要做什麼。",
    "unknown_operator": "系統沒有「{name}」這個動作。",
    "missing_decision": "規則步驟沒有指定決策表。",
    "unknown_table": "找不到決策表「{id}」。",
    "unknown_output": "決策表「{id}」沒有「{name}」這個輸出。",
    "missing_input": "決策表「{id}」需要的「{name}」沒有給。",
    "bad_value_source": "「{name}」必須在 value 與 from 之中恰好填一個。",
    "missing_lane": "這個步驟不在任何泳道裡。",
    "missing_who": "泳道沒有指定由誰辦理。",
    "missing_drawing": "流程沒有圖面。",
    "undrawn": "「{id}」沒有畫在圖上。",
    "missing_form": "這個步驟沒有畫面表單，也沒有可選的結果。",
    "no_start": "流程沒有開始事件。",
    "unknown_step": "所指的步驟「{id}」不存在。",
    "deadline_decision": "期限要用的決策表「{id}」沒有任何步驟計算。",
    "deadline_length": "期限沒有長度，也沒有指定決策表。",
    # time
    "deadline_regime": "不認得期限的計算方式「{regime}」。",
    "deadline_unit": "這種期限不能以「{unit}」計算。",
    "deadline_shorter": "「shorterOf」只能是 unit-rule（單位自訂要點），不能是「{value}」。",
    "deadline_event": "倒推的期限（backward）須以 event:名稱 起算，其他期限不行。",
    "deadline_at": "「at」只用在固定期日（fixed）及倒推的期限（backward，例如 15:30）。",
    "deadline_at_missing": "固定期日沒有說是哪一天，例如 at=\"monthly 5\"。",
    "extend_regime": "這種期限不能展期，請拿掉展期的設定。",
    "extend_how_much": "展期須寫明一次最多多長（extendBy、extendUnit），單位須是這種期限能用的，次數至少一次。",
    "extend_level": "展期的核定層級只能是三層、二層、一層，不能是「{level_}」。",
    "rung_unit": "提醒與稽催只能以工作天、日或小時計，不能以「{unit}」計。",
    "rung_to": "提醒或稽催的對象「{to}」寫法不對，須為 holder、applicant、meeting@list 或 角色@單位規則。",
    "rung_nobody": "這一級提醒或稽催沒有寫對象。",
    "rung_forbidden": "稽催不能對首長、首長室或機關以外的人（{to}）發出；請改為單位主管或 meeting@list。",
    "rung_meeting": "到期前的提醒不能列入市務會議（{to}），只有逾期才可以。",
    "each_until": "「until」只能是 all、count:數字、date 或 none，不能是「{value}」。",
    "outs_without_wait": "這個呼叫開立案件後不等結果，不能取回任何值；請加上 sop:wait。",
    "deadline_without_wait": "這個呼叫開立案件後立即往下走，期限掛在上面沒有意義。",
    "rung_start": "稽催要開立的流程「{id}」沒有唯一的開始事件。",
    "standard_escalates": "標準工時只作提醒，不能稽催，更不作懲處依據。",
    "ladder_outside": "步驟「{name}」由首長室或機關以外的人辦理，只能提醒，不能稽催。",
    "checklist_choice": "檢核表綁定的「{name}={value}」不是任何可選的結果。",
    "outcome_choices": "結果至少要有一個選項，且不能重複。",
    "parameter_value": "參數「{name}」不接受「{value}」這個值。",
}  # fmt: skip


def sentence(code: str, **facts: Any) -> str:
    """The sentence of a code with its facts filled in. Facts come from the file: cut short and on one line."""
    told = {name: " ".join(str(fact).split())[:_FACT_CHARS] for name, fact in facts.items()}
    return SENTENCES[code].format(**told)


def unreadable(code: str, *, element: str | None = None, **facts: Any) -> BadSop:
    """The refusal of a file of which not even the tree can be had."""
    return BadSop(code, sentence(code, **facts), element=element, readable=False, **_kept(facts))


def refused(code: str, *, element: str | None = None, **facts: Any) -> BadSop:
    """The refusal of something readable that must not run."""
    return BadSop(code, sentence(code, **facts), element=element, **_kept(facts))


def stuck(code: str, *, element: str | None = None, **facts: Any) -> Stuck:
    """The machine cannot go on with these values; the caller makes it an incident of the case."""
    return Stuck(code, sentence(code, **facts), element=element, **_kept(facts))


def finding(
    code: str,
    *,
    element: str | None = None,
    level: Literal["error", "warning", "info"] = "error",
    blocks: bool = True,
    **facts: Any,
) -> Finding:
    """One finding; errors and warnings block publication unless said otherwise, infos never do."""
    return Finding(code, level, sentence(code, **facts), element, blocks and level != "info")


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    return {f"fact_{name}": str(fact)[:_FACT_CHARS] for name, fact in facts.items()}
