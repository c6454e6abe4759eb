//! Owns: what waits for one today, as far as the hub tells it. Never: work itself; each card leads to its place.

import { t } from '../strings.js';
import { coalesced, fill, h, icon } from '../ui/dom.js';
import { linksOf } from '../frame/nav.js';
import { roleOf } from '../frame/places.js';
import { deskOf, offered } from '../kinds/kinds.js';
import { nextLine, waitingFor } from '../kinds/waiting.js';

/** @type {import('../frame/places.js').Make} */
export const make = (site) => {
  const { client, firms } = site;
  const role = roleOf(client.user);
  const unread = h('p', { class: 'card-note' });
  const mayChat = linksOf(role).some(({ path }) => path === '/chat');
  const firm = h('p', { class: 'hint' });
  const draw = () => {
    const { inbox, user } = client;
    const free = inbox.rows.filter((row) => row.assignee === null && row.state === 'open').length;
    fill(unread, inbox.unread > 0 ? t('inbox.unread', { n: inbox.unread }) : t('desk.all_read'), free > 0 && h('span', { class: 'chip chip-free' }, t('desk.unclaimed', { n: free })));
    fill(firm, [firms.names(user?.enterprise).name, user?.duty ? t(`duty.${user.duty}`) : ''].filter(Boolean).join(' · '));
  };
  const cards = h('div', { class: 'cards' }, mayChat && card('/chat', 'chat', t('nav.chat'), unread),
    role === 'individual' || role === 'media' ? card('/', 'home', t('nav.home'), h('p', { class: 'card-note' }, t('desk.visitor'))) : null, card('/account', 'person', t('nav.account'), h('p', { class: 'card-note' }, t('desk.account'))));
  const standingPlace = h('div', { class: 'desk-next' });
  const element = h('div', { class: 'desk' }, h('header', { class: 'place-head' }, h('div', {}, h('h1', {}, t('nav.desk')), firm)), standingPlace, cards);
  /** @type {Map<string, HTMLElement>} */
  const notes = new Map();
  const wait = async () => {
    if (role === 'enterprise') fill(standingPlace, await nextLine(site).catch(() => null));
    for (const [kind, shown] of await waitingFor(site, [...notes.keys()])) fill(/** @type {HTMLElement} */ (notes.get(kind)), shown);
  };
  void offered(client.env, deskOf(role, client.user?.admin === true)).then((kinds) => {
    cards.prepend(...kinds.map(({ kind, icon: drawing }) => {
      const note = h('div', { class: 'card-note card-waiting' });
      notes.set(kind, note);
      return card(`/desk/${kind}`, drawing, t(`kind.${kind}`), h('p', { class: 'card-note' }, t(`about.${kind}`)), note);
    }));
    void wait();
  });
  const offs = [client.inbox.on('change', coalesced(draw)), client.on('record', coalesced(() => void wait()))];
  draw();
  return { element, title: t('nav.desk'), redraw: draw, stop: () => offs.forEach((off) => off()) };
};

/** @param {string} href @param {string} drawing @param {string} title @param {...HTMLElement} notes */
export const card = (href, drawing, title, ...notes) => h('a', { class: 'task-card', href }, icon(drawing), h('div', {}, h('strong', {}, title), ...notes));
