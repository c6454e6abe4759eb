//! Owns: the layout of exhibits: an exhibitor's list with what can be done with one and with many, the form of one; those to review,
//! with what changed. Never: who may do what; the record's `actions` say it.

import { described, draftOf, flowOf, termsOf } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { difference } from '../drawn/difference.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { nameOf, pathText, pathTo } from '../drawn/terms.js';
import { reader } from '../drawn/values.js';
import { option } from '../drawn/words.js';
import { exhibitView } from '../show/exhibit_view.js';
import { pictureOf } from '../show/picture.js';
import { errorText, language, t } from '../strings.js';
import { attempt, confirmed, modal, toast } from '../ui/dialogs.js';
import { fill, h, icon } from '../ui/dom.js';
import { moneyText } from '../ui/money.js';
import { rich } from '../ui/rich.js';
import { exactly, moment } from '../ui/time.js';
import { shots } from './booths.js';
import { companyOf } from './company.js';
import { drafting } from './drafting.js';
import { nextOf } from './next.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */
/** @typedef {import('../drawn/terms.js').Term} Term */

const PATH = '/v1/exhibits';
const FORM = 'Exhibit';
const NEW = 'new';
/** @type {readonly (readonly [string, readonly string[]])[]} */
const GROUPS = [
  ['exhibit', ['name', 'category', 'code', 'origin', 'brand', 'summary']],
  ['price', ['market_price_fen', 'wholesale_price_fen']],
  ['show', ['pictures', 'videos', 'detail_html']],
];
const WAYS = /** @type {Record<string, string>} */ ({ approve: 'review/approve', reject: 'review/reject', take_down: 'review/take-down', shelve: 'shelve', unshelve: 'unshelve' });
const TEXTS = new Set(['name', 'code', 'brand', 'summary']);
const REVIEWS = ['draft', 'pending', 'approved', 'rejected'];
const SHELVES = ['waiting', 'on_sale', 'off_shelf'];

/** Where a record's two states are one, as where it was never approved, only one is told. @param {Row} row */
const shelfOf = (row) => row['shelf_state'] && row['review_state'] !== 'draft' ? option('shelf_state', row['shelf_state']) : '';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all(site) {
    const { client } = site;
    const [flow, categories] = await Promise.all([flowOf(client.env, 'exhibit'), termsOf(client.env, 'exhibit-category').catch(() => [])]);
    return client.user?.kind === 'enterprise' ? own(site, flow, categories) : queue(site, flow, categories);
  },
  one: (site, id) => id === NEW ? begin(site) : shown(site, id),
};

/** @param {Row} row */
const goods = (row) => h('span', { class: 'goods' }, h('span', { class: 'goods-picture' }, pictureOf(row['pictures']?.[0] ?? row['picture'], '', { width: 48, height: 48, isSmall: true, name: row['name'] ?? '' })), h('span', { dir: 'auto' }, row['name'] ?? t('form.nothing')));

/** A table has room for the last of its names. @param {Term[]} terms @param {string} code */
function lastOf(terms, code) {
  const last = pathTo(terms, code).at(-1);
  return last === undefined ? code : nameOf(last);
}

/** @param {string | undefined} at */
const time = (at) => at && h('time', { datetime: at, title: exactly(at) }, moment(at));

/** @param {Site} site @param {import('../drawn/descriptions.js').Flow | null} flow @param {Term[]} categories */
function queue({ client }, flow, categories) {
  const drawn = list(client, { kind: 'exhibits', path: '/v1/reviews/exhibits', link: (row) => `/desk/exhibits/${row['id']}`,
    filters: [{ name: 'number' }, { name: 'name' }, { name: 'review_state', choices: REVIEWS.map((word) => [word, option('review_state', word)]) }],
    columns: [{ name: 'info', show: goods }, { name: 'number', show: (row) => h('span', { class: 'mono' }, row['number']) }, { name: 'enterprise_name', show: (row) => companyOf(client, PATH, row) },
      { name: 'category', show: (row) => row['category'] && pathText(categories, row['category']) }, { name: 'state', show: (row) => badge(flow, row['state']) }, { name: 'updated_at', show: (row) => time(row['updated_at']) }] });
  return { ...drawn, isOf: (/** @type {any} */ { ev }) => ev === flow?.event, called: (/** @type {string} */ id) => drawn.rows().find((row) => row['id'] === id)?.['name'] };
}

