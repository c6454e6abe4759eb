//! What was typed and not sent: kept in its tab, forgotten with its account, never too much.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KEPT_CHARS_MAX, forgetKept, keep, kept } from '../app/drawn/kept.js';
import { MemoryStorage } from './fake.mjs';

Object.defineProperty(globalThis, 'sessionStorage', { value: new MemoryStorage(), configurable: true });

test('a draft comes back as it was until it is sent or dropped', () => {
  assert.equal(kept('u/apply'), null);
  keep('u/apply', { name: '华信', many: ['a'] });
  assert.deepEqual(kept('u/apply'), { name: '华信', many: ['a'] });
  assert.equal(kept('v/apply'), null, 'under another key there is none');
  keep('u/apply', null);
  assert.equal(kept('u/apply'), null);
});

test('who leaves takes every draft along and nothing else', () => {
  sessionStorage.setItem('fairhub.session', 'stays');
  for (let n = 0; n < 5; n += 1) keep(`u/${n}`, { n });
  forgetKept();
  for (let n = 0; n < 5; n += 1) assert.equal(kept(`u/${n}`), null);
  assert.equal(sessionStorage.getItem('fairhub.session'), 'stays');
});

test('what is too long or cannot be read is not kept, and breaks nothing', () => {
  keep('u/long', { text: 'x'.repeat(KEPT_CHARS_MAX) });
  assert.equal(kept('u/long'), null);
  sessionStorage.setItem('fairhub.form.u/bad', '{');
  assert.equal(kept('u/bad'), null);
});
