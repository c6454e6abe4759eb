//! Owns: filling in what is long: an application, a choice down its levels, a picture, the way of the focus. Never: what is checked.

import assert from 'node:assert/strict';

/** A resident's ID whose check character is right. **Source**: SPEC 7. */
export const ID_NUMBER = '11010519491231002X';

/** Presses of Tab that lead somewhere on any page. */
const TABS_MAX = 60;

/** What an application asks for, but for its codes. */
export async function application(page) {
  for (const [field, value] of [['exhibiting_type', 'online_offline'], ['purposes', 'partners'], ['nature', 'enterprise'], ['company_type', 'domestic'], ['contact_position', 'middle']]) {
    await page.check(`[data-field=${field}] input[value=${value}]`);
  }
  for (const [field, text] of [['content', '服务外包与数字化方案'], ['needs', '希望对接采购商'], ['introduction', '我们为国内外客户提供软件研发、信息技术运维和业务流程外包服务，拥有二十年的行业经验和覆盖全国的交付网络，希望在展会上寻找新的合作伙伴，共同开拓国际市场。'],
    ['contact_name', '张三'], ['contact_phone', '13800138000'], ['contact_email', 'zhang@example.com']]) await page.fill(`#application-${field}`, text);
}

/** Down the levels of a vocabulary: codes, or places among the choices. */
export async function choose(page, field, ...steps) {
  for (const [level, step] of steps.entries()) {
    const select = page.locator(`[data-field=${field}] .cascade select`).nth(level);
    await select.locator('option:nth-child(2)').waitFor({ state: 'attached' });
    await select.selectOption(typeof step === 'number' ? { index: step + 1 } : step);
  }
}

/** The code that the demo shows beside the form. */
export async function codeFor(page) {
  await page.waitForSelector('.demo-message');
  return /\d{6}/.exec(await page.textContent('.demo-message'))[0];
}

/** Moves the focus until it is at what is wanted: an id, a name, what a button does (`act:code`), or `submit`. */
export async function tabTo(page, wanted, key = 'Tab') {
  for (let n = 0; n < TABS_MAX; n += 1) {
    const here = await page.evaluate(() => {
      const { id, dataset, type, name } = document.activeElement;
      return [id, `act:${dataset.act}`, name, type === 'submit' ? 'submit' : ''];
    });
    if (here.includes(wanted)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`the keyboard does not lead to ${wanted}`);
}

/** A picture with much detail, as PNG. */
export async function drawPicture(page, width, height) {
  const address = await page.evaluate(([w, h]) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h });
    const context = canvas.getContext('2d');
    context.fillStyle = '#ddd';
    context.fillRect(0, 0, w, h);
    for (let n = 0; n < w * h / 400; n += 1) {
      context.fillStyle = `hsl(${(n * 37) % 360} 60% ${30 + (n % 50)}%)`;
      context.beginPath();
      context.arc((n * 7919) % w, (n * 104_729) % h, 6 + (n % 20), 0, 7);
      context.fill();
    }
    return canvas.toDataURL('image/png');
  }, [width, height]);
  return Buffer.from(address.split(',')[1], 'base64');
}

/** Drops a picture onto a part of the page. */
export async function dropFile(page, selector, bytes) {
  await page.$eval(selector, (node, base64) => {
    const blob = new Blob([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], { type: 'image/png' });
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([blob], 'me.png', { type: 'image/png' }));
    node.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, bytes.toString('base64'));
}

/** Signs in by the form. */
export async function signIn({ page }, identifier, username, password) {
  await page.waitForSelector('.signin-form');
  for (const [name, text] of [['identifier', identifier], ['username', username], ['password', password]]) await page.fill(`.signin-form input[name=${name}]`, text);
  await page.click('.signin-form button[type=submit]');
  await page.waitForSelector('.line-dot[data-phase=open]');
}
