// What has to reach the platform, in order. What does not get there is tried again, with the same ids.
const WAITS = [2, 5, 15, 30];
/** Worth another try: the server is busy, or not there. */
const LATER = new Set([408, 429, 500, 502, 503, 504]);
export const isLater = (status) => LATER.has(status);

export class Outbox {
  /** ``send(statements)`` answers with a status, or throws when the net is gone. ``told``: ``gone`` and ``refused``. */
  constructor(send, { gone, refused, delivered }) {
    Object.assign(this, { send, gone, refused, delivered });
    this.waiting = [];
    this.tries = 0;
    this.closed = false;
    this.line = Promise.resolve();
    addEventListener("online", () => this.flush());
  }

  add(...statements) {
    this.waiting.push(...statements);
    return this.flush();
  }

  /** Sends what waits. One request at a time, so that Statements arrive in their order. */
  flush() {
    this.line = this.line.then(() => this.#flush());
    return this.line;
  }

  async #flush() {
    clearTimeout(this.timer);
    while (this.waiting.length && !this.closed) {
      const batch = this.waiting.slice(0, this.oneByOne ? 1 : 25);
      const status = await this.send(batch).catch(() => 0);
      if (this.closed) return;
      if (status === 0 || isLater(status)) {
        this.gone(true);
        this.timer = setTimeout(() => this.flush(), WAITS[Math.min(this.tries++, WAITS.length - 1)] * 1000);
        return;
      }
      this.tries = 0;
      this.gone(false);
      const there = status < 300 || status === 409; // a conflict: it was stored before, and only the answer was lost
      if (!there && batch.length > 1) {
        this.oneByOne = true; // one of them is refused: the others go on without it
        continue;
      }
      if (status === 409 && batch.length > 1) {
        this.oneByOne = true;
        continue;
      }
      this.waiting.splice(0, batch.length);
      if (there) this.delivered(batch);
      else if (this.refused(status, batch[0])) {
        this.waiting = [];
        this.closed = true;
      }
    }
    if (!this.waiting.length) this.oneByOne = false;
  }

  /** The window closes: everything that is left, in one go. */
  close() {
    clearTimeout(this.timer);
    this.closed = true;
    return this.waiting.splice(0);
  }
}
