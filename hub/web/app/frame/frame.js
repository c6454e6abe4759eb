//! Owns: what stands around every place: head, navigation, what is told, and which place is on the page. Never: what is in it.

import { errorText, t } from '../strings.js';
import { banner } from '../ui/banner.js';
import { bell } from '../ui/bell.js';
import { confirmed } from '../ui/dialogs.js';
import { coalesced, fill, h } from '../ui/dom.js';
import { firms } from '../ui/firms.js';
import { accountMenu } from './account_menu.js';
import { announce } from './announce.js';
import { calendarLine } from './calendar.js';
import { keys } from './keys.js';
import { nav } from './nav.js';
import { roleOf } from './places.js';
import { failed, missing, refused } from './refused.js';

/** @typedef {import('./places.js').Made} Made */

/**
 * What a place is given.
 * @typedef {object} Site
 * @property {import('../sdk/client.js').Client} client
 * @property {(path: string, how?: {replace?: boolean}) => void} go
 * @property {() => URLSearchParams} query of the address
 * @property {() => string} path of the address
 * @property {import('../ui/firms.js').Firms} firms
 * @property {(conversation: string) => void} seen tells the bell that a conversation is open
 * @property {(text: string) => void} announce
 * @property {(name: string) => void} pane tells the style which part a phone shows
 * @property {() => void} signOut asks first where something would be lost
 * @property {string} ended why the last session ended
 */

/** After this long without the module of a place its absence is shown. */
const PATIENCE_MS = 100;

/** The page of one person, or of a guest; `stop` before dropping it. */
export class Frame {
  #turn = 0;
  /** @type {{name: string, made: Made} | null} */
  #current = null;
  /** @type {(() => void)[]} */
  #offs = [];

