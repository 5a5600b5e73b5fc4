// Sentences about answers, as tracker/learning/wording.py says them.
import { _, _n } from "./texts.js";

const numberWord = (number) => [
  _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"), _("ten"), _("eleven"), _("twelve"),
][number - 2] ?? String(number);
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** ``Henriks``, ``Elias``; ``Henrik's``. */
export function whose(name, language) {
  if (language === "en") return `${name}'s`;
  return "sxz".includes(name.at(-1)) ? name : `${name}s`;
}

export function headingOf(activity, marked) {
  switch (activity.kind) {
    case "choice":
      if (marked.success === null) return _("Your choice");
      return marked.success ? _("That is right") : _("Look again");
    case "matrix": return _("This is how you placed the situations");
    case "order": return _("This is the order");
    case "cases":
    case "quick": return _("This is how you answered");
    case "knowledge-check": return marked.success ? _("You passed the knowledge check") : _("Not all the way yet");
    default: return _("This is how you placed the cards");
  }
}

export function summaryOf(activity, marked) {
  const n = (verdict) => marked.items.filter((item) => item.verdict === verdict).length;
  const [right, also, look, left, edge] = ["right", "also-right", "look-again", "not-placed", "borderline"].map(n);
  let told;
  switch (activity.kind) {
    case "order": return orderSummary(right, marked.items.length);
    case "knowledge-check": return checkSummary(activity, marked);
    case "matrix":
      told = [
        some(right, (number) => _n("one situation lies in the best cell.", "%(number)s situations lie in the best cell.", right, { number })),
        some(also, (number) => _n("one lies in a cell that works too.", "%(number)s lie in a cell that works too.", also, { number })),
        some(look, (number) => _n("one is worth another look.", "%(number)s are worth another look.", look, { number })),
        some(left, (number) => _n("one is not placed.", "%(number)s are not placed.", left, { number })),
      ];
      break;
    case "cases":
    case "quick":
      told = [
        some(right + also, (number) => _n("one answer is right.", "%(number)s answers are right.", right + also, { number })),
        some(look, (number) => _n("one answer is worth another look.", "%(number)s answers are worth another look.", look, { number })),
        some(left, (number) => _n("one is not answered.", "%(number)s are not answered.", left, { number })),
      ];
      break;
    default:
      told = [
        some(right, (number) => _n("one card lies where it is usually counted.", "%(number)s cards lie where they are usually counted.", right, { number })),
        some(edge + also, (number) => _n("one is a borderline case, and no answer is wrong there.", "%(number)s are borderline cases, and no answer is wrong there.", edge + also, { number })),
        some(look, (number) => _n("one card is worth another look.", "%(number)s cards are worth another look.", look, { number })),
        some(left, (number) => _n("one card is not placed.", "%(number)s cards are not placed.", left, { number })),
      ];
  }
  return told.filter(Boolean).map(capital).join(" ");
}

const some = (number, tell) => (number ? tell(numberWord(number)) : "");

function orderSummary(right, total) {
  if (right === total) return _("All %(number)s are in the right order.", { number: numberWord(total) });
  if (!right) return _("None has found its place yet. Read in order and look at what comes after what.");
  return _n(
    "One of %(total)s is in its place. Look again at the others.",
    "%(number)s of %(total)s are in their places. Look again at the others.",
    right, { number: capital(numberWord(right)), total: numberWord(total) },
  );
}

function checkSummary(activity, marked) {
  const got = _("You answered %(right)s of %(total)s questions right.", { right: marked.score, total: marked.max_score });
  if (marked.success) return `${got} ${_("That is enough.")}`;
  return `${got} ${_("You need %(needed)s. Read again and try as many times as you like.", { needed: activity.needed })}`;
}
