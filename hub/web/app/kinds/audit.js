//! Owns: the layout of the record of deeds, as the committee reads it. Never: changes it; nobody does.

import { list } from '../drawn/list.js';
import { h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  all: async ({ client }) => list(client, { kind: 'audit', path: '/v1/audit', link: () => null, columns: [
    { name: 'action', show: (row) => row['action'] }, { name: 'object', show: ({ object }) => h('span', {}, object.kind, ' ', h('span', { class: 'mono' }, object.id)) },
    { name: 'actor', show: ({ actor }) => actor?.name }, { name: 'note', show: ({ note }) => note },
    { name: 'at', show: ({ at }) => h('time', { datetime: at, title: exactly(at) }, moment(at)) }] }),
};
