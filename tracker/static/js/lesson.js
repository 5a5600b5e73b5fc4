// Activities in the page: the same forms, the same addresses and the same answers as without JavaScript, but the page
// stays where it is. What is placed is kept in the background. When the net is gone it is kept here until it is back.
const live = document.getElementById("live");
const WAITS = [2, 5, 15, 30];
const LATER = new Set([502, 503, 504]);
const PATIENCE = { before_a_word: 8_000, for_an_answer: 30_000 };   // milliseconds
const memory = (() => { try { return sessionStorage; } catch { return null; } })();

let announced = 0;
function say(text) {
  clearTimeout(announced);
  live.textContent = "";
  announced = setTimeout(() => { live.textContent = text; }, 80);
}

/* One request at a time, so that a visitor's first two answers make one learner and arrive in order. */
let line = Promise.resolve();
const inTurn = (work) => (line = line.then(work, work));

function fields(form, button) {
  const data = new FormData(form);
  if (button?.name) data.append(button.name, button.value);
  return data;
}

/* The net or the server is not there: worth trying again. On a train nothing fails, it only never comes, or half of it. */
class Gone extends Error {}
async function send(address, options = {}) {
  const headers = { "X-Requested-With": "fetch", ...options.headers };
  const waited = new AbortController();
  const timer = setTimeout(() => waited.abort(), PATIENCE.for_an_answer);
  try {
    const response = await fetch(address, { ...options, headers, signal: waited.signal });
    const { ok, status, url } = response;
    if (LATER.has(status)) throw new Gone();
    return { ok, status, url, text: await response.text() };
  } catch {
    throw new Gone();
  } finally {
    clearTimeout(timer);
  }
}

function outage(section, gone) {
  const note = section.querySelector("[data-outage]");
  if (!note || note.hidden !== gone) return;
  note.hidden = !gone;
  // After what was done has been read out.
  setTimeout(() => say(gone ? note.textContent : note.dataset.back), 1500);
}

/* Tries until the net is there. A new call for the same place takes the place of the one that waits. */
const waiting = new Map();
function persist(key, section, attempt) {
  waiting.get(key)?.();
  let stopped = false;
  let timer = 0;
  let tries = 0;
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    removeEventListener("online", go);
    waiting.delete(key);
  };
  const go = () => inTurn(async () => {
    if (stopped) return;
    clearTimeout(timer);
    const slow = setTimeout(() => outage(section(), true), PATIENCE.before_a_word);
    try {
      await attempt();
      outage(section(), false);
      if (waiting.get(key) === stop) stop();
    } catch (error) {
      if (!(error instanceof Gone)) {
        stop();
        throw error;
      }
      if (stopped) return;
      outage(section(), true);
      timer = setTimeout(go, WAITS[Math.min(tries++, WAITS.length - 1)] * 1000);
    } finally {
      clearTimeout(slow);
    }
  });
  waiting.set(key, stop);
  addEventListener("online", go);
  return go();
}

/* The new page is read, and the parts that an answer can change are put in place of the old ones. */
const PARTS = ["lesson-done", "lesson-path"];
let here = location.pathname + location.search;
let shown = 0;
function show(id, response, answered) {
  const page = new DOMParser().parseFromString(response.text, "text/html");
  const fresh = page.getElementById(id);
  if (!fresh) {
    refuse(document.getElementById(id), page.querySelector("main h1")?.textContent, page.querySelector("main .lead")?.textContent);
    return;
  }
  const wasDone = !!document.querySelector("#lesson-done[data-done]");
  document.getElementById(id).replaceWith(fresh);
  shown = performance.now();
  for (const part of PARTS) {
    const now = page.getElementById(part);
    if (now) document.getElementById(part)?.replaceWith(now);
  }
  const done = document.querySelector("#lesson-done[data-done]");
  if (done && !wasDone) say(done.querySelector("h2").textContent);
  const address = new URL(response.url);
  if (address.pathname === location.pathname && address.search !== location.search) {
    // An answer stands in the place of its question: Back leads to what came before both.
    history[answered ? "replaceState" : "pushState"](null, "", address.pathname + address.search);
    here = location.pathname + location.search;
  }
  enhance(fresh);
  const target = fresh.querySelector("[data-focus]") ?? fresh.querySelector("[data-result]") ?? fresh;
  const top = target.getBoundingClientRect().top;
  if (top < 0 || top > innerHeight * 0.6) target.scrollIntoView({ block: target === fresh ? "start" : "center" });
  target.focus({ preventScroll: true });
}

