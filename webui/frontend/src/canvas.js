// The canvas: bpmn-js with only those shapes that the engine carries out, in our words, with vertical lanes.
import ContextPadProvider from 'bpmn-js/lib/features/context-pad/ContextPadProvider';
import Modeler from 'bpmn-js/lib/Modeler';
import PaletteProvider from 'bpmn-js/lib/features/palette/PaletteProvider';
import ReplaceMenuProvider from 'bpmn-js/lib/features/popup-menu/ReplaceMenuProvider';
import minimap from 'diagram-js-minimap';

import around from './around.js';
import lanes from './lanes.js';
import middle from './middle.js';
import { MODDLE, translate } from './moddle.js';
import numbering from './numbering.js';

const TIMER = { eventDefinitionType: 'bpmn:TimerEventDefinition' };
const TOOLS = ['hand-tool', 'lasso-tool', 'space-tool', 'global-connect-tool', 'tool-separator'];
const SHAPES = [
  ['start', 'event', 'bpmn-icon-start-event-none', 'Create start event', 'bpmn:StartEvent'],
  ['user', 'activity', 'bpmn-icon-user-task', 'Create user task', 'bpmn:UserTask'],
  ['exclusive', 'gateway', 'bpmn-icon-gateway-xor', 'Create gateway', 'bpmn:ExclusiveGateway'],
  ['parallel', 'gateway', 'bpmn-icon-gateway-parallel', 'Create parallel gateway', 'bpmn:ParallelGateway'],
  ['call', 'activity', 'bpmn-icon-call-activity', 'Create call activity', 'bpmn:CallActivity'],
  ['rule', 'activity', 'bpmn-icon-business-rule-task', 'Create business rule task', 'bpmn:BusinessRuleTask'],
  ['service', 'activity', 'bpmn-icon-service-task', 'Create service task', 'bpmn:ServiceTask'],
  ['timer', 'event', 'bpmn-icon-intermediate-event-catch-timer', 'Create timer', 'bpmn:IntermediateCatchEvent', TIMER],
  ['end', 'event', 'bpmn-icon-end-event-none', 'Create end event', 'bpmn:EndEvent'],
  ['remark', 'artifact', 'bpmn-icon-text-annotation', 'Create text annotation', 'bpmn:TextAnnotation']
];
// what the menu of another shape may offer; the rest of BPMN is not carried out
const OFFERED = new Set([
  'replace-with-none-start', 'replace-with-message-start', 'replace-with-timer-start', 'replace-with-none-end',
  'replace-with-timer-intermediate-catch', 'replace-with-timer-boundary',
  'replace-with-non-interrupting-timer-boundary', 'replace-with-exclusive-gateway',
  'replace-with-parallel-gateway', 'replace-with-task', 'replace-with-user-task', 'replace-with-manual-task',
  'replace-with-service-task', 'replace-with-rule-task', 'replace-with-call-activity',
  'replace-with-expanded-subprocess', 'replace-with-subprocess', 'replace-with-sequence-flow',
  'replace-with-default-flow', 'replace-with-conditional-flow'
]);
const PAD = new Set([
  'lane-insert-above', 'lane-insert-below', 'lane-divide-two', 'lane-divide-three', 'append.end-event',
  'append.gateway', 'append.append-task', 'append.intermediate-event', 'append.text-annotation', 'connect',
  'replace', 'delete'
]);

class Palette extends PaletteProvider {
  getPaletteEntries() {
    const all = super.getPaletteEntries();
    const entries = Object.fromEntries(TOOLS.map((key) => [key, all[key]]));
    for (const [key, group, className, title, type, more] of SHAPES) {
      const start = (event) => this._create.start(event, this._elementFactory.createShape({ type, ...more }));
      entries[`create.${key}`] = {
        group, className, title: this._translate(title), action: { dragstart: start, click: start }
      };
    }
    return entries;
  }
}
Palette.$inject = PaletteProvider.$inject;

class Pad extends ContextPadProvider {
  constructor(selection, ...others) {
    super(...others);
    this._selection = selection;
  }

  getContextPadEntries(element) {
    const entries = super.getContextPadEntries(element);
    for (const key of Object.keys(entries)) {
      if (!PAD.has(key)) delete entries[key];
    }
    this._append(entries, 'append.end-event', 'bpmn-icon-end-event-none', 'Append end event', 'bpmn:EndEvent');
    this._append(entries, 'append.gateway', 'bpmn-icon-gateway-none', 'Append gateway', 'bpmn:ExclusiveGateway');
    this._append(entries, 'append.append-task', 'bpmn-icon-user-task', 'Append user task', 'bpmn:UserTask');
    this._append(entries, 'append.intermediate-event', 'bpmn-icon-intermediate-event-catch-timer',
      'Append timer intermediate catch event', 'bpmn:IntermediateCatchEvent', TIMER);
    this._lane(entries, 'lane-insert-above', 'top');
    this._lane(entries, 'lane-insert-below', 'bottom');
    return entries;
  }

  // a lane just made is what is named next
  _lane(entries, key, where) {
    if (!entries[key]) return;
    entries[key].action.click = (_, element) => this._selection.select(this._modeling.addLane(element, where));
  }

  _append(entries, key, className, title, type, more) {
    if (!entries[key]) return;
    const shape = () => this._elementFactory.createShape({ type, ...more });
    const drag = (event, element) => this._create.start(event, shape(), { source: element });
    entries[key] = {
      group: 'model', className, title: this._translate(title),
      action: { dragstart: drag, click: this._autoPlace ? (_, one) => this._autoPlace.append(one, shape()) : drag }
    };
  }
}
Pad.$inject = ['selection', ...ContextPadProvider.$inject];

class Kinds extends ReplaceMenuProvider {
  getPopupMenuEntries(target) {
    const entries = super.getPopupMenuEntries(target);
    return Object.fromEntries(Object.entries(entries).filter(([key]) => OFFERED.has(key)));
  }

  getPopupMenuHeaderEntries() {
    return {};
  }
}
Kinds.$inject = ReplaceMenuProvider.$inject;

export function canvas(container) {
  return new Modeler({
    container,
    moddleExtensions: MODDLE,
    additionalModules: [minimap, around, lanes, middle, numbering, {
      translate: ['value', translate],
      paletteProvider: ['type', Palette],
      contextPadProvider: ['type', Pad],
      replaceMenuProvider: ['type', Kinds]
    }]
  });
}
