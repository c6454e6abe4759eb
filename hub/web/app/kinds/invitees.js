//! Owns: the layout of an institution's invitees: what they sign in with, for those who forgot. Never: a password.

import { flowOf } from '../drawn/descriptions.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const flow = await flowOf(client.env, 'exhibitor_application');
    return list(client, { kind: 'invitees', path: `/v1/institutions/${client.user?.enterprise?.id}/invitees`, link: (row) => `/desk/exhibitor-applications/${row['id']}`,
      columns: [{ name: 'enterprise_name', show: (row) => row['name'] }, { name: 'identifier', show: (row) => row['identifier'] },
        { name: 'usernames', show: (row) => row['usernames'].join(', ') }, { name: 'state', show: (row) => badge(flow, row['state']) }] });
  },
};
