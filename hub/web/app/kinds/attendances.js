//! Owns: the layout of attending enterprises that wait for the committee. Never: who is let in; the hub's flow says it.

import { flowOf } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { language, t } from '../strings.js';
import { h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

const KIND = 'attendance';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const flow = await flowOf(client.env, KIND);
    const drawn = list(client, { kind: 'attendances', path: '/v1/reviews/attendances', link: (row) => `/desk/attendances/${row['id']}`,
      filters: [{ name: 'state', choices: (flow?.states ?? []).map(({ name, label }) => [name, label[language()]]) }],
      columns: [{ name: 'enterprise_name', show: (row) => row['enterprise_name'] }, { name: 'identifier', show: (row) => row['identifier'] }, { name: 'state', show: (row) => badge(flow, row['state']) },
        { name: 'updated_at', show: (row) => h('time', { datetime: row['updated_at'], title: exactly(row['updated_at']) }, moment(row['updated_at'])) }] });
    return { ...drawn, isOf: ({ ev }) => ev === flow?.event };
  },
  async one({ client }, id) {
    const flow = await flowOf(client.env, KIND);
    const drawn = detail(client, { kind: 'attendances', path: `/v1/enterprises/${id}/review`, flow, heading: (row) => row['enterprise_name'] ?? t('kind.attendances'),
      facts: [['organisation', ['enterprise_name', 'identifier']]], show: (_name, value) => value, way: (action) => action === 'submit' ? '' : action });
    return { ...drawn, isOf: ({ ev, d }) => ev === flow?.event && d?.id === id };
  },
};
