//! Owns: the tokens of this tab's session, kept in shared storage, and their refresh: one at a time over all tabs.
//! Never: the socket; never logs a token, never touches another session's.

import { alone } from './alone.js';
import { call } from './rest.js';
import { sturdy } from './storage.js';
import { WireError, asWireError } from './wire.js';

/** @typedef {import('./wire.js').Env} Env */
/**
 * `session` names the sign-in over all its refreshes; only this browser knows it.
 * `lifeMs`: how long the access token is good from when it came; more left than that means that the clock was set.
 * @typedef {{session?: string, access: string, expiresAt: number, lifeMs?: number, refresh: string, user: import('./wire.js').User}} Kept
 */

/** The session that a new tab takes up: the last sign-in. */
const KEY = 'fairhub.session';
/** Sessions of other tabs that a later sign-in has replaced there, by their name. */
const BESIDE = 'fairhub.session.';
/** Which session a tab has, in the tab's own storage: it outlives a reload. */
const TAB_KEY = 'fairhub.tab';
/** A tab that is open refreshes long before this: what is older has no tab any more. */
const BESIDE_MS = 24 * 3600_000;
/** Sessions kept beside the last at most; beyond it the one that expires first goes. */
export const BESIDE_MAX = 8;
/** Sign-outs that the hub has not heard of yet, by session: the access token alone, for as long as it is good. */
const LEAVING = 'fairhub.leaving.';
/** Such sign-outs kept at most; beyond it the one whose token ends first goes. */
export const LEAVING_MAX = 8;
const FINAL = new Set(['unauthenticated', 'session_revoked', 'token_expired', 'forbidden']);

/** The tokens of one tab's session. Tabs of one browser may belong to different people. */
export class Tokens {
  /** @type {Promise<Kept> | null} */
  #refreshing = null;
  /** @type {string | null} */
  #session = null;

  /** @param {Env} env */
  constructor(env) {
    this.env = env;
    this.storage = sturdy(env.storage);
    this.tab = env.tab && sturdy(env.tab);
  }

  /** What is kept of this tab's session now; read anew each time because another tab may have refreshed. @returns {Kept | null} */
  get kept() {
    return this.#session === null ? null : this.#at(this.#place(this.#session));
  }

  /** How long the access token is good, as far as the clock tells. */
  get leftMs() {
    const kept = this.kept;
    return kept === null ? 0 : this.#left(kept);
  }

  /** Another tab of the session has signed out. */
  get isGone() {
    return this.#session !== null && this.kept === null;
  }

