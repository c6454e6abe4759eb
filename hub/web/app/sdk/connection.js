//! Owns: the one socket: opening, session, requests and their ids, silence, closing and coming back.
//! Never: what the requests mean.

import { backoff } from './backoff.js';
import { Emitter } from './emitter.js';
import {
  FRAME_BYTES_MAX, OPEN_REQUESTS_MAX, WireError, asWireError, closeName, decode, mayReconnect, pack, retryHint, utf8Length,
} from './wire.js';

/** @typedef {import('./wire.js').Env} Env */
/** @typedef {{op: string, d: any, resolve: (ok: any) => void, reject: (error: WireError) => void}} Request */
/**
 * `connecting`: working at it. `waiting`: the next attempt is at `retryAt`. `stopped`: not before something changes,
 * `code` says why. `since` is when the line was lost, 0 while it stands. All for showing: see `downMs` and `retryInMs`.
 * @typedef {{phase: 'idle' | 'connecting' | 'open' | 'waiting' | 'stopped', since: number, retryAt: number,
 *   code: string}} LineState
 */

/** Requests that wait for one of the open places; beyond it a request is refused with `overloaded`. */
export const QUEUED_MAX = 256;
const OPENING_MS = 15_000;
const ANSWER_MS = 20_000;
/** A line that stood this long starts counting its attempts anew. */
const STEADY_MS = 10_000;
/** An attempt that is this old may be given up for a new one when somebody asks for it. */
export const PATIENCE_MS = 3_000;
const TOKEN_LEFT_MS = 60_000;

/** Emits `state`, `open` (the session), `event`, `lost`, `signed_out`. */
export class Connection extends Emitter {
  /** @type {LineState} */
  state = { phase: 'idle', since: 0, retryAt: 0, code: '' };
  /** What the hub allows, as it said last. @type {Record<string, number>} */
  limits = {};
  /** @type {import('./wire.js').Socket | null} */
  #socket = null;
  /** @type {Map<number, Request & {timer: any}>} */
  #open = new Map();
  /** @type {Request[]} */
  #queued = [];
  /** @type {string[]} */
  #outgoing = [];
  #nextId = 1;
  #attempt = 0;
  #turn = 0;
  #openedAt = 0;
  #heardAt = 0;
  #triedAt = 0;
  #lostAt = 0;
  #retryAt = 0;
  /** The hub's time at one of our ticks, once it has told it. @type {{time: number, ticks: number} | null} */
  #hub = null;
  #pingMs = 25_000;
  #refusedToken = '';
  /** @type {Record<string, any>} */
  #timers = {};

  /** @param {Env} env @param {import('./tokens.js').Tokens} tokens @param {{client: string, device: string}} hello */
  constructor(env, tokens, hello) {
    super();
    this.env = env;
    this.tokens = tokens;
    this.hello = hello;
  }

  get isOpen() {
    return this.state.phase === 'open';
  }

  /** What time it is by the hub, whose clock decides; before it was heard, by this machine. */
  time() {
    const { clock } = this.env;
    return this.#hub === null ? clock.now() : Math.round(this.#hub.time + clock.ticks() - this.#hub.ticks);
  }

  /** For how long there has been no line. */
  get downMs() {
    return this.state.since === 0 ? 0 : this.env.clock.ticks() - this.#lostAt;
  }

