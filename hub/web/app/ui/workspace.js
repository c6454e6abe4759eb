//! Owns: the signed-in page: head, list, conversation, and the address (`#c=<id>`) that says which is open.
//! Never: what is inside the panes.

import { t } from '../strings.js';
import { banner } from './banner.js';
import { bell } from './bell.js';
import { attempt, confirmed, findEnterprise } from './dialogs.js';
import { avatar, coalesced, fill, h, icon } from './dom.js';
import { Firms } from './firms.js';
import { inboxPane } from './inbox_pane.js';
import { People } from './people.js';
import { ThreadPane } from './thread_pane.js';

/** The view of a signed-in user; `stop` before dropping it. */
export class Workspace {
  /** @type {ThreadPane | null} */
  #thread = null;
  /** @type {(() => void)[]} */
  #offs = [];

  /** @param {import('../sdk/client.js').Client} client @param {{switcher: HTMLElement}} with_ */
  constructor(client, { switcher }) {
    this.client = client;
    this.people = new People(client, () => this.#changed());
    this.firms = new Firms(client, coalesced(() => this.#changed()));
    this.banner = banner(client, announce);
    this.bell = bell(client, { firms: this.firms, open: (id) => this.open(id), current: () => this.#thread?.conversation.id ?? '' });
    this.inbox = inboxPane(client, { people: this.people, firms: this.firms, open: (id) => this.open(id), start: () => void this.#start(),
      current: () => this.#thread?.conversation.id ?? '' });
    this.place = h('div', { class: 'thread-place' });
    this.who = h('span', { class: 'who' });
    this.element = h('div', { class: 'workspace', 'data-pane': 'inbox' },
      h('a', { class: 'skip', href: '#compose', on: { click: skip } }, t('app.skip')),
      h('header', { class: 'top' },
        h('div', { class: 'brand' }, h('img', { src: './icon.svg', alt: '', width: '28', height: '28' }), h('h1', {}, t('app.name'))),
        this.banner.dot, h('div', { class: 'top-space' }), switcher, this.bell.element, this.who,
        h('button', { type: 'button', class: 'icon-button', 'aria-label': t('menu.sign_out'), title: t('menu.sign_out'), 'data-act': 'sign_out',
          on: { click: () => void this.#signOut() } }, icon('out'))),
      this.banner.element,
      h('main', { class: 'panes' }, this.inbox.element, this.place));
    const hash = () => this.#show();
    const escaped = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    window.addEventListener('hashchange', hash);
    document.addEventListener('keydown', escaped);
    this.#offs = [client.on('user', () => this.#changed()), client.inbox.on('change', coalesced(() => this.#title())),
      () => window.removeEventListener('hashchange', hash), () => document.removeEventListener('keydown', escaped)];
    this.#changed();
    this.#show();
  }

  stop() {
    for (const off of this.#offs) off();
    this.#thread?.stop();
    this.banner.stop();
    this.bell.stop();
    this.inbox.stop();
  }

  /** To what one came for: the open conversation, else the list. */
  focus() {
    (this.#thread ?? this.inbox).focus();
  }

  /** @param {string} id */
  open(id) {
    if (opened() === id) this.#thread?.focus();
    else location.hash = `c=${id}`;
  }

  #back() {
    const id = opened();
    history.pushState(null, '', location.pathname);
    this.#show();
    const row = this.inbox.element.querySelector(`[data-conversation="${CSS.escape(id)}"]`);
    if (row instanceof HTMLElement) row.focus();
    else this.inbox.focus();
  }

  /** Escape outside of everything goes to the list. @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === 'Escape' && document.activeElement === document.body && this.#thread !== null) this.#back();
  }

  #show() {
    const id = opened();
    if (this.#thread?.conversation.id === id) return;
    this.#thread?.stop();
    this.#thread = id === '' ? null : new ThreadPane(this.client, this.client.conversation(id),
      { people: this.people, firms: this.firms, back: () => this.#back(), announce });
    fill(this.place, this.#thread?.element ?? nothing());
    this.element.dataset['pane'] = id === '' ? 'inbox' : 'thread';
    this.bell.seen(id);
    this.#thread?.draw();
    this.#thread?.focus();
    this.inbox.draw();
  }

  #changed() {
    const { user } = this.client;
    void this.people.know(user?.enterprise?.id);
    const duty = user?.duty ? t(`duty.${user.duty}`) : user?.admin ? t('duty.admin') : '';
    fill(this.who, avatar(user?.name ?? ''), h('span', { class: 'who-text' }, h('strong', {}, user?.name ?? ''),
      h('small', {}, [this.firms.names(user?.enterprise).name, duty].filter(Boolean).join(' · '))));
    this.inbox.draw();
    this.#thread?.redraw?.();
  }

  #title() {
    const { unread } = this.client.inbox;
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${t('app.name')}`;
  }

  async #start() {
    const chosen = await findEnterprise(this.client);
    if (chosen === null) return;
    const conversation = await attempt(() => this.client.negotiate(chosen.id));
    if (conversation !== undefined) this.open(conversation.id);
  }

  async #signOut() {
    const n = this.client.unsent;
    const sure = n === 0 || await confirmed(t('menu.sign_out'), t('menu.sign_out_unsent', { n }), t('menu.sign_out'));
    if (!sure) return;
    await this.client.signOut();
  }
}

const opened = () => /^#c=([0-9a-z]{1,32})$/.exec(location.hash)?.[1] ?? '';

const nothing = () => h('div', { class: 'empty place-empty' }, icon('chat'), h('p', {}, t('thread.none')),
  h('p', { class: 'hint' }, t('thread.none_hint')));

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('compose')?.focus();
}

/** Tells screen readers. @param {string} text */
function announce(text) {
  const place = document.getElementById('announce');
  if (place !== null) place.textContent = text;
}
