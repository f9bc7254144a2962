// The panel at the side: everything an SOP says of what is selected, in labelled groups, each change one step to undo.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

import { assistant } from './condition.js';
import { button, choice, group, node, pick, several, text, tick } from './fields.js';
import { ladder } from './ladder.js';
import { Options } from './options.js';
import { ATTRS, FRESH, INSIDE, STANDS } from './schema.js';
import { Values, all, subject, timer, whole } from './values.js';
import { W, pair, say } from './words.js';

const local = (one) => one.$type.replace(/^\w+:/, '');
const word = (type, name) => W.own[`${type}.${name}`] ?? W.attrs[name] ?? name;

export class Panel {
  constructor(modeler, root, facts, readOnly) {
    Object.assign(this, { modeler, root, facts, readOnly });
    this.values = new Values(modeler);
    this.options = new Options(modeler, facts);
    this.open = new Set(['StandardTime', 'Outcome', 'Sheet', 'Who', 'Operator', 'Decision']);
    const events = modeler.get('eventBus');
    events.on(['selection.changed', 'commandStack.changed', 'import.done'], () => this.later());
    this.keepPresses();
    this.show();
  }

  // leaving a field changes the drawing, and the panel is made anew under a button already pressed: the press counts
  keepPresses() {
    let pressed = null;
    this.root.addEventListener('pointerdown', ({ target }) => {
      pressed = target.closest('[data-key]');
    });
    document.addEventListener('pointerup', () => {
      const key = pressed && !pressed.isConnected && pressed.dataset.key;
      pressed = null;
      const now = key && this.at(key);
      if (now) now.matches('button, summary, [type=checkbox]') ? now.click() : now.focus();
    });
  }

