//! Owns: the lists of intent orders, of both sides, and how far they come. Never: what is done with one (`order.js`).

import { described, flowOf, formOf } from '../drawn/descriptions.js';
import { form } from '../drawn/form.js';
import { list } from '../drawn/list.js';
import { money } from '../drawn/money_field.js';
import { badge } from '../drawn/state.js';
import { pictureOf } from '../show/picture.js';
import { language, t } from '../strings.js';
import { findEnterprise, modal, toast } from '../ui/dialogs.js';
import { fill, h, icon } from '../ui/dom.js';
import { moneyText } from '../ui/money.js';
import { funnelOf, plot } from '../ui/plot.js';
import { orderLayout } from './order.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */

const PATH = '/v1/orders';
const ROLES = ['seller', 'buyer'];
/** So many of a state are counted; beyond it there are more. */
const COUNTED_MAX = 100;

/** @param {number | undefined} fen @param {string} [otherwise] */
export const amount = (fen, otherwise = t('form.nothing')) => h('span', { class: 'amount' }, typeof fen === 'number' ? moneyText(fen) : otherwise);

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all(site) {
    const { client } = site;
    const flow = await flowOf(client.env, 'order');
    const isCommittee = client.user?.kind === 'committee';
    const role = site.query().get('role') === 'buyer' ? 'buyer' : 'seller';
    const isSeller = role === 'seller';
    const states = flow?.states ?? [];
    const drawn = list(client, { kind: 'orders', path: isCommittee ? PATH : `${PATH}?role=${role}`, look: 'wide-table', link: (row) => `/desk/orders/${row['id']}`,
      filters: [{ name: 'number' }, { name: 'state', choices: states.map(({ name, label }) => [name, label[language()]]) }, ...(isSeller ? [{ name: 'buyer' }] : []), /** @type {const} */ ({ name: 'from', type: 'date' }), /** @type {const} */ ({ name: 'to', type: 'date' })],
      columns: [{ name: 'exhibit', show: goods }, { name: 'number', show: (row) => h('span', { class: 'mono' }, row['number']) }, { name: 'exhibit_number', show: (row) => h('span', { class: 'mono' }, row['exhibit']?.number) },
        { name: 'unit_price_fen', show: (row) => amount(row['unit_price_fen'], t('price.none')) }, { name: 'quantity', show: (row) => h('span', { class: 'amount' }, String(row['quantity'])) },
        isSeller ? { name: 'buyer', show: (row) => row['buyer']?.name } : { name: 'seller', show: (row) => row['seller']?.name }, { name: 'budget_fen', show: (row) => amount(row['budget_fen'], '') },
        { name: 'amount_fen', show: (row) => amount(row['amount_fen'] ?? 0) }, { name: 'state', show: (row) => badge(flow, row['state']) }],
      acts: (row) => [h('a', { class: `button small${(row['actions'] ?? []).length > 0 ? ' primary' : ''}`, href: `/desk/orders/${row['id']}` }, t((row['actions'] ?? []).length > 0 ? 'order.handle' : 'order.view'))] });
    const plots = h('div', { class: 'plots' });
    const figures = async () => fill(plots, ...await counted(site, flow, role).catch(() => []));
    const mayRecord = isSeller && client.user?.kind === 'enterprise' && client.user.duty === 'representative';
    const record = h('button', { type: 'button', class: 'button', 'data-act': 'record', on: { click: () => void recorded(site) } }, icon('plus'), t('order.record'));
    const element = h('div', { class: 'records-place' }, !isCommittee && h('div', { class: 'section-head' },
      h('nav', { class: 'segments', 'aria-label': t('order.role') }, ...ROLES.map((each) => h('a', { class: 'segment', href: `/desk/orders?role=${each}`, 'aria-current': each === role && 'page' }, t(`order.role_${each}`)))), mayRecord && record), plots, drawn.element);
    return { element, load: async () => {
      await Promise.all([drawn.load(), isCommittee ? undefined : figures()]);
    }, isOf: ({ ev }) => ev === flow?.event || ev === 'order.created', called: (id) => drawn.rows().find((row) => row['id'] === id)?.['number'] };
  },
  one: orderLayout,
};

/** @param {Row} row */
const goods = ({ exhibit = {} }) => h('span', { class: 'goods' }, h('span', { class: 'goods-picture' }, pictureOf(exhibit.picture, '', { width: 48, height: 48, isSmall: true, name: exhibit.name ?? '' })), h('span', { dir: 'auto' }, exhibit.name));

/** How many stand where, and how many come how far. @param {Site} site @param {import('../drawn/descriptions.js').Flow | null} flow @param {string} role */
async function counted({ client }, flow, role) {
  const states = flow?.states ?? [];
  const pages = await Promise.all(states.map(({ name }) => client.rest('GET', `${PATH}?role=${role}&state=${name}&limit=${COUNTED_MAX}`)));
  const counts = Object.fromEntries(states.map(({ name }, at) => [name, pages[at].total ?? pages[at].items.length]));
  if (Object.values(counts).every((n) => n === 0)) return [];
  const isMore = pages.some(({ total, next }) => total === undefined && next !== undefined);
  return [plot(isMore ? `${t('order.funnel')} (${COUNTED_MAX}+)` : t('order.funnel'), funnelOf(counts).map(({ name, value }) => ({ label: t(`order.funnel_${name}`), value })), { isFunnel: true }),
    plot(t('order.funnel_of'), states.map(({ name, label, tone }) => ({ label: label[language()], value: counts[name] ?? 0, tone })))];
}

/** What was agreed otherwise, with a company that is named; it confirms it. **Source**: D-16. @param {Site} site */
async function recorded(site) {
  const { client } = site;
  const buyer = await findEnterprise(client);
  if (buyer === null) return;
  const [schema, { items }] = await Promise.all([formOf(client.env, 'RecordedOrder'), client.rest('GET', '/v1/exhibits?shelf_state=on_sale&limit=100')]);
  const key = client.env.newId();
  const made = await modal(t('order.record'), (done) => {
    const exhibit = /** @type {HTMLSelectElement} */ (h('select', { id: 'recorded-exhibit' }, h('option', { value: '' }, t('form.choose')), ...items.map((/** @type {Row} */ row) => h('option', { value: row['id'] }, row['name']))));
    const fault = h('p', { class: 'field-fault', role: 'alert' });
    const drawn = form(schema, { name: 'recorded', submit: t('order.record'), leave: ['exhibit', 'buyer'], values: { quantity: 1 }, widgets: { fen: money }, ...described(client.env), send: async (values) => {
      if (exhibit.value === '') return void (fill(fault, t('order.choose_exhibit')), exhibit.focus());
      done((await client.exchange('POST', `${PATH}/recorded`, { body: { ...values, exhibit: exhibit.value, buyer: buyer.id }, key })).value);
    } });
    return [h('p', { class: 'hint' }, t('order.record_hint')), h('p', {}, t('order.buyer_is', { name: buyer.name })), h('label', { class: 'field', for: 'recorded-exhibit' }, h('span', {}, t('field.exhibit')), exhibit), fault, drawn.element];
  });
  if (made === null) return;
  toast(t('intent.sent', { number: made.number }));
  site.go(`/desk/orders/${made.id}`);
}
