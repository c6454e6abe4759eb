//! Owns: how the guide's scenario goes on: a booth, its review, an exhibit, its review, the shelf, an intent, its deal, and talking about
//! each. Goes on with the enterprise that `fair.mjs` registered. Never: looks behind the page, but to fill in what would do harm.

import assert from 'node:assert/strict';

import { sound } from './axe.mjs';
import { XSS } from './corpus.mjs';
import { choose, drawPicture, signIn } from './fills.mjs';

const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const BOOTH = '河北服务外包展台';
const EXHIBIT = '业务流程外包服务';
const BUYER = '北风贸易公司';

/** Answers when what was typed is with the hub. */
const saved = (page) => page.waitForSelector('.save-state[data-state=saved]');
const tab = (page, n) => page.click(`.tab:nth-child(${n})`);
const pictures = (page) => page.$$eval('[data-field=pictures] .gallery-one[data-upload]', (nodes) => nodes.map(({ dataset }) => dataset.upload));

/** A request of the one who is signed in on a page, with what the page itself would send. */
const ask = (page, method, path, { body, match, key } = {}) => page.evaluate(async ([verb, to, sent, tag, once]) => {
  const { access } = JSON.parse(localStorage.getItem('fairhub.session'));
  const headers = { authorization: `Bearer ${access}`, ...(sent === null ? {} : { 'content-type': 'application/json' }), ...(tag === null ? {} : { 'if-match': tag }), ...(once === null ? {} : { 'idempotency-key': once }) };
  const answer = await fetch(to, { method: verb, headers, ...(sent === null ? {} : { body: JSON.stringify(sent) }) });
  return { status: answer.status, tag: answer.headers.get('etag'), value: await answer.json().catch(() => null) };
}, [method, path, body ?? null, match ?? null, key ?? null]);

