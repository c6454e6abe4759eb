//! Owns: one conversation as this device holds it: log, marks, presence, and its unsent messages on their way.
//! Never: draws; never moves the log by an acknowledgement.

import { Emitter } from './emitter.js';
import { Log } from './log.js';
import { RECALL_MS, WireError, asWireError } from './wire.js';

/** @typedef {import('./wire.js').Entry} Entry */
/** @typedef {import('./outbox.js').Unsent} Unsent */
/** @typedef {{env: import('./wire.js').Env, line: import('./connection.js').Connection,
 *   outbox: import('./outbox.js').Outbox, me: string}} Context */
/**
 * One line of the conversation: an entry, or a message on its way.
 * @typedef {{key: string, entry?: Entry, message?: {id: string, at: number, kind: string, body: any,
 *   state: 'waiting' | 'sending' | 'sent' | 'failed', code?: string}}} Item
 */

const PAGE = 50;
const TYPING_SHOWN_MS = 5_000;
const TYPING_EVERY_MS = 3_000;
const RETRY_MS = 1_500;
/** Answers after which a first try may have been done. */
const UNKNOWN = new Set(['disconnected', 'outcome_unknown', 'unavailable', 'internal']);
/** So often is asked again what the hub does not know; then the user decides. */
const UNKNOWN_MAX = 8;

/** Emits `change` whenever something shown changed, `entry` for each live one, `refused` (WireError). */
export class Conversation extends Emitter {
  log = new Log();
  /** @type {'closed' | 'opening' | 'live'} */
  phase = 'closed';
  /** @type {import('./wire.js').Summary | null} */
  summary = null;
  /** @type {Map<string, number>} the seq each member has read up to */
  read = new Map();
  /** @type {Set<string>} members who have it open */
  online = new Set();
  /** @type {Set<string>} */
  typing = new Set();
  loadingOlder = false;
  /** @type {Map<string, Unsent & {seq: number}>} acknowledged, entry not yet seen */
  #sent = new Map();
  #wanted = false;
  #syncing = false;
  /** The hub tells this line of it, and the members that it is open here. */
  #subscribed = false;
  #seen = 0;
  /** @type {number | null} */
  #epoch = null;
  /** @type {Unsent | null} */
  #sending = null;
  #readWanted = 0;
  #reading = false;
  #typedAt = -Infinity;
  /** @type {Map<string, any>} */
  #timers = new Map();

  /** @param {string} id @param {Context} context */
  constructor(id, context) {
    super();
    this.id = id;
    this.context = context;
  }

  /** Somebody has it open, line or not. */
  get isWanted() {
    return this.#wanted;
  }

  /** Whether an entry is of one's own team. @param {Entry} entry */
  isOurs(entry) {
    return entry.from === this.context.me || entry.side === this.summary?.side;
  }

  /** Older entries exist that are not held. */
  get hasOlder() {
    return this.log.last !== null && this.log.first > 1;
  }

  /** Everything to show, in order: what is in the log, what was just taken, what still waits. @returns {Item[]} */
  items() {
    const { me, outbox } = this.context;
    /** @type {Item[]} */
    const items = this.log.entries.map((entry) => ({
      key: entry.from === me && entry.client_msg_id ? `m.${entry.client_msg_id}` : `s.${entry.seq}`, entry,
    }));
    for (const message of this.#sent.values()) {
      items.push({ key: `m.${message.id}`, message: { ...message, state: 'sent' } });
    }
    for (const message of outbox.of(this.id)) items.push({ key: `m.${message.id}`, message });
    return items;
  }

  /** Opens, or takes up where it stopped. */
  open() {
    this.#wanted = true;
    if (this.phase === 'closed') void this.#sync();
  }

