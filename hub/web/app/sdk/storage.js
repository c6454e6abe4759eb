//! Owns: what a page keeps where the browser's storage is full, forbidden or taken away. Never: what is kept, or why.

/** @typedef {import('./wire.js').Storage} Storage */

/**
 * A storage that refuses nothing: what the browser's own does not take is held for the life of this page. A browser that
 * allows no storage (cookies blocked, some private modes) may refuse even to name it, so it is asked for each time.
 * @implements {Storage}
 */
export class Sturdy {
  /** What the browser did not take. @type {Map<string, string>} */
  #held = new Map();
  /** @type {() => Storage} */
  #own;

  /** @param {() => Storage} own may throw, as everything of it may */
  constructor(own) {
    this.#own = own;
  }

  /** @param {string} key @returns {string | null} */
  getItem(key) {
    return this.#held.get(key) ?? this.#ask((own) => own.getItem(key), null);
  }

  /** An older value that the browser has stays there for the next page. @param {string} key @param {string} value */
  setItem(key, value) {
    if (this.#ask((own) => (own.setItem(key, value), true), false)) this.#held.delete(key);
    else this.#held.set(key, value);
  }

  /** The same where an older value would do harm: rather none is left. @param {string} key @param {string} value */
  replace(key, value) {
    this.setItem(key, value);
    if (!this.#held.has(key)) return;
    this.#ask((own) => own.removeItem(key), undefined); // makes room for one as long
    this.setItem(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#held.delete(key);
    this.#ask((own) => own.removeItem(key), undefined);
  }

  /** @param {number} at @returns {string | null} */
  key(at) {
    return this.keys()[at] ?? null;
  }

  get length() {
    return this.keys().length;
  }

  /** Every key, of the browser's and of what is held. @returns {string[]} */
  keys() {
    const own = this.#ask((own) => Array.from({ length: own.length }, (_, at) => own.key(at) ?? ''), []);
    return [...new Set([...own, ...this.#held.keys()])];
  }

  /** @template T @param {(own: Storage) => T} question @param {T} otherwise @returns {T} */
  #ask(question, otherwise) {
    try {
      return question(this.#own());
    } catch {
      return otherwise;
    }
  }
}

/** @type {WeakMap<Storage, Sturdy>} */
const KNOWN = new WeakMap();

/** @param {Storage} storage @returns {Sturdy} always the same of one storage; itself where it is one already */
export function sturdy(storage) {
  if (storage instanceof Sturdy) return storage;
  const known = KNOWN.get(storage) ?? new Sturdy(() => storage);
  KNOWN.set(storage, known);
  return known;
}
