//! Owns: what a visitor sees first: what the fair is and where they go from here. Never: figures that nobody measured.

import { call } from '../sdk/rest.js';
import { language, t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';
import { calendarDay } from '../ui/time.js';
import { linksOf } from '../frame/nav.js';
import { roleOf } from '../frame/places.js';

const STEPS = ['code', 'register', 'apply', 'meet'];

/** @type {import('../frame/places.js').Make} */
export const make = ({ client }) => {
  const { user } = client;
  const ways = linksOf(roleOf(user)).filter(({ path }) => path !== '/');
  const element = h('div', { class: 'home' },
    h('section', { class: 'hero' }, h('h1', {}, user === null ? t('home.title') : t('home.hello', { name: user.name })),
      h('p', { class: 'hero-text' }, t('app.tagline')),
      h('div', { class: 'ways' }, ...ways.map(({ path, label, icon: drawing }, at) => h('a', { class: `button${at === 0 ? ' primary' : ''}`, href: path }, icon(drawing), t(`nav.${label}`))))),
    h('section', { class: 'card-section' }, h('h2', {}, t('home.steps')),
      h('ol', { class: 'stairs' }, ...STEPS.map((step) => h('li', {}, h('strong', {}, t(`home.step.${step}`)), h('p', { class: 'hint' }, t(`home.step_hint.${step}`)))))));
  /** @type {HTMLElement | null} */
  let windows = null;
  const draw = () => void calendar(client).then((shown) => {
    windows?.remove();
    windows = shown;
    if (shown !== null) element.firstElementChild?.after(shown);
  });
  draw();
  return { element, title: t('nav.home'), stop: client.on('window', draw) };
};

/** @typedef {{'zh-CN': string, en: string}} Both */
/** @typedef {{id: string, label: Both, open: boolean, from?: string, to?: string}} Window */

/** What may be done when, by the fair's days. @param {import('../sdk/client.js').Client} client @returns {Promise<HTMLElement | null>} */
async function calendar({ env }) {
  const event = await call(env, 'GET', '/v1/event').catch(() => null);
  if (event === null) return null;
  const rows = event.windows.map((/** @type {Window} */ window) => h('li', {}, h('span', {}, window.label[language()]),
    h('span', { class: 'card-note' }, days(window), h('span', { class: `state tone-${window.open ? 'good' : 'neutral'}` }, icon(window.open ? 'tick' : 'wait'), t(`home.${window.open ? 'open' : 'closed'}`)))));
  const place = h('section', { class: 'card-section' });
  fill(place, h('h2', {}, event.title[language()]), h('ul', { class: 'windows' }, ...rows), h('p', { class: 'hint' }, t('home.hotline', { number: event.hotline })));
  return place;
}

/** @param {Window} window */
const days = ({ from, to }) => from === undefined && to === undefined ? t('home.always')
  : t('home.days', { from: from === undefined ? '' : calendarDay(from), to: to === undefined ? '' : calendarDay(to) });
