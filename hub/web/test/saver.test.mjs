//! Saving as one types: one change at a time, told only when the hub answered, both versions where somebody else was first.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { saver } from '../app/drawn/saver.js';
import { WireError } from '../app/sdk/wire.js';
import { openPage } from './dom.mjs';
import { Clock, settle } from './fake.mjs';

/** A form of two fields, and a hub whose answers the test gives in turn. */
function typing({ row = { name: 'A', version: 1 }, answers = [] } = {}) {
  openPage();
  const clock = new Clock();
  const asked = [];
  const told = [];
  const done = [];
  const listeners = [];
  const form = { values: { ...row }, wrong: new Map(), open: [], quarrels: [], rebased: [] };
  const client = { env: { clock }, on: (_name, listener) => (listeners.push(listener), () => undefined), exchange: async (method, path, with_ = {}) => {
    asked.push([method, with_.body, with_.match].filter((part) => part !== undefined));
    const answer = answers.shift();
    if (answer instanceof Promise) return answer;
    if (answer instanceof Error) throw answer;
    return answer;
  } };
  const made = { values: () => Object.fromEntries(Object.entries(form.values).filter(([name, value]) => name !== 'version' && value !== '')), faults: () => form.wrong, rebase: (fresh) => (form.rebased.push(fresh), (form.open = form.quarrels)), mark: (error) => error.fields.forEach(({ at, code }) => form.wrong.set(at.slice(1), { code })),
    settle: () => undefined, undecided: () => form.open };
  const saving = saver(client, { path: '/v1/things/r', names: ['name', 'phone'], row, tag: '"1"', made, told: (state) => told.push(state), done: (fresh, tag) => done.push([fresh.version, tag]) });
  const type = (more) => (Object.assign(form.values, more), saving.changed());
  return { clock, asked, told, done, form, saving, type, line: () => listeners.forEach((listener) => listener()) };
}
const ok = (row, n) => ({ value: { ...row, version: n }, tag: `"${n}"` });

test('what is typed is saved after a pause, as what changed, for the version that was read', async () => {
  const { clock, asked, told, type, saving, done } = typing({ answers: [ok({ name: 'AB', phone: '1' }, 2), ok({ name: 'AB' }, 3)] });
  type({ name: 'AB' });
  await clock.advance(300);
  type({ phone: '1' });
  await clock.advance(300);
  assert.deepEqual(asked, [], 'not while one types');
  await clock.advance(2_000);
  assert.deepEqual(asked, [['PATCH', { name: 'AB', phone: '1' }, '"1"']]);
  assert.deepEqual(told, ['waiting', 'waiting', 'saving', 'saved', 'saved'].slice(0, told.length));
  assert.equal(saving.state, 'saved');
  type({ phone: '' });
  await clock.advance(2_000);
  assert.deepEqual(asked[1], ['PATCH', { phone: null }, '"2"'], 'what was emptied goes, for the version that came back');
  assert.deepEqual(done, [[2, '"2"'], [3, '"3"']]);
});

test('it is called saved only when the hub answered, and what is typed meanwhile goes after it', async () => {
  let answer;
  const { clock, asked, told, type, saving } = typing({ answers: [new Promise((resolve) => (answer = resolve)), ok({ name: 'ABC' }, 3)] });
  type({ name: 'AB' });
  await clock.advance(2_000);
  assert.equal(told.at(-1), 'saving');
  type({ name: 'ABC' });
  await clock.advance(20_000);
  assert.equal(asked.length, 1, 'one at a time');
  assert.ok(!told.includes('saved'));
  answer(ok({ name: 'AB' }, 2));
  await settle();
  await clock.advance(2_000);
  assert.deepEqual(asked[1], ['PATCH', { name: 'ABC' }, '"2"']);
  assert.equal(saving.state, 'saved');
});