/** @param {{it: any, arrive: any, leave: any, picture: any, hub: any}} with_ @param {{identifier: string, name: string, username: string, password: string}} account */
export async function shop({ it, arrive, leave, picture, hub }, account) {
  let firm;
  let institution;
  let buyer;
  let booth;
  let exhibit;
  let order;
  const harmless = async (person, where) => assert.equal(await person.page.evaluate(() => 'hit' in window), false, where);

  await it('the exhibitor builds a booth in four parts; what is typed is saved, and a reload loses none of it', async () => {
    firm = await arrive({ at: '/desk/booths' });
    await signIn(firm, account.identifier, account.username, account.password);
    const { page } = firm;
    await page.click('[data-act=new]');
    await page.waitForSelector('.drafting .tab');
    booth = firm.path.split('/').at(-1);
    await page.fill('#booth-name', BOOTH);
    await page.fill('#booth-introduction', '为国内外客户提供服务外包。');
    await page.fill('#booth-business', '软件研发与运维');
    await page.setInputFiles('[data-file=logo]', { name: 'logo.png', mimeType: 'image/png', buffer: await drawPicture(page, 130, 130) });
    const files = await Promise.all([[895, 285], [880, 280], [860, 300]].map(async ([width, height], at) => ({ name: `${at}.png`, mimeType: 'image/png', buffer: await drawPicture(page, width, height) })));
    await page.setInputFiles('[data-file=pictures]', files);
    await page.waitForFunction(() => document.querySelectorAll('[data-field=pictures] .gallery-one[data-upload]').length === 3);
    await page.waitForSelector('[data-use=logo] .upload-have');
    await page.fill('#booth-tags', '服务外包');
    await page.keyboard.press('Enter');
    await page.keyboard.type('数字化，云计算');
    await page.keyboard.press('Tab');
    await saved(page);
    const before = await pictures(page);
    await page.focus('[data-field=pictures] .gallery-one:first-child .gallery-move');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((first) => document.querySelector('[data-field=pictures] .gallery-one:nth-child(2)').dataset.upload === first, before[0]);
    assert.equal(await page.evaluate(() => document.activeElement.closest('.gallery-one').dataset.upload), before[0], 'the focus goes with it');
    await page.locator('[data-field=pictures] .gallery-one[data-upload]').nth(2).dragTo(page.locator('[data-field=pictures] .gallery-one[data-upload]').nth(0));
    const after = [before[2], before[1], before[0]];
    assert.deepEqual(await pictures(page), after);
    await page.waitForFunction(() => document.querySelector('.save-state').dataset.state === 'waiting' || document.querySelector('.save-state').dataset.state === 'saving' || document.querySelector('.save-state').dataset.state === 'saved');
    await saved(page);
    await picture(firm, 'booth-editor-1280');
    await firm.context.setOffline(true);
    await page.fill('#booth-introduction', '为国内外客户提供服务外包');
    await page.waitForSelector('.save-state[data-state=offline]:has-text("离线")');
    await firm.context.setOffline(false);
    await saved(page);
    await page.reload();
    await page.waitForSelector('.drafting .tab');
    assert.equal(await page.inputValue('#booth-name'), BOOTH);
    assert.equal(await page.inputValue('#booth-introduction'), '为国内外客户提供服务外包', 'what was typed without a line is there, too');
    assert.deepEqual(await pictures(page), after);
    assert.deepEqual(await page.$$eval('[data-field=tags] .tag span', (nodes) => nodes.map((node) => node.textContent)), ['服务外包', '数字化', '云计算']);
  });

  await it('it is told what is missing where it is, looks at it as visitors will, accepts the rules and submits', async () => {
    const { page } = firm;
    await page.click('[data-act=submit]');
    await page.waitForSelector('.form-summary:not([hidden])');
    await page.click('.form-summary a:has-text("联系人")');
    assert.equal(await page.getAttribute('.tab:nth-child(3)', 'aria-selected'), 'true', 'its part is opened');
    await sound(firm, 'a booth with faults');
    for (const [field, text] of [['contact_name', '张三'], ['phone', '400-810-0000'], ['email', 'zhang@example.com'], ['address', '中山东路1号']]) await page.fill(`#booth-${field}`, text);
    await choose(page, 'region', 'overseas', 'overseas.DE');
    await tab(page, 2);
    await page.waitForSelector('[data-field=zone] .fixed-value:has-text("文化服务")');
    await choose(page, 'categories', 'business', 'business.computer');
    await page.click('[data-field=categories] [data-act=add]');
    await tab(page, 4);
    await page.check('#booth-smart_service');
    await page.fill('#booth-smart_service_link', 'https://example.com/bot');
    await saved(page);
    await page.click('[data-act=preview]');
    await page.waitForSelector(`dialog .booth-page h1:has-text("${BOOTH}")`);
    assert.equal(await page.locator('dialog .slide img').count(), 3);
    await sound(firm, 'a preview');
    await picture(firm, 'booth-preview-1280');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.click('[data-act=submit]');
    await page.click('dialog [data-act=agree]');
    await page.waitForSelector('#accept-rules-fault:has-text("勾选")');
    await sound(firm, 'the rules');
    await page.check('#accept-rules');
    await page.click('dialog [data-act=agree]');
    await page.waitForSelector('.detail .place-head [data-state=pending]');
    await sound(firm, 'a booth in review');
  });

  await it('its institution turns it down; the exhibitor sees why at once, corrects it, and it is approved', async () => {
    institution = await arrive({ at: '/desk/booths' });
    await institution.enter('ccpit-bj', 'admin');
    const { page } = institution;
    await page.click(`.table a:has-text("${BOOTH}")`);
    await page.waitForSelector('.difference-none');
    await page.click('[data-act=reject]');
    await page.fill('#step-reason', '请补充展台简介');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('.detail .place-head [data-state=rejected]');
    await firm.page.waitForSelector('.next-bad:has-text("请补充展台简介")');
    await firm.page.click('[data-act=edit]');
    await firm.page.fill('#booth-introduction', '为国内外客户提供服务外包，拥有二十年的行业经验。');
    await firm.page.click('[data-act=submit]');
    await firm.page.check('#accept-rules');
    await firm.page.click('dialog [data-act=agree]');
    await page.waitForSelector('.detail .place-head [data-state=pending]');
    await page.click('[data-act=approve]');
    await firm.page.waitForSelector('.detail .place-head [data-state=approved]');
  });

  await it('whoever walks along finds the booth, by its zone, and reads it without an account, on a phone, too', async () => {
    for (const options of [{}, { ...PHONE, locale: 'en-US' }]) {
      const guest = await arrive({ at: '/exhibitors?zone=culture', ...options });
      const { page } = guest;
      await page.click(`.booth-card a:has-text("${BOOTH}")`);
      await page.waitForSelector(`.booth-page h1:has-text("${BOOTH}")`);
      assert.equal(guest.path, `/booths/${booth}`);
      await page.waitForSelector('[data-part=contact]:has-text("400-810-0000")');
      assert.match(await page.textContent('.booth-page'), /二十年/);
      const lazy = await page.$$eval('.slide img', (nodes) => nodes.map((node) => [node.getAttribute('width') !== null && node.getAttribute('height') !== null, node.getAttribute('loading')]));
      assert.deepEqual(lazy, [[true, null], [true, 'lazy'], [true, 'lazy']]);
      await sound(guest, 'a booth');
      if (options.isMobile) await guest.fits('a booth');
      await picture(guest, `booth-${options.isMobile ? 390 : 1280}`);
      await page.click('[data-act=negotiate]');
      await page.waitForSelector('.signin');
      assert.equal(new URL(page.url()).searchParams.get('next'), `/booths/${booth}`, 'a guest is asked who they are, and led back');
      await leave(guest);
    }
  });

  await it('two who change the booth: both versions are offered; visitors see what was approved until it is again', async () => {
    const other = await firm.beside();
    for (const { page } of [firm, other]) {
      await page.goto(`${hub.url}/desk/booths/${booth}`);
      await page.click('[data-act=edit]');
      await page.waitForSelector('.drafting .tab');
    }
    await firm.page.fill('#booth-business', '软件研发、运维与培训');
    await firm.page.waitForTimeout(400); // the second one types before the first one's is saved, and would save after it
    await other.page.fill('#booth-business', '软件研发与咨询');
    await other.page.waitForSelector('[data-field=business] .field-theirs:has-text("软件研发、运维与培训")');
    await other.page.waitForSelector('.save-state[data-state=stale]');
    await sound(other, 'two versions');
    await other.page.click('[data-field=business] [data-act=keep_mine]');
    await saved(other.page);
    await other.page.close();
    const guest = await arrive({ at: `/booths/${booth}` });
    await guest.page.waitForSelector('[data-part=business]:has-text("软件研发与运维")');
    await firm.page.goto(`${hub.url}/desk/booths/${booth}`);
    await firm.page.waitForSelector('.drafting .place-head [data-state=revising]');
    await firm.page.click('[data-act=submit]');
    await firm.page.check('#accept-rules');
    await firm.page.click('dialog [data-act=agree]');
    await firm.page.waitForSelector('.detail .place-head [data-state=pending]');
    const { page } = institution;
    await page.goto(`${hub.url}/desk/booths/${booth}`);
    await page.waitForSelector('.change[data-field=business] ins:has-text("咨询")');
    assert.equal(await page.locator('.change').count(), 1, 'nothing else has changed');
    await sound(institution, 'what changed');
    await picture(institution, 'booth-review-1280');
    await page.click('[data-act=approve]');
    await page.waitForSelector('.detail .place-head [data-state=approved]');
    await guest.page.reload();
    await guest.page.waitForSelector('[data-part=business]:has-text("软件研发与咨询")');
    await leave(guest);
  });

  await it('an exhibit is made: its category is one of the booth, its price in yuan, its details written with the keyboard', async () => {
    const { page } = firm;
    await page.goto(`${hub.url}/desk/exhibits`);
    await page.click('[data-act=new]');
    await page.waitForSelector('.drafting .tab');
    exhibit = firm.path.split('/').at(-1);
    assert.match(await page.textContent('.records-place > .hint'), /展品编号 \d{14}[0-9A-Za-z]{3}/);
    await page.fill('#exhibit-name', EXHIBIT);
    await page.locator('[data-field=category] .cascade select option:nth-child(2)').first().waitFor({ state: 'attached' });
    assert.equal(await page.locator('[data-field=category] .cascade select >> nth=0').locator('option').count(), 2, 'of the booth alone');
    await choose(page, 'category', 'business', 'business.computer');
    await choose(page, 'origin', 'overseas', 'overseas.DE');
    await page.fill('#exhibit-brand', '冀服');
    await page.fill('#exhibit-summary', '七乘二十四小时响应，按需计费。');
    await tab(page, 2);
    await page.fill('#exhibit-market_price_fen', '十二元');
    await page.click('[data-act=submit]');
    await page.click('.form-summary a:has-text("市场价")');
    await page.waitForSelector('[data-field=market_price_fen] .field-fault:has-text("1280.00")');
    await page.fill('#exhibit-market_price_fen', '1,280.5');
    await page.keyboard.press('Tab');
    assert.equal(await page.inputValue('#exhibit-market_price_fen'), '1280.50');
    await page.fill('#exhibit-wholesale_price_fen', '999');
    await tab(page, 3);
    await page.setInputFiles('[data-file=pictures]', { name: 'e.png', mimeType: 'image/png', buffer: await drawPicture(page, 600, 600) });
    await page.waitForSelector('[data-field=pictures] .gallery-one[data-upload]');
    await page.focus('#exhibit-detail_html');
    await page.keyboard.type('服务内容：');
    await page.keyboard.press('Control+B');
    await page.keyboard.type('全年响应');
    await page.keyboard.press('Control+B');
    await page.keyboard.press('Enter');
    await page.focus('[data-act=rich_bold]');
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('ArrowRight');
    assert.equal(await firm.focused(), 'rich_list');
    await page.keyboard.press('Enter');
    await page.keyboard.type('部署');
    await page.keyboard.press('Enter');
    await page.keyboard.type('培训');
    await saved(page);
    await sound(firm, 'an exhibit');
    await picture(firm, 'exhibit-editor-1280');
    await page.reload();
    await page.waitForSelector('#exhibit-detail_html strong:has-text("全年响应")', { state: 'attached' });
    assert.equal(await page.locator('#exhibit-detail_html li').count(), 2);
    assert.equal(await page.getAttribute('.save-state', 'data-state'), 'clean', 'what the hub made of it is no change');
    await page.click('[data-act=submit]');
    await page.waitForSelector('.detail .place-head [data-state=pending]');
  });

  await it('it is approved and put on sale with others at once, with a result for each', async () => {
    const reviewer = institution.page;
    await reviewer.goto(`${hub.url}/desk/exhibits`);
    await reviewer.click(`.table a:has-text("${EXHIBIT}")`);
    await reviewer.waitForSelector('.difference-none');
    await reviewer.click('[data-act=approve]');
    await reviewer.waitForSelector('.detail .place-head [data-state=approved]');
    const { page } = firm;
    await page.waitForSelector('.detail .place-head [data-state=approved]');
    await page.click('[data-act=copy]');
    await page.waitForSelector('.drafting .place-head [data-state=draft]');
    assert.notEqual(firm.path, `/desk/exhibits/${exhibit}`, 'another one');
    assert.equal(await page.inputValue('#exhibit-name'), EXHIBIT);
    await page.goto(`${hub.url}/desk/exhibits`);
    await page.waitForSelector('.table tbody tr:nth-child(2)');
    await page.locator('.table tbody tr', { has: page.locator('[data-state=approved]') }).locator('.pick input').check();
    await page.click('[data-act=bulk_shelve]');
    await page.waitForSelector('.row-result.ok');
    await page.waitForSelector('.table td:has-text("在售")');
    await sound(firm, 'a list with a choice');
    await picture(firm, 'exhibits-1280');
    await page.selectOption('[data-filter=shelf_state]', 'on_sale');
    await page.waitForFunction(() => document.querySelectorAll('.table tbody tr').length === 1);
    await page.click('[data-act=reset]');
    await page.waitForFunction(() => document.querySelectorAll('.table tbody tr').length === 2);
    await page.fill('[data-filter=name]', '没有这个');
    await page.waitForSelector('.empty:not([hidden])');
    await page.click('[data-act=reset]');
  });

  await it('a buyer finds it, says how many, and the exhibitor sees the intent come in', async () => {
    await firm.page.goto(`${hub.url}/desk/orders`);
    await firm.page.waitForSelector('.segments [aria-current]');
    buyer = await arrive({ at: `/exhibits?category=business` });
    const guest = buyer.page;
    await guest.click(`.exhibit-card a:has-text("${EXHIBIT}")`);
    await guest.waitForSelector('.exhibit-price:has-text("¥1,280.50")');
    assert.ok(!(await guest.textContent('.exhibit-page')).includes('999'), 'the wholesale price is nobody else’s');
    await guest.waitForSelector('.rich strong:has-text("全年响应")');
    await sound(buyer, 'an exhibit');
    await picture(buyer, 'exhibit-1280');
    await guest.click('[data-act=intend]');
    await guest.waitForSelector('.signin');
    await buyer.enter('nordwind', 'jonas');
    await guest.waitForSelector('.exhibit-page');
    assert.equal(buyer.path, `/exhibits/${exhibit}`, 'led back');
    for (let n = 0; n < 3; n += 1) await guest.click('[data-act=more]');
    await guest.click('[data-act=less]');
    assert.equal(await guest.inputValue('#quantity'), '3');
    await guest.click('[data-act=intend]');
    await guest.waitForSelector('.intent-sum:has-text("¥3,841.50")');
    assert.equal(await guest.inputValue('#order-quantity'), '3');
    await guest.fill('#order-contact_name', 'Jonas');
    await choose(guest, 'region', 'overseas', 'overseas.DE');
    await guest.fill('#order-budget_fen', '5000');
    await guest.fill('#order-note', '请报含税价');
    await sound(buyer, 'an intent');
    await guest.click('dialog button[type=submit]');
    await guest.waitForSelector('.order .place-head [data-state=to_handle]');
    order = buyer.path.split('/').at(-1);
    await firm.page.waitForSelector(`.table tr:has-text("${BUYER}") [data-state=to_handle]`, { timeout: 10_000 });
    await firm.page.waitForSelector('.calm-line:has-text("列表已更新")');
    await firm.page.waitForSelector('.plot-funnel');
    await sound(firm, 'orders');
    await picture(firm, 'orders-1280');
  });

  await it('the exhibitor fills in the amount and asks; the buyer declines, then accepts; both see who did what', async () => {
    const { page } = firm;
    await page.click(`.table a:has-text("${EXHIBIT}")`);
    await page.waitForSelector('.order .place-head [data-state=to_handle]');
    assert.equal(await page.inputValue('#order_amount-amount_fen'), '3841.50', 'what follows from the price is filled in');
    await page.fill('#order_amount-amount_fen', '');
    await page.click('[data-act=deal]');
    await page.waitForSelector('[data-field=amount_fen] .field-fault:has-text("必填")');
    await page.fill('#order_amount-amount_fen', '3600');
    await page.fill('#order_amount-note', '含安装与培训');
    await page.click('[data-act=request_confirmation]');
    await page.waitForSelector('dialog:has-text("¥3,600.00")');
    await sound(firm, 'asked before a step');
    await page.click('dialog .button.primary');
    await page.waitForSelector('.order .place-head [data-state=in_progress]');
    const guest = buyer.page;
    await guest.waitForSelector('.order .place-head [data-state=in_progress]');
    await guest.waitForSelector('.calm-line:has-text("处理中")');
    await guest.click('[data-act=decline]');
    await guest.fill('#order_decline-reason', '请再优惠');
    await guest.click('dialog button[type=submit]');
    await page.waitForSelector('.order .place-head [data-state=to_handle]');
    await page.waitForSelector('.order:has-text("请再优惠")');
    await page.fill('#order_amount-amount_fen', '3500');
    await page.click('[data-act=request_confirmation]');
    await page.click('dialog .button.primary');
    await guest.waitForSelector('[data-act=accept]');
    await guest.click('[data-act=accept]');
    await guest.waitForSelector('dialog:has-text("¥3,500.00")');
    await guest.click('dialog .button.primary');
    for (const each of [page, guest]) {
      await each.waitForSelector('.order .place-head [data-state=dealt]');
      await each.waitForFunction(() => document.querySelectorAll('.order-log tbody tr').length === 5);
      assert.match(await each.textContent('.order-log'), /Jonas|北风/);
      assert.match(await each.textContent('[data-part=seller]'), /¥3,500\.00/);
    }
    await sound(buyer, 'a deal');
    await picture(buyer, 'order-1280');
    await guest.goto(`${hub.url}/desk/orders?role=buyer`);
    await guest.waitForSelector('.table [data-state=dealt]');
  });

  await it('they talk about the exhibit and about the order: what it is about stands above, its card among the messages', async () => {
    const guest = buyer.page;
    await guest.goto(`${hub.url}/exhibits/${exhibit}`);
    await guest.click('[data-act=negotiate]');
    await guest.waitForSelector(`.about-it:has-text("${EXHIBIT}")`);
    await guest.click('[data-act=send_card]');
    await guest.waitForSelector('.card-goods:has-text("¥1,280.50")');
    await buyer.say('请问何时可以开始？');
    await sound(buyer, 'a negotiation about an exhibit');
    await picture(buyer, 'about-exhibit-1280');
    await firm.page.click('.nav-link[href="/chat"]');
    await firm.page.click(`.inbox-row:has-text("${BUYER}")`);
    await firm.sees('请问何时可以开始？');
    await firm.page.waitForSelector(`.card-goods a[href="/exhibits/${exhibit}"]`);
    await guest.goto(`${hub.url}/desk/orders/${order}`);
    await guest.click('[data-act=negotiate]');
    await guest.waitForSelector(`.about-it a[href="/desk/orders/${order}"]`);
    await guest.click('[data-act=send_card]');
    await guest.waitForSelector('.card-goods:has-text("¥3,500.00")');
    await firm.page.waitForFunction(() => document.querySelectorAll('.inbox-row').length >= 2);
  });

  await it('whoever reviews and whoever sells sees what came meanwhile; a second one at the same order is told so', async () => {
    const second = await firm.beside();
    const { value } = await ask(buyer.page, 'POST', '/v1/orders', { body: { exhibit, quantity: 2, contact_name: 'Jonas', region: 'overseas.DE' }, key: 'e2e-second-order' });
    for (const { page } of [firm, second]) {
      await page.goto(`${hub.url}/desk/orders/${value.id}`);
      await page.waitForSelector('[data-act=close]');
    }
    await second.page.route(`**/v1/orders/${value.id}`, (route) => route.abort()); // it does not hear of what the first one does
    await firm.page.click('[data-act=close]');
    await firm.page.click('dialog .button.primary');
    await firm.page.waitForSelector('.order .place-head [data-state=closed]');
    await second.page.click('[data-act=close]');
    await second.page.click('dialog .button.primary');
    await second.page.waitForSelector('.toast:has-text("他人更新"), .toast:has-text("不允许")');
    await second.page.close();
  });

  await it('what would do harm in any text or rich text of a booth, an exhibit and an order is only ever text', async () => {
    const { page } = firm;
    const cut = (text, n) => [...text].slice(0, n).join('');
    /** Fills in what the hub takes of it, and says how much that was. */
    const put = async (path, fields) => {
      for (let body = fields; Object.keys(body).length > 0;) {
        const { tag } = await ask(page, 'GET', path);
        const { status, value } = await ask(page, 'PATCH', path, { body, match: tag });
        if (status === 200) return Object.keys(body).length;
        const bad = new Set((value.fields ?? []).map(({ at }) => at.split('/')[1]));
        assert.ok(status === 422 && bad.size > 0, `${status} ${JSON.stringify(value)}`);
        body = Object.fromEntries(Object.entries(body).filter(([name]) => !bad.has(name)));
      }
      return 0;
    };
    const { value: made } = await ask(page, 'POST', '/v1/exhibits', { body: { booth }, key: 'e2e-xss' });
    let taken = 0;
    for (const text of XSS) {
      taken += await put(`/v1/exhibits/${made.id}`, { name: cut(text, 100), code: cut(text, 30), brand: cut(text, 50), summary: text, detail_html: `<p>${text}</p>${text}` });
      await page.goto(`${hub.url}/desk/exhibits/${made.id}`);
      await page.waitForSelector('.drafting .tab');
      await harmless(firm, `an editor: ${text}`);
      await page.click('[data-act=preview]');
      await page.waitForSelector('dialog .exhibit-page');
      await page.waitForTimeout(30);
      await harmless(firm, `a preview: ${text}`);
      assert.equal(await page.locator('.exhibit-page :is(script, iframe, style, svg:not(.icon), math, form, [onerror], [onload], [onclick], [style])').count(), 0, text);
      assert.deepEqual(await page.$$eval('.exhibit-page .rich a', (nodes) => nodes.map((node) => new URL(node.href).protocol).filter((scheme) => !['http:', 'https:', 'mailto:'].includes(scheme))), []);
      await page.keyboard.press('Escape');
    }
    assert.ok(taken > XSS.length, 'the hub took texts as texts');
    for (const text of XSS) {
      await put(`/v1/booths/${booth}`, { name: cut(text, 100), introduction: text, business: cut(text, 200), offline_number: cut(text, 20), contact_name: cut(text, 20), phone: cut(text, 20), address: cut(text, 100), postcode: cut(text, 10) });
      await page.goto(`${hub.url}/desk/booths/${booth}`);
      await page.click('[data-act=preview]');
      await page.waitForSelector('dialog .booth-page');
      await harmless(firm, `a booth: ${text}`);
      await page.keyboard.press('Escape');
    }
    for (const [at, text] of XSS.entries()) {
      const { status, value } = await ask(buyer.page, 'POST', '/v1/orders', { body: { exhibit, quantity: 1, contact_name: cut(text, 20), region: 'overseas.DE', note: cut(text, 200) }, key: `e2e-xss-${at}` });
      if (status !== 201) continue;
      await page.goto(`${hub.url}/desk/orders/${value.id}`);
      await page.waitForSelector('.order h1');
      await harmless(firm, `an order: ${text}`);
    }
    await put(`/v1/exhibits/${made.id}`, { name: cut(XSS[1], 100), brand: cut(XSS[2], 50), summary: XSS.join(' '), code: 'X', detail_html: XSS.join('<br>'), category: 'business.computer', origin: 'overseas.DE' });
    await page.goto(`${hub.url}/desk/exhibits/${made.id}`);
    await tab(page, 3);
    await page.setInputFiles('[data-file=pictures]', { name: 'x.png', mimeType: 'image/png', buffer: await drawPicture(page, 200, 200) });
    await saved(page);
    await page.click('[data-act=submit]');
    await page.waitForSelector('.detail .place-head [data-state=pending]');
    await institution.page.goto(`${hub.url}/desk/exhibits/${made.id}`);
    await institution.page.click('[data-act=approve]');
    await institution.page.waitForSelector('.detail .place-head [data-state=approved]');
    await harmless(institution, 'a review');
    await ask(page, 'GET', `/v1/exhibits/${made.id}`).then(({ tag }) => ask(page, 'POST', `/v1/exhibits/${made.id}/shelve`, { body: {}, match: tag }));
    for (const at of [`/exhibits/${made.id}`, '/exhibits', '/', `/booths/${booth}`]) {
      const guest = await arrive({ at });
      await guest.page.waitForSelector('main h1');
      await guest.page.waitForTimeout(300);
      await harmless(guest, at);
      await leave(guest);
    }
    for (const person of [firm, institution, buyer]) await leave(person);
  });
}
