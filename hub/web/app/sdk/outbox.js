//! Owns: messages not yet acknowledged, in memory and in storage, so that they outlive the page. Never: sends.

import { sturdy } from './storage.js';
import { WireError } from './wire.js';

/**
 * @typedef {{id: string, conversation: string, order: number, at: number, kind: string, body: any,
 *   state: 'waiting' | 'sending' | 'failed', code?: string, tried?: boolean, unknown?: number}} Unsent
 * `tried`: it was sent, and what came of it may not be known; `unknown`: how often that was the answer.
 */

/** Messages kept at most; beyond it sending is refused with `overloaded`. */
export const UNSENT_MAX = 200;
const PREFIX = 'fairhub.unsent.';

/** One user's unsent messages. Each has its own storage key, so that tabs never overwrite each other's. */
export class Outbox {
  /** @type {Unsent[]} */
  #items = [];
  #order = 0;
  /** Those that an earlier page or another tab wrote: whoever sends one or gives it up first takes it out of storage. @type {Set<string>} */
  #found = new Set();

  /** @param {import('./wire.js').Storage} storage @param {string} user */
  constructor(storage, user) {
    this.storage = sturdy(storage);
    this.prefix = `${PREFIX}${user}.`;
    for (const key of this.#keys()) this.#load(key);
    this.#items.sort((a, b) => a.order - b.order);
    this.#order = this.#items.at(-1)?.order ?? 0;
  }

  /** How many will be sent once the line allows: all but the refused. */
  get waiting() {
    return this.#items.filter((item) => item.state !== 'failed').length;
  }

  /** How many are kept in all. */
  get size() {
    return this.#items.length;
  }

  /** The conversations that something waits for. */
  get conversations() {
    return [...new Set(this.#items.map((item) => item.conversation))];
  }

  /** Oldest first. @param {string} conversation */
  of(conversation) {
    return this.#items.filter((item) => item.conversation === conversation);
  }

  /** The oldest that is still to be sent: not what another tab has sent meanwhile, or given up. @param {string} conversation */
  next(conversation) {
    this.#items = this.#items.filter((item) => item.conversation !== conversation || !this.#isGone(item));
    return this.of(conversation)[0];
  }

  /** @param {Unsent} item */
  #isGone({ id }) {
    return this.#found.has(id) && this.storage.getItem(this.prefix + id) === null;
  }

  /** @param {{id: string, conversation: string, at: number, kind: string, body: any}} message @returns {Unsent} */
  add(message) {
    if (this.size >= UNSENT_MAX) throw new WireError('overloaded');
    this.#order = Math.max(this.#order + 1, message.at);
    const item = /** @type {Unsent} */ ({ ...message, order: this.#order, state: 'waiting' });
    this.#items.push(item);
    this.save(item);
    return item;
  }

  /** Writes an item's present state; a full or forbidden storage costs only survival of a reload. @param {Unsent} item */
  save(item) {
    if (!this.#isGone(item)) this.storage.setItem(this.prefix + item.id, JSON.stringify(item));
  }

  /** @param {string} id @returns {boolean} whether it was there */
  remove(id) {
    const before = this.size;
    this.#items = this.#items.filter((item) => item.id !== id);
    this.storage.removeItem(this.prefix + id);
    return this.size < before;
  }

  /** Removes everything, also what other tabs of the user wrote. */
  clear() {
    this.#items = [];
    for (const key of this.#keys()) this.storage.removeItem(key);
  }

  #keys() {
    return this.storage.keys().filter((key) => key.startsWith(this.prefix));
  }

  /** @param {string} key */
  #load(key) {
    try {
      const item = JSON.parse(this.storage.getItem(key) ?? 'null');
      if (typeof item?.id !== 'string' || typeof item.conversation !== 'string') return;
      this.#items.push(item.state === 'failed' ? item : { ...item, state: 'waiting' });
      this.#found.add(item.id);
    } catch {
      this.storage.removeItem(key);
    }
  }
}
