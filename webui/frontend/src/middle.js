// What a search finds stands in the middle of the canvas, with what is around it.
import { getMid } from 'diagram-js/lib/layout/LayoutUtil';

function middle(eventBus, canvas, elementRegistry) {
  eventBus.on(['searchPad.preselected', 'searchPad.selected'], ({ id }) => {
    const { x, y } = getMid(elementRegistry.get(id));
    const { width, height } = canvas.viewbox();
    canvas.viewbox({ x: x - width / 2, y: y - height / 2, width, height });
  });
}
middle.$inject = ['eventBus', 'canvas', 'elementRegistry'];

export default { __init__: [middle] };
