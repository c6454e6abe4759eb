//! Owns: the layout of an institution's invitees: what they sign in with, for those who forgot. Never: a password.

import { flowOf, takes } from '../drawn/descriptions.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const [flow, searched] = await Promise.all([flowOf(client.env, 'exhibitor_application'), takes(client.env, '/v1/institutions/{id}/invitees', 'q')]);
    return list(client, { kind: 'invitees', searched, path: `/v1/institutions/${client.user?.enterprise?.id}/invitees`, link: (row) => `/desk/exhibitor-applications/${row['id']}`,
      columns: [{ name: 'enterprise_name', show: (row) => row['name'] }, { name: 'identifier', show: (row) => row['identifier'] },
        { name: 'usernames', show: (row) => row['usernames'].join(', ') }, { name: 'state', show: (row) => badge(flow, row['state']) }] });
  },
};
