//! Owns: a booth as visitors see it, wherever that is: on its own page and in the preview of who builds it. Never: fetches it.

import { termsOf } from '../drawn/descriptions.js';
import { pathText } from '../drawn/terms.js';
import { label } from '../drawn/words.js';
import { t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';
import { named } from '../ui/firms.js';
import { linkOf } from '../ui/rich.js';
import { negotiate, reporting } from './acts.js';
import { exhibitCard, viewsOf } from './cards.js';
import { carousel, films } from './carousel.js';
import { feed } from './feed.js';
import { pictureOf } from './picture.js';

/** @typedef {Record<string, any>} Row */

/** Exhibits of a booth at once. **Source**: SPEC 10.1. */
const EXHIBITS_PAGE = 10;

/** @param {import('../frame/frame.js').Site} site @param {Row} booth @param {{isPreview?: boolean}} [with_] @returns {HTMLElement} */
export function boothView(site, booth, { isPreview = false } = {}) {
  const { client } = site;
  const { name, enterprise } = booth;
  const firm = named(enterprise?.name ?? '', enterprise?.name_en);
  const isOwn = client.user?.enterprise?.id === enterprise?.id;
  const zone = h('span', { class: 'chip chip-mine' });
  const places = h('dd', {});
  void naming(site, booth, zone, places);
  const section = (/** @type {string} */ key, /** @type {(import('../ui/dom.js').Child)[]} */ ...children) => h('section', { class: 'card-section', 'data-part': key }, h('h2', {}, t(`booth.${key}`)), ...children);
  const count = h('span', { class: 'hint' });
  const exhibits = isPreview ? null : feed(client, { path: '/v1/showcase/exhibits', query: { booth: booth['id'] }, limit: EXHIBITS_PAGE, card: exhibitCard, empty: 'booth.no_exhibits', kind: 'show-goods', total: (n) => fill(count, n === undefined ? '' : t('list.total', { n })) });
  void exhibits?.load();
  return h('article', { class: 'booth-page' }, carousel(booth['pictures'] ?? [], name),
    h('header', { class: 'booth-head' }, h('div', { class: 'booth-mark' }, pictureOf(booth['logo'], '', { width: 96, height: 96, name })),
      h('div', { class: 'booth-title' }, h('h1', { tabindex: '-1', dir: 'auto' }, name), h('p', { class: 'booth-firm', dir: 'auto' }, firm.name, firm.other && h('span', { class: 'hint' }, firm.other)),
        h('dl', { class: 'booth-facts' }, h('div', {}, h('dt', { class: 'sr-only' }, t('field.zone')), h('dd', {}, zone)),
          booth['offline_number'] && h('div', {}, h('dt', {}, t('field.offline_number')), h('dd', {}, booth['offline_number'])),
          h('div', {}, h('dt', { class: 'sr-only' }, t('field.region')), icon('pin'), places), h('div', {}, h('dt', { class: 'sr-only' }, t('show.views_label')), h('dd', {}, viewsOf(booth['views']))))),
      h('div', { class: 'ways booth-ways' }, !isOwn && h('button', { type: 'button', class: 'button primary', 'data-act': 'negotiate', disabled: isPreview, on: { click: () => void negotiate(site, { kind: 'booth', id: booth['id'] }) } }, icon('chat'), t('show.negotiate')),
        isOwn && !isPreview && h('a', { class: 'button', href: `/desk/booths/${booth['id']}` }, icon('desk'), t('booth.manage')), outward(booth['smart_service_link'], 'help', 'show.smart'), outward(booth['hall_link'], 'cube', 'show.hall_3d'), outward(booth['website'], 'globe', 'show.website'))),
    h('div', { class: 'booth-columns' }, h('div', { class: 'booth-main' }, section('introduction', h('p', { class: 'prose', dir: 'auto' }, booth['introduction'] ?? '')), section('business', h('p', { class: 'prose', dir: 'auto' }, booth['business'] ?? '')),
      (booth['videos'] ?? []).length > 0 && section('videos', h('div', { class: 'films' }, ...films(booth['videos'])))),
    h('div', { class: 'booth-side' }, contact(booth), (booth['tags'] ?? []).length > 0 && section('tags', h('ul', { class: 'show-tags' }, ...booth['tags'].map((/** @type {string} */ tag) => h('li', {}, tag)))))),
    exhibits !== null && h('section', { class: 'booth-exhibits' }, h('div', { class: 'section-head' }, h('h2', {}, t('booth.exhibits')), count), exhibits.element), !isPreview && !isOwn && h('footer', { class: 'page-foot' }, reporting(site, { kind: 'booth', id: booth['id'], name })));
}

/** A link out of the fair. @param {string | undefined} address @param {string} drawing @param {string} word */
export const outward = (address, drawing, word) => address !== undefined && address !== null && linkOf(address) !== '' && h('a', { class: 'button', href: linkOf(address), target: '_blank', rel: 'noopener noreferrer nofollow' }, icon(drawing), t(word));

/** @param {Row} booth */
function contact({ contact: shown }) {
  if (!shown) return null;
  const rows = [['contact_name', shown.name], ['phone', shown.phone], ['email', shown.email], ['fax', shown.fax], ['address', shown.address], ['postcode', shown.postcode]].filter(([, value]) => value);
  return h('section', { class: 'card-section', 'data-part': 'contact' }, h('h2', {}, t('booth.contact')), h('dl', { class: 'facts' }, ...rows.flatMap(([name, value]) => [h('dt', {}, label('booth', name ?? '')), h('dd', { dir: 'auto' }, value)])));
}

/** Codes become names once their vocabularies are here. @param {import('../frame/frame.js').Site} site @param {Row} booth @param {HTMLElement} zone @param {HTMLElement} region */
async function naming({ client }, booth, zone, region) {
  const [zones, regions] = await Promise.all(['zone', 'region'].map((name) => termsOf(client.env, name).catch(() => [])));
  fill(zone, pathText(zones ?? [], booth['zone'] ?? ''));
  fill(region, booth['region'] ? pathText(regions ?? [], booth['region']) : t('form.nothing'));
}
