//! What enterprises are called: the reader's language first, the other beside it, asked for once each.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ASKED_MAX, Firms, named } from '../app/ui/firms.js';
import { WireError } from '../app/sdk/wire.js';
import { MemoryStorage, settle } from './fake.mjs';

const page = { localStorage: new MemoryStorage(), navigator: { languages: ['en'] } };
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });

test('the reader reads the name in their language, and the other beside it where there is one', () => {
  assert.deepEqual(named('华信', 'Huaxin', 'en'), { name: 'Huaxin', other: '华信' });
  assert.deepEqual(named('华信', 'Huaxin', 'zh-CN'), { name: '华信', other: 'Huaxin' });
  for (const reader of ['en', 'zh-CN']) {
    for (const none of [undefined, '', '华信']) assert.deepEqual(named('华信', none, reader), { name: '华信', other: '' });
  }
});

test('English names are asked for once, one at a time, and again only where nobody answered', async () => {
  const asked = [];
  let open = 0;
  let fails = 1;
  const rest = async (_method, path) => {
    open += 1;
    assert.equal(open, 1);
    await settle();
    open -= 1;
    asked.push(decodeURIComponent(path.split('q=')[1]));
    if (asked.at(-1) === '北风' && fails-- > 0) throw new WireError('disconnected');
    return { items: [{ id: 'x', name: '华信分公司', name_en: 'Another' }, { id: 'h', name: '华信', name_en: 'Huaxin' }] };
  };
  let changes = 0;
  const firms = new Firms({ rest }, () => void (changes += 1));
  const [huaxin, nordwind, none] = [{ id: 'h', name: '华信' }, { id: 'n', name: '北风' }, { id: 'o', name: '无' }];
  for (let n = 0; n < 3; n += 1) for (const firm of [huaxin, nordwind, none]) firms.names(firm);
  for (let n = 0; n < 10; n += 1) await settle();
  assert.deepEqual(asked, ['华信', '北风', '无']);
  assert.deepEqual(firms.names(huaxin), { name: 'Huaxin', other: '华信' });
  assert.deepEqual(firms.names(none), { name: '无', other: '' });
  assert.equal(changes, 1);
  firms.names(nordwind);
  for (let n = 0; n < 10; n += 1) await settle();
  assert.deepEqual(asked, ['华信', '北风', '无', '北风']);
  assert.deepEqual(firms.names({ id: 'q', name: '甲', name_en: 'A' }), { name: 'A', other: '甲' });
  assert.deepEqual(firms.names(undefined), { name: '', other: '' });
  assert.equal(asked.length, 4, 'what the hub told is not asked for');
});

test('no more are asked for than the limit', async () => {
  let asked = 0;
  const firms = new Firms({ rest: async () => ((asked += 1), { items: [] }) }, () => undefined);
  for (let n = 0; n < ASKED_MAX + 50; n += 1) firms.names({ id: `${n}`, name: `${n}` });
  for (let n = 0; n < 200; n += 1) await settle();
  assert.equal(asked, ASKED_MAX);
});
