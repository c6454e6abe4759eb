//! Owns: a form drawn from its description: fields, counters, faults at the fields and in a summary, what was typed and not
//! sent. Never: where it is sent, what it means.

import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { attribute, fill, h } from '../ui/dom.js';
import { keep, kept } from './kept.js';
import { applies, fieldsOf, isEmpty, isSecret, length, needs, same, schemaOf, wrong } from './schema.js';
import { fixed, masked } from './standing.js';
import { widget } from './widgets.js';
import { hint, label, wrongText } from './words.js';

/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./schema.js').Values} Values */
/** @typedef {import('./schema.js').Wrong} Wrong */

/**
 * `name`: below which its words stand. `groups`: fields under a heading; those in none come last. `draft`: kept under this key
 * as one types. `keeps`: also when it was sent, since that is not the end. `only`, `leave`: which fields of the description it has.
 * `beside`: what stands by a control. `locked`: how those read that can no more be changed; `masks`: those that stand masked. `suggest`:
 * what follows from what was filled in, for fields that nobody filled otherwise. `options`: vocabularies. `send`: rejects with what the hub said.
 * `widgets`: controls that few forms need, by what they are called. `told`: runs whenever something was filled in. `reveal`: brings a field
 * into view that is out of it. Without a `submit` there is no button: it is saved as one types.
 * @typedef {{name: string, submit: string, send: (values: Values) => Promise<void>, options?: (name: string) => Promise<import('./terms.js').Term[]>,
 *   groups?: readonly (readonly [string, readonly string[]])[], only?: readonly string[], leave?: readonly string[], values?: Values, draft?: string, keeps?: boolean, beside?: Record<string, () => HTMLElement>,
 *   locked?: Record<string, (value: any) => import('../ui/dom.js').Child>, masks?: readonly string[], suggest?: (values: Values) => Values, uploads?: import('./uploads.js').Uploads,
 *   widgets?: Record<string, import('./widgets.js').Make>, told?: () => void, reveal?: (name: string) => void}} With
 * @typedef {{field: Field, control: import('./widgets.js').Widget, element: HTMLElement, fault: HTMLElement, counter: HTMLElement, theirs: HTMLElement}} Row
 */

/** From so many allowed characters on they are counted. */
const COUNTED_MIN = 50;
/** A single line is counted from this part of what it may have. */
const COUNTED_FROM = 0.7;
const TYPED = new Set(['text', 'textarea', 'url', 'email']);
/** What was typed is kept after this long without another key. */
const KEEP_MS = 300;

/**
 * @param {import('./schema.js').Schema} schema @param {With} with_
 * @returns {{element: HTMLElement, focus: () => void, stop: () => void, values: () => Values, isDirty: () => boolean,
 *   rebase: (fresh: Values) => void, refuse: (error: import('../sdk/wire.js').WireError) => void, faults: () => Map<string, Wrong>,
 *   check: () => boolean, mark: (error: import('../sdk/wire.js').WireError) => void, settle: (values: Values) => void, undecided: () => string[]}}
 */
