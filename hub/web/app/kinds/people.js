//! Owns: the layout of the people of one's own enterprise: who they are, what they may do. Never: a password beyond the dialog that
//! shows it once.

import { list } from '../drawn/list.js';
import { t } from '../strings.js';
import { attempt, confirmed, modal, toast } from '../ui/dialogs.js';
import { h } from '../ui/dom.js';

const DUTIES = ['representative', 'consultant', 'other'];

/** @typedef {{id: string, name: string, username: string, duty?: string, admin: boolean}} Member */

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const me = client.user;
    const path = `/v1/enterprises/${me?.enterprise?.id}/users`;
    const duty = (/** @type {Member} */ row) => [row.duty && t(`duty.${row.duty}`), row.admin && t('duty.admin')].filter(Boolean).join(' · ');
    const act = (/** @type {string} */ name, /** @type {() => Promise<void>} */ run) =>
      h('button', { type: 'button', class: 'button small', 'data-act': name, on: { click: () => void run().then(drawn.load) } }, t(`people.${name}`));
    const drawn = list(client, { kind: 'people', path, link: () => null,
      columns: [{ name: 'name', show: (row) => row['name'] }, { name: 'username', show: (row) => row['username'] }, { name: 'duty', show: (row) => duty(/** @type {Member} */ (row)) }],
      ...(me?.admin === true ? { acts: (/** @type {any} */ row) => [act('duty', () => changeDuty(client, path, row)),
        ...(row.id === me.id ? [] : [act('reset', () => resetPassword(client, path, row)), act('remove', () => remove(client, path, row))])] } : {}) });
    return drawn;
  },
};

/** @typedef {import('../sdk/client.js').Client} Client */

/** @param {Client} client @param {string} path @param {Member} row */
async function changeDuty(client, path, row) {
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

/** @param {Client} client @param {string} path @param {Member} row */
async function resetPassword(client, path, row) {
  if (await confirmed(t('people.reset'), t('people.reset_body', { name: row.name }), t('people.reset_yes')) === null) return;
  const answer = await attempt(() => client.rest('POST', `${path}/${row.id}/password-reset`));
  if (typeof answer?.password !== 'string') return;
  await modal(t('people.new_password', { name: row.name }), () => [h('p', {}, t('people.new_password_body')), h('p', { class: 'mono new-password', tabindex: '0', autofocus: true }, answer.password)]);
}

/** @param {Client} client @param {string} path @param {Member} row */
async function remove(client, path, row) {
  if (await confirmed(t('people.remove'), t('people.remove_body', { name: row.name }), t('people.remove')) === null) return;
  if (await attempt(async () => (await client.rest('DELETE', `${path}/${row.id}`), true))) toast(t('people.removed'));
}
