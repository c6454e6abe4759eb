//! Owns: saving what is typed into a form to the hub as one types: after a pause, one change at a time, for the version that was
//! read; what is told is what the hub answered. Never: what may be changed.

import { asWireError } from '../sdk/wire.js';
import { t } from '../strings.js';
import { clock } from '../ui/time.js';
import { patchOf, same } from './schema.js';

/**
 * `clean`: nothing was typed; `waiting`, `saving`, `saved`; `offline`: nobody answered, it is tried again; `stale`: somebody else was
 * first and both versions are offered; `refused`: part of it breaks a rule and is not saved; `stopped`: it may not be changed any more.
 * @typedef {'clean' | 'waiting' | 'saving' | 'saved' | 'offline' | 'stale' | 'refused' | 'stopped'} State
 * @typedef {Record<string, any>} Values
 * @typedef {{values: () => Values, faults: () => Map<string, import('./schema.js').Wrong>, rebase: (fresh: Values) => void, mark: (error: import('../sdk/wire.js').WireError) => void, settle: (values: Values) => void, undecided: () => string[]}} Made
 */

/** Saved this long after the last key. */
const PAUSE_MS = 900;
/** Tried again this long after nobody answered, if the line does not tell earlier. */
const AGAIN_MS = 5_000;

/**
 * @param {import('../sdk/client.js').Client} client
 * @param {{path: string, names: readonly string[], row: Values, tag: string, made: Made, told: (state: State, text: string) => void, done: (row: Values, tag: string) => void, tidy?: (values: Values) => Values}} with_ `tidy`: what the hub has as the form would say it
 */
export function saver(client, { path, names, row, tag, made, told, done, tidy = (values) => values }) {
  const { clock: times } = client.env;
  const only = (/** @type {Values} */ all) => tidy(Object.fromEntries(names.filter((name) => all[name] !== undefined && all[name] !== null).map((name) => [name, all[name]])));
  let base = only(row);
  let version = tag;
  /** @type {State} */
  let state = 'clean';
  let savedAt = 0;
  let isOver = false;
  /** @type {any} */
  let timer;
  /** @type {Promise<void> | null} */
  let running = null;

  /** What the hub does not have yet and would take, and how many fields wait for somebody to correct or decide. */
  function open() {
    const faults = made.faults();
    const undecided = new Set(made.undecided());
    const patch = patchOf(base, { ...base, ...emptied(), ...made.values() });
    const wrong = Object.keys(patch).filter((name) => faults.has(name) && faults.get(name)?.code !== 'required');
    const ready = Object.fromEntries(Object.entries(patch).filter(([name]) => names.includes(name) && !wrong.includes(name) && !undecided.has(name)));
    return { ready, wrong: wrong.length, undecided: undecided.size };
  }

  /** A field that is empty now is not among the values. */
  const emptied = () => Object.fromEntries(names.map((name) => [name, undefined]));

  /** @param {State} next @param {number} [n] */
  function tell(next, n = 0) {
    state = next;
    told(next, t(`save.${next}`, { time: savedAt === 0 ? '' : clock(savedAt), n }));
  }

  /** How it stands when nothing is on its way. */
  function rest() {
    const { ready, wrong, undecided } = open();
    if (Object.keys(ready).length > 0) return schedule(PAUSE_MS);
    if (undecided > 0) tell('stale', undecided);
    else if (wrong > 0) tell('refused', wrong);
    else tell(savedAt === 0 ? 'clean' : 'saved');
  }

  /** @param {number} ms */
  function schedule(ms) {
    if (isOver) return;
    if (state !== 'offline' && state !== 'saving') tell('waiting');
    times.clearTimeout(timer);
    timer = times.setTimeout(() => void flush(), ms);
  }

  /** Something was typed. */
  function changed() {
    if (isOver || state === 'stopped') return;
    if (running === null) rest();
  }

  /** Saves what there is to save now. @returns {Promise<boolean>} whether the hub has all of it */
  async function flush() {
    times.clearTimeout(timer);
    for (let turn = 0; turn < names.length + 2; turn += 1) {
      if (running !== null) await running;
      const { ready, wrong, undecided } = open();
      if (Object.keys(ready).length === 0) {
        if (state !== 'stopped') rest();
        return wrong === 0 && undecided === 0 && state !== 'stopped';
      }
      running = save(ready).finally(() => (running = null));
      await running;
      if (state === 'offline' || state === 'stopped' || state === 'refused') return false;
    }
    return false;
  }

  /** @param {Values} patch */
  async function save(patch) {
    tell('saving');
    try {
      const answer = await client.exchange('PATCH', path, { body: patch, match: version });
      settle(answer, patch);
    } catch (thrown) {
      await failed(asWireError(thrown), patch);
    }
  }

  /** @param {{value: Values, tag: string}} answer @param {Values} patch */
  function settle({ value, tag: now }, patch) {
    // What the hub made of a text may differ by blanks: what was sent counts as saved, or it would be sent for ever.
    base = Object.fromEntries(Object.entries({ ...only(value), ...patch }).filter(([, each]) => each !== null));
    version = now;
    savedAt = times.now();
    made.settle(base);
    tell('saved');
    done(value, now);
  }

  /** @param {import('../sdk/wire.js').WireError} error @param {Values} patch */
  async function failed(error, patch) {
    if (error.code === 'stale') return overtaken(patch);
    if (error.passing) {
      tell('offline');
      return schedule(Math.max(AGAIN_MS, error.retryAfterMs));
    }
    if (error.fields.length > 0) {
      made.mark(error);
      return tell('refused', error.fields.length);
    }
    tell('stopped');
  }

  /** Somebody else was first; or it was this page, and the answer was lost. @param {Values} patch */
  async function overtaken(patch) {
    const fresh = await client.exchange('GET', path).catch(() => null);
    if (fresh === null) return tell('offline'), schedule(AGAIN_MS);
    const there = only(fresh.value);
    if (Object.entries(patch).every(([name, value]) => same(there[name], value ?? undefined))) return settle(fresh, patch);
    base = there;
    version = fresh.tag;
    made.rebase(base);
    done(fresh.value, fresh.tag);
    const n = made.undecided().length;
    if (n > 0) tell('stale', n);
  }

  /** Somebody else changed it: what only they changed is taken, where both did both are offered. @param {Values} fresh @param {string} tag_ */
  function meet(fresh, tag_) {
    base = only(fresh);
    version = tag_;
    made.rebase(base);
    done(fresh, tag_);
    rest();
  }

  const off = client.on('state', () => state === 'offline' && void flush());
  return { changed, flush, meet, get isBusy() {
    return running !== null;
  }, get state() {
    return state;
  }, get tag() {
    return version;
  }, stop: () => {
    void flush();
    isOver = true;
    times.clearTimeout(timer);
    off();
  } };
}
