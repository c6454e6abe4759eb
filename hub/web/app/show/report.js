//! Owns: the dialog in which somebody reports what everybody sees. Never: what follows; the committee decides.

import { described, formOf } from '../drawn/descriptions.js';
import { form } from '../drawn/form.js';
import { t } from '../strings.js';
import { modal, toast } from '../ui/dialogs.js';
import { h } from '../ui/dom.js';

/** @param {import('../frame/frame.js').Site} site @param {{kind: 'booth' | 'exhibit', id: string, name: string}} subject */
export async function ask({ client }, { kind, id, name }) {
  const schema = await formOf(client.env, 'Report');
  const key = client.env.newId(); // of this report, however often it is sent
  const filed = await modal(t('report.title'), (done) => {
    const drawn = form(schema, { name: 'report', submit: t('report.send'), leave: ['about', 'subject'], ...described(client.env),
      send: async (values) => {
        const { value } = await client.exchange('POST', '/v1/reports', { body: { ...values, about: kind, subject: id }, key });
        done(value);
      } });
    queueMicrotask(drawn.focus);
    return [h('p', {}, h('strong', { dir: 'auto' }, name)), h('p', { class: 'hint' }, t('report.hint')), drawn.element];
  });
  if (filed !== null) toast(t('report.done'));
}
