//! Owns: one signed-in user's line, inbox and conversations, and the way of events to them. Never: draws.

import { backoff } from './backoff.js';
import { Connection } from './connection.js';
import { Conversation } from './conversation.js';
import { Emitter } from './emitter.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { exchange } from './rest.js';
import { sturdy } from './storage.js';
import { Tokens } from './tokens.js';
import { WireError, asWireError } from './wire.js';

/** @typedef {import('./wire.js').Env} Env */
/** @typedef {import('./wire.js').User} User */

const DEVICE_KEY = 'fairhub.device';
const TOKEN_LEFT_MS = 10_000;
const READ_TRIES = 3;
const REFUSED_TOKEN = new Set(['unauthenticated', 'token_expired']);
/** Conversations held at most; beyond it the longest untouched go that are neither open nor have anything unsent. */
export const CONVERSATIONS_MAX = 50;

/** Emits `user`, `state` (of the line), `unsent`, `notification`, `record` (one came or changed its state), `window` (one of the fair's opened or closed),
 * `signed_out` (code). */
export class Client extends Emitter {
  /** @type {User | null} */
  user = null;
  /** @type {Outbox | null} */
  #outbox = null;
  /** @type {Map<string, Conversation>} */
  #conversations = new Map();
  /** @type {any} */
  #leaving;

