// One lesson as one learner goes through it: what stands where, what is recorded, when it is complete.
import { BEGUN, kept, press, responsesOf } from "./answering.js";
import { GOOD, mark } from "./marking.js";

export const emptyRecord = () => ({ at: null, done: false, seconds: 0, results: {}, activities: {} });

/* Of two results the better one counts. */
function better(before, now) {
  if (!before) return now;
  const share = ({ score, max }) => (max ? score / max : 0);
  const best = share(now) > share(before) ? now : before;
  return { ...best, success: now.success || before.success };
}

export class Session {
  /** ``data``: of ``course.exporters.content.lesson_data``. ``runtime`` is told what there is to record. */
  constructor(data, record, runtime, seed) {
    Object.assign(this, { data, record, runtime, seed });
    this.activities = Object.values(data.in)[0].activities;
  }

  stateOf(id) { return this.record.activities[id] ?? BEGUN; }
  seedOf(id, state) { return `${this.seed}/${this.data.id}/${id}/${state.attempt}`; }

  /** The lesson is opened. */
  begin() {
    if (this.data.opening_is_enough) this.#completed();
    this.runtime.keep(this.record, this.data.id);
    this.runtime.commit();
  }

  /** What a form sent. Returns ``{item, lacks}``. */
  press(id, form) {
    const activity = this.activities[id];
    const { state, item, lacks, events } = press(activity, this.stateOf(id), form, (of) => this.seedOf(id, of));
    if (lacks) return { item, lacks };
    this.record.activities[id] = state;
    this.record.at = id;
    for (const event of events) this.#happened(id, activity, event);
    this.runtime.keep(this.record, this.data.id);
    this.runtime.commit();
    return { item, lacks: null };
  }

  /** Cards were moved, and nothing is handed in. */
  keep(id, response) {
    this.record.activities[id] = kept(this.stateOf(id), response);
    this.record.at = id;
    this.runtime.keep(this.record, this.data.id);
  }

  #happened(id, activity, event) {
    if (event.type === "answered") {
      for (const one of this.#answered(id, activity, event)) this.runtime.answered(one);
    } else if (event.type === "closed") {
      this.runtime.closed({ id, iri: this.data.iris[id], key: event.key });
    } else if (event.type === "judged") {
      this.runtime.judged({ passed: event.passed, score: event.score, max: event.max });
    } else {
      const marked = this.#marked(id, activity);
      const now = { success: event.success, score: marked.score, max: marked.max_score };
      this.record.results[id] = better(this.record.results[id], now);
      this.runtime.progress(this.progress, this.score);
      if (this.isComplete) this.#completed();
    }
  }

  #marked(id, activity) {
    const { data } = this.stateOf(id);
    if (activity.kind === "scenario") return mark(activity, { path: data.path });
    return mark(activity, data.response ?? null, activity.kind === "knowledge-check" ? data.drawn : null);
  }

  /* An entry for each part that was answered, or for the ``only`` one. */
  #answered(id, activity, { response, only, key }) {
    const marked = mark(activity, response);
    const given = responsesOf(activity, response);
    return this.data.interactions[id]
      .filter((one) => given.has(one.item_id) && (only === null || one.item_id === only))
      .map((interaction) => {
        const entry = { id, activity, interaction, response: given.get(interaction.item_id), key };
        if (interaction.item_id === null) {
          return { ...entry, success: marked.success, score: marked.score, max: marked.max_score };
        }
        const { verdict } = marked.items.find((item) => item.id === interaction.item_id);
        const judged = verdict !== "no-answer-key";
        return { ...entry, success: judged ? GOOD.has(verdict) : null, score: Number(GOOD.has(verdict)), max: Number(judged) };
      });
  }

  counts(id) {
    const result = this.record.results[id];
    return Boolean(result) && (this.activities[id].kind !== "knowledge-check" || result.success === true);
  }

  get isComplete() {
    return this.data.opening_is_enough || this.data.required.every((id) => this.counts(id));
  }

  /** A share of what has to be handed in, 0 to 1. */
  get progress() {
    const { required } = this.data;
    if (this.record.done || !required.length) return 1;
    return required.filter((id) => this.counts(id)).length / required.length;
  }

  /** Of what can be right or wrong, the best of all tries; null before there is any. */
  get score() {
    const judged = Object.values(this.record.results).filter((result) => result.max);
    if (!judged.length) return null;
    const sum = (name) => judged.reduce((total, one) => total + one[name], 0);
    return { score: sum("score"), max: sum("max") };
  }

  #completed() {
    if (this.record.done) return;
    this.record.done = true;
    this.runtime.completed();
  }
}