export function form(schema, { name, submit, send, options = async () => [], groups = [], only, leave = [], values = {}, draft, keeps = false, beside = {}, locked = {}, masks = [], suggest = () => ({}), uploads, widgets, told, reveal }) {
  const fields = fieldsOf(schema).filter((field) => (only?.includes(field.name) ?? true) && !leave.includes(field.name));
  let base = values;
  let timer = 0;
  const status = h('p', { class: 'form-status', role: 'alert' });
  const summary = h('div', { class: 'form-summary', role: 'alert', tabindex: '-1', hidden: true });
  const restored = h('div', { class: 'form-restored', role: 'status', hidden: true });
  const button = h('button', { type: 'submit', class: 'button primary' }, submit);
  const rows = fields.map((field) => row(name, field, { changed, options, uploads, widgets, beside: beside[field.name], locked: locked[field.name], isMasked: masks.includes(field.name) }));
  /** @type {Values} what was suggested last */
  let suggested = {};
  const element = h('form', { class: 'form', novalidate: true, on: { submit: sent } }, summary, restored,
    ...grouped(name, rows, groups), status, submit !== '' && h('div', { class: 'form-actions' }, button));

  const collected = () => Object.fromEntries(rows.map(({ field, control }) => [field.name, control.get()]).filter(([, value]) => !isEmpty(value)));
  /** @returns {Values} what applies, as it would be sent */
  const current = () => {
    const all = collected();
    return Object.fromEntries(Object.entries(all).filter(([key]) => rows.some(({ field }) => field.name === key && applies(field, all))));
  };
  const isDirty = () => rows.some(({ field }) => !same(current()[field.name], base[field.name]) && current()[field.name] !== false);

  /** @param {Values} from */
  function put(from) {
    for (const { field, control } of rows) control.set(from[field.name]);
    follow();
  }

  /** Shows what applies now. */
  function follow() {
    const now = collected();
    for (const each of rows) {
      each.element.hidden = !applies(each.field, now);
      attribute(each.element, 'data-needed', needs(each.field, now) && isAsked(each));
      each.control.follow?.(now);
      count(each, now);
    }
  }

  /** Fills what follows from the rest, where nobody said otherwise. */
  function complete() {
    const now = collected();
    const more = suggest(now);
    for (const { field: { name: key }, control } of rows) if (key in more && (isEmpty(now[key]) || now[key] === suggested[key]) && now[key] !== more[key]) control.set(more[key]);
    suggested = more;
  }

  /** @param {Row} each @param {Values} now */
  const faultOf = ({ field, control }, now) => control.check === undefined ? wrong(field, now) : control.check(() => wrong(field, now));

  function changed() {
    complete();
    follow();
    const now = collected();
    for (const each of rows) if (!each.fault.hidden && faultOf(each, now) === null) tell(each, null);
    told?.();
    if (draft === undefined) return;
    clearTimeout(timer);
    timer = window.setTimeout(keepNow, KEEP_MS);
  }

  function keepNow() {
    clearTimeout(timer);
    if (draft === undefined) return;
    const now = collected();
    // Only what was typed: what somebody else changes meanwhile is not undone by what is brought back.
    const open = rows.filter(({ field }) => !isSecret(field) && !same(now[field.name], base[field.name])).map(({ field }) => [field.name, now[field.name] ?? null]);
    keep(draft, isDirty() ? Object.fromEntries(open) : null);
  }

  function restore() {
    const before = draft === undefined ? null : kept(draft);
    put({ ...base, ...before });
    if (before === null || !isDirty()) return;
    const drop = () => (keep(draft ?? '', null), put(base), fill(restored), (restored.hidden = true), focus());
    fill(restored, h('span', {}, t('form.restored')), h('button', { type: 'button', class: 'button small', on: { click: drop } }, t('form.drop')));
    restored.hidden = false;
  }

  /** @param {Event} event */
  async function sent(event) {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    const now = current();
    if (point(faultsOf(now))) return;
    attribute(button, 'aria-disabled', 'true');
    fill(button, t('form.busy'));
    fill(status);
    try {
      await send(now);
      clearTimeout(timer);
      if (keeps) return;
      base = now;
      if (draft !== undefined) keep(draft, null);
      restored.hidden = true;
    } catch (thrown) {
      refused(asWireError(thrown));
    } finally {
      attribute(button, 'aria-disabled', false);
      fill(button, submit);
    }
  }

  /** @param {Values} now @returns {Map<string, Wrong | null>} */
  const faultsOf = (now) => new Map(rows.map((each) => [each.field.name, faultOf(each, now)]));
  /** @param {import('../sdk/wire.js').WireError} error */
  const named = (error) => new Map(error.fields.map(({ at, code }) => [at.split('/')[1] ?? '', /** @type {Wrong} */ ({ code, ...limits(rows, at) })]));

  /** @param {import('../sdk/wire.js').WireError} error */
  function refused(error) {
    if (!point(named(error))) fill(status, errorText(error));
  }

  /** Shows what the hub held against what was typed, where it stands; who types on is not disturbed. @param {import('../sdk/wire.js').WireError} error */
  function mark(error) {
    const faults = named(error);
    for (const each of rows) if (faults.has(each.field.name)) tell(each, faults.get(each.field.name) ?? null);
  }

  /** What can be changed no more stays as it was read. @param {Values} values @returns {Values} */
  const fixedOf = (values) => Object.fromEntries(rows.filter(({ control }) => control.isFixed === true).map(({ field }) => [field.name, values[field.name]]));

  /** What the hub has of it now. @param {Values} values */
  function settle(values) {
    base = { ...fixedOf(base), ...values };
    restored.hidden = true;
    if (draft !== undefined && !isDirty()) keep(draft, null);
  }

  /** Shows every fault at its field and all of them in the summary. @param {Map<string, Wrong | null>} faults @returns {boolean} whether there are any */
  function point(faults) {
    for (const each of rows) tell(each, faults.get(each.field.name) ?? null);
    const wrongs = [...faults].flatMap(([key, fault]) => fault === null ? [] : [{ key, fault }]);
    summary.hidden = wrongs.length === 0;
    if (wrongs.length === 0) return false;
    fill(summary, h('h2', {}, t('form.faults', { n: wrongs.length })), h('ul', {}, ...wrongs.map(({ key, fault }) => {
      const found = rows.find(({ field, element: node }) => field.name === key && !node.hidden);
      const text = `${label(name, key)}: ${wrongText(fault)}`;
      const to = (/** @type {Event} */ event) => (event.preventDefault(), reveal?.(key), found?.control.target.focus());
      return h('li', {}, found === undefined ? text : h('a', { href: `#${idOf(name, key)}`, on: { click: to } }, text));
    })));
    summary.focus();
    return true;
  }

  /** Somebody else changed the record: what only they changed is taken, where both did both are shown. @param {Values} fresh_ */
  function rebase(fresh_) {
    const fresh = { ...fixedOf(base), ...fresh_ };
    const mine = collected();
    for (const each of rows) {
      const key = each.field.name;
      if (same(fresh[key], base[key]) || same(fresh[key], mine[key])) continue;
      if (same(mine[key], base[key])) each.control.set(fresh[key]);
      else offerTheirs(each, fresh[key]);
    }
    base = fresh;
    follow();
  }

  /** @param {Row} each @param {any} value */
  function offerTheirs(each, value) {
    const decide = (/** @type {boolean} */ takes) => () => (takes && each.control.set(value), fill(each.theirs), changed(), each.control.target.focus());
    const choice = (/** @type {string} */ act, /** @type {boolean} */ takes) => h('button', { type: 'button', class: 'button tiny', 'data-act': act, on: { click: decide(takes) } }, t(`form.${act}`));
    fill(each.theirs, h('span', {}, t('form.theirs', { value: Array.isArray(value) ? value.join(', ') : String(value ?? t('form.nothing')) })), choice('take_theirs', true), choice('keep_mine', false));
  }

  const focus = () => rows.find(({ element: node }) => !node.hidden)?.control.target.focus();
  const leaving = () => keepNow();
  window.addEventListener('pagehide', leaving);
  restore();
  return { element, focus, values: current, isDirty, rebase, refuse: refused, mark, settle, undecided: () => rows.filter(({ theirs }) => theirs.firstElementChild !== null).map(({ field }) => field.name),
    faults: () => new Map([...faultsOf(current())].flatMap(([key, fault]) => fault === null ? [] : [[key, fault]])), check: () => !point(faultsOf(current())), stop: () => (keepNow(), rows.forEach(({ control }) => control.stop?.()), window.removeEventListener('pagehide', leaving)) };
}

