//! Owns: how times are written in the chosen language, by the calendar of the reader's zone. Never: timers.

import { language, t } from '../strings.js';

const DAY_MS = 86_400_000;

/** What time it is; the page gives the hub's, whose clock decides. */
let present = () => Date.now();

/** @param {() => number} now */
export const keepTime = (now) => void (present = now);

/** @param {number | string} at @param {Intl.DateTimeFormatOptions} options */
const format = (at, options) => new Intl.DateTimeFormat(language(), options).format(new Date(at));

/** Hours and minutes; midnight is 00:00. @param {number | string} at */
export const clock = (at) => format(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** With seconds. @param {number | string} at */
export const exact = (at) => format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** The local day as a key. @param {number | string} at */
export const dayKey = (at) => {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
};

/** How many days of the calendar ago, however long those were: days on which clocks change have 23 or 25 hours. @param {number | string} at */
function daysAgo(at) {
  const [then, now] = [new Date(at), new Date(present())].map((date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()));
  return ((now ?? 0) - (then ?? 0)) / DAY_MS;
}

/** Today, yesterday or the date. @param {number | string} at */
export function day(at) {
  const ago = daysAgo(at);
  if (ago === 0) return t('time.today');
  if (ago === 1) return t('time.yesterday');
  return format(at, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' });
}

/** For a list: the time today, the word for yesterday, else the short date, with the year where it is another. @param {string} at */
export function brief(at) {
  const ago = daysAgo(at);
  if (ago === 0) return clock(at);
  if (ago === 1) return t('time.yesterday');
  const isThisYear = new Date(at).getFullYear() === new Date(present()).getFullYear();
  return format(at, { ...(isThisYear ? {} : { year: 'numeric' }), month: 'numeric', day: 'numeric' });
}

/** A day and a time, short. @param {string} at */
export const moment = (at) => `${brief(at)}${daysAgo(at) === 0 ? '' : ` ${clock(at)}`}`;

/** The whole of it, with the zone. @param {string} at */
export const exactly = (at) => format(at, { dateStyle: 'full', timeStyle: 'long' });

/** A day of the calendar as the fair writes it (`2020-08-15`). @param {string} date */
export const calendarDay = (date) => new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
