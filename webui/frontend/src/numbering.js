// Codes of steps in the manner of those that are there (PO-13 after PO-12), and kept when a step becomes another kind:
// screen forms, notes and deadlines name a step by its code.
import BpmnFactory from 'bpmn-js/lib/features/modeling/BpmnFactory';
import { is } from 'bpmn-js/lib/util/ModelUtil';

const LIKE = /^([A-Za-z]{1,6})(-?)\d/;

class Numbered extends BpmnFactory {
  constructor(moddle, injector) {
    super(moddle);
    this.injector = injector;
  }

  _ensureId(element) {
    if (!element.id && is(element, 'bpmn:FlowNode')) element.id = this.next();
    if (!element.id && is(element, 'bpmn:Lane')) element.id = this.nextLane();
    super._ensureId(element);
  }

  nextLane() {
    const [head] = this.injector.get('elementRegistry').filter((one) => is(one, 'bpmn:Lane'))
      .map((one) => one.id.match(/^(.+-L)\d+$/)?.[1]).filter(Boolean);
    for (let n = 1; ; n += 1) {
      const id = `${head ?? 'L'}${n}`;
      if (!this._model.ids.assigned(id)) return id;
    }
  }

  next() {
    const ids = this.injector.get('elementRegistry').filter((one) => is(one, 'bpmn:FlowNode')).map((one) => one.id);
    const count = new Map();
    for (const [, head, dash] of ids.map((id) => id.match(LIKE)).filter(Boolean)) {
      count.set(head + dash, (count.get(head + dash) ?? 0) + 1);
    }
    const head = [...count].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'S';
    for (let n = 1; ; n += 1) {
      const id = `${head}${String(n).padStart(2, '0')}`;
      if (!this._model.ids.assigned(id)) return id;
    }
  }
}
Numbered.$inject = ['moddle', 'injector'];

class Keeps {
  constructor(eventBus, modeling) {
    eventBus.on('commandStack.shape.replace.postExecuted', ({ context: { oldShape, newShape } }) => {
      if (newShape && is(newShape, 'bpmn:FlowNode') && newShape.id !== oldShape.id) {
        modeling.updateProperties(newShape, { id: oldShape.id });
      }
    });
  }
}
Keeps.$inject = ['eventBus', 'modeling'];

export default { __init__: ['keepsCodes'], bpmnFactory: ['type', Numbered], keepsCodes: ['type', Keeps] };
