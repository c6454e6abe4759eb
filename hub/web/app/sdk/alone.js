//! Owns: doing one thing in one tab at a time, as far as the browser can, and never waiting without end for it.
//! Never: what is done; that must be harmless when two do it at once.

import { sturdy } from './storage.js';

/** @typedef {import('./wire.js').Env} Env */

/** Another tab is waited for this long: it may be frozen while it holds its turn. */
export const TURN_MS = 15_000;
const LOOK_MS = 150;
/** Long enough that two who claimed at the same moment both see who was last. */
const CLAIM_MS = 60;

/**
 * Runs `body` while no other tab does; after `TURN_MS` even so.
 * @template T
 * @param {Env} env @param {string} name @param {() => Promise<T>} body @returns {Promise<T>}
 */
export function alone(env, name, body) {
  return env.exclusive === undefined ? claimed(env, name, body) : locked(env, env.exclusive, name, body);
}

/**
 * @template T
 * @param {Env} env @param {NonNullable<Env['exclusive']>} exclusive @param {string} name @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
function locked(env, exclusive, name, body) {
  return new Promise((resolve, reject) => {
    let began = false;
    const begin = async () => {
      if (began) return;
      began = true;
      env.clock.clearTimeout(timer);
      await body().then(resolve, reject);
    };
    const timer = env.clock.setTimeout(() => void begin(), TURN_MS);
    Promise.resolve(exclusive(name, begin)).catch(begin); // no lock to be had is no reason not to do it
  });
}

/**
 * Without locks (outside secure contexts): a claim in storage, which runs out by itself.
 * @template T
 * @param {Env} env @param {string} name @param {() => Promise<T>} body @returns {Promise<T>}
 */
async function claimed(env, name, body) {
  const { clock } = env;
  const storage = sturdy(env.storage);
  const mine = env.newId();
  const until = clock.now() + TURN_MS;
  const wait = (/** @type {number} */ ms) => new Promise((wake) => clock.setTimeout(() => wake(undefined), ms));
  for (let turn = 0; turn * LOOK_MS < TURN_MS; turn += 1) {
    const [owner, end] = (storage.getItem(name) ?? '').split(' ');
    if (owner === mine) break;
    const isFree = !owner || !(Number(end) > clock.now()) || Number(end) > clock.now() + TURN_MS;
    if (isFree) storage.setItem(name, `${mine} ${until}`);
    await wait(isFree ? CLAIM_MS : LOOK_MS);
  }
  try {
    return await body();
  } finally {
    if (storage.getItem(name)?.startsWith(`${mine} `)) storage.removeItem(name);
  }
}
