// Sort and match: choose a card, then the place for it. Never a drag.
export default function enliven(section, { form, say, text, remembered, keep }) {
  if (!form) return;
  const hand = form.querySelector(".hand");
  const cards = form.querySelector(".hand__cards");
  const left = form.querySelector("[data-left]");
  const more = form.querySelector("[data-more]");
  const boards = [...form.querySelectorAll(".board")];
  const total = form.querySelectorAll(".slip, .placed").length;
  const chosen = () => cards.querySelector("input:checked");
  const named = (radio) => radio.closest(".slip").querySelector("span").textContent;
  const name = (board) => board.querySelector("h3").textContent.trim();
  const copy = (kind) => form.querySelector(`template[data-${kind}]`).content.firstElementChild.cloneNode(true);

  function open(on) {
    hand.classList.toggle("is-open", on);
    more.setAttribute("aria-expanded", on);
  }

  function sync() {
    const now = chosen();
    const rest = cards.children.length;
    left.textContent = text(rest > 1 ? "leftMany" : rest ? "leftOne" : "leftNone", { n: rest, total });
    form.querySelectorAll("[data-card-name]").forEach((word) => { word.textContent = now ? named(now) : ""; });
    form.querySelectorAll(".put").forEach((button) => { button.hidden = !now; });
    hand.hidden = !rest;
    more.hidden = rest < 2;
  }

  function take(item) {
    const slip = copy("slip");
    const radio = slip.querySelector("input");
    radio.value = item.dataset.card;
    slip.querySelector("span").textContent = item.querySelector("span").textContent;
    item.remove();
    cards.append(slip);
    return radio;
  }

  function put(radio, board) {
    const item = copy("placed");
    const words = named(radio);
    item.dataset.card = radio.value;
    item.querySelector("span").textContent = words;
    item.querySelector("input").value = `${radio.value}:${board.dataset.field}`;
    const undo = item.querySelector("button");
    undo.value = radio.value;
    undo.querySelector(".vh").textContent = ` ${words}`;
    const list = board.querySelector("[data-list]");
    if (form.dataset.single !== undefined && list.firstElementChild) take(list.firstElementChild);
    list.append(item);
    radio.closest(".slip").remove();
    return words;
  }

  const state = () => Object.fromEntries(
    [...form.querySelectorAll(".placed")].map((item) => [item.dataset.card, item.closest(".board").dataset.field]),
  );

  form.addEventListener("click", (event) => {
    if (event.target.name === "hold") {   // Enter on a card: on to the places
      event.preventDefault();
      form.querySelector(".put:not([hidden])")?.focus();
      return;
    }
    const putting = event.target.closest(".put");
    const taking = event.target.closest(".undo");
    if (!putting && !taking) return;
    event.preventDefault();
    if (putting) {
      const board = putting.closest(".board");
      const words = put(chosen(), board);
      const next = cards.querySelector("input");
      if (next) next.checked = true;
      sync();
      open(false);
      (next ?? form.querySelector("[name=hand_in]")).focus();
      say(text("placed", { card: words, place: name(board), left: left.textContent }));
    } else {
      const radio = take(taking.closest(".placed"));
      radio.checked = true;
      sync();
      radio.focus();
      say(text("back", { card: named(radio), left: left.textContent }));
    }
    keep(state());
  });
  cards.addEventListener("change", () => { sync(); open(false); });
  more.addEventListener("click", () => {
    open(!hand.classList.contains("is-open"));
    chosen()?.focus();
  });

  const before = remembered();
  if (before) {
    form.querySelectorAll(".placed").forEach(take);
    for (const [card, field] of Object.entries(before)) {
      const radio = cards.querySelector(`input[value="${card}"]`);
      const board = boards.find((candidate) => candidate.dataset.field === field);
      if (radio && board) put(radio, board);
    }
    const next = cards.querySelector("input");
    if (next) next.checked = true;
    keep(state());
  }
  sync();
}
