//! Owns: the layout of an institution's invitation codes: issued in batches, each good for one enterprise. Never: how a code is made.

import { flowOf, formOf, termsOf } from '../drawn/descriptions.js';
import { form } from '../drawn/form.js';
import { list } from '../drawn/list.js';
import { badge } from '../drawn/state.js';
import { pathText } from '../drawn/terms.js';
import { language, t } from '../strings.js';
import { attempt, confirmed, modal, toast } from '../ui/dialogs.js';
import { h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const { env, user } = client;
    const path = `/v1/institutions/${user?.enterprise?.id}/invitation-codes`;
    const [flow, zones, schema] = await Promise.all([flowOf(env, 'invitation_code'), termsOf(env, 'zone').catch(() => []), formOf(env, 'InvitationCodes')]);
    const time = (/** @type {string | undefined} */ at) => at && h('time', { datetime: at, title: exactly(at) }, moment(at));
    const drawn = list(client, { kind: 'invitation-codes', path, link: () => null,
      filters: [{ name: 'state', choices: (flow?.states ?? []).map(({ name, label }) => [name, label[language()]]) }],
      columns: [{ name: 'code', show: (row) => h('span', { class: 'mono' }, row['code']) }, { name: 'state', show: (row) => badge(flow, row['state']) },
        { name: 'used_by', show: (row) => row['used_by']?.name }, { name: 'zone', show: (row) => row['zone'] && pathText(zones, row['zone']) }, { name: 'created_at', show: (row) => time(row['created_at']) }, { name: 'expires_at', show: (row) => time(row['expires_at']) }],
      acts: (row) => row['actions']?.includes('void') ? [h('button', { type: 'button', class: 'button small', 'data-act': 'void', on: { click: () => void cancel(row).then(drawn.load) } }, t('codes.void'))] : [] });

    /** @param {Record<string, any>} row */
    async function cancel({ code }) {
      if (await confirmed(t('codes.void'), t('codes.void_body', { code }), t('codes.void')) === null) return;
      const one = `/v1/invitation-codes/${code}`;
      await attempt(async () => client.exchange('POST', `${one}/void`, { body: {}, match: (await client.exchange('GET', one)).tag }));
    }

    const issue = async () => {
      const made = await modal(t('codes.issue'), (done) => {
        const drawnForm = form(schema, { name: 'codes', submit: t('codes.issue'), values: { count: 1 }, options: (name) => termsOf(env, name),
          send: async (values) => done(await client.rest('POST', path, values)) });
        queueMicrotask(drawnForm.focus);
        return [drawnForm.element];
      });
      if (made === null) return;
      toast(t('codes.issued'));
      await drawn.load();
    };
    const element = h('div', { class: 'records-place' }, h('div', { class: 'ways' }, h('button', { type: 'button', class: 'button primary', 'data-act': 'issue', on: { click: () => void issue() } }, t('codes.issue'))), drawn.element);
    return { element, load: drawn.load, isOf: ({ ev }) => ev === flow?.event || ev === 'invitation.used' };
  },
};
