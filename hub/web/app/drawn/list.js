//! Owns: a list of records drawn from a layout: filters, columns, pages, what stands there when there is none, a choice of rows and what
//! came of doing something with them all. Rows become cards on a phone. Never: what a row means.

import { asWireError } from '../sdk/wire.js';
import { errorText, language, t } from '../strings.js';
import { attribute, fill, h, icon, list as rowsOf } from '../ui/dom.js';
import { bulk as bulkOf } from './bulk.js';
import { label } from './words.js';

/** @typedef {Record<string, any>} Row */
/** @typedef {{name: string, show: (row: Row) => import('../ui/dom.js').Child}} Column */
/**
 * @typedef {{key: string, value: string, label: string}} Filter
 * @typedef {object} With
 * @property {string} kind below which its words stand
 * @property {string} path of the hub's list, with what always belongs to it
 * @property {readonly Column[]} columns the first one names the row
 * @property {(row: Row) => string | null} link where a row leads
 * @property {readonly {name: string, choices?: readonly (readonly [string, string])[], type?: 'text' | 'date'}[]} [filters] value and word; without choices it is typed
 * @property {boolean} [searched] whether the hub's list takes `q`
 * @property {(row: Row) => readonly HTMLElement[]} [acts] what can be done with a row
 * @property {() => import('../ui/dom.js').Child} [empty] what to do where there is none
 * @property {readonly import('./bulk.js').Bulk[]} [bulk] what can be done with several rows at once
 * @property {(row: Row) => string} [nameOf] what a row is called, where it can be chosen
 * @property {string} [look] a class of the table
 */

/** Rows asked for at once. */
const PAGE_ROWS = 20;
const SEARCH_MS = 250;

/** @param {import('../sdk/client.js').Client} client @param {With} with_ @returns {{element: HTMLElement, load: () => Promise<void>, rows: () => readonly Row[]}} */
export function list(client, { kind, path, columns, link, filters = [], searched = false, acts, empty, bulk, nameOf = () => '', look = '' }) {
  /** @type {Row[]} */
  let rows = [];
  let next = '';
  let turn = 0;
  const chosen = new URLSearchParams();
  const status = h('p', { class: 'hint list-status', role: 'status' });
  const body = h('tbody');
  const picked = bulk === undefined ? null : bulkOf(bulk, { rows: () => rows, nameOf, redraw: () => draw(), reload: () => load() });
  const table = h('table', { class: `table ${look}`, hidden: true }, h('thead', {}, h('tr', {}, picked && h('th', { scope: 'col', class: 'pick' }, picked.all), ...columns.map(({ name }) => h('th', { scope: 'col' }, label(kind, name))),
    acts && h('th', { scope: 'col' }, h('span', { class: 'sr-only' }, t('list.acts'))))), body);
  const more = h('button', { type: 'button', class: 'button wide', hidden: true, on: { click: () => void load(true) } }, t('list.more'));
  const nothing = h('div', { class: 'empty', hidden: true });
  const element = h('div', { class: 'list' }, bar(), status, picked?.element, table, nothing, more);

  function bar() {
    let timer = 0;
    /** @param {string} name @param {string} word */
    const typed = (name, word) => {
      const node = /** @type {HTMLInputElement} */ (h('input', { type: 'search', 'aria-label': word, placeholder: word, 'data-filter': name }));
      node.addEventListener('input', () => {
        clearTimeout(timer);
        timer = window.setTimeout(() => pick(name, node.value.trim()), SEARCH_MS);
      });
      return node;
    };
    /** @type {HTMLElement[]} */
    const nodes = filters.map(({ name, choices, type = 'text' }) => {
      if (type === 'date') return dated(name);
      if (choices === undefined) return typed(name, label(kind, name));
      const node = /** @type {HTMLSelectElement} */ (h('select', { 'aria-label': label(kind, name), 'data-filter': name },
        h('option', { value: '' }, t('list.all', { name: label(kind, name) })), ...choices.map(([value, word]) => h('option', { value }, word))));
      node.addEventListener('change', () => pick(name, node.value));
      return node;
    });
    const reset = () => {
      clearTimeout(timer);
      for (const node of element.querySelectorAll('[data-filter]')) /** @type {HTMLInputElement} */ (node).value = '';
      for (const name of [...chosen.keys()]) chosen.delete(name);
      void load();
    };
    return h('div', { class: 'list-bar', hidden: !searched && filters.length === 0 }, searched && typed('q', t('list.search')), ...nodes,
      filters.length > 1 && h('button', { type: 'button', class: 'button', 'data-act': 'reset', on: { click: reset } }, t('list.reset')));
  }

  /** @param {string} name */
  function dated(name) {
    const node = /** @type {HTMLInputElement} */ (h('input', { type: 'date', 'data-filter': name }));
    node.addEventListener('change', () => pick(name, node.value));
    return h('label', { class: 'list-day' }, h('span', {}, label(kind, name)), node);
  }

  /** @param {string} name @param {string} value */
  function pick(name, value) {
    if (value === '') chosen.delete(name);
    else chosen.set(name, value);
    void load();
  }

  /** From the beginning, or what follows. @param {boolean} [follows] */
  async function load(follows = false) {
    const mine = ++turn;
    const query = new URLSearchParams(chosen);
    query.set('limit', String(PAGE_ROWS));
    if (follows) query.set('cursor', next);
    attribute(element, 'aria-busy', 'true');
    if (rows.length === 0) fill(status, t('place.loading'));
    try {
      const answer = await client.rest('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);
      if (mine !== turn) return;
      rows = follows ? [...rows, ...answer.items] : answer.items;
      next = answer.next ?? '';
      fill(status, typeof answer.total === 'number' ? t('list.total', { n: answer.total }) : '');
      draw();
    } catch (thrown) {
      if (mine === turn) fill(status, `${errorText(asWireError(thrown))} `, h('button', { type: 'button', class: 'button small', on: { click: () => void load(follows) } }, t('act.retry')));
    } finally {
      if (mine === turn) attribute(element, 'aria-busy', false);
    }
  }

  function draw() {
    table.hidden = rows.length === 0;
    more.hidden = next === '';
    nothing.hidden = rows.length > 0;
    picked?.drawn();
    if (rows.length === 0) fill(nothing, icon('file'), h('p', {}, chosen.size > 0 ? t('list.none_found') : t(`empty.${kind}`)), chosen.size === 0 && empty?.());
    rowsOf(body, rows.map((row, at) => ({ key: String(row['id'] ?? row['code'] ?? row['key'] ?? at), row })), ({ row }) => JSON.stringify([language(), row, picked?.mark(row)]), ({ row }, node) => fill(node, ...cells(row)), 'tr');
  }

  /** @param {Row} row */
  function cells(row) {
    const to = link(row);
    const shown = columns.map(({ name, show }, at) => {
      const value = show(row);
      const inner = at === 0 && to !== null ? h('a', { href: to }, value ?? t('form.nothing')) : value;
      return at === 0 ? h('th', { scope: 'row' }, inner) : h('td', { 'data-label': label(kind, name) }, inner);
    });
    const whole = picked === null ? shown : [h('td', { class: 'pick' }, picked.box(row)), ...shown];
    return acts === undefined ? whole : [...whole, h('td', { class: 'row-acts' }, picked?.result(row), ...acts(row))];
  }

  return { element, load: () => load(), rows: () => rows };
}
