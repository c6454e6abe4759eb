//! Owns: what a state means for the enterprise whose record it is: what comes next, why it was turned down. Never: what may be done.

import { known, t } from '../strings.js';
import { h, icon } from '../ui/dom.js';

/** @typedef {Record<string, any>} Row */

/** Why it was turned down, by the last step that says so. @param {Row} row @returns {string | undefined} */
export function reasonOf({ state, history = [], reason }) {
  if (state !== 'rejected') return undefined;
  const last = history.filter((/** @type {Row} */ line) => line['to'] === 'rejected' && line['note']).at(-1);
  return last?.note ?? reason;
}

/** @param {string} kind of the life @param {Row} row @returns {HTMLElement} */
export function nextOf(kind, row) {
  const key = `next.${kind}.${row['state']}`;
  const reason = reasonOf(row);
  const isBad = row['state'] === 'rejected';
  return h('section', { class: `next${isBad ? ' next-bad' : ''}`, 'aria-label': t('next.title') }, icon(isBad ? 'alert' : 'flag'),
    h('div', {}, reason !== undefined && h('p', { class: 'next-reason' }, h('strong', {}, t('next.reason')), h('span', {}, reason)), h('p', {}, known(key) ? t(key) : t('next.none'))));
}
