//! Owns: the layout of reports: what waits for the committee, what one's own team has reported and what came of it. Never: taking down what
//! was reported; that is a step where it stands.

import { flowOf } from '../drawn/descriptions.js';
import { detail } from '../drawn/detail.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { language, t } from '../strings.js';
import { h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */

const PATH = '/v1/reports';
/** What is reported, and what was said of it. @type {readonly (readonly [string, readonly string[]])[]} */
const GROUPS = [['reported', ['about', 'name', 'enterprise_name', 'subject', 'seq']], ['said', ['ground', 'text', 'reporter_name', 'answer']]];
/** Where the committee sees it as a record, with its steps. @type {Record<string, string>} */
const DESKS = { booth: '/desk/booths/', exhibit: '/desk/exhibits/' };
/** Where everybody sees it. @type {Record<string, string>} */
const PAGES = { booth: '/booths/', exhibit: '/exhibits/' };

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const flow = await flowOf(client.env, 'report');
    const drawn = list(client, { kind: 'reports', path: PATH, link: (row) => `/desk/reports/${row['id']}`,
      filters: [{ name: 'state', choices: (flow?.states ?? []).map(({ name, label }) => [name, label[language()]]) }],
      columns: [{ name: 'name', show: nameOf }, { name: 'about', show: (row) => t(`option.about.${row['about']}`) }, { name: 'ground', show: (row) => row['ground'] && t(`option.ground.${row['ground']}`) },
        { name: 'state', show: (row) => badge(flow, row['state']) },
        { name: 'updated_at', show: (row) => h('time', { datetime: row['updated_at'], title: exactly(row['updated_at']) }, moment(row['updated_at'])) }] });
    return { ...drawn, isOf: ({ ev }) => ev === flow?.event };
  },
  async one({ client }, id) {
    const flow = await flowOf(client.env, 'report');
    const isCommittee = client.user?.kind === 'committee';
    const drawn = detail(client, { kind: 'report', path: `${PATH}/${id}`, flow, heading: nameOf, facts: GROUPS, way: (action) => action, show: (name, value, row) => said(name, value, row, isCommittee) });
    return { ...drawn, isOf: ({ ev, d }) => ev === flow?.event && d?.id === id };
  },
};

/** @param {Row} row */
const nameOf = (row) => row['name'] ?? t(`option.about.${row['about']}`);

/** @param {string} name @param {any} value @param {Row} row @param {boolean} isCommittee @returns {import('../ui/dom.js').Child} */
function said(name, value, row, isCommittee) {
  if (name === 'about' || name === 'ground') return t(`option.${name}.${value}`);
  if (name !== 'subject') return h('span', { dir: 'auto', class: 'prose' }, String(value));
  const [desk, page] = [DESKS[row['about']], PAGES[row['about']]];
  if (desk === undefined || page === undefined) return h('span', { class: 'mono' }, value);
  return h('span', { class: 'ways' }, h('a', { href: `${page}${value}` }, t('report.page')), isCommittee && h('a', { href: `${desk}${value}` }, t('report.record')));
}
