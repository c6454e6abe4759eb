//! Owns: one intent order as both sides see it: how far it is, who they are, what it is about, who did what; what either may do now, with
//! a question before what cannot be undone. Never: which steps those are; the record's `actions` say it.

import { bodyOf, flowOf, termsOf } from '../drawn/descriptions.js';
import { form } from '../drawn/form.js';
import { money } from '../drawn/money_field.js';
import { badge } from '../drawn/state.js';
import { pathText } from '../drawn/terms.js';
import { negotiate } from '../show/acts.js';
import { pictureOf } from '../show/picture.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, language, t } from '../strings.js';
import { confirmed, modal, toast } from '../ui/dialogs.js';
import { fill, h, icon } from '../ui/dom.js';
import { moneyText } from '../ui/money.js';
import { exactly, moment } from '../ui/time.js';
import { nextOf } from './next.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */
/** @typedef {import('../drawn/descriptions.js').Flow} Flow */

/** The way of an order that ends well. */
const WAY = ['to_handle', 'in_progress', 'dealt'];
const PATHS = /** @type {Record<string, string>} */ ({ request_confirmation: 'request-confirmation' });
/** Where its steps are described. */
const STEPS = '/v1/orders/{id}';
/** Where an exhibitor fills in an amount for it. */
const AMOUNTS = ['deal', 'request_confirmation'];

