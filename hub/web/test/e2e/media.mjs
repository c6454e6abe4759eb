//! Owns: files as people bring them: by the camera, from the clipboard, again after a broken line, a video that plays; and an order that an
//! exhibitor writes down itself. Never: looks behind the page.

import assert from 'node:assert/strict';

import { sound } from './axe.mjs';
import { drawPicture } from './fills.mjs';

const BUYER = '北风贸易公司';

/** A second of a moving picture, as the browser records it itself: no file from elsewhere. */
async function film(page) {
  const bytes = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
    const context = canvas.getContext('2d');
    let n = 0;
    const draw = () => {
      context.fillStyle = `hsl(${(n += 7) % 360} 70% 50%)`;
      context.fillRect(0, 0, 320, 180);
    };
    draw();
    const timer = setInterval(draw, 40);
    const type = ['video/mp4;codecs=avc1', 'video/mp4;codecs=vp9', 'video/mp4'].find((each) => MediaRecorder.isTypeSupported(each));
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: type });
    const chunks = [];
    recorder.addEventListener('dataavailable', ({ data }) => chunks.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    recorder.start();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    recorder.stop();
    await stopped;
    clearInterval(timer);
    return [...new Uint8Array(await new Blob(chunks).arrayBuffer())];
  });
  return Buffer.from(bytes);
}

/** @param {{it: any, arrive: any, leave: any, picture: any, hub: any}} with_ */
export async function media({ it, arrive, leave, picture, hub }) {
  await it('a photo is taken with the camera, pasted from the clipboard, and sent again after the line broke', async () => {
    const person = await arrive({ at: '/account', permissions: ['camera', 'clipboard-read', 'clipboard-write'] });
    await person.enter('huaxin', 'admin');
    const { page } = person;
    await page.goto(`${hub.url}/desk/people`);
    await page.click('.table tbody a >> nth=0');
    await page.click('[data-act=edit]');
    await page.waitForSelector('#people-name');
    await page.waitForSelector('[data-use=id_photo] [data-act=camera]');
    await page.click('[data-use=id_photo] [data-act=camera]');
    await page.waitForSelector('dialog video.camera');
    await page.click('dialog [data-act=shoot]:not([disabled])');
    await page.waitForSelector('[data-use=id_photo] [data-act=use]');
    await picture(person, 'camera-1280');
    await page.click('[data-use=id_photo] [data-act=use]');
    await page.waitForSelector('[data-use=id_photo] .upload-status:has-text("文件太小")'); // the device of a test shows two colours
    await page.click('[data-use=id_photo] [data-act=other]');

    await page.evaluate(async (picture) => {
      const blob = new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))], { type: 'image/png' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
    }, (await drawPicture(page, 900, 1000)).toString('base64'));
    await page.focus('[data-use=id_photo] [data-act=choose]');
    await page.keyboard.press('Control+V');
    await page.waitForSelector('[data-use=id_photo] .crop');

    let broken = 0;
    await page.route('**/v1/uploads?**', (route) => (broken += 1, route.abort('connectionfailed')));
    await page.click('[data-use=id_photo] [data-act=use]');
    await page.waitForSelector('[data-use=id_photo] [data-act=again]');
    assert.ok(broken > 0, 'the line was broken');
    await sound(person, 'an upload that failed');
    await page.unroute('**/v1/uploads?**');
    await page.click('[data-use=id_photo] [data-act=again]');
    await page.waitForSelector('[data-use=id_photo] .upload-have');
    await leave(person);
  });

  await it('a video is brought to an exhibit, and plays from wherever one seeks to', async () => {
    const person = await arrive({ at: '/account' });
    await person.enter('huaxin', 'admin');
    const { page } = person;
    await page.goto(`${hub.url}/desk/exhibits`);
    await page.click('[data-act=new]');
    await page.waitForSelector('.drafting .tab');
    await page.fill('#exhibit-name', '会动的展品');
    await page.click('.tab:nth-child(3)');
    await page.setInputFiles('[data-file=videos]', { name: 'film.mp4', mimeType: 'video/mp4', buffer: await film(page) });
    await page.waitForSelector('[data-field=videos] .gallery-one[data-upload]');
    await page.waitForSelector('.save-state[data-state=saved]');
    const ranges = [];
    page.on('response', (answer) => void (/\/content$/.test(answer.url()) && ranges.push(answer.status())));
    await page.click('[data-act=preview]');
    await page.waitForSelector('dialog video.film');
    const played = await page.$eval('dialog video.film', async (video) => {
      video.muted = true;
      await video.play();
      await new Promise((resolve) => video.addEventListener('timeupdate', resolve, { once: true }));
      video.pause();
      const seeked = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
      video.currentTime = 0.1;
      await seeked;
      return { width: video.videoWidth, error: video.error, at: video.currentTime };
    });
    assert.deepEqual([played.width, played.error, Math.abs(played.at - 0.1) < 0.05], [320, null, true]);
    assert.ok(ranges.includes(206), `by ranges: ${ranges}`);
    await picture(person, 'video-1280');
    await leave(person);
  });

  await it('an exhibitor writes down an intent that came another way, and the buyer accepts it', async () => {
    const seller = await arrive({ at: '/account' });
    await seller.enter('huaxin', 'wang');
    const { page } = seller;
    await page.goto(`${hub.url}/desk/orders`);
    await page.click('[data-act=record]');
    await page.fill('dialog input[type=search]', '北风');
    await page.click(`dialog .choice:has-text("${BUYER}")`);
    await page.waitForSelector('#recorded-exhibit');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('dialog [aria-invalid=true]');
    await page.selectOption('#recorded-exhibit', { index: 1 });
    await page.fill('#recorded-quantity', '2');
    await page.fill('#recorded-amount_fen', '1999.5');
    await page.fill('#recorded-note', '展会现场口头约定');
    await sound(seller, 'an own entry');
    await picture(seller, 'own-entry-1280');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('.order .place-head [data-state=in_progress]');
    const order = seller.path;
    const buyer = await arrive({ at: '/account' });
    await buyer.enter('nordwind', 'jonas');
    await buyer.page.goto(hub.url + order);
    await buyer.page.waitForSelector('.order:has-text("¥1,999.50")');
    await buyer.page.click('[data-act=accept]');
    await buyer.page.click('dialog .button.primary');
    await buyer.page.waitForSelector('.order .place-head [data-state=dealt]');
    await page.waitForSelector('.order .place-head [data-state=dealt]');
    await leave(seller);
    await leave(buyer);
  });
}
