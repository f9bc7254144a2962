// What every canvas is given: the words of an SOP, as the engine declares them, and bpmn-js in the reader's language.
import sop from '../../../engine/sops/sop-moddle.json';
import { BPMN, ENGLISH } from './words-of-bpmn.js';
import { CHINESE } from './words.js';

export const MODDLE = { sop };

const said = new Set();

export function translate(text, given = {}) {
  if (CHINESE && !(text in BPMN)) said.add(text);
  return ((CHINESE ? BPMN : ENGLISH)[text] ?? text).replace(/{([^}]+)}/g, (_, key) => given[key] ?? `{${key}}`);
}

// which texts of bpmn-js were shown to a reader of Chinese without a word of ours: for the tests
export const untranslated = () => [...said];
