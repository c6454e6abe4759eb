//! Owns: an exhibit as visitors see it, wherever that is: on its own page and in the preview of who makes it. Never: fetches it.

import { termsOf } from '../drawn/descriptions.js';
import { pathText, pathTo, nameOf } from '../drawn/terms.js';
import { label } from '../drawn/words.js';
import { t } from '../strings.js';
import { attribute, fill, h, icon } from '../ui/dom.js';
import { named } from '../ui/firms.js';
import { rich } from '../ui/rich.js';
import { intend, negotiate, reporting } from './acts.js';
import { outward } from './booth_view.js';
import { exhibitCard, priceOf, viewsOf } from './cards.js';
import { films, viewer } from './carousel.js';
import { feed } from './feed.js';
import { pictureOf } from './picture.js';

/** @typedef {Record<string, any>} Row */

/** Of one order. **Source**: SPEC 11. */
const QUANTITY_MAX = 999_999;
/** Others of the kind, beside an exhibit. **Source**: SPEC 10.1. */
const SIMILAR_MAX = 4;

/** @param {import('../frame/frame.js').Site} site @param {Row} exhibit @param {{isPreview?: boolean}} [with_] @returns {HTMLElement} */
export function exhibitView(site, exhibit, { isPreview = false } = {}) {
  const { client } = site;
  const { id, name, booth = {} } = exhibit;
  const isOwn = client.user?.enterprise?.id === exhibit['enterprise']?.id;
  const quantity = counter();
  const crumbs = h('nav', { class: 'crumbs', 'aria-label': t('place.above') }, h('a', { href: '/exhibits' }, t('kind.goods')));
  const origin = h('dd', {}, exhibit['origin'] ?? '');
  void naming(site, exhibit, crumbs, origin);
  const fact = (/** @type {string} */ field, /** @type {import('../ui/dom.js').Child} */ value) => value !== '' && value !== undefined && value !== null && [h('dt', {}, label('exhibit', field)), value instanceof HTMLElement && value.tagName === 'DD' ? value : h('dd', { dir: 'auto' }, value)];
  return h('article', { class: 'exhibit-page' }, !isPreview && crumbs,
    h('div', { class: 'exhibit-top' }, viewer(exhibit['pictures']?.length > 0 ? exhibit['pictures'] : [null], name),
      h('div', { class: 'exhibit-text' }, h('h1', { tabindex: '-1', dir: 'auto' }, name), h('p', { class: 'exhibit-summary', dir: 'auto' }, exhibit['summary'] ?? ''),
        h('p', { class: 'exhibit-price' }, h('span', { class: 'hint' }, t('exhibit.price')), priceOf(exhibit['market_price_fen'])),
        h('dl', { class: 'facts' }, ...[fact('brand', exhibit['brand']), fact('code', exhibit['code'] ?? exhibit['number']), fact('origin', origin)].flatMap((each) => each || [])),
        !isOwn && h('div', { class: 'exhibit-buy' }, quantity.element, h('div', { class: 'ways' },
          h('button', { type: 'button', class: 'button primary', 'data-act': 'intend', disabled: isPreview, on: { click: () => void intend(site, exhibit, quantity.get()) } }, icon('order'), t('exhibit.intend')),
          h('button', { type: 'button', class: 'button', 'data-act': 'negotiate', disabled: isPreview, on: { click: () => void negotiate(site, { kind: 'exhibit', id }) } }, icon('chat'), t('show.negotiate')), outward(exhibit['smart_service_link'], 'help', 'show.smart'))),
        isOwn && !isPreview && h('div', { class: 'ways' }, h('a', { class: 'button', href: `/desk/exhibits/${id}` }, icon('desk'), t('exhibit.manage'))), viewsOf(exhibit['views'])),
      boothBlock(booth, exhibit, site)),
    (exhibit['videos'] ?? []).length > 0 && h('section', { class: 'card-section' }, h('h2', {}, t('booth.videos')), h('div', { class: 'films' }, ...films(exhibit['videos']))),
    typeof exhibit['detail_html'] === 'string' && exhibit['detail_html'] !== '' && h('section', { class: 'card-section', 'data-part': 'detail' }, h('h2', {}, t('exhibit.detail')), rich(exhibit['detail_html'])),
    !isPreview && similar(site, exhibit), !isPreview && !isOwn && h('footer', { class: 'page-foot' }, reporting(site, { kind: 'exhibit', id, name })));
}

