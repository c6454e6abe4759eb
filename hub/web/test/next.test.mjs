//! What an enterprise is told of its record: the reason of the last rejection, and what each state of a life asks for.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { nextOf, reasonOf } from '../app/kinds/next.js';
import { TABLE } from '../app/strings.js';
import { openPage } from './dom.mjs';

const line = (to, note) => ({ action: 'x', to, note });

test('the reason is that of the last rejection, and of no other state', () => {
  const history = [line('pending'), line('rejected', 'first'), line('pending'), line('rejected', 'second'), line('rejected')];
  assert.equal(reasonOf({ state: 'rejected', history }), 'second');
  assert.equal(reasonOf({ state: 'pending', history }), undefined);
  assert.equal(reasonOf({ state: 'rejected', reason: 'kept' }), 'kept');
});

test('a rejected record says why and what to do; the reason is never markup', () => {
  openPage();
  const shown = nextOf('exhibitor_application', { state: 'rejected', history: [line('rejected', '<b>wrong</b>')] });
  assert.match(shown.text, /Why it was turned down<b>wrong<\/b>Correct what was named/);
  assert.match(nextOf('exhibitor_application', { state: 'a_newer_one' }).text, /Nothing to do/);
});

test('every state that the hub lets these records be in says what comes next', () => {
  for (const [kind, folder] of [['exhibitor_application', 'applications'], ['attendance', 'attendance']]) {
    const source = readFileSync(new URL(`../../fair/src/${folder}/flow.rs`, import.meta.url), 'utf8');
    const listed = /states: &\[([^\]]*)\]/.exec(source)?.[1] ?? '';
    const states = [...listed.matchAll(/\b([A-Z_]{3,})\b/g)].map(([, name]) => name.toLowerCase());
    assert.ok(states.length >= 3, kind);
    for (const name of states) assert.ok(`next.${kind}.${name}` in TABLE, `${kind} ${name}`);
  }
});
