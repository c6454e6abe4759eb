//! Owns: the modal dialogs and short messages. Never: what follows from the answers.

import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { avatar, fill, h, list } from './dom.js';
import { named as names } from './firms.js';
import { refocus, trace } from './focus.js';
import { cut } from './text.js';

const TOAST_MS = 5_000;
/** Unicode scalars of a report's reason. **Source**: PROTOCOL 3. */
export const REASON_SCALARS_MAX = 500;

/** A short message that goes by itself. @param {string} text */
export function toast(text) {
  const place = /** @type {HTMLElement} */ (document.getElementById('toasts'));
  const node = h('div', { class: 'toast' }, text);
  place.append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

/** Runs what the user asked for and says so when it is refused. @param {() => Promise<any>} body */
export async function attempt(body) {
  try {
    return await body();
  } catch (thrown) {
    toast(errorText(asWireError(thrown)));
    return undefined;
  }
}

/**
 * A modal dialog; Escape and the backdrop cancel it, and the focus returns to where it was.
 * @template T
 * @param {string} title @param {(done: (value: T) => void) => import('./dom.js').Child[]} content @param {string} [look] a class beside its own
 * @returns {Promise<T | null>}
 */
export function modal(title, content, look = '') {
  const before = trace(document.activeElement);
  return new Promise((resolve) => {
    /** @type {T | null} */
    let answer = null;
    const close = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('act.close_panel') }, '×');
    const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { class: `dialog ${look}`, 'aria-labelledby': 'dialog-title' },
      h('header', {}, h('h2', { id: 'dialog-title' }, title), close)));
    const done = (/** @type {T} */ value) => {
      answer = value;
      dialog.close();
    };
    dialog.append(h('div', { class: 'dialog-body' }, ...content(done)));
    close.addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (document.querySelector('dialog[open]') === null) refocus(before);
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    /** @type {HTMLElement | null} */ (dialog.querySelector('[autofocus]'))?.focus();
  });
}

/**
 * @param {string} title @param {string} body @param {string} yes @returns {Promise<true | null>}
 */
export function confirmed(title, body, yes) {
  return modal(title, (done) => [h('p', {}, body), actions(yes, () => done(true))]);
}

/** @param {string} yes @param {() => void} agree */
function actions(yes, agree) {
  const cancel = (/** @type {Event} */ event) =>
    /** @type {HTMLElement} */ (event.currentTarget).closest('dialog')?.close();
  return h('footer', { class: 'dialog-actions' },
    h('button', { type: 'button', class: 'button', on: { click: cancel } }, t('act.cancel')),
    h('button', { type: 'button', class: 'button primary', autofocus: true, on: { click: agree } }, yes));
}

/** Cuts what is too long where a reader would, which `maxlength` does not; not while it is being composed. @param {Event} event */
function fit(event) {
  if (/** @type {InputEvent} */ (event).isComposing) return;
  const area = /** @type {HTMLTextAreaElement} */ (event.currentTarget);
  const kept = cut(area.value, REASON_SCALARS_MAX);
  if (kept !== area.value) area.value = kept;
}

/** Why something is reported. @returns {Promise<string | null>} */
export function askReason() {
  return modal(t('report.title'), (done) => {
    const area = /** @type {HTMLTextAreaElement} */ (h('textarea', { rows: '4', autofocus: true,
      on: { input: fit, compositionend: fit } }));
    const agree = () => (area.value.trim() === '' ? area.focus() : done(area.value.trim()));
    const send = actions(t('report.send'), agree);
    send.lastElementChild?.removeAttribute('autofocus');
    return [h('label', { class: 'field' }, h('span', {}, t('report.reason')), area), send];
  });
}

/** One of some people. @param {import('./people.js').Person[]} people @returns {Promise<string | null>} */
export function choosePerson(people) {
  return modal(t('transfer.title'), (done) => people.length === 0 ? [h('p', { class: 'hint' }, t('transfer.none'))]
    : [h('ul', { class: 'choices' }, ...people.map((person) => h('li', {}, choice(person.name,
      person.duty ? t(`duty.${person.duty}`) : '', () => done(person.id)))))]);
}

/** @param {string} name @param {string} note @param {() => void} chosen */
function choice(name, note, chosen) {
  return h('button', { type: 'button', class: 'choice', on: { click: chosen } }, avatar(name),
    h('span', { class: 'choice-text' }, h('strong', {}, name), note && h('small', {}, note)));
}

/**
 * An enterprise found by name.
 * @param {import('../sdk/client.js').Client} client @returns {Promise<{id: string, name: string} | null>}
 */
export function findEnterprise(client) {
  return modal(t('find.title'), (done) => {
    const input = /** @type {HTMLInputElement} */ (h('input', { type: 'search', autofocus: true, autocomplete: 'off',
      placeholder: t('find.placeholder') }));
    const found = h('ul', { class: 'choices' });
    const status = h('p', { class: 'hint', role: 'status' });
    const named = (/** @type {import('./firms.js').Firm} */ item) => {
      const { name, other } = names(item.name, item.name_en);
      return choice(name, other, () => done(item));
    };
    let turn = 0;
    let timer = 0;
    const search = async () => {
      const mine = ++turn;
      fill(status, t('find.searching'));
      const answer = await attempt(() => client.rest('GET', `/v1/enterprises?limit=20&q=${encodeURIComponent(input.value.trim())}`));
      if (mine !== turn) return;
      /** @type {{id: string, name: string, name_en?: string}[]} */
      const items = (answer?.items ?? []).filter((/** @type {any} */ item) => item.id !== client.user?.enterprise?.id);
      fill(status, items.length === 0 ? t('find.none') : '');
      list(found, items.map((item) => ({ key: item.id, item })), ({ item }) => JSON.stringify(item),
        ({ item }, node) => fill(node, named(item)));
    };
    input.addEventListener('input', () => {
      clearTimeout(timer);
      timer = window.setTimeout(search, 200);
    });
    void search();
    return [h('label', { class: 'field' }, h('span', {}, t('find.label')), input), status, found];
  });
}
