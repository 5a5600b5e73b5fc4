// The course from a folder or a memory stick: progress is kept in this browser, if it keeps anything.
import { newSeed, NORMAL, Runtime } from "./runtime.js";

export class HtmlRuntime extends Runtime {
  constructor(note) {
    super(note);
    this.mode = NORMAL;
    this.key = `samverkan.package.${window.Samverkan.course.info.id}`;
  }

  /** All lessons in one place: ``{seed, place, lessons: {id: record}}``. */
  async start() {
    this.saved = { seed: newSeed(), place: null, language: null, lessons: {} };
    try {
      Object.assign(this.saved, JSON.parse(localStorage.getItem(this.key) ?? "{}"));
      localStorage.setItem(this.key, JSON.stringify(this.saved));
    } catch {
      this.note("not-kept", true);
    }
    return this.saved;
  }

  keep(record, lesson) {
    this.saved.lessons[lesson] = record;
    this.saved.place = lesson;
    this.save();
  }

  save() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.saved));
    } catch {
      this.note("not-kept", true);
    }
  }
}
