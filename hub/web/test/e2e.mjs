//! Two people negotiate in real browsers through the real hub, which is killed and started again between them.
//!
//! Usage: `node test/e2e.mjs path/to/hub [folder for pictures]`. Exit status 0 only when every step passed. With `PAGE_FROM=app`
//! the page's scripts and styles come from that folder instead of out of the binary, to try a change without building; with
//! `ONLY=story`, `fair`, `places`, `media` or `reports` the rest is left out: the negotiation, the guide's scenario, the places (which
//! hold the last two).

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { chromium } from 'playwright-core';

import { XSS } from './e2e/corpus.mjs';
import { fair } from './e2e/fair.mjs';
import { Hub } from './e2e/hub.mjs';
import { media } from './e2e/media.mjs';
import { Person } from './e2e/person.mjs';
import { places } from './e2e/places.mjs';
import { reports } from './e2e/reports.mjs';
import { shop } from './e2e/shop.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const SELLER = '华信智能科技有限公司';
const BUYER = '北风贸易公司';
/** Others who may talk to the buyer: name, identifier, user name. */
const OTHERS = [['绿洲环保服务集团', 'lvzhou', 'wumei'], ['海通国际采购有限公司', 'haitong', 'huang']];

const [binary, pictures] = process.argv.slice(2);
if (binary === undefined || !existsSync(binary)) {
  console.error('usage: node test/e2e.mjs path/to/hub [folder for pictures]');
  process.exit(2);
}

/** The negotiation begins in a fair in which nothing was said yet, the rest is in one with a past; both go on side by side. */
const hub = new Hub(resolve(binary), { history: false });
const lively = new Hub(resolve(binary));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const people = [];
let browser;
let passed = 0;

async function it(name, body) {
  const began = Date.now();
  try {
    await body();
    for (const person of people) assert.deepEqual(person.faults, [], name);
  } catch (error) {
    throw Object.assign(error, { step: name });
  }
  passed += 1;
  console.log(`ok ${passed} - ${name} (${Date.now() - began} ms)`);
}

async function arrive(options, url = hub.url) {
  const person = await Person.arrive(browser, url, { pageFrom: process.env.PAGE_FROM, ...options });
  people.push(person);
  return person;
}

async function leave(person) {
  people.splice(people.indexOf(person), 1);
  await person.context.close();
}

async function picture(person, name) {
  if (pictures !== undefined) await person.page.screenshot({ path: join(pictures, `${name}.png`) });
}