/** Whether a star says something: not of what stands already, nor of a box that may stay empty. @param {Row} row */
const isAsked = ({ field, control }) => control.isFixed !== true && (field.schema['x-widget'] !== 'checkbox' || field.schema.const === true);

/** @param {string} form @param {string} field */
const idOf = (form, field) => `${form}-${field}`;

/**
 * @param {string} form @param {Field} field
 * @param {{changed: () => void, options: (name: string) => Promise<import('./terms.js').Term[]>, uploads: import('./uploads.js').Uploads | undefined, widgets: Record<string, import('./widgets.js').Make> | undefined, beside: (() => HTMLElement) | undefined,
 *   locked: ((value: any) => import('../ui/dom.js').Child) | undefined, isMasked: boolean}} with_
 * @returns {Row}
 */
function row(form, field, { changed, options, uploads, widgets, beside, locked, isMasked }) {
  const id = idOf(form, field.name);
  const drawn = () => widget(field, { id, described: `${id}-hint ${id}-fault`, changed, options, ...(uploads ? { uploads } : {}), ...(widgets ? { widgets } : {}) });
  const control = locked !== undefined ? fixed(locked) : isMasked ? masked(drawn(), changed) : drawn();
  const fault = h('p', { class: 'field-fault', id: `${id}-fault`, hidden: true });
  const counter = h('span', { class: 'field-count', 'aria-hidden': 'true' });
  const theirs = h('div', { class: 'field-theirs' });
  const text = [label(form, field.name), h('span', { class: 'field-needed', 'aria-hidden': 'true' }, '*'), h('span', { class: 'field-optional' }, t('form.optional'))];
  const isCheck = field.schema['x-widget'] === 'checkbox';
  const name = control.isGroup ? h('span', { class: 'field-name', id: `${id}-name` }, ...text) : h('label', { class: 'field-name', for: id }, ...text);
  const under = [h('p', { class: 'hint', id: `${id}-hint` }, hint(form, field.name)), theirs, fault];
  const element = h('div', { class: `form-field${isCheck ? ' field-check' : ''}`, 'data-field': field.name, ...(control.isGroup ? { role: 'group', 'aria-labelledby': `${id}-name` } : {}) },
    ...(isCheck ? [control.element, name] : [h('div', { class: 'field-head' }, name, counter), control.element]), beside?.(), ...under);
  return { field, control, element, fault, counter, theirs };
}

