//! Owns: one person at one browser: what they do and what they see. Never: looks behind the page, but for `history`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A context of its own, so its own storage: as another browser. */
export class Person {
  /** Everything that must not happen: page errors, refused content, executed markup. */
  faults = [];

  /**
   * `at`: the address they come to. `ahead`: by how many milliseconds the machine's wall clock is wrong. `pageFrom`: a folder of
   * scripts and styles.
   */
  static async arrive(browser, url, { at = '/chat', ahead = 0, pageFrom, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN', ...options });
    if (pageFrom !== undefined) await context.route((address) => isPage(address), (route) => fromFolder(route, url, pageFrom));
    if (ahead !== 0) await context.addInitScript(setClock, ahead);
    const page = await context.newPage();
    const person = new Person(context, page, url);
    await page.goto(url + at, { timeout: 60_000 });
    return person;
  }

  constructor(context, page, url) {
    this.context = context;
    this.page = page;
    this.url = url;
    page.setDefaultTimeout(60_000); // a busy machine is no failure
    page.on('pageerror', (error) => this.faults.push(`page error: ${error.message}`));
    page.on('dialog', (dialog) => (this.faults.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
    page.on('console', (message) => {
      if (/Content Security Policy|executed|Uncaught/i.test(message.text())) this.faults.push(message.text());
    });
  }

  /** One more tab of the same browser. */
  async beside() {
    const person = new Person(this.context, await this.context.newPage(), this.url);
    await person.page.goto(`${this.url}/chat`);
    return person;
  }

  /** Signs in with a sample account and goes to the negotiations, if that is not where one is led anyway. */
  async demo(identifier, username) {
    await this.enter(identifier, username);
    if (!this.path.startsWith('/chat')) await this.page.click('.nav-link[href="/chat"]');
    await this.page.waitForSelector('.inbox', { state: 'attached' });
  }

  /** Signs in with a sample account. */
  async enter(identifier, username) {
    const which = identifier === '' ? ':not([data-identifier])' : `[data-identifier="${identifier}"]`;
    await this.page.locator(`.demo-group:has(.demo-account${which}[data-username="${username}"])`).evaluate((group) => void (group.open = true));
    await this.page.click(`.demo-account${which}[data-username="${username}"]`);
    await this.page.waitForSelector('.line-dot[data-phase=open]');
  }

  async signOut() {
    await this.page.click('.who');
    await this.page.click('[data-act=sign_out]');
    await this.page.waitForSelector('.signin');
  }

  get path() {
    return new URL(this.page.url()).pathname;
  }

  /** Opens the conversation with an enterprise from the list. */
  async open(name) {
    await this.page.click(`.inbox-row:has(.row-name:text-is("${name}"))`);
    await this.page.waitForSelector('.thread .compose-area');
  }

  /** Finds an enterprise and opens the negotiation with it. */
  async start(name) {
    await this.page.click('.icon-button.start');
    await this.page.fill('.dialog input[type=search]', name);
    await this.page.click(`.dialog .choice:has(strong:text-is("${name}"))`);
    await this.page.waitForSelector('#compose:focus');
  }

  /** What the element with the focus is for. */
  focused() {
    return this.page.evaluate(() => {
      const { dataset, id, className, tagName } = document.activeElement;
      return dataset.act ?? dataset.conversation ?? (id || className || tagName);
    });
  }

  /** Types and sends with Enter. */
  async say(text) {
    await this.page.fill('#compose', text);
    await this.page.press('#compose', 'Enter');
  }

  /** The texts on the page, in order. */
  texts() {
    return this.page.$$eval('.bubble .text', (nodes) => nodes.map((node) => node.textContent));
  }

  /** Waits until a text is shown in a given state (`''`: anybody's). */
  async sees(text, status = '') {
    await this.page.waitForFunction(([wanted, state]) => [...document.querySelectorAll('.row-bubble')].some((row) =>
      row.querySelector('.text')?.textContent === wanted && (state === '' || row.dataset.status === state)), [text, status]);
  }

  async unread(name) {
    const row = this.page.locator('.inbox-row', { has: this.page.locator('.row-name', { hasText: name }) });
    const badge = row.locator('.badge');
    return (await badge.count()) === 0 ? 0 : Number(await badge.first().textContent());
  }

  /** Loads all earlier pages by scrolling up. */
  async scrollToBeginning() {
    await this.page.waitForFunction(() => {
      const scroll = document.querySelector('.scroll');
      if (document.querySelector('.older') === null && document.querySelector('.rows-top .hint') !== null) return true;
      scroll.scrollTop = 0;
      return false;
    }, undefined, { polling: 100 });
  }

  /** The whole log as the hub serves it, asked for over a socket of its own. */
  history(conversation) {
    return this.page.evaluate(async (id) => {
      const { access } = JSON.parse(localStorage.getItem('fairhub.session'));
      const socket = new WebSocket(`ws://${location.host}/v1/ws`, ['fairhub.v1']);
      const answers = new Map();
      let next = 0;
      const ask = (op, d) => new Promise((resolve, reject) => {
        answers.set(++next, { resolve, reject });
        socket.send(JSON.stringify({ id: next, op, d }));
      });
      await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
      socket.onmessage = ({ data }) => {
        for (const line of data.split('\n')) {
          const reply = JSON.parse(line);
          const { resolve, reject } = answers.get(reply.id) ?? {};
          if (reply.ok) resolve?.(reply.ok);
          else if (reply.error) reject?.(new Error(reply.error.code));
        }
      };
      await ask('session.open', { token: access, client: 'e2e/1.0', device: 'e2e-history', locale: 'en' });
      let entries = [];
      for (let before = Number.MAX_SAFE_INTEGER, first = true; ; first = false) {
        const page = first ? await ask('negotiation.open', { conversation: id, limit: 200 })
          : await ask('negotiation.history', { conversation: id, before, limit: 200 });
        entries = [...page.entries, ...entries];
        before = entries[0]?.seq ?? 1;
        if (before <= 1) break;
      }
      socket.close();
      return entries;
    }, conversation);
  }

  async conversation() {
    return this.path.replace('/chat/', '');
  }

  /** Nothing is wider than the window, but for what is scrolled sideways in its own place, and what is there for readers of screens alone. */
  async fits(where) {
    const over = await this.page.evaluate(() => {
      const isScrolled = (node) => {
        for (let at = node.parentElement; at !== null && at !== document.body; at = at.parentElement) {
          if (getComputedStyle(at).clipPath === 'inset(50%)') return true;
          if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth && !at.matches('.place')) return true;
        }
        return false;
      };
      const wide = [...document.querySelectorAll('body *')].filter((node) => {
        const box = node.getBoundingClientRect();
        return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1) && getComputedStyle(node).visibility !== 'hidden'
          && node.closest('.sr-only, .skip') === null && !isScrolled(node);
      });
      return { page: document.documentElement.scrollWidth - innerWidth, wide: wide.map((node) => node.className || node.tagName).slice(0, 5) };
    });
    assert.ok(over.page <= 0 && over.wide.length === 0, `${where} is too wide: ${JSON.stringify(over)}`);
  }

  /** Everything one can act on has a name for a screen reader. */
  async isNamed(where) {
    const nameless = await this.page.$$eval('button, input, select, textarea, summary, a, [role=img]', (nodes) => nodes.filter((node) => {
      const by = node.getAttribute('aria-labelledby');
      const label = node.getAttribute('aria-label') ?? (by && document.getElementById(by)?.textContent) ?? node.labels?.[0]?.textContent ?? node.closest('label')?.textContent ?? node.textContent;
      return (label ?? '').trim() === '';
    }).map((node) => node.outerHTML.slice(0, 120)));
    assert.deepEqual(nameless, [], where);
  }
}

/** @param {number} ahead */
function setClock(ahead) {
  const { now } = Date;
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...args) {
      super(...(args.length === 0 ? [now() + ahead] : args));
    }
    static now = () => now() + ahead;
  };
}

/** Not the document itself: the browser would take the hub for another network's. */
const TYPES = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
const isPage = ({ pathname }) => extname(pathname) in TYPES;

/** A file of the folder under the headers that the hub gives its own. */
async function fromFolder(route, url, folder) {
  const { pathname } = new URL(route.request().url());
  const { headers } = await fetch(`${url}/main.js`);
  const kept = [...headers].filter(([name]) => !/^(content-|transfer-|etag|date)/.test(name) || name === 'content-security-policy');
  await route.fulfill({ status: 200, body: readFileSync(join(folder, pathname)), headers: { ...Object.fromEntries(kept), 'content-type': TYPES[extname(pathname)] } });
}
