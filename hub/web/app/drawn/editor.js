//! Owns: changing a record that stands: what changed is sent as a merge patch for the version that was read; when somebody else was
//! first, both versions are offered. Never: what may be changed.

import { asWireError, WireError } from '../sdk/wire.js';
import { t } from '../strings.js';
import { toast } from '../ui/dialogs.js';
import { form } from './form.js';
import { fieldsOf, patchOf } from './schema.js';

/** @typedef {import('./form.js').With} With */
/** @typedef {Omit<With, 'send' | 'submit' | 'values'> & {path: string, row: Record<string, any>, tag: string, done: (row: Record<string, any>) => void, submit?: string}} Edit */

/** @param {import('../sdk/client.js').Client} client @param {import('./schema.js').Schema} schema @param {Edit} with_ */
export function editor(client, schema, { path, row, tag, done, submit = t('form.save'), ...rest }) {
  const names = fieldsOf(schema).map(({ name }) => name).filter((name) => !(rest.leave ?? []).includes(name));
  const only = (/** @type {Record<string, any>} */ all) => Object.fromEntries(names.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]));
  let base = only(row);
  let version = tag;

  const made = form(schema, { ...rest, submit, values: base, send: async (values) => {
    try {
      const { value } = await client.exchange('PATCH', path, { body: patchOf(base, values), match: version });
      toast(t('form.saved'));
      done(value);
    } catch (thrown) {
      if (asWireError(thrown).code !== 'stale') throw thrown;
      const fresh = await client.exchange('GET', path);
      base = only(fresh.value);
      version = fresh.tag;
      made.rebase(base);
      throw new WireError('stale');
    }
  } });
  return made;
}
