//! Owns: the layout of booths: the own one of an enterprise, built and handed in; those to review, with what changed since the last
//! approval. Never: who may do what; the record's `actions` say it.

import { described, draftOf, flowOf, termsOf } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { difference } from '../drawn/difference.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { pathText, pathTo } from '../drawn/terms.js';
import { reader } from '../drawn/values.js';
import { boothView } from '../show/booth_view.js';
import { pictureOf } from '../show/picture.js';
import { language, t } from '../strings.js';
import { attempt, modal } from '../ui/dialogs.js';
import { fill, h, icon } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';
import { companyOf } from './company.js';
import { drafting } from './drafting.js';
import { nextOf } from './next.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */

const PATH = '/v1/booths';
const FORM = 'Booth';
/** The four tabs. **Source**: SPEC 9, D-33. @type {readonly (readonly [string, readonly string[]])[]} */
const GROUPS = [
  ['booth_basics', ['name', 'logo', 'website', 'introduction', 'business', 'pictures', 'videos', 'tags']],
  ['booth_place', ['zone', 'offline_number', 'hall_link', 'industries', 'categories']],
  ['booth_contact', ['contact_name', 'phone', 'email', 'fax', 'region', 'address', 'postcode', 'show_contact']],
  ['booth_service', ['smart_service', 'smart_service_link']],
];
const WAYS = /** @type {Record<string, string>} */ ({ approve: 'review/approve', reject: 'review/reject', take_down: 'review/take-down', withdraw: 'withdraw' });
const PICTURES = new Set(['logo', 'pictures']);
/** Told apart within. */
const TEXTS = new Set(['name', 'introduction', 'business', 'address', 'contact_name', 'phone', 'email', 'offline_number']);

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all(site) {
    const { client } = site;
    const flow = await flowOf(client.env, 'booth');
    return client.user?.kind === 'enterprise' ? own(site, flow) : queue(site, flow);
  },
  one: shown,
};

/** @param {Site} site @param {import('../drawn/descriptions.js').Flow | null} flow */
async function queue({ client }, flow) {
  const zones = await termsOf(client.env, 'zone').catch(() => []);
  const drawn = list(client, { kind: 'booths', path: '/v1/reviews/booths', link: (row) => `/desk/booths/${row['id']}`,
    filters: [{ name: 'state', choices: (flow?.states ?? []).map(({ name, label }) => [name, label[language()]]) }],
    columns: [{ name: 'name', show: (row) => row['name'] ?? t('form.nothing') }, { name: 'enterprise_name', show: (row) => companyOf(client, PATH, row) },
      { name: 'zone', show: (row) => row['zone'] && pathText(zones, row['zone']) }, { name: 'state', show: (row) => badge(flow, row['state']) },
      { name: 'updated_at', show: (row) => row['updated_at'] && h('time', { datetime: row['updated_at'], title: exactly(row['updated_at']) }, moment(row['updated_at'])) }] });
  return { ...drawn, isOf: (/** @type {any} */ { ev }) => ev === flow?.event, called: (/** @type {string} */ id) => drawn.rows().find((row) => row['id'] === id)?.['name'] };
}

