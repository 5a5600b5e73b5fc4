// What the compiled templates call. Jinja's rules, for as much of Jinja as the templates use.
import { prose, proseLine } from "./texts.js";

/** HTML that is put in as it is. */
export class Safe {
  constructor(html) { this.html = html; }
  toString() { return this.html; }
}

/** The named arguments of a call. */
export class Kw {
  constructor(values) { Object.assign(this, values); }
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
export const escaped = (value) => String(value).replace(/[&<>"']/g, (one) => ENTITIES[one]);

/** Template name -> function from a scope to HTML. */
export const T = {};

export function e(value) {
  if (value == null) return "";
  return value instanceof Safe ? value.html : escaped(value);
}

export function t(value) {
  if (value instanceof Safe) return value.html !== "";
  if (Array.isArray(value)) return value.length > 0;
  if (value && Object.getPrototypeOf(value) === Object.prototype) return Object.keys(value).length > 0;
  return Boolean(value);
}

const plain = (value) => (value instanceof Safe ? value.html : value ?? null);
export const same = (a, b) => plain(a) === plain(b);
export const and = (left, right) => (t(left) ? right() : left);
export const or = (left, right) => (t(left) ? left : right());
export function get(value, name) {
  const found = value?.[name];
  return typeof found === "function" ? found.bind(value) : found;
}
export function has(container, value) {
  if (container == null) return false;
  if (container instanceof Set) return container.has(value);
  if (typeof container === "string") return container.includes(value);
  return Array.isArray(container) ? container.some((one) => same(one, value)) : Object.hasOwn(container, value);
}

export function joined(values) {
  return values.some((one) => one instanceof Safe) ? new Safe(values.map(e).join("")) : values.join("");
}

/** ``%(name)s`` and ``%s``. In HTML the values are escaped. */
export function modulo(format, values) {
  if (typeof format === "number") return format % values;
  const show = format instanceof Safe ? e : String;
  const text = String(format).replace(/%(?:\((\w+)\))?([sd%])/g, (all, name, kind) => (
    kind === "%" ? "%" : show(name ? values[name] : values)
  ));
  return format instanceof Safe ? new Safe(text) : text;
}

const METHODS = {
  get: (value, name, otherwise) => (Object.hasOwn(value, name) ? value[name] : otherwise ?? null),
  isoformat: (value) => value,
  rstrip: (value, sign) => (value.endsWith(sign) ? value.slice(0, -sign.length) : value),
};
export function method(value, name, given) {
  return typeof value[name] === "function" ? value[name](...given) : METHODS[name](value, ...given);
}

export function macro(scope, names, defaults, body) {
  return (...given) => {
    const c = Object.create(scope);
    const named = given.at(-1) instanceof Kw ? given.pop() : {};
    names.forEach((name, at) => {
      c[name] = at < given.length ? given[at] : Object.hasOwn(named, name) ? named[name] : defaults[name]?.(c);
    });
    return new Safe(body(c));
  };
}

export function imported(c, name) {
  const module = Object.create(c);
  T[name](module);
  return module;
}

export const included = (c, name) => T[name](Object.create(c));

export function each(scope, values, take, test, body, otherwise) {
  const scopeOf = (value) => {
    const c = Object.create(scope);
    take(c, value);
    return c;
  };
  let scopes = [...(values ?? [])].map(scopeOf);
  if (test) scopes = scopes.filter((c) => t(test(c)));
  scopes.forEach((c, at) => {
    c.loop = { index: at + 1, index0: at, first: at === 0, last: at === scopes.length - 1, length: scopes.length };
    body(c);
  });
  if (!scopes.length) otherwise();
}

const of = (value, path) => path.split(".").reduce(get, value);
export const F = {
  first: (values) => values[0],
  join: (values, between = "") => values.map(String).join(between),
  length: (value) => value?.length ?? value?.size ?? Object.keys(value ?? {}).length,
  list: (values) => [...values],
  map: (values, how) => values.map((one) => (how instanceof Kw ? of(one, how.attribute) : F[how](one))),
  prose: (text) => new Safe(prose(String(text))),
  prose_line: (text) => new Safe(proseLine(String(text))),
  safe: (value) => (value instanceof Safe ? value : new Safe(String(value))),
  select: (values) => values.filter(t),
  selectattr: (values, path, how, wanted) => values.filter((one) => (how ? same(of(one, path), wanted) : t(of(one, path)))),
  sum: (values) => values.reduce((total, one) => total + one, 0),
  trim: (value) => String(value).trim(),
};
