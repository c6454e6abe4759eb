//! Owns: asking for a code that proves a phone or mailbox, and when it may be asked for again. Never: the code itself, but in the
//! demo, where what would have been sent is shown.

import { asWireError } from '../sdk/wire.js';
import { call } from '../sdk/rest.js';
import { errorText, t } from '../strings.js';
import { wrongText } from '../drawn/words.js';
import { attribute, fill, h } from '../ui/dom.js';

/** @typedef {import('../frame/frame.js').Site} Site */

/** Unless the hub says otherwise, it takes the next request for the same number after this long. **Source**: SPEC 4. */
const AGAIN_S = 60;
/** What would have been sent is looked for so often. */
const LOOKS = 10;
const LOOK_MS = 300;

/** @param {Site} site @param {() => import('../drawn/schema.js').Values} values of the form it stands in */
export function codeButton({ client }, values) {
  const status = h('span', { class: 'hint', role: 'status' });
  const button = h('button', { type: 'button', class: 'button small', 'data-act': 'code', on: { click: () => void ask() } }, t('code.send'));
  const element = h('div', { class: 'code-beside' }, button, status);
  /** When it may be asked for again. **Units**: milliseconds of `performance.now()`. */
  let until = 0;

  async function ask() {
    const { mobile, email } = values();
    if (performance.now() < until) return;
    if (!mobile && !email) return fill(status, t('code.where'));
    const to = mobile ?? email;
    wait(AGAIN_S);
    try {
      const before = client.line.time();
      const { value } = await client.exchange('POST', '/v1/registrations/codes', { body: { channel: mobile ? 'sms' : 'email', to } });
      wait(value?.resend_in ?? AGAIN_S);
      fill(status, t('code.sent', { to }));
      void shown(client, status, (message) => String(message.to).endsWith(to.replace(/^\+86/, '')), before);
    } catch (thrown) {
      const error = asWireError(thrown);
      const [fault] = error.fields;
      fill(status, fault === undefined ? errorText(error) : wrongText({ code: fault.code }));
      wait(error.retryAfterMs / 1000);
    }
  }

  /** @param {number} seconds */
  function wait(seconds) {
    const isTicking = performance.now() < until;
    until = performance.now() + seconds * 1000;
    if (!isTicking || seconds === 0) tick();
  }

  function tick() {
    const left = Math.ceil((until - performance.now()) / 1000);
    attribute(button, 'aria-disabled', left > 0 && 'true');
    fill(button, left > 0 ? t('code.again', { n: left }) : t('code.send'));
    if (left > 0) setTimeout(tick, 500);
  }

  return element;
}

/** In the demo nothing reaches a phone: the page shows it. @param {import('../sdk/client.js').Client} client @param {HTMLElement} status @param {(message: any) => boolean} isMeant @param {number} since */
export async function shown(client, status, isMeant, since) {
  for (let look = 0; look < LOOKS; look += 1) {
    const answer = await call(client.env, 'GET', '/demo/messages').catch(() => null);
    if (answer === null) return;
    const sent = (Array.isArray(answer) ? answer : answer.items ?? []).find((/** @type {any} */ message) => isMeant(message) && Date.parse(message.at) >= since - 2_000);
    if (sent !== undefined) return fill(status, h('strong', { class: 'demo-message' }, t('code.demo', { text: sent.text })));
    await new Promise((wake) => setTimeout(wake, LOOK_MS));
  }
}