/** @param {Site} site @param {string} id @returns {Promise<import('./kinds.js').Drawn>} */
export async function orderLayout(site, id) {
  const { client } = site;
  const path = `/v1/orders/${id}`;
  const [flow, amountForm, declineForm, regions] = await Promise.all([flowOf(client.env, 'order'), bodyOf(client.env, `${STEPS}/deal`), bodyOf(client.env, `${STEPS}/decline`), termsOf(client.env, 'region').catch(() => [])]);
  const status = h('p', { class: 'calm-line news', role: 'status', hidden: true });
  const head = h('header', { class: 'place-head' });
  const parts = h('div', { class: 'detail-parts' });
  const element = h('article', { class: 'detail order' }, head, status, parts);
  let version = 0;
  let isOwn = false;
  /** What an exhibitor fills in, kept while it is drawn again. @type {ReturnType<typeof form> | null} */
  let filled = null;
  let filledFor = '';

  async function load() {
    const [{ value: order, tag }, { items: log }] = await Promise.all([client.exchange('GET', path), client.rest('GET', `${path}/log`)]);
    if (version !== 0 && order.version !== version && !isOwn) {
      fill(status, icon('flag'), h('span', {}, `${t('detail.changed')} · ${t('order.state_now', { state: word(order.state) })}`));
      status.hidden = false;
      site.announce(`${t('detail.changed')} · ${t('order.state_now', { state: word(order.state) })}`);
    }
    if (isOwn) status.hidden = true;
    if (order.version !== version) isOwn = false;
    version = order.version;
    draw(order, tag, log);
  }

  const word = (/** @type {string} */ state) => flow?.states.find(({ name }) => name === state)?.label[language()] ?? state;
  const region = (/** @type {string | undefined} */ code) => code ? pathText(regions, code) : '';

  /** @param {Row} order @param {string} tag @param {readonly Row[]} log */
  function draw(order, tag, log) {
    const { number, state, buyer, seller, exhibit } = order;
    const had = element.contains(document.activeElement) && filled?.element.contains(document.activeElement) !== true;
    fill(head, h('h1', { tabindex: '-1' }, t('order.heading', { number })), badge(flow, state));
    const reason = order['reason'] && h('p', { class: 'next-reason' }, h('strong', {}, t('field.reason')), h('span', {}, order['reason']));
    fill(parts, h('section', { class: 'card-section' }, track(flow, state, log), nextOf('order', order), reason), act(order, tag),
      h('section', { class: 'card-section' }, h('h2', {}, t('order.exhibit')), h('div', { class: 'order-goods' }, h('div', { class: 'intent-picture' }, pictureOf(exhibit.picture, '', { width: 76, height: 76, isSmall: true, name: exhibit.name })),
        h('div', {}, h('a', { href: `/exhibits/${exhibit.id}`, dir: 'auto' }, exhibit.name), h('p', { class: 'hint mono' }, exhibit.number)),
        h('div', { class: 'order-sum' }, typeof order['unit_price_fen'] === 'number' ? `${moneyText(order['unit_price_fen'])} × ${order['quantity']}` : `${t('price.none')} × ${order['quantity']}`, h('p', {}, `${t('order.total')} ${typeof order['subtotal_fen'] === 'number' ? moneyText(order['subtotal_fen']) : t('form.nothing')}`)))),
      h('div', { class: 'order-parts' },
        party('buyer', [['buyer', buyer.name], ['contact_name', buyer.contact_name], ['region', region(buyer.region)], ['budget_fen', typeof order['budget_fen'] === 'number' ? moneyText(order['budget_fen']) : ''], ['note', order['note']]]),
        party('seller', [['booth', seller.booth_name], ['seller', seller.name], ['region', region(seller.region)], ['amount_fen', moneyText(order['amount_fen'] ?? 0)], ['response', order['response']]])), logPart(flow, log));
    if (had && !element.contains(document.activeElement)) /** @type {HTMLElement} */ (head.firstElementChild)?.focus();
  }

  /** @param {string} who @param {readonly (readonly [string, any])[]} rows */
  const party = (who, rows) => h('section', { class: 'card-section', 'data-part': who }, h('h2', {}, t(`order.${who}`)), h('dl', { class: 'facts' }, ...rows.filter(([, value]) => value !== undefined && value !== '' && value !== null)
    .flatMap(([name, value]) => [h('dt', {}, t(name === 'contact_name' || name === 'region' || name === 'note' ? `field.order.${name}` : `field.${name}`)), h('dd', { dir: 'auto' }, value)])));

  /** @param {Row} order @param {string} tag */
  function act(order, tag) {
    /** @type {string[]} */
    const actions = order['actions'] ?? [];
    const talk = h('button', { type: 'button', class: 'button', 'data-act': 'negotiate', on: { click: () => void negotiate(site, { kind: 'order', id }) } }, icon('chat'), t('order.negotiate'));
    const button = (/** @type {string} */ action, /** @type {string} */ look, /** @type {() => Promise<Row | null>} */ ask) => actions.includes(action) && h('button', { type: 'button', class: `button${look}`, 'data-act': action, on: { click: (/** @type {Event} */ event) => void take(action, tag, ask, event) } }, t(`order.${action === 'request_confirmation' ? 'ask' : action}`));
    const both = { buyer: order['buyer'].name, seller: order['seller'].name };
    const sure = async (/** @type {string} */ key, /** @type {Row} */ body = {}, fen = order['amount_fen'] ?? 0) => await confirmed(t(`order.${key}`), t(`order.${key}_body`, { ...both, amount: moneyText(fen) }), t(`order.${key}`)) === null ? null : body;
    if (!AMOUNTS.some((action) => actions.includes(action))) {
      filled = null;
      return h('div', { class: 'review-bar', role: 'group', 'aria-label': t('detail.steps') }, button('accept', ' primary', () => sure('accept')), button('decline', '', () => declined()), button('close', ' danger', () => sure('close')), button('withdraw', ' danger', () => sure('withdraw')), talk);
    }
    const made = filled !== null && filledFor === order['state'] ? filled : form({ ...amountForm, required: ['amount_fen'] }, { name: 'order_amount', submit: '', send: async () => undefined, widgets: { fen: money },
      values: { ...(typeof (order['amount_fen'] ?? order['subtotal_fen']) === 'number' ? { amount_fen: order['amount_fen'] ?? order['subtotal_fen'] } : {}), ...(order['response'] ? { note: order['response'] } : {}) } });
    filled = made;
    filledFor = order['state'];
    const withAmount = async (/** @type {string} */ key) => made.check() ? sure(key, made.values(), made.values()['amount_fen']) : null;
    const noted = async () => sure('close', made.values()['note'] ? { note: made.values()['note'] } : {});
    return h('section', { class: 'card-section', 'data-part': 'amount' }, h('h2', {}, t('order.amount')), made.element, h('div', { class: 'ways', role: 'group', 'aria-label': t('detail.steps') },
      button('deal', ' primary', () => withAmount('deal')), button('request_confirmation', '', () => withAmount('ask')), button('close', ' danger', noted), talk));
  }

  /** Why not, if one says it. @returns {Promise<Row | null>} */
  const declined = () => modal(t('order.decline'), (done) => {
    const asked = form(declineForm, { name: 'order_decline', submit: t('order.decline'), send: async (values) => done(values) });
    queueMicrotask(asked.focus);
    return [asked.element];
  });

  /** @param {string} action @param {string} tag @param {() => Promise<Row | null>} ask @param {Event} event */
  async function take(action, tag, ask, event) {
    const node = /** @type {HTMLButtonElement} */ (event.currentTarget);
    if (node.getAttribute('aria-disabled') === 'true') return;
    const body = await ask();
    if (body === null) return;
    node.setAttribute('aria-disabled', 'true');
    try {
      isOwn = true;
      await client.exchange('POST', `${path}/${PATHS[action] ?? action}`, { body, match: tag });
      toast(t('detail.done', { step: t(`order.${action === 'request_confirmation' ? 'ask' : action}`) }));
      filled = null;
    } catch (thrown) {
      isOwn = false;
      const error = asWireError(thrown);
      if (error.fields.length > 0 && filled !== null) filled.refuse(error);
      else toast(error.code === 'stale' ? t('detail.stale') : errorText(error));
    } finally {
      node.removeAttribute('aria-disabled');
    }
    await load();
  }

  return { element, load, isOf: ({ ev, d }) => (ev === flow?.event || ev === 'order.created') && d?.id === id, stop: () => filled?.stop() };
}

