//! Owns: shapes, codes and limits of the wire, and frames to objects and back. Never: I/O or state.

/**
 * @typedef {{seq: number, kind: string, from: string, side: 'a' | 'b', at: string, client_msg_id?: string, body?: any,
 *   target?: number, recalled?: boolean}} Entry a log entry
 * @typedef {{conversation: string, side: 'a' | 'b', with: {id: string, name: string, name_en?: string}, context: {kind: string, id: string, title?: string},
 *   head: number, preview: string, unread: number, assignee: string | null, state: 'open' | 'closed' | 'blocked',
 *   at: string}} Summary one row of an inbox
 * @typedef {{conversation: Summary, epoch: number, head: number, entries: Entry[], more: boolean,
 *   read: Record<string, number>, unread: number, online?: string[]}} Opened the answer of negotiation.open
 * @typedef {{id: string, name: string, kind: string, duty?: string, admin?: boolean,
 *   enterprise?: {id: string, name: string, name_en?: string}}} User
 * @typedef {{ev: string, room?: string, seq?: number, d: any}} WireEvent
 * @typedef {{at: string, code: string}} FieldError
 */

/**
 * What the SDK needs of the world; a test gives its own.
 * @typedef {object} Env
 * @property {new (url: string, protocols: string[]) => Socket} WebSocket
 * @property {(path: string, init: any) => Promise<any>} fetch
 * @property {() => {signal: any, abort: () => void}} [abort] lets a request that nobody waits for any more go
 * @property {Storage} storage shared by the tabs of one browser
 * @property {Storage} [tab] of this tab alone, outliving a reload
 * @property {Clock} clock
 * @property {() => number} random in [0, 1)
 * @property {() => string} newId unguessable, 1..=64 visible ASCII characters
 * @property {(name: string, body: () => Promise<any>) => Promise<any>} [exclusive] one at a time over all tabs
 * @property {string} socketUrl
 * @property {() => string} locale
 * @property {(path: string, what: Sent) => {done: Promise<{status: number, text: string}>, stop: () => void}} [send] a file, telling how far it is; stopped, it rejects
 *
 * @typedef {{headers: Record<string, string>, body: any, told: (part: number) => void}} Sent `told`: how much has gone, in [0, 1]
 * `now` is the wall clock, which may be wrong and may be set; `ticks` only ever goes on: whatever lasts is measured with it.
 * @typedef {{now: () => number, ticks: () => number, setTimeout: (f: () => void, ms: number) => any, clearTimeout: (t: any) => void}} Clock
 * @typedef {{getItem: (k: string) => string | null, setItem: (k: string, v: string) => void,
 *   removeItem: (k: string) => void, key: (i: number) => string | null, readonly length: number}} Storage
 * @typedef {{send: (text: string) => void, close: (code?: number, reason?: string) => void,
 *   onopen: any, onmessage: any, onclose: any, onerror: any}} Socket
 */

/** Requests one connection may have open. **Source**: WIRE 1. */
export const OPEN_REQUESTS_MAX = 32;
/** Bytes of one client frame: the hub takes 64 KiB, this leaves room for its envelope. */
export const FRAME_BYTES_MAX = 60 * 1024;
/** Unicode scalars of one text. */
export const TEXT_SCALARS_MAX = 2000;
/** How long one's own message can be taken back, unless the hub says otherwise. */
export const RECALL_MS = 120_000;

const CLOSE_CODES = new Map([
  [4001, 'going_away'], [4002, 'slow_consumer'], [4003, 'overloaded'], [4004, 'idle'], [4005, 'auth_timeout'],
  [4006, 'token_expired'], [4007, 'internal'], [4500, 'bad_frame'], [4501, 'too_large'],
  [4502, 'unauthenticated'], [4503, 'session_revoked'], [4504, 'flood'],
]);

/** The code's name for a socket's close number. @param {number} close @returns {string} */
export const closeName = (close) => CLOSE_CODES.get(close) ?? 'disconnected';

/** Whether the line may be taken up again by itself: all but 4500-4999. @param {number} close */
export const mayReconnect = (close) => close < 4500 || close > 4999;

const TRY_AGAIN = new Set(['unavailable', 'outcome_unknown', 'overloaded', 'rate_limited', 'internal',
  'storage_full', 'going_away', 'request_timeout', 'disconnected']);

/** Nobody is asked to wait longer for another try. */
const HINT_MAX_MS = 3600_000;

/** A refused or failed request. `code` is the wire's, or `disconnected` when nobody answered. */
export class WireError extends Error {
  /** @param {string} code @param {{message?: string, retry_after_ms?: number, fields?: FieldError[], opens_at?: string, closes_at?: string}} [more] */
  constructor(code, more = {}) {
    super(more.message ?? code);
    this.code = code;
    const hint = Number(more.retry_after_ms);
    this.retryAfterMs = hint > 0 ? Math.min(hint, HINT_MAX_MS) : 0; // a timer takes no more than 2^31 ms
    this.fields = more.fields ?? [];
    /** Of `window_closed`: when what was asked for may be done. */
    this.window = { opensAt: more.opens_at ?? '', closesAt: more.closes_at ?? '' };
  }

  /** The same request may succeed later. */
  get passing() {
    return TRY_AGAIN.has(this.code);
  }
}

/** Any thrown thing as a WireError. @param {any} error @returns {WireError} */
export const asWireError = (error) =>
  error instanceof WireError ? error : new WireError('internal', { message: String(error) });

/**
 * The objects of one frame; what is not a JSON object is left out (unknown things must be ignored).
 * @param {string} text @returns {any[]}
 */
export function decode(text) {
  const objects = [];
  for (const line of text.split('\n')) {
    try {
      const value = JSON.parse(line);
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) objects.push(value);
    } catch {
      continue;
    }
  }
  return objects;
}

/** UTF-8 bytes of a text. @param {string} text */
export function utf8Length(text) {
  let bytes = 0;
  for (const char of text) {
    const scalar = char.codePointAt(0) ?? 0;
    bytes += scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Joins objects into as few frames as fit. @param {string[]} objects JSON texts @returns {string[]} */
export function pack(objects) {
  /** @type {string[]} */
  const frames = [];
  let bytes = 0;
  for (const text of objects) {
    const more = utf8Length(text) + 1;
    const last = frames.length - 1;
    if (last >= 0 && bytes + more <= FRAME_BYTES_MAX) {
      frames[last] += '\n' + text;
      bytes += more;
    } else {
      frames.push(text);
      bytes = more;
    }
  }
  return frames;
}

/** Milliseconds a close's reason asks to wait (its reason may be `{"retry_after_ms":n}`). @param {string} reason */
export function retryHint(reason) {
  try {
    const hint = JSON.parse(reason)?.retry_after_ms;
    return typeof hint === 'number' && hint > 0 ? Math.min(hint, 300_000) : 0;
  } catch {
    return 0;
  }
}
