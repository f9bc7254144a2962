// The page of the SOP editor: asks the server for the draft and what may be chosen, opens it, keeps it saved.
import './editor.css';

import { canvas } from './canvas.js';
import { copyBetween } from './copying.js';
import { exportAs } from './exporting.js';
import { node } from './fields.js';
import { Findings } from './findings.js';
import { untranslated } from './moddle.js';
import { Panel } from './panel.js';
import { Saving } from './saving.js';
import { Scenarios } from './scenarios.js';
import { bothSides } from './stale.js';
import { W, pair } from './words.js';

const page = document.querySelector('.editor');
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const head = document.querySelector('[data-part="revision"]'); // which save of the draft this is

async function start() {
  const state = (kind, sentence) => {
    part('state').dataset.kind = kind;
    part('state').textContent = sentence;
  };
  let facts;
  try {
    facts = await (await fetch(page.dataset.facts)).json();
  } catch (problem) { // no answer, or a page instead of one: signed out meanwhile
    state('trouble', W.noFacts);
    return { warnings: [problem] };
  }
  const modeler = canvas(part('canvas'));
  let warnings;
  try {
    ({ warnings } = await modeler.importXML(facts.bpmn));
  } catch (problem) {
    warnings = problem.warnings?.length ? problem.warnings : [problem];
    trouble(W.importFailed, warnings);
    state('trouble', W.readOnly);
    return { modeler, warnings };
  }
  fit(modeler, READABLE);
  const readOnly = !facts.editable || warnings.length > 0;
  if (warnings.length) trouble(W.notReadable, warnings);
  if (readOnly) freeze(modeler);
  state(readOnly ? 'only' : 'saved', readOnly ? W.readOnly : W.saved);
  const findings = new Findings(modeler, part('findings'), readOnly ? null
    : (steps) => saving.act(page.dataset.screens, steps.map((step) => ['step', step])));
  findings.show(facts.findings);
  const panel = new Panel(modeler, part('panel'), facts, readOnly);
  const saving = readOnly ? null : new Saving(modeler, { address: page.dataset.save, csrf: page.dataset.csrf, revision: facts.revision }, {
    state,
    saved: (answer) => {
      head.textContent = head.textContent.replace(/\d+/, answer.revision);
      findings.show(answer.findings);
      scenarios.later(answer.findings);
      if (answer.fields) facts.fields = answer.fields; // what conditions may ask, from screens just made
    },
    refused: (answer) => {
      state('trouble', pair(W.colon, W.notSaved, answer.sentence));
      const shape = findings.shape(answer.element);
      if (shape) findings.go(shape);
    },
    stale: async (answer, mine) => {
      state('trouble', answer.sentence);
      const choice = await bothSides(answer, mine, () => exportAs('bpmn', modeler, facts.sop));
      if (choice === 'mine') await saving.over(answer.theirs.revision);
      if (choice === 'theirs') {
        await modeler.importXML(answer.theirs.bpmn);
        fit(modeler, READABLE);
        saving.dirty = false;
        await saving.over(answer.theirs.revision);
      }
      if (choice === 'later') part('again').hidden = false;
    }
  });
  const scenarios = new Scenarios(page.dataset.scenarios, () => saving.revision, (all) => findings.show(all));
  if (!readOnly) copyBetween(modeler);
  wire(modeler, facts, saving);
  const asked = findings.shape(new URLSearchParams(location.search).get('at')); // a refusal elsewhere leads to its element
  if (asked) findings.go(asked);
  return { modeler, warnings, facts, saving, panel };
}

function trouble(sentence, warnings) {
  part('trouble').hidden = false;
  part('trouble').replaceChildren(node('p', {}, sentence), node('ul', {}, ...warnings.map((one) => node('li', {}, one.message ?? String(one)))));
}

// the whole width of the chart beside the palette, from its top: charts are taller than the window. A chart opens no
// smaller than can be read; one too wide for that opens where it begins
const BESIDE = 125;
const READABLE = 0.6;

function fit(modeler, least = 0) {
  const view = modeler.get('canvas');
  view.zoom('fit-viewport', 'auto');
  const { inner, outer } = view.viewbox();
  const scale = Math.max(least, Math.min(1, (outer.width - BESIDE - 20) / (inner.width || 1)));
  if (scale <= view.zoom()) return;
  const begins = modeler.get('elementRegistry').find((one) => one.type === 'bpmn:StartEvent');
  const left = inner.x - BESIDE / scale;
  const wider = begins && inner.width * scale > outer.width - BESIDE;
  const x = wider ? Math.max(left, begins.x - outer.width / scale / 2) : left;
  view.viewbox({ x, y: inner.y - 20 / scale, width: outer.width / scale, height: outer.height / scale });
}

// nothing may be changed where nothing would be saved
function freeze(modeler) {
  page.classList.add('frozen');
  modeler.get('eventBus').on('commandStack.canExecute', 10000, () => false);
  const stack = modeler.get('commandStack');
  stack.execute = () => undefined;
}

function wire(modeler, facts, saving) {
  const stack = modeler.get('commandStack');
  const view = modeler.get('canvas');
  const acts = {
    undo: () => stack.undo(), redo: () => stack.redo(),
    in: () => modeler.get('zoomScroll').stepZoom(1), out: () => modeler.get('zoomScroll').stepZoom(-1),
    fit: () => view.zoom('fit-viewport', 'auto'), width: () => fit(modeler),
    find: () => setTimeout(() => { // the search pad closes at the very click that opened it
      view.focus();
      modeler.get('searchPad').toggle();
    }),
    minimap: () => modeler.get('minimap').toggle(), save: () => saving?.now(),
    again: () => {
      part('again').hidden = true;
      saving.halted = false;
      saving.now();
    },
    bpmn: () => exportAs('bpmn', modeler, facts.sop), svg: () => exportAs('svg', modeler, facts.sop),
    png: () => exportAs('png', modeler, facts.sop)
  };
  page.addEventListener('click', (event) => acts[event.target.closest('[data-act]')?.dataset.act]?.());
  // what is moved to inside the canvas (a button at its rim) must not push the drawing out of its frame
  part('canvas').addEventListener('scroll', ({ target }) => {
    if (target.matches('.djs-container, .canvas')) target.scrollTo(0, 0);
  }, true);
  const refresh = () => {
    page.querySelector('[data-act="undo"]').disabled = !stack.canUndo();
    page.querySelector('[data-act="redo"]').disabled = !stack.canRedo();
  };
  modeler.get('eventBus').on(['commandStack.changed', 'import.done'], refresh);
  refresh();
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === 's' && saving) {
      event.preventDefault();
      saving.now();
    } else if (key === 'f' && !part('canvas').contains(event.target)) {
      event.preventDefault();
      acts.find();
    }
  });
}

window.sopflowEditor = { ready: start(), untranslated, W };