function refuse(section, heading = "", text = "") {
  section.querySelector("[data-outage]").hidden = true;
  const note = section.querySelector("[data-refused]");
  note.hidden = false;
  note.querySelector("h3").textContent = heading || note.dataset.heading;
  note.querySelector("p").textContent = text || note.dataset.text;
  note.focus();
}

/* Sends or fetches, and shows the answer in place. Pressed twice it is done once. */
function go(section, address, options, button) {
  if (section.dataset.busy) return;
  const id = section.id;
  const current = () => document.getElementById(id);
  persist(id, current, async () => {
    current().dataset.busy = "1";
    button?.setAttribute("aria-busy", "true");
    try {
      show(id, await send(address, options), options.method === "POST");
      if (options.key) memory?.removeItem(options.key);
    } finally {
      delete current().dataset.busy;
      button?.removeAttribute("aria-busy");
    }
  });
}

/* What the kinds of activity get to work with. */
function tools(section) {
  const form = section.querySelector("form[data-keep]");
  const key = form && `${form.action}#${form.elements.attempt.value}`;
  const current = () => document.getElementById(section.id) ?? section;
  return {
    form,
    say,
    text: (name, values = {}) => (section.querySelector("[data-words]").dataset[name] ?? "")
      .replace(/\{(\w+)\}/g, (_, word) => values[word] ?? ""),
    /** What was placed before the page was left without net; null as a rule. */
    remembered: () => JSON.parse(memory?.getItem(key) ?? "null"),
    /** Keeps what is placed, here at once and on the server as soon as it can be reached. */
    keep(state) {
      memory?.setItem(key, JSON.stringify(state));
      const body = fields(form, { name: "keep", value: "1" });
      persist(`${section.id} keep`, current, async () => {
        if (!form.isConnected) return;
        const response = await send(form.action, { method: "POST", body, keepalive: true });
        if (!response.ok && response.status !== 409) return refuse(current());
        if (memory?.getItem(key) === JSON.stringify(state)) memory?.removeItem(key);
        // Answered in another tab: the same form, sent to be seen, says so.
        if (response.status === 409) go(current(), form.action, { method: "POST", body: fields(form) });
      });
    },
  };
}

async function enhance(section) {
  if (!section.dataset.module) return;
  const { default: enliven } = await import(section.dataset.module);
  enliven(section, tools(section));
}

addEventListener("submit", (event) => {
  const form = event.target;
  const section = form.closest("[data-activity]");
  if (!section) return;
  event.preventDefault();
  waiting.get(`${section.id} keep`)?.();
  const key = `${form.action}#${form.elements.attempt.value}`;
  go(section, form.action, { method: "POST", body: fields(form, event.submitter), key }, event.submitter);
}, { capture: true });

/* The second half of a double click is not meant for what has just come up under the pointer. */
addEventListener("click", (event) => {
  const placing = event.target.closest?.(".put, .cell, [name=put_here]");
  if (event.detail > 1 && (placing || performance.now() - shown < 600)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, { capture: true });

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-in-place]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.closest("[data-activity]"), link.href, {}, link);
});

/* The back button goes back through the steps of a scenario. */
addEventListener("popstate", () => {
  if (location.pathname + location.search !== here) location.reload();
});

document.querySelectorAll("[data-activity]").forEach(enhance);