  at(key) {
    return this.root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  // once after all that one act changed
  later() {
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      this.show();
    });
  }

  show() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const about = this.modeler.get('selection').get().map((one) => one.id).join(' ');
    const top = about === this.about ? this.root.scrollTop : 0;
    this.about = about;
    this.root.replaceChildren(...this.parts());
    this.root.scrollTop = top;
    if (focused) this.at(focused)?.focus({ preventScroll: true });
  }

  parts() {
    const selected = this.modeler.get('selection').get();
    if (selected.length > 1) return [node('p', {}, say(W.many, { count: selected.length }))];
    const about = selected.length ? subject(this.modeler, selected[0]) : whole(this.modeler);
    const { element, bo } = about;
    const kind = local(bo);
    return [
      node('h2', {}, W.kinds[kind] ?? kind),
      selected.length ? null : node('p', { class: 'help' }, W.nothing),
      ...this.plain(about, kind),
      this.screen(bo),
      ...this.special(element, bo, kind),
      ...(STANDS[kind] ?? []).filter(([type]) => this.belongs(type, bo))
        .map(([type, many]) => this.section(element, bo, type, many)),
      kind === 'Process' || !is(bo, 'bpmn:FlowNode') ? null : this.pinned(element, bo)
    ].filter(Boolean);
  }

  belongs(type, bo) {
    if (type === 'Calendar') return Boolean(timer(bo)) || all(bo, type).length > 0;
    if (type === 'Parameter') return all(bo, 'Sheet')[0]?.shared || all(bo, type).length > 0;
    return true;
  }

  // name, text, documentation, id
  plain({ element, bo, drawn }, kind) {
    if (kind === 'TextAnnotation') {
      return [text('text', W.text, bo.text, (value) => this.rename(element, value), { rows: 3, disabled: this.readOnly })];
    }
    const name = text('name', W.name, bo.name, (value) => {
      if (kind !== 'Process') return this.rename(element, value);
      this.values.put(element, bo, { name: value });
      return drawn !== bo && this.modeler.get('modeling').updateProperties(element, { name: value });
    }, { disabled: this.readOnly });
    const shown = [name, node('p', { class: 'help' }, pair(W.colon, W.id, ''), node('code', {}, bo.id))];
    if (!is(bo, 'bpmn:Lane') && !is(bo, 'bpmn:SequenceFlow')) {
      shown.push(text('documentation', kind === 'Process' ? W.purpose : W.documentation, bo.documentation?.[0]?.text,
        (value) => this.values.describe(element, bo, value), { rows: 4, disabled: this.readOnly }));
    }
    return shown;
  }

  // where the fields of its screen are edited
  screen(bo) {
    if (!/:(UserTask|ManualTask|Task|StartEvent)$/.test(bo.$type) || !this.facts.screens) return null;
    return node('p', {}, node('a', { href: this.facts.screens.replace('STEP', encodeURIComponent(bo.id)), 'data-key': 'screen' }, W.screen));
  }

  rename(element, value) {
    this.modeler.get('modeling').updateLabel(element, value);
  }

  special(element, bo, kind) {
    const disabled = this.readOnly;
    const found = [];
    const modeling = this.modeler.get('modeling');
    if (is(bo, 'bpmn:FlowNode')) found.push(this.owner(element, bo));
    if (kind === 'CallActivity') {
      found.push(pick('called', W.calledElement, bo.calledElement, this.options.of('procedures'),
        (value) => modeling.updateProperties(element, { calledElement: value || undefined }), { disabled }));
    }
    if (kind === 'BoundaryEvent') {
      found.push(tick('cancel', W.interrupting, bo.cancelActivity !== false,
        (value) => modeling.updateProperties(element, { cancelActivity: value }), { disabled }));
    }
    if (kind === 'StartEvent' && bo.eventDefinitions?.some((one) => one.messageRef)) {
      found.push(node('p', {}, pair(W.colon, W.message, bo.eventDefinitions[0].messageRef.name)));
    }
    if (timer(bo) && kind !== 'StartEvent') found.push(...this.timed(element, timer(bo)));
    if (kind === 'ExclusiveGateway' && bo.outgoing?.length > 1) found.push(this.ways(element, bo));
    if (kind === 'SequenceFlow' && bo.sourceRef?.$type === 'bpmn:ExclusiveGateway') found.push(this.condition(element, bo));
    return found;
  }

  owner(element, bo) {
    const lanes = this.options.lanes();
    const here = lanes.find((one) => one.businessObject.flowNodeRef?.includes(bo));
    if (!lanes.length) return null;
    return choice('owner', W.owner, here?.id, lanes.map((one) => [one.id, getBusinessObject(one).name || one.id]), (id) => {
      const lane = lanes.find((one) => one.id === id);
      if (!lane || lane === here) return;
      this.modeler.get('modeling').moveElements([element], this.room(element, lane), lane, { autoResize: false });
    }, { must: Boolean(here), disabled: this.readOnly });
  }

  // to the middle of a lane, at the nearest height where nothing stands
  room(element, lane) {
    const x = Math.round(lane.x + lane.width / 2 - (element.x + element.width / 2));
    const others = this.options.nodes().filter((one) => one !== element && one.host !== element && !one.children?.length);
    const free = (y) => !others.some((one) => Math.abs(one.x + one.width / 2 - element.x - x - element.width / 2) < (one.width + element.width) / 2 + 20
      && Math.abs(one.y + one.height / 2 - element.y - y - element.height / 2) < (one.height + element.height) / 2 + 20);
    for (let y = 0; y < 2000; y += 20) {
      if (free(y)) return { x, y };
      if (element.y - y > lane.y + 20 && free(-y)) return { x, y: -y };
    }
    return { x, y: 0 };
  }

  timed(element, definition) {
    const held = ['timeDuration', 'timeDate', 'timeCycle'].find((one) => definition[one]);
    const found = [this.section(element, definition, 'Timer', false)];
    if (!all(definition, 'Timer').length) {
      found.push(text('iso', W.iso, held && definition[held].body, (body) => {
        const which = /^[PR]/.test(body) ? 'timeDuration' : 'timeDate';
        const made = body && this.modeler.get('moddle').create('bpmn:FormalExpression', { body });
        this.values.put(element, definition, { timeDuration: undefined, timeDate: undefined, timeCycle: undefined, ...(made ? { [which]: made } : {}) });
      }, { disabled: this.readOnly }));
    }
    return found;
  }

  ways(element, bo) {
    const flows = bo.outgoing.map((one) => [one.id, one.name || one.targetRef?.name || one.id]);
    return group(W.branches,
      choice('default', W.defaultFlow, bo.default?.id, flows, (id) => this.modeler.get('modeling').updateProperties(element,
        { default: bo.outgoing.find((one) => one.id === id) }), { disabled: this.readOnly }),
      node('ul', { class: 'ways' }, ...bo.outgoing.map((one) => node('li', {}, button(one.name || one.targetRef?.name || one.id,
        () => this.select(one.id), { key: `way-${one.id}`, kind: 'link' }), pair(W.gap, '', one.conditionExpression?.body)))));
  }

  select(id) {
    const element = this.modeler.get('elementRegistry').get(id);
    if (!element) return;
    this.modeler.get('canvas').scrollToElement(element, { top: 120, bottom: 120, left: 160, right: 120 });
    this.modeler.get('selection').select(element);
  }

  condition(element, bo) {
    if (bo.sourceRef.default === bo) return node('p', { class: 'help' }, W.isDefault);
    return assistant('condition', bo.conditionExpression?.body ?? '', this.options.fields(), (body) => {
      const conditionExpression = body ? this.modeler.get('moddle').create('bpmn:FormalExpression', { body }) : undefined;
      if (conditionExpression) conditionExpression.$parent = bo;
      this.modeler.get('modeling').updateProperties(element, { conditionExpression });
    }, this.readOnly);
  }

  // the process's notes that hang on this step
  pinned(element, bo) {
    const { bo: process } = whole(this.modeler);
    const held = all(process, 'Note').filter((one) => one.step === bo.id);
    return this.fold('pinned', W.pinned, held.length, [
      ...held.map((one, n) => this.one(`pinned-${n}`, one, (now) => this.values.replace(element, process, one, now), ['step'])),
      this.adder('pinned-add', () => this.values.append(element, process,
        this.values.create('Note', { id: `註${all(process, 'Note').length + 1}`, step: bo.id, text: '' })))
    ]);
  }

  // every element of one type on one holder
  section(element, holder, type, many) {
    const held = all(holder, type);
    const told = (one) => (now) => this.values.replace(element, holder, one, now);
    const add = () => this.values.append(element, holder, this.fresh(type));
    return this.fold(type, W.types[type], held.length, [
      ...held.map((one, n) => this.one(`${type}-${n}`, one, told(one))),
      many || !held.length ? this.adder(`${type}-add`, add) : null
    ]);
  }

  fresh(type) {
    const { bo } = whole(this.modeler);
    const given = { ...FRESH[type] };
    if (type === 'Deadline') {
      const used = new Set(this.options.deadlines().map(([id]) => id));
      let n = used.size + 1;
      while (used.has(`${bo.id}-D${n}`)) n += 1;
      Object.assign(given, { id: `${bo.id}-D${n}`, name: '' });
    }
    return this.values.create(type, given);
  }

  fold(key, words, count, children) {
    const folded = node('details', { class: 'part', open: this.open.has(key) || count > 0 },
      node('summary', { 'data-key': `fold-${key}` }, count > 1 ? pair(W.aside, words, count) : words), ...children.filter(Boolean));
    folded.addEventListener('toggle', () => (folded.open ? this.open.add(key) : this.open.delete(key)));
    return folded;
  }

  adder(key, told) {
    return button(W.add, told, { key, disabled: this.readOnly });
  }

  // one element with its attributes and what stands inside it; told(undefined) takes it away
  one(key, one, told, without = []) {
    const type = local(one);
    const name = one.name || one.label || one.id || one.ref || W.types[type];
    const change = (properties) => told(this.values.copy(one, properties));
    return node('fieldset', { class: 'one' },
      node('legend', {}, W.types[type]),
      type === 'Deadline' ? this.picture(one) : null,
      ...ATTRS[type].filter(([attr]) => !without.includes(attr)).map((attr) => this.field(`${key}-${attr[0]}`, type, one, attr, change)),
      ...(INSIDE[type] ?? []).map((where) => this.within(key, one, where, change)),
      button(W.remove, () => told(undefined), { key: `${key}-x`, disabled: this.readOnly, label: say(W.removeOne, { what: name }) }));
  }

  within(key, one, [property, type, many], change) {
    const held = many ? one[property] ?? [] : [one[property]].filter(Boolean);
    const tell = (next) => change({ [property]: many ? next : next[0] });
    return node('div', { class: 'within' },
      ...held.map((child, n) => this.one(`${key}-${type}-${n}`, child,
        (now) => tell(held.flatMap((each) => (each === child ? (now ? [now] : []) : [each]))))),
      many || !held.length ? button(pair(W.colon, W.add, W.types[type]), () => tell([...held, this.freshWithin(type, held)]),
        { key: `${key}-${type}-add`, disabled: this.readOnly }) : null);
  }

  freshWithin(type, held) {
    const given = { ...FRESH[type] };
    if (type === 'Item') given.id = `c${held.length + 1}`;
    return this.values.create(type, given);
  }

  field(key, type, one, [attr, control, from], change) {
    const value = control === 'body' ? one.text : one.get(attr);
    const told = (next) => change({ [attr]: next });
    const words = word(type, attr);
    const more = { disabled: this.readOnly, hint: W.hints[attr] && (attr !== 'at' || type !== 'Parameter') ? W.hints[attr] : undefined };
    if (control === 'tick') return tick(key, words, value, (next) => told(next || undefined), more);
    if (control === 'body') return text(key, W.attrs.text, value, (next) => change({ text: next || undefined }), { ...more, rows: 3 });
    if (control === 'long') return text(key, words, value, told, { ...more, rows: 2 });
    if (control === 'whole' || control === 'real') {
      const number = control === 'real' ? 'real' : true;
      return text(key, words, value, (next) => told(next === '' ? undefined : Number(next)), { ...more, number });
    }
    const options = from && this.options.of(from, one);
    if (control === 'choice') return choice(key, words, value, options, told, more);
    if (control === 'pick') return pick(key, words, value, options, told, more);
    if (control === 'several') return several(key, words, value, options, told, more);
    return text(key, words, value, told, more);
  }

  picture(deadline) {
    const own = [...(deadline.reminders ?? []).map((one) => ({ kind: 'reminder', offset: one.before ?? 0, unit: one.unit })),
      ...(deadline.escalations ?? []).map((one) => ({ kind: 'escalation', offset: one.after ?? 0, unit: one.unit }))];
    const rungs = own.length ? own : this.facts.ladders[deadline.ladder] ?? [];
    if (!rungs.length) return null;
    return node('div', { class: 'time-line' }, ladder(rungs, W.ladderPicture),
      own.length ? null : node('p', { class: 'help' }, say(W.defaultLadder, { ladder: W.options.ladder[deadline.ladder] })));
  }
}

