// What the player asks of the place where it runs. cmi5, SCORM 1.2, SCORM 2004 and the browser alone each answer it.
export const NORMAL = "normal";
export const BROWSE = "browse";
export const REVIEW = "review";
/** Opened beside the platform: from another lesson, or straight from the file. Nothing is kept or recorded. */
export const READING = "reading";

export const newSeed = () => Math.random().toString(36).slice(2, 8).padEnd(6, "0");
export const isReading = () => document.body.dataset.page === "words" || new URLSearchParams(location.search).has("read");

export class Runtime {
  /** ``note(name, on)`` shows or hides a message: ``gone``, ``refused``, ``not-kept``, ``ended``, ``used``. */
  constructor(note) {
    this.note = note;
    this.mode = READING;
    /** The learner's languages, the best first. */
    this.languages = [];
    /** What is enough for the knowledge check, 0 to 1, where the platform says so. */
    this.mastery = null;
    this.canLeave = false;
    this.canGoOn = false;
    this.began = performance.now();
  }

  get seconds() { return (performance.now() - this.began) / 1000; }

  /** Before anything is shown. Returns ``{record, seed}`` from an earlier time, or null. */
  async start() { return null; }
  keep() {}
  answered() {}
  closed() {}
  judged() {}
  progress() {}
  completed() {}
  /** After each press: what has been said is to be saved. */
  commit() {}
  /** The learner leaves. ``onward``: for the next lesson. */
  async leave() {}
}

/** ``PT1H2M3.45S`` */
export function isoDuration(seconds) {
  const all = Math.max(0, Math.round(seconds * 100));
  const hours = Math.floor(all / 360000);
  const minutes = Math.floor((all % 360000) / 6000);
  return `PT${hours ? `${hours}H` : ""}${minutes ? `${minutes}M` : ""}${(all % 6000) / 100}S`;
}
