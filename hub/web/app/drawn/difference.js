//! Owns: what a record says otherwise than what was approved last: which fields, and where in a text. Pure but for its drawing.
//! Never: what was approved; the record says it.

import { t } from '../strings.js';
import { h } from '../ui/dom.js';
import { fieldsOf, isEmpty, same } from './schema.js';
import { label } from './words.js';

/** @typedef {Record<string, any>} Row */
/** @typedef {{name: string, before: any, after: any}} Change */
/** @typedef {{kind: 'same' | 'gone' | 'new', text: string}} Part */

/** The fields of a form that differ, in the form's order. @param {import('./schema.js').Schema} schema @param {Row} approved @param {Row} row @returns {Change[]} */
export const changes = (schema, approved, row) => fieldsOf(schema).filter(({ name }) => !same(settled(approved[name]), settled(row[name])))
  .map(({ name }) => ({ name, before: approved[name], after: row[name] }));

/** What says no is as what says nothing. @param {any} value */
const settled = (value) => value === false ? undefined : value;

/** Where two texts differ: what they begin and end with alike stays. @param {string} before @param {string} after @returns {Part[]} */
export function parts(before, after) {
  const [old, now] = [[...before], [...after]];
  const least = Math.min(old.length, now.length);
  let from = 0;
  while (from < least && old[from] === now[from]) from += 1;
  let end = 0;
  while (end < least - from && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  /** @type {Part[]} */
  const found = [{ kind: 'same', text: now.slice(0, from).join('') }, { kind: 'gone', text: old.slice(from, old.length - end).join('') },
    { kind: 'new', text: now.slice(from, now.length - end).join('') }, { kind: 'same', text: now.slice(now.length - end).join('') }];
  return found.filter(({ text }) => text !== '');
}

/** What of a list went, came and stayed. @param {readonly any[]} before @param {readonly any[]} after */
export function lists(before, after) {
  return { gone: before.filter((each) => !after.includes(each)), came: after.filter((each) => !before.includes(each)),
    isMoved: before.length === after.length && before.every((each) => after.includes(each)) };
}

/**
 * @param {string} kind below which its words stand @param {import('./schema.js').Schema} schema @param {Row} row
 * @param {{show: (name: string, value: any) => import('../ui/dom.js').Child, plain: (name: string) => boolean}} with_ `plain`: whether a field is a text whose parts can be told apart
 */
export function difference(kind, schema, row, { show, plain }) {
  const approved = row['approved'];
  if (approved === null || approved === undefined) return h('p', { class: 'hint difference-none' }, t('difference.first'));
  const found = changes(schema, approved, row);
  if (found.length === 0) return h('p', { class: 'hint difference-none' }, t('difference.none'));
  const value = (/** @type {string} */ name, /** @type {any} */ one) => isEmpty(one) ? t('form.nothing') : show(name, one);
  return h('section', { class: 'card-section difference', 'aria-label': t('difference.title') }, h('h2', {}, t('difference.title')), h('p', { class: 'hint' }, t('difference.count', { n: found.length })),
    h('dl', { class: 'changes' }, ...found.map(({ name, before, after }) => h('div', { class: 'change', 'data-field': name }, h('dt', {}, label(kind, name)),
      ...(plain(name) && typeof before === 'string' && typeof after === 'string' ? [h('dd', { class: 'change-text' }, ...parts(before, after).map(marked))]
        : Array.isArray(before) && Array.isArray(after) ? [listed(name, before, after, show)]
          : [h('dd', { class: 'change-before' }, h('span', { class: 'sr-only' }, t('difference.before')), value(name, before)), h('dd', { class: 'change-after' }, h('span', { class: 'sr-only' }, t('difference.after')), value(name, after))])))));
}

/** @param {Part} part */
const marked = ({ kind, text }) => kind === 'same' ? text : h(kind === 'gone' ? 'del' : 'ins', {}, text);

/** @param {string} name @param {readonly any[]} before @param {readonly any[]} after @param {(name: string, value: any) => import('../ui/dom.js').Child} show */
function listed(name, before, after, show) {
  const { gone, came, isMoved } = lists(before, after);
  return h('dd', { class: 'change-list' }, isMoved && h('span', { class: 'hint' }, t('difference.moved')), ...gone.map((each) => h('del', {}, show(name, [each]))), ...came.map((each) => h('ins', {}, show(name, [each]))));
}
