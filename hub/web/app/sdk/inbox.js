//! Owns: the team's conversations as listed and kept true by events. Never: entries.

import { Emitter } from './emitter.js';
import { asWireError } from './wire.js';

/** @typedef {import('./wire.js').Summary} Summary */

const PAGE = 50;
const RETRY_MS = 2_000;

/** Emits `change`. */
export class Inbox extends Emitter {
  /** @type {Map<string, Summary>} */
  #rows = new Map();
  /** @type {string | undefined} */
  #next;
  /** @type {'unloaded' | 'loading' | 'loaded' | 'refused'} */
  phase = 'unloaded';
  /** @type {any} */
  #timer;

  /** @param {import('./wire.js').Env} env @param {import('./connection.js').Connection} line */
  constructor(env, line) {
    super();
    this.env = env;
    this.line = line;
  }

  /** Newest first. @returns {Summary[]} */
  get rows() {
    return [...this.#rows.values()].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  }

  get hasMore() {
    return this.#next !== undefined;
  }

  /** Messages unread in all listed conversations. */
  get unread() {
    return [...this.#rows.values()].reduce((sum, row) => sum + row.unread, 0);
  }

  /** Enterprises with whom more than one conversation is listed, as where both started one. @returns {Set<string>} */
  get doubled() {
    const [once, more] = [new Set(), new Set()];
    for (const { with: { id } } of this.#rows.values()) (once.has(id) ? more : once).add(id);
    return more;
  }

  /** @param {string} id */
  row(id) {
    return this.#rows.get(id);
  }

  /** Forgets everything: another user may come. */
  clear() {
    this.env.clock.clearTimeout(this.#timer);
    this.#rows.clear();
    this.#next = undefined;
    this.phase = 'unloaded';
    this.emit('change');
  }

  /** Lists again as much as was listed before. */
  async load() {
    if (this.phase === 'loading') return;
    this.phase = 'loading';
    const before = this.#rows.size;
    /** @type {string | undefined} */
    let cursor;
    let listed = 0;
    try {
      do {
        const page = await this.#page(cursor);
        listed += page.conversations.length;
        cursor = page.next;
      } while (cursor !== undefined && listed < before);
      this.#next = cursor;
      this.phase = 'loaded';
    } catch (thrown) {
      this.#failed(asWireError(thrown));
    }
    this.emit('change');
  }

  /** One more page. */
  async more() {
    if (this.#next === undefined || this.phase !== 'loaded') return;
    const page = await this.#page(this.#next);
    this.#next = page.next;
    this.emit('change');
  }

  /** Adopts a row from an event or an opened conversation. @param {Summary} row */
  put(row) {
    const held = this.#rows.get(row.conversation);
    if (held !== undefined && row.head < held.head) return;
    this.#rows.set(row.conversation, row);
    this.emit('change');
  }

  /** @param {string} id @param {number} unread */
  setUnread(id, unread) {
    const row = this.#rows.get(id);
    if (row !== undefined) this.put({ ...row, unread });
  }

  /** @param {string | undefined} cursor */
  async #page(cursor) {
    const d = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page = await this.line.request('inbox.list', d);
    for (const row of page.conversations) this.#rows.set(row.conversation, row);
    return page;
  }

  /** @param {import('./wire.js').WireError} error */
  #failed(error) {
    this.phase = error.passing ? 'unloaded' : 'refused';
    if (!error.passing || error.code === 'disconnected') return;
    this.env.clock.clearTimeout(this.#timer);
    this.#timer = this.env.clock.setTimeout(() => void this.load(), Math.max(error.retryAfterMs, RETRY_MS));
  }
}
