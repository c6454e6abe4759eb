//! Owns: the way to an account: its steps, the code that proves a phone or mailbox, what follows. Never: which fields there are;
//! the hub's description says it.

import { formOf, hasRoute, termsOf } from '../drawn/descriptions.js';
import { form } from '../drawn/form.js';
import { keep } from '../drawn/kept.js';
import { fieldsOf } from '../drawn/schema.js';
import { missing } from '../frame/refused.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { modal } from '../ui/dialogs.js';
import { attribute, fill, h, icon } from '../ui/dom.js';
import { codeButton } from './code.js';

/** @typedef {import('../frame/frame.js').Site} Site */
/** @typedef {import('../drawn/schema.js').Values} Values */
/** @typedef {{form: string, steps: readonly {name: string, fields: readonly string[] | null}[]}} Class fields null: all that no other step has */

/** @type {Record<string, Class>} */
export const CLASSES = {
  enterprise: { form: 'EnterpriseRegistration', steps: [
    { name: 'account', fields: ['username', 'password', 'mobile', 'email', 'code', 'agreement'] }, { name: 'enterprise', fields: null }] },
  individual: { form: 'IndividualRegistration', steps: [{ name: 'account', fields: null }] },
  media: { form: 'MediaRegistration', steps: [{ name: 'account', fields: null }] },
};

/** @type {import('../frame/places.js').Make} */
export const make = (site, { class: name = '' }) => {
  if (!Object.hasOwn(CLASSES, name)) return missing();
  const place = h('div', { class: 'records-place' }, h('p', { class: 'hint', role: 'status' }, t('place.loading')));
  const element = h('div', { class: 'wizard narrow' }, h('header', { class: 'place-head' }, h('h1', {}, t('register.title'))), classes(name), place);
  const wizard = new Wizard(site, name, place);
  void wizard.begin();
  return { element, title: t('register.title'), stop: () => wizard.stop() };
};

/** @param {string} chosen */
const classes = (chosen) => h('nav', { class: 'segments', 'aria-label': t('register.class') }, ...Object.keys(CLASSES).map((name) =>
  h('a', { class: 'segment', href: `/register/${name}`, 'aria-current': name === chosen && 'page' }, t(`class.${name}`))));

/** One registration. */
class Wizard {
  #at = 0;
  /** What the code goes to. @type {'mobile' | 'email'} */
  #by = 'mobile';
  /** @type {Values} what the steps before this one were filled with */
  #values = {};
  /** @type {ReturnType<typeof form> | null} */
  #form = null;
  /** @type {import('../drawn/schema.js').Schema} */
  #schema = {};

  /** @param {Site} site @param {string} name of the class @param {HTMLElement} place */
  constructor(site, name, place) {
    this.site = site;
    this.name = name;
    this.place = place;
    this.kind = /** @type {Class} */ (CLASSES[name]);
  }

  async begin() {
    try {
      if (!await hasRoute(this.site.client.env, `/v1/registrations/${this.name}`)) return fill(this.place, h('p', { class: 'hint' }, t('register.closed')));
      this.#schema = await formOf(this.site.client.env, this.kind.form);
      this.#draw();
    } catch (thrown) {
      fill(this.place, h('p', { class: 'form-status', role: 'alert' }, errorText(asWireError(thrown))),
        h('button', { type: 'button', class: 'button', on: { click: () => void this.begin() } }, t('act.retry')));
    }
  }

  stop() {
    this.#form?.stop();
  }

