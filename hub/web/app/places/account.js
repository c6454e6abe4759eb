//! Owns: the place of one's own account: how far one's enterprise is, who one is, where one is signed in, password, look. Never: others' accounts.

import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { form } from '../drawn/form.js';
import { lookChoice } from '../frame/account_menu.js';
import { companyPart } from '../kinds/company.js';
import { statusPart } from '../kinds/status.js';
import { attempt, confirmed, toast } from '../ui/dialogs.js';
import { fill, h } from '../ui/dom.js';
import { exactly, moment } from '../ui/time.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {{id: string, device?: string, created_at: string, used_at: string, current: boolean}} Session */

/** The hub's own rule, as its description of a password says it. */
const PASSWORD = { type: 'object', required: ['current_password', 'new_password'], properties: {
  current_password: { type: 'string', format: 'password', 'x-widget': 'password', 'x-order': 0 },
  new_password: { type: 'string', format: 'password', minLength: 8, maxLength: 20, pattern: '^(?=.*[A-Za-z])(?=.*[0-9])[!-~]+$', 'x-widget': 'password', 'x-order': 1 } } };

/** @type {import('../frame/places.js').Make} */
export const make = (site) => {
  const password = passwordPart(site);
  const isFirm = site.client.user?.kind === 'enterprise';
  const parts = isFirm ? [statusPart(site), companyPart(site)] : site.client.user?.kind === 'institution' ? [companyPart(site)] : [];
  const element = h('div', { class: 'account narrow' }, h('header', { class: 'place-head' }, h('h1', {}, t('nav.account'))),
    ...parts.slice(0, 1).map(({ element: part }) => part), profilePart(site), ...parts.slice(1).map(({ element: part }) => part), sessionsPart(site), password.element,
    h('section', { class: 'card-section' }, h('h2', {}, t('account.look')), lookChoice()));
  return { element, title: t('nav.account'), stop: () => [password, ...parts].forEach(({ stop }) => stop()) };
};

/** @param {Site} site */
function profilePart({ client, firms }) {
  const facts = h('dl', { class: 'facts' });
  const status = h('p', { class: 'hint', role: 'status' }, t('place.loading'));
  void client.rest('GET', '/v1/me').then((me) => {
    fill(status);
    const rows = [['name', me.name], ['enterprise_name', firms.names(me.enterprise).name], ['duty', me.duty && t(`duty.${me.duty}`)], ['username', me.username],
      ['mobile', me.contact?.mobile], ['email', me.contact?.email]];
    fill(facts, ...rows.filter(([, value]) => Boolean(value)).flatMap(([name, value]) => [h('dt', {}, t(`field.${name}`)), h('dd', {}, value)]));
  }, (thrown) => fill(status, errorText(asWireError(thrown))));
  return h('section', { class: 'card-section' }, h('h2', {}, t('account.profile')), status, facts);
}

/** @param {Site} site */
function sessionsPart({ client }) {
  const rows = h('ul', { class: 'sessions' });
  const status = h('p', { class: 'hint', role: 'status' }, t('place.loading'));
  const others = h('button', { type: 'button', class: 'button small', 'data-act': 'end_others', hidden: true, on: { click: () => void endOthers() } }, t('account.end_others'));
  /** @type {Session[]} */
  let sessions = [];

  async function load() {
    try {
      sessions = (await client.rest('GET', '/v1/sessions')).items;
      fill(status);
      others.hidden = sessions.length < 2;
      fill(rows, ...sessions.map(line));
    } catch (thrown) {
      fill(status, errorText(asWireError(thrown)));
    }
  }

  /** @param {Session} session */
  const line = ({ id, device, used_at: used, current }) => h('li', { class: 'session' },
    h('div', {}, h('strong', {}, device || t('account.browser')), h('small', {}, h('time', { datetime: used, title: exactly(used) }, t('account.used', { time: moment(used) })))),
    current ? h('span', { class: 'chip chip-mine' }, t('account.this')) : h('button', { type: 'button', class: 'button small', on: { click: () => void end([id]) } }, t('account.end')));

  /** @param {readonly string[]} ids */
  async function end(ids) {
    for (const id of ids) await attempt(() => client.rest('DELETE', `/v1/sessions/${id}`));
    await load();
  }

  async function endOthers() {
    if (await confirmed(t('account.end_others'), t('account.end_others_body'), t('act.confirm')) === null) return;
    await end(sessions.filter(({ current }) => !current).map(({ id }) => id));
  }

  void load();
  return h('section', { class: 'card-section' }, h('div', { class: 'section-head' }, h('h2', {}, t('account.sessions')), others), status, rows);
}

/** @param {Site} site */
function passwordPart({ client }) {
  const place = h('div', {});
  let drawn = draw();

  function draw() {
    const made = form(PASSWORD, { name: 'password', submit: t('account.change_password'), send: async (values) => {
      await client.rest('POST', '/v1/me/password', values);
      toast(t('account.password_changed'));
      drawn.stop();
      drawn = draw();
    } });
    fill(place, made.element);
    return made;
  }

  return { element: h('section', { class: 'card-section' }, h('h2', {}, t('account.password')), h('p', { class: 'hint' }, t('account.password_hint')), place), stop: () => drawn.stop() };
}
