//! Owns: the layout of applications to exhibit: the own one of an enterprise, those to review of an institution and the committee.
//! Never: who may do what; the record's `actions` say it.

import { described, flowOf, formOf } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { editor } from '../drawn/editor.js';
import { form } from '../drawn/form.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { reader } from '../drawn/values.js';
import { asWireError } from '../sdk/wire.js';
import { language, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';
import { issuerOf } from './issuer.js';

/** @typedef {import('../frame/frame.js').Site} Site */

const PATH = '/v1/exhibitor-applications';
const FORM = 'ExhibitorApplication';
const CHANGE = 'ExhibitorApplicationUpdate';
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
      columns: [{ name: 'enterprise_name', show: (row) => row['enterprise_name'] }, { name: 'state', show: (row) => badge(flow, row['state']) },
        { name: 'updated_at', show: (row) => h('time', { datetime: row['updated_at'], title: exactly(row['updated_at']) }, moment(row['updated_at'])) }] });
    return { ...drawn, isOf: ({ ev }) => ev === flow?.event };
  },
  one: (site, id) => shown(site, id),
};

/** An enterprise applies once, under its own number: there is the application, or the form to make it. @param {Site} site @returns {Promise<import('./kinds.js').Drawn>} */
async function own(site) {
  const { client } = site;
  const id = client.user?.enterprise?.id ?? '';
  try {
    await client.exchange('GET', `${PATH}/${id}`);
    return shown(site, id);
  } catch (thrown) {
    if (asWireError(thrown).code !== 'not_found') throw thrown;
  }
  if (client.user?.admin !== true) return { element: h('p', { class: 'hint' }, t('application.none')) };
  const place = h('div', { class: 'records-place' });
  const schema = await formOf(client.env, FORM);
  const made = form(schema, { name: 'application', submit: t('application.submit'), groups: GROUPS.map(([key, names]) => [key, names]), draft: `${client.user.id}/application`,
    ...described(client.env), beside: { invitation_code: () => issuerOf(client, () => made.values()['invitation_code']) },
    send: async (values) => {
      await client.exchange('POST', PATH, { body: values, key: client.env.newId() });
      made.stop();
      const drawn = await shown(site, id);
      fill(place, drawn.element);
      await drawn.load?.();
      /** @type {HTMLElement | null} */ (place.querySelector('h1'))?.focus();
    } });
  fill(place, h('section', { class: 'card-section' }, made.element));
  return { element: place, stop: made.stop };
}

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
async function shown(site, id) {
  const { client } = site;
  const [schema, change, flow] = await Promise.all([formOf(client.env, FORM), formOf(client.env, CHANGE), flowOf(client.env, 'exhibitor_application')]);
  const show = await reader(client.env, schema);
  const path = `${PATH}/${id}`;
  const place = h('div', { class: 'records-place' });
  const drawn = detail(client, { kind: 'application', path, flow, heading: (row) => row['enterprise_name'] ?? t('kind.exhibitor-applications'), facts: GROUPS, show, way: (action) => WAYS[action] ?? '',
    more: (row, tag, done) => row['actions']?.includes('update') ? [h('button', { type: 'button', class: 'button', 'data-act': 'update', on: { click: () => edit(row, tag, done) } }, t('application.update'))] : [] });

  /** @param {Record<string, any>} row @param {string} tag @param {() => void} done */
  function edit(row, tag, done) {
    const back = () => {
      made.stop();
      fill(place, drawn.element);
      done();
    };
    const made = editor(client, change, { name: 'application', path, row, tag, groups: GROUPS, leave: row['state'] === 'approved' ? LOCKED : [], ...described(client.env),
      draft: `${client.user?.id}/application/${id}`, done: back });
    const cancel = h('button', { type: 'button', class: 'button', on: { click: back } }, t('act.cancel'));
    made.element.lastElementChild?.prepend(cancel);
    fill(place, h('section', { class: 'card-section' }, made.element));
    made.focus();
  }

  fill(place, drawn.element);
  return { element: place, load: drawn.load, isOf: ({ ev, d }) => ev === flow?.event && d?.id === id };
}
