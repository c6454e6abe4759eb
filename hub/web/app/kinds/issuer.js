//! Owns: telling whose an invitation code is before anything is sent with it. Never: takes a code.

import { termsOf } from '../drawn/descriptions.js';
import { pathText } from '../drawn/terms.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';

/** @param {import('../sdk/client.js').Client} client @param {() => any} code as it is typed now */
export function issuerOf(client, code) {
  const status = h('span', { class: 'hint', role: 'status' });
  const look = async () => {
    const typed = String(code() ?? '').trim();
    if (typed === '') return fill(status);
    try {
      const { institution, zone } = await client.rest('GET', `/v1/invitation-codes/${encodeURIComponent(typed)}/issuer`);
      const zones = zone ? await termsOf(client.env, 'zone').catch(() => []) : [];
      fill(status, t('application.issuer', { name: institution.name }), zone ? ` · ${pathText(zones, zone)}` : '');
    } catch (thrown) {
      const error = asWireError(thrown);
      fill(status, error.code === 'not_found' ? t('application.no_code') : errorText(error));
    }
  };
  return h('div', { class: 'code-beside' }, h('button', { type: 'button', class: 'button small', 'data-act': 'issuer', on: { click: () => void look() } }, t('application.look')), status);
}
