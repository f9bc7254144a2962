// Two versions side by side, coloured: what came, went, changed or only moved. Both sides move together.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

import { MODDLE, translate } from './moddle.js';
import { W } from './words.js';

const page = document.querySelector('.differences');
const part = (name) => page.querySelector(`[data-part="${name}"]`);

async function opened(holder, xml, marks) {
  const viewer = new NavigatedViewer({
    container: holder, moddleExtensions: MODDLE, additionalModules: [{ translate: ['value', translate] }]
  });
  await viewer.importXML(xml);
  const registry = viewer.get('elementRegistry');
  for (const [id, kind] of marks) {
    if (registry.get(id)) viewer.get('canvas').addMarker(id, `is-${kind}`);
  }
  return viewer;
}

function together(one, other) {
  let busy = false;
  for (const [from, to] of [[one, other], [other, one]]) {
    from.get('eventBus').on('canvas.viewbox.changed', ({ viewbox }) => {
      if (busy) return;
      busy = true;
      const { x, y, width, height } = viewbox;
      to.get('canvas').viewbox({ x, y, width, height });
      busy = false;
    });
  }
}

async function start() {
  const facts = await (await fetch(page.dataset.facts)).json();
  const sides = await Promise.all(['old', 'new'].map((name) => opened(part(name), facts[name], facts.marks)));
  together(...sides);
  const view = sides[1].get('canvas');
  const { inner, outer } = view.viewbox();
  view.viewbox({ x: inner.x - 20, y: inner.y - 20, width: inner.width + 40, height: (inner.width + 40) * outer.height / outer.width });
  const show = (id, selected) => {
    for (const side of sides) {
      const shape = id && side.get('elementRegistry').get(id);
      if (!shape) continue;
      side.get('canvas').scrollToElement(shape, { top: 90, bottom: 90, left: 40, right: 40 });
      if (selected) side.get('selection').select(shape);
    }
  };
  // a long chart opens where it differs
  const drawn = ([id, kind]) => kind !== 'moved' && sides[1].get('elementRegistry').get(id);
  show(facts.marks.find(drawn)?.[0], false);
  page.addEventListener('click', ({ target }) => show(target.closest('[data-element]')?.dataset.element, true));
  return sides;
}

window.sopflowDifferences = start().catch(() => {
  part('state').textContent = W.noFacts;
});
