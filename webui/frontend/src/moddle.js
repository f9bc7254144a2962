// What every canvas is given: the words of an SOP, as the engine declares them, and bpmn-js in our language.
import sop from '../../../engine/sops/sop-moddle.json';
import { BPMN } from './words-of-bpmn.js';

export const MODDLE = { sop };

const said = new Set();

export function translate(text, given = {}) {
  if (!(text in BPMN)) said.add(text);
  return (BPMN[text] ?? text).replace(/{([^}]+)}/g, (_, key) => given[key] ?? `{${key}}`);
}

// which texts of bpmn-js were shown without a word of ours: for the tests
export const untranslated = () => [...said];