/** The guide's list. **Source**: SPEC 10. @param {Site} site @param {import('../drawn/descriptions.js').Flow | null} flow @param {Term[]} categories @returns {import('./kinds.js').Drawn} */
function own(site, flow, categories) {
  const { client } = site;
  const isAdmin = client.user?.admin === true;
  const button = (/** @type {string} */ key, /** @type {() => void} */ run) => h('button', { type: 'button', class: 'button small', 'data-act': key, on: { click: run } }, t(`exhibit.${key}`));
  const may = (/** @type {string} */ action) => (/** @type {Row} */ row) => row['actions']?.includes(action) === true;
  const many = (/** @type {string} */ name) => ({ name, word: `exhibit.${name}`, may: may(name), run: (/** @type {readonly Row[]} */ rows) => all(site, name, rows) });
  const copy = async (/** @type {Row} */ row) => {
    const made = await attempt(() => client.exchange('POST', `${PATH}/${row['id']}/copy`));
    if (made === undefined) return;
    toast(t('exhibit.copied'));
    site.go(`/desk/exhibits/${made.value.id}`);
  };
  const shelf = async (/** @type {string} */ name, /** @type {Row} */ row) => {
    const result = await attempt(() => all(site, name, [row]));
    const fault = result?.get(row['id']);
    if (fault) toast(fault);
    await drawn.load();
  };
  const drawn = list(client, { kind: 'exhibits', path: PATH, look: 'wide-table', link: (row) => `/desk/exhibits/${row['id']}`, nameOf: (row) => row['name'] ?? row['number'],
    filters: [{ name: 'number' }, { name: 'name' }, { name: 'category', choices: categories.flatMap((top) => [[top.code, top.label[language()]], ...(top.items ?? []).map((term) => /** @type {[string, string]} */ ([term.code, `— ${term.label[language()]}`]))]) },
      { name: 'review_state', choices: REVIEWS.map((word) => [word, option('review_state', word)]) }, { name: 'shelf_state', choices: SHELVES.map((word) => [word, option('shelf_state', word)]) }],
    columns: [{ name: 'info', show: goods }, { name: 'number', show: (row) => h('span', { class: 'mono' }, row['number']) }, { name: 'code', show: (row) => row['code'] }, { name: 'category', show: (row) => row['category'] && h('span', { title: pathText(categories, row['category']) }, lastOf(categories, row['category'])) },
      { name: 'created_at', show: (row) => time(row['created_at']) }, { name: 'shelf_state', show: shelfOf }, { name: 'review_state', show: (row) => reviewBadge(flow, row) },
      { name: 'submitted_at', show: (row) => time(row['submitted_at']) }],
    acts: (row) => [...(isAdmin ? [button('copy', () => void copy(row))] : []), ...(['shelve', 'unshelve'].filter((name) => may(name)(row)).map((name) => button(name, () => void shelf(name, row))))],
    bulk: [many('shelve'), many('unshelve')] });
  const element = h('div', { class: 'records-place' }, isAdmin && h('div', { class: 'ways' }, h('a', { class: 'button primary', href: `/desk/exhibits/${NEW}`, 'data-act': 'new' }, icon('plus'), t('exhibit.new'))), drawn.element);
  return { element, load: drawn.load, isOf: ({ ev }) => ev === flow?.event, called: (id) => drawn.rows().find((row) => row['id'] === id)?.['name'] };
}

