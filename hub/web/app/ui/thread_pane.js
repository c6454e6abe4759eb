//! Owns: one open conversation on the page: head, messages, scrolling, read marks. Never: the wire.

import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { aboutIt } from './about_it.js';
import { composer } from './composer.js';
import { askReason, attempt, choosePerson, confirmed, toast } from './dialogs.js';
import { attribute, avatar, coalesced, fill, h, icon, list } from './dom.js';
import { refocus, trace } from './focus.js';
import { drawRow } from './message.js';
import { rows } from './rows.js';

/** @typedef {import('../sdk/client.js').Client} Client */
/** @typedef {import('../sdk/conversation.js').Conversation} Conversation */

const NEAR_PX = 90;
const OLDER_PX = 200;
const CARDS = ['contact', 'exhibit', 'order'];
const RECALL_LOOK_MS = 5_000;

/** The conversation's view; `stop` before dropping it. */
export class ThreadPane {
  #atEnd = true;
  #unreadAfter = Infinity;
  #placed = false;
  /** @type {(() => void)[]} */
  #offs = [];

  /**
   * @param {Client} client @param {Conversation} conversation
   * @param {{people: import('./people.js').People, firms: import('./firms.js').Firms, back: () => void, announce: (text: string) => void}} with_
   */
  constructor(client, conversation, { people, firms, back, announce }) {
    this.client = client;
    this.conversation = conversation;
    this.people = people;
    this.firms = firms;
    this.announce = announce;
    this.title = h('div', { class: 'thread-title' });
    this.tools = h('div', { class: 'thread-tools' });
    this.about = h('div', { class: 'about-it', hidden: true });
    this.rows = h('ol', { class: 'rows' });
    this.older = h('button', { type: 'button', class: 'button small older', on: { click: () => void this.#older() } }, t('thread.older'));
    this.top = h('div', { class: 'rows-top' });
    this.scroll = h('div', { class: 'scroll', tabindex: '0', role: 'log', 'aria-live': 'off', on: { scroll: () => this.#scrolled() } },
      this.top, this.rows);
    this.below = h('button', { type: 'button', class: 'button small below', hidden: true, on: { click: () => this.#toEnd() } },
      icon('down'), t('thread.new_below'));
    this.typing = h('div', { class: 'typing', 'aria-live': 'off' });
    this.composer = composer(conversation, { card: () => void this.#card(), sent: () => (this.#toEnd(), this.#seenAll()) });
    this.element = h('section', { class: 'thread', 'aria-label': t('thread.messages', { name: this.other }), on: {
      keydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && !event.defaultPrevented && back() } },
    h('header', { class: 'pane-head' },
      h('button', { type: 'button', class: 'icon-button back', 'aria-label': t('thread.back'), on: { click: back } }, icon('back')),
      this.title, this.tools),
    this.about, this.scroll, this.below, this.typing, this.composer.element);
    this.#listen();
    conversation.open();
    this.draw();
  }

  /** The other side's name in the reader's language. */
  get other() {
    return this.#names.name;
  }

  get #names() {
    return this.firms.names(this.conversation.summary?.with);
  }

  #listen() {
    const later = coalesced(() => this.draw());
    this.redraw = later;
    const looked = () => this.#look();
    const young = setInterval(later, RECALL_LOOK_MS);
    const resized = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    resized.observe(this.scroll);
    document.addEventListener('visibilitychange', looked);
    window.addEventListener('focus', looked);
    this.#offs = [
      this.conversation.on('change', later),
      this.client.inbox.on('change', later),
      this.conversation.on('entry', (entry) => this.#arrived(entry)),
      this.conversation.on('refused', (error) => this.#refused(error)),
      () => clearInterval(young), () => resized.disconnect(), () => document.removeEventListener('visibilitychange', looked),
      () => window.removeEventListener('focus', looked),
    ];
  }

  /** Lets go of the conversation. */
  stop() {
    for (const off of this.#offs) off();
    this.conversation.leave();
  }

  focus() {
    this.composer.focus();
  }

  /** Draws what changed; the place one reads at stays. */
  draw() {
    const { conversation } = this;
    this.#first();
    const height = this.scroll.scrollHeight;
    const top = this.scroll.scrollTop;
    const me = this.client.user?.id ?? '';
    const shown = rows({ conversation, people: this.people, me, other: this.other, unreadAfter: this.#unreadAfter });
    const firstKey = this.rows.firstElementChild;
    list(this.rows, shown, (row) => JSON.stringify(row), (row, node) => drawRow(row, node, this.#actions));
    this.#head();
    this.#edges();
    if (this.#atEnd) this.scroll.scrollTop = this.scroll.scrollHeight;
    else if (firstKey !== this.rows.firstElementChild) this.scroll.scrollTop = top + this.scroll.scrollHeight - height;
    this.#look();
  }

  /** What was unread when the conversation came on screen is marked once. */
  #first() {
    if (this.#placed || this.conversation.phase !== 'live') return;
    this.#placed = true;
    const me = this.client.user?.id ?? '';
    const unread = this.conversation.summary?.unread ?? 0;
    this.#unreadAfter = unread > 0 ? this.conversation.read.get(me) ?? 0 : Infinity;
  }

  get #actions() {
    const { conversation } = this;
    return {
      recall: (/** @type {number} */ seq) => void attempt(() => conversation.act('recall', { seq })).then(() => this.focus()),
      retry: (/** @type {string} */ id) => conversation.retry(id),
      discard: (/** @type {string} */ id) => (conversation.discard(id), this.focus()),
    };
  }

  #head() {
    const { conversation } = this;
    const { summary } = conversation;
    const there = [...conversation.online].some((user) => !this.people.isOurs(user));
    const typists = [...conversation.typing].filter((user) => !this.people.isOurs(user));
    const state = conversation.phase !== 'live' ? '' : there ? t('thread.online') : t('thread.offline');
    const holder = summary === null ? '' : summary.assignee === null ? t('thread.unclaimed')
      : summary.assignee === this.client.user?.id ? t('inbox.mine')
        : t('thread.handled_by', { name: this.people.name(summary.assignee, '') });
    const side = summary !== null && this.client.inbox.doubled.has(summary.with.id) ? t(`side.${summary.side}`) : '';
    const signature = JSON.stringify([this.#names, state, holder, there, side]);
    if (this.title.dataset['signature'] !== signature) {
      this.title.dataset['signature'] = signature;
      const { name, other } = this.#names;
      const under = [other && h('span', { class: 'title-other', dir: 'auto' }, other),
        state && h('span', { class: there ? 'presence on' : 'presence' }, state), holder && h('span', {}, holder),
        side && h('span', { class: 'title-side' }, side)];
      fill(this.title, avatar(name), h('div', { class: 'title-text' }, h('h2', {}, name), h('p', { class: 'hint' }, ...under)));
      this.element.setAttribute('aria-label', t('thread.messages', { name: this.other }));
    }
    this.#tools();
    aboutIt(this.about, this.client, conversation, () => this.#toEnd());
    fill(this.typing, typists.length > 0 && h('span', { class: 'typing-dots', 'aria-hidden': 'true' }),
      typists.length > 0 && t('thread.typing'));
    this.composer.allow(this.#silenced());
  }

  /** Why the user cannot write here now, or null. */
  #silenced() {
    const { summary } = this.conversation;
    const { user } = this.client;
    if (summary === null || user === null) return null;
    if (summary.state === 'closed') return t('compose.closed');
    if (summary.state === 'blocked') return t('compose.blocked');
    const mine = summary.assignee === null || summary.assignee === user.id || user.admin === true;
    return mine ? null : t('compose.not_mine', { name: this.people.name(summary.assignee, '') });
  }

  #tools() {
    const { summary } = this.conversation;
    const mine = summary?.assignee === this.client.user?.id;
    const signature = JSON.stringify([summary?.state, mine]);
    if (this.tools.dataset['signature'] === signature) return;
    this.tools.dataset['signature'] = signature;
    if (summary === null) return fill(this.tools);
    const open = summary.state === 'open';
    const was = trace(document.activeElement);
    const had = this.tools.contains(document.activeElement);
    const wasOpen = this.tools.querySelector('details')?.open ?? false;
    const act = (/** @type {any} */ verb) => () => void attempt(() => this.conversation.act(verb));
    const item = (/** @type {string} */ key, /** @type {() => void} */ run) => h('button', { type: 'button', class: 'menu-item',
      'data-act': key, on: { click: () => (menu.removeAttribute('open'), run()) } }, t(`act.${key}`));
    const menu = h('details', { class: 'menu', on: { keydown: closeMenu, focusout: leaveMenu } },
      h('summary', { class: 'icon-button', 'aria-label': t('act.more') }, icon('more')),
      h('div', { class: 'menu-items' },
        open && item('transfer', () => void this.#transfer()),
        open ? item('close', act('close')) : item('reopen', act('reopen')),
        summary.state !== 'blocked' && item('block', () => void this.#block()),
        item('report', () => void this.#report())));
    const button = (/** @type {string} */ key, /** @type {string} */ look) =>
      h('button', { type: 'button', class: `button small ${look}`, 'data-act': key, on: { click: act(key) } }, t(`act.${key}`));
    fill(this.tools, open && (mine ? button('release', '') : button('claim', 'primary')), menu);
    attribute(menu, 'open', wasOpen);
    if (had) refocus(was);
  }

  async #transfer() {
    await this.people.know(this.client.user?.enterprise?.id);
    const to = await choosePerson(this.people.colleagues());
    if (to !== null) await attempt(() => this.conversation.act('transfer', { to }));
  }

  async #block() {
    if (await confirmed(t('block.title'), t('block.body'), t('act.confirm'))) await attempt(() => this.conversation.act('block'));
  }

  async #report() {
    const reason = await askReason();
    if (reason === null) return;
    if (await attempt(() => this.conversation.act('report', { reason }))) toast(t('report.done'));
  }

  async #card() {
    const yes = await confirmed(t('card.consent_title'), t('card.consent', { name: this.other }), t('card.agree'));
    if (yes) await attempt(async () => this.conversation.sendContact());
    this.#toEnd();
  }

  async #older() {
    try {
      await this.conversation.older();
    } catch (thrown) {
      const error = asWireError(thrown);
      if (!error.passing) toast(errorText(error));
    }
  }

  #edges() {
    const { conversation } = this;
    attribute(this.older, 'aria-disabled', conversation.loadingOlder); // disabled it would lose the focus
    this.scroll.setAttribute('aria-busy', String(conversation.loadingOlder));
    const known = conversation.log.last !== null;
    const top = !known ? h('p', { class: 'hint' }, t('thread.opening')) : conversation.hasOlder ? this.older
      : h('p', { class: 'hint' }, t('thread.beginning'));
    if (this.top.firstChild?.textContent !== top.textContent) fill(this.top, top);
  }

  #scrolled() {
    this.#atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_PX;
    if (this.#atEnd) this.#nothingBelow();
    if (this.scroll.scrollTop < OLDER_PX && this.conversation.hasOlder && !this.conversation.loadingOlder) void this.#older();
    this.#look();
  }

  /** Marks as read what is on screen: only at the end of a page that is being looked at. */
  #look() {
    const seen = document.visibilityState === 'visible' && document.hasFocus() && this.element.offsetParent !== null;
    if (seen && this.#atEnd && this.conversation.phase === 'live') this.conversation.markRead();
  }

  #toEnd() {
    this.#atEnd = true;
    this.#nothingBelow();
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.#look();
  }

  #nothingBelow() {
    if (this.below === document.activeElement) this.scroll.focus({ preventScroll: true });
    this.below.hidden = true;
  }

  /** Writing answers what was unread: the line above it goes. */
  #seenAll() {
    this.#unreadAfter = Infinity;
  }

  /** @param {import('../sdk/wire.js').Entry} entry */
  #arrived(entry) {
    if (entry.from === this.client.user?.id) return;
    if (!this.#atEnd) this.below.hidden = false;
    const name = this.people.name(entry.from, this.other);
    if (entry.kind === 'text') this.announce(`${name}: ${entry.body?.text ?? ''}`);
    else if (entry.kind === 'card') this.announce(`${name}: ${t(`card.${CARDS.includes(entry.body?.type) ? entry.body.type : 'contact'}`)}`);
  }

  /** @param {import('../sdk/wire.js').WireError} error */
  #refused(error) {
    if (this.conversation.log.last === null) fill(this.top, h('p', { class: 'hint' }, t('thread.not_found')));
    else toast(errorText(error));
  }
}

/** @param {KeyboardEvent} event */
function closeMenu(event) {
  const menu = /** @type {HTMLDetailsElement} */ (event.currentTarget);
  if (event.key !== 'Escape' || !menu.open) return;
  event.preventDefault();
  menu.open = false;
  /** @type {HTMLElement} */ (menu.firstElementChild).focus();
}

/** @param {FocusEvent} event */
function leaveMenu(event) {
  const menu = /** @type {HTMLDetailsElement} */ (event.currentTarget);
  if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
}
