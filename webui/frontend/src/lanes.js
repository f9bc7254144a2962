// A lane just added is made wide enough for a step and its neighbour: bpmn-js makes it as wide as one step.
const WIDE = 260;

class WideLanes {
  constructor(eventBus, modeling) {
    eventBus.on('commandStack.lane.add.postExecuted', ({ context: { newLane } }) => {
      const { x, y, width, height } = newLane;
      if (height > width && width < WIDE) modeling.resizeLane(newLane, { x, y, width: WIDE, height });
    });
  }
}
WideLanes.$inject = ['eventBus', 'modeling'];

export default { __init__: ['wideLanes'], wideLanes: ['type', WideLanes] };
