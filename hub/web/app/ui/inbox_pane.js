//! Owns: the list of negotiations. Never: their entries.

import { t } from '../strings.js';
import { attribute, avatar, coalesced, fill, h, icon, list } from './dom.js';
import { brief } from './time.js';

/** @typedef {import('../sdk/wire.js').Summary} Summary */

/** So often is looked whether today has become yesterday. */
const DAY_LOOK_MS = 20_000;

/**
 * @param {import('../sdk/client.js').Client} client
 * @param {{people: import('./people.js').People, firms: import('./firms.js').Firms, open: (id: string) => void, start: () => void, current: () => string}} with_
 * @returns {{element: HTMLElement, draw: () => void, focus: () => void, stop: () => void}}
 */
export function inboxPane(client, { people, firms, open, start, current }) {
  const rows = h('ul', { class: 'inbox-rows', 'aria-label': t('inbox.title') });
  const empty = h('div', { class: 'empty' });
  const more = h('button', { type: 'button', class: 'button wide', hidden: true, on: { click: () => void client.inbox.more().catch(() => 0) } },
    t('inbox.more'));
  const filter = /** @type {HTMLInputElement} */ (h('input', { type: 'search', class: 'filter', 'aria-label': t('inbox.filter'),
    placeholder: t('inbox.filter'), on: { input: () => draw() } }));
  const begin = h('button', { type: 'button', class: 'icon-button start', 'aria-label': t('inbox.new'), title: t('inbox.new'),
    on: { click: start } }, icon('plus'));
  const element = h('nav', { class: 'inbox', 'aria-label': t('inbox.title'), on: { keydown: arrows } },
    h('header', { class: 'pane-head' }, h('h2', {}, t('inbox.title')), begin), filter,
    h('div', { class: 'inbox-scroll' }, rows, more, empty));

  /** Up and down move between rows. @param {KeyboardEvent} event */
  function arrows(event) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const buttons = [...rows.querySelectorAll('button')];
    const at = buttons.indexOf(/** @type {any} */ (document.activeElement));
    if (step === 0 || at < 0) return;
    event.preventDefault();
    buttons[at + step]?.focus();
  }

  /** @param {Summary} row */
  const holder = (row) => row.assignee === null ? t('inbox.unassigned')
    : row.assignee === client.user?.id ? t('inbox.mine') : people.name(row.assignee, '');

  const draw = () => {
    const needle = filter.value.trim().toLowerCase();
    const { doubled } = client.inbox;
    const shown = client.inbox.rows.map((row) => ({ key: row.conversation, row, names: firms.names(row.with), isDoubled: doubled.has(row.with.id) }))
      .filter(({ names }) => `${names.name}\n${names.other}`.toLowerCase().includes(needle));
    list(rows, shown, ({ row, names, isDoubled }) => JSON.stringify([row, names, isDoubled, holder(row), current() === row.conversation, brief(row.at)]), drawRow);
    if (more === document.activeElement && !client.inbox.hasMore) /** @type {HTMLElement} */ (rows.lastElementChild?.firstElementChild)?.focus();
    more.hidden = !client.inbox.hasMore;
    filter.hidden = client.inbox.rows.length < 6 && filter !== document.activeElement && filter.value === '';
    begin.hidden = client.inbox.phase === 'refused';
    fill(empty, ...nothing(shown.length));
    empty.hidden = shown.length > 0;
  };

  /** @param {{row: Summary, names: import('./firms.js').Names, isDoubled: boolean}} row @param {HTMLElement} node */
  function drawRow({ row, names, isDoubled }, node) {
    const unread = row.unread > 0;
    const button = node.firstElementChild ?? h('button', { type: 'button', class: 'inbox-row', 'data-conversation': row.conversation,
      on: { click: () => open(row.conversation) } });
    if (button.parentElement === null) node.append(button);
    attribute(button, 'aria-current', current() === row.conversation && 'true');
    attribute(node, 'class', unread ? 'unread' : undefined);
    fill(button, avatar(names.name),
    h('span', { class: 'row-main' },
      h('span', { class: 'row-line' }, h('strong', { class: 'row-name' }, names.name),
        h('time', { datetime: row.at }, brief(row.at))),
      names.other && h('small', { class: 'row-other', dir: 'auto' }, names.other),
      h('span', { class: 'row-line' }, h('span', { class: 'row-preview' }, row.preview || t('inbox.no_text')),
        unread && h('span', { class: 'badge', 'aria-label': t('inbox.unread', { n: row.unread }) },
          row.unread > 99 ? '99+' : String(row.unread))),
      h('span', { class: 'row-line chips' },
        isDoubled && h('span', { class: 'chip chip-side' }, t(`side.${row.side}`)),
        row.context?.title && h('span', { class: 'chip chip-about', dir: 'auto' }, row.context.title),
        h('span', { class: `chip ${row.assignee === null ? 'chip-free' : row.assignee === client.user?.id ? 'chip-mine' : ''}` }, holder(row)),
        row.state !== 'open' && h('span', { class: 'chip chip-off' }, t(`state.${row.state}`)))));
  }

  /** @param {number} shown @returns {import('./dom.js').Child[]} */
  function nothing(shown) {
    if (shown > 0) return [];
    if (client.inbox.phase === 'refused') return [h('p', {}, t('inbox.refused')), h('p', { class: 'hint' }, t('inbox.refused_hint'))];
    if (client.inbox.phase !== 'loaded') return [h('p', { class: 'hint' }, t('inbox.loading'))];
    return [icon('chat'), h('p', {}, t('inbox.empty')), h('p', { class: 'hint' }, t('inbox.empty_hint')),
      h('button', { type: 'button', class: 'button primary', on: { click: start } }, t('inbox.new'))];
  }

  const later = coalesced(draw);
  const off = client.inbox.on('change', later);
  const midnight = setInterval(later, DAY_LOOK_MS);
  draw();
  const focus = () => /** @type {HTMLElement} */ (rows.querySelector('[aria-current]') ?? rows.querySelector('button') ?? begin).focus();
  return { element, draw: later, focus, stop: () => (off(), clearInterval(midnight)) };
}
