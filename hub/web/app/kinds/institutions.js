//! Owns: the layout of institutions, which the committee makes: with their first account, whose password is shown once.
//! Never: keeps that password.

import { form } from '../drawn/form.js';
import { list } from '../drawn/list.js';
import { t } from '../strings.js';
import { modal } from '../ui/dialogs.js';
import { h } from '../ui/dom.js';
import { formOf, described } from '../drawn/descriptions.js';
import { option } from '../drawn/words.js';
import { showPassword } from './people_acts.js';

/** @type {import('./kinds.js').Layout} */
export const layout = {
  async all({ client }) {
    const schema = await formOf(client.env, 'NewInstitution');
    const drawn = list(client, { kind: 'institutions', path: '/v1/institutions', link: () => null, searched: true,
      columns: [{ name: 'institution_name', show: (row) => row['name'] }, { name: 'name_en', show: (row) => row['name_en'] }, { name: 'identifier', show: (row) => row['identifier'] },
        ...(schema.properties?.['role'] === undefined ? [] : [{ name: 'role', show: (/** @type {any} */ row) => row['role'] && option('role', row['role']) }])] });
    const make = async () => {
      const made = await modal(t('institutions.new'), (done) => {
        const shown = form(schema, { name: 'institutions', submit: t('institutions.new'), ...described(client.env), send: async (values) => done(await client.rest('POST', '/v1/institutions', values)) });
        queueMicrotask(shown.focus);
        return [shown.element];
      });
      if (made === null) return;
      await drawn.load();
      if (made.password) await showPassword(made.name, made.password);
    };
    return { load: drawn.load, element: h('div', { class: 'records-place' },
      h('div', { class: 'ways' }, h('button', { type: 'button', class: 'button primary', 'data-act': 'new', on: { click: () => void make() } }, t('institutions.new'))), drawn.element) };
  },
};
