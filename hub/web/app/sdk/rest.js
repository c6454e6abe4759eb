//! Owns: requests over HTTP and turning problems into WireError. Never: tokens, retries.

import { WireError } from './wire.js';

/** @typedef {import('./wire.js').Env} Env */

/**
 * One request.
 * @param {Env} env @param {string} method @param {string} path @param {{token?: string, body?: any}} [with_]
 * @returns {Promise<any>} the JSON of the answer, null when empty
 */
export async function call(env, method, path, { token, body } = {}) {
  /** @type {Record<string, string>} */
  const headers = { 'accept-language': env.locale() };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response;
  let text;
  try {
    response = await env.fetch(path, {
      method, headers, credentials: 'omit', cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    throw new WireError('disconnected');
  }
  const value = parse(text);
  if (!response.ok) throw problem(response.status, value);
  return value;
}

/** @param {string} text */
function parse(text) {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {number} status @param {any} value an RFC 9457 problem, if it is one */
function problem(status, value) {
  const type = typeof value?.type === 'string' ? value.type : '';
  const named = type.startsWith('/problems/') ? type.slice('/problems/'.length) : '';
  const code = named || (status === 401 ? 'unauthenticated' : status >= 500 ? 'unavailable' : 'bad_request');
  return new WireError(code, {
    message: value?.detail ?? value?.title ?? code,
    retry_after_ms: value?.retry_after_ms, fields: value?.fields,
  });
}
