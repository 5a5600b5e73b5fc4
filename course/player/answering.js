// What a press does to an activity: the rules of tracker/learning/handing_in.py and answering.py, without a server.
import { InvalidResponse, mark } from "./marking.js";
import { draw } from "./chance.js";
import { markedState } from "./views.js";
import { _ } from "./texts.js";

export const BEGUN = { attempt: 1, submitted: false, data: {} };

/* Cards can be handed in when there are some left; they are explained all the same. */
const PLACED = new Set(["sort", "match", "matrix", "order"]);
/* What has parts, and what stays in the browser, is closed by a word of its own. */
const WITHOUT_PARTS = new Set([...PLACED, "choice"]);
const BY_ITEM = new Set(["scenario", "cases", "quick", "knowledge-check"]);

/**
 * One press. ``form``: the fields, ``[name, value]`` each, the button's last. Returns ``{state, item, lacks, events}``:
 * ``lacks`` is said beside the field when something has to be chosen first; ``events`` are what there is to record.
 */
export function press(activity, state, form, seedOf) {
  const first = (name) => form.find(([field]) => field === name)?.[1];
  const every = (name) => form.filter(([field]) => field === name).map(([, value]) => value);
  const pressed = (name) => form.some(([field]) => field === name);
  const nothing = (lacks = null, item = null) => ({ state, item, lacks, events: [] });

  if (pressed("again")) {
    if (!state.submitted) return nothing();
    // Which questions have been seen is remembered, so that a new try brings others.
    const next = { attempt: state.attempt + 1, submitted: false, data: state.data.seen ? { seen: state.data.seen } : {} };
    return { ...nothing(), state: activity.kind === "knowledge-check" ? begun(activity, next, seedOf) : next };
  }
  if (BY_ITEM.has(activity.kind)) {
    if (pressed("begin")) return { ...nothing(), state: begun(activity, state, seedOf) };
    if (pressed("back")) return { ...nothing(), state: steppedBack(state, first("back")) };
    if (state.submitted) return nothing();
    if (pressed("hand_in")) return handIn(activity, state, state.data.response ?? {}) ?? nothing(_("Answer a few more first"));
    const item = first("item");
    const chosen = every("option");
    if (!chosen.length) return nothing(_("Choose one of the answers"), item);
    return { item, lacks: null, ...answerItem(activity, state, item, chosen) };
  }
  if (state.submitted) return nothing();
  if (activity.kind === "choice") {
    const option = first("option");
    return option ? handIn(activity, state, option) : nothing(_("Choose one of the answers"));
  }
  if (activity.kind === "order") return handIn(activity, state, every("order"));
  if (PLACED.has(activity.kind)) {
    const placed = Object.fromEntries(every("placed").map((pair) => pair.split(":")));
    return handIn(activity, state, placed) ?? nothing(_("Place at least one first"));
  }
  return handIn(activity, state, null);
}

/** Cards were moved: where they lie now. */
export const kept = (state, response) => (state.submitted ? state : { ...state, data: { response } });

function handIn(activity, state, response) {
  const marked = mark(activity, response);
  const enough = PLACED.has(activity.kind) ? marked.items.some((item) => item.chosen.length) : marked.complete;
  if (!enough) return null;
  const events = [{ type: "answered", response, only: null, key: String(state.attempt) }];
  if (!WITHOUT_PARTS.has(activity.kind)) events.push({ type: "closed", key: String(state.attempt) });
  const data = response === null ? {} : { response };
  return { state: { ...state, submitted: true, data }, item: null, lacks: null, events: [...events, { type: "handed-in", success: marked.success }] };
}

function begun(check, state, seedOf) {
  if (state.submitted || state.data.drawn?.length) return state;
  const seen = { ...state.data.seen };
  const before = Object.entries(seen).flatMap(([id, times]) => Array(times).fill(id));
  const drawn = draw(check, seedOf(state), before).map((one) => one.question.id);
  for (const id of drawn) seen[id] = (seen[id] ?? 0) + 1;
  return { ...state, data: { drawn, response: {}, seen } };
}

function answerItem(activity, state, item, chosen) {
  if (activity.kind === "scenario") return answerNode(activity, state, item, chosen[0]);
  if (activity.kind === "knowledge-check") return answerQuestion(activity, state, item, chosen);
  const response = { ...state.data.response, [item]: chosen[0] };
  const marked = mark(activity, response);
  if (Object.keys(response).length < activity.cases.length) return { state: { ...state, data: { response } }, events: [] };
  const done = handIn(activity, state, response);
  return marked.complete ? { state: done.state, events: done.events } : { state, events: [] };
}

function answerNode(activity, state, node, option) {
  const path = [...(state.data.path ?? [])];
  if (path.some((step) => step[0] === node)) return { state, events: [] };
  path.push([node, option]);
  const marked = mark(activity, { path });
  // Somebody who goes back and chooses again answers the same node twice in one try, so the answers are counted.
  const answers = (state.data.answers ?? 0) + 1;
  const events = [{ type: "answered", response: { path }, only: node, key: `${state.attempt}.${answers}` }];
  if (marked.complete) events.push({ type: "closed", key: String(state.attempt) }, { type: "handed-in", success: marked.success });
  return { state: { ...state, submitted: marked.complete, data: { path, answers } }, events };
}

/* Back to a node of a scenario to choose again. After the end it is a new try with the same way up to there. */
function steppedBack(state, node) {
  const path = state.data.path ?? [];
  const at = path.findIndex((step) => step[0] === node);
  if (at < 0) return state;
  return { attempt: state.attempt + (state.submitted ? 1 : 0), submitted: false, data: { ...state.data, path: path.slice(0, at) } };
}

function answerQuestion(check, state, question, chosen) {
  if (!state.data.drawn?.includes(question)) throw new InvalidResponse(`$.${question}`, "there is no such question in this try");
  if (Object.hasOwn(state.data.response, question)) return { state, events: [] };
  const answered = (ids) => ({ ...state, data: { ...state.data, response: { ...state.data.response, [question]: ids } } });
  const marked = markedState(check, answered(chosen));
  // In the author's order, whatever the order on the page was.
  const options = check.questions.find((one) => one.id === question).options.map((option) => option.id);
  const next = answered(options.filter((id) => chosen.includes(id)));
  const events = [{ type: "answered", response: next.data.response, only: question, key: String(state.attempt) }];
  if (!marked.complete) return { state: next, events };
  events.push({ type: "judged", passed: marked.success, score: marked.score, max: marked.max_score });
  return { state: { ...next, submitted: true }, events: [...events, { type: "handed-in", success: marked.success }] };
}

/** Item id (null: the whole) -> the response in xAPI's and SCORM 2004's syntax, of what was answered. */
export function responsesOf(activity, response) {
  const found = new Map();
  const given = (one) => response != null && Object.hasOwn(response, one.id);
  switch (activity.kind) {
    case "sort":
    case "match":
    case "matrix":
      found.set(null, activity.cards.filter(given).map((card) => [card.id, response[card.id]]));
      break;
    case "order": found.set(null, response); break;
    case "choice": if (response !== null) found.set(null, [response]); break;
    case "scenario": for (const [node, option] of response.path) found.set(node, [option]); break;
    case "cases":
    case "quick":
      for (const one of activity.cases.filter(given)) found.set(one.id, [response[one.id]]);
      break;
    case "knowledge-check":
      for (const question of activity.questions.filter((one) => given(one) && response[one.id].length)) {
        found.set(question.id, question.options.map((option) => option.id).filter((id) => response[question.id].includes(id)));
      }
      break;
    default:
  }
  return found;
}
