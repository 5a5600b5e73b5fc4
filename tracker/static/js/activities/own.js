// What is written for oneself: kept in this browser under one key per course, and never sent.
export default function enliven(section) {
  const box = section.querySelector("[data-own]");
  if (!box) return;
  const { key, own: place, title } = box.dataset;
  const saved = section.querySelector("[data-saved]");
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  };
  const value = (field) => {
    if (field.matches("[type=radio]")) {
      return section.querySelector(`[data-field="${field.dataset.field}"]:checked`)?.value ?? "";
    }
    return field.matches("[type=checkbox]") ? (field.checked ? "1" : "") : field.value;
  };
  const shown = (field) => (field.matches("[type=radio]")
    ? section.querySelector(`[data-field="${field.dataset.field}"]:checked`)?.dataset.shown ?? ""
    : field.matches("[type=checkbox]") ? box.dataset.ticked : field.value);

  let timer = 0;
  function write() {
    const all = read();
    const mine = { title, fields: {} };
    for (const field of section.querySelectorAll("[data-field]")) {
      if (value(field)) mine.fields[field.dataset.field] = { label: field.dataset.label, value: value(field), shown: shown(field) };
    }
    if (Object.keys(mine.fields).length) all[place] = mine;
    else delete all[place];
    try {
      localStorage.setItem(key, JSON.stringify(all));
      saved.textContent = box.dataset.savedText;
    } catch {
      saved.textContent = box.dataset.notSavedText;
    }
  }

  const all = read();
  for (const field of section.querySelectorAll("[data-field]")) {
    const kept = all[place]?.fields[field.dataset.field]?.value;
    if (kept === undefined) continue;
    if (field.matches("[type=radio]")) field.checked = field.value === kept;
    else if (field.matches("[type=checkbox]")) field.checked = true;
    else field.value = kept;
  }
  if (all[place]) saved.textContent = box.dataset.savedText;
  /* What was written elsewhere. A comparison waits until there is something to compare with. */
  function show() {
    for (const spot of section.querySelectorAll("[data-show]")) {
      const [from, field] = spot.dataset.show.split("#");
      const kept = all[from]?.fields[field]?.shown;
      const { when } = spot.dataset;
      if (!kept || (when && !section.querySelector(`[data-field="${when}"]:checked`))) continue;
      spot.querySelector("[data-shown]").textContent = kept;
      spot.hidden = false;
      if (spot.nextElementSibling?.matches("[data-nothing]")) spot.nextElementSibling.hidden = true;
    }
  }
  show();
  section.addEventListener("input", (event) => {
    if (!event.target.matches("[data-field]")) return;
    saved.textContent = "";
    show();
    clearTimeout(timer);
    timer = setTimeout(write, 300);
  });
  addEventListener("pagehide", () => { if (timer) write(); });
}
