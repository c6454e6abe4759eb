//! Owns: the layout of enterprises that attend: those that wait for the committee, and an enterprise's own. Never: who is let in; the
//! hub's flow says it.

import { flowOf } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { asWireError } from '../sdk/wire.js';
import { language, t } from '../strings.js';
import { h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';
import { companyFacts } from './company.js';
import { nextOf } from './next.js';

/** @typedef {import('../frame/frame.js').Site} Site */

const KIND = 'attendance';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all(site) {
    const { client } = site;
    const flow = await flowOf(client.env, KIND);
    const own = client.user?.enterprise?.id ?? '';
    if (client.user?.kind === 'enterprise') {
      site.go(`/desk/attendances/${own}`, { replace: true });
      return { element: h('div', {}) };
    }
    const drawn = list(client, { kind: 'attendances', path: '/v1/reviews/attendances', link: (row) => `/desk/attendances/${row['id']}`,
      filters: [{ name: 'state', choices: (flow?.states ?? []).map(({ name, label }) => [name, label[language()]]) }],
      columns: [{ name: 'enterprise_name', show: (row) => row['enterprise_name'] ?? row['enterprise']?.name }, { name: 'identifier', show: (row) => row['identifier'] }, { name: 'state', show: (row) => badge(flow, row['state']) },
        { name: 'updated_at', show: (row) => h('time', { datetime: row['updated_at'], title: exactly(row['updated_at']) }, moment(row['updated_at'])) }] });
    return { ...drawn, isOf: ({ ev }) => ev === flow?.event };
  },
  one: shown,
};

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
async function shown(site, id) {
  const { client } = site;
  const [flow, company] = await Promise.all([flowOf(client.env, KIND), companyFacts(site, id)]);
  const path = `/v1/enterprises/${id}/review`;
  const isOwn = client.user?.enterprise?.id === id;
  if (isOwn) {
    const stands = await client.rest('GET', path).then(() => true, (thrown) => asWireError(thrown).code !== 'not_found');
    if (!stands) return { element: h('p', { class: 'hint' }, t('attendance.none')) };
  }
  const drawn = detail(client, { kind: 'attendances', path, flow, heading: () => company.name || t('kind.attendances'),
    before: (row) => isOwn ? [nextOf(KIND, row)] : [], after: ({ identifier }) => [company.draw(identifier === undefined ? {} : { identifier })], facts: [], show: (_name, value) => value, way: (action) => action === 'submit' ? '' : action,
    more: (row) => isOwn && row['state'] === 'rejected' ? [h('a', { class: 'button', href: '/account' }, t('attendance.correct'))] : [] });
  return { ...drawn, isOf: ({ ev, d }) => ev === flow?.event && d?.id === id };
}
