// A way that bpmn-js would lay straight through other boxes, or onto another way, is led around them at their side.
import BpmnLayouter from 'bpmn-js/lib/features/modeling/BpmnLayouter';
import { is } from 'bpmn-js/lib/util/ModelUtil';

const CLEAR = 8; // to the next box
const STEP = 20; // from one lane of ways to the next
const FARTHEST = 30; // of these steps

const middle = (shape) => ({ x: Math.round(shape.x + shape.width / 2), y: Math.round(shape.y + shape.height / 2) });
const pairs = (points) => points.slice(1).map((to, n) => [points[n], to]);

function crosses([a, b], shape) {
  return Math.max(a.x, b.x) > shape.x - CLEAR && Math.min(a.x, b.x) < shape.x + shape.width + CLEAR
    && Math.max(a.y, b.y) > shape.y - CLEAR && Math.min(a.y, b.y) < shape.y + shape.height + CLEAR;
}

// two stretches of the same line
function together([a, b], [c, d]) {
  const shared = (one, other, p, q) => Math.min(Math.max(one, other), Math.max(p, q)) - Math.max(Math.min(one, other), Math.min(p, q));
  const upright = Math.abs(a.x - b.x) < 1 && Math.abs(c.x - d.x) < 1 && Math.abs(a.x - c.x) < CLEAR;
  const level = Math.abs(a.y - b.y) < 1 && Math.abs(c.y - d.y) < 1 && Math.abs(a.y - c.y) < CLEAR;
  return (upright && shared(a.y, b.y, c.y, d.y) > CLEAR) || (level && shared(a.x, b.x, c.x, d.x) > CLEAR);
}

class Around extends BpmnLayouter {
  // a new way, or one whose end was moved; while room is made, boxes stand over one another for a moment
  layoutConnection(connection, hints = {}) {
    const plain = super.layoutConnection(connection, hints);
    const source = hints.source || connection.source;
    const target = hints.target || connection.target;
    const fresh = hints.around || !connection.waypoints?.length;
    if (!fresh || !is(connection, 'bpmn:SequenceFlow') || !source || !target || source === target || source.host) return plain;
    const boxes = this._elementRegistry.filter((one) => is(one, 'bpmn:FlowNode') && one.type !== 'label'
      && one !== source && one !== target && one.host !== source && one.host !== target && !one.children?.length);
    const ways = this._elementRegistry.filter((one) => one.waypoints && one !== connection && is(one, 'bpmn:SequenceFlow'));
    const through = (points) => pairs(points).some((part) => boxes.some((box) => crosses(part, box)));
    const beside = (points) => pairs(points).some((part) => ways.some((way) => pairs(way.waypoints).some((other) => together(part, other))));
    if (!through(plain) && !beside(plain)) return plain;
    const found = this.sides(source, target).filter((points) => !through(points));
    return found.find((points) => !beside(points)) ?? (through(plain) ? found[0] : null) ?? plain;
  }

  // out at one side, along beside everything, in at the same side; the nearest first, within the pool
  sides(source, target) {
    const [from, to] = [middle(source), middle(target)];
    const pool = this._elementRegistry.find((one) => is(one, 'bpmn:Participant')) ?? { x: -1e6, width: 2e6 };
    const right = Math.max(source.x + source.width, target.x + target.width);
    const left = Math.min(source.x, target.x);
    const found = [];
    for (let n = 1; n <= FARTHEST; n += 1) {
      for (const x of [right + n * STEP, left - n * STEP]) {
        if (x <= pool.x + CLEAR || x >= pool.x + pool.width - CLEAR) continue;
        for (const y of is(target, 'bpmn:Activity') ? [0, -0.25, 0.25].map((part) => Math.round(to.y + part * target.height)) : [to.y]) {
          found.push([from, { x, y: from.y }, { x, y }, { x: to.x, y }]);
        }
      }
    }
    return found;
  }
}
Around.$inject = ['elementRegistry'];

class Moved {
  constructor(eventBus, modeling) {
    eventBus.on('commandStack.elements.move.postExecuted', ({ context: { shapes } }) => {
      const ways = new Set(shapes.flatMap((one) => [...(one.incoming ?? []), ...(one.outgoing ?? [])]));
      for (const way of ways) {
        if (is(way, 'bpmn:SequenceFlow') && !(shapes.includes(way.source) && shapes.includes(way.target))) {
          modeling.layoutConnection(way, { around: true });
        }
      }
    });
  }
}
Moved.$inject = ['eventBus', 'modeling'];

export default { __init__: ['movedWays'], layouter: ['type', Around], movedWays: ['type', Moved] };
