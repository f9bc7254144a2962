// Every word of the editor's own panel and messages, in both languages: [中文, English]. The pages around it have theirs
// in the templates.
const WORDS = {
  // frame
  saved: ['已儲存', 'Saved'], saving: ['儲存中…', 'Saving…'], unsaved: ['尚未儲存', 'Not saved yet'],
  notSaved: ['未能儲存', 'Could not be saved'], readOnly: ['只能檢視，不會儲存', 'To be looked at only; nothing is saved'],
  notReadable: ['這份流程圖讀入時有下列問題，為免遺失內容，編輯器不儲存它：',
    'Reading this chart met the problems below. So that nothing is lost, the editor does not save it:'],
  noFacts: ['無法取得流程內容，請重新整理本頁。', 'The procedure could not be fetched; please load the page again.'],
  importFailed: ['這份流程圖無法打開：', 'This chart cannot be opened:'],
  noAnswer: ['系統沒有回應；您的修改還在這一頁，稍後會再試。',
    'The system does not answer; your changes are still on this page, and it will be tried again.'],
  noLonger: ['登入已逾時或頁面已失效。請先匯出 BPMN 保存您的修改，再重新整理本頁。',
    'You are signed out or the page is out of date. Keep your changes by exporting the BPMN, then load the page again.'],
  nothingFound: ['沒有檢核發現。', 'No findings.'],
  findings: ['檢核發現', 'Findings'], blocking: ['不能送審', 'cannot be submitted'],
  level: { error: ['錯誤', 'Error'], warning: ['提醒', 'Warning'], info: ['參考', 'Note'] }, whole: ['整個流程', 'The whole procedure'],
  plainScreen: ['放一個欄位', 'Give it one field'], plainScreens: ['這 {count} 個步驟各放一個欄位', 'Give each of these {count} steps one field'],
  // how words stand together
  colon: ['{one}：{two}', '{one}: {two}'], aside: ['{one}（{two}）', '{one} ({two})'], dot: ['{one}・{two}', '{one} · {two}'],
  gap: ['{one}　{two}', '{one} {two}'], comma: ['、', ', '], office: ['{place}{role}', '{role}, {place}'],
  // the two sides
  staleTitle: ['別人在您之後儲存過', 'Somebody saved after you began'], staleTheirs: ['已儲存的版本', 'What is stored'],
  staleMine: ['您的版本', 'Yours'], staleBy: ['{who}　{at}', '{who}, {at}'],
  differences: ['您的版本與已儲存的版本不同之處', 'Where yours differs from what is stored'],
  same: ['內容相同，只有圖面位置不同。', 'They say the same; only the drawing differs.'],
  keepTheirs: ['採用已儲存的版本', 'Take what is stored'], keepMine: ['以我的版本覆蓋', 'Write mine over it'],
  exportMine: ['先匯出我的版本', 'Export mine first'], later: ['先不決定', 'Decide later'],
  // panel
  nothing: ['選取圖上的步驟、流向或泳道，這裡可以填寫它的內容；沒有選取時是整個流程的內容。',
    'Select a step, a flow or a lane in the chart to fill in what it says; with nothing selected, this is the whole procedure.'],
  many: ['選取了 {count} 個圖示。', '{count} shapes are selected.'], add: ['新增', 'Add'], remove: ['刪除', 'Delete'],
  removeOne: ['刪除「{what}」', 'Delete “{what}”'], none: ['（不填）', '(empty)'],
  kinds: {
    Process: ['整個流程', 'The whole procedure'], Participant: ['整個流程', 'The whole procedure'],
    Collaboration: ['整個流程', 'The whole procedure'], Lane: ['泳道', 'Lane'], SequenceFlow: ['流向', 'Flow'],
    UserTask: ['步驟', 'Step'], ManualTask: ['步驟（系統外辦理）', 'Step (done outside the system)'], Task: ['步驟', 'Step'],
    ServiceTask: ['系統作業', 'System step'], BusinessRuleTask: ['系統判斷', 'Decided by the system'],
    CallActivity: ['共用程序或另開案件', 'Shared procedure or another case'], SubProcess: ['子流程', 'Subprocess'],
    StartEvent: ['起點', 'Start'], EndEvent: ['終點', 'End'], BoundaryEvent: ['時限', 'Timer'],
    IntermediateCatchEvent: ['等候時間', 'Waits for a time'], ExclusiveGateway: ['決策', 'Decision'],
    ParallelGateway: ['並行', 'Parallel ways'], TextAnnotation: ['註解文字', 'Remark'], Association: ['虛線', 'Dotted line']
  },
  id: ['代碼', 'Code'], name: ['名稱', 'Name'], documentation: ['說明', 'Description'], purpose: ['目的', 'Purpose'], text: ['文字', 'Text'],
  owner: ['承辦（所在泳道）', 'Owner (lane)'], screen: ['編輯畫面欄位', 'Edit the screen fields'],
  pinned: ['掛在這個步驟的註', 'Notes on this step'], defaultFlow: ['其餘情形走哪一條', 'Way to take otherwise'], branches: ['各分支', 'Ways'],
  calledElement: ['呼叫的程序或流程', 'Procedure it calls'], interrupting: ['到時限時中斷原步驟', 'Ends the step when the time comes'],
  ladderPicture: ['期限階梯', 'Ladder of the deadline'],
  defaultLadder: ['（依階梯「{ladder}」的預設）', '(by default, as the ladder “{ladder}” has it)'],
  due: ['到期', 'due'], before: ['前 {offset} {unit}', '−{offset} {unit}'], after: ['後 {offset} {unit}', '+{offset} {unit}'],
  iso: ['時間長度（如 P3D、PT2H）或日期時間', 'A length of time (as P3D, PT2H) or a date and time'],
  isDefault: ['這是「其餘情形」的流向，不需要條件。', 'This is the way taken otherwise; it needs no condition.'],
  message: ['收到的訊息', 'Message received'],
  // condition
  condition: ['走這條路的條件', 'Condition for this way'], cField: ['欄位', 'Field'], cCompare: ['比較', 'Comparison'], cValue: ['值', 'Value'],
  cJoin: ['多個條件時', 'Of several conditions'], cAnd: ['全部符合', 'all hold'], cOr: ['任一符合', 'any holds'],
  cAdd: ['加一個條件', 'Add a condition'],
  cComplex: ['這個條件用助理無法呈現，保留原文：', 'The assistant cannot show this condition; its text is kept:'],
  cReplace: ['改用助理重寫', 'Write it anew with the assistant'], cNone: ['沒有條件', 'No condition'],
  cBad: ['這個值不能用在條件裡。', 'This value cannot stand in a condition.'], yes: ['是', 'yes'], no: ['否', 'no'],
  compare: {
    '==': ['等於', 'equals'], '!=': ['不等於', 'does not equal'], '>': ['大於', 'more than'], '>=': ['大於或等於', 'at least'],
    '<': ['小於', 'less than'], '<=': ['小於或等於', 'at most'], in: ['是其中之一', 'is one of']
  },
  cMany: ['以頓號分隔多個值', 'several, with commas between'],
  types: {
    Sheet: ['流程基本資料', 'Head of the SOP'], W5h1: ['5W1H', '5W1H'], LegalBasis: ['法令依據', 'Legal basis'], Note: ['註', 'Note'],
    Form: ['使用與產生的文件', 'Documents used and made'], Indicator: ['指標', 'Indicator'],
    Parameter: ['與呼叫者往來的值', 'Values exchanged with the caller'], Deadline: ['期限', 'Deadline'],
    Reminder: ['到期前提醒', 'Reminder'], Escalation: ['到期後稽催', 'Escalation'], Origin: ['資料來源', 'Source'],
    StandardTime: ['標準工時', 'Standard time'], CoUnit: ['會辦單位', 'Consulted units'], Checklist: ['檢核表', 'Checklist'],
    Item: ['檢核項目', 'Item to check'], Approval: ['核決', 'Approval'], Outcome: ['處理結果', 'Outcome'], Choice: ['選項', 'Choice'],
    Each: ['各單位分別辦理', 'Each unit does it'], Operator: ['系統作業', 'System step'], Arg: ['參數', 'Argument'],
    Decision: ['決策表', 'Decision table'], Who: ['由誰承辦', 'Who does it'], Timer: ['計時', 'Clock'],
    Calendar: ['依日曆開始', 'Opened by the calendar'], In: ['交給它的值', 'Value handed to it'], Out: ['取回的值', 'Value handed back'],
    Set: ['經過時設定的值', 'Value set in passing'], Wait: ['等對方辦完再繼續', 'Waits until the other is done'],
    Linked: ['另開案件', 'Opens a case']
  },
  attrs: {
    kind: ['類型', 'Type'], unit: ['單位', 'Unit'], revised: ['修訂日期', 'Revised on'], version: ['版次', 'Version'],
    titleEn: ['英文名稱', 'English name'], contact: ['聯絡窗口', 'Contact'], shared: ['供其他流程呼叫', 'Other SOPs may call it'],
    who: ['何人', 'Who'], what: ['何事', 'What'], when: ['何時', 'When'], where: ['何地', 'Where'], why: ['為何', 'Why'], how: ['如何', 'How'],
    number: ['文號', 'Number'], dated: ['日期', 'Date'], basis: ['依據', 'Basis'], step: ['掛在哪個步驟', 'Of which step'],
    ref: ['名稱', 'Name'], direction: ['方向', 'Direction'], as: ['在呼叫者那裡叫', 'The caller names it'],
    values: ['可能的值（以空白分隔）', 'Possible values (blanks between)'], default: ['預設值', 'Default'],
    required: ['必須交付', 'Must be given'], type: ['種類', 'Kind'], regime: ['期限種類', 'Kind of deadline'], length: ['長度', 'Length'],
    decision: ['由決策表決定', 'Decided by the table'], of: ['對象', 'Of'], starts: ['起算步驟', 'Counts from step'],
    met: ['完成步驟', 'Met by step'], shorterOf: ['取較短者', 'The shorter of'], cap: ['上限', 'At most'],
    capUnit: ['上限單位', 'Unit of at most'], ladder: ['提醒與稽催階梯', 'Ladder'], at: ['固定的日子', 'Fixed day'],
    extendBy: ['每次展期', 'Extension each time'], extendUnit: ['展期單位', 'Unit of the extension'],
    extendTimes: ['可展期次數', 'How many extensions'], extendLevel: ['展期由誰核准', 'Who grants extensions'],
    extendBasis: ['展期依據', 'Basis of the extension'], before: ['到期前', 'Before it is due'], after: ['到期後', 'After it was due'],
    to: ['通知誰', 'Whom to tell'], opens: ['另開流程', 'Opens an SOP'],
    marks: ['記號（圖 文 註n 增）', 'Marks (by their Chinese signs)'], value: ['值', 'Value'],
    level: ['核決層級', 'Tier of approval'], variable: ['結果存入欄位', 'Field that keeps the outcome'],
    label: ['顯示的文字', 'Words shown'], needs: ['需要', 'Needs'], units: ['單位清單的欄位', 'Field that lists the units'],
    until: ['何時繼續', 'Goes on when'], name: ['名稱', 'Name'], from: ['取自欄位', 'From field'], role: ['角色', 'Role'],
    part: ['主辦或協辦', 'Lead or support'], deadline: ['用哪個期限', 'Which deadline'], continues: ['到期後接到', 'Then goes on to'],
    rule: ['開始的日子', 'Days it begins'], roll: ['遇假日', 'On a holiday'], missed: ['錯過的期別', 'Missed periods'],
    start: ['由哪個起點', 'From which start'], rest: ['離開時其餘案件', 'Other cases on leaving'], id: ['代號', 'Code'], text: ['內容', 'Text']
  },
  hints: {
    rule: ['例：monthly 24、monthly last、monthly 2 wed、yearly 4/3 10/3、weekly mon thu',
      'As: monthly 24, monthly last, monthly 2 wed, yearly 4/3 10/3, weekly mon thu'],
    at: ['例：08:00；固定日期的期限例：yearly 3/31', 'As: 08:00; a fixed day as: yearly 3/31'],
    marks: ['圖＝流程圖、文＝文字說明、註n＝註解、增＝新增', 'For the chart, the text, the n-th note, and what is added']
  },
  own: {
    'Deadline.unit': ['長度單位', 'Unit of length'], 'Deadline.name': ['期限名稱', 'Name of the deadline'],
    'StandardTime.value': ['時間', 'Time'], 'StandardTime.unit': ['時間單位', 'Unit of time'], 'Reminder.unit': ['單位', 'Unit of time'],
    'Escalation.unit': ['單位', 'Unit of time'], 'Sheet.unit': ['主辦單位', 'Unit in charge'], 'Who.unit': ['哪個單位', 'Which unit'],
    'Approval.of': ['核誰辦的步驟', 'Approves which step'], 'Calendar.at': ['時刻', 'Hour'], 'Form.ref': ['文件', 'Document'],
    'Form.when': ['條件', 'Condition'], 'CoUnit.ref': ['單位', 'Unit'], 'Indicator.ref': ['指標代碼', 'Code of the indicator'],
    'Decision.ref': ['決策表', 'Decision table'], 'Operator.name': ['作業', 'System step'], 'Arg.name': ['參數', 'Argument'],
    'In.to': ['交給', 'Handed as'], 'In.value': ['或直接給值', 'Or this value'], 'Out.from': ['取它的', 'Its value'],
    'Out.to': ['存入欄位', 'Kept in field'], 'Set.name': ['欄位', 'Field'], 'Set.from': ['或取自欄位', 'Or from field'],
    'Arg.from': ['或取自欄位', 'Or from field'],
    'Checklist.for': ['只在這個結果時檢核（欄位=值）', 'Only at this outcome (field=value)'], 'LegalBasis.basis': ['屬於', 'Belongs to']
  },
  options: {
    kind: { 'per-case': ['逐案', 'case by case'], periodic: ['定期', 'periodic'], project: ['專案', 'project'] },
    direction: { in: ['收進', 'in'], out: ['產出', 'out'] },
    'Parameter.direction': { in: ['呼叫者給的', 'given by the caller'], out: ['交回呼叫者', 'handed back to the caller'] },
    regime: {
      petition: ['人民陳情（工作天）', 'petition (working days)'], statutory: ['法定期間', 'statutory period'],
      adverse: ['不利期間', 'adverse period'], document: ['公文時限（工作天）', 'document time limit (working days)'],
      standard: ['標準工時', 'standard time'], 'follow-up': ['追蹤期限', 'follow-up'], backward: ['倒數期限', 'counted backwards'],
      fixed: ['固定日期', 'fixed day']
    },
    time: {
      workday: ['工作天', 'working days'], day: ['日', 'days'], hour: ['小時', 'hours'], week: ['週', 'weeks'], month: ['個月', 'months'],
      year: ['年', 'years']
    },
    of: { case: ['整個案件', 'the whole case'], step: ['這個步驟', 'this step'] },
    ladder: { rdec: ['研考列管', 'under control (RDEC)'], tp: ['一般', 'ordinary'], caller: ['依呼叫者', 'as the caller says'] },
    shorterOf: { 'unit-rule': ['單位自訂期限', 'the unit\'s own limit'] },
    basis: { seed: ['原流程所定', 'the original SOP'], proposed: ['建議值', 'proposed'], external: ['上級法規', 'rules from above'] },
    level: {
      三層: ['三層（科長）', 'third tier (section chief)'], 二層: ['二層（單位主管）', 'second tier (head of unit)'],
      一層: ['一層（首長）', 'first tier (head of office)']
    },
    part: { lead: ['主辦', 'lead'], support: ['協辦', 'support'] }, needs: { reason: ['須填理由', 'a reason'] },
    until: { all: ['全部辦完', 'all are done'], date: ['日期到了', 'the date has come'], none: ['立即繼續', 'at once'] },
    rest: { withdraw: ['撤回', 'withdrawn'], 'go-on': ['繼續辦', 'go on'] },
    roll: {
      none: ['不順延', 'not moved'], next: ['順延到下一上班日', 'moved to the next working day'],
      previous: ['提前到前一上班日', 'moved to the working day before']
    },
    missed: { every: ['每期都補', 'every missed period'], newest: ['只補最近一期', 'only the newest one'] },
    type: {
      text: ['文字', 'text'], integer: ['整數', 'whole number'], number: ['數字', 'number'], boolean: ['是否', 'yes or no'], date: ['日期', 'date'],
      instant: ['日期時間', 'date and time'], role: ['角色', 'role'], case: ['案件', 'case'], form: ['文件', 'document'], unit: ['單位', 'unit']
    },
    unitRule: {
      responsible: ['案件的承辦單位', 'the unit responsible for the case'], child: ['承辦單位的下級', 'units below the responsible one'],
      applicant: ['申請人', 'the applicant'], caller: ['依呼叫者', 'as the caller says']
    },
    to: {
      holder: ['承辦人', 'the clerk'], applicant: ['申請人', 'the applicant'],
      'meeting@list': ['列入市務會議', 'onto the municipal meeting\'s list']
    }
  },
  // of a step of a ladder: little room
  rung: { workday: ['工作天', 'workd.'], day: ['日', 'd'], hour: ['小時', 'h'], week: ['週', 'wk'], month: ['個月', 'mo.'], year: ['年', 'y'] }
};

export const CHINESE = document.documentElement.lang.startsWith('zh');
// what people and SOPs wrote stays Chinese in the English panel, and is said to be
const HAN = /\p{Script=Han}/gu, LATIN = /[A-Za-z]/g;
export const isForeign = (said) => !CHINESE && (said.match(HAN)?.length ?? 0) > (said.match(LATIN)?.length ?? 0);

const one = (said) => (Array.isArray(said) ? said[CHINESE ? 0 : 1]
  : Object.fromEntries(Object.entries(said).map(([key, inner]) => [key, one(inner)])));

export const W = one(WORDS);
export const say = (text, given = {}) => text.replace(/{([^}]+)}/g, (_, key) => given[key] ?? '');
export const pair = (words, first, second) => say(words, { one: first, two: second });