test('while nobody answers it says so and tries again, at once when the line is back', async () => {
  const { clock, told, type, saving, asked, line } = typing({ answers: [new WireError('disconnected'), new WireError('unavailable'), ok({ name: 'AB' }, 2)] });
  type({ name: 'AB' });
  await clock.advance(1_000);
  assert.equal(told.at(-1), 'offline');
  await clock.advance(6_000);
  assert.equal(asked.length, 2);
  assert.equal(saving.state, 'offline');
  line();
  await settle();
  assert.equal(saving.state, 'saved');
});

test('an answer that was lost is no quarrel with oneself', async () => {
  const { clock, type, saving, form, done } = typing({ answers: [new WireError('disconnected'), new WireError('stale'), ok({ name: 'AB' }, 2)] });
  type({ name: 'AB' });
  await clock.advance(8_000);
  assert.equal(saving.state, 'saved');
  assert.deepEqual(form.rebased, []);
  assert.deepEqual(done, [[2, '"2"']]);
});

test('where somebody else was first both versions are offered, and nothing of the field is sent before it is decided', async () => {
  const { clock, type, saving, form, asked, told } = typing({ answers: [new WireError('stale'), ok({ name: 'theirs', phone: '9' }, 5), ok({ name: 'mine', phone: '9' }, 6)] });
  form.values.phone = '9';
  form.quarrels = ['name'];
  type({ name: 'mine' });
  await clock.advance(3_000);
  assert.deepEqual(form.rebased, [{ name: 'theirs', phone: '9' }]);
  assert.equal(saving.state, 'stale');
  assert.equal(asked.length, 2);
  assert.equal(await saving.flush(), false, 'it is not handed in undecided');
  form.open = [];
  type({ name: 'mine' });
  await clock.advance(3_000);
  assert.deepEqual(asked[2], ['PATCH', { name: 'mine' }, '"5"']);
  assert.equal(told.at(-1), 'saved');
});

test('what breaks a rule is not sent, the rest is; what the hub refuses stands at its field', async () => {
  const { clock, type, saving, form, asked } = typing({ answers: [ok({ name: 'AB' }, 2), Object.assign(new WireError('invalid', { fields: [{ at: '/phone', code: 'charset' }] }))] });
  form.wrong.set('phone', { code: 'too_long' });
  type({ name: 'AB', phone: '1'.repeat(99) });
  await clock.advance(2_000);
  assert.deepEqual(asked, [['PATCH', { name: 'AB' }, '"1"']]);
  assert.equal(saving.state, 'refused');
  form.wrong.clear();
  type({ phone: '\u0007' });
  await clock.advance(2_000);
  assert.equal(asked.length, 2);
  assert.equal(saving.state, 'refused');
  assert.deepEqual(form.wrong.get('phone'), { code: 'charset' });
});

test('a field that is needed and empty is no reason not to save the draft', async () => {
  const { clock, type, saving, form, asked } = typing({ answers: [ok({}, 2)] });
  form.wrong.set('name', { code: 'required' });
  type({ name: '' });
  await clock.advance(2_000);
  assert.deepEqual(asked, [['PATCH', { name: null }, '"1"']]);
  assert.equal(saving.state, 'saved');
});

test('what may not be changed any more is told, and not tried for ever', async () => {
  const { clock, type, saving, asked } = typing({ answers: [new WireError('conflict')] });
  type({ name: 'AB' });
  await clock.advance(60_000);
  assert.equal(saving.state, 'stopped');
  type({ name: 'ABC' });
  await clock.advance(60_000);
  assert.equal(asked.length, 1);
});

test('what somebody else changed is taken while nothing is on its way', async () => {
  const { saving, form, type, clock, asked } = typing({ answers: [ok({ name: 'A', phone: '2' }, 8)] });
  saving.meet({ name: 'A', phone: '1', version: 7 }, '"7"');
  assert.deepEqual(form.rebased, [{ name: 'A', phone: '1' }]);
  assert.deepEqual(asked, []);
  type({ phone: '2' });
  await clock.advance(2_000);
  assert.deepEqual(asked, [['PATCH', { phone: '2' }, '"7"']]);
});
