//! Owns: what enterprises are called in the reader's language. Never: which they are.

import { language } from '../strings.js';

/** @typedef {{name: string, other: string}} Names the one to read, and the other beside it; `other` is empty where there is none */
/** @typedef {{id: string, name: string, name_en?: string}} Firm */
/** @typedef {{names: (firm: Firm | undefined) => Names}} Firms */

/** @param {string} name @param {string | undefined} english @param {string} reader's language @returns {Names} */
export function named(name, english, reader = language()) {
  if (!english || english === name) return { name, other: '' };
  return reader === 'en' ? { name: english, other: name } : { name, other: english };
}

/** Of an enterprise as the hub tells of it. @type {Firms} */
export const firms = { names: (firm) => (firm === undefined ? { name: '', other: '' } : named(firm.name, firm.name_en)) };
