// Every word of the editor's own panel and messages. The pages around it have theirs in the templates.
export const W = {
  // frame
  saved: '已儲存', saving: '儲存中…', unsaved: '尚未儲存', notSaved: '未能儲存', readOnly: '只能檢視，不會儲存',
  notReadable: '這份流程圖讀入時有下列問題，為免遺失內容，編輯器不儲存它：',
  noFacts: '無法取得流程內容，請重新整理本頁。', importFailed: '這份流程圖無法打開：', noAnswer: '系統沒有回應；您的修改還在這一頁，稍後會再試。',
  noLonger: '登入已逾時或頁面已失效。請先匯出 BPMN 保存您的修改，再重新整理本頁。',
  leave: '還有尚未儲存的修改。', nothingFound: '沒有檢核發現。', findings: '檢核發現', blocking: '不能送審',
  mayPass: '可再斟酌', level: { error: '錯誤', warning: '提醒', info: '參考' }, whole: '整個流程',
  plainScreen: '放一個欄位', plainScreens: '這 {count} 個步驟各放一個欄位',
  // the two sides
  staleTitle: '別人在您之後儲存過', staleTheirs: '已儲存的版本', staleMine: '您的版本',
  staleBy: '{who}　{at}', differences: '您的版本與已儲存的版本不同之處', same: '內容相同，只有圖面位置不同。',
  keepTheirs: '採用已儲存的版本', keepMine: '以我的版本覆蓋', exportMine: '先匯出我的版本', later: '先不決定',
  // panel
  nothing: '選取圖上的步驟、流向或泳道，這裡可以填寫它的內容；沒有選取時是整個流程的內容。',
  many: '選取了 {count} 個圖示。', add: '新增', remove: '刪除', removeOne: '刪除「{what}」', none: '（不填）',
  up: '上移', down: '下移', pickHint: '輸入文字可篩選', unknownValue: '目前的值不在清單裡',
  kinds: {
    Process: '整個流程', Participant: '整個流程', Collaboration: '整個流程', Lane: '泳道', SequenceFlow: '流向',
    UserTask: '步驟', ManualTask: '步驟（系統外辦理）', Task: '步驟', ServiceTask: '系統作業',
    BusinessRuleTask: '系統判斷', CallActivity: '共用程序或另開案件', SubProcess: '子流程', StartEvent: '起點',
    EndEvent: '終點', BoundaryEvent: '時限', IntermediateCatchEvent: '等候時間', ExclusiveGateway: '決策',
    ParallelGateway: '並行', TextAnnotation: '註解文字', Association: '虛線'
  },
  id: '代碼', name: '名稱', documentation: '說明', purpose: '目的', text: '文字', owner: '承辦（所在泳道）',
  ownerMove: '改由哪個泳道承辦',
  screen: '編輯畫面欄位', pinned: '掛在這個步驟的註', defaultFlow: '其餘情形走哪一條', branches: '各分支', calledElement: '呼叫的程序或流程',
  interrupting: '到時限時中斷原步驟', ladderPicture: '期限階梯', defaultLadder: '（依階梯「{ladder}」的預設）',
  due: '到期', before: '前', after: '後', iso: '時間長度（如 P3D、PT2H）或日期時間', isDefault: '這是「其餘情形」的流向，不需要條件。',
  message: '收到的訊息', plain: '（無）',
  // condition
  condition: '走這條路的條件', cField: '欄位', cCompare: '比較', cValue: '值', cJoin: '多個條件時', cAnd: '全部符合',
  cOr: '任一符合', cAdd: '加一個條件', cComplex: '這個條件用助理無法呈現，保留原文：', cReplace: '改用助理重寫',
  cNone: '沒有條件', cBad: '這個值不能用在條件裡。', yes: '是', no: '否',
  compare: { '==': '等於', '!=': '不等於', '>': '大於', '>=': '大於或等於', '<': '小於', '<=': '小於或等於', in: '是其中之一' },
  cMany: '以頓號分隔多個值',
  types: {
    Sheet: '流程基本資料', W5h1: '5W1H', LegalBasis: '法令依據', Note: '註', Form: '使用與產生的文件', Indicator: '指標',
    Parameter: '與呼叫者往來的值', Deadline: '期限', Reminder: '到期前提醒', Escalation: '到期後稽催', Origin: '資料來源',
    StandardTime: '標準工時', CoUnit: '會辦單位', Checklist: '檢核表', Item: '檢核項目', Approval: '核決', Outcome: '處理結果',
    Choice: '選項', Each: '各單位分別辦理', Operator: '系統作業', Arg: '參數', Decision: '決策表', Who: '由誰承辦',
    Timer: '計時', Calendar: '依日曆開始', In: '交給它的值', Out: '取回的值', Set: '經過時設定的值', Wait: '等對方辦完再繼續',
    Linked: '另開案件'
  },
  attrs: {
    kind: '類型', unit: '單位', revised: '修訂日期', version: '版次', titleEn: '英文名稱', contact: '聯絡窗口', shared: '供其他流程呼叫',
    who: '何人', what: '何事', when: '何時', where: '何地', why: '為何', how: '如何', number: '文號', dated: '日期', basis: '依據',
    step: '掛在哪個步驟', ref: '名稱', direction: '方向', as: '在呼叫者那裡叫', values: '可能的值（以空白分隔）', default: '預設值',
    required: '必須交付', type: '種類', regime: '期限種類', length: '長度', decision: '由決策表決定', of: '對象', starts: '起算步驟',
    met: '完成步驟', shorterOf: '取較短者', cap: '上限', capUnit: '上限單位', ladder: '提醒與稽催階梯', at: '固定的日子',
    extendBy: '每次展期', extendUnit: '展期單位', extendTimes: '可展期次數', extendLevel: '展期由誰核准', extendBasis: '展期依據',
    before: '到期前', after: '到期後', to: '通知誰', opens: '另開流程', marks: '記號（圖 文 註n 增）', value: '值', for: '只在這個結果時要檢核（欄位=值）',
    level: '核決層級', variable: '結果存入欄位', label: '顯示的文字', needs: '需要', units: '單位清單的欄位', until: '何時繼續',
    name: '名稱', from: '取自欄位', role: '角色', part: '主辦或協辦', deadline: '用哪個期限', continues: '到期後接到', rule: '開始的日子',
    roll: '遇假日', missed: '錯過的期別', start: '由哪個起點', rest: '離開時其餘案件', id: '代號', text: '內容'
  },
  hints: {
    rule: '例：monthly 24、monthly last、monthly 2 wed、yearly 4/3 10/3、weekly mon thu',
    at: '例：08:00；固定日期的期限例：yearly 3/31', marks: '圖＝流程圖、文＝文字說明、註n＝註解、增＝新增'
  },
  own: {
    'Deadline.unit': '長度單位', 'Deadline.name': '期限名稱', 'StandardTime.value': '時間', 'StandardTime.unit': '時間單位',
    'Reminder.unit': '單位', 'Escalation.unit': '單位', 'Sheet.unit': '主辦單位', 'Who.unit': '哪個單位', 'Approval.of': '核誰辦的步驟',
    'Calendar.at': '時刻', 'Form.ref': '文件', 'Form.when': '條件', 'CoUnit.ref': '單位', 'Indicator.ref': '指標代碼', 'Decision.ref': '決策表',
    'Operator.name': '作業', 'Arg.name': '參數', 'In.to': '交給', 'In.value': '或直接給值', 'Out.from': '取它的', 'Out.to': '存入欄位',
    'Set.name': '欄位', 'Set.from': '或取自欄位', 'Arg.from': '或取自欄位', 'Checklist.for': '只在這個結果時檢核（欄位=值）',
    'LegalBasis.basis': '屬於'
  },
  options: {
    kind: { 'per-case': '逐案', periodic: '定期', project: '專案' },
    direction: { in: '收進', out: '產出' }, 'Parameter.direction': { in: '呼叫者給的', out: '交回呼叫者' },
    regime: {
      petition: '人民陳情（工作天）', statutory: '法定期間', adverse: '不利期間', document: '公文時限（工作天）',
      standard: '標準工時', 'follow-up': '追蹤期限', backward: '倒數期限', fixed: '固定日期'
    },
    time: { workday: '工作天', day: '日', hour: '小時', week: '週', month: '個月', year: '年' },
    of: { case: '整個案件', step: '這個步驟' }, ladder: { rdec: '研考列管', tp: '一般', caller: '依呼叫者' },
    shorterOf: { 'unit-rule': '單位自訂期限' },
    basis: { seed: '原流程所定', proposed: '建議值', external: '上級法規' },
    level: { 三層: '三層（科長）', 二層: '二層（單位主管）', 一層: '一層（首長）' }, part: { lead: '主辦', support: '協辦' },
    needs: { reason: '須填理由' }, until: { all: '全部辦完', date: '日期到了', none: '立即繼續' },
    rest: { withdraw: '撤回', 'go-on': '繼續辦' }, roll: { none: '不順延', next: '順延到下一上班日', previous: '提前到前一上班日' },
    missed: { every: '每期都補', newest: '只補最近一期' },
    type: { text: '文字', integer: '整數', number: '數字', boolean: '是否', date: '日期', instant: '日期時間', role: '角色', case: '案件', form: '文件', unit: '單位' },
    unitRule: { responsible: '案件的承辦單位', child: '承辦單位的下級', applicant: '申請人', caller: '依呼叫者' },
    to: { holder: '承辦人', applicant: '申請人', 'meeting@list': '列入市務會議' }
  }
};

export const say = (text, given = {}) => text.replace(/{([^}]+)}/g, (_, key) => given[key] ?? '');
