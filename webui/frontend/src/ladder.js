// A deadline's ladder as a little line of time: reminders before the day, the day, what follows after it.
import { W, pair, say } from './words.js';

const NS = 'http://www.w3.org/2000/svg';
const DAYS = { hour: 0.125, day: 1, workday: 1.4, week: 7, month: 30, year: 365 };

function draw(tag, attributes, words) {
  const made = document.createElementNS(NS, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (words !== undefined) made.textContent = words;
  return made;
}

const unit = (one) => W.rung[one.unit] ?? one.unit ?? '';

// rungs: [{kind: 'reminder' | 'escalation', offset, unit}]
export function ladder(rungs, title) {
  const order = rungs.map((one) => ({ ...one, at: (one.kind === 'reminder' ? -1 : 1) * one.offset * (DAYS[one.unit] ?? 1) }))
    .sort((a, b) => a.at - b.at || (a.kind === 'reminder' ? -1 : 1));
  const points = [...order.filter((one) => one.kind === 'reminder'), { kind: 'due' }, ...order.filter((one) => one.kind !== 'reminder')];
  const said = points.map((one) => (one.kind === 'due' ? W.due : say(one.kind === 'reminder' ? W.before : W.after, { offset: one.offset, unit: unit(one) })));
  const width = Math.max(300, 70 * points.length);
  const svg = draw('svg', { viewBox: `0 0 ${width} 64`, class: 'ladder', role: 'img', 'aria-label': pair(W.colon, title, said.join(W.comma)) });
  svg.append(draw('line', { x1: 10, y1: 26, x2: width - 10, y2: 26, class: 'time' }));
  points.forEach((one, n) => {
    const x = (width * (n + 0.5)) / points.length;
    if (one.kind === 'due') svg.append(draw('line', { x1: x, y1: 8, x2: x, y2: 44, class: 'due' }));
    else if (one.kind === 'reminder') svg.append(draw('circle', { cx: x, cy: 26, r: 6, class: 'reminder' }));
    else svg.append(draw('path', { d: `M${x - 7} 32 L${x} 18 L${x + 7} 32 Z`, class: 'escalation' }));
    svg.append(draw('text', { x, y: 58, 'text-anchor': 'middle' }, said[n]));
  });
  return svg;
}
