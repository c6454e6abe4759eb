//! Owns: one record drawn from a layout: state, facts, what happened, and the steps that this person may take now. What somebody
//! else changes meanwhile is shown. Never: which steps those are; the hub says it.

import { asWireError } from '../sdk/wire.js';
import { errorText, language, t } from '../strings.js';
import { modal, toast } from '../ui/dialogs.js';
import { attribute, fill, h } from '../ui/dom.js';
import { form } from './form.js';
import { badge, timeline } from './state.js';
import { label } from './words.js';

/** @typedef {Record<string, any>} Row */
/**
 * @typedef {object} With
 * @property {string} kind below which its words stand
 * @property {string} path of the record
 * @property {import('./descriptions.js').Flow | null} flow
 * @property {(row: Row) => string} heading
 * @property {readonly (readonly [string, readonly string[]])[]} facts names of fields under the key of a heading
 * @property {(name: string, value: any, row: Row) => import('../ui/dom.js').Child} show
 * @property {(action: string) => string} way below the record's path where a step is taken
 * @property {(row: Row, tag: string, done: () => void) => readonly HTMLElement[]} [more] beside the steps
 * @property {(row: Row) => readonly import('../ui/dom.js').Child[]} [before] what stands before the facts
 * @property {(row: Row) => readonly import('../ui/dom.js').Child[]} [after] and behind them
 */

/** @param {import('../sdk/client.js').Client} client @param {With} with_ @returns {{element: HTMLElement, load: () => Promise<void>}} */
export function detail(client, { kind, path, flow, heading, facts, show, way, more, before, after }) {
  const head = h('header', { class: 'place-head' });
  const bar = h('div', { class: 'review-bar', role: 'group', 'aria-label': t('detail.steps'), hidden: true });
  const parts = h('div', { class: 'detail-parts' });
  const status = h('p', { class: 'hint', role: 'status' }, t('place.loading'));
  const element = h('article', { class: 'detail' }, head, status, bar, parts);
  let version = 0;
  let isOwn = false; // the next change that is seen was made here

  async function load() {
    try {
      const { value, tag } = await client.exchange('GET', path);
      fill(status);
      draw(value, tag);
    } catch (thrown) {
      fill(status, `${errorText(asWireError(thrown))} `, h('button', { type: 'button', class: 'button small', on: { click: () => void load() } }, t('act.retry')));
    }
  }

  /** After a change of one's own: until the record is there as it stands now, no step can be taken on what it was. */
  function again() {
    isOwn = true;
    bar.hidden = true;
    void load();
  }

  /** @param {Row} row @param {string} tag */
  function draw(row, tag) {
    if (version !== 0 && row['version'] !== version && !isOwn && row['history']?.at(-1)?.actor?.id !== (client.user?.id ?? '')) fill(status, t('detail.changed'));
    if (row['version'] !== version) isOwn = false;
    version = row['version'] ?? 0;
    const had = element.contains(document.activeElement);
    fill(head, h('h1', { tabindex: '-1' }, heading(row)), typeof row['state'] === 'string' && badge(flow, row['state']));
    const steps = (row['actions'] ?? []).flatMap((/** @type {string} */ action) => button(action, row, tag));
    const others = more?.(row, tag, again) ?? [];
    fill(bar, ...others, ...steps);
    bar.hidden = steps.length + others.length === 0;
    fill(parts, ...before?.(row) ?? [], ...facts.map(([key, names]) => section(key, names, row)), ...after?.(row) ?? [], Array.isArray(row['history']) && timeline(flow, row['history']));
    if (had && !element.contains(document.activeElement)) /** @type {HTMLElement} */ (head.firstElementChild)?.focus();
  }

  /** @param {string} key @param {readonly string[]} names @param {Row} row */
  function section(key, names, row) {
    const filled = names.filter((name) => row[name] !== undefined && row[name] !== null && row[name] !== '');
    return filled.length > 0 && h('section', { class: 'card-section' }, h('h2', {}, t(`group.${key}`)),
      h('dl', { class: 'facts' }, ...filled.flatMap((name) => [h('dt', {}, label(kind, name)), h('dd', {}, show(name, row[name], row))])));
  }

  /** A step that the flow names gets its button. @param {string} action @param {Row} row @param {string} tag @returns {HTMLElement[]} */
  function button(action, row, tag) {
    const step = flow?.steps.find((each) => each.action === action && each.from.includes(row['state']));
    if (step === undefined || way(action) === '') return [];
    const tone = flow?.states.find((state) => state.name === step.to)?.tone ?? 'neutral';
    const node = h('button', { type: 'button', class: `button${tone === 'bad' ? ' danger' : tone === 'neutral' || tone === 'waiting' ? '' : ' primary'}`,
      'data-act': action }, step.label[language()]);
    node.addEventListener('click', () => void take(step, tag, node));
    return [node];
  }

  /** @param {import('./descriptions.js').Step} step @param {string} tag @param {HTMLElement} node */
  async function take(step, tag, node) {
    if (node.getAttribute('aria-disabled') === 'true') return;
    const send = (/** @type {Row} */ body) => client.exchange('POST', `${path}/${way(step.action)}`, { body, match: tag });
    attribute(node, 'aria-disabled', 'true');
    try {
      if (step.fields.length === 0) await send({});
      else if (await asked(step, send) === null) return;
      toast(t('detail.done', { step: step.label[language()] }));
    } catch (thrown) {
      const error = asWireError(thrown);
      toast(error.code === 'stale' ? t('detail.stale') : errorText(error));
    } finally {
      attribute(node, 'aria-disabled', false);
    }
    await load();
  }

  return { element, load };
}

/** What a step asks for, in a dialog; faults are shown there. @param {import('./descriptions.js').Step} step @param {(body: Row) => Promise<any>} send @returns {Promise<true | null>} */
function asked(step, send) {
  return modal(step.label[language()], (done) => {
    const properties = Object.fromEntries(step.fields.map((name, at) => [name, { type: 'string', minLength: 1, maxLength: 500, 'x-widget': 'textarea', 'x-order': at }]));
    const { element, focus } = form({ type: 'object', required: step.fields, properties }, { name: 'step', submit: step.label[language()],
      send: async (values) => {
        await send(values);
        done(true);
      } });
    queueMicrotask(focus);
    return [element];
  });
}
