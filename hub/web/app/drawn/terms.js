//! Owns: choosing from vocabularies: step by step down their levels, one term or several. Never: what the terms are.

import { language, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';

/** @typedef {{code: string, label: {'zh-CN': string, en: string}, parent?: string, items?: Term[]}} Term `items`: those directly below it */

/** The name in the reader's language. @param {Term} term */
export const nameOf = (term) => term.label[language()];

/** The levels of what the hub lists parents first. @param {readonly Term[]} listed @returns {Term[]} */
export function treeOf(listed) {
  /** @type {Map<string, Term>} */
  const known = new Map();
  /** @type {Term[]} */
  const top = [];
  for (const { code, label, parent } of listed) {
    const term = { code, label };
    known.set(code, term);
    const above = parent === undefined ? undefined : known.get(parent);
    if (above === undefined) top.push(term);
    else (above.items ??= []).push(term);
  }
  return top;
}

/** From the root down to the term of a code; empty where there is none. @param {readonly Term[]} items @param {string} code @returns {Term[]} */
export function pathTo(items, code) {
  for (const item of items) {
    if (item.code === code) return [item];
    const below = pathTo(item.items ?? [], code);
    if (below.length > 0) return [item, ...below];
  }
  return [];
}

/** @param {readonly Term[]} items @param {string} code */
export const pathText = (items, code) => pathTo(items, code).map(nameOf).join(' / ') || code;

/** A vocabulary without levels and longer than this is searched by typing. */
const LISTED_MAX = 40;

/** @type {import('./widgets.js').Make} */
export function terms(field, around) {
  const isMany = field.schema['x-widget'] === 'terms';
  const vocabulary = (isMany ? field.schema.items : field.schema)?.['x-options'] ?? '';
  const max = field.schema.maxItems ?? Infinity;
  /** @type {Term[]} */
  let items = [];
  /** @type {string[]} */
  let chosen = [];
  const steps = h('div', { class: 'steps' });
  const tags = h('ul', { class: 'tags', hidden: !isMany });
  const element = h('div', { class: 'terms' }, tags, steps);
  let pending = '';

  /** @param {string} code */
  function took(code) {
    pending = code;
    if (isMany) return;
    chosen = code === '' ? [] : [code];
    around.changed();
  }

  /** What is chosen, with what was not added yet. */
  const all = () => pending === '' || chosen.includes(pending) || chosen.length >= max ? chosen : [...chosen, pending];

  function add() {
    if (pending === '') return;
    chosen = all();
    pending = '';
    draw();
    around.changed();
  }

  /** @param {string} code */
  function drop(code) {
    chosen = chosen.filter((each) => each !== code);
    draw();
    around.changed();
    /** @type {HTMLElement | null} */ (tags.querySelector('button') ?? steps.querySelector('select, input'))?.focus();
  }

  const draw = () => {
    const isFlat = items.length > LISTED_MAX && items.every((item) => item.items === undefined);
    const control = isFlat ? typed(items, isMany ? '' : chosen[0] ?? '', around, took) : cascade(items, isMany ? '' : chosen[0] ?? '', around, took);
    const more = h('button', { type: 'button', class: 'button small', 'data-act': 'add', on: { click: () => (add(), /** @type {HTMLElement | null} */ (steps.querySelector('select, input'))?.focus()) } }, t('form.add'));
    fill(steps, ...control, isMany && chosen.length < max && more);
    fill(tags, ...chosen.map((code) => h('li', { class: 'tag' }, h('span', {}, pathText(items, code)),
      h('button', { type: 'button', 'aria-label': t('form.remove', { name: pathText(items, code) }), on: { click: () => drop(code) } }, '×'))));
    tags.hidden = !isMany || chosen.length === 0;
  };
  void around.options(vocabulary).then((found) => {
    items = found;
    draw();
  });
  if (isMany) element.addEventListener('focusout', (event) => {
    const to = /** @type {FocusEvent} */ (event).relatedTarget;
    if (!(to instanceof Node && element.contains(to))) add(); // who goes on has chosen
  });
  draw();
  return { element, get target() {
    return /** @type {HTMLElement} */ (steps.querySelector('select, input') ?? element);
  }, isGroup: true, get: () => isMany ? all() : chosen[0] ?? '', set: (value) => {
    chosen = isMany ? [...(Array.isArray(value) ? value : [])] : typeof value === 'string' && value !== '' ? [value] : [];
    draw();
  } };
}

/** One select a level. @param {readonly Term[]} items @param {string} code @param {import('./widgets.js').Around} around @param {(code: string) => void} took @returns {HTMLElement[]} */
function cascade(items, code, around, took) {
  const path = pathTo(items, code);
  const place = h('div', { class: 'cascade' });
  /** @param {readonly Term[]} level @param {number} depth */
  const grow = (level, depth) => {
    const node = /** @type {HTMLSelectElement} */ (h('select', { id: depth === 0 ? around.id : undefined, 'aria-describedby': around.described,
      'aria-label': t('form.level', { n: depth + 1 }) }, h('option', { value: '' }, t('form.choose')), ...level.map((term) => h('option', { value: term.code }, nameOf(term)))));
    node.value = path[depth]?.code ?? '';
    node.addEventListener('change', () => {
      while (node.nextElementSibling !== null) node.nextElementSibling.remove();
      const term = level.find((each) => each.code === node.value);
      path.length = depth;
      if (term?.items !== undefined) grow(term.items, depth + 1);
      took(term === undefined || term.items !== undefined ? '' : term.code); // a group is no choice itself
    });
    place.append(node);
    const next = path[depth]?.items;
    if (next !== undefined) grow(next, depth + 1);
  };
  grow(items, 0);
  return [place];
}

/** A long list is searched as one types. @param {readonly Term[]} items @param {string} code @param {import('./widgets.js').Around} around @param {(code: string) => void} took @returns {HTMLElement[]} */
function typed(items, code, around, took) {
  const input = /** @type {HTMLInputElement} */ (h('input', { id: around.id, list: `${around.id}-list`, autocomplete: 'off', 'aria-labelledby': `${around.id}-name`, 'aria-describedby': around.described,
    placeholder: t('form.search') }));
  input.value = code === '' ? '' : pathText(items, code);
  input.addEventListener('input', () => took(items.find(({ label }) => label['zh-CN'] === input.value || label.en === input.value)?.code ?? ''));
  return [input, h('datalist', { id: `${around.id}-list` }, ...items.map((item) => h('option', { value: nameOf(item) })))];
}
