// Put in order: each line has a button up and a button down.
export default function enliven(section, { form, say, text, remembered, keep }) {
  if (!form) return;
  const list = form.querySelector("[data-list]");
  const items = () => [...list.children];
  const state = () => items().map((item) => item.dataset.item);

  function sync() {
    const all = items();
    all.forEach((item, place) => {
      item.querySelector("[name=up]").hidden = place === 0;
      item.querySelector("[name=down]").hidden = place === all.length - 1;
    });
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("li");
    if (button.name === "up") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    sync();
    (button.hidden ? item.querySelector("button:not([hidden])") : button).focus();
    say(text("moved", {
      item: item.querySelector("[data-text]").textContent.trim(), place: items().indexOf(item) + 1, total: items().length,
    }));
    keep(state());
  });

  const before = remembered();
  if (before) {
    before.forEach((id) => list.append(...items().filter((item) => item.dataset.item === id)));
    keep(state());
  }
  sync();
}
