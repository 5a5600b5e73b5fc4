// Learners who press whatever there is to press, and what SCORM keeps of them.
import { decoded, encoded } from "/encoding.js";
import { emptyRecord, Session } from "/session.js";
import { viewOf } from "/views.js";

export default function play(lessons) {
  const course = { facts: {}, lesson: () => null };
  let shown;
  let word = 1;
  const below = (n) => { word = (word * 48271) % 2147483647; return word % n; };
  const one = (list) => list[below(list.length)];
  const nobody = { keep() {}, answered() {}, closed() {}, judged() {}, progress() {}, completed() {}, commit() {} };
  const faults = [];
  let longest = 0;

  /* What a form of this kind can send, whatever stands in it. */
  function form(activity, session, id) {
    const state = session.stateOf(id);
    if (state.submitted && below(3)) return [["again", "1"]];
    const view = viewOf({ course: course, language: "sv", lesson: shown, id, activity, state, at: null, seed: session.seedOf(id, state) });
    switch (activity.kind) {
      case "sort": case "match":
        return [...activity.cards.filter(() => below(4)).map((card) => ["placed", `${card.id}:${one(activity.fields).id}`]), ["hand_in", "1"]];
      case "matrix":
        return [...activity.cards.filter(() => below(4)).map((card) => ["placed", `${card.id}:${one(Object.keys(activity.cells))}`]), ["hand_in", "1"]];
      case "order": return [...activity.items.map((item) => item.id).sort(() => below(3) - 1).map((item) => ["order", item]), ["hand_in", "1"]];
      case "choice": return [["option", one(activity.options).id], ["hand_in", "1"]];
      case "scenario": {
        if (!below(4) && view.path.length) return [["back", one(view.path)[0].id]];
        const { node, option } = view.step;
        return option ? [["again", "1"]] : [["item", node.id], ["option", one(node.options).id], ["answer", "1"]];
      }
      case "cases": case "quick":
        return view.item ? [["item", view.item.case.id], ["option", one(activity.outcomes ?? activity.options).id], ["answer", "1"]] : [["again", "1"]];
      case "knowledge-check": {
        if (!state.data.drawn) return [["begin", "1"]];
        if (!view.item) return [["again", "1"]];
        const chosen = view.item.question.multiple ? view.item.options.filter(() => below(2)) : [one(view.item.options)];
        return [["item", view.item.question.id], ...chosen.map((option) => ["option", option.id]), ["answer", "1"]];
      }
      default: return [["hand_in", "1"]];
    }
  }

  for (const data of lessons) {
    shown = { id: data.id, info: { activities: Object.keys(data.in.sv.activities) } };
    for (let learner = 0; learner < 6; learner++) {
      const session = new Session(data, emptyRecord(), nobody, "abc123");
      const ids = Object.keys(session.activities);
      if (!ids.length) continue;
      for (let step = 0; step < (learner ? 60 : 600); step++) {
        const id = one(ids);
        session.press(id, form(session.activities[id], session, id));
        if (step % 7 && learner) continue;
        const text = encoded(session.record, session.seed, session.activities, "1-1");
        longest = Math.max(longest, text.length);
        const back = decoded(text, session.activities, "1-1");
        const same = (record) => JSON.stringify([record.done, record.at, record.results, ids.map((name) => record.activities[name] ?? null)],
          (key, value) => (value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value));
        const expected = structuredClone(session.record);
        for (const name of ids) if (expected.results[name] && !expected.activities[name]) expected.activities[name] = { attempt: 1, submitted: false, data: {} };
        if (same(back.record) !== same(expected)) faults.push([data.id, text, same(back.record), same(expected)]);
      }
    }
  }
  return { faults: faults.slice(0, 3), longest };
}
