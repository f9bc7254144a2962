// The draft's scenarios are walked after a save. That takes seconds: asked for when nothing was saved for a while, and
// the findings are shown anew where they say something else, unless something was saved meanwhile.
const REST = 2500;

export class Scenarios {
  // show(findings); revision() is what the page stands on now
  constructor(address, revision, show) {
    Object.assign(this, { address, revision, show, busy: false });
  }

  // known: the findings that the save has answered
  later(known) {
    this.known = JSON.stringify(known);
    this.rest();
  }

  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.walk(), REST);
  }

  async walk() {
    if (this.busy) {
      this.rest();
      return;
    }
    this.busy = true;
    try {
      const response = await fetch(this.address);
      if (!response.ok) return;
      const answer = await response.json();
      const told = JSON.stringify(answer.findings);
      if (answer.revision !== this.revision() || told === this.known) return;
      this.known = told;
      this.show(answer.findings);
    } catch {
      // no answer: the next save asks again
    } finally {
      this.busy = false;
    }
  }
}
