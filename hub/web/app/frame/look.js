//! Owns: the chosen look: light, dark, or as the system. Never: colours.

import { Sturdy } from '../sdk/storage.js';

/** @typedef {'system' | 'light' | 'dark'} Look */

/** @type {readonly Look[]} */
export const LOOKS = ['system', 'light', 'dark'];
/** Read by `early.js`, too. */
const KEY = 'fairhub.look';
const kept = new Sturdy(() => localStorage);
/** What the browser's own bars are coloured with, by the style's ground. */
const GROUNDS = { light: '#f4f6f8', dark: '#10161d' };

/** @returns {Look} */
export function look() {
  const chosen = kept.getItem(KEY);
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

/** @param {Look} chosen */
export function wear(chosen) {
  if (chosen === 'system') kept.removeItem(KEY);
  else kept.setItem(KEY, chosen);
  dress();
}

/** Puts the choice on the document. */
export function dress() {
  const chosen = look();
  if (chosen === 'system') delete document.documentElement.dataset['look'];
  else document.documentElement.dataset['look'] = chosen;
  for (const meta of document.querySelectorAll('meta[name=theme-color]')) {
    const own = meta.getAttribute('media')?.includes('dark') ? 'dark' : 'light';
    meta.setAttribute('content', GROUNDS[chosen === 'system' ? own : chosen]);
  }
}
