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
/** The lists that reviewers work through. @type {Record<string, {path: string, flow: string}>} */
const QUEUES = { 'exhibitor-applications': { path: '/v1/reviews/exhibitor-applications', flow: 'exhibitor_application' }, attendances: { path: '/v1/reviews/attendances', flow: 'attendance' } };

/** Kinds of which there is something to tell. What cannot be had is not told. @param {Site} site @param {readonly string[]} kinds @returns {Promise<[string, HTMLElement][]>} */
export async function waitingFor(site, kinds) {
  const { client } = site;
  if (client.user?.kind === 'enterprise') return own(site, kinds).catch(() => []);
  const counted = await Promise.all(kinds.filter((kind) => kind in QUEUES).map(async (kind) => {
    const { path, flow: name } = /** @type {{path: string, flow: string}} */ (QUEUES[kind]);
    const flow = await flowOf(client.env, name);
    const state = flow?.states.find(({ tone }) => tone === 'waiting')?.name ?? '';
    const { items, next } = await client.rest('GET', `${path}?state=${state}&limit=${COUNTED_MAX}`);
    const n = `${items.length}${next === undefined ? '' : '+'}`;
    return /** @type {[string, HTMLElement]} */ ([kind, h('span', { class: `chip${items.length > 0 ? ' chip-free' : ''}` }, items.length > 0 ? t('desk.waiting', { n }) : t('desk.none_waiting'))]);
  }));
  return counted;
}

/** @param {Site} site @param {readonly string[]} kinds @returns {Promise<[string, HTMLElement][]>} */
async function own(site, kinds) {
  const records = await standing(site);
  return records.filter(({ life }) => kinds.includes(life.desk)).map(({ life, row, flow }) => [life.desk, badge(flow, row['state'])]);
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
