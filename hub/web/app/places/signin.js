//! Owns: the place to sign in. Never: keeps a password.

import { call } from '../sdk/rest.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, language, t } from '../strings.js';
import { device } from '../ui/device.js';
import { attribute, avatar, fill, h } from '../ui/dom.js';

/** @typedef {{label: string, kind: string, identifier?: string, username: string, password: string, duty?: string}} Demo */

/** @type {import('../frame/places.js').Make} */
export const make = (site) => {
  const element = view(site);
  return { element, title: t('signin.title'), focus: (isFirst) => isFirst || element.querySelector('input')?.focus() };
};

/** @param {import('../frame/frame.js').Site} site @returns {HTMLElement} */
function view({ client, ended }) {
  const status = h('p', { class: 'form-status', role: 'alert' }, ended in ENDED ? t(`signin.ended.${ended}`) : '');
  const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ more = {}) =>
    h('label', { class: 'field' }, h('span', {}, label),
      h('input', { name, autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false', ...more }));
  const submit = h('button', { class: 'button primary wide', type: 'submit' }, t('signin.submit'));
  const form = h('form', { class: 'signin-form', on: { submit: send } },
    h('h1', {}, t('signin.title')),
    field('identifier', t('signin.identifier'), { autocomplete: 'organization', placeholder: t('signin.identifier_hint') }),
    field('username', t('signin.username'), { autocomplete: 'username', required: true }),
    field('password', t('signin.password'), { type: 'password', autocomplete: 'current-password', required: true }),
    status, submit,
    h('p', { class: 'signin-ways' }, h('a', { href: '/recover' }, t('signin.forgot')), h('span', {}, t('register.has_account'), ' ', h('a', { href: '/register/enterprise' }, t('nav.register')))));

  /** @param {Event} event */
  function send(event) {
    event.preventDefault();
    const values = new FormData(/** @type {HTMLFormElement} */ (form));
    const text = (/** @type {string} */ name) => String(values.get(name) ?? '').trim();
    void enter({ identifier: text('identifier'), username: text('username'), password: String(values.get('password')) });
  }

  /** @param {{identifier?: string, username: string, password: string}} account */
  async function enter({ identifier, username, password }) {
    if (submit.getAttribute('aria-disabled') === 'true') return;
    attribute(submit, 'aria-disabled', 'true'); // disabled it would lose the focus
    fill(submit, t('signin.busy'));
    fill(status);
    try {
      await client.signIn({ username, password, device: device(navigator.userAgent), ...(identifier ? { identifier } : {}) });
    } catch (thrown) {
      const error = asWireError(thrown);
      fill(status, error.code === 'unauthenticated' ? t('signin.wrong') : errorText(error));
      attribute(submit, 'aria-disabled', false);
      fill(submit, t('signin.submit'));
    }
  }

  const demo = h('section', { class: 'demo', hidden: true });
  void offer(client, demo, enter);
  return h('div', { class: 'signin' },
    h('div', { class: 'signin-card' },
      h('header', { class: 'signin-brand' },
        h('img', { src: '/icon.svg', alt: '', width: '48', height: '48' }),
        h('p', { class: 'signin-name' }, t('app.name')), h('p', { class: 'tagline' }, t('app.tagline')),
        h('p', { class: 'promise' }, t('app.promise'))),
      h('div', { class: 'signin-body' }, form, demo)));
}

/** A label's part in the chosen language: they read `Chinese / English`. @param {Demo} account */
function label(account) {
  const [chinese = '', english = chinese] = account.label.split(' / ');
  return language() === 'en' ? english : chinese;
}

/** The short name that a label begins with, behind its role. @param {string} text */
const firm = (text) => (text.split(/[·,]/)[0] ?? '').trim().split(' ').at(-1) ?? '';

const ENDED = { session_revoked: true, unauthenticated: true };

/**
 * Offers the sample accounts, where the hub has them.
 * @param {import('../sdk/client.js').Client} client @param {HTMLElement} place
 * @param {(account: Demo) => Promise<void>} enter
 */
async function offer(client, place, enter) {
  const answer = await call(client.env, 'GET', '/demo/accounts').catch(() => null);
  /** @type {Demo[]} */
  const accounts = Array.isArray(answer) ? answer : answer?.items ?? [];
  if (accounts.length === 0) return;
  fill(place, h('h2', {}, t('signin.demo')), h('p', { class: 'hint' }, t('signin.demo_hint')),
    ...GROUPS.map((kind) => ({ kind, of: accounts.filter((account) => account.kind === kind) })).filter(({ of }) => of.length > 0).map(({ kind, of }) =>
      h('details', { class: 'demo-group', open: of.length <= OPEN_MAX || (kind === 'enterprise' && !matchMedia('(max-width: 760px)').matches) }, h('summary', {}, t(`demo.${kind}`), h('small', {}, String(of.length))), group(of, enter))));
  place.hidden = false;
}

/** In the order in which they are shown. */
const GROUPS = ['enterprise', 'institution', 'committee', 'individual', 'media'];
/** So few are shown without being asked for. */
const OPEN_MAX = 4;

/** @param {readonly Demo[]} accounts @param {(account: Demo) => Promise<void>} enter */
const group = (accounts, enter) => h('ul', { class: 'demo-list' }, ...accounts.map((account) => h('li', {},
  h('button', { type: 'button', class: 'demo-account', 'data-username': account.username, 'data-identifier': account.identifier, on: { click: () => void enter(account) } },
    avatar(firm(label(account))),
    h('span', { class: 'demo-text' }, h('strong', {}, label(account)), h('small', {}, [account.identifier, account.username].filter(Boolean).join(' / ')))))));
