//! Owns: a list of cards that comes page by page from the hub's public lists, and what stands there meanwhile. Never: the cards.

import { call } from '../sdk/rest.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { attribute, fill, h, icon } from '../ui/dom.js';
import { awaited } from './cards.js';

/**
 * @param {import('../sdk/client.js').Client} client
 * @param {{path: string, query?: Record<string, string>, limit: number, card: (row: Record<string, any>) => HTMLElement, empty: string, isWhole?: boolean, without?: string, total?: (n: number | undefined) => void, kind?: string, ready?: Promise<any>}} with_
 *   `isWhole`: only the first page is shown; `without`: the one that stands beside the list; `ready`: what cards wait for, fetched beside them
 * @returns {{element: HTMLElement, load: () => Promise<number>}}
 */
export function feed(client, { path, query = {}, limit, card, empty, isWhole = false, without = '', total, kind = '', ready }) {
  let next = '';
  let count = 0;
  const rows = h('ul', { class: `show-grid ${kind}` }, ...awaited(Math.min(limit, 8)));
  const status = h('p', { class: 'hint', role: 'status' });
  const nothing = h('div', { class: 'empty', hidden: true });
  const more = h('button', { type: 'button', class: 'button wide', hidden: true, on: { click: () => void load(true) } }, t('list.more'));
  const element = h('div', { class: 'feed' }, status, rows, nothing, more);

  async function load(follows = false) {
    const asked = new URLSearchParams({ ...query, limit: String(without === '' ? limit : limit + 1), ...(follows ? { cursor: next } : {}) });
    attribute(element, 'aria-busy', 'true');
    try {
      const [answer] = await Promise.all([call(client.env, 'GET', `${path}?${asked}`, { kept: true }), ready]);
      const shown = answer.items.filter((/** @type {{id: string}} */ row) => row.id !== without).slice(0, limit);
      count = follows ? count + shown.length : shown.length;
      const drawn = shown.map((/** @type {Record<string, any>} */ row) => h('li', {}, card(row)));
      fill(status);
      if (follows) rows.append(...drawn);
      else fill(rows, ...drawn);
      if (follows) /** @type {HTMLElement | null} */ (drawn[0]?.querySelector('a') ?? null)?.focus();
      next = isWhole ? '' : answer.next ?? '';
      more.hidden = next === '';
      nothing.hidden = count > 0;
      if (count === 0) fill(nothing, icon('hall'), h('p', {}, t(empty)));
      total?.(answer.total);
    } catch (thrown) {
      if (!follows) fill(rows);
      fill(status, `${errorText(asWireError(thrown))} `, h('button', { type: 'button', class: 'button small', on: { click: () => void load(follows) } }, t('act.retry')));
    } finally {
      attribute(element, 'aria-busy', false);
    }
    return count;
  }

  return { element, load: () => load() };
}
