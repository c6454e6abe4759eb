//! Owns: what stands on the cards of a desk: how many records wait for this person, how far the own one is. Never: steps.

import { flowOf } from '../drawn/descriptions.js';
import { badge } from '../drawn/state.js';
import { nextOf } from './next.js';
import { t } from '../strings.js';
import { h } from '../ui/dom.js';
import { none, standing } from './status.js';

/** @typedef {import('../frame/frame.js').Site} Site */

/** So many are counted; beyond it there are more. */
const COUNTED_MAX = 50;
/** The lists that reviewers work through. `by`: what it is asked by, where that is not the state. @type {Record<string, {path: string, flow: string, by?: string}>} */
const QUEUES = { 'exhibitor-applications': { path: '/v1/reviews/exhibitor-applications', flow: 'exhibitor_application' }, attendances: { path: '/v1/reviews/attendances', flow: 'attendance' },
  reports: { path: '/v1/reports', flow: 'report' }, booths: { path: '/v1/reviews/booths', flow: 'booth' }, exhibits: { path: '/v1/reviews/exhibits', flow: 'exhibit', by: 'review_state' } };

/** Kinds of which there is something to tell. What cannot be had is not told. @param {Site} site @param {readonly string[]} kinds @returns {Promise<[string, HTMLElement][]>} */
export async function waitingFor(site, kinds) {
  const { client } = site;
  if (client.user?.kind === 'enterprise') return own(site, kinds).catch(() => []);
  const counted = await Promise.all(kinds.filter((kind) => kind in QUEUES).map(async (kind) => {
    const { path, flow: name, by = 'state' } = /** @type {{path: string, flow: string, by?: string}} */ (QUEUES[kind]);
    const flow = await flowOf(client.env, name);
    const state = flow?.states.find(({ tone }) => tone === 'waiting')?.name ?? '';
    const { items, next } = await client.rest('GET', `${path}?${by}=${state}&limit=${COUNTED_MAX}`);
    const n = `${items.length}${next === undefined ? '' : '+'}`;
    return /** @type {[string, HTMLElement]} */ ([kind, h('span', { class: `chip${items.length > 0 ? ' chip-free' : ''}` }, items.length > 0 ? t('desk.waiting', { n }) : t('desk.none_waiting'))]);
  }));
  return counted;
}

/** @param {Site} site @param {readonly string[]} kinds @returns {Promise<[string, HTMLElement][]>} */
async function own(site, kinds) {
  const records = await standing(site);
  const stands = records.filter(({ life }) => kinds.includes(life.desk)).map(({ life, row, flow }) => /** @type {[string, HTMLElement]} */ ([life.desk, badge(flow, row['state'])]));
  const more = await Promise.all([kinds.includes('booths') && booth(site), kinds.includes('orders') && orders(site)]);
  return [...stands, ...more.flatMap((each) => each || [])];
}

/** @param {Site} site @returns {Promise<[string, HTMLElement][]>} */
async function booth({ client }) {
  const [flow, { items }] = await Promise.all([flowOf(client.env, 'booth'), client.rest('GET', '/v1/booths?limit=1').catch(() => ({ items: [] }))]);
  return items.map((/** @type {Record<string, any>} */ row) => ['booths', badge(flow, row['state'])]);
}

/** @param {Site} site @returns {Promise<[string, HTMLElement][]>} */
async function orders({ client }) {
  const { items, next } = await client.rest('GET', `/v1/orders?role=seller&state=to_handle&limit=${COUNTED_MAX}`).catch(() => ({ items: [] }));
  return items.length === 0 ? [] : [['orders', h('span', { class: 'chip chip-free' }, t('desk.waiting', { n: `${items.length}${next === undefined ? '' : '+'}` }))]];
}

/** What an enterprise should know first: of the record that wants something of it, else of the first. @param {Site} site @returns {Promise<HTMLElement>} */
export async function nextLine(site) {
  const records = await standing(site);
  const first = records.find(({ row }) => row['state'] === 'rejected') ?? records[0];
  if (first === undefined) return h('section', { class: 'card-section' }, none(site));
  const { life, row, flow } = first;
  return h('section', { class: 'card-section' }, h('div', { class: 'section-head' }, h('h2', {}, t(`own.${life.desk}`)), badge(flow, row['state'])), nextOf(life.kind, row),
    h('div', { class: 'ways' }, h('a', { class: 'button', href: `/desk/${life.desk}/${row['id']}` }, row['state'] === 'rejected' ? t('status.correct') : t('status.open'))));
}