  /** @param {number} at */
  #draft(at) {
    return `guest/${this.name}/${at}`;
  }

  get #isLast() {
    return this.#at === this.kind.steps.length - 1;
  }

  /** @param {number} at @returns {string[]} */
  #fields(at) {
    const all = fieldsOf(this.#schema).map(({ name }) => name);
    const named = this.kind.steps[at]?.fields;
    const taken = new Set(this.kind.steps.flatMap(({ fields }) => fields ?? []));
    const other = this.#by === 'mobile' ? 'email' : 'mobile';
    return all.filter((name) => name !== other && (named === null ? !taken.has(name) : named?.includes(name)));
  }

  #draw() {
    this.#form?.stop();
    const step = this.kind.steps[this.#at];
    const env = this.site.client.env;
    const made = form(this.#schema, { name: 'register', submit: this.#isLast ? t('register.submit') : t('register.next'), only: this.#fields(this.#at), values: this.#values,
      draft: this.#draft(this.#at), keeps: true, options: (name) => termsOf(env, name), send: (values) => this.#send(values),
      beside: { code: () => codeButton(this.site, () => made.values()), agreement, mobile: () => this.#switch('email'), email: () => this.#switch('mobile') } });
    this.#form = made;
    const back = this.#at > 0 && h('button', { type: 'button', class: 'button', on: { click: () => this.#back() } }, t('register.back'));
    if (back) made.element.lastElementChild?.prepend(back);
    fill(this.place, stepper(this.kind, this.#at), h('section', { class: 'card-section' }, h('h2', { tabindex: '-1' }, t(`step.${step?.name}`)), made.element));
  }

  /** The other way to be reached. @param {'mobile' | 'email'} to */
  #switch(to) {
    const change = () => {
      const { [this.#by]: _left, ...values } = { ...this.#values, ...this.#form?.values() };
      this.#values = values;
      this.#by = to;
      this.#draw();
    };
    return h('div', { class: 'code-beside' }, h('button', { type: 'button', class: 'button small', 'data-act': `by_${to}`, on: { click: change } }, t(`register.by.${to}`)));
  }

  #back() {
    this.#values = { ...this.#values, ...this.#form?.values() };
    this.#at -= 1;
    this.#draw();
    this.#head();
  }

  /** Another step begins at its heading, with the stairs in sight. */
  #head() {
    this.place.parentElement?.scrollIntoView({ block: 'start' });
    /** @type {HTMLElement | null} */ (this.place.querySelector('h2'))?.focus();
  }

  /** @param {Values} values */
  async #send(values) {
    this.#values = { ...this.#values, ...values };
    if (!this.#isLast) {
      this.#at += 1;
      this.#draw();
      return this.#head();
    }
    try {
      await this.site.client.exchange('POST', `/v1/registrations/${this.name}`, { body: this.#values });
    } catch (thrown) {
      return this.#refused(asWireError(thrown));
    }
    this.#done();
  }

  /** A fault of an earlier step leads back to it. @param {import('../sdk/wire.js').WireError} error */
  #refused(error) {
    const at = this.kind.steps.findIndex((_, step) => error.fields.some(({ at: pointer }) => this.#fields(step).includes(pointer.split('/')[1] ?? '')));
    if (at < 0 || at === this.#at) throw error;
    this.#at = at;
    this.#draw();
    this.#form?.refuse(error);
  }

  #done() {
    this.#form?.stop();
    for (const at of this.kind.steps.keys()) keep(this.#draft(at), null);
    const { identifier, username } = this.#values;
    const heading = h('h2', { tabindex: '-1' }, t('register.done'));
    fill(this.place, stepper(this.kind, this.kind.steps.length), h('section', { class: 'card-section registered' }, icon('tick'), heading,
      h('p', { class: 'hint' }, t('register.done_hint')),
      h('dl', { class: 'facts' }, identifier && h('dt', {}, t('field.identifier')), identifier && h('dd', { class: 'mono' }, identifier), h('dt', {}, t('field.username')), h('dd', { class: 'mono' }, username)),
      h('div', { class: 'ways' }, h('a', { class: 'button primary', href: '/signin' }, t('signin.submit')))));
    heading.focus();
    this.#values = {};
  }
}

/** @param {Class} kind @param {number} at */
const stepper = ({ steps }, at) => h('ol', { class: 'stairs stepper', 'aria-label': t('register.steps') },
  ...[...steps.map(({ name }) => name), 'done'].map((name, step) => {
    const node = h('li', { class: step < at ? 'done' : undefined }, t(`step.${name}`));
    attribute(node, 'aria-current', step === at && 'step');
    return node;
  }));

const agreement = () => h('button', { type: 'button', class: 'button small beside', on: { click: () => void modal(t('agreement.title'), () =>
  [h('div', { class: 'agreement', tabindex: '0', autofocus: true }, ...['use', 'truth', 'content', 'data', 'record'].map((part) => h('p', {}, t(`agreement.${part}`))))]) } }, t('agreement.read'));
