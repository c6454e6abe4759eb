//! Owns: how a booth and an exhibit look in a list that one walks along. Never: which stand there.

import { t } from '../strings.js';
import { h, icon } from '../ui/dom.js';
import { named } from '../ui/firms.js';
import { moneyText } from '../ui/money.js';
import { pictureOf } from './picture.js';

/** @typedef {Record<string, any>} Row */

/** Tags on a card. */
const TAGS_MAX = 3;

/** @param {number | undefined | null} fen */
export const priceOf = (fen) => typeof fen === 'number' ? h('span', { class: 'price' }, moneyText(fen)) : h('span', { class: 'price price-none' }, t('price.none'));

/** @param {number | undefined} n */
export const viewsOf = (n = 0) => h('span', { class: 'views' }, icon('eye'), t('show.views', { n }));

/** @param {Row} row */
const firmOf = (row) => named(row['company'] ?? row['enterprise']?.name ?? '', row['company_en'] ?? row['enterprise']?.name_en).name;

/** @param {Row} row @param {(code: string) => string} zoneName */
export function boothCard(row, zoneName) {
  return h('article', { class: 'show-card booth-card' },
    h('a', { class: 'show-link', href: `/booths/${row['id']}` }, h('span', { class: 'show-picture' }, pictureOf(row['picture'], '', { width: 480, height: 200, isSmall: true, name: row['name'] })),
      h('span', { class: 'booth-logo' }, pictureOf(row['logo'], '', { width: 56, height: 56, isSmall: true, name: row['name'] })),
      h('strong', { class: 'show-name', dir: 'auto' }, row['name'])),
    h('div', { class: 'show-text' }, h('p', { class: 'show-firm', dir: 'auto' }, firmOf(row)), h('p', { class: 'show-line', dir: 'auto' }, row['business'] ?? ''),
      h('ul', { class: 'show-tags' }, ...(row['tags'] ?? []).slice(0, TAGS_MAX).map((/** @type {string} */ tag) => h('li', {}, tag))),
      h('p', { class: 'show-foot' }, row['zone'] && h('span', { class: 'chip' }, zoneName(row['zone'])), viewsOf(row['views']))));
}

/** @param {Row} row */
export function exhibitCard(row) {
  return h('article', { class: 'show-card exhibit-card' },
    h('a', { class: 'show-link', href: `/exhibits/${row['id']}` }, h('span', { class: 'show-picture' }, pictureOf(row['picture'], '', { width: 300, height: 300, isSmall: true, name: row['name'] })), h('strong', { class: 'show-name', dir: 'auto' }, row['name'])),
    h('div', { class: 'show-text' }, h('p', { class: 'show-price' }, priceOf(row['market_price_fen'])), h('p', { class: 'show-firm', dir: 'auto' }, firmOf(row)), h('p', { class: 'show-foot' }, viewsOf(row['views']))));
}

/** What stands there until the first come. @param {number} n */
export const awaited = (n) => Array.from({ length: n }, () => h('li', { class: 'show-card show-awaited', 'aria-hidden': 'true' }, h('span', { class: 'show-picture' }), h('span', { class: 'bone' }), h('span', { class: 'bone short' })));
