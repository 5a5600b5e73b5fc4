// Shows the pages, takes what is pressed in them, and tells the runtime.
import { Kw, modulo, Safe, T } from "./template.js";
import { counted, language, lookedUp, speak, withProse } from "./texts.js";
import { courseOf, LessonPage, OverviewPage, titleOf } from "./pages.js";
import { emptyRecord, Session } from "./session.js";
import { Steps } from "./steps.js";
import { anchorOf } from "./views.js";
import { enliven, listen, ownTexts } from "./site.js";

const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const NOTES = new Set();
const DISPLAY = "samverkan.package.display";

function stored(key, value) {
  try {
    if (value !== undefined) localStorage.setItem(key, JSON.stringify(value));
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

const range = (from, to, step = 1) => Array.from({ length: Math.ceil((to - from) / step) }, (_one, at) => from + at * step);

export class Player {
  constructor(makeRuntime, { isCourse }) {
    this.isCourse = isCourse;
    this.course = courseOf(window.Samverkan.course);
    this.runtime = makeRuntime((name, on) => this.note(name, on));
  }

  async start() {
    root.classList.add("js");
    this.display = stored(DISPLAY) ?? {};
    this.showDisplay();
    this.saved = await this.runtime.start();
    const [first] = this.course.languages;
    const wanted = [...this.runtime.languages, ...(this.runtime.languages.length ? [] : navigator.languages)];
    const given = new URLSearchParams(location.search).get("lang");
    const known = [given, this.saved?.language, ...wanted].map((one) => one?.slice(0, 2).toLowerCase());
    this.setLanguage(known.find((one) => this.course.languages.includes(one)) ?? first);
    this.listenToEverything();
    this.steps = new Steps();
    if (this.isCourse) addEventListener("hashchange", () => this.route(true));
    addEventListener("popstate", () => this.stepped());
    this.frame();
    await this.route(false);
  }

  setLanguage(code) {
    speak(code, window.Samverkan.texts[code] ?? {});
    root.lang = code;
  }

  // ---------------------------------------------------------------- templates

  scope(more) {
    const say = (text, given) => (given instanceof Kw ? modulo(new Safe(lookedUp(text)), given) : modulo(new Safe(lookedUp(text)), {}));
    const { runtime } = this;
    return {
      _: say, gettext: say,
      ngettext: (one, many, num, given) => modulo(new Safe(counted(one, many, num)), { num, ...given }),
      current_language: language, csrf_token: () => "", request: { full_path: "" }, display: this.display,
      range: (...given) => range(...(given.length > 1 ? given : [0, given[0]])),
      url_for: (endpoint, given = {}) => this.addressOf(endpoint, given),
      course: this.course,
      package: {
        languages: this.course.languages, is_course: this.isCourse, mode: runtime.mode, can_leave: runtime.canLeave,
        can_go_on: runtime.canGoOn, has_lessons: document.body.dataset.page !== "words",
        reviewed_on: new Date(`${this.course.info.reviewed_on}T12:00:00`).toLocaleDateString(language() === "sv" ? "sv-SE" : "en-GB", { day: "numeric", month: "long", year: "numeric" }),
      },
      notes: NOTES,
      ...more,
    };
  }

  addressOf(endpoint, { lesson_id: lesson, _anchor: anchor, filename }) {
    if (endpoint === "static") return filename;
    if (endpoint !== "learning.lesson") return "#";
    return `#lesson/${lesson}${anchor ? `/${anchor}` : ""}`;
  }

  rendered(name, more = {}) {
    const holder = document.createElement("template");
    holder.innerHTML = T[name](this.scope(more));
    this.settle(holder.content);
    return holder.content;
  }

  /* Addresses of other lessons, of words and of other sites, as they are from here. */
  settle(part) {
    for (const link of part.querySelectorAll("a[href]")) {
      const address = link.getAttribute("href");
      const [, kind, id, anchor] = address.match(/^#(lesson|term)\/([^/]+)(?:\/(.+))?$/) ?? [];
      if (kind === "lesson" && !this.course.has(id)) link.replaceWith(...link.childNodes);
      else if (kind && this.isCourse) link.setAttribute("href", kind === "term" ? `#/words/${id}` : `#/${id}${anchor ? `/${anchor}` : ""}`);
      else if (kind) {
        link.setAttribute("href", kind === "term" ? `words.html?lang=${language()}#${id}` : `${id}.html?read&lang=${language()}`);
        this.elsewhere(link);
      } else if (/^https?:/.test(address)) this.elsewhere(link);
    }
  }

  /* The platform's window is left alone. */
  elsewhere(link) {
    link.target = "_blank";
    link.rel = "noopener";
    const words = document.createElement("span");
    words.className = "vh";
    words.textContent = ` (${lookedUp("opens in a new window")})`;
    link.append(words);
  }

  frame() {
    $("#page").replaceChildren(this.rendered("packages/frame.html"));
    for (const button of document.querySelectorAll("[data-display-save]")) button.hidden = true;
    this.showNotes();
  }

  note(name, on) {
    const changed = NOTES.has(name) !== on;
    if (on) NOTES.add(name);
    else NOTES.delete(name);
    if (name === "ended") return this.ended();
    if (changed && name === "gone") {
      if (on) NOTES.delete("back");
      else NOTES.add("back");
    }
    if (changed) this.showNotes();
  }

  showNotes() { $("#package-notes")?.replaceChildren(this.rendered("packages/notes.html")); }

  ended() {
    this.over = true;
    this.runtime.canLeave = false;
    $("[data-leave]")?.remove();
    $("#content")?.replaceChildren(this.rendered("packages/ended.html"));
    $("#content [data-focus]")?.focus();
  }

  // ---------------------------------------------------------------- which page

  /** ``#/``, ``#/3-3``, ``#/3-3/a-matrisen``, ``#/words/remiss``; a lesson alone has no other page. */
  async route(moved) {
    if (document.body.dataset.page === "words") return this.show("packages/words.html", {}, moved, location.hash.slice(1));
    if (!this.isCourse) return this.openLesson(document.body.dataset.lesson, false, null);
    if (moved && !location.hash.startsWith("#/")) return;
    const [, id, anchor] = location.hash.split("/");
    if (id === "words") return this.show("packages/words.html", {}, moved, anchor);
    if (id && this.course.has(id)) return this.openLesson(id, moved, anchor);
    this.session = null;
    this.show("packages/overview.html", { page: new OverviewPage(this.course, this.saved) }, moved);
    ownTexts();
  }

  async openLesson(id, moved, anchor) {
    await this.load(id);
    const data = window.Samverkan.lessons[id];
    this.setMastery(data);
    const record = this.isCourse ? this.saved.lessons[id] : this.saved?.record;
    this.session = new Session(data, record ?? emptyRecord(), this.runtime, this.saved?.seed ?? "reading");
    this.session.begin();
    this.steps.open(id);
    withProse(data.in[language()].prose);
    this.showLesson(moved, anchor ?? (!moved && !this.isCourse && this.session.record.at ? anchorOf(this.session.record.at) : null));
  }

  /** A classic script, which a page from a folder may load. */
  load(id) {
    if (window.Samverkan.lessons[id]) return null;
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `lessons/${id}.js`;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }

  /* The platform's own limit goes before the course's. */
  setMastery(data) {
    const { mastery } = this.runtime;
    if (mastery === null) return;
    for (const { activities } of Object.values(data.in)) {
      for (const activity of Object.values(activities)) {
        if (activity.kind === "knowledge-check") activity.needed = Math.ceil(mastery * activity.draw - 1e-9);
      }
    }
  }

  page(at = this.steps.at, problem = null) {
    const done = new Set(this.isCourse
      ? Object.entries(this.saved.lessons).filter(([, record]) => record.done).map(([id]) => id)
      : []);
    if (this.session.record.done) done.add(this.session.data.id);
    return new LessonPage({ course: this.course, session: this.session, language: language(), done, alone: !this.isCourse, at, problem });
  }

  showLesson(moved, anchor) {
    const page = this.page();
    this.show("packages/lesson.html", { page }, moved, anchor, titleOf(page, this.course, language()));
    for (const section of document.querySelectorAll("[data-activity]")) this.enliven(section);
    listen();
  }

  show(name, more, moved, anchor, title = titleOf(null, this.course, language())) {
    $("#content").replaceChildren(this.rendered(name, more));
    document.title = title;
    const target = anchor && document.getElementById(anchor);
    if (target) {
      target.scrollIntoView({ block: "start" });
      target.focus({ preventScroll: true });
    } else if (moved) {
      scrollTo(0, 0);
      const heading = $("#content h1");
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  }

  // ---------------------------------------------------------------- an activity

  say(text) {
    const live = $("#live");
    clearTimeout(this.announced);
    live.textContent = "";
    this.announced = setTimeout(() => { live.textContent = text; }, 80);
  }

  enliven(section) {
    const id = section.id.slice(2);
    const form = $("form[data-keep]", section);
    if (!section.dataset.module) return;
    enliven[section.dataset.module](section, {
      form,
      say: (text) => this.say(text),
      text: (name, values = {}) => ($("[data-words]", section).dataset[name] ?? "").replace(/\{(\w+)\}/g, (_all, word) => values[word] ?? ""),
      remembered: () => null,
      keep: (state) => this.session.keep(id, state),
    });
  }

  /* The activity anew, and what an answer in it can change around it. */
  again(id, at, problem = null) {
    const wasDone = Boolean($("#lesson-done[data-done]"));
    const page = this.page(at, problem);
    const whole = this.rendered("packages/lesson.html", { page });
    const fresh = whole.getElementById(anchorOf(id));
    for (const part of [anchorOf(id), "lesson-done", "lesson-path"]) {
      const now = whole.getElementById(part);
      if (now) document.getElementById(part)?.replaceWith(now);
    }
    this.shown = performance.now();
    const done = $("#lesson-done[data-done]");
    if (done && !wasDone) this.say($("h2", done).textContent);
    this.enliven(fresh);
    const target = $("[data-focus]", fresh) ?? $("[data-result]", fresh) ?? fresh;
    const { top } = target.getBoundingClientRect();
    if (top < 0 || top > innerHeight * 0.6) target.scrollIntoView({ block: target === fresh ? "start" : "center" });
    target.focus({ preventScroll: true });
  }

  /** ``item``: the part of the activity that is to be seen; null for the one that is next. */
  goTo(id, item) {
    this.steps.add(id, item);
    this.again(id, this.steps.at);
  }

  /* The browser's Back and Forward. Another lesson's page is a matter for ``hashchange``. */
  stepped() {
    if (!this.session || this.leaving || this.over) return;
    for (const id of this.steps.moved()) this.again(id, this.steps.at);
  }

  async leave(onward) {
    this.leaving = true;
    await this.steps.undo();
    this.runtime.leave({ onward });
  }

  listenToEverything() {
    addEventListener("submit", (event) => this.submitted(event), { capture: true });
    addEventListener("click", (event) => this.clicked(event), { capture: true });
    addEventListener("change", (event) => {
      const form = event.target.closest?.("form[data-display]");
      if (form) this.displayed(new FormData(form));
    });
    addEventListener("keydown", (event) => {
      const menu = event.key === "Escape" && $("details.menu[open]");
      if (!menu) return;
      menu.open = false;
      $("summary", menu).focus();
    });
  }

  submitted(event) {
    const form = event.target;
    if (form.method === "dialog") return;
    event.preventDefault();
    const section = form.closest("[data-activity]");
    if (!section) return;
    const id = section.id.slice(2);
    const fields = [...new FormData(form)];
    const button = event.submitter;
    if (button?.name) fields.push([button.name, button.value]);
    const { item, lacks } = this.session.press(id, fields);
    if (!lacks) this.steps.replace(id, item);
    this.again(id, item ? { id, item } : null, lacks ? { id, message: lacks } : null);
  }

  clicked(event) {
    const { target } = event;
    // The second half of a double click is not meant for what has just come up under the pointer.
    const placing = target.closest?.(".put, .cell, [name=put_here]");
    if (event.detail > 1 && (placing || performance.now() - (this.shown ?? -1e4) < 600)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
    if (target.closest?.("[data-print]")) print();
    const leave = target.closest?.("[data-leave]");
    if (leave) this.leave(leave.dataset.leave === "onward");
    const link = target.closest?.("a[href^='#']");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    const address = link.getAttribute("href");
    if (address.startsWith("#language/")) {
      event.preventDefault();
      this.changeLanguage(address.split("/")[1]);
    } else if (link.dataset.inPlace !== undefined) {
      event.preventDefault();
      const [anchor, item] = address.slice(1).split("@");
      this.goTo(anchor.slice(2), item ?? null);
    } else if (!address.startsWith("#/")) {
      // Inside the page: the address is left as it is, for it says which lesson this is.
      event.preventDefault();
      const place = document.getElementById(address.slice(1));
      place?.scrollIntoView({ block: "start" });
      if (place && place.tabIndex < 0) place.tabIndex = -1;
      place?.focus({ preventScroll: true });
    }
  }

  async changeLanguage(code) {
    this.setLanguage(code);
    if (this.isCourse) {
      this.saved.language = code;
      this.runtime.save();
    }
    this.frame();
    if (this.over) this.ended();
    else if (this.session) {
      withProse(this.session.data.in[code].prose);
      this.showLesson(false, null);
    } else await this.route(false);
    $(".lang [aria-current]").focus();
  }

  displayed(chosen) {
    this.display = { theme: chosen.get("theme"), view: chosen.get("view") };
    stored(DISPLAY, this.display);
    this.showDisplay();
  }

  showDisplay() {
    for (const name of ["theme", "view"]) {
      if (this.display[name]) root.dataset[name] = this.display[name];
      else delete root.dataset[name];
    }
    this.display = { theme: "", view: "", ...this.display };
  }
}
