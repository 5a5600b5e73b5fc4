// One activity as its template needs it. The names are those of tracker/learning/activity_views.py and item_views.py,
// because the templates are the same.
import { ANSWER, InvalidResponse, mark } from "./marking.js";
import { shuffled } from "./chance.js";
import { headingOf, summaryOf, whose } from "./wording.js";

const SCRIPTS = {
  sort: "sort", match: "sort", matrix: "matrix", order: "order",
  "self-rating": "own", reflection: "own", worksheet: "own", checklist: "own", plan: "own",
};
const WIDE = new Set(["matrix", "scenario", "cases"]);
export const anchorOf = (activityId) => `a-${activityId}`;

/** What is to be said about what stands in a state, handed in or not. */
export function markedState(activity, { data }) {
  if (activity.kind === "scenario") return mark(activity, { path: data.path ?? [] });
  if (activity.kind === "knowledge-check") return mark(activity, data.response ?? {}, data.drawn ?? []);
  return mark(activity, data.response ?? null);
}

/** The questions of this try, and their options, in the order in which they are shown. */
export function paperOf(check, state, seed) {
  const bank = new Map(check.questions.map((question) => [question.id, question]));
  return (state.data.drawn ?? []).filter((id) => bank.has(id))
    .map((id) => ({ question: bank.get(id), options: shuffled(bank.get(id).options, `${seed}/${id}`) }));
}

// A borderline card says so wherever it lies but in the place that the author thinks best.
const told = (item, borderline = false) => ({
  verdict: borderline && item.verdict === "also-right" ? "borderline" : item.verdict,
  given: item.chosen[0] ?? null, feedback: item.feedback, other: item.other,
});

class ActivityView {
  /** ``place``: ``{course, language, lesson, activity, id, state, at, seed, message}``. */
  constructor(place) {
    this.place = place;
    this.lesson = place.lesson;
    this.id = place.id;
    this.activity = place.activity;
    this.kind = place.activity.kind;
    this.anchor = anchorOf(this.id);
    this.wide = WIDE.has(this.kind);
    this.action = "#";
    this.module = SCRIPTS[this.kind] ?? null;
    this.attempt = place.state?.attempt ?? 1;
    this.submitted = Boolean(place.state?.submitted);
    this.data = place.state?.data ?? {};
    this.outdated = false;
    this.elsewhere = false;
    this.error = place.message ?? null;
    this.marked = this.#mark();
  }

  #mark() {
    if (!Object.keys(this.data).length) return null;
    try {
      return markedState(this.activity, this.place.state);
    } catch (error) {
      if (!(error instanceof InvalidResponse)) throw error;
      this.data = {};
      this.outdated = this.submitted;
      return null;
    }
  }

  get response() { return this.data.response; }
  get heading() { return headingOf(this.activity, this.marked); }
  get summary() { return summaryOf(this.activity, this.marked); }
  item_told(id, borderline) { return told(this.marked.items.find((item) => item.id === id), borderline); }
  link(item = null) { return item ? `#${this.anchor}@${item}` : `#${this.anchor}`; }
}

class CardsView extends ActivityView {
  get placed() { return this.response ?? {}; }
  /** Not in the author's order: there the pairs stand in theirs. */
  get cards() { return shuffled(this.activity.cards, `${this.lesson.id}/${this.id}/${this.attempt}`); }
  get in_hand() { return this.cards.filter((card) => !Object.hasOwn(this.placed, card.id)); }
  get first_in_hand() { return this.in_hand[0]?.text ?? ""; }
  cards_in(field) { return this.cards.filter((card) => this.placed[card.id] === field); }
  in_field(field) {
    return this.cards.filter((card) => (this.placed[card.id] ?? null) === field).map((card) => [card, this.told(card)]);
  }
  told(card) { return this.item_told(card.id, card.borderline); }
  label_of(field) { return this.activity.fields.find((one) => one.id === field).label; }
}

const READ_FIRST = ["look-again", "not-placed", "borderline", "also-right", "right"];

class MatrixView extends CardsView {
  /** In the author's order: they are numbered. */
  get cards() { return this.activity.cards; }
  get numbered() { return this.cards.map((card, at) => [at + 1, card]); }
  get chosen() { return (this.in_hand[0] ?? this.cards[0]).id; }
  get chosen_number() { return this.numbered.find(([, card]) => card.id === this.chosen)[0]; }
  place_of(cell) {
    const step = this.activity.column_name.toLowerCase();
    for (const row of this.activity.rows) {
      const at = this.activity.columns.findIndex((column) => `${row.id}-${column.id}` === cell);
      if (at >= 0) return `${row.label}, ${step} ${at + 1}`;
    }
    return "";
  }
  pins(cell) { return this.numbered.filter(([, card]) => this.placed[card.id] === cell); }
  in_cell(cell) { return this.pins(cell).map(([number, card]) => [number, card, this.told(card)]); }
  get worth_reading_first() {
    return this.numbered.map(([number, card]) => [number, card, this.told(card)])
      .sort((a, b) => READ_FIRST.indexOf(a[2].verdict) - READ_FIRST.indexOf(b[2].verdict));
  }
}

class OrderView extends ActivityView {
  get current_order() {
    const shown = this.response?.length ? this.response : this.activity.shown;
    return shown.map((id) => this.activity.items.find((item) => item.id === id));
  }
  get in_right_order() { return this.activity.items.map((item) => [item, this.item_told(item.id)]); }
}

class ChoiceView extends ActivityView {
  get is_test() { return this.activity.options.some((option) => option.right); }
  get verdict() { return this.marked.items.find((item) => item.id === ANSWER).verdict; }
  /** The chosen one first: that is what one wants to know. */
  get options() {
    return this.activity.options.map((option) => [option, option.id === this.response]).sort((a, b) => b[1] - a[1]);
  }
}

