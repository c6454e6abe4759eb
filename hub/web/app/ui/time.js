//! Owns: how times are written in the chosen language. Never: timers.

import { language, t } from '../strings.js';

/** @param {number | string} at @param {Intl.DateTimeFormatOptions} options */
const format = (at, options) => new Intl.DateTimeFormat(language(), options).format(new Date(at));

/** Hours and minutes. @param {number | string} at */
export const clock = (at) => format(at, { hour: '2-digit', minute: '2-digit', hour12: false });

/** With seconds. @param {number | string} at */
export const exact = (at) => format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/** The local day as a key. @param {number | string} at */
export const dayKey = (at) => {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
};

/** Today, yesterday or the date. @param {number | string} at */
export function day(at) {
  const now = Date.now();
  if (dayKey(at) === dayKey(now)) return t('time.today');
  if (dayKey(at) === dayKey(now - 86_400_000)) return t('time.yesterday');
  return format(at, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' });
}

/** For a list: the time today, else the short date. @param {string} at */
export const brief = (at) =>
  dayKey(at) === dayKey(Date.now()) ? clock(at) : format(at, { month: 'numeric', day: 'numeric' });
