//! Owns: the layout of an enterprise's people: who they are, what they may do, whether a badge can be made. The committee sees those
//! of any enterprise. Never: a password or a number beyond the dialog that shows it once.

import { changeOf, formOf, hasRoute, described } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { editor } from '../drawn/editor.js';
import { form } from '../drawn/form.js';
import { list } from '../drawn/list.js';
import { uploadsOf } from '../drawn/uploads.js';
import { reader } from '../drawn/values.js';
import { label } from '../drawn/words.js';
import { missing } from '../frame/refused.js';
import { t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';
import { changeDuty, remove, resetPassword, reveal, showPassword } from './people_acts.js';
import { photoOf } from './photo.js';
import { suggested } from './person.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */

/** @type {readonly (readonly [string, readonly string[]])[]} */
const GROUPS = [
  ['login', ['username', 'password']],
  ['account', ['name', 'duty', 'position']],
  ['person', ['nationality', 'real_name', 'real_name_en', 'gender', 'document_type', 'document_number', 'birthday']],
  ['reach', ['mobile', 'email']],
  ['badge', ['photo']],
];
/** Shown with their middle hidden, and sent only when they are filled anew. */
const MASKS = ['document_number', 'mobile', 'email'];
/** The address of the form that makes one. */
const NEW = 'new';

/** @param {Site} site the enterprise whose people they are: the own one, or for the committee the one that the address names */
const teamOf = ({ client, query }) => client.user?.kind === 'committee' ? query().get('of') ?? '' : client.user?.enterprise?.id ?? '';
/** @param {Site} site */
const keeps = ({ client }) => client.user?.kind === 'enterprise' && client.user.admin === true;

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all(site) {
    if (teamOf(site) === '') return { element: missing().element };
    const drawn = team(site, teamOf(site));
    if (!keeps(site)) return drawn;
    const add = h('a', { class: 'button primary', href: `/desk/people/${NEW}`, 'data-act': 'new' }, icon('plus'), t('people.new'));
    return { element: h('div', { class: 'records-place' }, h('div', { class: 'ways' }, add), drawn.element), load: drawn.load };
  },
  one: (site, id) => id === NEW ? make(site) : shown(site, id),
};

/** The people of an enterprise. @param {Site} site @param {string} enterprise */
export function team(site, enterprise) {
  const { client } = site;
  const path = `/v1/enterprises/${enterprise}/users`;
  const of = client.user?.kind === 'committee' ? `?of=${enterprise}` : '';
  const seesAll = keeps(site) || of !== '';
  const act = (/** @type {string} */ name, /** @type {() => Promise<any>} */ run) =>
    h('button', { type: 'button', class: 'button small', 'data-act': name, on: { click: () => void run().then(drawn.load) } }, t(`people.${name}`));
  const drawn = list(client, { kind: 'people', path, searched: true, link: (row) => seesAll ? `/desk/people/${row['id']}${of}` : null,
    columns: [{ name: 'name', show: (row) => row['name'] }, { name: 'username', show: (row) => row['username'] }, { name: 'duty', show: duties },
      ...(seesAll ? [{ name: 'mobile', show: (/** @type {Row} */ row) => row['mobile'] ?? row['email'] }, { name: 'document_number', show: (/** @type {Row} */ row) => row['document_number'] && h('span', { class: 'mono' }, row['document_number']) }, { name: 'badge', show: badgeChip }] : [])],
    ...(keeps(site) ? { acts: (/** @type {any} */ row) => [act('duty', () => changeDuty(client, path, row)),
      ...(row.id === client.user?.id ? [] : [act('reset', () => resetPassword(client, path, row)), act('remove', () => remove(client, path, row))])] } : {}) });
  return drawn;
}

/** @param {Row} row */
const duties = (row) => [row['duty'] && t(`duty.${row['duty']}`), row['admin'] && t('duty.admin')].filter(Boolean).join(' · ');

/** Whether a badge can be made, with how much is missing. @param {Row} row */
function badgeChip({ badge }) {
  if (badge === undefined) return '';
  const [tone, drawing] = badge.ready ? ['good', 'tick'] : ['waiting', 'wait'];
  return h('span', { class: `state tone-${tone}` }, icon(drawing), h('span', {}, badge.ready ? t('badge.ready') : t('badge.missing_n', { n: badge.missing.length })));
}

