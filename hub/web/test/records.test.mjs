//! Lists and details as drawn: pages, filters, what stands there when there is nothing, and only the steps that the hub names.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { detail } from '../app/drawn/detail.js';
import { list } from '../app/drawn/list.js';
import { treeOf, pathText } from '../app/drawn/terms.js';
import { WireError } from '../app/sdk/wire.js';
import { openPage } from './dom.mjs';
import { settle } from './fake.mjs';

const label = (en) => ({ 'zh-CN': en, en });
const FLOW = { kind: 'thing', event: 'thing.state_changed', states: [
  { name: 'pending', label: label('Pending'), tone: 'waiting', final: false }, { name: 'approved', label: label('Approved'), tone: 'good', final: true },
  { name: 'rejected', label: label('Rejected'), tone: 'bad', final: false }],
steps: [{ action: 'approve', label: label('Approve'), from: ['pending'], to: 'approved', actors: ['reviewer'], fields: [] },
  { action: 'reject', label: label('Reject'), from: ['pending'], to: 'rejected', actors: ['reviewer'], fields: ['reason'] }] };

/** A hub whose answers the test gives in turn. */
function hub(...answers) {
  const asked = [];
  const next = async (method, path, with_) => {
    asked.push([method, path, with_].filter((part) => part !== undefined));
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, rest: async (method, path) => (await next(method, path)).value, exchange: next };
}

const people = (client, more = {}) => {
  openPage();
  return list(client, { kind: 'people', path: '/v1/things', columns: [{ name: 'name', show: (row) => row.name }, { name: 'duty', show: (row) => row.duty }],
    link: (row) => `/desk/things/${row.id}`, ...more });
};
const names = ({ element }) => element.find('a').map((link) => link.text);

test('a list shows its pages one after the other, each row leads to its record', async () => {
  const client = hub({ value: { items: [{ id: 'a', name: 'A' }], next: 'c1', total: 2 } }, { value: { items: [{ id: 'b', name: 'B' }] } });
  const drawn = people(client);
  await drawn.load();
  assert.deepEqual(names(drawn), ['A']);
  assert.match(drawn.element.find('.list-status')[0].text, /2 in all/);
  await drawn.element.find('.wide')[0].fire('click');
  await settle();
  assert.deepEqual(names(drawn), ['A', 'B']);
  assert.equal(drawn.element.find('a')[1].getAttribute('href'), '/desk/things/b');
  assert.equal(drawn.element.find('.wide')[0].hidden, true);
  assert.deepEqual(client.asked.map(([, path]) => path), ['/v1/things?limit=20', '/v1/things?limit=20&cursor=c1']);
});

test('a filter asks anew from the beginning; an empty list says what it is', async () => {
  const client = hub({ value: { items: [] } }, { value: { items: [] } });
  const drawn = people(client, { filters: [{ name: 'duty', choices: [['other', 'Other']] }] });
  await drawn.load();
  assert.match(drawn.element.find('.empty')[0].text, /Nobody here yet/);
  const select = drawn.element.find('[data-filter=duty]')[0];
  select.value = 'other';
  await select.fire('change');
  await settle();
  assert.equal(client.asked[1][1], '/v1/things?duty=other&limit=20');
  assert.match(drawn.element.find('.empty')[0].text, /Nothing matches/);
});

test('an answer that comes late is not shown over a newer one', async () => {
  const late = Promise.withResolvers?.() ?? (() => {
    let resolve;
    const promise = new Promise((take) => (resolve = take));
    return { promise, resolve };
  })();
  let n = 0;
  const client = { rest: () => (n++ === 0 ? late.promise : Promise.resolve({ items: [{ id: 'new', name: 'New' }] })) };
  const drawn = people(client);
  const first = drawn.load();
  await drawn.load();
  late.resolve({ items: [{ id: 'old', name: 'Old' }] });
  await first;
  assert.deepEqual(names(drawn), ['New']);
});

test('a list that could not be fetched says why and asks again on request', async () => {
  const drawn = people(hub(new WireError('forbidden'), { value: { items: [{ id: 'a', name: 'A' }] } }));
  await drawn.load();
  assert.match(drawn.element.find('.list-status')[0].text, /Your duty does not allow this/);
  await drawn.element.find('.list-status')[0].find('button')[0].fire('click');
  await settle();
  assert.deepEqual(names(drawn), ['A']);
});

const record = (more) => ({ value: { id: 'r', state: 'pending', version: 3, actions: ['approve'], name: 'Thing', ...more }, tag: '"t3"' });
const one = (client) => {
  openPage();
  return detail(client, { kind: 'thing', path: '/v1/things/r', flow: FLOW, heading: (row) => row.name, facts: [], show: (_name, value) => value, way: (action) => `review/${action}` });
};