/** An enterprise has one booth, unless the fair lets it have more. @param {Site} site @param {import('../drawn/descriptions.js').Flow | null} flow @returns {Promise<import('./kinds.js').Drawn>} */
async function own(site, flow) {
  const { client } = site;
  const { items } = await client.rest('GET', `${PATH}?limit=100`);
  const isAdmin = client.user?.admin === true;
  if (items.length === 1) {
    site.go(`/desk/booths/${items[0].id}`, { replace: true });
    return { element: h('div', {}) };
  }
  const key = client.env.newId();
  const begin = async () => {
    const made = await attempt(() => client.exchange('POST', PATH, { body: {}, key }));
    if (made !== undefined) site.go(`/desk/booths/${made.value.id}`);
  };
  const make = isAdmin && h('button', { type: 'button', class: 'button primary', 'data-act': 'new', on: { click: () => void begin() } }, icon('plus'), t('booth.new'));
  if (items.length === 0) return { element: h('section', { class: 'card-section empty' }, icon('hall'), h('p', {}, t('booth.none')), make) };
  const drawn = list(client, { kind: 'booths', path: PATH, link: (row) => `/desk/booths/${row['id']}`, columns: [{ name: 'name', show: (row) => row['name'] ?? t('form.nothing') }, { name: 'state', show: (row) => badge(flow, row['state']) }] });
  return { ...drawn, element: h('div', { class: 'records-place' }, make && h('div', { class: 'ways' }, make), drawn.element), isOf: ({ ev }) => ev === flow?.event };
}

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
async function shown(site, id) {
  const { client } = site;
  const [schema, flow, { value: row }] = await Promise.all([draftOf(client.env, FORM), flowOf(client.env, 'booth'), client.exchange('GET', `${PATH}/${id}`)]);
  const words = await reader(client.env, schema);
  const show = (/** @type {string} */ name, /** @type {any} */ value) => PICTURES.has(name) ? shots(value) : name === 'videos' ? t('list.total', { n: value.length }) : words(name, value);
  const place = h('div', { class: 'records-place' });
  const path = `${PATH}/${id}`;
  const isOwn = client.user?.kind === 'enterprise';
  /** @type {ReturnType<typeof drafting> | null} */
  let editing = null;

  const drawn = detail(client, { kind: 'booth', path, flow, heading: (each) => each['name'] || t('one.booths'), facts: GROUPS, show, way: (action) => WAYS[action] ?? '',
    before: (each) => isOwn ? [nextOf('booth', each)] : [difference('booth', schema, each, { show, plain: (name) => TEXTS.has(name) })],
    more: (each) => [...(isOwn && each['actions']?.includes('update') ? [button('edit', 'booth.edit', () => void edit(), ' primary')] : []), button('preview', 'show.preview', () => void preview()),
      ...(each['state'] === 'approved' || each['state'] === 'revising' ? [h('a', { class: 'button', href: `/booths/${id}` }, t('booth.public'))] : [])] });

  const button = (/** @type {string} */ key, /** @type {string} */ word, /** @type {() => void} */ run, more = '') => h('button', { type: 'button', class: `button${more}`, 'data-act': key, on: { click: run } }, t(word));
  const preview = () => attempt(async () => {
    const seen = await client.rest('GET', `${path}/preview`);
    void modal(t('show.preview_of'), () => [boothView(site, seen, { isPreview: true })], 'wide-dialog');
  });

  async function edit() {
    const { value, tag } = await client.exchange('GET', path);
    const zones = await termsOf(client.env, 'zone');
    const isPreset = pathTo(zones, value.zone ?? '').length > 1; // the invitation code says it
    const options = async (/** @type {string} */ name) => name === 'zone' ? zones.filter((term) => term.items === undefined) : described(client.env).options(name);
    editing?.stop();
    editing = drafting(site, { name: 'booth', life: 'booth', path, flow, schema, groups: GROUPS, row: value, tag, heading: (each) => each['name'] || t('one.booths'), options, accepts: true,
      locked: isPreset ? { zone: (held) => pathText(zones, held) } : {}, view: (seen) => boothView(site, seen, { isPreview: true }), handedIn: () => void back(),
      notes: (each) => each['approved'] ? [h('p', { class: 'hint' }, t('booth.hides'))] : [] });
    fill(place, value.state === 'approved' && h('div', { class: 'next' }, icon('flag'), h('p', {}, t('booth.edit_hint'))), editing.element);
    /** @type {HTMLElement | null} */ (place.querySelector('h1'))?.focus();
  }

  async function back() {
    editing?.stop();
    editing = null;
    fill(place, drawn.element);
    await drawn.load();
    /** @type {HTMLElement | null} */ (place.querySelector('h1'))?.focus();
  }

  const isOpen = isOwn && row.actions?.includes('update') && row.state !== 'approved';
  if (isOpen) await edit();
  else fill(place, drawn.element);
  const load = async () => {
    if (editing === null) await drawn.load();
    else if (!await editing.again()) await back();
  };
  return { element: place, load, isOf: ({ ev, d }) => ev === flow?.event && d?.id === id, stop: () => editing?.stop() };
}

/** Pictures by their uploads. @param {string | readonly string[]} value */
export const shots = (value) => h('div', { class: 'shots' }, ...(Array.isArray(value) ? value : [value]).map((picture) => pictureOf(picture, '', { width: 128, height: 84, isSmall: true })));