  /** In how long the next attempt begins. */
  get retryInMs() {
    return this.state.phase === 'waiting' ? Math.max(0, this.#retryAt - this.env.clock.ticks()) : 0;
  }

  /** An attempt is under way and too young to be given up for another. */
  get isTrying() {
    return this.state.phase === 'connecting' && this.env.clock.ticks() - this.#triedAt < PATIENCE_MS;
  }

  /** Connects now, whatever the phase was waiting for. */
  start() {
    if (this.isOpen || this.isTrying) return;
    this.#drop(1000);
    this.#attempt = 0;
    void this.#connect();
  }

  /** Ends the line for good. */
  stop() {
    this.#turn += 1;
    this.#drop(1000);
    this.#set({ phase: 'idle', code: '', since: 0 });
  }

  /** Asks the hub for a sign of life soon, as after waking from sleep. */
  check() {
    if (this.state.phase === 'waiting') this.start();
    else if (this.isOpen) this.#ping();
  }

  /**
   * @param {string} op @param {any} [d]
   * @returns {Promise<any>} the reply's `ok`; rejects with WireError, `disconnected` when the line fell
   */
  request(op, d = {}) {
    return new Promise((resolve, reject) => {
      const request = { op, d, resolve, reject };
      if (!this.isOpen) reject(new WireError('disconnected'));
      else if (this.#open.size < OPEN_REQUESTS_MAX) this.#issue(request);
      else if (this.#queued.length < QUEUED_MAX) this.#queued.push(request);
      else reject(new WireError('overloaded'));
    });
  }

  /** One-way; dropped when the line is down. @param {string} op @param {any} d */
  tell(op, d) {
    if (this.isOpen) this.#write(JSON.stringify({ op, d }));
  }

  async #connect() {
    const turn = ++this.#turn;
    this.#clear('retry');
    this.#triedAt = this.env.clock.ticks();
    this.#set({ phase: 'connecting' });
    let kept;
    try {
      kept = await this.tokens.fresh(TOKEN_LEFT_MS);
    } catch (error) {
      if (turn === this.#turn) this.#noToken(asWireError(error));
      return;
    }
    if (turn !== this.#turn) return;
    let socket;
    try {
      socket = new this.env.WebSocket(this.env.socketUrl, ['fairhub.v1']);
    } catch {
      return this.#lost(1006, '');
    }
    this.#socket = socket;
    this.#after('opening', OPENING_MS, () => this.#lost(1006, ''));
    socket.onopen = () => this.#socket === socket && this.#hello(kept.access);
    socket.onmessage = (/** @type {any} */ message) => this.#socket === socket && this.#heard(message.data);
    socket.onclose = (/** @type {any} */ close) => this.#socket === socket && this.#lost(close.code, close.reason);
    socket.onerror = () => undefined; // a close follows
  }

  /** @param {WireError} error */
  #noToken(error) {
    if (error.code === 'unauthenticated') this.#signedOut('unauthenticated');
    else this.#wait(error.code, error.retryAfterMs);
  }

  /** @param {string} token */
  #hello(token) {
    const asked = this.env.clock.ticks();
    const d = { token, client: this.hello.client, device: this.hello.device, locale: this.env.locale() };
    /** @param {any} session */
    const resolve = (session) => this.#opened(session, asked);
    /** @param {WireError} error */
    const reject = (error) => {
      if (error.code === 'disconnected') return;
      if (error.code === 'unauthenticated' || error.code === 'token_expired') this.#refused(token);
      else if (error.code === 'session_revoked') this.#signedOut(error.code);
      else this.#turnedAway(error);
    };
    this.#issue({ op: 'session.open', d, resolve, reject });
  }

  /** @param {any} session @param {number} asked ticks */
  #opened(session, asked) {
    this.#clear('opening');
    this.#refusedToken = '';
    this.#openedAt = this.env.clock.ticks();
    this.limits = session.limits ?? {};
    const time = Date.parse(session.now);
    if (Number.isFinite(time)) this.#hub = { time, ticks: (asked + this.#openedAt) / 2 };
    this.#pingMs = Math.max(1, session.ping_s ?? 25) * 1000;
    this.#listen();
    this.#refreshInTime();
    this.#set({ phase: 'open', code: '', since: 0 });
    this.emit('open', session);
  }

  /** A token was not taken: once another is tried, the second time the session is over. @param {string} token */
  #refused(token) {
    this.#drop(1000);
    const again = this.#refusedToken !== '';
    this.#refusedToken = token;
    if (again) return this.#signedOut('unauthenticated');
    this.tokens.expire(token);
    this.#wait('token_expired', 0);
  }

