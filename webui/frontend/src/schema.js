// Which sop: elements stand where, and what kind of control each attribute gets. The descriptor knows no kinds.
const TIME = ['unit', 'choice', 'time'];
const BASIS = ['basis', 'choice', 'basis'];
const RUNG = [TIME, ['to', 'several', 'to'], BASIS];
const WHERE = [['from', 'pick', 'fields'], ['value', 'text'], ['to', 'text']];

// attribute → [name, control, options]; 'body' is the text inside the element
export const ATTRS = {
  Sheet: [['kind', 'choice', 'kind'], ['unit', 'pick', 'units'], ['version', 'text'], ['revised', 'text'], ['titleEn', 'text'],
    ['contact', 'text'], ['shared', 'tick']],
  W5h1: [['who', 'long'], ['what', 'long'], ['when', 'long'], ['where', 'long'], ['why', 'long'], ['how', 'long']],
  LegalBasis: [['name', 'text'], ['number', 'text'], ['dated', 'text'], BASIS],
  Note: [['id', 'text'], ['step', 'pick', 'steps'], ['text', 'body']],
  Form: [['ref', 'pick', 'forms'], ['direction', 'choice', 'direction'], ['when', 'text'], ['as', 'text']],
  Indicator: [['ref', 'text']],
  Parameter: [['name', 'text'], ['direction', 'choice', 'Parameter.direction'], ['type', 'choice', 'type'], ['values', 'text'],
    ['default', 'text'], ['required', 'tick']],
  Deadline: [['id', 'text'], ['name', 'text'], ['regime', 'choice', 'regime'], ['of', 'choice', 'of'], ['length', 'whole'], TIME,
    ['starts', 'pick', 'steps'], ['met', 'several', 'steps'], ['at', 'text'], ['decision', 'pick', 'tables'],
    ['shorterOf', 'choice', 'shorterOf'], ['cap', 'whole'], ['capUnit', 'choice', 'time'], ['ladder', 'choice', 'ladder'],
    ['extendBy', 'whole'], ['extendUnit', 'choice', 'time'], ['extendTimes', 'whole'], ['extendLevel', 'choice', 'level'],
    ['extendBasis', 'choice', 'basis'], BASIS],
  Reminder: [['before', 'whole'], ...RUNG],
  Escalation: [['after', 'whole'], ...RUNG, ['opens', 'pick', 'procedures']],
  Origin: [['marks', 'text']],
  StandardTime: [['value', 'real'], ['unit', 'choice', 'standard'], BASIS],
  CoUnit: [['ref', 'pick', 'coUnits']],
  Checklist: [['for', 'text']],
  Item: [['id', 'text'], ['text', 'body']],
  Approval: [['level', 'choice', 'level'], ['of', 'pick', 'approved']],
  Outcome: [['variable', 'text']],
  Choice: [['value', 'text'], ['label', 'text'], ['needs', 'choice', 'needs']],
  Each: [['units', 'pick', 'fields'], ['until', 'pick', 'until']],
  Operator: [['name', 'pick', 'operators']],
  Arg: [['name', 'pick', 'args'], ['value', 'text'], ['from', 'pick', 'fields'], BASIS],
  Decision: [['ref', 'pick', 'tables']],
  In: WHERE,
  Out: [['from', 'text'], ['to', 'text']],
  Set: [['name', 'pick', 'fields'], ['value', 'text'], ['from', 'pick', 'fields']],
  Who: [['role', 'pick', 'roles'], ['unit', 'pick', 'unitRules'], ['part', 'choice', 'part']],
  Timer: [['deadline', 'choice', 'deadlines'], ['continues', 'pick', 'steps']],
  Calendar: [['rule', 'text'], ['at', 'text'], ['roll', 'choice', 'roll'], ['missed', 'choice', 'missed'], BASIS],
  Wait: [],
  Linked: [['start', 'text'], ['rest', 'choice', 'rest']]
};

// what stands inside an element: [property, type, many]
export const INSIDE = {
  Sheet: [['w5h1', 'W5h1', false]],
  Deadline: [['reminders', 'Reminder', true], ['escalations', 'Escalation', true]],
  StandardTime: [['reminders', 'Reminder', true]],
  Checklist: [['items', 'Item', true]],
  Outcome: [['choices', 'Choice', true]],
  Operator: [['args', 'Arg', true]],
  Decision: [['ins', 'In', true], ['outs', 'Out', true]]
};

// type, many: in the order a person fills them in
const PERSON = [['StandardTime'], ['CoUnit', true], ['Form', true], ['Checklist', true], ['Outcome'], ['Approval'], ['Each'],
  ['Deadline', true], ['Set', true], ['Origin']];
export const STANDS = {
  Process: [['Sheet'], ['LegalBasis', true], ['Note', true], ['Form', true], ['Deadline', true], ['Parameter', true],
    ['Indicator', true]],
  UserTask: PERSON, ManualTask: PERSON, Task: PERSON,
  ServiceTask: [['Operator'], ['Out', true], ['Form', true], ['StandardTime'], ['Set', true], ['Deadline', true], ['Origin']],
  BusinessRuleTask: [['Decision'], ['Form', true], ['Set', true], ['Origin']],
  CallActivity: [['In', true], ['Out', true], ['Form', true], ['Each'], ['Wait'], ['Linked'], ['StandardTime'], ['CoUnit', true],
    ['Deadline', true], ['Set', true], ['Origin']],
  SubProcess: [['Form', true], ['Deadline', true], ['Set', true], ['Origin']],
  StartEvent: [['Calendar'], ['Form', true], ['Set', true], ['Origin']],
  EndEvent: [['Set', true], ['Form', true], ['Origin']],
  BoundaryEvent: [['Set', true], ['Origin']],
  IntermediateCatchEvent: [['Set', true], ['Origin']],
  ExclusiveGateway: [['Origin']],
  ParallelGateway: [['Origin']],
  SequenceFlow: [['Set', true]],
  Lane: [['Who']]
};

// what a new one starts with
export const FRESH = {
  StandardTime: { value: 1, unit: 'workday' }, Form: { direction: 'in' }, Each: { until: 'all' },
  Deadline: { regime: 'document', length: 1, unit: 'workday' }, Reminder: { before: 1, unit: 'workday', to: 'holder' },
  Escalation: { after: 0, unit: 'workday', to: 'holder section_chief@responsible' }, Parameter: { direction: 'in' },
  Who: { role: 'officer', unit: 'responsible', part: 'lead' }, Calendar: { rule: 'monthly 1', at: '08:00', roll: 'next', missed: 'newest' },
  Linked: { rest: 'go-on' }
};