  /** Takes up the session that this tab had, else the last one of the browser. @returns {Kept | null} */
  resume() {
    const before = this.tab?.getItem(TAB_KEY) ?? null;
    const kept = (before === null ? null : this.#at(this.#place(before))) ?? this.#at(KEY);
    if (kept === null || typeof kept.refresh !== 'string' || typeof kept.user?.id !== 'string') return null; // damaged
    this.#take(name(kept));
    return kept;
  }

  /** @param {{identifier?: string, username: string, password: string, device?: string}} credentials */
  async signIn(credentials) {
    const answer = await call(this.env, 'POST', '/v1/sessions', { body: credentials });
    const kept = { ...this.#kept(answer), session: this.env.newId() };
    this.#putBeside();
    this.#take(kept.session);
    this.storage.replace(KEY, JSON.stringify(kept));
    return kept;
  }

  /** Ends the session here in any case, and at the hub: where that does not answer, see `leave`. */
  async signOut() {
    const kept = this.kept;
    this.forget();
    if (kept === null || this.#left(kept) <= 0) return true;
    this.storage.replace(LEAVING + name(kept), JSON.stringify({ access: kept.access, expiresAt: kept.expiresAt, lifeMs: kept.lifeMs }));
    for (const key of this.#keys(LEAVING).slice(LEAVING_MAX)) this.storage.removeItem(key);
    return this.leave();
  }

  /**
   * Tells the hub of the sign-outs that it has not heard of, this browser's last ones. To be tried again while it says
   * false; that ends by itself, with the life of the access tokens.
   * @returns {Promise<boolean>} whether nothing is left to tell
   */
  async leave() {
    const told = await Promise.all(this.#keys(LEAVING).map((key) => this.#tellOf(key)));
    return told.every(Boolean);
  }

  /** @param {string} key @returns {Promise<boolean>} */
  async #tellOf(key) {
    const left = this.#at(key);
    const isGood = left !== null && this.#left(left) > 0;
    /** @type {WireError | null} */
    const error = isGood ? await call(this.env, 'DELETE', '/v1/sessions/current', { token: left.access }).then(() => null, asWireError) : null;
    if (error?.passing) return false;
    this.storage.removeItem(key); // ended, or it was already
    return true;
  }

  /** Drops this tab's tokens here. */
  forget() {
    if (this.#session !== null) this.storage.removeItem(this.#place(this.#session));
    this.tab?.removeItem(TAB_KEY);
    this.#session = null;
  }

  /** The access token is no longer taken: the next `fresh` fetches another. @param {string} access */
  expire(access) {
    const kept = this.kept;
    if (kept !== null && kept.access === access) this.#store({ ...kept, expiresAt: 0 });
  }

  /**
   * An access token good for at least `leftMs`. Throws `unauthenticated` when the session is over.
   * @param {number} leftMs @returns {Promise<Kept>}
   */
  async fresh(leftMs) {
    const kept = this.kept;
    if (kept === null) throw new WireError('unauthenticated');
    if (this.#left(kept) > leftMs) return kept;
    this.#refreshing ??= this.#refreshAlone(kept).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** @param {Kept} stale @returns {Promise<Kept>} */
  #refreshAlone(stale) {
    return alone(this.env, 'fairhub.refresh', async () => {
      const kept = this.kept;
      if (kept === null || name(kept) !== name(stale)) throw new WireError('unauthenticated');
      if (kept.refresh !== stale.refresh && this.#left(kept) > 0) return kept;
      return this.#refresh(kept);
    });
  }

  /** @param {Kept} kept */
  async #refresh(kept) {
    try {
      const body = { refresh_token: kept.refresh };
      const fresh = { ...this.#kept(await call(this.env, 'POST', '/v1/sessions/refresh', { body }), kept.user), session: name(kept) };
      if (!this.#store(fresh)) throw new WireError('unauthenticated'); // signed out meanwhile
      return fresh;
    } catch (thrown) {
      const error = asWireError(thrown);
      if (!FINAL.has(error.code)) throw error;
      const now = this.kept; // another tab may have been faster: then this answer speaks of a token long replaced
      if (now !== null && now.refresh !== kept.refresh && this.#left(now) > 0) return now;
      if (this.#session === name(kept)) this.forget();
      throw new WireError('unauthenticated');
    }
  }

  /** @param {Kept} kept */
  #left({ expiresAt, lifeMs = Infinity }) {
    const left = expiresAt - this.env.clock.now();
    return left > lifeMs ? 0 : left;
  }

  /** @param {any} answer @param {any} [user] @returns {Kept} */
  #kept(answer, user) {
    return {
      access: answer.access_token, refresh: answer.refresh_token, user: answer.user ?? user,
      expiresAt: this.env.clock.now() + answer.expires_in * 1000, lifeMs: answer.expires_in * 1000,
    };
  }

  /** Only over what is there: a late answer brings nothing back that was signed out. @param {Kept} kept @returns {boolean} */
  #store(kept) {
    const place = this.#place(name(kept));
    if (this.#at(place) === null) return false;
    this.storage.replace(place, JSON.stringify(kept)); // an old refresh token that stayed would end the session
    return true;
  }

  /** @param {string} session */
  #take(session) {
    this.#session = session;
    this.tab?.setItem(TAB_KEY, session);
  }

  /** Where a session is kept. @param {string} session */
  #place(session) {
    const last = this.#at(KEY);
    return last !== null && name(last) === session ? KEY : BESIDE + session;
  }

  /** The last session makes room: a tab may still have it. What no tab has had for long goes. */
  #putBeside() {
    const last = this.#at(KEY);
    if (last !== null) this.storage.replace(BESIDE + name(last), JSON.stringify(last));
    for (const [rank, key] of this.#keys(BESIDE).entries()) {
      const ended = (this.#at(key)?.expiresAt ?? 0) + BESIDE_MS;
      if (rank >= BESIDE_MAX || ended < this.env.clock.now()) this.storage.removeItem(key);
    }
  }

  /** Those with this beginning, what is good for longest first. @param {string} prefix */
  #keys(prefix) {
    const ends = (/** @type {string} */ key) => this.#at(key)?.expiresAt ?? 0;
    return this.storage.keys().filter((key) => key.startsWith(prefix)).sort((a, b) => ends(b) - ends(a));
  }

  /** @param {string} key @returns {Kept | null} */
  #at(key) {
    try {
      const kept = JSON.parse(this.storage.getItem(key) ?? 'null');
      return typeof kept?.access === 'string' ? kept : null;
    } catch {
      return null;
    }
  }
}

/** Those kept by an earlier version of the page have no name. @param {Kept} kept */
const name = (kept) => kept.session ?? '';
