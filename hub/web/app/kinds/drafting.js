//! Owns: changing a record that is reviewed before it is shown: its form in parts, saved as one types, looked at as visitors will see it,
//! handed in. Never: what may be done; the record's `actions` say it.

import { saver } from '../drawn/saver.js';
import { form } from '../drawn/form.js';
import { gallery } from '../drawn/gallery.js';
import { money } from '../drawn/money_field.js';
import { richField } from '../drawn/rich_field.js';
import { fieldsOf } from '../drawn/schema.js';
import { htmlOf, parsed } from '../ui/rich.js';
import { badge } from '../drawn/state.js';
import { tabs } from '../drawn/tabs.js';
import { tags } from '../drawn/tags.js';
import { uploadsOf } from '../drawn/uploads.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, language, t } from '../strings.js';
import { modal, toast } from '../ui/dialogs.js';
import { attribute, fill, h, icon } from '../ui/dom.js';
import { nextOf } from './next.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */

/** Of what is saved as one types. @type {Record<string, import('../drawn/widgets.js').Make>} */
export const WIDGETS = { tags, uploads: gallery, fen: money, rich: richField };
/** @type {Record<string, string>} */
const ICONS = { clean: 'file', waiting: 'wait', saving: 'wait', saved: 'tick', offline: 'alert', stale: 'alert', refused: 'alert', stopped: 'alert' };

/**
 * @typedef {object} With
 * @property {string} name below which its words stand
 * @property {string} life the kind of its life
 * @property {string} path of the record
 * @property {import('../drawn/descriptions.js').Flow | null} flow
 * @property {import('../drawn/schema.js').Schema} schema
 * @property {readonly (readonly [string, readonly string[]])[]} groups
 * @property {Row} row @property {string} tag
 * @property {(row: Row) => string} heading
 * @property {(name: string) => Promise<import('../drawn/terms.js').Term[]>} options
 * @property {Record<string, (value: any) => import('../ui/dom.js').Child>} [locked]
 * @property {readonly string[]} [leave]
 * @property {(preview: Row) => HTMLElement} view as visitors see it
 * @property {(row: Row) => readonly import('../ui/dom.js').Child[]} [notes] what to know before it is handed in
 * @property {boolean} [accepts] whether the rules are accepted with it
 * @property {(row: Row) => void} handedIn
 * @property {() => readonly HTMLElement[]} [more] buttons beside
 */

