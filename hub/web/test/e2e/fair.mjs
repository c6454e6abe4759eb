//! Owns: the guide's own scenario as people walk it: a code, a registration, an application, its review, the people, a photo, forgotten
//! passwords. Each step goes on where the one before it ended. Never: looks behind the page, but for what a phone would have got.

import assert from 'node:assert/strict';

import { sound } from './axe.mjs';
import { ID_NUMBER, application, choose, codeFor, drawPicture, dropFile, signIn, tabTo } from './fills.mjs';

const PASSWORD = 'fairhub2026';
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const FIRM = { identifier: 'hebei-fw', name: '河北服务外包有限公司', admin: 'zhangsan' };

/** @param {{it: any, arrive: any, leave: any, picture: any, hub: any}} with_ */
export async function fair({ it, arrive, leave, picture, hub }) {
  let institution;
  let firm;
  let code;
  let record;

  await it('an institution issues codes and voids one', async () => {
    institution = await arrive({ at: '/desk/invitation-codes' });
    await institution.enter('ccpit-bj', 'admin');
    const { page } = institution;
    await page.click('[data-act=issue]');
    await page.fill('#codes-count', '0');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('[data-field=count] .field-fault:has-text("不能小于 1")');
    await page.fill('#codes-count', '2');
    await choose(page, 'zone', 'special', 'culture');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('.table tbody tr:nth-child(2):has-text("文化服务")');
    code = await page.textContent('.table tbody tr:first-child .mono');
    await page.click('.table tbody tr:nth-child(2) [data-act=void]');
    await page.click('dialog .button.primary');
    await page.waitForSelector('.table tbody tr:nth-child(2) [data-state=void]');
  });

  await it('an enterprise registers and signs in by keyboard alone', async () => {
    firm = await arrive({ at: '/register/enterprise' });
    const { page } = firm;
    const { keyboard } = page;
    await page.waitForSelector('#register-username');
    const fill = async (field, text) => {
      await tabTo(page, `register-${field}`);
      await keyboard.type(text);
    };
    await fill('username', FIRM.admin);
    await fill('password', PASSWORD);
    await fill('mobile', '13801380001');
    await tabTo(page, 'act:code');
    await keyboard.press('Enter');
    const sent = await codeFor(page);
    await tabTo(page, 'register-code', 'Shift+Tab');
    await keyboard.type(sent);
    await tabTo(page, 'register-agreement');
    await keyboard.press('Space');
    await tabTo(page, 'submit');
    await keyboard.press('Enter');
    await page.waitForSelector('h2:focus:has-text("企业信息")');
    await sound(firm, 'the second step');
    await fill('identifier', FIRM.identifier);
    await fill('enterprise_name', FIRM.name);
    await tabTo(page, 'register-entry');
    await keyboard.press('Space');
    for (const word of ['境内', '河北', '石家庄']) await chooseByKey(page, word);
    await fill('address', '中山东路1号');
    await page.waitForSelector('[data-field=industry] select');
    for (const field of ['industry', 'interests']) {
      await tabTo(page, `register-${field}`);
      await keyboard.press('ArrowDown');
      for (const at of field === 'industry' ? [1] : [1, 2]) {
        await page.waitForSelector(`[data-field=${field}] select:nth-child(${at + 1})`);
        await keyboard.press('Tab');
        await keyboard.press('ArrowDown');
      }
    }
    await tabTo(page, 'submit');
    await keyboard.press('Enter');
    await page.waitForSelector('.registered h2:focus');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await page.waitForSelector('.signin');
    await tabTo(page, 'identifier');
    await keyboard.type(FIRM.identifier);
    await keyboard.press('Tab');
    await keyboard.type(FIRM.admin);
    await keyboard.press('Tab');
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await page.waitForSelector('.desk-next:has-text("还没有提交参展申请")');
    assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('fairhub.form.'))), [], 'nothing of the wizard is kept');
  });

  await it('it applies with the code, which names its institution; a wrong one is told', async () => {
    const { page } = firm;
    await page.goto(`${hub.url}/account`);
    await page.click('.status-card .button.primary');
    await page.waitForSelector('#application-invitation_code');
    assert.equal(await page.locator('[data-field=registered_place] select').nth(2).inputValue() !== '', true, 'what was registered is filled in');
    await page.fill('#application-invitation_code', '0000000000');
    await page.click('[data-act=issuer]');
    await page.waitForSelector('.code-beside:has-text("邀请码无效或已使用")');
    await page.fill('#application-invitation_code', code);
    await page.click('[data-act=issuer]');
    await page.waitForSelector('.code-beside:has-text("北京组展机构 · 专题展 / 文化服务")');
    await application(page);
    await page.fill('#application-credit_code', '91350100M000100Y44');
    await page.click('.form button[type=submit]');
    await page.waitForSelector('[data-field=credit_code] .field-fault:has-text("校验位不符")');
    await sound(firm, 'an application with a fault');
    await page.fill('#application-credit_code', '91350100M000100Y43');
    await page.click('.form button[type=submit]');
    await page.waitForSelector('.detail .place-head [data-state=pending]');
    record = firm.path;
    assert.match(record, /^\/desk\/exhibitor-applications\/[0-9a-z]{13}$/);
    await picture(firm, 'application-1280');
  });

  await it('the institution is told, opens it from the bell and turns it down; the enterprise sees it at once, with the reason', async () => {
    const { page } = institution;
    await page.waitForSelector('.table tbody tr:first-child [data-state=used]');
    await page.goto(`${hub.url}/desk`);
    await page.waitForSelector('.task-card:has-text("个待处理")');
    const unread = () => page.$eval('.icon-button .badge', (node) => (node.hidden ? 0 : Number(node.textContent)));
    const before = await unread();
    await page.click('.icon-button:has(.icon-bell)');
    await page.click('.notice:has-text("参展申请：待审核")');
    await page.waitForSelector('.detail .place-head [data-state=pending]');
    assert.equal(institution.path, record);
    await page.waitForFunction((n) => {
      const badge = document.querySelector('.icon-button .badge');
      return (badge.hidden ? 0 : Number(badge.textContent)) === n - 1;
    }, before, { timeout: 10_000 });
    await page.click('[data-act=start]');
    await firm.page.waitForSelector('.detail .place-head [data-state=in_review]');
    assert.equal(await firm.page.$('[data-act=update]'), null, 'nothing is edited while it is reviewed');
    await page.click('[data-act=reject]');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('[data-field=reason] .field-fault:has-text("必填")');
    await sound(institution, 'a rejection');
    await page.fill('#step-reason', '营业执照与企业名称不符');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('.detail .place-head [data-state=rejected]');
    await firm.page.waitForSelector('.next-bad:has-text("营业执照与企业名称不符")');
    await firm.page.goto(`${hub.url}/account`);
    await firm.page.waitForSelector('.status-card [data-state=rejected]');
    await firm.page.waitForSelector('.status-card .next-reason:has-text("营业执照与企业名称不符")');
    await sound(firm, 'the status card');
    await picture(firm, 'status-1280');
  });

  await it('it corrects and resubmits; approved, its card says so and what was decided on is locked', async () => {
    const { page } = firm;
    await page.click('.status-card .button.primary');
    await page.click('[data-act=update]');
    await page.fill('#application-content', '服务外包与数字化方案（已更正）');
    await page.click('.form button[type=submit]');
    await page.click('[data-act=resubmit]');
    await page.waitForSelector('.detail .place-head [data-state=pending]');
    await institution.page.waitForSelector('.detail .place-head [data-state=pending]');
    await institution.page.click('[data-act=start]');
    await institution.page.click('[data-act=approve]');
    await page.waitForSelector('.detail .place-head [data-state=approved]');
    assert.equal(await page.locator('.timeline li').count(), 7, 'the whole way is there');
    await page.click('[data-act=update]');
    await page.waitForSelector('[data-field=credit_code] .fixed-value:has-text("91350100M000100Y43")');
    assert.equal(await page.$('#application-registered_place'), null);
    await sound(firm, 'what is locked');
    await institution.page.goto(`${hub.url}/desk/invitees`);
    await institution.page.waitForSelector(`.table tr:has-text("${FIRM.identifier}"):has-text("${FIRM.admin}") [data-state=approved]`);
  });

  await it('two who change the company details: the second is offered both versions', async () => {
    const other = await firm.beside();
    for (const { page } of [firm, other]) {
      await page.goto(`${hub.url}/account`);
      await page.click('[data-act=edit_company]');
      await page.waitForSelector('#company-address');
    }
    await firm.page.fill('#company-address', '中山西路2号');
    await firm.page.fill('#company-name_en', 'Hebei Outsourcing');
    await firm.page.click('#company .form button[type=submit]');
    await firm.page.waitForSelector('#company .facts:has-text("Hebei Outsourcing")');
    await other.page.fill('#company-address', '裕华路3号');
    await other.page.click('#company .form button[type=submit]');
    await other.page.waitForSelector('.field-theirs:has-text("中山西路2号")');
    assert.equal(await other.page.inputValue('#company-name_en'), 'Hebei Outsourcing', 'what only the other changed is taken');
    await other.page.click('#company .form button[type=submit]');
    await other.page.waitForSelector('#company .facts:has-text("裕华路3号")');
    await other.page.close();
  });

  let person;
  await it('the administrator adds somebody, whose password is shown once; faults stand at their fields', async () => {
    const { page } = firm;
    await page.goto(`${hub.url}/desk/people`);
    await page.click('[data-act=new]');
    await page.waitForSelector('#people-username');
    await page.fill('#people-username', 'wangwu');
    await page.fill('#people-name', '王经理');
    await choose(page, 'nationality', 'mainland');
    await page.fill('#people-real_name', '王五');
    await page.fill('#people-document_number', '110105194912310021');
    await page.fill('#people-mobile', '13901390002');
    await page.check('[data-field=duty] input[value=consultant]');
    await page.check('[data-field=position] input[value=middle]');
    assert.equal(await page.inputValue('#people-birthday'), '1949-12-31', 'read out of the number');
    await page.click('.form button[type=submit]');
    await page.waitForSelector('[data-field=document_number] .field-fault:has-text("校验位不符")');
    await page.fill('#people-document_number', ID_NUMBER);
    await page.click('.form button[type=submit]');
    const password = await page.textContent('.new-password');
    assert.match(password, /^[!-~]{8}$/);
    await sound(firm, 'a password');
    await page.click('[data-act=noted]');
    await page.waitForSelector('.detail h1:has-text("王经理")');
    await sound(firm, 'a person');
    person = firm.path;
    assert.equal(await page.$('.new-password'), null);
    assert.match(await page.textContent('.detail'), /110\*{11}002X/);
    const kept = await page.evaluate(() => document.body.textContent + JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.ok(!kept.includes(ID_NUMBER) && !kept.includes(password), 'neither number nor password stays in the page');
  });

  await it('a photo is cut by keyboard, uploaded and counts for the badge', async () => {
    const { page } = firm;
    await page.click('[data-act=edit]');
    await page.waitForSelector('#people-name');
    if (await page.$('[data-use=id_photo]') === null) return; // this hub's people have none
    await page.setInputFiles('[data-file=id_photo]', { name: 'me.png', mimeType: 'image/png', buffer: await drawPicture(page, 40, 40) });
    await page.waitForSelector('.crop:focus');
    await page.click('[data-act=use]');
    await page.waitForSelector('.upload-status:has-text("文件太小")');
    await page.click('[data-act=other]');
    await dropFile(page, '.upload', await drawPicture(page, 900, 1000));
    await page.waitForSelector('.crop:focus');
    const before = await page.evaluate(() => document.querySelector('.crop').toDataURL());
    for (const key of ['+', '+', 'ArrowLeft', 'ArrowUp']) await page.keyboard.press(key);
    assert.notEqual(await page.evaluate(() => document.querySelector('.crop').toDataURL()), before, 'keys move it');
    await sound(firm, 'a picture being cut');
    await picture(firm, 'crop-1280');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.upload-status:has-text("已上传")');
    await page.click('.form-actions button[type=submit]');
    await page.waitForSelector('.badge-part .photo canvas');
    await page.waitForSelector('.badge-part .state.tone-good');
    await picture(firm, 'person-1280');
  });

  await it('an edit leaves what is masked alone; a reset is sent to the person, who signs in with it', async () => {
    const { page } = firm;
    await page.goto(hub.url + person);
    await page.click('[data-act=edit]');
    await page.fill('#people-name', '王总监');
    await sound(firm, 'an edit');
    await page.click('.form-actions button[type=submit]');
    await page.waitForSelector('.detail h1:has-text("王总监")');
    assert.match(await page.textContent('.detail'), /110\*{11}002X/);
    await page.click('[data-act=reset]');
    await page.click('dialog .button.primary');
    await page.waitForSelector('.toast:has-text("139****0002")');
    const { username, password } = (await sent('password_reset')).params;
    assert.equal(username, 'wangwu');
    const colleague = await arrive({ at: '/desk/people' });
    await signIn(colleague, FIRM.identifier, 'wangwu', password);
    await colleague.page.waitForSelector('.table tbody tr:nth-child(2)');
    assert.ok(!(await colleague.page.textContent('.table')).includes('002X'), 'a colleague sees no document');
    await leave(colleague);
  });

  await it('the committee looks at a number for a reason, and both stand in the record of deeds', async () => {
    const committee = await arrive({ at: record });
    await committee.enter('committee', 'admin');
    const { page } = committee;
    await page.click('.table a:has-text("王总监")');
    await page.click('[data-act=reveal]');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('[data-field=reason] .field-fault:has-text("必填")');
    await page.fill('#reveal-reason', '核对制证信息');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector(`dialog .new-password:has-text("${ID_NUMBER}")`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    assert.ok(!(await page.textContent('body')).includes(ID_NUMBER));
    await page.goto(`${hub.url}/desk/audit`);
    await page.waitForSelector('.table tr:has-text("查看证件号"):has-text("核对制证信息")');
    await page.goto(`${hub.url}/desk/messages`);
    await page.waitForSelector('.table tr:has-text("密码重置"):has-text("139****0002")');
    assert.doesNotMatch(await page.textContent('.table'), /13901390002/);
    await page.goto(`${hub.url}/desk/institutions`);
    await page.click('[data-act=new]');
    for (const [field, text] of [['identifier', 'hebei-dl'], ['name', '河北省代表团'], ['username', 'admin']]) await page.fill(`#institutions-${field}`, text);
    if (await page.$('#institutions-role') !== null) await page.check('[data-field=role] input >> nth=0');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('.new-password');
    await page.click('[data-act=noted]');
    await page.waitForSelector('.table tr:has-text("hebei-dl")');
    await leave(committee);
  });

  await it('somebody is deleted, and a forgotten password is set anew by a code', async () => {
    const { page } = firm;
    await page.goto(hub.url + person);
    await page.click('[data-act=remove]');
    await page.click('dialog .button.primary');
    await page.waitForSelector('.table tbody tr');
    assert.equal(await page.locator('.table tbody tr').count(), 1);
    const forgetful = await arrive({ at: '/recover' });
    await forgetful.page.fill('#recover-identifier', FIRM.identifier);
    await forgetful.page.fill('#recover-username', FIRM.admin);
    await forgetful.page.click('.form button[type=submit]');
    await forgetful.page.waitForSelector('#recover-code');
    await forgetful.page.fill('#recover-code', '000000');
    await forgetful.page.fill('#recover-password', 'another2026');
    await forgetful.page.click('.form button[type=submit]');
    await forgetful.page.waitForSelector('[data-field=code] .field-fault:has-text("不正确")');
    await forgetful.page.fill('#recover-code', await codeFor(forgetful.page));
    await forgetful.page.click('.form button[type=submit]');
    await forgetful.page.click('.button.primary[href="/signin"]');
    await page.waitForSelector('.signin', { timeout: 20_000 }); // its other sessions end
    await signIn(forgetful, FIRM.identifier, FIRM.admin, 'another2026');
    await forgetful.page.waitForSelector('.desk h1');
    await leave(forgetful);
    await leave(firm);
    await leave(institution);
  });

  await it('an attending company registers by e-mail on a phone, in English; the committee turns it down and lets it in', async () => {
    const guest = await arrive({ at: '/register/enterprise', locale: 'en-US', ...PHONE });
    const { page } = guest;
    await page.waitForSelector('#register-username');
    await page.click('[data-act=by_email]');
    for (const [field, text] of [['username', 'anna'], ['password', PASSWORD], ['email', 'anna@nordlicht.example.com']]) await page.fill(`#register-${field}`, text);
    await page.click('[data-act=code]');
    await page.fill('#register-code', await codeFor(page));
    await page.check('#register-agreement');
    await page.click('.form button[type=submit]');
    for (const [field, text] of [['identifier', 'nordlicht'], ['enterprise_name', 'Nordlicht GmbH'], ['address', 'Hafenstr. 1']]) await page.fill(`#register-${field}`, text);
    await page.check('[data-field=entry] input[value=attending]');
    await choose(page, 'place', 'overseas', 'overseas.DE');
    await choose(page, 'industry', 0, 0);
    await choose(page, 'interests', 0, 0, 0);
    await guest.fits('wizard');
    await page.click('.form button[type=submit]');
    await page.click('.registered .button.primary');
    await signIn(guest, 'nordlicht', 'anna', PASSWORD);
    await page.waitForSelector('.desk-next [data-state=pending]');
    const committee = await arrive({ at: '/desk/attendances' });
    await committee.enter('committee', 'admin');
    await committee.page.click('.table a:has-text("Nordlicht GmbH")');
    await committee.page.click('[data-act=reject]');
    await committee.page.fill('#step-reason', 'Please give your full address');
    await committee.page.click('dialog button[type=submit]');
    await page.waitForSelector('.desk-next .next-bad:has-text("full address")');
    await page.click('.desk-next .button');
    await page.click('[data-act=resubmit]');
    await committee.page.waitForSelector('.detail .place-head [data-state=pending]');
    await committee.page.click('[data-act=approve]');
    await page.waitForSelector('.detail .place-head [data-state=approved]');
    await guest.fits('attendance');
    await leave(guest);
    await leave(committee);
  });

  await it('a visitor and a journalist register, each with a code', async () => {
    for (const [kind, mobile] of [['individual', '13701370003'], ['media', '13701370004']]) {
      const person_ = await arrive({ at: `/register/${kind}` });
      const { page } = person_;
      await page.waitForSelector('#register-username');
      for (const [field, text] of [['username', `new-${kind}`], ['password', PASSWORD], ['mobile', mobile], ['name', '小李']]) await page.fill(`#register-${field}`, text);
      if (kind === 'media') await page.fill('#register-organisation', '贸易日报');
      await page.click('[data-act=code]');
      await page.fill('#register-code', await codeFor(page));
      await page.check('#register-agreement');
      await page.click('.form button[type=submit]');
      await page.click('.registered .button.primary');
      await signIn(person_, '', `new-${kind}`, PASSWORD);
      await page.waitForSelector('.desk h1');
      assert.equal(await page.$('.nav-link[href="/chat"]'), null);
      await leave(person_);
    }
  });

  /** What was last sent of a kind. */
  async function sent(template) {
    const messages = await (await fetch(`${hub.url}/demo/messages`)).json();
    return messages.find((message) => message.template === template);
  }

  return { identifier: FIRM.identifier, name: FIRM.name, username: FIRM.admin, password: 'another2026' };
}

/** Chooses in the select that comes next, as its words begin. */
async function chooseByKey(page, word) {
  await page.keyboard.press('Tab');
  await page.waitForFunction(() => document.activeElement?.tagName === 'SELECT' && document.activeElement.options.length > 1);
  const at = await page.evaluate((wanted) => [...document.activeElement.options].findIndex((option) => option.text.startsWith(wanted)), word);
  assert.ok(at > 0, word);
  for (let n = 0; n < at; n += 1) await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.selectedOptions[0].text.slice(0, 2)), word.slice(0, 2));
}
