// "Only with you": the texts that are kept in this browser. Counts them, saves them as a file, deletes them.
const box = document.querySelector("[data-own-texts]");
const words = box.dataset;
const read = () => {
  try {
    return JSON.parse(localStorage.getItem(words.key)) ?? {};
  } catch {
    return {};
  }
};

function sync() {
  const count = Object.keys(read()).length;
  box.querySelector("[data-count]").textContent = (count > 1 ? words.many : count ? words.one : words.none).replace("{n}", count);
  box.querySelector("[data-tools]").hidden = !count;
}

box.querySelector("[data-download]").addEventListener("click", () => {
  const lines = Object.values(read()).map(({ title, fields }) => [
    title, "=".repeat(title.length),
    ...Object.values(fields).map(({ label, shown }) => `${label}\n${shown}\n`),
  ].join("\n"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`\ufeff${lines.join("\n")}`], { type: "text/plain" }));
  link.download = words.file;
  link.click(); // The file's address goes with the page: Safari saves nothing when it is taken back at once.
});

const sure = box.querySelector("dialog");
box.querySelector("[data-delete]").addEventListener("click", () => sure.showModal());
sure.addEventListener("close", () => {
  if (sure.returnValue !== "delete") return;
  localStorage.removeItem(words.key);
  sync();
  box.querySelector("[data-count]").textContent = words.deleted;
  box.closest("section").querySelector("h2").focus();
});
addEventListener("storage", sync);
sync();
box.hidden = false;