/** Where it is on its way, and when it came there. @param {Flow | null} flow @param {string} state @param {readonly Row[]} log */
function track(flow, state, log) {
  const times = new Map(log.map((line) => [line['to'] ?? '', line['at']]));
  const steps = state === 'closed' ? [...WAY.slice(0, 2).filter((each) => times.has(each)), 'closed'] : WAY;
  const here = steps.indexOf(state);
  return h('ol', { class: 'track' }, ...steps.map((each, at) => h('li', { class: at <= here ? 'done' : '', 'aria-current': at === here && 'step' }, h('span', {}, flow?.states.find(({ name }) => name === each)?.label[language()] ?? each),
    at <= here && times.has(each) ? h('small', {}, h('time', { datetime: times.get(each), title: exactly(times.get(each)) }, moment(times.get(each)))) : h('small'))));
}

/** Who of which side did what. **Source**: SPEC 11. @param {Flow | null} flow @param {readonly Row[]} log */
function logPart(flow, log) {
  const name = (/** @type {string} */ action) => flow?.steps.find((step) => step.action === action)?.label[language()] ?? action;
  const rows = [...log].sort((a, b) => Date.parse(b['at']) - Date.parse(a['at']));
  const labels = [t('order.action'), t('order.by'), t('order.company'), t('order.at'), t('field.note')];
  return h('section', { class: 'order-log' }, h('h2', {}, t('order.log')), h('table', { class: 'table' }, h('thead', {}, h('tr', {}, ...labels.map((label) => h('th', { scope: 'col' }, label)))),
    h('tbody', {}, ...rows.map((line) => h('tr', {}, h('th', { scope: 'row' }, name(line['action'])), h('td', { 'data-label': labels[1] }, line['user']?.name ?? line['actor']?.name ?? ''), h('td', { 'data-label': labels[2] }, line['enterprise']?.name ?? ''),
      h('td', { 'data-label': labels[3] }, h('time', { datetime: line['at'], title: exactly(line['at']) }, moment(line['at']))),
      h('td', { 'data-label': labels[4] }, [typeof line['amount_fen'] === 'number' ? moneyText(line['amount_fen']) : '', line['note'] ?? ''].filter(Boolean).join(' · ')))))));
}
