//! Owns: the signed-in session's tokens, kept in shared storage, and their refresh: one at a time over all tabs.
//! Never: the socket; never logs a token.

import { call } from './rest.js';
import { WireError, asWireError } from './wire.js';

/** @typedef {import('./wire.js').Env} Env */
/** @typedef {{access: string, expiresAt: number, refresh: string, user: import('./wire.js').User}} Kept */

const KEY = 'fairhub.session';
const FINAL = new Set(['unauthenticated', 'session_revoked', 'token_expired', 'forbidden']);

/** The tokens of one browser's session. */
export class Tokens {
  /** @type {Promise<Kept> | null} */
  #refreshing = null;

  /** @param {Env} env */
  constructor(env) {
    this.env = env;
  }

  /** What is kept now; read anew each time because another tab may have refreshed. @returns {Kept | null} */
  get kept() {
    try {
      return JSON.parse(this.env.storage.getItem(KEY) ?? 'null');
    } catch {
      return null;
    }
  }

  /** @param {{identifier?: string, username: string, password: string}} credentials */
  async signIn(credentials) {
    return this.#keep(await call(this.env, 'POST', '/v1/sessions', { body: credentials }));
  }

  /** Ends the session at the hub, if it can be reached, and here in any case. */
  async signOut() {
    const kept = this.kept;
    this.forget();
    if (kept === null) return;
    await call(this.env, 'DELETE', '/v1/sessions/current', { token: kept.access }).catch(() => null);
  }

  /** Drops the tokens here. */
  forget() {
    this.env.storage.removeItem(KEY);
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
    if (kept.expiresAt - this.env.clock.now() > leftMs) return kept;
    this.#refreshing ??= this.#refreshAlone(kept).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** @param {Kept} stale @returns {Promise<Kept>} */
  #refreshAlone(stale) {
    const alone = this.env.exclusive ?? ((_name, body) => body());
    return alone('fairhub.refresh', async () => {
      const kept = this.kept;
      if (kept === null) throw new WireError('unauthenticated');
      if (kept.refresh !== stale.refresh && kept.expiresAt > this.env.clock.now()) return kept;
      return this.#refresh(kept);
    });
  }

  /** @param {Kept} kept */
  async #refresh(kept) {
    try {
      const body = { refresh_token: kept.refresh };
      return this.#keep(await call(this.env, 'POST', '/v1/sessions/refresh', { body }), kept.user);
    } catch (thrown) {
      const error = asWireError(thrown);
      if (!FINAL.has(error.code)) throw error;
      this.forget();
      throw new WireError('unauthenticated');
    }
  }

  /** @param {any} answer @param {any} [user] @returns {Kept} */
  #keep(answer, user) {
    const kept = {
      access: answer.access_token, refresh: answer.refresh_token, user: answer.user ?? user,
      expiresAt: this.env.clock.now() + answer.expires_in * 1000,
    };
    this.#store(kept);
    return kept;
  }

  /** @param {Kept} kept */
  #store(kept) {
    this.env.storage.setItem(KEY, JSON.stringify(kept));
  }
}
