//! Owns: the steps through the places around the negotiations: addresses, roles, account, look, and that axe finds nothing serious.

import assert from 'node:assert/strict';

import { TABLE } from '../../app/strings.js';
import { sound } from './axe.mjs';

const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
/** Who looks at which places: a name for the pictures, the account (none: a guest), the addresses. */
const VISITS = [
  ['guest', null, ['/', '/exhibitors', '/exhibits', '/signin', '/register/enterprise', '/register/media', '/recover', '/docs']],
  ['enterprise', ['huaxin', 'admin'], ['/', '/exhibitors', '/desk', '/desk/booths', '/desk/exhibits', '/desk/orders', '/desk/orders?role=buyer', '/desk/people', '/desk/people/new', '/desk/exhibitor-applications', '/chat', '/account']],
  ['visitor', ['', 'visitor'], ['/', '/desk', '/account']],
  ['institution', ['ccpit-bj', 'admin'], ['/desk', '/desk/booths', '/desk/exhibits', '/desk/exhibitor-applications', '/desk/invitation-codes', '/desk/invitees', '/account']],
  ['committee', ['committee', 'admin'], ['/', '/desk', '/desk/exhibitor-applications', '/desk/attendances', '/desk/booths', '/desk/exhibits', '/desk/orders', '/desk/institutions', '/desk/reports', '/desk/messages', '/desk/audit']],
];

/** The place is there: its heading is. */
const drawn = (page) => page.waitForFunction(() => document.querySelector('main h1, .docs-head h1 ~ *') !== null && document.querySelector('main') !== null && document.querySelector('main .waiting') === null
  && ![...document.querySelectorAll('main [role=status]')].some((node) => /正在加载|Loading/.test(node.textContent ?? '')));