  /** Stops live entries; what is held stays. */
  leave() {
    this.#wanted = false;
    if (!this.#syncing) this.#depart();
    this.#quiet();
    void this.#pump();
  }

  /** Not before an opening that is on its way is answered: that would subscribe anew. */
  #depart() {
    if (!this.#subscribed) return;
    this.#subscribed = false;
    void this.context.line.request('negotiation.leave', { conversation: this.id }).catch(() => 0);
  }

  /** The line is open again. */
  resumed() {
    if (this.#wanted) void this.#sync();
    else void this.#pump();
    void this.#sendRead();
  }

  /** The line fell. */
  lost() {
    this.#subscribed = false;
    this.#quiet();
    this.emit('change');
  }

  /** @param {string} text @returns {Unsent} */
  sendText(text) {
    return this.#send('text', { text });
  }

  /** Reveals one's own contact data to the other side. */
  sendContact() {
    return this.#send('card', { type: 'contact' });
  }

  /** Shows something of the fair to the other side: the hub fills in what stands on it. @param {'exhibit' | 'order'} type @param {string} id */
  sendCard(type, id) {
    return this.#send('card', { type, id });
  }

  /** Tries a failed message again, as the same message. @param {string} id */
  retry(id) {
    const item = this.context.outbox.of(this.id).find((unsent) => unsent.id === id);
    if (item === undefined || item.state !== 'failed') return;
    item.unknown = 0;
    this.#mark(item, 'waiting');
    void this.#pump();
  }

  /** Gives a failed message up. @param {string} id */
  discard(id) {
    const item = this.context.outbox.of(this.id).find((unsent) => unsent.id === id);
    if (item === undefined || item.state === 'sending') return;
    this.context.outbox.remove(id);
    this.emit('change');
    void this.#pump();
  }

  /** Fetches one more page of history. @returns {Promise<boolean>} whether anything came */
  async older() {
    if (this.loadingOlder || !this.hasOlder) return false;
    this.loadingOlder = true;
    this.emit('change');
    try {
      const before = this.log.first;
      const d = { conversation: this.id, before, limit: PAGE };
      const page = await this.context.line.request('negotiation.history', d);
      return this.log.first === before && page.entries.length > 0 && this.log.prepend(page.entries);
    } finally {
      this.loadingOlder = false;
      this.emit('change');
    }
  }

  /** Everything up to the last entry held was seen by the user. */
  markRead() {
    this.#readWanted = this.log.last ?? 0;
    void this.#sendRead();
  }

  /** The user types. */
  type() {
    const now = this.context.env.clock.ticks();
    if (now - this.#typedAt < TYPING_EVERY_MS || this.phase !== 'live') return;
    this.#typedAt = now;
    this.context.line.tell('negotiation.typing', { conversation: this.id });
  }

  /** Whether an entry is one's own and young enough to be taken back. @param {Entry} entry */
  mayRecall(entry) {
    const content = entry.kind === 'text' || entry.kind === 'card';
    const { line, me } = this.context;
    const age = line.time() - Date.parse(entry.at);
    return content && entry.from === me && !entry.recalled && age < (line.limits['recall_ms'] ?? RECALL_MS);
  }

  /**
   * @param {'recall' | 'claim' | 'release' | 'transfer' | 'close' | 'reopen' | 'block' | 'report'} verb
   * @param {any} [more] @returns {Promise<any>}
   */
  act(verb, more = {}) {
    return this.context.line.request(`negotiation.${verb}`, { conversation: this.id, ...more });
  }

  /** @param {import('./wire.js').WireEvent} event */
  handle({ ev, d }) {
    if (ev === 'negotiation.message') return this.#live(d);
    if (ev === 'negotiation.read') this.#readBy(d.user, d.seq);
    else if (ev === 'negotiation.presence') this.#present(d.user, d.online);
    else if (ev === 'negotiation.typing') this.#typingBy(d.user);
    else return;
    this.emit('change');
  }

  /** @param {import('./wire.js').Summary} summary */
  summarised(summary) {
    this.summary = summary;
    this.emit('change');
  }

  /** @param {string} kind @param {any} body */
  #send(kind, body) {
    const { env, line, outbox } = this.context;
    const item = outbox.add({ id: env.newId(), conversation: this.id, at: line.time(), kind, body });
    this.emit('change');
    void this.#pump();
    return item;
  }

  /** One unanswered send at a time; a refused one holds the others until the user decides. */
  async #pump() {
    const { line, outbox } = this.context;
    if (this.#sending !== null || !line.isOpen || (this.#wanted && this.phase !== 'live')) return;
    const item = outbox.next(this.id);
    if (item === undefined || item.state === 'failed' || this.#timers.has('pump')) return;
    this.#sending = item;
    const repeat = item.tried === true;
    const message = { client_msg_id: item.id, kind: item.kind, body: item.body };
    const d = { conversation: this.id, ...message, ...(repeat ? { repeat } : {}) };
    item.tried = true; // kept with the message: also what a closed page had sent is a repetition
    this.#mark(item, 'sending');
    try {
      this.#acknowledged(item, await line.request('negotiation.send', d));
    } catch (thrown) {
      const error = asWireError(thrown);
      if (!repeat && !UNKNOWN.has(error.code)) item.tried = false;
      this.#unsent(item, error);
    }
    this.#sending = null;
    void this.#pump();
  }

  /** @param {Unsent} item @param {{seq: number, at: string}} ok */
  #acknowledged(item, ok) {
    const there = this.context.outbox.remove(item.id);
    if (there && this.#wanted && ok.seq > (this.log.last ?? 0)) this.#sent.set(item.id, { ...item, seq: ok.seq });
    this.emit('change');
  }

  /** @param {Unsent} item @param {WireError} error */
  #unsent(item, error) {
    item.unknown = error.code === 'outcome_unknown' ? (item.unknown ?? 0) + 1 : 0;
    if (error.passing && item.unknown < UNKNOWN_MAX) {
      this.#mark(item, 'waiting');
      if (error.code !== 'disconnected') this.#pumpLater(Math.max(error.retryAfterMs, RETRY_MS));
      return;
    }
    item.code = error.code;
    this.#mark(item, 'failed');
    this.emit('refused', error);
  }

  /** @param {number} ms */
  #pumpLater(ms) {
    this.#after('pump', ms, () => void this.#pump());
  }

  /** @param {Unsent} item @param {Unsent['state']} state */
  #mark(item, state) {
    item.state = state;
    if (this.context.outbox.of(this.id).includes(item)) this.context.outbox.save(item);
    this.emit('change');
  }

