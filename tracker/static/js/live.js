// Follows a meeting. Asks a tiny address whether anything has changed; when it has, fetches the page again and changes
// only the parts that differ, so that what somebody types, or stands in, stays. Without JavaScript the page reloads.
const EVERY = 700;
const LATE = 8000;
const SLOWEST = 8000;

const place = document.querySelector("[data-live]");
const own = place?.dataset.live;
let revision = place?.dataset.revision;
let failures = 0;
let timer = 0;
let asking = false;
let freshAt = Date.now();

/* A form's token is another one each time and says nothing about the page. */
const bare = (element) => element.innerHTML.replace(/(name="csrf_token"[^>]*value=")[^"]*/g, "$1");

const isBusy = (part) => {
  const active = document.activeElement;
  return part.contains(active) && active.matches("textarea, select, input[type=text]");
};

/* Put a fetched page's parts in place. Returns false when it is another page than this one. */
export function take(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.querySelector("[data-live]");
  if (!fresh || fresh.dataset.live !== own) return false;
  for (const part of document.querySelectorAll("[data-part]")) {
    const found = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!found || bare(found) === part.dataset.shown || bare(found) === bare(part)) continue;
    const before = part.querySelector("[name=slide]")?.value;
    if (isBusy(part) && before && before === found.querySelector("[name=slide]")?.value) continue;
    put(part, document.adoptNode(found));
  }
  for (const name of ["every", "revision"]) {
    if (name in fresh.dataset) place.dataset[name] = fresh.dataset[name];
    else delete place.dataset[name];
  }
  const told = page.querySelector(".flashes");
  if (told) {
    document.querySelector(".flashes")?.remove();
    place.before(document.adoptNode(told));
    told.scrollIntoView({ block: "nearest" });
  }
  revision = fresh.dataset.revision;
  freshAt = Date.now();
  document.title = page.title;
  place.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
  return true;
}

function put(part, found) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const where = focused && (focused.id ? `#${CSS.escape(focused.id)}` : focused.value && `button[value="${CSS.escape(focused.value)}"]`);
  const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
  const ticked = part.querySelector("[data-keep]")?.dataset.keep;
  const choice = ticked && new FormData(part.querySelector("[data-keep]")).get("choice");
  part.replaceChildren(...found.childNodes);
  part.dataset.shown = bare(part);
  for (const id of open) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  const form = part.querySelector("[data-keep]");
  if (choice && form && form.dataset.keep === ticked) {
    const radio = form.querySelector(`input[value="${CSS.escape(choice)}"]`);
    if (radio) radio.checked = true;
    else form.elements.choice.value = choice;
  }
  // What had focus is perhaps gone: then its part takes it, so that the next Tab is not from the top.
  const again = where && part.querySelector(where);
  if (again && !again.disabled) again.focus({ preventScroll: true });
  else if (focused) part.querySelector("h1, h2, h3")?.focus?.({ preventScroll: true });
}

export async function fetchPage() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(LATE) });
  if (answer.redirected && new URL(answer.url).pathname !== location.pathname) location.assign(answer.url);
  else if (answer.ok) {
    if (!take(await answer.text())) location.reload();
  } else if (answer.status === 401 || answer.status === 404) location.reload(); // taken out meanwhile: the page says so
  else throw new Error(`${answer.status}`);
}

async function ask() {
  clearTimeout(timer);
  if (asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch(`${own}/${revision}`, { cache: "no-store", signal: AbortSignal.timeout(LATE) });
    if (answer.status >= 500) throw new Error(`${answer.status}`);
    const every = Number(place.dataset.every || 0);
    if (answer.status !== 204 || (every && Date.now() - freshAt > every)) await fetchPage();
    contact(true);
  } catch {
    contact(false);
  }
  asking = false;
  // Spread out, so that a full room does not ask all at once after a break in the net.
  const wait = failures ? Math.min(EVERY * 2 ** failures, SLOWEST) : EVERY;
  timer = setTimeout(ask, wait * (0.85 + Math.random() * 0.3));
}

function contact(there) {
  failures = there ? 0 : failures + 1;
  document.documentElement.classList.toggle("no-contact", failures > 1);
  let line = document.querySelector("[data-contact]");
  if (!line) {
    line = document.createElement("p");
    line.dataset.contact = "";
    line.setAttribute("role", "status");
    line.className = "status contact";
    place.after(line);
  }
  const said = failures > 1 ? place.dataset.lost : "";
  if (line.textContent !== said) line.textContent = said;
  if (there) sendKept();
}

/* ---------- What is pressed without contact is kept, and sent when there is contact again. ---------- */
const KEPT = "samverkan.kept";
const kept = () => JSON.parse(localStorage.getItem(KEPT) || "{}");
let sending = false;
let more = false;

/* `name`: a later press with the same name takes the place of this one. */
export function keep(name, address, body) {
  const all = kept();
  delete all[name];
  all[name] = { address, body: [...body], id: `${Date.now()} ${Math.random()}` };
  localStorage.setItem(KEPT, JSON.stringify(all));
  return sendKept();
}

async function sendKept() {
  more = true; // what is pressed while another is on its way goes after it
  if (sending) return;
  sending = true;
  try {
    while (more) {
      more = false;
      for (const [name, one] of Object.entries(kept())) await send(name, one);
    }
  } catch {
    document.dispatchEvent(new CustomEvent("live:kept"));
  }
  sending = false;
}

async function send(name, one) {
  const body = new URLSearchParams(one.body);
  const token = document.querySelector("[name=csrf_token]")?.value;
  if (token) body.set("csrf_token", token);
  body.set("background", "1");
  const answer = await fetch(one.address, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(LATE) });
  if (answer.status >= 500 || answer.status === 429) throw new Error(`${answer.status}`);
  const all = kept();
  if (all[name]?.id !== one.id) return; // pressed anew meanwhile: that one counts
  delete all[name];
  localStorage.setItem(KEPT, JSON.stringify(all));
  document.dispatchEvent(new CustomEvent("live:sent", { detail: { name, taken: answer.ok } }));
}

/* ---------- A vote ---------- */
const say = (text) => {
  const line = document.querySelector("[data-vote-status]");
  if (line) line.textContent = text;
};
/* The page may have come anew while the vote still waits in the phone. */
addEventListener("live:changed", () => {
  const form = document.querySelector("[data-keep]");
  if (form && kept()[`vote ${form.dataset.keep}`]) say(place.dataset.kept);
});
addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.keep) return;
  const body = new FormData(form);
  if (!body.get("choice")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say(place.dataset.kept);
  keep(`vote ${form.dataset.keep}`, form.action, body);
}, true);
document.addEventListener("live:sent", (event) => {
  if (!event.detail.name.startsWith("vote ")) return;
  say(event.detail.taken ? place.dataset.sent : place.dataset.closed);
  const button = document.querySelector(".phone__vote button");
  if (event.detail.taken && button) button.textContent = place.dataset.again;
});

if (place) {
  for (const part of document.querySelectorAll("[data-part]")) part.dataset.shown = bare(part);
  addEventListener("visibilitychange", ask);
  addEventListener("online", ask);
  addEventListener("pageshow", ask);
  ask();
}
