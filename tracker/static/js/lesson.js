// Activities in the page: the same forms, the same addresses and the same answers as without JavaScript, but the page
// stays where it is. What is placed is kept in the background. When the net is gone it is kept here until it is back.
const live = document.getElementById("live");
const WAITS = [2, 5, 15, 30];
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

function outage(section, gone) {
  const note = section.querySelector("[data-outage]");
  if (note && note.hidden === gone) {
    note.hidden = !gone;
    if (gone) say(note.textContent);
  }
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
    try {
      await attempt();
      outage(section(), false);
      if (waiting.get(key) === stop) stop();
    } catch (error) {
      if (!(error instanceof TypeError)) {
        stop();
        throw error;
      }
      if (stopped) return;
      outage(section(), true);
      timer = setTimeout(go, WAITS[Math.min(tries++, WAITS.length - 1)] * 1000);
    }
  });
  waiting.set(key, stop);
  addEventListener("online", go);
  return go();
}

/* The new page is read, and the parts that an answer can change are put in place of the old ones. */
const PARTS = ["lesson-done", "lesson-path"];
async function show(id, response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(id);
  if (!fresh) {
    refuse(document.getElementById(id), page.querySelector("main h1")?.textContent, page.querySelector("main .lead")?.textContent);
    return;
  }
  const wasDone = !!document.querySelector("#lesson-done[data-done]");
  document.getElementById(id).replaceWith(fresh);
  for (const part of PARTS) {
    const now = page.getElementById(part);
    if (now) document.getElementById(part)?.replaceWith(now);
  }
  const done = document.querySelector("#lesson-done[data-done]");
  if (done && !wasDone) say(done.querySelector("h2").textContent);
  const address = new URL(response.url);
  if (address.pathname === location.pathname && address.search !== location.search) {
    history.pushState({ part: id }, "", address.pathname + address.search);
  }
  enhance(fresh);
  (fresh.querySelector("[data-focus]") ?? fresh).focus();
}

function refuse(section, heading = "", text = "") {
  const note = section.querySelector("[data-refused]");
  note.hidden = false;
  note.querySelector("h3").textContent = heading || note.dataset.heading;
  note.querySelector("p").textContent = text || note.dataset.text;
  note.focus();
}

/* Sends or fetches, and shows the answer in place. Pressed twice it is done once. */
const LATER = new Set([502, 503, 504]);
function go(section, address, options, button) {
  if (section.dataset.busy) return;
  const id = section.id;
  const here = () => document.getElementById(id);
  persist(id, here, async () => {
    here().dataset.busy = "1";
    button?.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { ...options, headers: { "X-Requested-With": "fetch" } });
      if (LATER.has(response.status)) throw new TypeError("the server is not there");
      await show(id, response);
      if (options.key) memory?.removeItem(options.key);
    } finally {
      delete here().dataset.busy;
      button?.removeAttribute("aria-busy");
    }
  });
}

/* What the kinds of activity get to work with. */
function tools(section) {
  const form = section.querySelector("form[data-keep]");
  const key = form && `${form.action}#${form.elements.attempt.value}`;
  const here = () => document.getElementById(section.id) ?? section;
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
      persist(`${section.id} keep`, here, async () => {
        if (!form.isConnected) return;
        const response = await fetch(form.action, {
          method: "POST", body, keepalive: true, headers: { "X-Requested-With": "fetch", Accept: "application/json" },
        });
        if (LATER.has(response.status)) throw new TypeError("the server is not there");
        if (!response.ok && response.status !== 409) return refuse(here());
        if (memory?.getItem(key) === JSON.stringify(state)) memory?.removeItem(key);
        if (response.status === 409) go(here(), location.href, {});
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

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-in-place]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.closest("[data-activity]"), link.href, {}, link);
});

addEventListener("popstate", (event) => {
  const id = event.state?.part;
  if (id || location.search) location.reload();
});

document.querySelectorAll("[data-activity]").forEach(enhance);
