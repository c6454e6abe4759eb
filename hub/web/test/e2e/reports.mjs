//! Owns: how somebody reports what everybody sees, and how the committee answers. Never: looks behind the page.

import assert from 'node:assert/strict';

import { sound } from './axe.mjs';

const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const TEXT = '图片与实物不符';
const ANSWER = '已责令下架，感谢反馈';

/** @param {{it: any, arrive: any, leave: any, picture: any}} with_ */
export async function reports({ it, arrive, leave, picture }) {
  await it('somebody reports an exhibit on a phone, the committee answers, and who reported sees it', async () => {
    const visitor = await arrive({ ...PHONE, at: '/account' });
    await visitor.enter('nordwind', 'jonas');
    const { page } = visitor;
    await page.waitForSelector('.account h1');
    await page.goto(`${new URL(page.url()).origin}/exhibits`);
    await page.click('.show-card a >> nth=0');
    await page.waitForSelector('.exhibit-page h1');
    await page.click('[data-act=report]');
    await page.waitForSelector('dialog[open] [data-field=ground]');
    await page.click('dialog[open] [type=submit]');
    await page.waitForSelector('dialog[open] [data-field=text] [aria-invalid=true], dialog[open] #report-text[aria-invalid=true]');
    await page.selectOption('#report-ground', 'false_information');
    await page.fill('#report-text', TEXT);
    await sound(visitor, 'reporting');
    await picture(visitor, 'report-390');
    await page.click('dialog[open] [type=submit]');
    await page.waitForSelector('.toast:has-text("举报已提交")');

    const committee = await arrive({ at: '/desk/reports' });
    await committee.enter('committee', 'admin');
    await committee.page.click('.records a[href^="/desk/reports/"] >> nth=0'); // the newest first
    await committee.page.waitForSelector(`.detail dd:has-text("${TEXT}")`);
    await sound(committee, 'a report');
    await picture(committee, 'report-1280');
    const at = committee.path;
    await page.goto(`${new URL(page.url()).origin}${at}`);
    await page.waitForSelector('.detail .state:has-text("待处理"), .detail .badge:has-text("待处理"), .detail header :has-text("待处理")');
    assert.equal(await page.$('[data-act=uphold]'), null, 'who reports does not decide');
    await committee.page.click('[data-act=uphold]');
    await committee.page.fill('dialog[open] textarea', ANSWER);
    await committee.page.click('dialog[open] [type=submit]');
    await committee.page.waitForSelector('.detail header :has-text("已采纳")');
    await page.waitForSelector(`.detail dd:has-text("${ANSWER}")`);
    assert.match(await page.textContent('.detail header'), /已采纳/, 'told without a reload');
    await leave(visitor);
    await leave(committee);
  });
}
