// Each part of an activity that has been gone on to is a step in the browser's history, as it is an address on the site.
// An answer is no step: it stands in the place of its question, so no press on Back leads to the same thing twice.
// docs/decisions/0019-back-goes-back-one-step.md
const PATIENCE = 500;

export class Steps {
  /** A lesson is shown. Its first step is the page itself. */
  open(lesson) {
    this.lesson = lesson;
    this.hash = location.hash;
    this.before = this.at;
  }

  /* ``{lesson, id, item, depth}``; another lesson's is none of ours. */
  get #here() {
    const here = history.state?.samverkan;
    return here?.lesson === this.lesson ? here : { lesson: this.lesson, id: null, item: null, depth: 0 };
  }

  /** ``{id, item}`` of what is to be seen; null where every activity shows what is next in it. */
  get at() {
    const { id, item } = this.#here;
    return item ? { id, item } : null;
  }

  add(id, item) {
    if (item === (this.at?.id === id ? this.at.item : null)) return;
    this.#write("pushState", id, item, 1);
  }

  replace(id, item) {
    if (!item && this.at?.id !== id) return;
    this.#write("replaceState", id, item, 0);
  }

  #write(how, id, item, more) {
    const samverkan = { lesson: this.lesson, id, item, depth: this.#here.depth + more };
    try {
      history[how]({ samverkan }, "");
    } catch { /* a browser that has had enough of them; the lesson goes on without */ }
    this.before = this.at;
  }

  /** The activities that Back or Forward has changed, the one to look at last. */
  moved() {
    if (location.hash !== this.hash) return new Set();
    const changed = new Set([this.before?.id, this.at?.id].filter(Boolean));
    this.before = this.at;
    return changed;
  }

  /** Back to before the first step, so that whatever the platform shows next has the learner's way there behind it. */
  async undo() {
    const { depth } = this.#here;
    if (!depth) return;
    await new Promise((resolve) => {
      addEventListener("popstate", resolve, { once: true });
      setTimeout(resolve, PATIENCE); // some frames may not move through the history
      history.go(-depth);
    });
  }
}
