// A lesson's record in few characters, for SCORM 1.2, which keeps 4,096 of them. Ids become their places in the lesson;
// a check sum for each activity tells when an edited package no longer has them in those places.
import { sha256 } from "./chance.js";
import { emptyRecord } from "./session.js";

const VERSION = "2";
const digits = (number) => number.toString(36);
const number = (text) => parseInt(text, 36);
const place = (ids, id) => (id === undefined ? "-" : digits(ids.indexOf(id)));
const list = (values) => values.join(".");
const parts = (text) => (text ? text.split(".") : []);
const idsOf = (values) => values.map((one) => one.id);

/* What can be chosen, by place: ``[things, answers]``. */
function idsIn(activity) {
  switch (activity.kind) {
    case "sort":
    case "match": return [idsOf(activity.cards), idsOf(activity.fields)];
    case "matrix": return [idsOf(activity.cards), Object.keys(activity.cells)];
    case "order": return [idsOf(activity.items), []];
    case "choice": return [idsOf(activity.options), []];
    case "cases": return [idsOf(activity.cases), idsOf(activity.outcomes)];
    case "quick": return [idsOf(activity.cases), idsOf(activity.options)];
    case "scenario": return [idsOf(activity.nodes), activity.nodes.flatMap((node) => idsOf(node.options))];
    case "knowledge-check": return [idsOf(activity.questions), activity.questions.flatMap((one) => idsOf(one.options))];
    default: return [[], []];
  }
}

const checkSum = (activity) => digits(sha256(JSON.stringify([activity.kind, idsIn(activity)]))[0] % 36 ** 4);

function encodedData(activity, data) {
  const [things, answers] = idsIn(activity);
  const given = data.response;
  switch (activity.kind) {
    case "sort":
    case "match":
    case "matrix":
    case "cases":
    case "quick": return given ? list(things.map((id) => place(answers, given[id]))) : "";
    case "order": return given ? list(given.map((id) => place(things, id))) : "";
    case "choice": return given ? place(things, given) : "";
    case "scenario": {
      const steps = (data.path ?? []).flatMap(([id, chosen]) => {
        const node = activity.nodes.find((one) => one.id === id);
        return [place(things, id), place(idsOf(node.options), chosen)];
      });
      return data.path ? list([digits(data.answers ?? 0), ...steps]) : "";
    }
    case "knowledge-check": {
      const seen = data.seen ? list(things.map((id) => (data.seen[id] ? digits(data.seen[id]) : ""))) : "";
      const tried = (data.drawn ?? []).map((id) => {
        const question = activity.questions.find((one) => one.id === id);
        const chosen = given?.[id];
        const mask = chosen ? digits(chosen.reduce((sum, one) => sum + 2 ** idsOf(question.options).indexOf(one), 0)) : "-";
        return `${place(things, id)}.${mask}`;
      });
      return seen || tried.length ? `${list(tried)}~${seen}` : "";
    }
    default: return "";
  }
}

function decodedData(activity, text) {
  if (!text) return {};
  const [things, answers] = idsIn(activity);
  const at = (ids, digit) => ids[number(digit)];
  switch (activity.kind) {
    case "sort":
    case "match":
    case "matrix":
    case "cases":
    case "quick": {
      const places = parts(text);
      return { response: Object.fromEntries(things.flatMap((id, i) => (places[i] === "-" ? [] : [[id, at(answers, places[i])]]))) };
    }
    case "order": return { response: parts(text).map((digit) => at(things, digit)) };
    case "choice": return { response: at(things, text) };
    case "scenario": {
      const [count, ...steps] = parts(text);
      const path = [];
      for (let i = 0; i < steps.length; i += 2) {
        const node = activity.nodes[number(steps[i])];
        path.push([node.id, at(idsOf(node.options), steps[i + 1])]);
      }
      return { path, answers: number(count) };
    }
    case "knowledge-check": {
      const [tried, seen] = text.split("~");
      const data = {};
      const pairs = parts(tried);
      if (pairs.length) {
        data.drawn = [];
        data.response = {};
        for (let i = 0; i < pairs.length; i += 2) {
          const question = activity.questions[number(pairs[i])];
          data.drawn.push(question.id);
          if (pairs[i + 1] === "-") continue;
          const mask = number(pairs[i + 1]);
          data.response[question.id] = idsOf(question.options).filter((_id, bit) => Math.floor(mask / 2 ** bit) % 2);
        }
      }
      const times = seen.split(".");
      if (seen) data.seen = Object.fromEntries(things.flatMap((id, i) => (times[i] ? [[id, number(times[i])]] : [])));
      return data;
    }
    default: return {};
  }
}

const SUCCESS = { n: null, t: true, f: false };
const letter = (success) => (success === null ? "n" : success ? "t" : "f");

/** ``lesson``: its id. Some platforms hand every lesson what the one before has left. */
export function encoded(record, seed, activities, lesson) {
  const ids = Object.keys(activities);
  const lines = ids.filter((id) => record.activities[id] || record.results[id]).map((id) => {
    const activity = activities[id];
    const state = record.activities[id] ?? { attempt: 1, submitted: false, data: {} };
    const result = record.results[id];
    const told = result ? `${letter(result.success)}${list([digits(result.score), digits(result.max)])}` : "";
    return [
      digits(ids.indexOf(id)), checkSum(activity), digits(state.attempt), state.submitted ? "s" : "", told,
      encodedData(activity, state.data),
    ].join(",");
  });
  const at = record.at === null ? "" : digits(ids.indexOf(record.at));
  return [VERSION, lesson, seed, record.done ? "d" : "", at, digits(Math.round(record.seconds)), ...lines].join(";");
}

/** ``{record, seed}``, or null for what this lesson has not written. What no longer fits is begun anew. */
export function decoded(text, activities, lesson) {
  const [version, of, seed, done, at, seconds, ...lines] = String(text ?? "").split(";");
  if (version !== VERSION || of !== lesson || seconds === undefined) return null;
  const ids = Object.keys(activities);
  const record = { ...emptyRecord(), done: done === "d", at: ids[number(at)] ?? null, seconds: number(seconds) || 0 };
  for (const line of lines) {
    const [where, sum, attempt, submitted, told, data] = line.split(",");
    const id = ids[number(where)];
    const activity = activities[id];
    if (!activity) continue;
    const tried = number(attempt) || 1;
    if (told) {
      const [score, max] = parts(told.slice(1)).map(number);
      record.results[id] = { success: SUCCESS[told[0]], score, max };
    }
    record.activities[id] = sum === checkSum(activity)
      ? { attempt: tried, submitted: submitted === "s", data: decodedData(activity, data) }
      : { attempt: tried + 1, submitted: false, data: {} };
  }
  return { record, seed };
}
