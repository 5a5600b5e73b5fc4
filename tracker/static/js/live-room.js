// The facilitator's page: presses without loading the page anew, seats in one tap, drafts, and a quiet timer.
import { fetchPage, keep, take } from "./live.js";

const post = (form, body) => fetch(form.action, { method: "POST", body: new URLSearchParams(body), signal: AbortSignal.timeout(8000) });

/* ---------- Presses: one after the other, and none is lost without a word ---------- */
const MISSED = "samverkan.missed";
const words = document.querySelector("[data-live]").dataset;
const told = document.querySelector("[data-pressing]");
const tell = (text) => {
  if (told.textContent !== text) told.textContent = text;
};
/* The first is under way. */
let waiting = [];

/* The same button on the same slide with the same choice is the same press. */
const nameOf = (form, body) => `${form.action} ${new URLSearchParams([...body].filter(([name]) => name !== "csrf_token"))}`;

/* Which buttons can't be pressed now, because their press is on its way. They keep their focus. */
function mark() {
  for (const button of document.querySelectorAll("form[data-quick] button, [data-seats] button[name=all]")) {
    const busy = waiting.length && waiting.some((one) => one.name === nameOf(button.form, new FormData(button.form, button)));
    for (const name of ["aria-disabled", "aria-busy"]) {
      if (busy) button.setAttribute(name, "true");
      else button.removeAttribute(name);
    }
  }
}

/* What the presses before it have changed: the room stands at another slide, the answer is a newer one. */
function freshen(body) {
  const seen = document.querySelector(".remote [name=seen]")?.value;
  const answer = document.querySelector(".lead-answer");
  if (body.has("seen") && seen) body.set("seen", seen);
  if (body.has("revision") && answer?.elements.slide.value === body.get("slide")) body.set("revision", answer.elements.revision.value);
  const token = document.querySelector("[name=csrf_token]")?.value;
  if (token) body.set("csrf_token", token);
}

async function work() {
  while (waiting.length) {
    mark();
    let goesOn = false;
    try {
      goesOn = await carryOut(waiting[0]);
      if (!document.querySelector(".flashes .notice--error")) waiting.shift();
      else waiting = []; // what was pressed after it was perhaps pressed because of it
      if (!waiting.length) tell("");
    } catch {
      waiting = [];
      tell(words.missed);
    }
    if (goesOn && waiting.length) freshen(waiting[0].body);
  }
  mark();
}
addEventListener("live:changed", mark);
if (sessionStorage.getItem(MISSED) === location.pathname) tell(words.missed);
sessionStorage.removeItem(MISSED);

/* An answer that was chosen and not saved goes along when the room is moved on. */
const unsaved = () => document.querySelector(".lead-answer[data-dirty]:has(button)");
/* And it is there again after a reload, unless somebody has saved another meanwhile. */
const CHOSEN = "samverkan.chosen";
const about = (form) => `${location.pathname} ${form.elements.slide.value} ${form.elements.revision.value}`;
const settle = () => {
  document.querySelector(".lead-answer")?.removeAttribute("data-dirty");
  sessionStorage.removeItem(CHOSEN);
};
for (const event of ["change", "input"]) {
  addEventListener(event, ({ target }) => {
    const form = target.name && target.closest?.(".lead-answer");
    if (!form) return;
    form.setAttribute("data-dirty", "");
    const given = [...new FormData(form)].filter(([name]) => name === "option" || name.startsWith("place-"));
    sessionStorage.setItem(CHOSEN, JSON.stringify({ about: about(form), given }));
  });
}
{
  const form = document.querySelector(".lead-answer");
  const kept = JSON.parse(sessionStorage.getItem(CHOSEN) || "null");
  if (form && kept?.about === about(form)) {
    for (const [name, value] of kept.given) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type !== "radio" && field.type !== "checkbox") field.value = value;
        else if (field.value === value) field.checked = true;
      }
    }
    form.setAttribute("data-dirty", "");
  }
}
const lesson = () => document.querySelector("#notes")?.textContent;