/** @param {Site} site @param {With} with_ @returns {{element: HTMLElement, stop: () => void, again: () => Promise<boolean>}} `again`: somebody else may have changed it; false: it can no more be changed here */
export function drafting(site, { name, life, path, flow, schema, groups, row, tag, heading, options, locked = {}, leave = [], view, notes, accepts = false, handedIn, more }) {
  const { client } = site;
  let version = row['version'];
  const fields = fieldsOf(schema).filter((field) => !leave.includes(field.name) && !(field.name in locked)).map((field) => field.name);
  const head = h('header', { class: 'place-head' });
  const next = h('div', { class: 'desk-next' });
  const state = h('p', { class: 'save-state', role: 'status' });
  const made = form(schema, { name, submit: '', send: async () => undefined, groups, values: tidied(row), options, locked, leave, uploads: uploadsOf(client), widgets: WIDGETS, draft: `${client.user?.id}/${name}/${row['id']}`,
    told: () => typed(), reveal: (field) => parts.show(field) });
  const parts = tabs(made.element, groups, name, t('booth.tabs'));
  const saving = saver(client, { path, names: fields, row, tag, made, told, done: (fresh) => stands(fresh), tidy: tidied });
  const act = (/** @type {string} */ key, /** @type {string} */ word, /** @type {() => void} */ run, more_ = '') => h('button', { type: 'button', class: `button${more_}`, 'data-act': key, on: { click: run } }, t(word));
  const submit = act('submit', 'booth.submit', () => void handIn(), ' primary');
  const element = h('div', { class: 'records-place drafting' }, head, next, h('section', { class: 'card-section' }, parts.element, made.element),
    h('div', { class: 'editor-bar', role: 'group', 'aria-label': t('detail.steps') }, state, h('div', { class: 'ways' }, ...more?.() ?? [], act('preview', 'show.preview', () => void preview()), submit)));

  /** @param {import('../drawn/saver.js').State} now @param {string} text */
  function told(now, text) {
    state.dataset['state'] = now;
    const drawn = [icon(ICONS[now] ?? 'file'), h('span', {}, text), now === 'stopped' && act('reload', 'save.reload', () => handedIn({}), ' small')];
    if (state.textContent !== text || now === 'stopped') fill(state, ...drawn);
  }

  function typed() {
    saving.changed();
    if (isPointed) parts.count(new Set(made.faults().keys()));
  }
  let isPointed = false;

  /** As the hub has it now. @param {Row} fresh */
  function stands(fresh) {
    version = fresh['version'] ?? version;
    const title = heading(fresh);
    if (head.dataset['drawn'] !== `${title}${fresh['state']}`) {
      head.dataset['drawn'] = `${title}${fresh['state']}`;
      const had = head.contains(document.activeElement);
      fill(head, h('h1', { tabindex: '-1', dir: 'auto' }, title), badge(flow, fresh['state']));
      if (had) /** @type {HTMLElement} */ (head.firstElementChild)?.focus();
      fill(next, nextOf(life, fresh));
    }
  }

  async function preview() {
    await saving.flush();
    try {
      const seen = await client.rest('GET', `${path}/preview`);
      await modal(t('show.preview_of'), () => [view(seen)], 'wide-dialog');
    } catch (thrown) {
      toast(errorText(asWireError(thrown)));
    }
  }

  async function handIn() {
    if (submit.getAttribute('aria-disabled') === 'true') return;
    isPointed = true;
    parts.count(new Set(made.faults().keys()));
    if (!made.check()) return;
    attribute(submit, 'aria-disabled', 'true');
    try {
      if (!await saving.flush()) return toast(t(`save.${saving.state}`, { n: made.undecided().length || made.faults().size, time: '' }));
      const told_ = notes?.({ ...row, version }) ?? [];
      const yes = accepts ? await acceptance(told_) : told_.length === 0 ? true : await agreed(told_);
      if (yes === null) return;
      const { value } = await client.exchange('POST', `${path}/submit`, { body: accepts ? { accept_rules: true } : {}, match: saving.tag });
      toast(t('booth.submitted'));
      handedIn(value);
    } catch (thrown) {
      const error = asWireError(thrown);
      if (error.fields.length > 0) {
        parts.count(new Set(error.fields.map(({ at }) => at.split('/')[1] ?? '')));
        made.refuse(error);
      } else toast(error.code === 'stale' ? t('detail.stale') : errorText(error));
    } finally {
      attribute(submit, 'aria-disabled', false);
    }
  }

  async function again() {
    const fresh = await client.exchange('GET', path);
    if (fresh.value.version === version) return true;
    if (fresh.value.actions?.includes('update') !== true) return false;
    if (!saving.isBusy) saving.meet(fresh.value, fresh.tag); // else its answer tells
    return true;
  }

  stands(row);
  told('clean', t('save.clean'));
  if (made.isDirty()) saving.changed(); // what was typed before and not saved
  return { element, again, stop: () => {
    saving.stop();
    made.stop();
  } };
}

/** The hub writes rich text otherwise than the page: as the page would, so that nothing has changed before somebody changed it. @param {Row} row @returns {Row} */
const tidied = (row) => Object.fromEntries(Object.entries(row).map(([key, value]) => key.endsWith('_html') && typeof value === 'string' ? [key, htmlOf(parsed(value))] : [key, value]));

/** @param {readonly import('../ui/dom.js').Child[]} notes @returns {Promise<true | null>} */
const agreed = (notes) => modal(t('booth.submit'), (done) => [...notes, h('footer', { class: 'dialog-actions' }, h('button', { type: 'button', class: 'button primary', autofocus: true, on: { click: () => done(true) } }, t('booth.submit')))]);

/** What is shown here is shown by rules; that they were accepted is kept. @param {readonly import('../ui/dom.js').Child[]} notes @returns {Promise<true | null>} */
const acceptance = (notes) => modal(t('rules.title'), (done) => {
  const box = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', id: 'accept-rules', autofocus: true, 'aria-describedby': 'accept-rules-fault' }));
  const fault = h('p', { class: 'field-fault', id: 'accept-rules-fault', role: 'alert' });
  const agree = () => box.checked ? done(true) : (fill(fault, t('rules.must')), box.focus());
  return [h('ul', { class: 'rules' }, ...['true', 'content', 'rights', 'record'].map((rule) => h('li', {}, t(`rules.${rule}`)))), ...notes,
    h('label', { class: 'box', for: 'accept-rules' }, box, h('span', {}, t('rules.accept'))), fault, h('footer', { class: 'dialog-actions' }, h('button', { type: 'button', class: 'button primary', 'data-act': 'agree', on: { click: agree } }, t('booth.submit')))];
});

/** The state's word in the reader's language. @param {import('../drawn/descriptions.js').Flow | null} flow @param {string} name */
export const stateWord = (flow, name) => flow?.states.find((state) => state.name === name)?.label[language()] ?? name;
