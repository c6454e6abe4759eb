//! Owns: a choice of rows, doing something with all of them, and what came of it for each. Never: what is done.

import { announce } from '../frame/announce.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { toast } from '../ui/dialogs.js';
import { fill, h } from '../ui/dom.js';

/** @typedef {Record<string, any>} Row */
/** `may`: whether it can be done with a row; `run` answers for each row why it was not done, or nothing. @typedef {{name: string, word: string, may: (row: Row) => boolean, run: (rows: readonly Row[]) => Promise<Map<string, string | null>>}} Bulk */

/** Rows of one request. **Source**: the hub's bound. */
export const BULK_MAX = 100;

/**
 * @param {readonly Bulk[]} acts @param {{rows: () => readonly Row[], nameOf: (row: Row) => string, redraw: () => void, reload: () => Promise<void>}} with_
 */
export function bulk(acts, { rows, nameOf, redraw, reload }) {
  /** @type {Set<string>} */
  const chosen = new Set();
  /** What came of the last one, by row: nothing where it was done. @type {Map<string, string | null>} */
  let results = new Map();
  const may = (/** @type {Row} */ row) => acts.some((act) => act.may(row));
  const all = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', 'aria-label': t('list.pick_all'), on: { change: () => {
    for (const row of rows()) if (may(row) && all.checked && chosen.size < BULK_MAX) chosen.add(row['id']); else chosen.delete(row['id']);
    redraw();
  } } }));
  const element = h('div', { class: 'bulk-bar', role: 'group', 'aria-label': t('list.acts'), hidden: true });

  /** What can be done with what is chosen. */
  function drawn() {
    const here = rows().filter((row) => chosen.has(row['id']));
    for (const id of chosen) if (!here.some((row) => row['id'] === id)) chosen.delete(id);
    const eligible = rows().filter(may);
    all.checked = eligible.length > 0 && eligible.every((row) => chosen.has(row['id']));
    all.indeterminate = !all.checked && here.length > 0;
    all.disabled = eligible.length === 0;
    element.hidden = here.length === 0;
    if (here.length === 0) return fill(element);
    const had = element.contains(document.activeElement);
    fill(element, h('strong', {}, t('list.picked', { n: here.length })), ...acts.map((act) => {
      const fit = here.filter(act.may);
      return fit.length > 0 && h('button', { type: 'button', class: 'button small', 'data-act': `bulk_${act.name}`, on: { click: () => void run(act, fit) } }, `${t(act.word)} (${fit.length})`);
    }), h('button', { type: 'button', class: 'button small', 'data-act': 'bulk_none', on: { click: () => (chosen.clear(), redraw()) } }, t('list.clear')));
    if (had) element.querySelector('button')?.focus();
  }

  /** @param {Bulk} act @param {readonly Row[]} fit */
  async function run(act, fit) {
    try {
      results = await act.run(fit);
    } catch (thrown) {
      return toast(errorText(asWireError(thrown)));
    }
    const bad = [...results.values()].filter((fault) => fault !== null).length;
    for (const [id, fault] of results) if (fault === null) chosen.delete(id);
    const told = t('list.bulk_done', { ok: results.size - bad, bad });
    toast(told);
    announce(told);
    await reload();
  }

  /** @param {Row} row */
  const box = (row) => {
    const input = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', 'aria-label': t('list.pick', { name: nameOf(row) }), disabled: !may(row), on: { change: () => {
      if (input.checked && chosen.size < BULK_MAX) chosen.add(row['id']);
      else chosen.delete(row['id']);
      drawn();
    } } }));
    input.checked = chosen.has(row['id']);
    return input;
  };

  /** @param {Row} row */
  const result = (row) => {
    const fault = results.get(row['id']);
    return fault !== undefined && h('span', { class: `row-result ${fault === null ? 'ok' : 'bad'}`, role: 'status' }, fault === null ? t('list.ok') : fault);
  };

  return { element, all, box, result, drawn, mark: (/** @type {Row} */ row) => [chosen.has(row['id']), results.get(row['id'])] };
}
