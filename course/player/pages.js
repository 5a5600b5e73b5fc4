// The pages as their templates need them: a lesson and, in the course for a browser alone, the overview.
import { Safe } from "./template.js";
import { viewOf } from "./views.js";

/** The course's data with what can be asked of it. */
export function courseOf(data) {
  const known = new Map(data.all.map((lesson) => [lesson.id, lesson]));
  for (const module of data.modules) for (const lesson of module.lessons) known.set(lesson.id, lesson);
  return {
    ...data,
    lessons: data.all.map((lesson) => known.get(lesson.id)),
    lesson: (id) => known.get(id),
    has: (id) => data.modules.some((module) => module.lessons.some((lesson) => lesson.id === id)),
    module: (id) => data.modules.find((module) => module.id === id),
    core_modules: data.modules.filter((module) => !module.info.optional),
  };
}

const nameOf = (module, language) => `${module.number} ${module.info.title[language]}`.trim();
const partOf = (course, module) => course.modules.filter((one) => one.info.optional === module.info.optional).flatMap((one) => one.lessons);

export class LessonPage {
  /** ``done``: ids of the lessons that are complete. ``alone``: there are no other lessons to go to. */
  constructor({ course, session, language, done, alone, at, problem }) {
    Object.assign(this, { course, session, language });
    const { data, record } = session;
    this.text = data.in[language];
    this.lesson = course.lesson(data.id);
    this.module = course.module(this.lesson.module_id);
    this.module_name = nameOf(this.module, language);
    this.done = record.done;
    const neighbours = alone ? [this.lesson] : partOf(course, this.module);
    const here = neighbours.indexOf(this.lesson);
    this.previous = neighbours[here - 1] ?? null;
    this.next = neighbours[here + 1] ?? null;
    this.next_step = [...neighbours.slice(here + 1), ...neighbours.slice(0, here)].find((one) => !done.has(one.id)) ?? null;
    const core = course.core_modules.flatMap((one) => one.lessons);
    this.progress = { lessons_done: done, course_done: !alone && core.length > 0 && core.every((one) => done.has(one.id)) };
    this.views = {};
    for (const id of this.lesson.info.activities) this.views[id] = this.view(id, at, problem);
  }

  view(id, at = null, problem = null) {
    const state = this.session.record.activities[id] ?? null;
    return viewOf({
      course: { ...this.course, facts: this.text.facts }, language: this.language, lesson: this.lesson, id,
      activity: this.text.activities[id], state, at: at?.id === id ? at.item : null,
      message: problem?.id === id ? problem.message : null,
      seed: state ? this.session.seedOf(id, state) : "",
    });
  }

  get sources() { return this.text.sources; }
  get parts() {
    const found = [];
    for (const written of this.text.blocks) {
      const block = written.html ? { ...written, html: new Safe(written.html) } : written;
      const wide = block.kind === "activity" && this.views[block.activity_id].wide;
      if (found.at(-1)?.wide === wide) found.at(-1).blocks.push(block);
      else found.push({ wide, blocks: [block] });
    }
    return found.length && !found[0].wide ? found : [{ wide: false, blocks: [] }, ...found];
  }
  get tree() { return Object.values(this.text.activities).find((one) => one.kind === "cases") ?? null; }
  get missing() {
    const { data } = this.session;
    if (data.opening_is_enough) return [];
    return data.required.filter((id) => !this.session.counts(id)).map((id) => this.views[id]);
  }
}

export class OverviewPage {
  /** ``saved``: what ``HtmlRuntime`` keeps. */
  constructor(course, saved) {
    const records = Object.entries(saved.lessons);
    const done = new Set(records.filter(([, record]) => record.done).map(([id]) => id));
    this.progress = { lessons_done: done, lessons_started: new Set(records.map(([id]) => id)) };
    this.core_modules = course.core_modules;
    this.optional_modules = course.modules.filter((module) => module.info.optional);
    const core = (this.core_modules.length ? this.core_modules : course.modules).flatMap((module) => module.lessons);
    this.core_done = new Set(core.filter((lesson) => done.has(lesson.id)).map((lesson) => lesson.id));
    this.total = core.length;
    this.done_count = this.core_done.size;
    this.begun = records.length > 0;
    const place = course.has(saved.place) && !done.has(saved.place) ? course.lesson(saved.place) : null;
    const lesson = place ?? core.find((one) => !done.has(one.id)) ?? null;
    this.resume = lesson ? { lesson } : null;
  }

  done_in(module) { return module.lessons.filter((lesson) => this.progress.lessons_done.has(lesson.id)).length; }
  minutes_of(module) { return module.lessons.reduce((sum, lesson) => sum + lesson.info.minutes.solo, 0); }
  is_open(module) { return this.resume?.lesson.module_id === module.id; }
}

export const titleOf = (page, course, language) => (page?.lesson
  ? `${page.lesson.number} ${page.lesson.title[language]} – ${course.info.title[language]}` : course.info.title[language]);
