// The Statements of a cmi5 AU: each function builds one, nothing is sent here (cmi5 9, xAPI 1.0.3 Data 2).
import { sha256 } from "./chance.js";
import { isoDuration } from "./runtime.js";
import { language } from "./texts.js";

const VERBS = {
  initialized: "http://adlnet.gov/expapi/verbs/initialized",
  completed: "http://adlnet.gov/expapi/verbs/completed",
  passed: "http://adlnet.gov/expapi/verbs/passed",
  failed: "http://adlnet.gov/expapi/verbs/failed",
  terminated: "http://adlnet.gov/expapi/verbs/terminated",
  answered: "http://adlnet.gov/expapi/verbs/answered",
};
const CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5";
const MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon";
const MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore";
const SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid";
const TYPES = "http://adlnet.gov/expapi/activities/";

/* Made from what happened, so that what is built twice is one Statement. In the form of a name-based UUID. */
function idOf(...parts) {
  const hex = sha256(parts.join(" ")).map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = ((parseInt(hex[16], 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const scoreOf = ({ score, max }) => ({ scaled: Math.round((1e4 * score) / max) / 1e4, raw: score, min: 0, max });
const activity = (id, type, name) => ({ objectType: "Activity", id, definition: { type: TYPES + type, ...(name ? { name } : {}) } });

export class Writer {
  /** ``launch``: ``{actor, registration, activityId, template, mastery}``; ``course``, ``data``: what is taught. */
  constructor(launch, course, data) {
    Object.assign(this, { launch, course, data });
  }

  get session() { return this.launch.template.extensions?.[SESSION] ?? ""; }

  #context(more = {}, extensions = {}) {
    // Before the first page is shown there is no language yet.
    const context = { ...(language() ? { language: language() } : {}), ...structuredClone(this.launch.template) };
    context.registration = this.launch.registration;
    const activities = { ...context.contextActivities };
    for (const [kind, added] of Object.entries(more)) {
      const known = new Set((activities[kind] ?? []).map((one) => one.id));
      activities[kind] = [...(activities[kind] ?? []), ...added.filter((one) => !known.has(one.id))];
    }
    context.contextActivities = activities;
    // What the platform has put in the template is never written over (cmi5 10.2.1).
    context.extensions = { ...extensions, ...context.extensions };
    return context;
  }

  #build(key, verb, object, context, result) {
    return {
      id: idOf(this.launch.registration, this.launch.activityId, verb, object.id, key),
      actor: this.launch.actor,
      verb: { id: VERBS[verb], display: { en: verb } },
      object,
      ...(result ? { result } : {}),
      context,
      timestamp: new Date().toISOString(),
    };
  }

  /* A cmi5 defined Statement: about the AU, in cmi5's category; in moveOn's too when it says how it went (9.6.2). */
  #defined(verb, key, result, extensions = {}) {
    const category = [{ objectType: "Activity", id: CMI5 }];
    if (result && ("success" in result || "completion" in result)) category.push({ objectType: "Activity", id: MOVE_ON });
    const object = { objectType: "Activity", id: this.launch.activityId };
    return this.#build(key, verb, object, this.#context({ category }, extensions), result);
  }

  initialized() { return this.#defined("initialized", this.session); }
  terminated(seconds) { return this.#defined("terminated", this.session, { duration: isoDuration(seconds) }); }
  /** Once in a registration, so the session has no part in its id. */
  completed(seconds) { return this.#defined("completed", "", { completion: true, duration: isoDuration(seconds) }); }

  /** Passed once in a registration; failed at most once in a session, when it ends (9.3). */
  judged({ passed, score, max }, seconds) {
    const result = { score: scoreOf({ score, max }), success: passed, duration: isoDuration(seconds) };
    const { mastery } = this.launch;
    const extensions = mastery === null ? {} : { [MASTERY]: mastery };
    return this.#defined(passed ? "passed" : "failed", passed ? "" : this.session, result, extensions);
  }

  /* A cmi5 allowed Statement: about a part of the AU, in the template's context and no category of ours. */
  #allowed(verb, key, object, parent, result) {
    const { info } = this.course;
    const grouping = [{ objectType: "Activity", id: info.version_iri }];
    const context = this.#context({ parent: [{ objectType: "Activity", id: parent }], grouping });
    return this.#build(key, verb, object, context, result);
  }

  answered({ id, interaction, response, success, score, max, key }) {
    const { type, name, description, components, correct_responses_pattern: pattern } = interaction;
    const lists = Object.fromEntries(Object.entries(components).map(([kind, found]) => (
      [kind, Object.entries(found).map(([one, words]) => ({ id: one, description: words }))]
    )));
    const object = {
      objectType: "Activity",
      id: interaction.iri,
      definition: {
        type: `${TYPES}cmi.interaction`, name, description, interactionType: type, ...lists,
        ...(pattern ? { correctResponsesPattern: pattern } : {}),
      },
    };
    const said = response.map((one) => (type === "matching" ? one.join("[.]") : one)).join("[,]");
    const result = {
      completion: true, response: said, ...(success === null ? {} : { success }),
      ...(max > 1 ? { score: scoreOf({ score, max }) } : {}),
    };
    const parent = interaction.item_id === null ? this.launch.activityId : this.data.iris[id];
    return this.#allowed("answered", key, object, parent, result);
  }

  /** A part that is closed: gone through, or something written that never leaves the browser. */
  closed({ id, iri, key }) {
    const name = Object.fromEntries(Object.entries(this.data.in).map(([language, found]) => [language, found.activities[id].title]));
    return this.#allowed("completed", key, activity(iri, "simulation", name), this.launch.activityId, { completion: true });
  }
}
