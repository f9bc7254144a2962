// The draft is saved by itself, each time on the revision that was read; a stale save changes nothing and asks.
import { W, pair } from './words.js';

const PAUSE = 1200;
const AGAIN = 15000;

export class Saving {
  // told: {state(kind, sentence), saved(answer), stale(answer), refused(answer)}
  constructor(modeler, { address, csrf, revision }, told) {
    Object.assign(this, { modeler, address, csrf, revision, told });
    this.dirty = false;
    this.busy = null;
    modeler.get('eventBus').on('commandStack.changed', () => this.changed());
    window.addEventListener('beforeunload', (event) => {
      if (!this.dirty) return;
      event.preventDefault();
    });
  }

  changed() {
    this.dirty = true;
    this.told.state('unsaved', W.unsaved);
    this.plan(PAUSE);
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), wait);
  }

  // one save at a time; what changed meanwhile is saved after it
  async now() {
    if (this.halted) return;
    if (this.busy) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.again = false;
    this.dirty = false;
    this.busy = this.send();
    try {
      await this.busy;
    } catch {
      // the drawing could not be written down: it is still unsaved, and the next change tries again
      this.dirty = true;
      this.told.state('unsaved', W.unsaved);
    } finally {
      this.busy = null;
    }
    if (this.again) this.plan(0);
  }

  async send() {
    this.told.state('saving', W.saving);
    const { xml } = await this.modeler.saveXML({ format: true });
    const form = new FormData();
    form.set('csrf', this.csrf);
    form.set('revision', this.revision);
    form.set('bpmn', new Blob([xml], { type: 'application/xml' }), 'draft.bpmn');
    await this.answered(form, this.address, xml);
  }

  async answered(form, address, xml) {
    let answer;
    try {
      const response = await fetch(address, { method: 'POST', body: form });
      if (!response.headers.get('Content-Type')?.includes('json')) throw new TypeError(response.status);
      answer = { ...(await response.json()), status: response.status };
    } catch (problem) {
      this.dirty = true;
      const gone = /^(401|403)$/.test(problem.message);
      this.told.state('trouble', gone ? W.noLonger : W.noAnswer);
      if (!gone) this.plan(AGAIN);
      return;
    }
    if (answer.status === 200) {
      this.revision = answer.revision;
      this.told.saved(answer);
      if (!this.dirty) this.told.state('saved', pair(W.gap, W.saved, answer.at));
      return;
    }
    this.dirty = true;
    if (answer.theirs) {
      this.halted = true;
      this.told.stale(answer, xml);
    } else this.told.refused(answer);
  }

  // another act on the same draft: after what is drawn is saved, on the revision that gave
  async act(address, fields) {
    clearTimeout(this.timer);
    if (this.busy) await this.busy;
    if (this.dirty) await this.now();
    if (this.dirty || this.halted) return;
    const form = new URLSearchParams([['csrf', this.csrf], ['revision', this.revision], ...fields]);
    this.busy = this.answered(form, address, null);
    await this.busy;
    this.busy = null;
    if (this.dirty && !this.halted) this.plan(PAUSE);
  }

  // after the two sides were seen: go on from what is stored now
  over(revision) {
    this.revision = revision;
    this.halted = false;
    return this.now();
  }
}