  /** @param {import('../sdk/client.js').Client} client @param {{router: import('./router.js').Router, switcher: HTMLElement, ended: string}} with_ */
  constructor(client, { router, switcher, ended }) {
    this.client = client;
    this.router = router;
    this.role = roleOf(client.user);
    this.firms = firms;
    this.nav = nav(this.role);
    this.keys = keys({ go: (path) => router.go(path), role: this.role });
    this.main = h('main', { id: 'main', class: 'place', tabindex: '-1' });
    /** @type {Site} */
    this.site = { client, firms: this.firms, ended, announce, go: (path, how) => router.go(path, how), query: () => router.query,
      path: () => router.path, seen: (id) => this.bell?.seen(id), signOut: () => void this.#signOut(),
      pane: (name) => void (this.element.dataset['pane'] = name) };
    const own = client.user === null ? this.#guestTools() : this.#memberTools();
    this.element = h('div', { class: 'frame', 'data-role': this.role },
      h('a', { class: 'skip', href: '#main', on: { click: (/** @type {Event} */ event) => this.#skip(event) } }, t('app.skip')),
      h('header', { class: 'top' },
        h('a', { class: 'brand', href: '/' }, h('img', { src: '/icon.svg', alt: '', width: '28', height: '28' }), h('span', {}, t('app.name'))),
        this.banner?.dot, h('div', { class: 'top-space' }), switcher, ...own),
      this.banner?.element, this.calendar?.element, h('div', { class: 'frame-body' }, this.nav.element, this.main));
    this.#offs.push(() => this.keys.stop());
  }

  #guestTools() {
    return [h('a', { class: 'button primary small', href: '/signin' }, t('signin.submit'))];
  }

  #memberTools() {
    const { client } = this;
    this.banner = banner(client, announce);
    this.calendar = calendarLine(client, announce);
    this.bell = bell(client, { firms: this.firms, open: (id) => this.router.go(`/chat/${id}`), current: () => this.router.found?.params['id'] ?? '', go: (path) => this.router.go(path), path: () => this.router.path });
    this.menu = accountMenu({ signOut: this.site.signOut, keys: this.keys.help, names: () => this.#names() });
    this.#offs.push(client.on('user', () => this.#changed()), client.inbox.on('change', coalesced(() => this.#count())),
      this.banner.stop, this.calendar.stop, this.bell.stop, this.menu.stop);
    return [this.bell.element, this.menu.element];
  }

  stop() {
    this.#turn += 1;
    for (const off of this.#offs) off();
    this.#current?.made.stop?.();
  }

  /** Shows what the address says. @param {boolean} [isFirst] the page was just loaded: the focus is where the browser put it */
  async show(isFirst = false) {
    const turn = ++this.#turn;
    const { found } = this.router;
    this.nav.mark(this.router.path);
    if (found !== null && this.#current?.name === found.place.name && this.#current.made.move?.(found.params)) return this.#title();
    const late = setTimeout(() => turn === this.#turn && this.#wait(), PATIENCE_MS);
    const { name, made } = await this.#make(found);
    clearTimeout(late);
    if (turn !== this.#turn) return made.stop?.();
    this.#put(name, made);
    if (!isFirst || made.focus !== undefined) this.focus(isFirst);
  }

  /** @param {import('./places.js').Found | null} found @returns {Promise<{name: string, made: Made}>} */
  async #make(found) {
    if (found === null) return { name: 'missing', made: missing() };
    const { place, params } = found;
    if (!place.who.includes(this.role)) return this.role === 'guest' ? this.#asked() : { name: 'refused', made: refused(this.site) };
    const module = await place.load().catch(() => null);
    if (module === null) return { name: 'failed', made: failed(errorText({ code: 'disconnected' }), () => void this.show()) };
    return { name: place.name, made: module.make(this.site, params) };
  }

  /** A guest is asked who they are, and led back afterwards. */
  async #asked() {
    this.router.rename(`/signin?next=${encodeURIComponent(this.router.path)}`);
    return this.#make(this.router.found);
  }

  #wait() {
    fill(this.main, h('p', { class: 'hint waiting', role: 'status' }, t('place.loading')));
  }

  /** @param {string} name @param {Made} made */
  #put(name, made) {
    this.#current?.made.stop?.();
    this.#current = { name, made };
    delete this.element.dataset['pane'];
    this.element.dataset['place'] = name;
    fill(this.main, made.element);
    this.main.scrollTop = 0;
    made.shown?.();
    this.#title();
    this.nav.mark(this.router.path);
    this.bell?.arrived();
  }

  /** To what one came for, else to the heading. @param {boolean} [isFirst] */
  focus(isFirst = false) {
    const made = this.#current?.made;
    if (made?.focus !== undefined) return made.focus(isFirst);
    const heading = this.main.querySelector('h1') ?? this.main;
    heading.setAttribute('tabindex', '-1');
    /** @type {HTMLElement} */ (heading).focus();
  }

  /** @param {Event} event */
  #skip(event) {
    event.preventDefault();
    if (this.#current?.made.focus !== undefined) this.#current.made.focus(false);
    else this.main.focus();
  }

  #changed() {
    this.menu?.draw();
    this.#current?.made.redraw?.();
  }

  #names() {
    const { user } = this.client;
    const duty = user?.duty ? t(`duty.${user.duty}`) : user?.admin ? t('duty.admin') : '';
    return { name: user?.name ?? '', under: [this.firms.names(user?.enterprise).name, duty].filter(Boolean).join(' · ') };
  }

  #count() {
    this.nav.count('/chat', this.client.inbox.unread);
    this.#title();
  }

  #title() {
    const unread = this.client.user === null ? 0 : this.client.inbox.unread;
    const title = [this.#current?.made.title ?? '', t('app.name')].filter(Boolean).join(' · ');
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${title}`;
  }

  async #signOut() {
    const n = this.client.unsent;
    const sure = n === 0 || await confirmed(t('menu.sign_out'), t('menu.sign_out_unsent', { n }), t('menu.sign_out'));
    if (sure) await this.client.signOut();
  }
}
