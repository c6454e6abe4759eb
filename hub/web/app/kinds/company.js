//! Owns: what an enterprise says of itself, as its reader may see it, and changing that. Never: what may be changed; the hub says it.

import { changeOf, described } from '../drawn/descriptions.js';
import { editor } from '../drawn/editor.js';
import { reader } from '../drawn/values.js';
import { label, option } from '../drawn/words.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';
import { named } from '../ui/firms.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {Record<string, any>} Row */

const FORM = 'EnterpriseChange';
const SHOWN = ['name', 'name_en', 'identifier', 'entry', 'place', 'address', 'industry', 'interests', 'contact_info'];
/** What stays once the application was approved. **Source**: D-44; the hub holds it. */
const LOCKED = ['name', 'place'];

/** @type {Map<string, Promise<any>>} */
const OWNERS = new Map();

/** @param {Row} row @param {(name: string, value: any) => import('../ui/dom.js').Child} show */
function facts(row, show) {
  const filled = SHOWN.filter((name) => row[name] !== undefined && row[name] !== null && row[name] !== '' && !(Array.isArray(row[name]) && row[name].length === 0));
  return h('dl', { class: 'facts' }, ...filled.flatMap((name) => [h('dt', {}, label('company', name)), h('dd', {}, name === 'entry' ? option(name, row[name]) : show(name, row[name]))]));
}

/** What others see of an enterprise, beside what a record says of it. @param {Site} site @param {string} id @returns {Promise<{name: string, draw: (more: Row) => HTMLElement}>} */
export async function companyFacts({ client, firms }, id) {
  const [row, show] = await Promise.all([client.rest('GET', `/v1/enterprises/${id}`), changeOf(client.env, FORM).then((schema) => reader(client.env, schema))]);
  return { name: firms.names(row).name, draw: (more) => h('section', { class: 'card-section' }, h('h2', {}, t('group.organisation')), facts({ ...row, ...more }, show)) };
}

/** Whose record it is: where it does not say so itself, what visitors would read. Asked once for each. @param {import('../sdk/client.js').Client} client @param {string} path of its kind @param {Row} row */
export function companyOf(client, path, row) {
  const place = h('span', { dir: 'auto' });
  const key = `${path}/${row['id']}`;
  const asked = OWNERS.get(key) ?? (row['enterprise'] !== undefined ? Promise.resolve(row['enterprise']) : client.rest('GET', `${key}/preview`).then((seen) => seen.enterprise, () => (OWNERS.delete(key), undefined)));
  OWNERS.set(key, asked);
  void asked.then((/** @type {any} */ firm) => fill(place, named(firm?.name ?? '', firm?.name_en).name));
  return place;
}

/** The own enterprise, with a form for its administrator. @param {Site} site @returns {{element: HTMLElement, stop: () => void}} */
export function companyPart(site) {
  const { client } = site;
  const path = `/v1/enterprises/${client.user?.enterprise?.id}`;
  const status = h('p', { class: 'hint', role: 'status' }, t('place.loading'));
  const place = h('div', {});
  const change = h('button', { type: 'button', class: 'button small', 'data-act': 'edit_company', hidden: true, on: { click: () => void edit() } }, t('company.edit'));
  const element = h('section', { class: 'card-section', id: 'company' }, h('div', { class: 'section-head' }, h('h2', {}, t('company.title')), change), status, place);
  let stop = () => {};

  async function load() {
    try {
      const [{ value }, show] = await Promise.all([client.exchange('GET', path), changeOf(client.env, FORM).then((schema) => reader(client.env, schema))]);
      fill(status);
      fill(place, facts(value, show));
      change.hidden = client.user?.kind !== 'enterprise' || client.user.admin !== true;
    } catch (thrown) {
      fill(status, `${errorText(asWireError(thrown))} `, h('button', { type: 'button', class: 'button small', on: { click: () => void load() } }, t('act.retry')));
    }
  }

  async function edit() {
    change.hidden = true;
    const schema = await changeOf(client.env, FORM);
    const [{ value, tag }, show, isApproved] = await Promise.all([client.exchange('GET', path), reader(client.env, schema), approved(site)]);
    const locked = Object.fromEntries((isApproved ? LOCKED : []).map((name) => [name, (/** @type {any} */ held) => show(name, held)]));
    const back = () => {
      made.stop();
      stop = () => {};
      void load().then(() => change.focus());
    };
    const made = editor(client, schema, { name: 'company', path, row: value, tag, locked, ...described(client.env), draft: `${client.user?.id}/company`, done: back });
    stop = made.stop;
    made.element.lastElementChild?.prepend(h('button', { type: 'button', class: 'button', 'data-act': 'cancel', on: { click: back } }, t('act.cancel')));
    fill(place, made.element);
    made.focus();
  }

  void load();
  return { element, stop: () => stop() };
}

/** Whether the own application was approved, so that what it was decided on stays. @param {Site} site */
const approved = ({ client }) => client.rest('GET', `/v1/exhibitor-applications/${client.user?.enterprise?.id}`).then(({ state }) => state === 'approved', () => false);
