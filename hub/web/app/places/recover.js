//! Owns: the way back to an account whose password is forgotten. Never: says whether there is such an account.

import { hasRoute } from '../drawn/descriptions.js';
import { form } from '../drawn/form.js';
import { t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';
import { shown } from './code.js';

const ACCOUNT = { type: 'object', required: ['username'], properties: {
  identifier: { type: 'string', maxLength: 128, 'x-order': 0 }, username: { type: 'string', maxLength: 128, 'x-order': 1 } } };
const PASSWORD = { type: 'object', required: ['code', 'password'], properties: { code: { type: 'string', pattern: '^[0-9]{6}$', 'x-widget': 'digits', 'x-order': 0 },
  password: { type: 'string', format: 'password', minLength: 8, maxLength: 20, pattern: '^(?=.*[A-Za-z])(?=.*[0-9])[!-~]+$', 'x-widget': 'password', 'x-order': 1 } } };

/** @type {import('../frame/places.js').Make} */
export const make = ({ client }) => {
  const place = h('section', { class: 'card-section' });
  const element = h('div', { class: 'wizard narrow' }, h('header', { class: 'place-head' }, h('h1', {}, t('recover.title'))), place,
    h('section', { class: 'card-section' }, h('h2', {}, t('recover.identifier')), h('p', { class: 'hint' }, t('recover.identifier_hint'))));
  /** @type {ReturnType<typeof form>} */
  let drawn = first();
  void hasRoute(client.env, '/v1/password-resets').then((has) => has || fill(place, h('p', { class: 'hint' }, t('recover.closed'))));

  /** @param {string} hint @param {ReturnType<typeof form>} made @param {...import('../ui/dom.js').Child} more */
  function put(hint, made, ...more) {
    fill(place, h('p', { class: 'hint', role: 'status' }, hint), ...more, made.element);
    return made;
  }

  function first() {
    return put(t('recover.hint'), form(ACCOUNT, { name: 'recover', submit: t('recover.send'), send: async (account) => {
      const before = client.line.time();
      await client.exchange('POST', '/v1/password-resets', { body: account });
      drawn.stop();
      drawn = second(account, before);
      drawn.focus();
    } }));
  }

  /** @param {import('../drawn/schema.js').Values} account @param {number} since */
  function second(account, since) {
    const status = h('span', { class: 'hint', role: 'status' });
    const again = h('button', { type: 'button', class: 'button', 'data-act': 'again', on: { click: () => (drawn.stop(), drawn = first(), drawn.focus()) } }, t('recover.again'));
    void shown(client, status, ({ template }) => template === 'recovery_code', since);
    const made = form(PASSWORD, { name: 'recover', submit: t('recover.confirm'), send: async (values) => {
      await client.exchange('POST', '/v1/password-resets/confirm', { body: { ...account, ...values } });
      const heading = h('h2', { tabindex: '-1' }, t('recover.done'));
      fill(place, icon('tick'), heading, h('div', { class: 'ways' }, h('a', { class: 'button primary', href: '/signin' }, t('signin.submit'))));
      heading.focus();
    } });
    made.element.lastElementChild?.prepend(again);
    return put(t('recover.sent'), made, status);
  }

  return { element, title: t('recover.title'), stop: () => drawn.stop() };
};
