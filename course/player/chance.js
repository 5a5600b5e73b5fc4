// The same chance as course/chance.py; tests/course/draw_cases.json holds the two together.
const WORDS = 2 ** 32;

const K = [];
const START = [];
for (let n = 2; K.length < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (START.length < 8) START.push((n ** (1 / 2) * WORDS) >>> 0);
  K.push((n ** (1 / 3) * WORDS) >>> 0);
}

/** SHA-256 of a text as eight words. Written out: a page opened from a folder has no crypto.subtle. */
export function sha256(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const bits = bytes.length * 8;
  bytes.push(0x80);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let shift = 56; shift >= 0; shift -= 8) bytes.push(Math.floor(bits / 2 ** shift) & 255);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  const hash = [...START];
  for (let at = 0; at < bytes.length; at += 64) {
    const w = Array.from({ length: 16 }, (_one, i) => (
      (bytes[at + 4 * i] << 24) | (bytes[at + 4 * i + 1] << 16) | (bytes[at + 4 * i + 2] << 8) | bytes[at + 4 * i + 3]
    ));
    for (let i = 16; i < 64; i++) {
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { hash[i] = (hash[i] + word) | 0; });
  }
  return hash.map((word) => word >>> 0);
}

function* wordsOf(seed) {
  for (let number = 0; ; number++) yield* sha256(`${seed}/${number}`);
}

function below(limit, words) {
  for (;;) {
    const word = words.next().value;
    if (word < WORDS - (WORDS % limit)) return word % limit;
  }
}

function mixed(items, words) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = below(last + 1, words);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

export const shuffled = (items, seed) => mixed(items, wordsOf(seed));

/** ``[{question, options}, …]`` in the order in which they are shown. ``previous``: ids, as often as they were drawn. */
export function draw(check, seed, previous = []) {
  const words = wordsOf(seed);
  const seen = (question) => previous.filter((id) => id === question.id).length;
  const goals = new Map();
  for (const question of check.questions) {
    if (!goals.has(question.goal)) goals.set(question.goal, []);
    goals.get(question.goal).push(question);
  }
  let piles = [...goals.values()].map((pile) => mixed(pile, words).sort((a, b) => seen(a) - seen(b)));
  piles = mixed(piles, words);
  const chosen = [];
  while (chosen.length < check.draw && piles.some((pile) => pile.length)) {
    for (const pile of piles) if (pile.length) chosen.push(pile.shift());
  }
  return mixed(chosen.slice(0, check.draw), words)
    .map((question) => ({ question, options: shuffled(question.options, `${seed}/${question.id}`) }));
}
