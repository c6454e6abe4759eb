//! Owns: saying that what one is about to do cannot be done today, by the fair's calendar. Never: decides; the hub does.

import { call } from '../sdk/rest.js';
import { language, t } from '../strings.js';
import { h, icon } from '../ui/dom.js';
import { calendarDay } from '../ui/time.js';

/** A line where a window is closed, else null. @param {import('../sdk/wire.js').Env} env @param {string} id @returns {Promise<HTMLElement | null>} */
export async function closedWindow(env, id) {
  const event = await call(env, 'GET', '/v1/event').catch(() => null);
  const window = event?.windows.find((/** @type {{id: string}} */ each) => each.id === id);
  if (window === undefined || window.open) return null;
  const text = window.from !== undefined && window.from > event.today ? t('window.opens', { name: window.label[language()], day: calendarDay(window.from) }) : t('window.closed', { name: window.label[language()] });
  return h('p', { class: 'calm-line' }, icon('wait'), h('span', {}, text));
}
