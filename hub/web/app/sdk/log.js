//! Owns: a conversation's entries held here, a run of seqs without gaps, and what recalls did to them. Never: I/O.

/** @typedef {import('./wire.js').Entry} Entry */

/** Entries held at most; beyond it the oldest go (they can be paged in again). */
export const HELD_MAX = 5000;

/** A contiguous stretch of a conversation's log. Only entries move it, acknowledgements never. */
export class Log {
  /** @type {Entry[]} rising, without gaps */
  entries = [];
  /** The last contiguous seq received as an entry; null before the first answer. @type {number | null} */
  last = null;
  /** @type {Set<number>} */
  #recalled = new Set();

  /** The lowest seq held, or the one after `last` when none is. */
  get first() {
    return this.entries[0]?.seq ?? (this.last ?? 0) + 1;
  }

  /** Forgets everything. */
  clear() {
    this.entries = [];
    this.last = null;
    this.#recalled.clear();
  }

  /** Begins at a place in the log. @param {number} last the seq before the first entry to come */
  begin(last) {
    this.clear();
    this.last = last;
  }

  /**
   * Takes the next entry.
   * @param {Entry} entry @returns {'added' | 'held' | 'gap'}
   */
  append(entry) {
    if (this.last === null || entry.seq > this.last + 1) return 'gap';
    if (entry.seq <= this.last) return 'held';
    this.entries.push(this.#folded(entry));
    this.last = entry.seq;
    if (entry.kind === 'recall' && entry.target !== undefined) this.#recall(entry.target);
    if (this.entries.length > HELD_MAX) this.entries.splice(0, this.entries.length - HELD_MAX);
    return 'added';
  }

  /**
   * Takes an older page, which must end right before `first`.
   * @param {Entry[]} page rising @returns {boolean} false: it did not fit and nothing changed
   */
  prepend(page) {
    const fits = page.every((entry, at) => entry.seq === this.first - page.length + at);
    if (!fits || this.last === null) return false;
    for (const { kind, target } of page) if (kind === 'recall' && target !== undefined) this.#recalled.add(target);
    this.entries = [...page.map((entry) => this.#folded(entry)), ...this.entries];
    return true;
  }

  /** @param {Entry} entry @returns {Entry} */
  #folded(entry) {
    return this.#recalled.has(entry.seq) ? without(entry) : entry;
  }

  /** @param {number} target */
  #recall(target) {
    this.#recalled.add(target);
    const at = target - this.first;
    const entry = this.entries[at];
    if (entry !== undefined) this.entries[at] = without(entry);
  }
}

/** @param {Entry} entry @returns {Entry} */
function without({ body: _body, ...entry }) {
  return { ...entry, recalled: true };
}
