//! Owns: the line that says what a conversation is about, with the way there and its card to send. Never: conversations about nothing but
//! the two companies.

import { pictureOf } from '../show/picture.js';
import { t } from '../strings.js';
import { attempt } from './dialogs.js';
import { fill, h, icon } from './dom.js';

/** Where each stands. @type {Record<string, string>} */
const PLACES = { booth: '/booths/', exhibit: '/exhibits/', order: '/desk/orders/' };
/** @type {Record<string, string>} */
const ICONS = { booth: 'hall', exhibit: 'box', order: 'order' };

/**
 * @param {HTMLElement} element @param {import('../sdk/client.js').Client} client @param {import('../sdk/conversation.js').Conversation} conversation @param {() => void} sent
 */
export function aboutIt(element, client, conversation, sent) {
  const { kind = '', id = '', title = '' } = /** @type {{kind?: string, id?: string, title?: string}} */ (conversation.summary?.context ?? {});
  const drawn = JSON.stringify([kind, id, title, conversation.summary?.state]);
  if (element.dataset['drawn'] === drawn) return;
  element.dataset['drawn'] = drawn;
  element.hidden = PLACES[kind] === undefined;
  if (element.hidden) return fill(element);
  const mark = h('span', { class: 'goods-picture' }, icon(ICONS[kind] ?? 'file'));
  const name = title === '' ? t(`card.${kind}`) : kind === 'order' ? t('order.heading', { number: title }) : title;
  const send = () => void attempt(async () => conversation.sendCard(kind === 'order' ? 'order' : 'exhibit', id)).then(sent);
  fill(element, mark, h('span', { class: 'about-text' }, h('small', {}, t(`about_it.${kind}`)), h('a', { href: `${PLACES[kind]}${id}`, dir: 'auto' }, name)),
    kind !== 'booth' && conversation.summary?.state === 'open' && h('button', { type: 'button', class: 'button small', 'data-act': 'send_card', on: { click: send } }, t('about_it.send')));
  void picture(client, kind, id).then((found) => found !== '' && fill(mark, pictureOf(found, '', { width: 40, height: 40, isSmall: true, name })));
}

/** What is seen of it, where it may be seen. @param {import('../sdk/client.js').Client} client @param {string} kind @param {string} id @returns {Promise<string>} */
async function picture(client, kind, id) {
  const path = kind === 'order' ? `/v1/orders/${id}` : `/v1/showcase/${kind}s/${id}`;
  const thing = await client.rest('GET', path).catch(() => null);
  return (kind === 'order' ? thing?.exhibit?.picture : kind === 'booth' ? thing?.logo : thing?.pictures?.[0]?.id) ?? '';
}