/** @param {{it: any, arrive: any, leave: any, picture: any, hub: any}} with_ */
export async function places({ it, arrive, leave, picture, hub }) {
  await it('every field and every choice that a form of the hub has is called something', async () => {
    const { components } = await (await fetch(`${hub.url}/v1/openapi.json`)).json();
    const fields = Object.values(components.schemas).flatMap(({ properties = {} }) => Object.entries(properties)).filter(([, field]) => 'x-order' in field);
    assert.ok(fields.length > 50);
    for (const [name, field] of fields) {
      assert.ok(`field.${name}` in TABLE || Object.keys(TABLE).some((key) => key.startsWith('field.') && key.endsWith(`.${name}`)), name);
      for (const word of field.enum ?? field.items?.enum ?? []) assert.ok(word === null || `option.${name}.${word}` in TABLE, `${name} ${word}`);
    }
  });

  await it('each place has an address that reloads, and back and forward lead through them', async () => {
    const person = await arrive({ at: '/account' });
    const { page } = person;
    await page.waitForSelector('.signin');
    assert.equal(new URL(page.url()).search, '?next=%2Faccount');
    await person.enter('huaxin', 'admin');
    await page.waitForSelector('.account h1');
    assert.equal(person.path, '/account', 'led back to where they came for');
    await page.reload();
    await page.waitForSelector('.account h1');
    for (const [href, heading] of [['/desk', '工作台'], ['/', '欢迎'], ['/chat', '云洽谈']]) {
      await page.click(`.nav-link[href="${href}"]`);
      await page.waitForSelector(`main h1:has-text("${heading}")`, { state: 'attached' });
      assert.match(await page.title(), /服贸云展$/);
      assert.equal(await page.getAttribute(`.nav-link[href="${href}"]`, 'aria-current'), 'page');
    }
    await page.goBack();
    await page.waitForSelector('main h1:has-text("欢迎")');
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'the focus is at the heading');
    await page.goBack();
    await page.waitForSelector('main h1:has-text("工作台")');
    await page.goForward();
    await page.waitForSelector('main h1:has-text("欢迎")');
    assert.equal(person.path, '/');
    await leave(person);
  });

  await it('an address that is none is not found, and the old address of a conversation still leads there', async () => {
    const person = await arrive({ at: '/' });
    await person.page.waitForSelector('.hero');
    for (const path of ['/nothing', '/chat/', '/desk/a/b/c', '/register/institution']) assert.equal((await fetch(hub.url + path)).status, 404, path);
    assert.equal((await fetch(`${hub.url}/desk/people`)).status, 200);
    await person.page.goto(`${hub.url}/#c=0123456789abc`);
    await person.page.reload();
    await person.page.waitForSelector('.signin');
    assert.equal(new URL(person.page.url()).search, '?next=%2Fchat%2F0123456789abc');
    await person.page.goto(`${hub.url}/signin?next=${encodeURIComponent('//evil.example/')}`);
    await person.enter('huaxin', 'wang');
    await person.page.waitForSelector('.desk h1');
    assert.equal(person.path, '/desk');
    await leave(person);
  });

  await it('a place of others says so and offers to sign in as somebody else', async () => {
    const visitor = await arrive({ at: '/chat' });
    await visitor.enter('', 'visitor');
    await visitor.page.waitForSelector('.notice-place h1:has-text("不能打开此页面")');
    assert.equal(await visitor.page.$('.nav-link[href="/chat"]'), null);
    await visitor.page.goto(`${hub.url}/desk/people`);
    await visitor.page.waitForSelector('.notice-place h1:has-text("没有这个页面")');
    await visitor.page.goto(`${hub.url}/chat`);
    await visitor.page.click('.notice-place .button.primary');
    await visitor.page.waitForSelector('.signin');
    await leave(visitor);
  });

  await it('the look is chosen, worn before anything is drawn, and kept', async () => {
    const person = await arrive({ at: '/account', colorScheme: 'light' });
    await person.enter('huaxin', 'admin');
    const { page } = person;
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.click('.account [data-look=dark]');
    const dark = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    await page.waitForSelector('.account h1');
    assert.equal(await ground(), dark);
    await page.click('.who');
    await page.click('.account-panel [data-look=system]');
    assert.equal(await ground(), light);
    await leave(person);
  });

  await it('the password form names every fault at once, and the right one changes the password and ends other devices', async () => {
    const person = await arrive({ at: '/account' });
    await person.enter('lvzhou', 'zheng');
    const other = await arrive({ at: '/account' });
    await other.enter('lvzhou', 'zheng');
    await other.page.waitForSelector('.account h1');
    const { page } = person;
    await page.reload();
    await page.waitForSelector('.session:nth-child(2)');
    const submit = page.locator('.form button[type=submit]');
    await submit.click();
    assert.equal(await page.locator('.form-summary li').count(), 2);
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'form-summary');
    await page.locator('.form-summary a').nth(1).click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'password-new_password');
    await page.fill('#password-current_password', 'not-the-password1');
    await page.fill('#password-new_password', 'short1');
    await submit.click();
    await page.waitForSelector('[data-field=new_password] .field-fault:has-text("至少 8 个字")');
    await page.fill('#password-new_password', 'fairhub2027');
    await submit.click();
    await page.waitForFunction(() => document.querySelector('.form .form-status')?.textContent !== '' || document.querySelector('.form-summary:not([hidden])') !== null);
    await page.fill('#password-current_password', 'fairhub2026');
    await submit.click();
    await page.waitForSelector('.toast:has-text("密码已修改")');
    await other.page.waitForSelector('.signin', { timeout: 10_000 });
    assert.equal(await page.inputValue('#password-new_password'), '', 'no password stays in the page');
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })), /fairhub2027/);
    await leave(other);
    await leave(person);
  });

  await it('other devices are signed out from the account', async () => {
    const [person, other] = [await arrive({ at: '/account' }), await arrive({ at: '/desk' })];
    for (const each of [person, other]) await each.enter('lvzhou', 'zhou');
    await person.page.reload();
    await person.page.click('[data-act=end_others]');
    await person.page.click('dialog .button.primary');
    await other.page.waitForSelector('.form-status:has-text("已被终止")', { timeout: 10_000 });
    await person.page.waitForFunction(() => document.querySelectorAll('.session').length === 1);
    await leave(other);
    await leave(person);
  });

  await it('the keyboard alone leads everywhere: skip link, places by letters, the list of keys', async () => {
    const person = await arrive({ at: '/desk' });
    await person.enter('huaxin', 'admin');
    const { page } = person;
    await page.waitForSelector('.desk h1');
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForSelector('.account h1:focus');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog .keys');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.reload();
    await page.waitForSelector('.account h1');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await page.focus('.who');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.account-panel:not([hidden])');
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'who');
    await leave(person);
  });

  await it('the administrator changes a duty and resets a password; a colleague only looks', async () => {
    const [admin, colleague] = [await arrive({ at: '/desk/people' }), await arrive({ at: '/desk/people' })];
    await admin.enter('lvzhou', 'admin');
    await colleague.enter('lvzhou', 'wumei');
    await colleague.page.waitForSelector('.table tbody tr:nth-child(4)');
    assert.equal(await colleague.page.$('.row-acts'), null);
    const row = admin.page.locator('.table tr', { hasText: 'wumei' });
    await row.locator('[data-act=duty]').click();
    await admin.page.click('dialog .choice:has-text("其他人员")');
    await admin.page.waitForSelector('.table tr:has-text("wumei"):has-text("其他人员")');
    await row.locator('[data-act=reset]').click();
    await admin.page.click('dialog .button.primary');
    await admin.page.waitForSelector('.toast:has-text("新密码已发送至 +86****")');
    await colleague.page.waitForSelector('.signin', { timeout: 10_000 });
    await leave(admin);
    await leave(colleague);
  });

  await it('axe finds nothing serious on any place, for any role, in both looks, and nothing is too wide on a phone', async () => {
    await Promise.all(VISITS.map(async ([who, account, paths]) => {
      for (const [size, options] of [['1280', {}], ['390', { ...PHONE, colorScheme: 'dark' }]]) {
        const person = await arrive({ at: account === null ? '/' : '/signin', ...options });
        if (account !== null) await person.enter(...account);
        for (const path of paths) {
          await person.page.goto(hub.url + path);
          await drawn(person.page);
          const name = `${who}${path.replaceAll(/[^a-z-]+/g, '-')}-${size}`;
          await picture(person, name);
          await sound(person, name, [size === '1280' ? 'light' : 'dark']);
          if (size === '390' && path !== '/docs') await person.fits(name); // its list of kinds is scrolled sideways
        }
        await leave(person);
      }
    }));
  });
}
