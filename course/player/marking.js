// What is said about an answer: course/marking.py in JavaScript. tests/course/marking_cases.json holds the two together.
export const ANSWER = "answer";
export const GOOD = new Set(["right", "also-right", "borderline"]);

/** A response that no form of ours sends. ``place`` is a JSON path. */
export class InvalidResponse extends Error {
  constructor(place, message) {
    super(`${place}: ${message}`);
    this.place = place;
  }
}

const KINDS = {
  sort: (activity, response) => markCards(activity.cards, activity.fields.map((field) => field.id), response),
  match: (activity, response) => markCards(activity.cards, activity.fields.map((field) => field.id), response),
  matrix: (activity, response) => markCards(activity.cards, Object.keys(activity.cells), response),
  order: markOrder,
  scenario: markScenario,
  cases: (activity, response) => markCases(activity.cases, activity.outcomes, response, activity.needed),
  quick: (activity, response) => markCases(activity.cases, activity.options, response, activity.cases.length),
  choice: markChoice,
  "knowledge-check": markCheck,
};

/** ``{items, complete, success, score, max_score}``; ``drawn``: the questions of this try. */
export function mark(activity, response, drawn = null) {
  const marking = KINDS[activity.kind];
  if (marking) return marking(activity, response, drawn);
  if (response != null) throw new InvalidResponse("$", "nothing is handed in here: what is written stays in the browser");
  return { items: [], complete: true, success: null, score: 0, max_score: 0 };
}

const told = (id, chosen, verdict, feedback, other, accepts) => ({ id, chosen, verdict, feedback, other: other ?? null, accepts });
const isMapping = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function markCards(cards, places, response) {
  const placed = pairs(response, cards.map((card) => card.id), places);
  const items = cards.map((card) => placedItem(card, placed[card.id], card.borderline));
  return summed(items, Object.keys(placed).length === cards.length);
}

function markCases(cases, answers, response, needed) {
  const given = pairs(response, cases.map((one) => one.id), answers.map((answer) => answer.id));
  const items = cases.map((one) => placedItem(one, given[one.id], false));
  const count = Object.keys(given).length;
  return { ...summed(items.filter((item) => item.chosen.length), count >= needed), items, max_score: Math.max(needed, count) };
}

function placedItem(card, place, borderline) {
  let verdict = borderline ? "borderline" : "look-again";
  if (place === undefined) verdict = "not-placed";
  else if (place === card.accepts[0]) verdict = "right";
  else if (card.accepts.includes(place)) verdict = "also-right";
  const other = place === undefined || !Object.hasOwn(card.other, place) ? null : card.other[place];
  return told(card.id, place === undefined ? [] : [place], verdict, card.feedback, other, card.accepts);
}

function markOrder(activity, response) {
  const given = ids(response, activity.items.map((item) => item.id), "$");
  const items = activity.items.map((item, number) => {
    const place = given.indexOf(item.id);
    const verdict = place < 0 ? "not-placed" : place === number ? "right" : "look-again";
    return told(item.id, place < 0 ? [] : [String(place + 1)], verdict, item.feedback, null, [String(number + 1)]);
  });
  return summed(items, given.length === activity.items.length);
}

function markScenario(activity, response) {
  if (!isMapping(response) || Object.keys(response).join() !== "path") {
    throw new InvalidResponse("$", 'must have "path" and nothing else');
  }
  if (!Array.isArray(response.path)) throw new InvalidResponse("$.path", "must be a list");
  let expected = activity.nodes[0].id;
  const items = response.path.map((step, number) => {
    const place = `$.path[${number}]`;
    if (!Array.isArray(step) || step.length !== 2 || step.some((part) => typeof part !== "string")) {
      throw new InvalidResponse(place, "must be the id of a node and the id of an option");
    }
    const node = activity.nodes.find((one) => one.id === expected);
    if (expected == null || !node || step[0] !== expected) throw new InvalidResponse(place, `must be the node "${expected}"`);
    const option = node.options.find((one) => one.id === step[1]);
    if (!option) throw new InvalidResponse(place, `there is no option "${step[1]}"`);
    expected = option.next;
    const supported = node.options.filter((one) => one.supported).map((one) => one.id);
    return told(node.id, [option.id], keyed(option.id, supported), option.comment, null, supported);
  });
  return summed(items, items.length > 0 && expected == null);
}

function markChoice(activity, response) {
  const right = activity.options.filter((option) => option.right).map((option) => option.id);
  if (response == null) {
    return summed([told(ANSWER, [], "not-placed", "", null, right)], false, right.length > 0);
  }
  const option = activity.options.find((one) => one.id === response);
  if (!option) throw new InvalidResponse("$", `there is no option ${JSON.stringify(response)}`);
  return summed([told(ANSWER, [option.id], keyed(option.id, right), option.feedback, null, right)], true);
}

function markCheck(activity, response, drawn) {
  const bank = new Map(activity.questions.map((question) => [question.id, question]));
  const asked = drawn === null ? [...bank.keys()] : ids(drawn, [...bank.keys()], "drawn");
  if (!isMapping(response)) throw new InvalidResponse("$", "must be questions and what was answered to them");
  for (const name of Object.keys(response)) {
    if (!asked.includes(name)) throw new InvalidResponse(`$.${name}`, "there is no such question in this try");
  }
  const items = asked.map((name) => answered(bank.get(name), Object.hasOwn(response, name) ? response[name] : []));
  const score = items.filter((item) => item.verdict === "right").length;
  const complete = items.length > 0 && items.every((item) => item.chosen.length);
  return { items, complete, success: complete && score >= activity.needed, score, max_score: items.length };
}

function answered(question, answer) {
  const place = `$.${question.id}`;
  const chosen = ids(answer, question.options.map((option) => option.id), place);
  if (chosen.length > 1 && !question.multiple) throw new InvalidResponse(place, "one option can be chosen");
  const right = question.options.filter((option) => option.right).map((option) => option.id);
  const same = chosen.length === right.length && chosen.every((id) => right.includes(id));
  const verdict = !chosen.length ? "not-placed" : same ? "right" : "look-again";
  return told(question.id, chosen, verdict, question.explanation, null, right);
}

/* Of several right options none is better than the other. */
function keyed(chosen, right) {
  if (!right.length) return "no-answer-key";
  return right.includes(chosen) ? "right" : "look-again";
}

function summed(items, complete, key = true) {
  const judged = key ? items.filter((item) => item.verdict !== "no-answer-key") : [];
  const score = judged.filter((item) => GOOD.has(item.verdict)).length;
  const lookedOver = judged.every((item) => item.verdict !== "look-again");
  return { items, complete, success: judged.length ? complete && lookedOver : null, score, max_score: judged.length };
}

function pairs(response, keys, values) {
  if (!isMapping(response)) throw new InvalidResponse("$", "must be ids and where each of them was placed");
  for (const [key, value] of Object.entries(response)) {
    if (!keys.includes(key)) throw new InvalidResponse(`$.${key}`, `there is no "${key}"`);
    if (!values.includes(value)) throw new InvalidResponse(`$.${key}`, `there is no "${value}"`);
  }
  return { ...response };
}

/* A list of known ids, each at most once. */
function ids(given, known, place) {
  if (!Array.isArray(given)) throw new InvalidResponse(place, "must be a list");
  given.forEach((name, number) => {
    if (!known.includes(name)) throw new InvalidResponse(`${place}[${number}]`, `there is no "${name}"`);
    if (given.indexOf(name) < number) throw new InvalidResponse(`${place}[${number}]`, `"${name}" stands there twice`);
  });
  return [...given];
}