  /** The hub answers, but takes no further line now: it says why, and when to ask again. @param {WireError} error */
  #turnedAway(error) {
    this.#drop(1000);
    this.#wait(error.code, error.retryAfterMs);
  }

  /** @param {string} code */
  #signedOut(code) {
    this.#drop(1000);
    const here = this.tokens.isGone ? 'signed_out' : code; // by another tab of the session
    this.tokens.forget();
    this.#set({ phase: 'stopped', code: here });
    this.emit('signed_out', here);
  }

  /** @param {number} close @param {string} reason */
  #lost(close, reason) {
    const code = closeName(close);
    const kept = this.tokens.kept;
    const stood = this.isOpen && this.env.clock.ticks() - this.#openedAt >= STEADY_MS;
    if (stood) this.#attempt = 0;
    if (code === 'session_revoked') return this.#signedOut(code);
    if (code === 'unauthenticated' || code === 'token_expired') return this.#refused(kept?.access ?? '');
    this.#drop(1000);
    if (mayReconnect(close)) this.#wait(code, retryHint(reason));
    else this.#set({ phase: 'stopped', code });
  }

  /** @param {string} code @param {number} hintMs */
  #wait(code, hintMs) {
    const ms = backoff(this.#attempt, this.env.random(), hintMs);
    this.#attempt += 1;
    this.#after('retry', ms, () => void this.#connect());
    const now = this.env.clock.now();
    this.#retryAt = this.env.clock.ticks() + ms;
    if (this.state.since === 0) this.#lostAt = this.env.clock.ticks();
    this.#set({ phase: 'waiting', code, since: this.state.since || now, retryAt: now + ms });
  }

  /** Lets go of the socket at once; every open request learns that nobody will answer. @param {number} close */
  #drop(close) {
    const socket = this.#socket;
    const wasOpen = this.isOpen;
    this.#socket = null;
    this.#outgoing = [];
    for (const name of Object.keys(this.#timers)) this.#clear(name);
    const requests = [...this.#open.values(), ...this.#queued];
    this.#open.clear();
    this.#queued = [];
    if (wasOpen) this.#lostAt = this.env.clock.ticks();
    if (wasOpen) this.state = { ...this.state, phase: 'connecting', since: this.env.clock.now() };
    for (const request of requests) {
      this.env.clock.clearTimeout(/** @type {any} */ (request).timer);
      request.reject(new WireError('disconnected'));
    }
    if (wasOpen) this.emit('lost');
    try {
      socket?.close(close);
    } catch {
      return; // closing what is closed
    }
  }

  /** What no frame takes would end the line for good, so it is refused here. @param {Request} request */
  #issue(request) {
    const id = this.#nextId++;
    const text = JSON.stringify({ id, op: request.op, d: request.d });
    if (utf8Length(text) > FRAME_BYTES_MAX) return request.reject(new WireError('too_large'));
    const timer = this.env.clock.setTimeout(() => this.#lost(1006, ''), ANSWER_MS);
    this.#open.set(id, { ...request, timer });
    this.#write(text);
  }

  /** What one turn of the event loop writes goes out together. @param {string} text a JSON object */
  #write(text) {
    this.#outgoing.push(text);
    if (this.#outgoing.length === 1) void Promise.resolve().then(() => this.#flush());
  }

  #flush() {
    const frames = pack(this.#outgoing);
    this.#outgoing = [];
    for (const frame of frames) this.#socket?.send(frame);
  }

  /** @param {any} data */
  #heard(data) {
    this.#heardAt = this.env.clock.ticks();
    const socket = this.#socket;
    for (const object of decode(String(data))) {
      if (this.#socket !== socket) return;
      if (typeof object.id === 'number') this.#answered(object);
      else if (typeof object.ev === 'string') this.emit('event', object);
    }
  }

  /** @param {any} reply */
  #answered(reply) {
    const request = this.#open.get(reply.id);
    if (request === undefined) return;
    this.#open.delete(reply.id);
    this.env.clock.clearTimeout(request.timer);
    const next = this.#queued.shift();
    if (next !== undefined) this.#issue(next);
    if (reply.error) request.reject(new WireError(reply.error.code ?? 'internal', reply.error));
    else request.resolve(reply.ok ?? {});
  }

  /** Browsers hide the hub's pings: silence is broken by asking, and an unanswered question is a lost line. */
  #listen() {
    this.#heardAt = this.env.clock.ticks();
    const turn = () => {
      const quiet = this.env.clock.ticks() - this.#heardAt;
      if (quiet >= this.#pingMs) this.#ping();
      this.#after('listen', quiet >= this.#pingMs ? this.#pingMs : this.#pingMs - quiet, turn);
    };
    this.#after('listen', this.#pingMs, turn);
  }

  #ping() {
    if (this.#timers['pong'] !== undefined) return;
    this.#after('pong', 8_000, () => this.#lost(1006, ''));
    this.request('ping').then(() => this.#clear('pong'), () => this.#clear('pong'));
  }

  #refreshInTime() {
    const left = this.tokens.leftMs;
    const early = left * (0.2 + this.env.random() * 0.1);
    this.#after('refresh', Math.max(left - early, 1000), () => void this.#refresh(early));
  }

  /** @param {number} early milliseconds before expiry */
  async #refresh(early) {
    try {
      const kept = await this.tokens.fresh(early + 1000);
      await this.request('session.refresh', { token: kept.access });
      this.#refreshInTime();
    } catch (thrown) {
      const error = asWireError(thrown);
      if (!this.isOpen) return;
      if (error.code === 'unauthenticated') this.#signedOut('unauthenticated');
      else this.#after('refresh', 5_000, () => void this.#refresh(early));
    }
  }

  /** @param {string} name @param {number} ms @param {() => void} then */
  #after(name, ms, then) {
    this.#clear(name);
    this.#timers[name] = this.env.clock.setTimeout(() => {
      delete this.#timers[name];
      then();
    }, ms);
  }

  /** @param {string} name */
  #clear(name) {
    this.env.clock.clearTimeout(this.#timers[name]);
    delete this.#timers[name];
  }

  /** @param {Partial<LineState>} change */
  #set(change) {
    this.state = { ...this.state, ...change };
    this.emit('state', this.state);
  }
}
