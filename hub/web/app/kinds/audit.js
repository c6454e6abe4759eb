//! Owns: the layout of the record of deeds, as the committee reads it. Never: changes it; nobody does.

import { flowOf } from '../drawn/descriptions.js';
import { list } from '../drawn/list.js';
import { label } from '../drawn/words.js';
import { known, language, t } from '../strings.js';
import { h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

/** Kinds whose steps are deeds. */
const LIVES = ['exhibitor_application', 'attendance', 'invitation_code', 'booth', 'exhibit', 'order', 'report'];

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const flows = new Map(await Promise.all(LIVES.map(async (kind) => /** @type {const} */ ([kind, await flowOf(client.env, kind).catch(() => null)]))));
    const thing = (/** @type {string} */ kind) => known(`thing.${kind}`) ? t(`thing.${kind}`) : kind;
    /** What was done, in words where there are any. @param {string} action */
    const deed = (action) => {
      if (known(`deed.${action}`)) return t(`deed.${action}`);
      const [kind = '', step = ''] = action.split('.');
      const found = flows.get(kind)?.steps.find((each) => each.action === step);
      return found === undefined ? action : `${thing(kind)} · ${found.label[language()]}`;
    };
    /** Names of fields are words of a form. @param {{action: string, note?: string}} row */
    const note = ({ action, note: text }) => text !== undefined && action.endsWith('.change') ? text.split(', ').map((name) => label(action.startsWith('user') ? 'people' : 'company', name)).join(', ') : text;
    return list(client, { kind: 'audit', path: '/v1/audit', link: () => null, columns: [
      { name: 'action', show: (row) => deed(row['action']) }, { name: 'object', show: ({ object }) => h('span', {}, thing(object.kind), ' ', h('span', { class: 'mono faint' }, object.id)) },
      { name: 'actor', show: ({ actor }) => actor?.name }, { name: 'note', show: (row) => note(/** @type {any} */ (row)) },
      { name: 'at', show: ({ at }) => h('time', { datetime: at, title: exactly(at) }, moment(at)) }] });
  },
};