addEventListener("submit", (event) => {
  const form = event.target;
  const isSeats = "seats" in form.dataset && event.submitter?.name === "all";
  if (!("quick" in form.dataset) && !isSeats) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const body = new FormData(form, event.submitter);
  const name = nameOf(form, body);
  if (waiting.some((one) => one.name === name)) return tell(words.again);
  waiting.push({ name, form, body });
  if (waiting.length === 1) {
    tell("");
    work();
  } else {
    tell(words.queued);
    mark();
  }
}, true);

/* False when another page is on its way. */
async function carryOut({ form, body }) {
  const before = lesson();
  document.querySelector(".flashes")?.remove();
  const left = form.matches(".lead-answer") ? null : unsaved();
  if (left) {
    const kept = new FormData(left);
    if (kept.getAll("option").some(Boolean) || kept.has("sentence") || left.querySelector("[name^=place-]")) await post(left, kept);
  }
  const answer = await post(form, body);
  if (answer.status >= 500) throw new Error(`${answer.status}`);
  for (const field of (left ?? form).querySelectorAll("[data-draft][name]")) localStorage.removeItem(draft(field));
  const stays = answer.ok && new URL(answer.url).pathname === location.pathname && take(await answer.text());
  settle();
  if (!stays) {
    if (!answer.ok) sessionStorage.setItem(MISSED, location.pathname);
    location.assign(answer.ok ? answer.url : location.href);
    waiting = [];
    return false;
  }
  // Another lesson has other notes: they are read from the top.
  const top = document.querySelector("[data-part=now]");
  const next = document.querySelector(".remote__next");
  if (before !== lesson() && top?.getBoundingClientRect().top < 0) top.scrollIntoView({ block: "start" });
  else if (next?.getBoundingClientRect().top < 0) next.scrollIntoView({ block: "nearest" });
  return true;
}

/* ---------- Seats: a tap is kept until the server has it ---------- */
addEventListener("change", (event) => {
  const box = event.target;
  if (box.name !== "present" || !box.closest("[data-seats]")) return;
  const body = new FormData();
  body.set("member", box.value);
  body.set("what", box.checked ? "here" : "away");
  keep(`seat ${location.pathname} ${box.value}`, box.form.action, body);
});
document.addEventListener("live:sent", (event) => {
  if (event.detail.name.startsWith("seat ")) fetchPage().catch(() => null);
});

/* ---------- Places: who gets one that is taken gives away the own ---------- */
addEventListener("change", ({ target }) => {
  if (!target.name?.startsWith("place-")) return;
  const all = [...target.form.querySelectorAll("[name^=place-]")];
  const other = all.find((one) => one !== target && one.value === target.value);
  const free = all.map((_one, place) => `${place + 1}`).find((place) => !all.some((one) => one.value === place));
  if (other && free) other.value = free;
});

/* ---------- Sentences: what is typed survives a reload, and stays here if the group keeps no texts ---------- */
const draft = (field) => `samverkan.draft.${field.dataset.draft}`;
const restore = () => {
  for (const field of document.querySelectorAll("[data-draft]")) {
    const typed = localStorage.getItem(draft(field));
    if (typed !== null && document.activeElement !== field) field.value = typed;
  }
};
addEventListener("input", (event) => {
  if (event.target.dataset?.draft) localStorage.setItem(draft(event.target), event.target.value);
});
addEventListener("live:changed", restore);
restore();

/* ---------- A timer for the facilitator only: off until it is wanted, silent, counts minutes up ---------- */
const timer = document.querySelector("[data-timer]");
if (timer) {
  const button = timer.querySelector("button");
  const label = button.querySelector("span");
  const time = timer.querySelector("[data-time]");
  const begun = () => Number(sessionStorage.getItem("samverkan.timer") || 0);
  const tell = () => {
    label.textContent = begun() ? timer.dataset.stop : timer.dataset.start;
    time.textContent = begun() ? timer.dataset.gone.replace("{n}", Math.floor((Date.now() - begun()) / 60000)) : "";
  };
  button.addEventListener("click", () => {
    if (begun()) sessionStorage.removeItem("samverkan.timer");
    else sessionStorage.setItem("samverkan.timer", Date.now());
    tell();
  });
  timer.hidden = false;
  tell();
  setInterval(tell, 5000);
}
