//! Owns: the card that tells an enterprise how far it is: state, what comes next, why it was turned down, what happened. Never: steps
//! on the record; those are taken where it stands.

import { flowOf } from '../drawn/descriptions.js';
import { badge, timeline } from '../drawn/state.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';
import { nextOf } from './next.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {{kind: string, desk: string, path: (enterprise: string) => string}} Life */

/** @type {readonly Life[]} */
const LIVES = [
  { kind: 'exhibitor_application', desk: 'exhibitor-applications', path: (id) => `/v1/exhibitor-applications/${id}` },
  { kind: 'attendance', desk: 'attendances', path: (id) => `/v1/enterprises/${id}/review` },
];

/** The records that an enterprise has. @param {Site} site @returns {Promise<{life: Life, row: Record<string, any>, flow: import('../drawn/descriptions.js').Flow | null}[]>} */
export async function standing({ client }) {
  const id = client.user?.enterprise?.id ?? '';
  const found = await Promise.all(LIVES.map(async (life) => {
    try {
      const row = await client.rest('GET', life.path(id));
      return { life, row, flow: await flowOf(client.env, life.kind) };
    } catch (thrown) {
      if (asWireError(thrown).code === 'not_found') return null;
      throw thrown;
    }
  }));
  return found.flatMap((each) => each ?? []);
}

/** @param {Site} site @returns {{element: HTMLElement, stop: () => void}} */
export function statusPart(site) {
  const { client } = site;
  const place = h('div', { class: 'status-cards' });
  const status = h('p', { class: 'hint', role: 'status' }, t('place.loading'));
  const element = h('section', { class: 'card-section status-card', id: 'status' }, h('h2', {}, t('status.title')), status, place);

  async function load() {
    try {
      const records = await standing(site);
      fill(status);
      fill(place, ...(records.length === 0 ? [none(site)] : records.map(({ life, row, flow }) => h('div', { class: 'status-one', 'data-kind': life.kind },
        h('div', { class: 'section-head' }, h('h3', {}, t(`own.${life.desk}`)), badge(flow, row['state'])), nextOf(life.kind, row),
        h('details', {}, h('summary', {}, t('detail.timeline')), timeline(flow, row['history'] ?? [], false)),
        h('div', { class: 'ways' }, h('a', { class: `button${row['state'] === 'rejected' ? ' primary' : ''}`, href: `/desk/${life.desk}/${row['id']}` }, row['state'] === 'rejected' ? t('status.correct') : t('status.open')))))));
    } catch (thrown) {
      fill(status, `${errorText(asWireError(thrown))} `, h('button', { type: 'button', class: 'button small', on: { click: () => void load() } }, t('act.retry')));
    }
  }

  const own = client.user?.enterprise?.id;
  const off = client.on('record', ({ d }) => d?.id === own && void load());
  void load();
  return { element, stop: off };
}

/** What to do where there is nothing yet. @param {Site} site */
export const none = ({ client }) => h('div', { class: 'status-one' }, h('p', {}, client.user?.admin === true ? t('status.none') : t('application.none')),
  client.user?.admin === true && h('div', { class: 'ways' }, h('a', { class: 'button primary', href: '/desk/exhibitor-applications' }, t('status.apply'))));