async function story() {
  let buyer;
  let seller;
  const said = [];
  const both = async (who, text) => {
    said.push(text);
    await who.say(text);
    await Promise.all([buyer.sees(text), seller.sees(text)]);
  };

  await it('the buyer signs in by keyboard alone and is told of a wrong password', async () => {
    buyer = await arrive();
    const { page } = buyer;
    await page.waitForSelector('.demo-account');
    await buyer.isNamed('sign-in');
    await picture(buyer, 'signin-1280');
    await page.focus('input[name=identifier]');
    for (const [text, key] of [['nordwind', 'Tab'], ['jonas', 'Tab'], ['wrong-password1', 'Enter']]) {
      await page.keyboard.type(text);
      await page.keyboard.press(key);
    }
    await page.waitForFunction(() => document.querySelector('.form-status')?.textContent !== '');
    assert.equal(await page.textContent('.form-status'), '账号或密码错误');
    await page.focus('input[name=password]');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('fairhub2026');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.line-dot[data-phase=open]');
    assert.equal(buyer.path, '/chat', 'led back to where they came for');
  });

  await it('the buyer finds the exhibitor and sends the first message, still by keyboard', async () => {
    const { page } = buyer;
    await page.focus('.icon-button.start');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.dialog input[type=search]');
    await page.keyboard.type('华信');
    await page.waitForFunction((name) => {
      const found = [...document.querySelectorAll('.dialog .choice strong')].map((node) => node.textContent);
      return found.length === 1 && found[0] === name;
    }, SELLER);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#compose:focus');
    said.push('您好，想了解贵司的方案');
    await page.keyboard.type(said[0]);
    await page.keyboard.press('Enter');
    await buyer.sees(said[0], 'sent');
  });

  await it('the seller sees one unread message, opens it and the mark travels back', async () => {
    seller = await arrive();
    await seller.demo('huaxin', 'wang');
    await seller.page.waitForSelector('.inbox-row .badge');
    assert.equal(await seller.unread(BUYER), 1);
    assert.match(await seller.page.title(), /^\(1\) /);
    await seller.open(BUYER);
    await seller.sees(said[0]);
    await buyer.sees(said[0], 'read');
    await seller.page.waitForFunction(() => document.querySelector('.inbox-row .badge') === null);
  });

  await it('they see each other there, and typing', async () => {
    await seller.page.waitForSelector('.presence.on');
    await buyer.page.waitForSelector('.presence.on');
    await seller.page.focus('#compose');
    await seller.page.keyboard.type('我在');
    await buyer.page.waitForSelector('.typing-dots');
    await seller.page.fill('#compose', '');
  });

  await it('the seller claims the negotiation; both talk', async () => {
    await seller.page.click('[data-act=claim]');
    await seller.page.waitForSelector('[data-act=release]');
    await both(seller, '您好！很高兴为您介绍');
    await both(buyer, '请问起订量是多少？');
    await both(seller, '一百台起订\n交期四周');
    await both(buyer, 'Could you also quote for delivery to Hamburg?');
    for (const person of [buyer, seller]) assert.deepEqual(await person.texts(), said);
  });

  await it('Shift+Enter starts a line and Enter that ends a composition does not send', async () => {
    const { page } = buyer;
    await page.fill('#compose', '');
    await page.focus('#compose');
    await page.keyboard.type('第一行');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('第二行');
    await page.$eval('#compose', (box) => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })));
    assert.equal(await page.inputValue('#compose'), '第一行\n第二行');
    await page.keyboard.press('Enter');
    said.push('第一行\n第二行');
    await seller.sees(said.at(-1));
  });

  await it('a contact card is shown only after consent', async () => {
    const { page } = seller;
    await page.click('.compose .icon-button');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    assert.equal(await buyer.page.$('.card'), null);
    await page.click('.compose .icon-button');
    await page.click('dialog .button.primary');
    await buyer.page.waitForSelector('.card strong');
    assert.match(await buyer.page.textContent('.card'), /王经理/);
  });

  await it('a recalled message disappears on both sides', async () => {
    await both(seller, '发错了');
    const row = seller.page.locator('.row-bubble', { hasText: '发错了' });
    await row.hover();
    await row.locator('.recall').click();
    for (const person of [buyer, seller]) {
      await person.page.waitForFunction(() => ![...document.querySelectorAll('.text')].some((node) => node.textContent === '发错了'));
      await person.page.waitForSelector('.row-note:has-text("撤回了一条消息")');
    }
    said.pop();
  });

  await it('what looks like markup stays text', async () => {
    for (const text of XSS) await both(buyer, text);
    for (const person of [buyer, seller]) {
      assert.deepEqual(await person.texts(), said);
      assert.equal(await person.page.evaluate(() => 'hit' in window), false);
      assert.equal(await person.page.evaluate(() => document.querySelectorAll('.rows :is(script, img, iframe, a, form, style, math)').length), 0);
    }
  });

  await it('the hub is killed with messages under way: the page says so and keeps them', async () => {
    said.push('杀掉之前发出');
    await buyer.say(said.at(-1));
    await hub.kill();
    for (const text of ['离线第一条', '离线第二条']) {
      said.push(text);
      await buyer.say(text);
    }
    said.push('卖方离线时写的');
    await seller.say(said.at(-1));
    await buyer.page.waitForSelector('.banner:not([hidden])');
    await buyer.page.waitForFunction(() => /自 .+ 起离线.*待发送/.test(document.querySelector('.banner-text').textContent));
    const banner = await buyer.page.textContent('.banner-text');
    assert.match(banner, /[23] 条消息待发送/);
    await buyer.sees('离线第二条', 'waiting');
    await picture(buyer, 'offline-1280');
  });

  await it('the hub is back: both resume, nothing is lost or doubled', async () => {
    await hub.start();
    for (const person of [buyer, seller]) {
      for (const text of said.slice(-4)) await person.sees(text);
      await person.page.waitForSelector('.banner', { state: 'hidden' });
    }
    await buyer.page.waitForFunction(() => document.querySelector('[data-status=waiting], [data-status=sending]') === null);
    await same(buyer, seller, said);
    await both(seller, '恢复之后');
  });

  await it('killed again and again in the middle of a burst', async () => {
    for (let round = 1; round <= 3; round += 1) {
      for (let n = 1; n <= 6; n += 1) {
        const text = `第 ${round} 轮 ${n}`;
        said.push(text);
        await (n % 2 ? buyer : seller).say(text);
        if (n === 2 + round) await hub.kill();
      }
      await hub.start();
      for (const person of [buyer, seller]) for (const text of said.slice(-6)) await person.sees(text);
    }
    await same(buyer, seller, said);
  });

  await it('another device of the seller has the same unread count and learns that it was read', async () => {
    const second = await arrive();
    await second.demo('huaxin', 'wang');
    await second.page.waitForSelector('.inbox-row');
    await seller.page.click('.nav-link[href="/chat"]');
    await seller.page.waitForSelector('.place-empty');
    for (const text of ['未读一', '未读二']) {
      said.push(text);
      await buyer.say(text);
    }
    for (const person of [seller, second]) {
      await person.page.waitForFunction(() => document.querySelector('.inbox-row .badge')?.textContent === '2');
    }
    await second.open(BUYER);
    await seller.page.waitForFunction(() => document.querySelector('.inbox-row .badge') === null);
    await seller.open(BUYER);
    await second.signOut();
    await leave(second);
  });

  await it("a first visit is in the browser's language", async () => {
    for (const [locale, lang, title] of [['de-DE', 'en', 'Sign in'], ['zh-TW', 'zh-CN', '登录']]) {
      const visitor = await arrive({ locale });
      await visitor.page.waitForSelector(`.signin h1:text-is("${title}")`);
      assert.equal(await visitor.page.getAttribute('html', 'lang'), lang);
      await leave(visitor);
    }
  });

  await it('the language changes everywhere and is kept', async () => {
    const { page } = buyer;
    await page.click('.language');
    await page.waitForSelector('.inbox h2:text-is("Negotiations")');
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.equal(await page.evaluate(() => document.activeElement?.className.includes('language')), true);
    await page.waitForSelector('.inbox-row .row-name:text-is("Huaxin Intelligent Technology")');
    assert.equal(await page.textContent('.inbox-row .row-other'), SELLER);
    await page.waitForSelector('.thread-title h2:has-text("Huaxin Intelligent Technology")');
    assert.equal(await page.textContent('.thread-title .title-other'), SELLER);
    await page.waitForSelector('.who small:has-text("Nordwind Trading GmbH")');
    await page.reload();
    await page.waitForSelector('.inbox h2:text-is("Negotiations")');
    await buyer.sees(said.at(-1));
    await buyer.isNamed('chat');
    await page.click('.language');
    await page.waitForSelector('.inbox h2:text-is("我的洽谈")');
    await buyer.sees(said.at(-1));
  });

  await it('earlier pages come when one scrolls up, and the place stays', async () => {
    for (let n = 1; n <= 40; n += 1) {
      said.push(`较长的历史 ${n}`);
      await seller.say(said.at(-1));
    }
    await seller.sees(said.at(-1), 'read');
    await buyer.page.reload();
    await buyer.sees(said.at(-1));
    assert.ok((await buyer.texts()).length < said.length);
    await buyer.scrollToBeginning();
    await same(buyer, seller, said);
  });

  await it('closing, reopening and Escape', async () => {
    await seller.page.click('.menu summary');
    await seller.page.click('[data-act=close]');
    await buyer.page.waitForSelector('.compose-closed:not([hidden])');
    await seller.page.click('.menu summary');
    await seller.page.click('[data-act=reopen]');
    await buyer.page.waitForSelector('.compose-closed', { state: 'hidden' });
    await buyer.page.focus('#compose');
    await buyer.page.keyboard.press('Escape');
    await buyer.page.waitForSelector('.place-empty');
    assert.equal(await buyer.page.evaluate(() => document.activeElement?.classList.contains('inbox-row')), true);
    await buyer.page.keyboard.press('Enter');
    await buyer.page.waitForSelector('#compose:focus');
  });

  await it('a transferred negotiation is answered by the colleague alone', async () => {
    const { page } = seller;
    await page.click('.menu summary');
    await page.click('[data-act=transfer]');
    await page.click('dialog .choice:has-text("李莉")');
    await page.waitForSelector('.compose-closed:has-text("李莉")');
    const colleague = await arrive();
    await colleague.demo('huaxin', 'lili');
    await colleague.open(BUYER);
    said.push('我是李莉，由我继续跟进');
    await colleague.say(said.at(-1));
    await Promise.all([buyer, seller].map((person) => person.sees(said.at(-1))));
    await colleague.page.click('[data-act=release]');
    await page.click('[data-act=claim]');
    await page.waitForSelector('.compose-closed', { state: 'hidden' });
    await leave(colleague);
  });

  await it('who is not there is notified, and the notice opens the negotiation', async () => {
    await seller.signOut();
    said.push('您不在的时候');
    await buyer.say(said.at(-1));
    await buyer.sees(said.at(-1), 'sent');
    await notified({ identifier: 'huaxin', username: 'wang', password: 'fairhub2026' });
    await seller.demo('huaxin', 'wang');
    await seller.page.waitForSelector('.popover .badge:not([hidden])');
    await seller.page.click('.popover .icon-button');
    await seller.page.click('.notice.fresh');
    await seller.sees(said.at(-1));
    await seller.page.waitForSelector('.popover .badge', { state: 'hidden' });
  });

  await it('a notice read on one device leaves the bell of the others, and the hub', async () => {
    await seller.signOut();
    said.push('两台设备都会提醒');
    await buyer.say(said.at(-1));
    await notified({ identifier: 'huaxin', username: 'wang', password: 'fairhub2026' });
    const second = await arrive();
    for (const person of [second, seller]) {
      await person.demo('huaxin', 'wang');
      await person.page.waitForSelector('.popover .badge:not([hidden])');
    }
    await seller.open(BUYER);
    for (const person of [second, seller]) await person.page.waitForSelector('.popover .badge', { state: 'hidden' });
    const left = await second.page.evaluate(async () => {
      const { access } = JSON.parse(localStorage.getItem('fairhub.session'));
      return (await (await fetch('/v1/notifications', { headers: { authorization: `Bearer ${access}` } })).json()).unread;
    });
    assert.equal(left, 0);
    await leave(second);
  });

  await it('a report is taken; a block silences both until the same side lifts it', async () => {
    const act = async (name) => {
      await seller.page.click('.menu summary');
      await seller.page.click(`[data-act=${name}]`);
    };
    await act('report');
    await seller.page.fill('dialog textarea', `${'长'.repeat(498)}👨‍👩‍👧尾`);
    assert.equal(await seller.page.inputValue('dialog textarea'), '长'.repeat(498));
    await seller.page.fill('dialog textarea', '内容不当');
    await seller.page.click('dialog .button.primary');
    await seller.page.waitForSelector('.toast:has-text("举报已提交")');
    await act('block');
    await seller.page.click('dialog .button.primary');
    await buyer.page.waitForSelector('.compose-closed:not([hidden])');
    await buyer.page.click('.menu summary');
    await buyer.page.click('[data-act=reopen]');
    await buyer.page.waitForSelector('.toast');
    assert.equal(await buyer.page.isVisible('.compose-closed'), true);
    await act('reopen');
    await buyer.page.waitForSelector('.compose-closed', { state: 'hidden' });
    await both(buyer, '可以继续了');
  });

  await it('a session ended by a person leaves the page at once, with the reason', async () => {
    const ended = await arrive();
    await ended.demo('lvzhou', 'wumei');
    await ended.page.evaluate(async () => {
      const { access } = JSON.parse(localStorage.getItem('fairhub.session'));
      const headers = { authorization: `Bearer ${access}` };
      await fetch('/v1/sessions/current', { method: 'DELETE', headers });
    });
    await ended.page.waitForSelector('.form-status:has-text("已被终止")', { timeout: 10_000 });
    await leave(ended);
  });

  await it('an account that comes after another in the same tab sees nothing of it', async () => {
    const tab = await arrive();
    await tab.demo('huaxin', 'wang');
    await tab.open(BUYER);
    await tab.sees(said.at(-1));
    const address = await tab.page.evaluate(() => location.href);
    await tab.page.fill('#compose', '写给自己人的底价');
    await tab.signOut();
    assert.notEqual(await tab.page.evaluate(() => location.href), address);
    assert.equal(await tab.page.textContent('#announce'), '');
    await tab.demo('nordwind', 'jonas');
    await tab.page.waitForSelector('.place-empty');
    await tab.open(SELLER);
    assert.equal(await tab.page.inputValue('#compose'), '');
    const kept = await tab.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(kept, /wang|底价/);
    await leave(tab);
  });

  await it('two people in two tabs of one browser: each tab ends only its own session', async () => {
    const first = await arrive();
    await first.demo('huaxin', 'lili');
    const second = await first.beside();
    people.push(second);
    await second.page.waitForSelector('.line-dot[data-phase=open]');
    await second.signOut();
    await second.demo('nordwind', 'jonas');
    await first.page.waitForSelector('.signin');
    await first.demo('huaxin', 'lili');
    await second.page.reload();
    for (const [person, name] of [[first, '李莉'], [second, 'Jonas']]) {
      await person.page.waitForSelector(`.who strong:has-text("${name}")`);
      await person.page.waitForSelector('.line-dot[data-phase=open]');
    }
    people.splice(people.indexOf(second), 1);
    await leave(first);
  });

  await it('a refresh that never returns is given up; one can ask to reconnect, and other tabs are not held up', async () => {
    const stuck = await arrive();
    await stuck.demo('huaxin', 'lili');
    let asked = 0;
    await stuck.context.route('**/v1/sessions/refresh', () => void (asked += 1));
    await stuck.page.evaluate(() => {
      const kept = JSON.parse(localStorage.getItem('fairhub.session'));
      localStorage.setItem('fairhub.session', JSON.stringify({ ...kept, expiresAt: 0 }));
    });
    await hub.kill();
    await hub.start();
    await stuck.page.waitForSelector('.banner .button', { state: 'visible', timeout: 15_000 });
    const second = await stuck.beside();
    while (asked === 0) await new Promise((wake) => setTimeout(wake, 50));
    await stuck.context.unroute('**/v1/sessions/refresh');
    for (const person of [stuck, second]) await person.page.waitForSelector('.line-dot[data-phase=open]', { timeout: 30_000 });
    await leave(stuck);
  });

  await it("on a machine whose clock is five minutes ahead one's own fresh message can be recalled", async () => {
    const ahead = await arrive({ ahead: 300_000 });
    await ahead.demo('huaxin', 'wang');
    await ahead.open(BUYER);
    said.push('时钟快了五分钟');
    await ahead.say(said.at(-1));
    await buyer.sees(said.at(-1));
    const row = ahead.page.locator('.row-bubble', { hasText: said.at(-1) });
    await row.hover();
    await row.locator('.recall').click();
    await ahead.page.waitForSelector('.row-note:has-text("您撤回了一条消息")');
    said.pop();
    await leave(ahead);
  });

  await it('the focus stays where rows move, are redrawn or go', async () => {
    const writers = new Map([[SELLER, seller]]);
    for (const [name, identifier, username] of OTHERS) {
      const writer = await arrive();
      await writer.demo(identifier, username);
      await writer.start(BUYER);
      await writer.say(`${name} 的问候`);
      await writer.sees(`${name} 的问候`, 'sent');
      writers.set(name, writer);
    }
    const { page } = buyer;
    await page.waitForFunction(() => document.querySelectorAll('.inbox-row').length === 3);
    await page.focus('.inbox-rows li:nth-child(3) .inbox-row');
    const third = await buyer.focused();
    const name = await page.textContent('.inbox-rows li:nth-child(3) .row-name');
    if (name === SELLER) said.push('移到最上面');
    await writers.get(name).say('移到最上面');
    await page.waitForSelector(`.inbox-rows li:first-child [data-conversation="${third}"]`);
    assert.equal(await buyer.focused(), third);
    const [other, identifier] = OTHERS[0];
    const reader = writers.get(other);
    await reader.page.keyboard.press('Escape');
    await reader.page.waitForSelector('.place-empty');
    await buyer.open(other);
    await buyer.say('读到就变');
    await buyer.sees('读到就变', 'sent');
    const recall = page.locator('.row-bubble', { hasText: '读到就变' }).locator('.recall');
    await recall.focus();
    await reader.open(BUYER);
    await buyer.sees('读到就变', 'read');
    assert.equal(await buyer.focused(), 'recall', identifier);
    await page.click('[data-act=claim]');
    await page.waitForSelector('[data-act=release]');
    assert.notEqual(await buyer.focused(), 'BODY');
    await page.click('.menu summary');
    await page.focus('[data-act=block]');
    await reader.page.keyboard.press('Escape');
    await page.waitForSelector('.presence:not(.on)');
    assert.equal(await buyer.focused(), 'block', 'a menu stays open while the head changes');
    await page.keyboard.press('Escape');
    await page.focus('#compose');
    await buyer.open(SELLER);
    for (const writer of writers.values()) if (writer !== seller) await leave(writer);
  });

  await it("calendar words are of the reader's zone, also on the day on which clocks change", async () => {
    const reader = await arrive({ timezoneId: 'Europe/Berlin', locale: 'en-GB' });
    const told = await reader.page.evaluate(async () => {
      const { brief, clock, day, keepTime } = await import('/ui/time.js');
      keepTime(() => Date.parse('2026-10-25T23:30:00+01:00'));
      const ats = ['2026-10-25T00:05:00+02:00', '2026-10-24T23:50:00+02:00', '2026-10-23T12:00:00+02:00'];
      return [...ats.map(day), brief(ats[1]), clock('2026-10-25T00:05:00+02:00')];
    });
    assert.deepEqual([...told.slice(0, 2), ...told.slice(3)], ['Today', 'Yesterday', 'Yesterday', '00:05']);
    assert.match(told[2], /23 October|October 23/);
    await leave(reader);
  });

  await it('a phone shows one pane at a time and nothing is too wide', async () => {
    for (const width of [360, 390]) {
      const phone = await arrive({ viewport: { width, height: 780 }, hasTouch: true, isMobile: true });
      await phone.page.waitForSelector('.demo-group');
      await phone.fits('sign-in');
      await picture(phone, `signin-${width}`);
      await phone.demo('nordwind', 'jonas');
      await phone.page.waitForSelector('.inbox-row');
      await phone.fits('inbox');
      await picture(phone, `inbox-${width}`);
      assert.equal(await phone.page.isVisible('.thread-place'), false);
      await phone.open(SELLER);
      await phone.sees(said.at(-1));
      await phone.fits('conversation');
      await picture(phone, `thread-${width}`);
      assert.equal(await phone.page.isVisible('.inbox'), false);
      await phone.page.click('.back');
      await phone.page.waitForSelector('.inbox', { state: 'visible' });
      await leave(phone);
    }
  });

  await it('those who may not negotiate are told so', async () => {
    const other = await arrive();
    await other.demo('huaxin', 'zhao');
    await other.page.waitForSelector('.empty:has-text("不能代表企业洽谈")');
    await leave(other);
  });

  await it('where both started one the lists tell the two conversations apart', async () => {
    await seller.start(BUYER);
    await seller.say('这次由我方发起');
    for (const [person, name, other] of [[seller, BUYER, '我方发起'], [buyer, SELLER, '对方发起']]) {
      const chips = `.inbox-row:has(.row-name:text-is("${name}")) .chip-side`;
      await person.page.waitForFunction(([selector, n]) => document.querySelectorAll(selector.split(':has')[0]).length >= n, [chips, 2]);
      await person.page.locator(chips).nth(1).waitFor();
      assert.deepEqual((await person.page.locator(chips).allTextContents()).sort(), ['我方发起', '对方发起'].sort());
      assert.equal(await person.page.locator(chips).first().textContent(), other, 'the newer one is the one that the seller began');
    }
    await seller.page.waitForSelector('.title-side:has-text("我方发起")');
  });

  await picture(seller, 'thread-1280');
}

