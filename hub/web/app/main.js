//! Owns: the SDK's world in a browser, and whose page it is. Never: what is on it.

import { forgetKept } from './drawn/kept.js';
import { Frame } from './frame/frame.js';
import { dress } from './frame/look.js';
import { inside } from './frame/places.js';
import { Router } from './frame/router.js';
import { transfer } from './frame/transfer.js';
import { Client } from './sdk/client.js';
import { Sturdy } from './sdk/storage.js';
import { choose, language, speak, t } from './strings.js';
import { fill, h } from './ui/dom.js';
import { forgetDrafts } from './ui/drafts.js';
import { holdFocus } from './ui/focus.js';
import { keepTime } from './ui/time.js';

/** Where those land who came for no place in particular. */
const LANDING = '/desk';

/** @returns {import('./sdk/wire.js').Env} */
function browser() {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const { locks } = navigator; // absent outside secure contexts
  return {
    WebSocket, storage: new Sturdy(() => localStorage), tab: new Sturdy(() => sessionStorage), socketUrl: `${scheme}//${location.host}/v1/ws`, locale: language, random: Math.random,
    fetch: (path, init) => fetch(path, init), send: transfer, abort: () => new AbortController(),
    clock: { now: () => Date.now(), ticks: () => performance.now(),
      setTimeout: (f, ms) => setTimeout(f, ms), clearTimeout: (timer) => clearTimeout(timer) },
    newId: () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    ...(locks ? { exclusive: (name, body) => locks.request(name, body) } : {}),
  };
}

const client = new Client(browser(), 'web/1.0');
const router = new Router(window, () => void frame?.show());
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
/** @type {Frame | null} */
let frame = null;
/** Whose page it is now; null: a guest's. @type {string | null} */
let member = null;
let ended = '';
/** Whose page it was last, and where they were: nobody else is led there. */
let last = { user: '', path: '' };

/** @param {boolean} [isFirst] */
function show(isFirst = false) {
  frame?.stop();
  frame = new Frame(client, { router, switcher: switcher(), ended });
  fill(root, frame.element);
  return frame.show(isFirst);
}

function switcher() {
  const toggle = async () => {
    choose(language() === 'en' ? 'zh-CN' : 'en');
    await show(true);
    /** @type {HTMLElement | null} */ (document.querySelector('.language'))?.focus();
  };
  return h('button', { type: 'button', class: 'button small language', lang: language() === 'en' ? 'zh-CN' : 'en',
    title: t('app.language_label'), on: { click: () => void toggle() } }, t('app.language'));
}

/** @param {string} user @param {boolean} isFirst their session was kept: they stay where the address says */
function arrive(user, isFirst) {
  if (last.user === user && last.path !== '') router.rename(last.path);
  else if (router.path === '/signin') router.rename(inside(router.query.get('next'), LANDING));
  if (!isFirst && last.user !== user) forget();
  last = { user, path: '' };
  member = user;
  void show(isFirst);
}

/** What one account began is shown to no other. */
function forget() {
  forgetDrafts();
  forgetKept();
}

/** Takes everything of the account off the page; what it began comes back only where it did not leave by itself. @param {string} code */
function depart(code) {
  ended = code;
  member = null;
  if (code === 'signed_out') forget();
  else last.path = location.pathname + location.search;
  router.rename('/signin');
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  for (const id of ['announce', 'toasts']) document.getElementById(id)?.replaceChildren();
  void show();
}

const before = /^#c=([0-9a-z]{1,32})$/.exec(location.hash)?.[1]; // an address of the page as it was
if (before !== undefined) router.rename(`/chat/${before}`);
let isResuming = true;
client.on('user', (user) => member === null && arrive(user.id, isResuming));
client.on('signed_out', depart);
window.addEventListener('online', () => client.line.check());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && client.line.check());
keepTime(() => client.line.time());
holdFocus();
dress();
speak(); // no choice yet: the browser's languages may change until somebody makes one
if (!client.resume()) void show(true);
isResuming = false;
