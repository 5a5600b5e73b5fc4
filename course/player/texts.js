// The words of the interface and the typeset texts of the course, in the language of the page.

const found = { language: "", catalogue: {}, prose: {} };

/** ``catalogue``: English -> what it says here, or [one, many]. ``prose``: a text -> its HTML, where it has any. */
export function speak(language, catalogue) {
  found.language = language;
  found.catalogue = catalogue;
}
export const withProse = (prose) => { found.prose = prose; };
export const language = () => found.language;

const filled = (text, values) => text.replace(/%\((\w+)\)[sd]/g, (_all, name) => values[name]).replaceAll("%%", "%");
export const lookedUp = (text) => found.catalogue[text] ?? text;
export const counted = (one, many, number) => (found.catalogue[one] ?? [one, many])[number === 1 ? 0 : 1];

export const _ = (text, values = {}) => filled(lookedUp(text), values);
export const _n = (one, many, num, values = {}) => filled(counted(one, many, num), { num, ...values });

const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);

export const proseLine = (text) => (Object.hasOwn(found.prose, text) ? found.prose[text] : escape(text));
export const prose = (text) => text.split(/\n\s*\n/).map((part) => part.trim()).filter(Boolean)
  .map((part) => `<p>${proseLine(part)}</p>\n`).join("");
