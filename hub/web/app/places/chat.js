//! Owns: the place of negotiations: list, conversation, and which address (`/chat/<id>`) says that it is open.
//! Never: what is inside the panes.

import { t } from '../strings.js';
import { attempt, findEnterprise } from '../ui/dialogs.js';
import { fill, h, icon } from '../ui/dom.js';
import { inboxPane } from '../ui/inbox_pane.js';
import { People } from '../ui/people.js';
import { ThreadPane } from '../ui/thread_pane.js';

/** @type {import('../frame/places.js').Make} */
export const make = (site, params) => new Chat(site, params['id'] ?? '');

/** Implements a place: `stop` before dropping it. */
class Chat {
  /** @type {ThreadPane | null} */
  #thread = null;
  /** @type {(() => void)[]} */
  #offs = [];

  /** @param {import('../frame/frame.js').Site} site @param {string} id of the conversation to open, or empty */
  constructor(site, id) {
    const { client, firms } = site;
    this.site = site;
    this.client = client;
    this.title = t('nav.chat');
    this.opened = id;
    this.people = new People(client, () => this.redraw());
    this.inbox = inboxPane(client, { people: this.people, firms, open: (chosen) => this.open(chosen), start: () => void this.#start(),
      current: () => this.#thread?.conversation.id ?? '' });
    this.place = h('div', { class: 'thread-place' });
    this.element = h('div', { class: 'panes' }, h('h1', { class: 'sr-only' }, t('nav.chat')), this.inbox.element, this.place);
    const escaped = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener('keydown', escaped);
    this.#offs = [() => document.removeEventListener('keydown', escaped)];
    void this.people.know(client.user?.enterprise?.id);
  }

  shown() {
    this.#show();
  }

  /** @param {import('../frame/places.js').Params} params */
  move(params) {
    this.opened = params['id'] ?? '';
    this.#show();
    return true;
  }

  stop() {
    for (const off of this.#offs) off();
    this.#thread?.stop();
    this.inbox.stop();
  }

  /** To what one came for: the open conversation, else the list. */
  focus() {
    (this.#thread ?? this.inbox).focus();
  }

  /** @param {string} id */
  open(id) {
    if (this.opened === id) this.#thread?.focus();
    else this.site.go(`/chat/${id}`);
  }

  #back() {
    const id = this.opened;
    this.site.go('/chat');
    const row = this.inbox.element.querySelector(`[data-conversation="${CSS.escape(id)}"]`);
    if (row instanceof HTMLElement) row.focus();
    else this.inbox.focus();
  }

  /** Escape outside of everything goes to the list. @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === 'Escape' && document.activeElement === document.body && this.#thread !== null) this.#back();
  }

  #show() {
    const id = this.opened;
    this.site.pane(id === '' ? 'inbox' : 'thread');
    if ((this.#thread?.conversation.id ?? '') === id && this.place.firstChild !== null) return;
    this.#thread?.stop();
    this.#thread = id === '' ? null : new ThreadPane(this.client, this.client.conversation(id),
      { people: this.people, firms: this.site.firms, back: () => this.#back(), announce: this.site.announce });
    fill(this.place, this.#thread?.element ?? nothing());
    this.site.seen(id);
    this.#thread?.draw();
    this.#thread?.focus();
    this.inbox.draw();
  }

  redraw() {
    void this.people.know(this.client.user?.enterprise?.id);
    this.inbox.draw();
    this.#thread?.redraw?.();
  }

  async #start() {
    const chosen = await findEnterprise(this.client);
    if (chosen === null) return;
    const conversation = await attempt(() => this.client.negotiate(chosen.id));
    if (conversation !== undefined) this.open(conversation.id);
  }
}

const nothing = () => h('div', { class: 'empty place-empty' }, icon('chat'), h('p', {}, t('thread.none')),
  h('p', { class: 'hint' }, t('thread.none_hint')));