/** Waits until an account that has no page open has an unread notification. */
async function notified(account) {
  const json = { 'content-type': 'application/json' };
  const session = await fetch(`${hub.url}/v1/sessions`, { method: 'POST', headers: json, body: JSON.stringify(account) });
  const { access_token: token } = await session.json();
  for (const until = Date.now() + 20_000; ;) {
    const answer = await fetch(`${hub.url}/v1/notifications?unread=true`, { headers: { authorization: `Bearer ${token}` } });
    if ((await answer.json()).unread > 0) return;
    assert.ok(Date.now() < until, 'nobody was notified');
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

/** The two pages and the hub's own history tell the same. */
async function same(buyer, seller, said) {
  const sorted = (texts) => [...texts].sort();
  const conversation = await buyer.conversation();
  await Promise.all([buyer, seller].map((person) => person.scrollToBeginning()));
  const entries = await buyer.history(conversation);
  assert.deepEqual(entries.map((entry) => entry.seq), entries.map((_entry, at) => at + 1));
  const recorded = entries.filter((entry) => entry.kind === 'text' && !entry.recalled).map((entry) => entry.body.text);
  assert.deepEqual(sorted(recorded), sorted(said), 'the hub holds what was said, once');
  for (const person of [buyer, seller]) assert.deepEqual(await person.texts(), recorded, 'a page shows the record in its order');
}

try {
  const only = process.env.ONLY;
  browser = await chromium.launch({ executablePath, headless: true, args: FLAGS }); // with a fresh profile of its own
  const runs = (name) => only === undefined || only === name;
  const told = { it, leave, picture, hub: lively, arrive: (options) => arrive(options, lively.url) };
  const negotiation = async () => {
    await hub.start();
    await story();
  };
  const around = async () => {
    await lively.start();
    if (runs('fair')) await shop(told, await fair(told));
    if (runs('places')) await places(told);
    if (runs('places') || only === 'media') await media(told);
    if (runs('places') || only === 'reports') await reports(told);
  };
  await Promise.all([runs('story') && negotiation(), (runs('fair') || runs('places') || only === 'reports' || only === 'media') && around()]);
  console.log(`${passed} passed, 0 failed`);
} catch (error) {
  console.error(`not ok ${passed + 1} - ${error.step ?? 'start'}\n${error.stack}`);
  for (const [at, person] of people.entries()) {
    await person.page.screenshot({ path: join(tmpdir(), `fairhub-e2e-failed-${at}.png`) }).catch(() => 0);
    console.error(`person ${at}: ${person.faults.join('; ')}`);
  }
  console.error(hub.output, lively.output);
  console.log(`${passed} passed, 1 failed`);
  process.exitCode = 1;
} finally {
  await browser?.close();
  await Promise.all([hub.remove(), lively.remove()]);
}
