// The words of a slide as large as this screen holds, and never under 28 pixels where they fit at that. Without
// JavaScript the server's reckoning stands (tracker/groups/fitting.py).
const LEAST = 28;
const LESS = 20;
const SMALLEST = 16;
const NARROW = 960;
const root = document.documentElement;

const holds = (main) =>
  root.scrollHeight <= innerHeight && root.scrollWidth <= innerWidth && main.scrollWidth <= main.clientWidth;

function fit() {
  const big = document.body;
  const main = big.querySelector(".big__main");
  big.style.removeProperty("--least");
  main?.style.removeProperty("--fit");
  big.classList.remove("big--tight", "big--bare");
  if (!main || innerWidth < NARROW) return;
  big.style.setProperty("--least", `${LEAST}px`);
  if (!/(^| )fit-/.test(main.className)) {
    if (!holds(main)) big.classList.add("big--tight");
    if (!holds(main)) big.style.setProperty("--least", `${LESS}px`);
    return;
  }
  let most = Math.max(LEAST, Math.min(innerWidth * 0.04375, innerHeight * 0.0777));
  const fits = (size) => {
    main.style.setProperty("--fit", `${size}px`);
    return holds(main);
  };
  let least = LEAST;
  if (!fits(least)) big.classList.add("big--tight"); // first the heading and the margins give way
  if (!fits(least)) big.classList.add("big--bare"); // then what says which step it is; the facilitator says that too
  while (!fits(least) && least > SMALLEST) {
    most = least;
    least -= 2; // nothing is cut off, whatever a group has written
    big.style.setProperty("--least", `${least}px`);
  }
  if (fits(most)) return;
  while (most - least > 1) {
    const size = (least + most) / 2;
    if (fits(size)) least = size;
    else most = size;
  }
  fits(least);
}

addEventListener("live:changed", fit);
addEventListener("resize", fit);
document.fonts?.ready.then(fit);
fit();
