//! Owns: walking along what is shown: by zone and category, the newest first or what others looked at most. What is chosen stands in the
//! address. Never: the cards.

import { termsOf } from '../drawn/descriptions.js';
import { nameOf, pathText } from '../drawn/terms.js';
import { t } from '../strings.js';
import { attribute, fill, h } from '../ui/dom.js';
import { feed } from './feed.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {import('../drawn/terms.js').Term} Term */
/** @typedef {{address: string, list: string, what: 'booths' | 'exhibits', limit: number, kind: string, card: (row: Record<string, any>, zoneName: (code: string) => string) => HTMLElement}} Walk */

const SORTS = ['newest', 'views'];
const ASKED = ['zone', 'category', 'sort'];

/** @param {Site} site @param {Walk} walk @returns {import('../frame/places.js').Made} */
export function hall(site, { address, list, what, limit, kind, card }) {
  const { client } = site;
  const count = h('span', { class: 'hint', role: 'status' });
  const zones = h('ul', { class: 'zones' });
  const category = /** @type {HTMLSelectElement} */ (h('select', { 'aria-label': t('field.category'), 'data-filter': 'category', on: { change: () => go({ category: category.value }) } }));
  const sort = /** @type {HTMLSelectElement} */ (h('select', { 'aria-label': t('hall.sort'), 'data-filter': 'sort', on: { change: () => go({ sort: sort.value }) } }, ...SORTS.map((word) => h('option', { value: word }, t(`hall.sort_${word}`)))));
  const place = h('div', { class: 'hall-place' });
  const element = h('div', { class: 'show hall' },
    h('header', { class: 'place-head' }, h('div', {}, h('h1', {}, t(`hall.${what}`)), h('p', { class: 'hint' }, t(`hall.${what}_hint`))), h('nav', { class: 'segments', 'aria-label': t('hall.kinds') }, ...[['/exhibitors', 'kind.hall'], ['/exhibits', 'kind.goods']].map(([href = '', word = '']) => h('a', { class: 'segment', href, 'aria-current': href === address && 'page' }, t(word))))),
    h('nav', { class: 'zone-bar', 'aria-label': t('field.zone') }, zones), h('div', { class: 'list-bar hall-bar' }, category, sort, count), place);
  /** @type {{zones: readonly Term[], categories: readonly Term[]}} */
  let terms = { zones: [], categories: [] };
  let turn = 0;

  const asked = () => Object.fromEntries([...site.query()].filter(([name, value]) => ASKED.includes(name) && value !== ''));
  /** @param {Record<string, string>} more */
  const addressWith = (more) => {
    const query = new URLSearchParams(Object.entries({ ...asked(), ...more }).filter(([name, value]) => value !== '' && !(name === 'sort' && value === 'newest')));
    return `${address}${query.size > 0 ? `?${query}` : ''}`;
  };
  const go = (/** @type {Record<string, string>} */ more) => site.go(addressWith(more));

  function choices() {
    const { zone = '', category: chosen = '', sort: by = 'newest' } = asked();
    const all = terms.zones.flatMap((term) => term.items ?? [term]);
    fill(zones, ...[{ code: '', word: t('hall.all_zones') }, ...all.map((term) => ({ code: term.code, word: nameOf(term) }))].map(({ code, word }) => h('li', {}, h('a', { class: 'zone', href: addressWith({ zone: code }), 'aria-current': code === zone && 'true' }, word))));
    fill(category, h('option', { value: '' }, t('list.all', { name: t('field.category') })), ...terms.categories.map((top) => h('optgroup', { label: nameOf(top) }, h('option', { value: top.code }, t('hall.all_of', { name: nameOf(top) })), ...(top.items ?? []).map((term) => h('option', { value: term.code }, nameOf(term))))));
    category.value = chosen;
    sort.value = SORTS.includes(by) ? by : 'newest';
    for (const select of [category, sort]) attribute(select, 'data-chosen', select.value !== '' && select.value !== 'newest');
    zones.querySelector('[aria-current]')?.scrollIntoView?.({ block: 'nearest', inline: 'center' });
  }

  function load() {
    const mine = ++turn;
    const rows = feed(client, { path: list, query: asked(), limit, card: (row) => card(row, (code) => pathText(terms.zones, code)), empty: `hall.no_${what}`, kind, ready: named, total: (n) => mine === turn && fill(count, n === undefined ? '' : t('list.total', { n })) });
    fill(place, rows.element);
    void rows.load();
  }

  const named = Promise.all(['zone', 'exhibit-category'].map((name) => termsOf(client.env, name).catch(() => []))).then(([found = [], categories = []]) => {
    terms = { zones: found, categories };
    choices();
  });
  load();
  return { element, title: t(`hall.${what}`), move: () => {
    choices();
    load();
    return true;
  } };
}
