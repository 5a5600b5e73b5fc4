// Every page works without this file. It makes pages that already work a little quicker and calmer.
const root = document.documentElement;
root.classList.add("js");

/* Error summaries and answers take focus when the page opens. */
document.querySelector("[data-focus]")?.focus();

/* Colours and text size: shown at once, and kept on the way. Without JavaScript the form has its own button. */
for (const form of document.querySelectorAll("form[data-display]")) {
  form.querySelectorAll("[data-display-save]").forEach((button) => { button.hidden = true; });
  form.addEventListener("change", () => {
    const chosen = new FormData(form);
    for (const name of ["theme", "view"]) {
      const value = chosen.get(name);
      if (value) root.dataset[name] = value;
      else delete root.dataset[name];
    }
    fetch(form.action, { method: "POST", body: chosen, redirect: "manual" });
  });
}

/* Menus close by Escape and by a press beside them. */
const openMenus = () => document.querySelectorAll("details.menu[open]");
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  if (event.target.closest?.("[data-print]")) print();
});

/* A double click sends a form once. Activities on a lesson page look after themselves. */
const sent = new WeakSet();
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  event.submitter?.setAttribute("aria-busy", "true");
  const release = () => {
    sent.delete(form);
    event.submitter?.removeAttribute("aria-busy");
  };
  addEventListener("pageshow", release, { once: true });
  // A page that never comes can be stopped, and asked for again. A file takes its time.
  if (!form.querySelector("[type=file]")) setTimeout(release, 10_000);
});
