// The facilitator's page: presses without loading the page anew, seats in one tap, drafts, and a quiet timer.
import { fetchPage, keep, take } from "./live.js";

const post = (form, body) => fetch(form.action, { method: "POST", body: new URLSearchParams(body), signal: AbortSignal.timeout(8000) });

/* ---------- Presses ---------- */
let pressing = false;

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

addEventListener("submit", async (event) => {
  const form = event.target;
  const isSeats = "seats" in form.dataset && event.submitter?.name === "all";
  if (!("quick" in form.dataset) && !isSeats) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (pressing) return;
  pressing = true;
  const body = new FormData(form, event.submitter);
  event.submitter?.setAttribute("aria-busy", "true");
  const before = lesson();
  document.querySelector(".flashes")?.remove();
  try {
    const left = form.matches(".lead-answer") ? null : unsaved();
    if (left) {
      const kept = new FormData(left);
      if (kept.getAll("option").some(Boolean) || kept.has("sentence") || left.querySelector("[name^=place-]")) await post(left, kept);
    }
    const answer = await post(form, body);
    for (const field of (left ?? form).querySelectorAll("[data-draft][name]")) localStorage.removeItem(draft(field));
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname || !take(await answer.text())) {
      location.assign(answer.ok ? answer.url : location.href);
    }
    settle();
    // Another lesson has other notes: they are read from the top.
    const top = document.querySelector("[data-part=now]");
    const next = document.querySelector(".remote__next");
    if (before !== lesson() && top?.getBoundingClientRect().top < 0) top.scrollIntoView({ block: "start" });
    else if (next?.getBoundingClientRect().top < 0) next.scrollIntoView({ block: "nearest" });
  } catch {
    // The facilitator presses again when the line above says that there is contact.
    document.querySelector("[data-contact]").textContent = document.querySelector("[data-live]").dataset.lost;
  }
  event.submitter?.removeAttribute("aria-busy");
  pressing = false;
}, true);

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
