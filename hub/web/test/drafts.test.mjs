//! What is begun and not sent: kept while the account is there, for as many conversations as the limit says.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DRAFTS_MAX, draft, forgetDrafts, keepDraft } from '../app/ui/drafts.js';

test('drafts are kept by conversation, at most so many, and none after the account has gone', () => {
  for (let n = 0; n <= DRAFTS_MAX; n += 1) keepDraft(`c${n}`, `text ${n}`);
  assert.deepEqual([draft('c0'), draft('c1'), draft(`c${DRAFTS_MAX}`)], ['', 'text 1', `text ${DRAFTS_MAX}`]);
  keepDraft('c1', '');
  assert.equal(draft('c1'), '');
  forgetDrafts();
  assert.equal(draft('c2'), '');
});