test('a detail offers the steps that the hub names and no others, each for the version that is shown', async () => {
  const client = hub(record(), { value: {} }, record({ state: 'approved', version: 4, actions: [], history: [
    { at: '2026-01-01T00:00:00Z', action: 'approve', from: 'pending', to: 'approved', actor: { id: 'u', name: 'Reviewer' }, note: 'fine' }] }));
  const drawn = one(client);
  await drawn.load();
  assert.deepEqual(drawn.element.find('[data-act]').map((node) => node.getAttribute('data-act')), ['approve']);
  assert.match(drawn.element.find('.state')[0].text, /Pending/);
  await drawn.element.find('[data-act=approve]')[0].fire('click');
  for (let n = 0; n < 5; n += 1) await settle();
  assert.deepEqual(client.asked[1], ['POST', '/v1/things/r/review/approve', { body: {}, match: '"t3"' }]);
  assert.deepEqual(drawn.element.find('[data-act]'), []);
  assert.match(drawn.element.find('.timeline')[0].text, /Approve.*Approved.*Reviewer.*fine/);
});

test('who was second is told so and sees what stands now', async () => {
  const client = hub(record(), new WireError('stale'), record({ state: 'rejected', version: 4, actions: [] }));
  const drawn = one(client);
  await drawn.load();
  await drawn.element.find('[data-act=approve]')[0].fire('click');
  for (let n = 0; n < 5; n += 1) await settle();
  assert.match(document.body.text, /Somebody else changed this/);
  assert.match(drawn.element.find('.state')[0].text, /Rejected/);
  assert.match(drawn.element.text, /Somebody else just changed this/);
});

test('a vocabulary listed parents first has its levels', () => {
  const tree = treeOf([{ code: 'a', label: label('A') }, { code: 'a.b', label: label('B'), parent: 'a' }, { code: 'c', label: label('C') }]);
  assert.deepEqual(tree.map(({ code, items = [] }) => [code, items.map((item) => item.code)]), [['a', ['a.b']], ['c', []]]);
  openPage();
  assert.equal(pathText(tree, 'a.b'), 'A / B');
  assert.equal(pathText(tree, 'gone'), 'gone');
});

test('what is done with several rows tells what came of each; those that failed stay chosen', async () => {
  const rows = [{ id: 'a', name: 'A', may: true }, { id: 'b', name: 'B', may: true }, { id: 'c', name: 'C', may: false }];
  const ran = [];
  const bulk = [{ name: 'shelve', word: 'exhibit.shelve', may: (row) => row.may, run: async (chosen) => {
    ran.push(chosen.map(({ id }) => id));
    return new Map([['a', null], ['b', 'Not now']]);
  } }];
  const drawn = people(hub({ value: { items: rows } }, { value: { items: rows.map((row) => (row.id === 'a' ? { ...row, may: false } : row)) } }), { bulk, nameOf: (row) => row.name, acts: () => [] });
  await drawn.load();
  const boxes = () => drawn.element.find('.pick').slice(1).map((cell) => cell.find('input')[0]);
  assert.deepEqual(boxes().map((box) => box.getAttribute('aria-label')), ['Choose A', 'Choose B', 'Choose C']);
  assert.equal(boxes()[2].getAttribute('disabled'), '', 'with what nothing can be done nothing is chosen');
  const bar = drawn.element.find('.bulk-bar')[0];
  assert.equal(bar.hidden, true);
  for (const box of boxes().slice(0, 2)) {
    box.checked = true;
    await box.fire('change');
  }
  assert.match(bar.text, /2 chosen/);
  await bar.find('[data-act=bulk_shelve]')[0].fire('click');
  for (let n = 0; n < 6; n += 1) await settle();
  assert.deepEqual(ran, [['a', 'b']]);
  assert.deepEqual(drawn.element.find('.row-result').map((node) => node.text), ['Done', 'Not now']);
  assert.deepEqual(boxes().map(({ checked }) => checked), [false, true, false]);
  assert.match(document.body.text, /1 done, 1 not/);
});

test('a filter that is typed asks after a pause, and everything is asked again when it is reset', async () => {
  const client = hub({ value: { items: [] } }, { value: { items: [] } }, { value: { items: [] } });
  const drawn = people(client, { filters: [{ name: 'name' }, { name: 'duty', choices: [['other', 'Other']] }] });
  await drawn.load();
  const [name] = drawn.element.find('[data-filter=name]');
  name.value = ' Li ';
  await name.fire('input');
  await new Promise((wake) => setTimeout(wake, 300));
  assert.equal(client.asked[1][1], '/v1/things?name=Li&limit=20');
  drawn.element.querySelectorAll = (selector) => drawn.element.find(selector);
  await drawn.element.find('[data-act=reset]')[0].fire('click');
  await settle();
  assert.equal(client.asked[2][1], '/v1/things?limit=20');
  assert.equal(name.value, '');
});
