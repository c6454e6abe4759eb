//! Owns: how one line of a conversation looks. Never: what happens to it.

import { pictureOf } from '../show/picture.js';
import { errorText, t } from '../strings.js';
import { avatar, fill, h, icon } from './dom.js';
import { moneyText } from './money.js';
import { clock } from './time.js';

/** @typedef {import('../sdk/wire.js').Entry} Entry */
/**
 * @typedef {{key: string, type: 'day' | 'unread' | 'note' | 'bubble', text?: string, own?: boolean, first?: boolean, named?: boolean,
 *   name?: string, at?: string | number, kind?: string, body?: any, status?: string, code?: string, id?: string,
 *   seq?: number, recallable?: boolean}} Row everything a row shows; equal rows look equal
 * @typedef {{recall: (seq: number) => void, retry: (id: string) => void, discard: (id: string) => void}} Actions
 */

/** @param {Row} row @param {HTMLElement} node @param {Actions} actions */
export function drawRow(row, node, actions) {
  node.className = `row row-${row.type}${row.own ? ' own' : ''}${row.first ? ' first' : ''}`;
  if (row.type !== 'bubble') return fill(node, h('span', {}, row.text ?? ''));
  const own = row.own ?? false;
  const status = row.status ?? '';
  if (row.seq !== undefined) node.dataset['seq'] = String(row.seq);
  node.dataset['status'] = status;
  fill(node,
    own ? null : h('span', { class: 'row-avatar' }, row.first && avatar(row.name ?? '')),
    h('div', { class: 'bubble-column' },
      row.first && row.named && h('span', { class: 'bubble-name' }, row.name),
      h('div', { class: 'bubble-line' }, h('div', { class: `bubble${status === 'failed' ? ' bubble-failed' : ''}` }, content(row)),
        row.recallable && h('button', { type: 'button', class: 'button tiny recall', 'data-act': 'recall', on: { click: () => actions.recall(row.seq ?? 0) } },
          t('act.recall'))),
      h('div', { class: 'bubble-meta' }, own && h('span', { class: 'sr-only' }, t('message.you')),
        row.at !== undefined && h('time', { datetime: new Date(row.at).toISOString() }, clock(row.at)), mark(status)),
      status === 'failed' && failure(row, actions)));
}

/** @param {Row} row */
function content(row) {
  if (row.kind === 'text') return h('p', { class: 'text', dir: 'auto' }, String(row.body?.text ?? ''));
  if (row.kind === 'card' && row.body?.type === 'contact') return card(row.body, row.name ?? '');
  if (row.kind === 'card' && row.body?.type === 'exhibit') return goods('exhibit', `/exhibits/${row.body.id}`, row.body.exhibit ?? {});
  if (row.kind === 'card' && row.body?.type === 'order') return goods('order', `/desk/orders/${row.body.id}`, row.body.order ?? {});
  return h('p', { class: 'text dim' }, t('message.unsupported'));
}

/** What is for sale, or an order of it, as it was when the card was sent. @param {'exhibit' | 'order'} type @param {string} href @param {any} data */
function goods(type, href, { name, number, picture, market_price_fen: price, exhibit, quantity, subtotal_fen: sum, amount_fen: amount }) {
  const title = type === 'order' ? t('order.heading', { number: number ?? '' }) : String(name ?? t('card.gone'));
  const fen = type === 'order' ? amount ?? sum : price;
  const under = type === 'order' ? [exhibit, Number.isInteger(quantity) && `× ${quantity}`].filter(Boolean).join(' ') : number;
  return h('div', { class: 'card card-goods' }, h('span', { class: 'card-kind' }, icon(type === 'order' ? 'order' : 'box'), t(`card.${type}`)),
    h('span', { class: 'goods' }, h('span', { class: 'goods-picture' }, pictureOf(picture, '', { width: 48, height: 48, isSmall: true, name: String(exhibit ?? name ?? '') })),
      h('span', { class: 'about-text' }, h('a', { href, dir: 'auto' }, title), under && h('span', { class: 'card-firm', dir: 'auto' }, String(under)), h('strong', {}, typeof fen === 'number' ? moneyText(fen) : t('price.none')))));
}

/** @param {any} body @param {string} name */
function card(body, name) {
  const line = (/** @type {string} */ label, /** @type {any} */ value) =>
    typeof value === 'string' && value !== '' ? [h('dt', {}, label), h('dd', { dir: 'auto' }, value)] : [];
  const data = body.contact ?? body;
  const who = typeof data.name === 'string' ? data.name : name;
  const firm = typeof data.enterprise === 'string' ? data.enterprise : data.enterprise?.name;
  return h('div', { class: 'card' }, h('span', { class: 'card-kind' }, icon('card'), t('card.contact')), h('strong', {}, who),
    typeof firm === 'string' && h('span', { class: 'card-firm' }, firm),
    h('dl', {}, ...line(t('card.mobile'), data.mobile), ...line(t('card.email'), data.email)));
}

const MARKS = /** @type {Record<string, string>} */ ({ waiting: 'wait', sending: 'wait', sent: 'tick', read: 'ticks', failed: 'alert' });

/** @param {string} status */
function mark(status) {
  const name = MARKS[status];
  if (name === undefined || status === 'failed') return null;
  const label = t(`message.${status}`);
  return h('span', { class: `mark mark-${status}`, title: label }, icon(name), h('span', { class: 'sr-only' }, label));
}

/** @param {Row} row @param {Actions} actions */
function failure(row, actions) {
  const id = row.id ?? '';
  return h('div', { class: 'failure' }, icon('alert'), h('span', {}, t('message.failed', { reason: errorText({ code: row.code ?? '' }) })),
    h('button', { type: 'button', class: 'button tiny', 'data-act': 'retry', on: { click: () => actions.retry(id) } }, t('act.retry')),
    h('button', { type: 'button', class: 'button tiny', 'data-act': 'discard', on: { click: () => actions.discard(id) } }, t('act.discard')));
}
