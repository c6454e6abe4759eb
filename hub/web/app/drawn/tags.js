//! Owns: the control for several short texts, each added as it is typed. Never: which texts are allowed.

import { t } from '../strings.js';
import { fill, h } from '../ui/dom.js';

/** What parts one from the next where several are typed or pasted at once. */
const BETWEEN = /[,，、;；\n]+/;

/** @type {import('./widgets.js').Make} */
export function tags(field, { id, described, changed }) {
  const { items = {}, maxItems: max = Infinity } = field.schema;
  /** @type {string[]} */
  let chosen = [];
  const rows = h('ul', { class: 'tags' });
  const input = /** @type {HTMLInputElement} */ (h('input', { id, 'aria-describedby': described, autocomplete: 'off', placeholder: t('tags.placeholder'), maxlength: (items.maxLength ?? 50) * 4 }));
  const more = h('button', { type: 'button', class: 'button', 'data-act': 'add_tag', on: { click: () => (add(), input.focus()) } }, t('form.add'));
  const element = h('div', { class: 'terms' }, rows, h('div', { class: 'with-button' }, input, more));
  const typed = () => input.value.split(BETWEEN).map((text) => text.trim()).filter((text) => text !== '');
  const all = () => [...new Set([...chosen, ...typed()])];

  function add() {
    if (typed().length === 0) return;
    chosen = all();
    input.value = '';
    draw();
    changed();
  }

  /** @param {string} text */
  function drop(text) {
    chosen = chosen.filter((each) => each !== text);
    draw();
    changed();
    input.focus();
  }

  const draw = () => {
    fill(rows, ...chosen.map((text) => h('li', { class: 'tag' }, h('span', {}, text), h('button', { type: 'button', 'aria-label': t('form.remove', { name: text }), on: { click: () => drop(text) } }, '×'))));
    rows.hidden = chosen.length === 0;
    more.hidden = chosen.length >= max;
  };
  input.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter') (event.preventDefault(), add());
    else if (event.key === 'Backspace' && input.value === '' && chosen.length > 0) drop(chosen[chosen.length - 1] ?? '');
  });
  input.addEventListener('input', (event) => BETWEEN.test(input.value) && !(/** @type {InputEvent} */ (event).isComposing) ? add() : changed());
  input.addEventListener('blur', add);
  draw();
  return { element, target: input, isGroup: false, get: all, set: (value) => {
    chosen = Array.isArray(value) ? value.map(String) : [];
    input.value = '';
    draw();
  } };
}
