// The matrix: choose a situation, then a cell; on a small screen the step first, then the level.
export default function enliven(section, { form, say, text, remembered, keep }) {
  if (!form) return;
  const situations = [...form.querySelectorAll(".sit")];
  const sits = form.querySelector(".sits");
  const more = form.querySelector("[data-more]");
  const left = form.querySelector("[data-left]");
  const here = form.querySelector("[name=put_here]");
  const radio = (situation) => situation.querySelector("input[name=hand]");
  const carried = (situation) => situation.querySelector("input[name=placed]");
  const chosen = () => situations.find((situation) => radio(situation).checked);
  const number = (situation) => situation.querySelector(".sit__no").textContent;
  const cellOf = (id) => form.querySelector(`.cell[value="${id}"]`);
  const placeOf = (situation) => (carried(situation).disabled ? "" : carried(situation).value.split(":")[1]);
  const picked = (name) => form.querySelector(`[name=${name}]:checked`);

  function put(situation, cellId) {
    const cell = cellOf(cellId);
    form.querySelectorAll(`.pin[data-card="${radio(situation).value}"]`).forEach((pin) => pin.remove());
    const pin = form.querySelector("template[data-pin]").content.firstElementChild.cloneNode(true);
    pin.dataset.card = radio(situation).value;
    pin.querySelector(".pin__no").textContent = number(situation);
    cell.querySelector(".pins").append(pin);
    carried(situation).disabled = false;
    carried(situation).value = `${radio(situation).value}:${cellId}`;
    const where = situation.querySelector(".sit__where");
    where.hidden = false;
    where.textContent = text("where", { place: cell.dataset.place });
  }

  function sync() {
    const now = chosen();
    const rest = situations.filter((situation) => !placeOf(situation)).length;
    left.textContent = text(rest > 1 ? "leftMany" : rest ? "leftOne" : "leftNone", { n: rest });
    form.toggleAttribute("data-complete", !rest);
    form.querySelectorAll("[data-no]").forEach((no) => { no.textContent = number(now); });
    const column = picked("column");
    const row = picked("row");
    form.querySelectorAll("[data-column-name]").forEach((word) => { word.textContent = column?.dataset.name ?? ""; });
    const cell = column && row && cellOf(`${row.value}-${column.value}`);
    here.textContent = cell ? text("put", { place: cell.dataset.place }) : text("choose");
    form.querySelectorAll(".mini i").forEach((spot) => {
      spot.classList.toggle("is-set", situations.some((situation) => placeOf(situation) === spot.dataset.cell));
      spot.classList.toggle("is-col", spot.dataset.column === column?.value);
    });
  }

  function choose(situation) {
    radio(situation).checked = true;
    const place = placeOf(situation);
    for (const name of ["column", "row"]) {
      form.querySelectorAll(`[name=${name}]`).forEach((option) => {
        option.checked = name === "column" ? place.endsWith(`-${option.value}`) : place.startsWith(`${option.value}-`);
      });
    }
    sync();
  }

  function open(on) {
    sits.classList.toggle("is-open", on);
    more.setAttribute("aria-expanded", on);
  }

  const after = (situation) => {
    const from = situations.indexOf(situation) + 1;
    return [...situations.slice(from), ...situations.slice(0, from)].find((other) => !placeOf(other));
  };
  const state = () => Object.fromEntries(
    situations.filter(placeOf).map((situation) => [radio(situation).value, placeOf(situation)]),
  );

  form.addEventListener("click", (event) => {
    if (event.target.name === "hold") {   // Enter in a choice: on to the cells, or put it there
      event.preventDefault();
      if (here.offsetParent) here.click();
      else form.querySelector(".cell").focus();
      return;
    }
    const cell = event.target.closest(".cell");
    const pressed = event.target.closest("[name=put_here]");
    if (!cell && !pressed) return;
    event.preventDefault();
    const column = picked("column");
    const row = picked("row");
    if (pressed && !(column && row)) {
      say(text("choose"));
      (column ? form.querySelector("[name=row]") : form.querySelector("[name=column]")).focus();
      return;
    }
    const situation = chosen();
    const id = cell ? cell.value : `${row.value}-${column.value}`;
    put(situation, id);
    const next = after(situation);
    choose(next ?? situation);
    open(false);
    if (pressed) (next ? radio(next) : form.querySelector("[name=hand_in]")).focus();
    say(text("placed", { no: number(situation), place: cellOf(id).dataset.place, left: left.textContent }));
    keep(state());
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "hand") return sync();
    choose(event.target.closest(".sit"));
    open(false);
  });
  more.addEventListener("click", () => {
    open(!sits.classList.contains("is-open"));
    radio(chosen()).focus();
  });

  const before = remembered();
  if (before) {
    for (const [card, cell] of Object.entries(before)) {
      const situation = situations.find((candidate) => radio(candidate).value === card);
      if (situation && cellOf(cell)) put(situation, cell);
    }
    keep(state());
  }
  sync();
}
