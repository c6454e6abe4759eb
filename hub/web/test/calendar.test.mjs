//! The fair's windows: a calm line tells of one that opened or closed; before a form that cannot be sent today it is said.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { calendarLine } from '../app/frame/calendar.js';
import { closedWindow } from '../app/kinds/event.js';
import { Emitter } from '../app/sdk/emitter.js';
import { openPage } from './dom.mjs';
import { settle } from './fake.mjs';

const label = { 'zh-CN': '报名', en: 'Registration' };
const env = (windows) => ({ locale: () => 'en', clock: { setTimeout: () => 0, clearTimeout: () => undefined },
  fetch: async () => ({ ok: true, status: 200, headers: { get: () => '' }, text: async () => JSON.stringify({ today: '2020-07-20', windows }) }) });

test('a window that opened or closed is told once, calmly, and can be put away', async () => {
  openPage();
  const windows = [{ id: 'online_registration', label, open: true }];
  const client = Object.assign(new Emitter(), { env: env(windows) });
  const spoken = [];
  const line = calendarLine(client, (text) => spoken.push(text));
  assert.equal(line.element.hidden, true);
  client.emit('window', { d: { id: 'online_registration' } });
  for (let n = 0; n < 5; n += 1) await settle();
  assert.match(line.element.text, /“Registration” is open now/);
  windows[0].open = false;
  client.emit('window', { d: { id: 'online_registration' } });
  for (let n = 0; n < 5; n += 1) await settle();
  assert.deepEqual(spoken, ['“Registration” is open now', '“Registration” is over now']);
  await line.element.find('button')[0].fire('click');
  assert.equal(line.element.hidden, true);
  line.stop();
  client.emit('window', { d: { id: 'online_registration' } });
  for (let n = 0; n < 5; n += 1) await settle();
  assert.equal(spoken.length, 2);
});

test('a window of a newer calendar that nobody knows is passed over', async () => {
  openPage();
  const client = Object.assign(new Emitter(), { env: env([]) });
  const line = calendarLine(client, () => assert.fail('nothing is told'));
  client.emit('window', { d: { id: 'newer' } });
  for (let n = 0; n < 5; n += 1) await settle();
  assert.equal(line.element.hidden, true);
});

test('a closed window says when it opens, or that it is over; an open one says nothing', async () => {
  openPage();
  const shown = async (window) => (await closedWindow(env([{ id: 'w', label, ...window }]), 'w'))?.text ?? '';
  assert.equal(await shown({ open: true }), '');
  assert.match(await shown({ open: false, from: '2020-08-01' }), /opens on Aug 1, 2020/);
  assert.match(await shown({ open: false, from: '2020-06-01', to: '2020-07-01' }), /is over/);
});
