//! Owns: the dialog in which a buyer says what they intend to buy. Never: prices; the hub takes the one of that moment.

import { described, formOf } from '../drawn/descriptions.js';
import { form } from '../drawn/form.js';
import { money } from '../drawn/money_field.js';
import { t } from '../strings.js';
import { modal, toast } from '../ui/dialogs.js';
import { fill, h } from '../ui/dom.js';
import { moneyText } from '../ui/money.js';
import { priceOf } from './cards.js';
import { pictureOf } from './picture.js';

/** @param {import('../frame/frame.js').Site} site @param {Record<string, any>} exhibit @param {number} quantity */
export async function ask(site, exhibit, quantity) {
  const { client } = site;
  const [schema, firm] = await Promise.all([formOf(client.env, 'Order'), client.rest('GET', `/v1/enterprises/${client.user?.enterprise?.id}`).catch(() => ({}))]);
  const key = client.env.newId(); // of this intent, however often it is sent
  const { market_price_fen: price } = exhibit;
  const made = await modal(t('exhibit.intend'), (done) => {
    const sum = h('strong', {});
    const drawn = form(schema, { name: 'order', submit: t('intent.send'), leave: ['exhibit'], values: { quantity, contact_name: client.user?.name ?? '', ...(firm.place ? { region: firm.place } : {}) }, ...described(client.env), widgets: { fen: money }, told: () => draw(),
      send: async (values) => {
        const { value } = await client.exchange('POST', '/v1/orders', { body: { ...values, exhibit: exhibit['id'] }, key });
        done(value);
      } });
    const draw = () => {
      const n = Number(drawn.values()['quantity'] ?? 0);
      fill(sum, typeof price === 'number' && n > 0 ? moneyText(price * n) : t('price.none'));
    };
    draw();
    queueMicrotask(drawn.focus);
    return [h('div', { class: 'intent-head' }, h('div', { class: 'intent-picture' }, pictureOf(exhibit['pictures']?.[0], '', { width: 64, height: 64, isSmall: true, name: exhibit['name'] })),
      h('div', {}, h('strong', { dir: 'auto' }, exhibit['name']), priceOf(price))), drawn.element, h('p', { class: 'intent-sum' }, h('span', { class: 'hint' }, t('order.subtotal')), sum), h('p', { class: 'hint' }, t('intent.hint'))];
  });
  if (made === null) return;
  toast(t('intent.sent', { number: made.number }));
  site.go(`/desk/orders/${made.id}`);
}