/** @param {Row} row @param {Wrong | null} fault */
function tell({ control, element, fault: node }, fault) {
  node.hidden = fault === null;
  fill(node, fault === null ? '' : wrongText(fault));
  element.classList.toggle('wrong', fault !== null);
  attribute(control.target, 'aria-invalid', fault !== null && 'true');
}

/** @param {Row} row @param {Values} values */
function count({ field, control, counter }, values) {
  const { maxLength: max } = schemaOf(field, values);
  const value = control.get();
  if (max === undefined || max < COUNTED_MIN || control.isFixed === true || typeof value !== 'string' || !TYPED.has(field.schema['x-widget'] ?? 'text')) return fill(counter);
  const size = length(value);
  if (field.schema['x-widget'] !== 'textarea' && size < max * COUNTED_FROM) return fill(counter);
  fill(counter, `${size} / ${max}`);
  counter.classList.toggle('over', size > max);
}

/** The limits behind a fault that the hub told. @param {readonly Row[]} rows @param {string} at */
function limits(rows, at) {
  const schema = rows.find(({ field }) => field.name === at.split('/')[1])?.field.schema;
  return { min: schema?.minLength ?? schema?.minItems ?? schema?.minimum ?? 0, max: schema?.maxLength ?? schema?.maxItems ?? schema?.maximum ?? 0 };
}

/** @param {string} form @param {readonly Row[]} rows @param {readonly (readonly [string, readonly string[]])[]} groups @returns {HTMLElement[]} */
function grouped(form, rows, groups) {
  const taken = new Set(groups.flatMap(([, names]) => names));
  const parts = groups.flatMap(([heading, names]) => {
    const own = rows.filter(({ field }) => names.includes(field.name)).sort((a, b) => names.indexOf(a.field.name) - names.indexOf(b.field.name));
    return own.length === 0 ? [] : [h('fieldset', { class: 'form-group' }, h('legend', {}, t(`group.${heading}`)), ...own.map(({ element }) => element))];
  });
  const rest = rows.filter(({ field }) => !taken.has(field.name)).map(({ element }) => element);
  return rest.length === 0 ? parts : [...parts, h('div', { class: 'form-group', 'data-form': form }, ...rest)];
}
