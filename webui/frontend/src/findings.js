// What the check says: a list beside the drawing and a mark on each element; choosing one selects the element.
import { button, node } from './fields.js';
import { inside } from './values.js';
import { W, pair, say } from './words.js';

const NO_SCREEN = 'missing_form';

// a way without a name is known by where it leads from and to
function called(shape) {
  const bo = shape?.businessObject;
  if (bo?.name || !bo?.sourceRef?.name || !bo.targetRef?.name) return bo?.name;
  return `${bo.sourceRef.name} → ${bo.targetRef.name}`;
}

export class Findings {
  // plainScreens(elements): gives each of these steps a screen with one plain field; none where nothing may be changed
  constructor(modeler, root, plainScreens) {
    Object.assign(this, { modeler, root, plainScreens });
    this.marked = [];
  }

  show(findings) {
    const rank = { error: 0, warning: 1, info: 2 };
    const sorted = [...findings].sort((a, b) => rank[a.level] - rank[b.level]);
    const bare = this.plainScreens ? sorted.filter((one) => one.rule === NO_SCREEN).map((one) => one.element) : [];
    this.root.replaceChildren(node('summary', {}, pair(W.aside, W.findings, sorted.length)), ...(sorted.length
      ? [node('ul', {}, ...sorted.map((one, n) => this.line(one, n))),
        bare.length > 1 && button(say(W.plainScreens, { count: bare.length }), () => this.plainScreens(bare))].filter(Boolean)
      : [node('p', {}, W.nothingFound)]));
    this.mark(sorted);
  }

  line(one, n) {
    const shape = this.shape(one.element);
    const name = called(shape) || one.name || one.element || W.whole;
    return node('li', { class: `finding ${one.level}` },
      node('span', { class: 'level' }, one.blocks ? pair(W.dot, W.level[one.level], W.blocking) : W.level[one.level]),
      shape ? button(name, () => this.go(shape), { key: `finding-${n}`, kind: 'link' }) : node('strong', {}, name),
      node('span', {}, pair(W.gap, '', one.message)),
      this.plainScreens && one.rule === NO_SCREEN && button(W.plainScreen, () => this.plainScreens([one.element]), { kind: 'link' }));
  }

  // an element of the file may be drawn under another id: the process as its pool, a deadline as what it stands on
  shape(id) {
    const registry = this.modeler.get('elementRegistry');
    const holds = (bo) => bo && (bo.id === id || inside(bo).some((one) => one.id === id));
    return id && (registry.get(id)
      ?? registry.find(({ businessObject: bo }) => holds(bo?.processRef) || (bo?.id !== id && holds(bo))));
  }

  go(shape) {
    this.modeler.get('canvas').scrollToElement(shape, { top: 120, bottom: 120, left: 160, right: 120 });
    this.modeler.get('selection').select(shape);
  }

  mark(findings) {
    const overlays = this.modeler.get('overlays');
    const canvas = this.modeler.get('canvas');
    overlays.remove({ type: 'finding' });
    for (const [id, level] of this.marked) {
      if (this.shape(id)) canvas.removeMarker(id, `has-${level}`);
    }
    this.marked = [];
    const by = new Map();
    for (const one of findings) {
      const shape = this.shape(one.element);
      if (shape) by.set(shape, [...(by.get(shape) ?? []), one]);
    }
    for (const [shape, held] of by) {
      const level = held[0].level;
      canvas.addMarker(shape, `has-${level}`);
      this.marked.push([shape.id, level]);
      const html = node('span', { class: `mark ${level}`, title: held.map((one) => one.message).join('\n') },
        `${level === 'error' ? '✕' : '!'}${held.length > 1 ? held.length : ''}`);
      overlays.add(shape, 'finding', { position: shape.waypoints ? { top: -6, left: -6 } : { top: -10, right: 10 }, html });
    }
  }
}
