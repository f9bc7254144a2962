// What may be chosen: from the server's facts (units, roles, forms …) and from the drawing itself (steps, fields).
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

import { all, inside, whole } from './values.js';
import { W, pair, say } from './words.js';

export class Options {
  constructor(modeler, facts) {
    this.modeler = modeler;
    this.facts = facts;
  }

  // [[value, words]]
  of(name, one) {
    if (typeof this[name] === 'function' && name !== 'of') {
      return name === 'fields' ? this.fields().map((field) => [field.name, field.title || field.name]) : this[name](one);
    }
    return Object.entries(W.options[name] ?? {});
  }

  units() {
    return this.facts.units;
  }

  roles() {
    return this.facts.roles;
  }

  forms() {
    return this.facts.forms;
  }

  procedures() {
    return this.facts.procedures;
  }

  tables() {
    return this.facts.tables.map((one) => [one.id, one.name]);
  }

  operators() {
    return this.facts.operators.map((one) => [one.name, one.name]);
  }

  args(arg) {
    const operator = this.facts.operators.find((one) => one.name === arg?.$parent?.name);
    return (operator?.args ?? []).map((one) => [one, one]);
  }

  standard() {
    return ['workday', 'day', 'hour'].map((one) => [one, W.options.time[one]]);
  }

  coUnits() {
    return [['caller', W.options.unitRule.caller], ...this.units()];
  }

  unitRules() {
    return [...Object.entries(W.options.unitRule), ...this.units().map(([id, name]) => [`fixed:${id}`, name])];
  }

  to() {
    const roles = this.roles();
    const where = [['responsible', W.options.unitRule.responsible], ...this.units().map(([id, name]) => [`fixed:${id}`, name])];
    return [...Object.entries(W.options.to), ...where.flatMap(([rule, place]) => roles.map(([id, role]) => [`${id}@${rule}`, say(W.office, { place, role })]))];
  }

  until() {
    return Object.entries(W.options.until);
  }

  lanes() {
    return this.modeler.get('elementRegistry').filter((one) => is(one, 'bpmn:Lane') && !one.children?.some((child) => is(child, 'bpmn:Lane')));
  }

  nodes() {
    return this.modeler.get('elementRegistry').filter((one) => is(one, 'bpmn:FlowNode') && one.type !== 'label');
  }

  steps() {
    return this.nodes().map((one) => [one.id, getBusinessObject(one).name || one.id]);
  }

  approved() {
    return [...this.steps(), ['caller', W.options.unitRule.caller]];
  }

  deadlines() {
    const { bo } = whole(this.modeler);
    return [bo, ...this.nodes().map(getBusinessObject)].flatMap((one) => all(one, 'Deadline'))
      .map((one) => [one.id, one.name ? pair(W.aside, one.name, one.id) : one.id]);
  }

  // what conditions may ask: of the screen forms (from the server), and of what the drawing itself writes
  fields() {
    const found = new Map(this.facts.fields.map((one) => [one.name, one]));
    for (const shape of this.nodes()) {
      const bo = getBusinessObject(shape);
      for (const one of inside(bo)) {
        if (one.$type === 'sop:Outcome' && one.variable) {
          found.set(one.variable, { name: one.variable, title: bo.name, kind: 'choice', choices: (one.choices ?? []).map((each) => [each.value, each.label || each.value]) });
        }
        const outs = one.$type === 'sop:Decision' ? one.outs ?? [] : one.$type === 'sop:Out' ? [one] : [];
        for (const out of outs) this.result(found, bo, out);
        if (one.$type === 'sop:Set' && one.name && !one.name.includes('.') && !found.has(one.name)) found.set(one.name, { name: one.name, title: one.name });
      }
    }
    return [...found.values()];
  }

  result(found, bo, out) {
    if (!out.to || found.has(out.to)) return;
    const values = this.facts.results[bo.calledElement]?.[out.from];
    found.set(out.to, { name: out.to, title: bo.name, ...(values?.length ? { kind: 'choice', choices: values.map((one) => [one, one]) } : {}) });
  }
}