/** @param {Site} site */
async function make(site) {
  const { client } = site;
  if (!keeps(site)) return { element: missing().element };
  const schema = await formOf(client.env, 'UserCreate');
  const path = `/v1/enterprises/${teamOf(site)}/users`;
  const drawn = form(schema, { name: 'people', submit: t('people.create'), groups: GROUPS, draft: `${client.user?.id}/people/new`, suggest: suggested, uploads: uploadsOf(client), ...described(client.env),
    send: async (values) => {
      const made = await client.rest('POST', path, values);
      if (made.password) await showPassword(made.name, made.password);
      site.go(`/desk/people/${made.id}`);
    } });
  const element = h('div', { class: 'records-place' }, h('header', { class: 'place-head' }, h('h1', { tabindex: '-1' }, t('people.new'))), h('section', { class: 'card-section' }, drawn.element));
  return { element, stop: drawn.stop };
}

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
async function shown(site, id) {
  const { client } = site;
  const enterprise = teamOf(site);
  const path = `/v1/enterprises/${enterprise}/users`;
  const schema = await changeOf(client.env, 'UserChange');
  const [words, mayReveal] = await Promise.all([reader(client.env, schema), hasRoute(client.env, '/v1/enterprises/{id}/users/{uid}/document/reveal')]);
  const show = (/** @type {string} */ name, /** @type {any} */ value) => name === 'document_number' ? h('span', { class: 'mono' }, value) : name === 'username' ? value : words(name, value);
  const place = h('div', { class: 'records-place' });
  const button = (/** @type {string} */ name, /** @type {() => any} */ run, more = '') => h('button', { type: 'button', class: `button${more}`, 'data-act': name, on: { click: run } }, t(`people.${name}`));

  const drawn = detail(client, { kind: 'people', path: `${path}/${id}`, flow: null, heading: (row) => row['name'], show, way: () => '',
    facts: [['account', ['username', 'name', 'duty', 'position']], ...GROUPS.slice(2, -1)],
    before: (row) => row['badge'] === undefined ? [] : [readiness(client, row)],
    more: (row, tag, again) => [
      ...(keeps(site) ? [button('edit', () => edit(row, tag, again), ' primary'), button('duty', () => void changeDuty(client, path, /** @type {any} */ (row)).then(again))] : []),
      ...(mayReveal && row['document_number'] ? [button('reveal', () => void reveal(client, path, /** @type {any} */ (row)))] : []),
      ...(keeps(site) && id !== client.user?.id ? [button('reset', () => void resetPassword(client, path, /** @type {any} */ (row)).then(again)),
        button('remove', () => void remove(client, path, /** @type {any} */ (row)).then((done) => done && site.go('/desk/people')), ' danger')] : [])] });

  /** @param {Row} row @param {string} tag @param {() => void} again */
  function edit(row, tag, again) {
    const back = () => {
      made.stop();
      fill(place, drawn.element);
      again();
      /** @type {HTMLElement | null} */ (place.querySelector('h1'))?.focus();
    };
    const made = editor(client, schema, { name: 'people', path: `${path}/${id}`, row, tag, groups: GROUPS.slice(1), masks: MASKS, suggest: suggested, uploads: uploadsOf(client), ...described(client.env),
      draft: `${client.user?.id}/people/${id}`, done: back });
    made.element.lastElementChild?.prepend(h('button', { type: 'button', class: 'button', on: { click: back } }, t('act.cancel')));
    const heading = h('h1', { tabindex: '-1' }, t('people.edit_of', { name: row['name'] }));
    fill(place, h('header', { class: 'place-head' }, heading), row['nationality'] === undefined && h('p', { class: 'hint' }, t('people.complete')), h('section', { class: 'card-section' }, made.element));
    heading.focus();
  }

  fill(place, drawn.element);
  return { element: place, load: drawn.load };
}

/** What a badge needs, and what of it is there. @param {import('../sdk/client.js').Client} client @param {Row} row */
function readiness(client, row) {
  const { badge, photo } = row;
  return h('section', { class: 'card-section badge-part' }, h('h2', {}, t('badge.title')), h('div', { class: 'badge-row' },
    typeof photo === 'string' && photoOf(client, photo, row['name']), h('div', { class: 'badge-text' }, badgeChip(row),
      !badge.ready && h('p', { class: 'hint' }, t('badge.needs')), !badge.ready && h('ul', { class: 'tags' }, ...badge.missing.map((/** @type {string} */ name) => h('li', { class: 'tag plain' }, label('people', name)))))));
}