  /** @param {Env} env @param {string} name and version of the client, such as `web/1.0` */
  constructor(env, name) {
    super();
    this.env = env;
    this.tokens = new Tokens(env);
    this.line = new Connection(env, this.tokens, { client: name, device: this.#device() });
    this.inbox = new Inbox(env, this.line);
    this.line.on('state', (state) => this.emit('state', state));
    this.line.on('open', (session) => this.#opened(session));
    this.line.on('lost', () => this.#conversations.forEach((conversation) => conversation.lost()));
    this.line.on('event', (event) => this.#route(event));
    this.line.on('signed_out', (code) => this.#ended(code));
    void this.#leave(this.tokens.leave()); // what an earlier page could not tell
  }

  /** Messages that the hub has not acknowledged. */
  get unsent() {
    return this.#outbox?.waiting ?? 0;
  }

  /** Conversations held in memory. */
  get held() {
    return this.#conversations.size;
  }

  /** Takes up the kept session. @returns {boolean} false: sign in first */
  resume() {
    const kept = this.tokens.resume();
    if (kept === null) return false;
    this.#begin(kept.user);
    return true;
  }

  /** @param {{identifier?: string, username: string, password: string, device?: string}} credentials */
  async signIn(credentials) {
    const kept = await this.tokens.signIn(credentials);
    this.#begin(kept.user);
  }

  /** Ends the session; unsent messages are given up, so ask the user first when there are any. */
  async signOut() {
    this.line.stop();
    const told = this.tokens.signOut();
    this.#ended('signed_out'); // at once, whether the hub answers or not
    await this.#leave(told);
  }

  /** A sign-out that the hub has not heard of is told later, for as long as it matters. @param {Promise<boolean>} told @param {number} [attempt] */
  async #leave(told, attempt = 0) {
    if (await told) return;
    const ms = backoff(attempt, this.env.random());
    this.env.clock.clearTimeout(this.#leaving);
    this.#leaving = this.env.clock.setTimeout(() => void this.#leave(this.tokens.leave(), attempt + 1), ms);
  }

  /** @param {string} method @param {string} path @param {any} [body] */
  async rest(method, path, body) {
    return (await this.exchange(method, path, body === undefined ? {} : { body })).value;
  }

  /**
   * What only reads is asked again when nobody answered, and so is what may be repeated under its key.
   * @param {string} method @param {string} path @param {import('./rest.js').With} [with_] @returns {Promise<{value: any, tag: string}>}
   */
  async exchange(method, path, with_ = {}) {
    const user = this.user?.id;
    const mayRepeat = method === 'GET' || with_.key !== undefined;
    for (let attempt = 0; ; attempt += 1) {
      if (this.user?.id !== user) throw new WireError('unauthenticated'); // another account's now
      try {
        return await this.#asked(method, path, with_);
      } catch (thrown) {
        const error = asWireError(thrown);
        if (!mayRepeat || !error.passing || attempt + 1 >= READ_TRIES) throw error;
        const ms = backoff(attempt, this.env.random(), error.retryAfterMs);
        await new Promise((wake) => this.env.clock.setTimeout(() => wake(undefined), ms));
      }
    }
  }

  /** An access token that is good for some seconds more. */
  async access() {
    return (await this.tokens.fresh(TOKEN_LEFT_MS)).access;
  }

  /** A token that is not taken is replaced, once; a guest has none. @param {string} method @param {string} path @param {import('./rest.js').With} with_ */
  async #asked(method, path, with_) {
    if (this.user === null) return exchange(this.env, method, path, with_);
    const { access } = await this.tokens.fresh(TOKEN_LEFT_MS);
    try {
      return await exchange(this.env, method, path, { token: access, ...with_ });
    } catch (thrown) {
      if (!REFUSED_TOKEN.has(asWireError(thrown).code)) throw thrown;
      this.tokens.expire(access);
      return exchange(this.env, method, path, { token: (await this.tokens.fresh(TOKEN_LEFT_MS)).access, ...with_ });
    }
  }

  /** The one object for a conversation. @param {string} id @returns {Conversation} */
  conversation(id) {
    const held = this.#conversations.get(id);
    if (held !== undefined) return held;
    if (this.user === null || this.#outbox === null) throw new Error('invariant: conversations need a user');
    const context = { env: this.env, line: this.line, outbox: this.#outbox, me: this.user.id };
    const conversation = new Conversation(id, context);
    conversation.summary = this.inbox.row(id) ?? null;
    conversation.on('change', () => this.emit('unsent', this.unsent));
    conversation.on('summary', (summary) => this.inbox.put(summary));
    conversation.on('unread', (unread) => this.inbox.setUnread(id, unread));
    this.#makeRoom();
    this.#conversations.set(id, conversation);
    return conversation;
  }

  /** Opens the negotiation with an enterprise or about something of its, a new one if there is none. @param {string | {kind: string, id: string}} with_ */
  async negotiate(with_) {
    const target = typeof with_ === 'string' ? { kind: 'enterprise', id: with_ } : with_;
    const { conversation } = await this.line.request('negotiation.start', { target });
    return this.conversation(conversation);
  }

  /** @param {User} user */
  #begin(user) {
    this.#adopt(user);
    this.line.start();
  }

  /** @param {User} user */
  #adopt(user) {
    if (this.user?.id !== user.id || this.#outbox === null) {
      this.#outbox = new Outbox(this.env.storage, user.id);
      this.#conversations.clear();
    }
    this.user = { ...this.user, ...user };
    this.emit('user', this.user);
    this.emit('unsent', this.unsent);
  }

  #makeRoom() {
    for (const [id, held] of this.#conversations) {
      if (this.#conversations.size < CONVERSATIONS_MAX) return;
      if (!held.isWanted && this.#outbox?.of(id).length === 0) this.#conversations.delete(id);
    }
  }

  /** @param {{user: User}} session */
  #opened(session) {
    this.#adopt(session.user);
    void this.inbox.load();
    for (const id of this.#outbox?.conversations ?? []) this.conversation(id);
    this.#conversations.forEach((conversation) => conversation.resumed());
  }

  /** @param {import('./wire.js').WireEvent} event */
  #route(event) {
    if (event.ev === 'inbox.updated') {
      this.inbox.put(event.d);
      this.#conversations.get(event.d.conversation)?.summarised(event.d);
    } else if (event.ev.startsWith('negotiation.')) {
      this.#conversations.get(event.room ?? event.d?.conversation)?.handle(event);
    } else if (event.ev.startsWith('notification.')) {
      this.emit('notification', event);
    } else if (event.ev.endsWith('.state_changed') || event.ev.endsWith('.created') || event.ev.startsWith('invitation.')) {
      this.emit('record', event);
    } else if (event.ev === 'event.window_changed') {
      this.emit('window', event);
    }
  }

  /** @param {string} code */
  #ended(code) {
    this.#conversations.forEach((conversation) => conversation.lost());
    this.#conversations.clear();
    if (code === 'signed_out') this.#outbox?.clear();
    this.#outbox = null;
    this.user = null;
    this.inbox.clear();
    this.emit('signed_out', code);
  }

  #device() {
    const storage = sturdy(this.env.storage);
    const kept = storage.getItem(DEVICE_KEY);
    if (kept !== null && /^[!-~]{1,64}$/.test(kept)) return kept;
    const made = this.env.newId();
    storage.setItem(DEVICE_KEY, made);
    return made;
  }
}
