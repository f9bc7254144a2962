// Copy in one SOP, paste in another: what bpmn-js copied is kept in this browser, its elements written as plain values.
const KEPT = 'sopflow-copied';

// moddle elements name their type; read back, each becomes an element again
function reviver(moddle) {
  return (_, value) => {
    if (!value || typeof value !== 'object' || typeof value.$type !== 'string') return value;
    const { $type, ...properties } = value;
    const made = moddle.create($type, properties);
    for (const one of Object.values(properties).flat()) {
      if (one?.$type) one.$parent = made;
    }
    return made;
  };
}

export function copyBetween(modeler) {
  const clipboard = modeler.get('clipboard');
  const events = modeler.get('eventBus');
  events.on('copyPaste.elementsCopied', ({ tree }) => {
    localStorage.setItem(KEPT, JSON.stringify(tree));
  });
  events.on('copyPaste.pasteElements', 2048, () => {
    const kept = localStorage.getItem(KEPT);
    if (kept) clipboard.set(JSON.parse(kept, reviver(modeler.get('moddle'))));
  });
}
