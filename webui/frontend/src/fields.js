// Labelled controls. A change is told once, when the person leaves the field: one change, one step to undo.
import { W, isForeign, pair, say } from './words.js';

const FOREIGN = 'zh-Hant-TW';
let count = 0;

export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on') for (const [type, told] of Object.entries(value)) made.addEventListener(type, told);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((one) => one !== undefined && one !== null && one !== false));
  if (children.some((one) => typeof one === 'string' && isForeign(one))) made.lang = FOREIGN;
  return made;
}

function labelled(key, label, control, hint) {
  const id = `sf-${++count}`;
  control.id = id;
  control.dataset.key = key;
  if (control.matches('input, textarea') && isForeign(control.value)) control.lang = FOREIGN;
  const help = hint && node('span', { class: 'help', id: `${id}-help` }, hint);
  if (help) control.setAttribute('aria-describedby', help.id);
  return node('p', { class: 'sf' }, node('label', { for: id }, label), help, control);
}

export function text(key, label, value, told, { rows, hint, number, disabled } = {}) {
  const control = rows ? node('textarea', { rows, disabled }) : node('input', { type: number ? 'number' : 'text', min: number ? 0 : null, step: number === 'real' ? 'any' : null, disabled });
  control.value = value ?? '';
  control.addEventListener('change', () => told(control.value.trim()));
  return labelled(key, label, control, hint);
}

export function tick(key, label, value, told, { disabled } = {}) {
  const id = `sf-${++count}`;
  const control = node('input', { type: 'checkbox', id, disabled, 'data-key': key, on: { change: () => told(control.checked) } });
  control.checked = Boolean(value);
  return node('p', { class: 'sf tick' }, control, node('label', { for: id }, label));
}

// options: [[value, words]]; a value that is not among them is kept and shown
export function choice(key, label, value, options, told, { must, disabled, hint } = {}) {
  const control = node('select', { disabled });
  if (!must || value === undefined) control.append(node('option', { value: '' }, W.none));
  const known = options.some(([one]) => one === value);
  if (value && !known) control.append(node('option', { value }, value));
  for (const [one, words] of options) control.append(node('option', { value: one }, words));
  control.value = value ?? '';
  control.addEventListener('change', () => told(control.value));
  return labelled(key, label, control, hint);
}

// one of many: the words are typed and offered, the id is kept; what nobody offered is kept as typed
export function pick(key, label, value, options, told, { disabled } = {}) {
  const seen = new Map();
  for (const [, words] of options) seen.set(words, (seen.get(words) ?? 0) + 1);
  const shown = options.map(([one, words]) => [one, seen.get(words) > 1 && one !== words ? pair(W.aside, words, one) : words]);
  const list = node('datalist', { id: `sl-${++count}` }, ...shown.map(([, words]) => node('option', { value: words })));
  const control = node('input', { type: 'text', list: list.id, autocomplete: 'off', disabled });
  control.value = shown.find(([one]) => one === value)?.[1] ?? value ?? '';
  control.addEventListener('change', () => {
    const typed = control.value.trim();
    told(shown.find(([, words]) => words === typed)?.[0] ?? typed);
  });
  const made = labelled(key, label, control);
  made.append(list);
  return made;
}

// several of many, kept as one text with blanks between
export function several(key, label, value, options, told, { disabled } = {}) {
  const held = (value ?? '').split(/\s+/).filter(Boolean);
  const tell = (next) => told(next.filter(Boolean).join(' '));
  const name = (one) => options.find(([id]) => id === one)?.[1] ?? one;
  return node('fieldset', { class: 'several' },
    node('legend', {}, label),
    node('ul', {}, ...held.map((one, n) => node('li', {}, node('span', {}, name(one)),
      button(W.remove, () => tell(held.filter((_, at) => at !== n)), { label: say(W.removeOne, { what: name(one) }), key: `${key}-x${n}`, disabled })))),
    pick(`${key}-new`, pair(W.colon, W.add, label), '', options, (one) => one && tell([...held, one]), { disabled }));
}

export function button(words, told, { label, key, disabled, kind } = {}) {
  return node('button', { type: 'button', class: kind ?? 'slim', 'aria-label': label, 'data-key': key, disabled, on: { click: told } }, words);
}

export function group(legend, ...children) {
  return node('fieldset', { class: 'many' }, node('legend', {}, legend), ...children);
}