/** How many, from one: by buttons, typed, by arrow keys. */
function counter() {
  const input = /** @type {HTMLInputElement} */ (h('input', { type: 'number', inputmode: 'numeric', min: '1', max: String(QUANTITY_MAX), step: '1', value: '1', 'aria-label': t('exhibit.quantity'), id: 'quantity' }));
  input.value = '1';
  const get = () => Math.min(QUANTITY_MAX, Math.max(1, Math.trunc(Number(input.value)) || 1));
  const draw = () => {
    attribute(less, 'disabled', get() <= 1);
    attribute(more, 'disabled', get() >= QUANTITY_MAX);
  };
  const step = (/** @type {number} */ by) => () => {
    input.value = String(Math.min(QUANTITY_MAX, Math.max(1, get() + by)));
    draw();
    if (document.activeElement === document.body || /** @type {HTMLButtonElement} */ (document.activeElement)?.disabled) input.focus();
  };
  const less = h('button', { type: 'button', class: 'icon-button', 'data-act': 'less', 'aria-label': t('exhibit.less'), on: { click: step(-1) } }, '−');
  const more = h('button', { type: 'button', class: 'icon-button', 'data-act': 'more', 'aria-label': t('exhibit.more'), on: { click: step(1) } }, '+');
  input.addEventListener('change', () => (input.value = String(get()), draw()));
  draw();
  return { element: h('div', { class: 'quantity', role: 'group', 'aria-label': t('exhibit.quantity') }, h('span', { class: 'hint', 'aria-hidden': 'true' }, t('exhibit.quantity')), less, input, more), get };
}

/** @param {Row} booth @param {Row} exhibit @param {import('../frame/frame.js').Site} site */
function boothBlock(booth, { enterprise }, { client }) {
  const region = h('span', { class: 'hint' });
  if (booth['region']) void termsOf(client.env, 'region').catch(() => []).then((regions) => fill(region, icon('pin'), pathText(regions, booth['region'])));
  return h('aside', { class: 'card-section exhibit-booth', 'aria-label': t('exhibit.booth') }, h('h2', {}, t('exhibit.booth')), h('div', { class: 'booth-mark' }, pictureOf(booth['logo'], '', { width: 72, height: 72, isSmall: true, name: booth['name'] ?? '' })),
    h('strong', { dir: 'auto' }, booth['name'] ?? ''), h('span', { class: 'hint', dir: 'auto' }, named(enterprise?.name ?? '', enterprise?.name_en).name), region,
    booth['id'] && h('a', { class: 'button', href: `/booths/${booth['id']}` }, t('exhibit.enter_booth')));
}

/** @param {import('../frame/frame.js').Site} site @param {Row} exhibit */
function similar({ client }, { id, category }) {
  const rows = feed(client, { path: '/v1/showcase/exhibits', query: { category }, limit: SIMILAR_MAX, card: exhibitCard, empty: 'exhibit.no_similar', isWhole: true, without: id, kind: 'show-goods' });
  const element = h('section', { class: 'similar' }, h('div', { class: 'section-head' }, h('h2', {}, t('exhibit.similar')), h('a', { href: `/exhibits?category=${encodeURIComponent(category)}` }, t('show.all'))), rows.element);
  void rows.load().then((n) => (element.hidden = n === 0));
  return element;
}

/** @param {import('../frame/frame.js').Site} site @param {Row} exhibit @param {HTMLElement} crumbs @param {HTMLElement} origin */
async function naming({ client }, { category, name, origin: code }, crumbs, origin) {
  const [categories, regions] = await Promise.all(['exhibit-category', 'region'].map((each) => termsOf(client.env, each).catch(() => [])));
  const path = pathTo(categories ?? [], category ?? '');
  crumbs.append(...path.map((term) => h('a', { href: `/exhibits?category=${encodeURIComponent(term.code)}` }, nameOf(term))), h('span', { 'aria-current': 'page' }, name));
  if (code) fill(origin, pathText(regions ?? [], code));
}
