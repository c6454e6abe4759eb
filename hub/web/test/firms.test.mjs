//! What enterprises are called: the reader's language first, the other beside it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firms, named } from '../app/ui/firms.js';
import { MemoryStorage } from './fake.mjs';

const page = { localStorage: new MemoryStorage(), navigator: { languages: ['en'] } };
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });

test('the reader reads the name in their language, and the other beside it where there is one', () => {
  assert.deepEqual(named('华信', 'Huaxin', 'en'), { name: 'Huaxin', other: '华信' });
  assert.deepEqual(named('华信', 'Huaxin', 'zh-CN'), { name: '华信', other: 'Huaxin' });
  for (const reader of ['en', 'zh-CN']) {
    for (const none of [undefined, '', '华信']) assert.deepEqual(named('华信', none, reader), { name: '华信', other: '' });
  }
});

test('an enterprise is called as the hub tells of it', () => {
  assert.deepEqual(firms.names({ id: 'q', name: '甲', name_en: 'A' }), { name: 'A', other: '甲' });
  assert.deepEqual(firms.names({ id: 'q', name: '甲' }), { name: '甲', other: '' });
  assert.deepEqual(firms.names(undefined), { name: '', other: '' });
});