class ScenarioView extends ActivityView {
  node(id) { return this.activity.nodes.find((node) => node.id === id); }
  get path() {
    return (this.data.path ?? []).map(([id, chosen]) => {
      const node = this.node(id);
      return [node, node.options.find((option) => option.id === chosen)];
    });
  }
  get step() {
    const path = this.path;
    let seen = path.findIndex(([node]) => node.id === this.place.at);
    if (seen < 0 && path.length && path.at(-1)[1].next == null) seen = path.length - 1;
    if (seen < 0) {
      const next = path.length ? path.at(-1)[1].next : null;
      return { node: next ? this.node(next) : this.activity.nodes[0], option: null, next_node: null, onward: null, is_end: false };
    }
    const [node, option] = path[seen];
    const following = option.next == null ? null : this.node(option.next);
    const answered = following && seen + 1 < path.length;
    return { node, option, next_node: following, onward: this.link(answered ? following.id : null), is_end: option.next == null };
  }
  get is_first() { return !this.path.length; }
  get trail() {
    const here = this.step.node;
    const path = this.path;
    const stops = path.map(([node]) => ({ label: node.trail, address: this.link(node.id), now: node === here, later: false }));
    let upcoming = path.length ? path.at(-1)[1].next : this.activity.nodes[0].id;
    while (upcoming != null) {
      const node = this.node(upcoming);
      stops.push({ label: node.trail, address: null, now: node === here, later: node !== here });
      upcoming = node.options[0].next;
    }
    return stops;
  }
  /** Who comes first alternates, so that nobody is always second. */
  get two_sides() {
    const { node, option } = this.step;
    const sides = [["public", option.public], ["civic", option.civic]];
    const number = this.lesson.info.activities.indexOf(this.id) + this.activity.nodes.indexOf(node);
    return number % 2 ? sides.reverse() : sides;
  }
  get at_table() {
    const first = this.step.node.options[0];
    return [this.person(first.public.person).name, this.person(first.civic.person).name];
  }
  person(id) { return this.place.course.info.cast.find((one) => one.id === id); }
  whose(id) { return whose(this.person(id).name, this.place.language); }
  principle(id) { return this.place.course.info.principles.find((one) => one.id === id).label[this.place.language]; }
}

class CasesView extends ActivityView {
  get given() { return this.response ?? {}; }
  /** The one that is asked for if it is answered; else the first that is not. */
  get item() {
    const { cases } = this.activity;
    const isGiven = (one) => Object.hasOwn(this.given, one.id);
    const shown = cases.find((one) => one.id === this.place.at && isGiven(one));
    const rest = cases.filter((one) => !isGiven(one));
    if (!shown && (this.submitted || !rest.length)) return null;
    const now = shown ?? rest[0];
    const enough = this.kind === "cases" && Object.keys(this.given).length >= this.activity.needed;
    return {
      case: now, number: cases.indexOf(now) + 1, total: cases.length, told: shown ? this.told(now) : null,
      onward: rest.length && !this.submitted ? this.link() : null, can_finish: enough && !this.submitted,
    };
  }
  told(one) { return this.item_told(one.id); }
  get told_items() { return this.activity.cases.map((one) => [one, this.told(one)]); }
  label_of(id) { return (this.activity.outcomes ?? this.activity.options).find((one) => one.id === id).label; }
  outcome(id) { return this.activity.outcomes.find((one) => one.id === id); }
}

class CheckView extends ActivityView {
  get paper() { return this.place.state ? paperOf(this.activity, this.place.state, this.place.seed) : []; }
  get given() { return this.response ?? {}; }
  get item() {
    const { paper } = this;
    const isGiven = (one) => Object.hasOwn(this.given, one.question.id);
    const shown = paper.find((one) => one.question.id === this.place.at && isGiven(one));
    const rest = paper.filter((one) => !isGiven(one));
    if (!shown && !rest.length) return null;
    const drawn = shown ?? rest[0];
    const { question, options } = drawn;
    return {
      question, options, number: paper.indexOf(drawn) + 1, total: paper.length, chosen: this.given[question.id] ?? [],
      right: shown ? this.is_right(question) : null, onward: rest.length ? this.link() : null,
      lesson: this.place.course.lesson(question.lesson), facts: question.facts.map((id) => this.place.course.facts[id]),
      beads: paper.map((one) => (one === drawn ? "is-now" : isGiven(one) ? "is-done" : "")),
    };
  }
  is_right(question) { return this.marked.items.find((item) => item.id === question.id).verdict === "right"; }
  get passed() { return Boolean(this.marked?.success); }
  get results() {
    return this.paper.map(({ question }) => [question, this.given[question.id] ?? [], this.is_right(question)]);
  }
  /** Lessons, in the order of the course, with the questions that sent one there. */
  get read_again() {
    const wrong = this.results.filter(([, , right]) => !right).map(([question]) => question);
    return this.place.course.lessons.map((lesson) => [lesson, wrong.filter((question) => question.lesson === lesson.id)])
      .filter(([, questions]) => questions.length);
  }
}

class PlanView extends ActivityView {
  /** The reflections that come back here, each with the key under which the browser keeps it. */
  get earlier() {
    const { course, language } = this.place;
    return course.reflections.map((one) => [course.lesson(one.lesson), `${one.lesson}/${one.id}`, { question: one.question[language] }]);
  }
}

const VIEWS = {
  sort: CardsView, match: CardsView, matrix: MatrixView, order: OrderView, choice: ChoiceView, scenario: ScenarioView,
  cases: CasesView, quick: CasesView, "knowledge-check": CheckView, plan: PlanView,
};
export const viewOf = (place) => new (VIEWS[place.activity.kind] ?? ActivityView)(place);
