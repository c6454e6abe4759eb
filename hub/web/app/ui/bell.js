//! Owns: the notifications panel and its count. Never: conversations' unread counts.

import { flowOf } from '../drawn/descriptions.js';
import { known, language, t } from '../strings.js';
import { coalesced, fill, h, icon, list } from './dom.js';
import { popover } from './popover.js';
import { brief } from './time.js';

/** @typedef {{id: string, kind: string, body?: any, at?: string, created_at?: string, read?: boolean}} Notice */

/**
 * @param {import('../sdk/client.js').Client} client
 * @param {{firms: import('./firms.js').Firms, open: (conversation: string) => void, current: () => string, go: (path: string) => void, path: () => string}} with_
 * @returns {{element: HTMLElement, seen: (conversation: string) => void, arrived: () => void, stop: () => void}}
 */
export function bell(client, { firms, open, current, go: lead, path }) {
  const count = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  // Its name is a text of its own: a label would hide the number that is seen.
  const name = h('span', { class: 'sr-only' }, t('bell.title'));
  const button = h('button', { type: 'button', class: 'icon-button' }, icon('bell'), count, name);
  /** @type {Notice[]} */
  let notices = [];
  let told = 0; // counts that came by event
  /** @type {Set<string>} being marked as read */
  const marking = new Set();
  const items = h('ul', { class: 'notices' });
  const none = h('p', { class: 'hint', hidden: true }, t('bell.none'));
  const all = h('button', { type: 'button', class: 'button small', on: { click: () => void read({}) } }, t('bell.read'));
  const panel = h('div', { class: 'panel', id: 'notices', role: 'region', 'aria-label': t('bell.title') },
    h('header', {}, h('h2', {}, t('bell.title')), all), items, none);
  const { element, toggle, stop } = popover(button, panel, () => void load());

  async function load() {
    const before = told;
    const answer = await client.rest('GET', '/v1/notifications?limit=20').catch(() => null);
    if (answer === null) return;
    await know(answer.items ?? []);
    notices = answer.items ?? [];
    // An answer may be older than the event that overtook it.
    if (told === before) shown(answer.unread ?? notices.filter((notice) => notice.read === false).length);
    settled();
    arrived();
    list(items, notices.map((notice) => ({ key: notice.id, notice })), ({ notice }) => JSON.stringify(notice),
      ({ notice }, node) => fill(node, line(notice)));
    none.hidden = notices.length > 0;
  }

  /** @param {Notice} notice */
  function line(notice) {
    const conversation = notice.body?.conversation;
    const at = notice.at ?? notice.created_at;
    const row = client.inbox.row(conversation);
    const desk = deskOf(notice);
    const title = notice.kind.startsWith('negotiation') ? t('bell.negotiation') : desk === '' ? t('bell.other') : t('bell.record', { what: t(`one.${desk}`), state: stateOf(notice) });
    const from = desk !== '' ? about(notice.body) : row !== undefined ? firms.names(row.with).name : typeof notice.body?.with === 'string' ? notice.body.with : notice.body?.with?.name ?? notice.body?.preview ?? '';
    const go = () => {
      toggle(false);
      if (desk !== '') {
        void read({ ids: [notice.id] });
        return lead(placeOf(notice));
      }
      if (typeof conversation !== 'string') return void read({ ids: [notice.id] });
      seen(conversation);
      open(conversation);
    };
    return h('button', { type: 'button', class: `notice${notice.read === false ? ' fresh' : ''}`, on: { click: go } },
      h('strong', {}, title), from && h('span', {}, String(from)), at && h('time', { datetime: at }, brief(at)));
  }

  /** @param {{ids?: string[]}} which none: all */
  async function read(which) {
    const answer = await client.rest('POST', '/v1/notifications/read', which).catch(() => null);
    if (answer !== null) await load();
  }

  /** @param {(notice: Notice) => boolean} told marks as read the unread ones that it holds for, each asked for once at a time */
  function done(told) {
    const ids = notices.filter((notice) => notice.read === false && !marking.has(notice.id) && told(notice)).map(({ id }) => id);
    if (ids.length === 0) return;
    for (const id of ids) marking.add(id);
    void read({ ids }).finally(() => ids.forEach((id) => marking.delete(id)));
  }

  /** What told of a conversation has done its work once that is open. @param {string} conversation */
  const seen = (conversation) => done((notice) => notice.body?.conversation === conversation);

  /** The words of states come with their lives. @type {Map<string, import('../drawn/descriptions.js').Flow | null>} */
  const lives = new Map();
  /** @param {readonly Notice[]} told */
  async function know(told) {
    const kinds = new Set(told.map(({ body }) => body?.kind).filter((kind) => typeof kind === 'string' && !lives.has(kind)));
    for (const kind of kinds) lives.set(kind, await flowOf(client.env, kind).catch(() => null));
  }
  /** @param {Notice} notice */
  const stateOf = ({ body }) => lives.get(body.kind)?.states.find(({ name }) => name === body.state)?.label[language()] ?? String(body.state ?? '');

  /** Or once what it told of is on the page. */
  const arrived = () => done((notice) => deskOf(notice) !== '' && isAt(path(), notice, client.user?.enterprise?.id));

  /** Or once it is read to its end, on whatever device: by a row as young as the notice or younger. */
  const settled = () => done((notice) => {
    const row = client.inbox.row(notice.body?.conversation);
    return row !== undefined && (row.conversation === current()
      || (row.unread === 0 && Date.parse(row.at) >= Date.parse(notice.at ?? notice.created_at ?? '')));
  });

  /** @param {number} unread */
  function shown(unread) {
    count.hidden = unread === 0;
    fill(count, unread > 99 ? '99+' : String(unread));
    fill(name, unread > 0 ? `${t('bell.title')} (${t('inbox.unread', { n: unread })})` : t('bell.title'));
  }

  const off = client.on('notification', ({ ev, d }) => {
    if (ev !== 'notification.unread_count') return void load();
    if (!Number.isInteger(d?.unread) || d.unread < 0) return;
    told += 1;
    shown(d.unread);
    if (!panel.hidden) void load(); // the list that is being looked at
  });
  const offs = [off, client.inbox.on('change', coalesced(settled)), client.on('user', () => void load())]; // a line that is back, too
  void load();
  return { element, seen, arrived, stop: () => (offs.forEach((end) => end()), stop()) };
}

/** Where records of a kind stand on a desk. @type {Record<string, string>} */
const DESKS = { exhibitor_application: 'exhibitor-applications', attendance: 'attendances', invitation_code: 'invitation-codes', booth: 'booths', exhibit: 'exhibits', order: 'orders', report: 'reports' };

/** @param {Notice} notice */
const deskOf = ({ kind, body }) => {
  const desk = kind.endsWith('.state_changed') ? DESKS[body?.kind] ?? '' : '';
  return known(`one.${desk}`) ? desk : '';
};

/** Whose it is, and why it was turned down. @param {any} body */
const about = (body) => [body.name ?? body.enterprise_name ?? body.enterprise?.name, body.note].filter(Boolean).join(': ');

/** @param {Notice} notice */
const placeOf = (notice) => `/desk/${deskOf(notice)}/${notice.body.id}`;

/** Whether an address shows the record: an enterprise's own stands at its kind's, too. @param {string} path @param {Notice} notice @param {string | undefined} own */
const isAt = (path, notice, own) => path === placeOf(notice) || (notice.body.id === own && path === `/desk/${deskOf(notice)}`);
