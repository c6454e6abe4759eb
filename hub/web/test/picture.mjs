//! Makes README's picture from the real hub: a short negotiation as the exhibitor sees it.
//!
//! Usage: `node test/picture.mjs path/to/hub picture.png`.

import { resolve } from 'node:path';

import { chromium } from 'playwright-core';

import { Hub } from './e2e/hub.mjs';
import { Person } from './e2e/person.mjs';

const [binary, file] = process.argv.slice(2);
const hub = new Hub(resolve(binary));
const TALK = [
  [0, '您好，我们在展台上看到了贵司的智能仓储方案，想了解华东地区的部署案例。'],
  [1, '您好！感谢关注。华东已有三个仓库在运行，最大的日处理 12 万件。'],
  [1, '方便说一下您的仓库面积和日均单量吗？我据此准备一份报价。'],
  [0, '面积约 8,000 平方米，日均 3 万单，旺季翻倍。'],
  [0, 'Could the quote also be in English for our headquarters?'],
  [1, 'Of course. 中英文报价明天上午发给您。'],
];

let browser;
try {
  await hub.start();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const size = { viewport: { width: 1100, height: 700 } };
  const others = await Promise.all(['jonas', 'huang'].map(() => Person.arrive(browser, hub.url, size)));
  const seller = await Person.arrive(browser, hub.url, size);
  await others[0].demo('nordwind', 'jonas');
  await others[1].demo('haitong', 'huang');
  await seller.demo('huaxin', 'wang');
  for (const person of others) {
    await person.page.click('.icon-button.start');
    await person.page.click('dialog .choice:has-text("华信")');
    await person.page.waitForSelector('#compose');
  }
  await others[1].say('贵司的扫码设备支持定制固件吗？');
  await others[0].say(TALK[0][1]);
  await seller.open('北风贸易公司');
  await seller.page.click('[data-act=claim]');
  for (const [who, text] of TALK.slice(1)) {
    const person = who === 0 ? others[0] : seller;
    await person.say(text);
    await Promise.all([others[0], seller].map((each) => each.sees(text)));
  }
  await seller.sees(TALK.at(-1)[1], 'read');
  await others[0].page.locator('#compose').pressSequentially('好的，谢谢。', { delay: 800 }); // typing is told every 3 s
  await seller.page.waitForSelector('.typing-dots');
  await seller.page.screenshot({ path: file });
} finally {
  await browser?.close();
  await hub.remove();
}
