// The sop: elements of the drawing: read, and changed in one undoable step each. Nothing is changed in place.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

const TIMED = 'bpmn:TimerEventDefinition';

// what the panel speaks of when this shape is selected: the pool and the empty canvas stand for the process
export function subject(modeler, element) {
  const shape = element.labelTarget ?? element;
  const bo = getBusinessObject(shape);
  if (is(bo, 'bpmn:Participant')) return { element: shape, bo: bo.processRef, drawn: bo };
  if (is(bo, 'bpmn:Collaboration')) return whole(modeler);
  return { element: shape, bo, drawn: bo };
}

export function whole(modeler) {
  const root = modeler.get('canvas').getRootElement();
  const bo = getBusinessObject(root);
  if (is(bo, 'bpmn:Process')) return { element: root, bo, drawn: bo };
  const drawn = bo.participants?.find((one) => one.processRef);
  const element = drawn && modeler.get('elementRegistry').get(drawn.id);
  return element ? { element, bo: drawn.processRef, drawn } : { element: root, bo, drawn: bo };
}

export const timer = (bo) => bo.eventDefinitions?.find((one) => one.$type === TIMED);
export const inside = (holder) => holder?.extensionElements?.values ?? [];
export const all = (holder, type) => inside(holder).filter((one) => one.$type === `sop:${type}`);

export class Values {
  constructor(modeler) {
    this.modeler = modeler;
    this.moddle = modeler.get('moddle');
  }

  // holder: the business object that carries the extension elements (or its timer definition)
  store(element, holder, values) {
    const extensionElements = values.length
      ? this.moddle.create('bpmn:ExtensionElements', { values }) : undefined;
    if (extensionElements) {
      extensionElements.$parent = holder;
      for (const one of values) one.$parent = extensionElements;
    }
    this.put(element, holder, { extensionElements });
  }

  put(element, holder, properties) {
    this.modeler.get('modeling').updateModdleProperties(element, holder, properties);
  }

  create(type, properties = {}) {
    return this._held(this.moddle.create(`sop:${type}`, properties));
  }

  // a copy that says something else; an empty text takes the attribute away
  copy(one, properties) {
    const own = {};
    for (const { name } of one.$descriptor.properties) {
      const local = name.replace(/^sop:/, '');
      const value = Object.hasOwn(one, local) ? one[local] : undefined;
      if (value !== undefined) own[local] = value;
    }
    for (const [key, value] of Object.entries(properties)) {
      if (value === '' || value === undefined) delete own[key];
      else own[key] = value;
    }
    return this._held(this.moddle.create(one.$type, own));
  }

  _held(one) {
    for (const { name, isMany } of one.$descriptor.properties) {
      const value = one[name.replace(/^sop:/, '')];
      for (const child of isMany ? value ?? [] : [value]) {
        if (child?.$type) child.$parent = one;
      }
    }
    return one;
  }

  replace(element, holder, old, now) {
    this.store(element, holder, inside(holder).flatMap((one) => (one === old ? (now ? [now] : []) : [one])));
  }

  append(element, holder, one) {
    this.store(element, holder, [...inside(holder), one]);
  }

  // plain text of bpmn:documentation
  describe(element, bo, text) {
    const documentation = text ? [this.moddle.create('bpmn:Documentation', { text })] : [];
    for (const one of documentation) one.$parent = bo;
    this.put(element, bo, { documentation });
  }
}
