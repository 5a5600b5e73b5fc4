// The facilitator's page: presses without loading the page anew, seats in one tap, drafts, and a quiet timer.
import { fetchPage, keep, take } from "./live.js";

/* ---------- Presses ---------- */
let pressing = false;
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
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), signal: AbortSignal.timeout(8000) });
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname || !take(await answer.text())) {
      location.assign(answer.ok ? answer.url : location.href);
    }
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
