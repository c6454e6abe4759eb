//! Owns: the tokens of this tab's session, kept in shared storage, and their refresh: one at a time over all tabs.
//! Never: the socket; never logs a token, never touches another session's.

import { alone } from './alone.js';
import { call } from './rest.js';
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
    const before = this.env.tab?.getItem(TAB_KEY) ?? null;
    const kept = (before === null ? null : this.#at(this.#place(before))) ?? this.#at(KEY);
    if (kept !== null) this.#take(name(kept));
    return kept;
  }

  /** @param {{identifier?: string, username: string, password: string, device?: string}} credentials */
  async signIn(credentials) {
    const answer = await call(this.env, 'POST', '/v1/sessions', { body: credentials });
    const kept = { ...this.#kept(answer), session: this.env.newId() };
    this.#putBeside();
    this.#take(kept.session);
    this.env.storage.setItem(KEY, JSON.stringify(kept));
    return kept;
  }

  /** Ends the session at the hub, if it can be reached, and here in any case. */
  async signOut() {
    const kept = this.kept;
    this.forget();
    if (kept === null) return;
    await call(this.env, 'DELETE', '/v1/sessions/current', { token: kept.access }).catch(() => null);
  }

  /** Drops this tab's tokens here. */
  forget() {
    if (this.#session !== null) this.env.storage.removeItem(this.#place(this.#session));
    this.env.tab?.removeItem(TAB_KEY);
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
    this.env.storage.setItem(place, JSON.stringify(kept));
    return true;
  }

  /** @param {string} session */
  #take(session) {
    this.#session = session;
    this.env.tab?.setItem(TAB_KEY, session);
  }

  /** Where a session is kept. @param {string} session */
  #place(session) {
    const last = this.#at(KEY);
    return last !== null && name(last) === session ? KEY : BESIDE + session;
  }

  /** The last session makes room: a tab may still have it. What no tab has had for long goes. */
  #putBeside() {
    const { storage, clock } = this.env;
    const last = this.#at(KEY);
    if (last !== null) storage.setItem(BESIDE + name(last), JSON.stringify(last));
    const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '').filter((key) => key.startsWith(BESIDE));
    const ends = keys.map((key) => ({ key, at: this.#at(key)?.expiresAt ?? 0 })).sort((a, b) => b.at - a.at);
    for (const [rank, { key, at }] of ends.entries()) {
      if (rank >= BESIDE_MAX || at + BESIDE_MS < clock.now()) storage.removeItem(key);
    }
  }

  /** @param {string} key @returns {Kept | null} */
  #at(key) {
    try {
      return JSON.parse(this.env.storage.getItem(key) ?? 'null');
    } catch {
      return null;
    }
  }
}

/** Those kept by an earlier version of the page have no name. @param {Kept} kept */
const name = (kept) => kept.session ?? '';
