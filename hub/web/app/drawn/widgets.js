//! Owns: the controls that values are filled in with, one function a kind. Never: labels around them, faults, sending.

import { t } from '../strings.js';
import { attribute, fill, h } from '../ui/dom.js';
import { schemaOf } from './schema.js';
import { terms } from './terms.js';
import { upload } from './upload.js';
import { option } from './words.js';

/**
 * A control. `isGroup`: several elements that need a common name. `target` takes the focus. `check`: what is wrong, where the
 * control knows more than the description.
 * @typedef {{element: HTMLElement, target: HTMLElement, isGroup: boolean, get: () => any, set: (value: any) => void, check?: (otherwise: () => import('./schema.js').Wrong | null) => import('./schema.js').Wrong | null,
 *   follow?: (values: import('./schema.js').Values) => void, stop?: () => void, isFixed?: boolean}} Widget
 * @typedef {{id: string, described: string, changed: () => void, options: (name: string) => Promise<import('./terms.js').Term[]>, uploads?: import('./uploads.js').Uploads, widgets?: Record<string, Make>}} Around
 * @typedef {(field: import('./schema.js').Field, around: Around) => Widget} Make
 */

/** Choices of so many are all shown at once. */
const RADIOS_MAX = 4;

/** What browsers and password keepers fill in by themselves. @type {Record<string, string>} */
const AUTOCOMPLETE = { username: 'username', current_password: 'current-password', password: 'new-password', new_password: 'new-password', mobile: 'tel',
  email: 'email', code: 'one-time-code', name: 'name', website: 'url', enterprise_name: 'organization', address: 'street-address' };

/** @type {Record<string, Record<string, any>>} */
const TYPES = { password: { type: 'password' }, tel: { type: 'tel', inputmode: 'tel' }, email: { type: 'email', inputmode: 'email' },
  url: { type: 'url', inputmode: 'url' }, date: { type: 'date' }, digits: { type: 'text', inputmode: 'numeric' }, number: { type: 'number', inputmode: 'numeric' } };

/** @type {Record<string, Make>} */
const MADE = { textarea, checkbox, select, checkboxes, term: terms, terms, password, upload };

/** How a field is filled: as its description says, but an amount of money, which is called so, always as one. @param {import('./schema.js').Field} field */
const kindOf = ({ name, schema }) => name.endsWith('_fen') ? 'fen' : schema['x-widget'] ?? 'text';

/** @type {Make} */
export const widget = (field, around) => (around.widgets?.[kindOf(field)] ?? MADE[field.schema['x-widget'] ?? 'text'] ?? line)(field, around);

/** What every single control has. @param {import('./schema.js').Field} field @param {Around} around */
const common = ({ name }, { id, described, changed }) => ({ id, name, 'aria-describedby': described, autocomplete: AUTOCOMPLETE[name] ?? 'off',
  on: { input: changed, change: changed } });

/** @type {Make} */
function line(field, around) {
  const kind = field.schema['x-widget'] ?? 'text';
  const input = /** @type {HTMLInputElement} */ (h('input', { ...common(field, around), ...(TYPES[kind] ?? { type: 'text' }), maxlength: room(field.schema),
    ...(isCode(field.schema) ? { autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false' } : {}) }));
  const get = () => kind === 'number' && input.value !== '' ? Number(input.value) : input.value.trim();
  const follow = (/** @type {import('./schema.js').Values} */ values) => attribute(input, 'maxlength', room(schemaOf(field, values)));
  return { element: input, target: input, isGroup: false, get, set: (value) => void (input.value = String(value ?? '')), follow };
}

/** Browsers count UTF-16: twice as many never cuts what the hub would take, and bounds what is pasted. @param {import('./schema.js').Schema} schema */
const room = ({ maxLength }) => maxLength === undefined ? undefined : maxLength * 2;

/** What is no word of a language. @param {import('./schema.js').Schema} schema */
const isCode = ({ pattern, format }) => pattern !== undefined || format !== undefined;

/** @type {Make} */
function password(field, around) {
  const { element: input, ...rest } = line(field, around);
  const shown = h('button', { type: 'button', class: 'button small', 'aria-pressed': 'false', on: { click: () => toggle() } }, t('form.show'));
  const toggle = () => {
    const isShown = input.getAttribute('type') === 'text';
    attribute(input, 'type', isShown ? 'password' : 'text');
    attribute(shown, 'aria-pressed', String(!isShown));
    fill(shown, isShown ? t('form.show') : t('form.hide'));
  };
  return { ...rest, element: h('div', { class: 'with-button' }, input, shown) };
}

/** @type {Make} */
function textarea(field, around) {
  const area = /** @type {HTMLTextAreaElement} */ (h('textarea', { ...common(field, around), rows: (field.schema.maxLength ?? 0) > 300 ? '6' : '3', maxlength: room(field.schema) }));
  return { element: area, target: area, isGroup: false, get: () => area.value.trim(), set: (value) => void (area.value = String(value ?? '')) };
}

/** @type {Make} */
function checkbox(field, around) {
  const input = /** @type {HTMLInputElement} */ (h('input', { ...common(field, around), type: 'checkbox' }));
  const mustBe = field.schema.const === true || field.isRequired;
  return { element: input, target: input, isGroup: false, get: () => input.checked || (mustBe ? false : undefined), set: (value) => void (input.checked = value === true) };
}

/** @type {Make} */
function select(field, around) {
  const words = (field.schema.enum ?? []).filter((word) => word !== null);
  if (words.length <= RADIOS_MAX) return boxes('radio', field, around, words);
  const node = /** @type {HTMLSelectElement} */ (h('select', common(field, around), h('option', { value: '' }, t('form.choose')),
    ...words.map((word) => h('option', { value: word }, option(field.name, word)))));
  return { element: node, target: node, isGroup: false, get: () => node.value, set: (value) => void (node.value = value ?? '') };
}

/** @type {Make} */
function checkboxes(field, around) {
  return boxes('checkbox', field, around, (field.schema.items?.enum ?? []).filter((word) => word !== null));
}

/** @param {'radio' | 'checkbox'} type @param {import('./schema.js').Field} field @param {Around} around @param {string[]} words @returns {Widget} */
function boxes(type, field, { id, described, changed }, words) {
  const inputs = words.map((word, at) => /** @type {HTMLInputElement} */ (h('input', { type, name: id, value: word, id: at === 0 ? id : undefined,
    'aria-describedby': described, on: { change: changed } })));
  const element = h('div', { class: 'boxes' }, ...inputs.map((input) => h('label', { class: 'box' }, input, h('span', {}, option(field.name, input.value)))));
  const chosen = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const set = (/** @type {any} */ value) => inputs.forEach((input) => {
    input.checked = type === 'radio' ? value === input.value : Array.isArray(value) && value.includes(input.value);
  });
  return { element, target: inputs[0] ?? element, isGroup: true, get: () => type === 'radio' ? chosen()[0] ?? '' : chosen(), set };
}
