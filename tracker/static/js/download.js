// A large file comes with a bar that says how far it has come, and is saved only when it is whole.
// Without JavaScript the link is a link, and the browser shows what it knows.
const box = document.querySelector("[data-download]");
const [bar, reached, told, stop] = ["bar", "reached", "told", "stop"].map((part) => box.querySelector(`[data-${part}]`));
const FRAMES = "application/vnd.samverkan.frames"; // tracker/reports/framing.py
const HEAD = 12;
const GATHERED = 256; // pieces of about 64 kB; a blob of them can lie on the disk, while arrays stay in memory
const number = new Intl.NumberFormat(document.documentElement.lang);
const words = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
let going = null;

function show(rows, total) {
  reached.textContent = total
    ? words(bar.dataset.of, { rows: number.format(rows), total: number.format(total) })
    : bar.dataset.counting;
  if (!total) return bar.removeAttribute("value");
  bar.max = total;
  bar.value = rows;
}

/* Takes the frames apart as they come, and throws when the last one does not. */
async function whole(body) {
  const reader = body.getReader();
  let waiting = new Uint8Array();
  let pieces = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("cut off");
    const joined = new Uint8Array(waiting.length + value.length);
    joined.set(waiting);
    joined.set(value, waiting.length);
    let at = 0;
    while (joined.length - at >= HEAD) {
      const head = new DataView(joined.buffer, at, HEAD);
      const [rows, total, length] = [0, 4, 8].map((place) => head.getUint32(place));
      if (length === 0) return { file: new Blob(pieces), rows };
      if (joined.length - at - HEAD < length) break;
      pieces.push(joined.slice(at + HEAD, at + HEAD + length));
      show(rows, total);
      at += HEAD + length;
    }
    waiting = joined.slice(at);
    if (pieces.length > GATHERED) pieces = [new Blob(pieces)];
  }
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const stay = (event) => event.preventDefault();

async function fetchFile(link) {
  going = new AbortController();
  box.hidden = bar.hidden = stop.hidden = false;
  bar.setAttribute("aria-label", link.textContent.trim());
  told.textContent = words(told.dataset.begun, { file: link.textContent.trim() });
  show(0, 0);
  addEventListener("beforeunload", stay);
  try {
    const answer = await fetch(link.href, { headers: { Accept: FRAMES }, signal: going.signal });
    // Signed out meanwhile, or refused: the page of it says more than we can.
    if (answer.redirected || !answer.ok) {
      removeEventListener("beforeunload", stay);
      return location.assign(link.href);
    }
    const { file, rows } = await whole(answer.body);
    save(file, answer.headers.get("Content-Disposition").match(/filename="([^"]+)"/)[1]);
    told.textContent = words(told.dataset.whole, { rows: number.format(rows) });
  } catch {
    told.textContent = going.signal.aborted ? told.dataset.stopped : told.dataset.failed;
  }
  reached.textContent = "";
  bar.hidden = stop.hidden = true;
  removeEventListener("beforeunload", stay);
  if (document.activeElement === document.body) link.focus();
  going = null;
}

for (const link of document.querySelectorAll("a[data-file]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!going) fetchFile(link);
  });
}
stop.addEventListener("click", () => going?.abort());
