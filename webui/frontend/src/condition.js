// Field, comparison, value: the assistant writes only texts that it can also read back, all of them safe expressions.
import { button, choice, group, node, text } from './fields.js';
import { W, pair } from './words.js';

const NAME = '[A-Za-z_\\u4e00-\\u9fff][\\w\\u4e00-\\u9fff]*';
const TEXT = '"[^"\\\\\\n]*"|\'[^\'\\\\\\n]*\''; // expressions know no escapes
const ATOM = `-?\\d+(?:\\.\\d+)?|True|False|${TEXT}`;
const ONE = new RegExp(
  `\\s*(${NAME})\\s*(?:(==|!=|>=|<=|>|<)\\s*(${ATOM})|\\s+in\\s+\\[\\s*((?:${ATOM})(?:\\s*,\\s*(?:${ATOM}))*)\\s*\\])`, 'uy');
const JOIN = /\s+(and|or)\s+/uy;

function value(source) {
  if (source === 'True' || source === 'False') return source === 'True';
  if (/^-?\d/.test(source)) return Number(source);
  return source.slice(1, -1);
}

function written(one) {
  if (typeof one === 'boolean') return one ? 'True' : 'False';
  if (typeof one === 'number') return String(one);
  return one.includes('"') ? `'${one}'` : `"${one}"`;
}

// {join: 'and' | 'or', rows: [{field, compare, value}]}, or null for a text the assistant does not write
export function read(source) {
  if (!source?.trim()) return { join: 'and', rows: [] };
  const text = source.trim();
  const rows = [];
  const joins = new Set();
  for (let at = 0; ;) {
    ONE.lastIndex = at;
    const one = ONE.exec(text);
    if (!one) return null;
    const many = one[4];
    rows.push({ field: one[1], compare: many ? 'in' : one[2], value: many ? many.match(new RegExp(ATOM, 'gu')).map(value) : value(one[3]) });
    if (ONE.lastIndex === text.length) break;
    JOIN.lastIndex = ONE.lastIndex;
    const join = JOIN.exec(text);
    if (!join) return null;
    joins.add(join[1]);
    at = JOIN.lastIndex;
  }
  return joins.size > 1 ? null : { join: [...joins][0] ?? 'and', rows };
}

export function write({ join, rows }) {
  return rows.map(({ field, compare, value: one }) => (compare === 'in'
    ? `${field} in [${one.map(written).join(', ')}]` : `${field} ${compare} ${written(one)}`)).join(` ${join} `);
}

// what was typed as the kind of value the field holds; undefined when it cannot be one
function understood(field, compare, typed) {
  const kind = field?.kind;
  const numeric = kind === 'number' || kind === 'integer';
  const one = (said) => {
    if (kind === 'boolean') return said === 'True';
    if (numeric || (!field && /^-?\d+(\.\d+)?$/.test(said))) return /^-?\d{1,15}(\.\d{1,6})?$/.test(said) ? Number(said) : undefined;
    const odd = /[\p{Cc}\p{Cf}\\]/u.test(said) || (said.includes('"') && said.includes("'"));
    return said.length <= 100 && !odd ? said : undefined;
  };
  if (compare !== 'in') return one(typed);
  const found = typed.split(/[、,，]/).map((said) => said.trim()).filter(Boolean).map(one);
  return found.length && !found.includes(undefined) ? found : undefined;
}

export function assistant(key, source, fields, told, disabled) {
  const held = read(source);
  if (held === null) {
    return group(W.condition, node('p', { class: 'help' }, W.cComplex), node('p', {}, node('code', {}, source)),
      button(W.cReplace, () => told(''), { key: `${key}-again`, disabled }));
  }
  const save = (next) => told(write({ ...held, ...next }));
  const change = (n, next) => {
    const row = { ...held.rows[n], ...next };
    const field = fields.find((one) => one.name === row.field);
    if (next.field || next.compare) {
      const list = Array.isArray(row.value) ? row.value : [row.value];
      row.value = row.compare === 'in' ? list : list[0];
      if (next.field) row.value = first(field, row.compare);
    }
    save({ rows: held.rows.map((one, at) => (at === n ? row : one)) });
  };
  const options = fields.map((one) => [one.name, one.title && one.title !== one.name ? pair(W.aside, one.title, one.name) : one.name]);
  return group(W.condition,
    held.rows.length ? null : node('p', { class: 'help' }, W.cNone),
    ...held.rows.map((row, n) => condition(`${key}-${n}`, row, options, fields, (next) => change(n, next),
      () => save({ rows: held.rows.filter((_, at) => at !== n) }), disabled)),
    held.rows.length > 1 && choice(`${key}-join`, W.cJoin, held.join, [['and', W.cAnd], ['or', W.cOr]], (join) => save({ join }), { must: true, disabled }),
    button(W.cAdd, () => {
      const field = fields[0];
      save({ rows: [...held.rows, { field: field?.name ?? 'outcome', compare: '==', value: first(field, '==') }] });
    }, { key: `${key}-add`, disabled: disabled || !fields.length }));
}

function first(field, compare) {
  const one = field?.kind === 'boolean' ? true : field?.choices?.[0]?.[0] ?? (['number', 'integer'].includes(field?.kind) ? 0 : '');
  return compare === 'in' ? [one] : one;
}

function condition(key, row, options, fields, change, remove, disabled) {
  const field = fields.find((one) => one.name === row.field);
  const shown = Array.isArray(row.value) ? row.value.join(W.comma) : row.value === true ? 'True' : row.value === false ? 'False' : String(row.value);
  const told = (typed) => {
    const next = understood(field, row.compare, typed);
    if (next !== undefined) return change({ value: next });
    wrong.hidden = false;
    return undefined;
  };
  const wrong = node('p', { class: 'wrong', role: 'alert', hidden: true }, W.cBad);
  const offered = field?.kind === 'boolean' ? [['True', W.yes], ['False', W.no]]
    : (field?.choices ?? []).map(([one, words]) => [String(one), words === one ? String(one) : pair(W.aside, words, one)]);
  return node('div', { class: 'condition' },
    choice(`${key}-f`, W.cField, row.field, options, (name) => name && change({ field: name }), { must: true, disabled }),
    choice(`${key}-c`, W.cCompare, row.compare, Object.entries(W.compare), (compare) => change({ compare }), { must: true, disabled }),
    offered.length && row.compare !== 'in'
      ? choice(`${key}-v`, W.cValue, shown, offered, told, { must: true, disabled })
      : text(`${key}-v`, row.compare === 'in' ? pair(W.aside, W.cValue, W.cMany) : W.cValue, shown, told, { disabled }),
    wrong, button(W.remove, remove, { key: `${key}-x`, disabled }));
}
