//! Owns: what stands where a place cannot: none of that address, not for this person, not to be had now. Never: decides which.

import { t } from '../strings.js';
import { h, icon } from '../ui/dom.js';

/** @typedef {import('./places.js').Made} Made */

/** @param {string} title @param {string} text @param {...import('../ui/dom.js').Child} ways @returns {Made} */
function notice(title, text, ...ways) {
  return { title, element: h('div', { class: 'notice-place' }, icon('alert'), h('h1', {}, title), h('p', { class: 'hint' }, text),
    h('div', { class: 'ways' }, ...ways)) };
}

const home = () => h('a', { class: 'button', href: '/' }, t('place.to_home'));

export const missing = () => notice(t('place.missing'), t('place.missing_hint'), home());

/** @param {import('./frame.js').Site} site */
export function refused({ client, signOut }) {
  const other = h('button', { type: 'button', class: 'button primary', on: { click: signOut } }, t('place.other_account'));
  return notice(t('place.refused'), t('place.refused_hint', { name: client.user?.name ?? '' }), other, home());
}

/** @param {string} reason @param {() => void} again */
export const failed = (reason, again) => notice(t('place.failed'), reason,
  h('button', { type: 'button', class: 'button primary', on: { click: again } }, t('act.retry')), home());
