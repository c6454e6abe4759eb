//! Owns: the SDK's world in a browser, and which of the two views is shown. Never: what is in them.

import { Client } from './sdk/client.js';
import { choose, language, speak, t } from './strings.js';
import { fill, h } from './ui/dom.js';
import { forgetDrafts } from './ui/drafts.js';
import { holdFocus } from './ui/focus.js';
import { signInView } from './ui/signin.js';
import { keepTime } from './ui/time.js';
import { Workspace } from './ui/workspace.js';

/** @returns {import('./sdk/wire.js').Env} */
function browser() {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const { locks } = navigator; // absent outside secure contexts
  return {
    WebSocket, storage: localStorage, tab: sessionStorage, socketUrl: `${scheme}//${location.host}/v1/ws`, locale: language, random: Math.random,
    fetch: (path, init) => fetch(path, init), abort: () => new AbortController(),
    clock: { now: () => Date.now(), ticks: () => performance.now(),
      setTimeout: (f, ms) => setTimeout(f, ms), clearTimeout: (timer) => clearTimeout(timer) },
    newId: () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    ...(locks ? { exclusive: (name, body) => locks.request(name, body) } : {}),
  };
}

const client = new Client(browser(), 'web/1.0');
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
/** @type {Workspace | null} */
let workspace = null;
let ended = '';
/** Whose page it was last, and where they were: nobody else is shown it. */
let last = { user: '', hash: '' };

function show() {
  workspace?.stop();
  workspace = client.user === null ? null : new Workspace(client, { switcher: switcher() });
  document.title = t('app.name');
  fill(root, workspace?.element ?? signInView(client, { ended, switcher: switcher() }));
}

function switcher() {
  const toggle = () => {
    choose(language() === 'en' ? 'zh-CN' : 'en');
    show();
    /** @type {HTMLElement | null} */ (document.querySelector('.language'))?.focus();
  };
  return h('button', { type: 'button', class: 'button small language', lang: language() === 'en' ? 'zh-CN' : 'en',
    title: t('app.language_label'), on: { click: toggle } }, t('app.language'));
}

/** @param {string} user */
function arrive(user) {
  if (last.user === user && last.hash !== '') history.replaceState(null, '', last.hash);
  else if (last.user !== user) forgetDrafts();
  last = { user, hash: '' };
  show();
  workspace?.focus();
}

/** Takes everything of the account off the page; what it began comes back only where it did not leave by itself. @param {string} code */
function depart(code) {
  ended = code;
  if (code === 'signed_out') forgetDrafts();
  else last.hash = location.hash;
  history.replaceState(null, '', location.pathname);
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  for (const id of ['announce', 'toasts']) document.getElementById(id)?.replaceChildren();
  show();
  root.querySelector('input')?.focus();
}

client.on('user', (user) => workspace === null && arrive(user.id));
client.on('signed_out', depart);
window.addEventListener('online', () => client.line.check());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && client.line.check());
keepTime(() => client.line.time());
holdFocus();
speak(); // no choice yet: the browser's languages may change until somebody makes one
if (!client.resume()) show();
