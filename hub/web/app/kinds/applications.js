//! Owns: the layout of applications to exhibit: the own one of an enterprise, those to review of an institution and the committee.
//! Never: who may do what; the record's `actions` say it.

import { changeOf, described, flowOf, formOf, termsOf } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { editor } from '../drawn/editor.js';
import { form } from '../drawn/form.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { pathText } from '../drawn/terms.js';
import { reader } from '../drawn/values.js';
import { asWireError } from '../sdk/wire.js';
import { language, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';
import { closedWindow } from './event.js';
import { issuerOf } from './issuer.js';
import { nextOf } from './next.js';
import { team } from './people.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */

const PATH = '/v1/exhibitor-applications';
const FORM = 'ExhibitorApplication';
/** Fields under their headings; what the description has beside them follows below. @type {readonly (readonly [string, readonly string[]])[]} */
const GROUPS = [
  ['exhibiting', ['invitation_code', 'zone', 'exhibiting_type', 'purposes', 'content', 'needs']],
  ['organisation', ['enterprise_name', 'identifier', 'nature', 'registered_place', 'credit_code', 'industry', 'company_type', 'fortune_500', 'fortune_500_name', 'website', 'introduction']],
  ['contact', ['contact_name', 'contact_position', 'contact_phone', 'contact_email']],
];
const WAYS = /** @type {Record<string, string>} */ ({ start: 'review/start', approve: 'review/approve', reject: 'review/reject', resubmit: 'resubmit' });
/** What stays as it was decided on. **Source**: D-44; the hub holds it. */
const LOCKED = ['credit_code', 'registered_place'];

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all(site) {
    const { client } = site;
    const flow = await flowOf(client.env, 'exhibitor_application');
    if (client.user?.kind === 'enterprise') return own(site);
    const drawn = list(client, { kind: 'exhibitor-applications', path: '/v1/reviews/exhibitor-applications', link: (row) => `/desk/exhibitor-applications/${row['id']}`,
      filters: [{ name: 'state', choices: (flow?.states ?? []).map(({ name, label }) => [name, label[language()]]) }],
      columns: [{ name: 'enterprise_name', show: (row) => nameOf(row) ?? row['contact_name'] }, { name: 'exhibiting_type', show: (row) => row['exhibiting_type'] && t(`option.exhibiting_type.${row['exhibiting_type']}`) },
        { name: 'state', show: (row) => badge(flow, row['state']) },
        { name: 'updated_at', show: (row) => h('time', { datetime: row['updated_at'], title: exactly(row['updated_at']) }, moment(row['updated_at'])) }] });
    return { ...drawn, isOf: ({ ev }) => ev === flow?.event };
  },
  one: (site, id) => shown(site, id),
};

/** @param {Row} row @returns {string | undefined} */
const nameOf = (row) => row['enterprise_name'] ?? row['enterprise']?.name;

/** An enterprise applies once, under its own number: there is the application, or the form to make it. @param {Site} site @returns {Promise<import('./kinds.js').Drawn>} */
async function own(site) {
  const { client } = site;
  const id = client.user?.enterprise?.id ?? '';
  try {
    await client.exchange('GET', `${PATH}/${id}`);
    site.go(`/desk/exhibitor-applications/${id}`, { replace: true });
    return { element: h('div', {}) };
  } catch (thrown) {
    if (asWireError(thrown).code !== 'not_found') throw thrown;
  }
  return client.user?.admin === true ? apply(site, id) : { element: h('p', { class: 'hint' }, t('application.none')) };
}

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
async function apply(site, id) {
  const { client } = site;
  const [schema, company, closed] = await Promise.all([formOf(client.env, FORM), client.rest('GET', `/v1/enterprises/${id}`), closedWindow(client.env, 'online_registration')]);
  const place = h('div', { class: 'records-place' });
  const { place: registered, industry } = company;
  const values = { ...(registered ? { registered_place: registered } : {}), ...(industry ? { industry } : {}) };
  const made = form(schema, { name: 'application', submit: t('application.submit'), groups: GROUPS.map(([key, names]) => [key, names]), values, draft: `${client.user?.id}/application`,
    ...described(client.env), beside: { invitation_code: () => issuerOf(client, () => made.values()['invitation_code']) },
    send: async (filled) => {
      await client.exchange('POST', PATH, { body: filled, key: client.env.newId() });
      site.go(`/desk/exhibitor-applications/${id}`, { replace: true });
    } });
  fill(place, closed, h('section', { class: 'card-section' }, h('h2', {}, company.name), h('p', { class: 'hint' }, t('application.about', { identifier: company.identifier }))), h('section', { class: 'card-section' }, made.element));
  return { element: place, stop: made.stop };
}

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
async function shown(site, id) {
  const { client } = site;
  const [schema, change, flow] = await Promise.all([formOf(client.env, FORM), changeOf(client.env, 'ExhibitorApplicationUpdate'), flowOf(client.env, 'exhibitor_application')]);
  const [words, zones] = await Promise.all([reader(client.env, schema), termsOf(client.env, 'zone').catch(() => [])]);
  const show = (/** @type {string} */ name, /** @type {any} */ value) => name === 'zone' ? pathText(zones, value) : name === 'identifier' || name === 'invitation_code' ? h('span', { class: 'mono' }, value) : words(name, value);
  const path = `${PATH}/${id}`;
  const place = h('div', { class: 'records-place' });
  const firm = await nameFor(site, id);
  const isOwn = client.user?.enterprise?.id === id;
  const people = client.user?.kind === 'committee' ? team(site, id) : null;
  const drawn = detail(client, { kind: 'application', path, flow, heading: (row) => nameOf(row) ?? firm, facts: GROUPS, show, way: (action) => WAYS[action] ?? '',
    before: (row) => isOwn ? [nextOf('exhibitor_application', row)] : [],
    after: () => [people && h('section', { class: 'card-section' }, h('h2', {}, t('kind.people')), people.element)],
    more: (row, tag, done) => row['actions']?.includes('update') ? [h('button', { type: 'button', class: 'button', 'data-act': 'update', on: { click: () => edit(row, tag, done) } }, t('application.update'))] : [] });

  /** @param {Row} row @param {string} tag @param {() => void} done */
  function edit(row, tag, done) {
    const back = () => {
      made.stop();
      fill(place, drawn.element);
      done();
      /** @type {HTMLElement | null} */ (place.querySelector('h1'))?.focus();
    };
    const locked = row['state'] === 'approved' ? Object.fromEntries(LOCKED.map((name) => [name, (/** @type {any} */ value) => show(name, value)])) : {};
    const made = editor(client, change, { name: 'application', path, row, tag, groups: GROUPS, locked, ...described(client.env), draft: `${client.user?.id}/application/${id}`, done: back });
    made.element.lastElementChild?.prepend(h('button', { type: 'button', class: 'button', on: { click: back } }, t('act.cancel')));
    const heading = h('h1', { tabindex: '-1' }, t('application.update'));
    fill(place, h('header', { class: 'place-head' }, heading), h('section', { class: 'card-section' }, made.element));
    heading.focus();
  }

  fill(place, drawn.element);
  const load = async () => {
    await Promise.all([drawn.load(), people?.load()]);
  };
  return { element: place, load, isOf: ({ ev, d }) => ev === flow?.event && d?.id === id };
}

/** The name of an enterprise, as far as the reader may see it. @param {Site} site @param {string} id */
async function nameFor({ client, firms }, id) {
  const company = await client.rest('GET', `/v1/enterprises/${id}`).catch(() => undefined);
  return firms.names(company).name || t('kind.exhibitor-applications');
}
