// What the two SCORMs share: finding the platform's API, and saving again when a save went wrong.
import { decoded, encoded } from "./encoding.js";
import { isReading, newSeed, Runtime, READING } from "./runtime.js";

const MOST_PARENTS = 500;
const TRY_AGAIN = 5000;
/** Left on an API when a lesson has ended it. */
const ENDED = "samverkanEnded";

function above(start, name) {
  let frame = start;
  for (let step = 0; frame && step < MOST_PARENTS; step++) {
    try {
      if (frame[name]) return frame[name];
    } catch {
      return null; // another site's window: nothing to be found from here on
    }
    if (frame.parent === frame) return null;
    frame = frame.parent;
  }
  return null;
}

/** In the windows around this one, then in the one that opened it and those around that. */
export function findApi(name) {
  let opener = null;
  try {
    opener = window.opener ?? window.top.opener;
  } catch { /* the topmost window is another site's */ }
  return above(window, name) ?? (opener && above(opener, name));
}

export class ScormRuntime extends Runtime {
  /** ``calls``: what this SCORM names its functions. */
  constructor(note, apiName, calls) {
    super(note);
    this.api = isReading() ? null : findApi(apiName);
    this.calls = calls;
    this.over = false;
    this.seed = newSeed();
  }

  /** What the platform answers; empty when it breaks, so that the learner is not left with an empty page. */
  call(name, ...given) {
    try {
      return String(this.api[this.calls[name]](...given));
    } catch {
      return "";
    }
  }

  get(element) { return this.over ? "" : this.call("get", element); }
  set(element, value) { return !this.over && this.call("set", element, String(value)) === "true"; }

  async start() {
    if (!this.api) return null;
    if (this.call("initialize", "") !== "true") {
      if (this.api[ENDED] && this.startAgain()) return new Promise(() => {}); // this page is about to go
      this.api = null;
      this.note("refused", true);
      return null;
    }
    this.canLeave = true;
    this.lesson = Object.values(window.Samverkan.lessons)[0];
    this.activities = Object.values(this.lesson.in)[0].activities;
    const saved = decoded(this.opened(), this.activities, this.lesson.id);
    if (saved) this.seed = saved.seed;
    this.before = saved?.record.seconds ?? 0;
    if (saved?.record.done && this.isRecording && !this.done) this.completed(); // the platform has forgotten it
    addEventListener("pagehide", () => {
      this.finish();
      this.note("ended", true); // somebody who comes back with the browser's button finds the page as it was
    });
    addEventListener("online", () => this.commit());
    return saved ?? { record: null, seed: this.seed };
  }

  get isRecording() { return this.api && !this.over && this.mode !== READING && this.mode === "normal"; }

  keep(record) {
    if (!this.isRecording) return;
    record.seconds = this.before + this.seconds;
    const text = encoded(record, this.seed, this.activities, this.lesson.id);
    if (!this.set("cmi.suspend_data", text)) this.note("refused", true);
    if (record.at) this.set(this.location, record.at);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), 1000);
  }

  /* A platform that has lost its server says so here; what is set stays with it, and is saved when it can be. */
  commit() {
    clearTimeout(this.timer);
    if (!this.isRecording) return;
    const saved = this.call("commit", "") === "true";
    this.note("gone", !saved);
    if (!saved) this.timer = setTimeout(() => this.commit(), TRY_AGAIN);
  }

  finish() {
    if (!this.api || this.over) return;
    clearTimeout(this.timer);
    this.closing();
    this.call("commit", "");
    this.call("finish", "");
    Reflect.set(this.api, ENDED, true); // an API that can't be written on goes without
    this.over = true;
  }

  async leave({ onward = false } = {}) {
    if (this.api && !this.over) this.asked(onward);
    this.finish();
    this.note("ended", true);
    if (window.opener) window.close();
  }

  asked() {}

  /* Moodle has one API for all that is opened from its contents. In SCORM 2004 it is over with the first of them, in 1.2
     it breaks when Back leads to one of them. A page of its player for the one that is wanted brings a new API; it takes
     the place of this one, or Back would lead here again and again. */
  startAgain() {
    const wanted = new URL(window.frameElement?.src ?? location);
    if (!wanted.pathname.endsWith("/mod/scorm/loadSCO.php")) return false;
    const given = (from, name) => new URLSearchParams(from.search).get(name);
    const player = new URL("player.php", wanted);
    for (const name of ["a", "scoid", "currentorg", "mode", "display"]) {
      const value = given(wanted, name) ?? given(parent.location, name);
      if (value) player.searchParams.set(name, value);
    }
    parent.location.replace(player);
    return true;
  }
}
