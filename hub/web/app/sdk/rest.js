//! Owns: requests over HTTP, each with a deadline, and turning problems into WireError. Never: tokens, retries.

import { WireError } from './wire.js';

/** @typedef {import('./wire.js').Env} Env */

/** A request without its whole answer after this long is given up: nobody answered. */
export const ANSWER_MS = 10_000;

/**
 * What a request may carry beside its path. `match`: the tag of the version it is meant for; `key`: repeated with the same
 * key it does nothing twice. `kept`: what the browser has of it is shown while the hub says that it still holds.
 * @typedef {{token?: string, body?: any, match?: string, key?: string, kept?: boolean}} With
 */

/**
 * One request.
 * @param {Env} env @param {string} method @param {string} path @param {With} [with_]
 * @returns {Promise<any>} the JSON of the answer, null when empty
 */
export async function call(env, method, path, with_ = {}) {
  return (await exchange(env, method, path, with_)).value;
}

/**
 * One request, and which version its answer shows.
 * @param {Env} env @param {string} method @param {string} path @param {With} [with_]
 * @returns {Promise<{value: any, tag: string}>}
 */
export async function exchange(env, method, path, { token, body, match, key, kept = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = { 'accept-language': env.locale() };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (match !== undefined) headers['if-match'] = match;
  if (key !== undefined) headers['idempotency-key'] = key;
  const init = {
    method, headers, credentials: 'omit', cache: kept ? 'no-cache' : 'no-store', ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const { response, text } = await answered(env, path, init);
  const value = parse(text);
  if (!response.ok) throw problem(response.status, value);
  return { value, tag: response.headers?.get('etag') ?? '' };
}

/** @param {Env} env @param {string} path @param {any} init @returns {Promise<{response: any, text: string}>} */
async function answered(env, path, init) {
  const ending = env.abort?.();
  /** @type {any} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = env.clock.setTimeout(() => {
      reject(new WireError('disconnected'));
      ending?.abort();
    }, ANSWER_MS);
  });
  const whole = async () => {
    const response = await env.fetch(path, ending === undefined ? init : { ...init, signal: ending.signal });
    return { response, text: await response.text() };
  };
  try {
    return /** @type {any} */ (await Promise.race([whole(), late]));
  } catch {
    throw new WireError('disconnected');
  } finally {
    env.clock.clearTimeout(timer);
  }
}

/** @param {string} text */
export function parse(text) {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {number} status @param {any} value an RFC 9457 problem, if it is one */
export function problem(status, value) {
  const type = typeof value?.type === 'string' ? value.type : '';
  const named = type.startsWith('/problems/') ? type.slice('/problems/'.length) : '';
  const code = named || (status === 401 ? 'unauthenticated' : status >= 500 ? 'unavailable' : 'bad_request');
  return new WireError(code, {
    message: value?.detail ?? value?.title ?? code,
    retry_after_ms: value?.retry_after_ms, fields: value?.fields, opens_at: value?.opens_at, closes_at: value?.closes_at,
  });
}
