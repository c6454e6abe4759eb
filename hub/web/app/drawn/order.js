//! Owns: the order of things that people put in order. Pure. Never: elements.

/**
 * The same things with one moved to another place. @template T @param {readonly T[]} things @param {number} from @param {number} to @returns {T[]}
 */
export function moved(things, from, to) {
  const rest = [...things];
  const [thing] = rest.splice(from, 1);
  if (thing === undefined) return rest;
  rest.splice(Math.max(0, Math.min(to, rest.length)), 0, thing);
  return rest;
}

/** Where a key moves what has the focus, or null for a key that moves nothing. @param {string} key @param {number} at @param {number} count @returns {number | null} */
export function keyed(key, at, count) {
  const to = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: count - 1 }[key];
  return to === undefined || to < 0 || to >= count || to === at ? null : to;
}
