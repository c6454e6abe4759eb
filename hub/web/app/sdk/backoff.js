//! Owns: how long to wait before the next attempt. Never: timers.

const FIRST_MS = 500;
const MOST_MS = 30_000;

/**
 * Doubles with each attempt and is spread over its upper half, so that a crowd comes back spread out;
 * never earlier than the hub's hint.
 * @param {number} attempt 0 for the first @param {number} random in [0, 1) @param {number} [hintMs]
 * @returns {number} milliseconds
 */
export function backoff(attempt, random, hintMs = 0) {
  const span = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.max(Math.round(span * (0.5 + random / 2)), Math.round(hintMs * (1 + random / 4)));
}