/** The state of its review, with a tone of its own. @param {import('../drawn/descriptions.js').Flow | null} flow @param {Row} row */
function reviewBadge(flow, row) {
  const [tone, drawing] = { draft: ['neutral', 'file'], pending: ['waiting', 'wait'], approved: ['good', 'tick'], rejected: ['bad', 'alert'] }[String(row['review_state'])] ?? ['neutral', 'file'];
  return h('span', { class: 'show-foot' }, h('span', { class: `state tone-${tone}`, 'data-state': row['review_state'] }, icon(drawing ?? 'file'), h('span', {}, option('review_state', row['review_state'] ?? ''))), row['state'] === 'revising' && badge(flow, 'revising'));
}

/** Many at once; what could not be done is told of each. @param {Site} site @param {string} name @param {readonly Row[]} rows @returns {Promise<Map<string, string | null>>} */
async function all({ client }, name, rows) {
  const { items } = await client.rest('POST', `${PATH}/${name}`, { items: rows.map((row) => ({ id: row['id'], version: row['version'] })) });
  return new Map(items.map((/** @type {Row} */ item) => [item['id'], item['error'] === undefined ? null : errorText(item['error'])]));
}

/** An exhibit begins as a draft of a booth, and gets its number. @param {Site} site @returns {Promise<import('./kinds.js').Drawn>} */
async function begin(site) {
  const { client } = site;
  const { items: booths } = await client.rest('GET', '/v1/booths?limit=100');
  const ready = booths.filter((/** @type {Row} */ booth) => (booth['categories'] ?? []).length > 0);
  if (ready.length === 0) return { element: h('section', { class: 'card-section empty' }, icon('box'), h('p', {}, t('exhibit.needs_booth')), h('a', { class: 'button primary', href: '/desk/booths' }, t('own.booths'))) };
  const booth = ready.length === 1 ? ready[0].id : await modal(t('field.booth'), (done) => [h('ul', { class: 'choices' }, ...ready.map((/** @type {Row} */ each) => h('li', {}, h('button', { type: 'button', class: 'choice', on: { click: () => done(each['id']) } }, h('span', { class: 'choice-text' }, each['name'] ?? t('one.booths'))))))]);
  if (booth === null) {
    site.go('/desk/exhibits', { replace: true });
    return { element: h('div', {}) };
  }
  const { value } = await client.exchange('POST', PATH, { body: { booth }, key: client.env.newId() });
  site.go(`/desk/exhibits/${value.id}`, { replace: true });
  return { element: h('div', {}) };
}

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
async function shown(site, id) {
  const { client } = site;
  const path = `${PATH}/${id}`;
  const [schema, flow, { value: row }] = await Promise.all([draftOf(client.env, FORM), flowOf(client.env, 'exhibit'), client.exchange('GET', path)]);
  const words = await reader(client.env, schema);
  const place = h('div', { class: 'records-place' });
  const isOwn = client.user?.kind === 'enterprise';
  const isAdmin = isOwn && client.user?.admin === true;
  /** @type {ReturnType<typeof drafting> | null} */
  let editing = null;

  /** @param {string} name @param {any} value */
  const show = (name, value) => name === 'pictures' ? shots(value) : name === 'videos' ? t('list.total', { n: value.length }) : name.endsWith('_fen') ? moneyText(value) : name === 'detail_html' ? rich(value)
    : name === 'number' ? h('span', { class: 'mono' }, value) : name === 'review_state' || name === 'shelf_state' ? option(name, value) : words(name, value);
  const button = (/** @type {string} */ key, /** @type {string} */ word, /** @type {() => void} */ run, more = '') => h('button', { type: 'button', class: `button${more}`, 'data-act': key, on: { click: run } }, t(word));
  const view = (/** @type {Row} */ seen) => exhibitView(site, seen, { isPreview: true });
  const heading = (/** @type {Row} */ each) => each['name'] || t('one.exhibits');
  const preview = () => attempt(async () => {
    const seen = await client.rest('GET', `${path}/preview`);
    void modal(t('show.preview_of'), () => [view(seen)], 'wide-dialog');
  });
  const copy = () => attempt(async () => {
    const { value } = await client.exchange('POST', `${path}/copy`);
    toast(t('exhibit.copied'));
    site.go(`/desk/exhibits/${value.id}`);
  });
  const remove = (/** @type {string} */ tag) => attempt(async () => {
    if (await confirmed(t('exhibit.remove'), t('exhibit.remove_body', { name: row['name'] ?? row['number'] }), t('exhibit.remove')) === null) return;
    await client.exchange('DELETE', path, { match: tag });
    toast(t('exhibit.removed'));
    site.go('/desk/exhibits');
  });

  const drawn = detail(client, { kind: 'exhibit', path, flow, heading, show, way: (action) => WAYS[action] ?? '',
    facts: [['exhibit', ['number', 'review_state', 'shelf_state', ...GROUPS[0]?.[1] ?? []]], ...GROUPS.slice(1)],
    before: (each) => isOwn ? [nextOf('exhibit', each)] : [difference('exhibit', schema, each, { show, plain: (name) => TEXTS.has(name) })],
    more: (each, tag) => [...(isOwn && each['actions']?.includes('update') ? [button('edit', 'exhibit.edit', () => void edit(), ' primary')] : []), button('preview', 'show.preview', () => void preview()), ...(isAdmin ? [button('copy', 'exhibit.copy', () => void copy())] : []),
      ...(each['shelf_state'] === 'on_sale' ? [h('a', { class: 'button', href: `/exhibits/${id}` }, t('booth.public'))] : []), ...(each['actions']?.includes('delete') ? [button('delete', 'exhibit.remove', () => void remove(tag), ' danger')] : [])] });

  async function edit() {
    const { value, tag } = await client.exchange('GET', path);
    const booth = await client.rest('GET', `/v1/booths/${value.booth}`).catch(() => ({ categories: [] }));
    const options = async (/** @type {string} */ name) => {
      const terms = await described(client.env).options(name);
      return name === 'exhibit-category' ? within(terms, booth.categories ?? []) : terms;
    };
    editing?.stop();
    editing = drafting(site, { name: 'exhibit', life: 'exhibit', path, flow, schema, groups: GROUPS, row: value, tag, heading, options, leave: ['booth'], view, handedIn: () => void back(),
      notes: (each) => each['shelf_state'] === 'on_sale' ? [h('p', { class: 'hint' }, t('exhibit.unshelves'))] : [], more: () => isAdmin ? [button('copy', 'exhibit.copy', () => void copy())] : [] });
    fill(place, h('p', { class: 'hint' }, t('exhibit.number_is', { number: value.number ?? '' })), value.review_state === 'approved' && h('div', { class: 'next' }, icon('flag'), h('p', {}, t('booth.edit_hint'))), editing.element);
    /** @type {HTMLElement | null} */ (place.querySelector('h1'))?.focus();
  }

  async function back() {
    editing?.stop();
    editing = null;
    fill(place, drawn.element);
    await drawn.load();
    /** @type {HTMLElement | null} */ (place.querySelector('h1'))?.focus();
  }

  if (isOwn && row.actions?.includes('update') && ['draft', 'rejected', 'revising'].includes(row.state)) await edit();
  else fill(place, drawn.element);
  const load = async () => {
    if (editing === null) await drawn.load();
    else if (!await editing.again()) await back();
  };
  return { element: place, load, isOf: ({ ev, d }) => ev === flow?.event && d?.id === id, stop: () => editing?.stop() };
}

/** Of a vocabulary what is among the codes, or below one of them. @param {readonly Term[]} terms @param {readonly string[]} codes @returns {Term[]} */
export const within = (terms, codes) => terms.flatMap((term) => {
  if (codes.includes(term.code)) return [term];
  const items = within(term.items ?? [], codes);
  return items.length === 0 ? [] : [{ ...term, items }];
});
