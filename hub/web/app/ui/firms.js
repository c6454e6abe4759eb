//! Owns: what enterprises are called in the reader's language. Never: which they are; never asks twice for one.

import { language } from '../strings.js';

/** @typedef {{name: string, other: string}} Names the one to read, and the other beside it; `other` is empty where there is none */
/** @typedef {{id: string, name: string, name_en?: string}} Firm */

/** Enterprises asked for at most; those beyond it are shown as the hub calls them. */
export const ASKED_MAX = 500;

/** @param {string} name @param {string | undefined} english @param {string} reader's language @returns {Names} */
export function named(name, english, reader = language()) {
  if (!english || english === name) return { name, other: '' };
  return reader === 'en' ? { name: english, other: name } : { name, other: english };
}

/** English names as the public list tells them, one request at a time. */
export class Firms {
  /** @type {Map<string, string>} */
  #english = new Map();
  /** @type {Firm[]} */
  #queue = [];
  /** @type {Set<string>} */
  #asked = new Set();
  #asking = false;

  /** @param {{rest: (method: string, path: string) => Promise<any>}} client @param {() => void} changed */
  constructor(client, changed) {
    this.client = client;
    this.changed = changed;
  }

  /** @param {Firm | undefined} firm @returns {Names} */
  names(firm) {
    if (firm === undefined) return { name: '', other: '' };
    const english = firm.name_en ?? this.#english.get(firm.id);
    if (english === undefined) this.#want(firm);
    return named(firm.name, english);
  }

  /** @param {Firm} firm */
  #want(firm) {
    if (firm.name === '' || this.#asked.has(firm.id) || this.#asked.size >= ASKED_MAX) return;
    this.#asked.add(firm.id);
    this.#queue.push(firm);
    if (!this.#asking) void this.#ask();
  }

  async #ask() {
    this.#asking = true;
    for (let firm = this.#queue.shift(); firm !== undefined; firm = this.#queue.shift()) {
      const { id, name } = firm;
      try {
        const { items } = await this.client.rest('GET', `/v1/enterprises?limit=20&q=${encodeURIComponent(name)}`);
        const found = /** @type {Firm[]} */ (items).find((item) => item.id === id);
        this.#english.set(id, found?.name_en ?? '');
        if (found?.name_en) this.changed();
      } catch (/** @type {any} */ error) {
        if (error.passing) this.#asked.delete(id); // whoever draws it next asks again
      }
    }
    this.#asking = false;
  }
}
