//! Owns: the layout of what was sent to phones and mailboxes, as the committee sees it. Never: a text that was sent.

import { list } from '../drawn/list.js';
import { option } from '../drawn/words.js';
import { t } from '../strings.js';
import { h, icon } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

/** How a message's state looks. @type {Record<string, [string, string]>} */
const LOOKS = { queued: ['waiting', 'wait'], sent: ['good', 'tick'], failed: ['bad', 'alert'] };

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const state = (/** @type {string} */ name) => {
      const [tone, drawing] = LOOKS[name] ?? ['neutral', 'file'];
      return h('span', { class: `state tone-${tone}` }, icon(drawing), h('span', {}, t(`message.state.${name}`)));
    };
    return list(client, { kind: 'messages', path: '/v1/messages', link: () => null,
      filters: [{ name: 'state', choices: Object.keys(LOOKS).map((name) => [name, t(`message.state.${name}`)]) }],
      columns: [{ name: 'to', show: (row) => row['to'] }, { name: 'template', show: (row) => option('template', row['template']) },
        { name: 'state', show: (row) => state(row['state']) }, { name: 'tries', show: (row) => String(row['tries']) }, { name: 'last_error', show: (row) => row['last_error'] },
        { name: 'created_at', show: (row) => h('time', { datetime: row['created_at'], title: exactly(row['created_at']) }, moment(row['created_at'])) }] });
  },
};