  /** Opens at the last contiguous entry until nothing is missing. */
  async #sync() {
    if (this.#syncing) return;
    this.#syncing = true;
    this.phase = 'opening';
    try {
      while (this.#wanted && !(await this.#openOnce()));
      if (this.#wanted && this.context.line.isOpen) this.phase = 'live';
    } catch (thrown) {
      this.#notOpened(asWireError(thrown));
    }
    this.#syncing = false;
    if (!this.#wanted) this.#depart();
    if (!this.#wanted) this.#quiet();
    this.emit('change');
    void this.#pump();
  }

  /** @returns {Promise<boolean>} whether the conversation is complete and live */
  async #openOnce() {
    const after = this.log.last;
    const d = { conversation: this.id, ...(after === null ? { limit: PAGE } : { after, limit: 200 }) };
    /** @type {import('./wire.js').Opened} */
    const opened = await this.context.line.request('negotiation.open', d);
    this.#subscribed ||= !opened.more;
    const other = this.#epoch !== null && this.#epoch !== opened.epoch;
    this.#epoch = opened.epoch;
    if (other && after !== null) {
      this.#forget();
      return false;
    }
    if (this.log.last === null) this.log.begin((opened.entries[0]?.seq ?? opened.head + 1) - 1);
    for (const entry of opened.entries) this.#take(entry);
    this.#adopt(opened);
    if (opened.more) return this.#progressed(after);
    return this.#seen <= (this.log.last ?? 0) ? true : this.#progressed(after);
  }

  /** Asks on only when the last answer brought something. @param {number | null} after @returns {false} */
  #progressed(after) {
    if (this.log.last !== after) return false;
    this.#seen = 0;
    throw new WireError('unavailable');
  }

  /** @param {WireError} error */
  #notOpened(error) {
    this.phase = 'closed';
    if (error.code === 'disconnected') return;
    if (error.code === 'invalid' && this.log.last !== null) {
      this.#forget(); // the log is shorter than the copy held here
      return this.#after('sync', 0, () => void this.#sync());
    }
    if (error.passing) {
      const again = () => void (this.#wanted && this.context.line.isOpen && this.#sync());
      return this.#after('sync', Math.max(error.retryAfterMs, RETRY_MS), again);
    }
    this.#wanted = false;
    this.emit('refused', error);
  }

  /** @param {import('./wire.js').Opened} opened */
  #adopt(opened) {
    this.summary = { ...opened.conversation, unread: opened.unread };
    this.read = new Map(Object.entries(opened.read));
    this.online = new Set(opened.online ?? []);
    this.emit('summary', this.summary);
  }

  /** History was declared lost: the copy held here is no longer true. */
  #forget() {
    this.log.clear();
    this.#sent.clear();
    this.read.clear();
    this.#seen = 0;
    this.#readWanted = 0;
  }

