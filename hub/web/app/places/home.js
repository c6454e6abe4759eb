//! Owns: what a visitor sees first: what the fair is, what is shown in it, where they go from here. Never: figures that nobody measured.

import { termsOf } from '../drawn/descriptions.js';
import { nameOf, pathText } from '../drawn/terms.js';
import { call } from '../sdk/rest.js';
import { boothCard, exhibitCard } from '../show/cards.js';
import { feed } from '../show/feed.js';
import { language, t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';
import { first } from '../ui/text.js';
import { calendarDay } from '../ui/time.js';
import { linksOf } from '../frame/nav.js';
import { roleOf } from '../frame/places.js';

const STEPS = ['code', 'register', 'apply', 'meet'];
/** Of each so many stand here. */
const HOT = { booths: 4, exhibits: 8 };

/** @type {import('../frame/places.js').Make} */
export const make = ({ client }) => {
  const { user } = client;
  const ways = linksOf(roleOf(user)).filter(({ path }) => path !== '/');
  const shown = h('div', { class: 'home-show' });
  const zones = h('section', { class: 'home-show', hidden: true });
  const element = h('div', { class: 'home wide' },
    h('section', { class: 'hero' }, h('h1', {}, user === null ? t('home.title') : t('home.hello', { name: user.name })),
      h('p', { class: 'hero-text' }, t('app.tagline')),
      h('div', { class: 'ways' }, ...ways.map(({ path, label, icon: drawing }, at) => h('a', { class: `button${at === 0 ? ' primary' : ''}`, href: path }, icon(drawing), t(path === '/exhibitors' ? 'home.walk' : `nav.${label}`))))),
    shown, zones,
    h('section', { class: 'card-section', id: 'steps' }, h('h2', {}, t('home.steps')),
      h('ol', { class: 'stairs' }, ...STEPS.map((step) => h('li', {}, h('strong', {}, t(`home.step.${step}`)), h('p', { class: 'hint' }, t(`home.step_hint.${step}`)))))));
  /** @type {HTMLElement | null} */
  let windows = null;
  const draw = () => void calendar(client).then((made) => {
    windows?.remove();
    windows = made;
    if (made !== null) element.lastElementChild?.before(made);
  });
  void walk(client, shown, zones);
  draw();
  return { element, title: t('nav.home'), stop: client.on('window', draw) };
};

/** What others looked at most, and the zones. A hub that shows nothing yet has none of it. @param {import('../sdk/client.js').Client} client @param {HTMLElement} shown @param {HTMLElement} zones */
async function walk(client, shown, zones) {
  const named = termsOf(client.env, 'zone').catch(() => []);
  let terms = /** @type {import('../drawn/terms.js').Term[]} */ ([]);
  const ready = named.then((found) => void (terms = found));
  const parts = /** @type {const} */ (['booths', 'exhibits']).map((kind) => {
    const rows = feed(client, { path: `/v1/showcase/${kind}`, query: { sort: 'views' }, limit: HOT[kind], isWhole: true, ready, empty: 'home.none_yet', kind: `show-row show-${kind === 'booths' ? 'booths' : 'goods'}`,
      card: (row) => kind === 'booths' ? boothCard(row, (code) => pathText(terms, code)) : exhibitCard(row) });
    const part = h('section', { class: 'home-show', 'data-hot': kind }, h('div', { class: 'section-head' }, h('h2', {}, t(`home.hot_${kind}`)), h('a', { href: `${kind === 'booths' ? '/exhibitors' : '/exhibits'}?sort=views` }, t('show.all'))), rows.element);
    void rows.load().then((n) => (part.hidden = n === 0));
    return part;
  });
  fill(shown, ...parts);
  await ready;
  const all = terms.flatMap((term) => term.items ?? [term]);
  fill(zones, h('h2', {}, t('home.zones')), h('ul', { class: 'home-zones' }, ...all.map((term, at) => h('li', {}, h('a', { class: 'home-zone', href: `/exhibitors?zone=${encodeURIComponent(term.code)}` }, h('span', { class: `zone-mark hue-${at % 6}`, 'aria-hidden': 'true' }, first(nameOf(term)).toUpperCase()), nameOf(term))))));
  zones.hidden = all.length === 0;
}

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
