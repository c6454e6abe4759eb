//! Owns: how a state and a life look: the badge with its icon and word, the timeline. Never: what may be done.

import { language, t } from '../strings.js';
import { h, icon } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

/** @type {Record<string, string>} */
const ICONS = { waiting: 'wait', working: 'search', good: 'tick', bad: 'alert', neutral: 'file' };

/** Never by colour alone. @param {import('./descriptions.js').Flow | null} flow @param {string} name */
export function badge(flow, name) {
  const state = flow?.states.find((each) => each.name === name);
  const tone = state?.tone ?? 'neutral';
  return h('span', { class: `state tone-${tone}`, 'data-state': name }, icon(ICONS[tone] ?? 'file'), h('span', {}, state?.label[language()] ?? name));
}

/** @typedef {{at: string, action: string, from?: string, to?: string, actor?: {id: string, name: string}, note?: string}} Line */

/** What happened, the newest first. @param {import('./descriptions.js').Flow | null} flow @param {readonly Line[]} lines @param {boolean} [isCard] a part of its own, with its heading @returns {HTMLElement} */
export function timeline(flow, lines, isCard = true) {
  const rows = [...lines].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).map(({ at, action, from, to, actor, note }) => {
    const step = flow?.steps.find((each) => each.action === action);
    return h('li', {}, h('div', { class: 'line-head' }, h('strong', {}, step?.label[language()] ?? action), to !== undefined && to !== from && badge(flow, to)),
      h('small', {}, h('time', { datetime: at, title: exactly(at) }, moment(at)), actor?.name && ` · ${actor.name}`), note && h('p', { class: 'line-note' }, note));
  });
  if (!isCard) return h('div', { class: 'timeline' }, h('ol', {}, ...rows));
  return h('section', { class: 'card-section timeline', 'aria-label': t('detail.timeline') }, h('h2', {}, t('detail.timeline')), h('ol', {}, ...rows));
}
