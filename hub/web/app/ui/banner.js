//! Owns: the line's state as the user sees it: since when it is down, when it is tried again, what waits. Never: decides.

import { errorText, t } from '../strings.js';
import { fill, h } from './dom.js';
import { exact } from './time.js';

/** Shown after this long without a line: a blink is not worth a banner. */
const PATIENCE_MS = 600;

/**
 * @param {import('../sdk/client.js').Client} client
 * @param {(text: string) => void} announce
 * @returns {{element: HTMLElement, dot: HTMLElement, stop: () => void}}
 */
export function banner(client, announce) {
  const text = h('span', { class: 'banner-text' });
  const now = h('button', { type: 'button', class: 'button small', on: { click: () => client.line.start() } }, t('line.now'));
  const element = h('div', { class: 'banner', role: 'status', 'aria-live': 'off', hidden: true }, text, now);
  const dot = h('span', { class: 'line-dot', role: 'img' });
  let told = false;

  const draw = () => {
    const { phase, since } = client.line.state;
    const open = phase === 'open';
    dot.dataset['phase'] = phase;
    dot.setAttribute('aria-label', open ? t('line.open') : since ? t('line.offline') : t('line.connecting'));
    dot.title = dot.getAttribute('aria-label') ?? '';
    const shown = !open && (phase === 'stopped' || client.line.downMs >= PATIENCE_MS);
    if (shown) fill(text, sentence(client));
    now.hidden = client.line.isTrying;
    element.hidden = !shown;
    if (shown !== told) announce(shown ? sentence(client) : t('line.back'));
    told = shown;
  };
  const timer = setInterval(draw, 500);
  const offs = [client.on('state', draw), client.on('unsent', draw)];
  draw();
  return { element, dot, stop: () => (clearInterval(timer), offs.forEach((off) => off())) };
}

/** @param {import('../sdk/client.js').Client} client */
function sentence(client) {
  const { phase, since, code } = client.line.state;
  const parts = [];
  if (phase === 'stopped') parts.push(t('line.stopped', { reason: errorText({ code }) }));
  else {
    parts.push(code === 'overloaded' ? t('line.crowded') : t('line.offline_since', { time: exact(since) }));
    const left = Math.ceil(client.line.retryInMs / 1000);
    parts.push(phase === 'waiting' && left > 0 ? t('line.retry_in', { n: left }) : t('line.retrying'));
  }
  if (client.unsent > 0) parts.push(t('line.unsent', { n: client.unsent }));
  return parts.join(' · ');
}
