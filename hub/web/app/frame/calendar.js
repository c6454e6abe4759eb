//! Owns: the calm line that tells that one of the fair's windows opened or closed while one was there. Never: what may be done in it.

import { call } from '../sdk/rest.js';
import { language, t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';

/** @param {import('../sdk/client.js').Client} client @param {(text: string) => void} announce @returns {{element: HTMLElement, stop: () => void}} */
export function calendarLine(client, announce) {
  const text = h('span', { class: 'banner-text' });
  const element = h('div', { class: 'calm-banner', hidden: true }, icon('wait'), text,
    h('button', { type: 'button', class: 'icon-button', 'aria-label': t('act.close_panel'), on: { click: () => void (element.hidden = true) } }, '×'));
  /** @param {{d: any}} event */
  async function tell({ d }) {
    const event = await call(client.env, 'GET', '/v1/event').catch(() => null);
    const window = event?.windows.find((/** @type {{id: string}} */ each) => each.id === (d?.id ?? d?.window));
    if (window === undefined) return;
    const told = t(`window.now.${window.open ? 'open' : 'closed'}`, { name: window.label[language()] });
    fill(text, told);
    element.hidden = false;
    announce(told);
  }
  return { element, stop: client.on('window', (event) => void tell(event)) };
}