  /** @param {Entry} entry */
  #live(entry) {
    this.#seen = Math.max(this.#seen, entry.seq);
    const how = this.#take(entry);
    if (how === 'gap' && !this.#syncing && this.#wanted && this.context.line.isOpen) void this.#sync();
    if (how !== 'added') return;
    this.typing.delete(entry.from);
    this.emit('entry', entry);
    this.emit('change');
  }

  /** @param {Entry} entry */
  #take(entry) {
    const how = this.log.append(entry);
    if (how !== 'gap' && entry.from === this.context.me && entry.client_msg_id !== undefined) {
      this.#sent.delete(entry.client_msg_id);
      this.context.outbox.remove(entry.client_msg_id);
    }
    return how;
  }

  /** @param {string} user @param {number} seq */
  #readBy(user, seq) {
    this.read.set(user, Math.max(seq, this.read.get(user) ?? 0));
  }

  /** @param {string} user @param {boolean} online */
  #present(user, online) {
    if (online) this.online.add(user);
    else this.online.delete(user);
  }

  /** @param {string} user */
  #typingBy(user) {
    if (user === this.context.me) return;
    this.typing.add(user);
    this.#after(`typing.${user}`, TYPING_SHOWN_MS, () => {
      this.typing.delete(user);
      this.emit('change');
    });
  }

  async #sendRead() {
    const { line, me } = this.context;
    if (this.#reading || !line.isOpen || this.#readWanted <= (this.read.get(me) ?? 0)) return;
    this.#reading = true;
    const seq = this.#readWanted;
    try {
      const { unread } = await line.request('negotiation.read', { conversation: this.id, seq });
      this.#readBy(me, seq);
      this.emit('unread', unread);
    } catch (thrown) {
      const error = asWireError(thrown);
      if (!error.passing) this.#readWanted = 0;
      else if (error.code !== 'disconnected') this.#after('read', RETRY_MS, () => void this.#sendRead());
      this.#reading = false;
      return;
    }
    this.#reading = false;
    void this.#sendRead();
  }

  #quiet() {
    this.phase = 'closed';
    this.online.clear();
    this.typing.clear();
    for (const timer of this.#timers.values()) this.context.env.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  /** @param {string} name @param {number} ms @param {() => void} then */
  #after(name, ms, then) {
    const { clock } = this.context.env;
    clock.clearTimeout(this.#timers.get(name));
    this.#timers.set(name, clock.setTimeout(() => {
      this.#timers.delete(name);
      then();
    }, ms));
  }
}
