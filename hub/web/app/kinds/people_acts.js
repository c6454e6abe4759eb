//! Owns: what is done with one of the people, each in a dialog: duty, password, document, deletion. Never: keeps what a dialog shows.

import { form } from '../drawn/form.js';
import { option } from '../drawn/words.js';
import { t } from '../strings.js';
import { attempt, confirmed, modal, toast } from '../ui/dialogs.js';
import { fill, h, icon } from '../ui/dom.js';

/** @typedef {import('../sdk/client.js').Client} Client */
/** @typedef {{id: string, name: string, username: string, duty?: string, admin: boolean}} Member */

const DUTIES = ['representative', 'consultant', 'other'];
/** Why somebody looks at a document. */
const REASON = { type: 'object', required: ['reason'], properties: { reason: { type: 'string', minLength: 1, maxLength: 500, 'x-widget': 'textarea', 'x-order': 0 } } };

/** @param {Client} client @param {string} path @param {Member} row */
export async function changeDuty(client, path, row) {
  const duty = await modal(t('people.duty_of', { name: row.name }), (done) => [h('ul', { class: 'choices' }, ...DUTIES.map((word) => h('li', {},
    h('button', { type: 'button', class: 'choice', 'aria-current': word === row.duty && 'true', on: { click: () => done(word) } },
      h('span', { class: 'choice-text' }, h('strong', {}, t(`duty.${word}`)), h('small', {}, t(`duty_hint.${word}`)))))))]);
  if (duty === null || duty === row.duty) return;
  await attempt(async () => {
    const { tag } = await client.exchange('GET', `${path}/${row.id}`);
    await client.exchange('PATCH', `${path}/${row.id}`, { body: { duty }, match: tag });
    toast(t('people.saved'));
  });
}

/** Sent to the person; shown where nothing can be sent. @param {Client} client @param {string} path @param {Member} row */
export async function resetPassword(client, path, row) {
  if (await confirmed(t('people.reset'), t('people.reset_body', { name: row.name }), t('people.reset_yes')) === null) return;
  const answer = await attempt(() => client.rest('POST', `${path}/${row.id}/password-reset`));
  if (answer?.sent !== undefined) toast(t('people.reset_sent', { to: answer.sent.to }));
  else if (typeof answer?.password === 'string') await showPassword(row.name, answer.password);
}

/** Once, until the dialog closes. @param {string} name @param {string} password */
export function showPassword(name, password) {
  return modal(t('people.new_password', { name }), (done) => {
    const copied = h('span', { class: 'hint', role: 'status' });
    const copy = async () => fill(copied, await navigator.clipboard.writeText(password).then(() => t('people.copied'), () => t('people.not_copied')));
    return [h('p', {}, t('people.new_password_body')), h('p', { class: 'mono new-password', tabindex: '0', autofocus: true }, password),
      h('footer', { class: 'dialog-actions' }, copied, navigator.clipboard !== undefined && h('button', { type: 'button', class: 'button', 'data-act': 'copy', on: { click: () => void copy() } }, t('people.copy')),
        h('button', { type: 'button', class: 'button primary', 'data-act': 'noted', on: { click: () => done(true) } }, t('people.noted')))];
  });
}

/** @param {Client} client @param {string} path @param {Member} row @returns {Promise<boolean>} */
export async function remove(client, path, row) {
  if (await confirmed(t('people.remove'), t('people.remove_body', { name: row.name }), t('people.remove')) === null) return false;
  const isDone = await attempt(async () => (await client.rest('DELETE', `${path}/${row.id}`), true)) === true;
  if (isDone) toast(t('people.removed'));
  return isDone;
}

/** In full, for a reason that is kept, until the dialog closes. @param {Client} client @param {string} path @param {Member} row */
export function reveal(client, path, row) {
  return modal(t('people.reveal_of', { name: row.name }), () => {
    const place = h('div', { class: 'form' });
    const asked = form(REASON, { name: 'reveal', submit: t('people.reveal'), send: async (values) => {
      const document = await client.rest('POST', `${path}/${row.id}/document/reveal`, values);
      const number = h('p', { class: 'mono new-password', tabindex: '-1' }, document.document_number);
      fill(place, h('p', { class: 'hint' }, option('document_type', document.document_type)), number);
      number.focus();
    } });
    fill(place, h('p', { class: 'hint' }, icon('shield'), t('people.reveal_body')), asked.element);
    queueMicrotask(asked.focus);
    return [place];
  });
}
