// Somebody else saved in between: both sides, drawn and told, before anything is written over.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

import { button, node } from './fields.js';
import { MODDLE } from './moddle.js';
import { W, pair, say } from './words.js';

async function side(holder, xml, marks) {
  const viewer = new NavigatedViewer({ container: holder, moddleExtensions: MODDLE });
  await viewer.importXML(xml);
  viewer.get('canvas').zoom('fit-viewport');
  for (const id of marks) {
    if (viewer.get('elementRegistry').get(id)) viewer.get('canvas').addMarker(id, 'differs');
  }
}

// resolves to 'theirs', 'mine' or 'later'
export function bothSides({ sentence, theirs, differences }, mine, exportMine) {
  return new Promise((settle) => {
    const left = node('div', { class: 'side' });
    const right = node('div', { class: 'side' });
    const close = (what) => {
      dialog.close();
      dialog.remove();
      settle(what);
    };
    const dialog = node('dialog', { class: 'stale', 'aria-labelledby': 'stale-title' },
      node('h2', { id: 'stale-title' }, W.staleTitle),
      node('p', {}, sentence),
      node('div', { class: 'sides' },
        node('section', {}, node('h3', {}, pair(W.gap, W.staleTheirs, say(W.staleBy, theirs))), left),
        node('section', {}, node('h3', {}, W.staleMine), right)),
      node('h3', {}, W.differences),
      differences.length ? node('ul', {}, ...differences.map((one) => node('li', {}, one.sentence))) : node('p', {}, W.same),
      node('p', { class: 'row' },
        button(W.keepTheirs, () => close('theirs'), { kind: 'first' }), button(W.exportMine, exportMine),
        button(W.keepMine, () => close('mine'), { kind: 'stern' }), button(W.later, () => close('later'))));
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      close('later');
    });
    document.querySelector('.editor').append(dialog);
    dialog.showModal();
    const marks = differences.map((one) => one.element).filter(Boolean);
    side(left, theirs.bpmn, marks);
    side(right, mine, marks);
  });
}
