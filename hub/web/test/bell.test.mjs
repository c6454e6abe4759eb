//! The bell: its count is what the hub said last, by event or answer. Elements are as little of a document as it needs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Emitter } from '../app/sdk/emitter.js';
import { bell } from '../app/ui/bell.js';
import { list } from '../app/ui/dom.js';
import { MemoryStorage, settle } from './fake.mjs';

class FakeNode {}

/** An element: attributes, children, listeners; `hidden` reflects its attribute. */
class FakeElement extends FakeNode {
  attributes = new Map();
  children = [];
  listeners = new Map();
  getAttribute = (name) => this.attributes.get(name) ?? null;
  setAttribute = (name, value) => void this.attributes.set(name, String(value));
  removeAttribute = (name) => void this.attributes.delete(name);
  addEventListener = (name, listener) => void this.listeners.set(name, listener);
  parent = null;
  replaceChildren = (...children) => void (this.children = children);
  insertBefore = (child, before) => {
    child.remove();
    child.parent = this;
    this.children.splice(before === null ? this.children.length : this.children.indexOf(before), 0, child);
  };
  remove = () => void this.parent?.children.splice(this.parent.children.indexOf(this), 1);
  append = (...children) => void this.children.push(...children);
  contains = () => false;
  focus = () => undefined;
  get firstElementChild() {
    return this.children[0] ?? null;
  }
  get nextElementSibling() {
    return this.parent.children[this.parent.children.indexOf(this) + 1] ?? null;
  }
  get hidden() {
    return this.attributes.has('hidden');
  }
  set hidden(hidden) {
    if (hidden) this.setAttribute('hidden', '');
    else this.removeAttribute('hidden');
  }
  get text() {
    return this.children.map((child) => (child instanceof FakeElement ? child.text : child)).join('');
  }
}

const make = () => new FakeElement();
const page = {
  Node: FakeNode, localStorage: new MemoryStorage(), navigator: { languages: ['en'] },
  document: { activeElement: null, createElement: make, createElementNS: make, addEventListener: () => undefined, removeEventListener: () => undefined },
};
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });

const FLOW = { kind: 'exhibitor_application', event: 'application.state_changed', steps: [], states: [{ name: 'rejected', label: { 'zh-CN': '被驳回', en: 'Rejected' }, tone: 'bad', final: false }] };
const RECORD = { id: 'n1', kind: 'application.state_changed', at: '2026-01-01T00:00:00Z', read: false, body: { kind: 'exhibitor_application', id: '0abc', version: 3, state: 'rejected', note: 'no licence' } };

/** A bell whose list is answered when the test says so. */
function ring() {
  const client = new Emitter();
  const rows = new Map();
  client.inbox = Object.assign(new Emitter(), { row: (id) => rows.get(id) });
  const asked = [];
  client.rest = (method, path, body) => new Promise((answer) => asked.push({ method, path, body, answer }));
  const went = [];
  let at = '/';
  client.env = { locale: () => 'en', clock: { setTimeout: () => 0, clearTimeout: () => undefined }, fetch: async () => ({ ok: true, status: 200, headers: { get: () => '' }, text: async () => JSON.stringify({ items: [FLOW] }) }) };
  const { element, stop, arrived } = bell(client, { firms: { names: ({ name }) => ({ name, other: '' }) }, open: () => undefined, current: () => '', go: (path) => went.push(path), path: () => at });
  const [button, panel] = element.children;
  const badge = button.children[1];
  const event = (ev, d) => client.emit('notification', { ev, d });
  const shown = () => (badge.hidden ? 0 : badge.text);
  const listed = (row) => (rows.set(row.conversation, row), client.inbox.emit('change'), settle());
  return { client, listed, asked, button, panel, went, shown, event, stop, arrived: (path) => (at = path, arrived()), label: () => button.children[2].text };
}

test('the count of unread notifications is shown when its event comes', async () => {
  const { asked, shown, event, label } = ring();
  assert.deepEqual(asked.map(({ path }) => path), ['/v1/notifications?limit=20']);
  asked[0].answer({ items: [], unread: 2 });
  await settle();
  assert.equal(shown(), '2');
  event('notification.unread_count', { unread: 5 });
  assert.equal(shown(), '5');
  assert.match(label(), /5/);
  event('notification.unread_count', { unread: 120 });
  assert.equal(shown(), '99+');
  event('notification.unread_count', { unread: 0 });
  assert.equal(shown(), 0);
  assert.equal(asked.length, 1, 'the event says all there is to know');
  for (const broken of [undefined, {}, { unread: '3' }, { unread: -1 }, { unread: 1.5 }]) event('notification.unread_count', broken);
  assert.equal(shown(), 0);
  event('notification.new', { id: '1', kind: 'negotiation.unread' });
  assert.equal(asked.length, 2);
});

test('an answer that was overtaken by the event does not undo its count', async () => {
  const { asked, shown, event } = ring();
  event('notification.unread_count', { unread: 7 });
  asked[0].answer({ items: [], unread: 6 });
  await settle();
  assert.equal(shown(), '7');
});

test('the list that is open is read again when the count changes, and a bell that is gone is silent', async () => {
  const { asked, button, event, shown, stop } = ring();
  asked[0].answer({ items: [], unread: 1 });
  await settle();
  button.listeners.get('click')();
  assert.equal(asked.length, 2);
  event('notification.unread_count', { unread: 3 });
  assert.equal(asked.length, 3);
  asked[1].answer({ items: [], unread: 1 });
  asked[2].answer({ items: [], unread: 3 });
  await settle();
  assert.equal(shown(), '3');
  stop();
  event('notification.unread_count', { unread: 9 });
  assert.equal(shown(), '3');
});

test('a list moves the others around the node that has the focus', () => {
  const parent = make();
  const drawn = [];
  const show = (keys) => list(parent, [...keys].map((key) => ({ key })), ({ key }) => key, ({ key }, node) => void (drawn.push(key), (node.key = key)));
  const shown = () => parent.children.map(({ key }) => key).join('');
  show('abcde');
  const moved = [];
  const { insertBefore } = parent;
  parent.insertBefore = (node, before) => (moved.push(node.key), insertBefore(node, before));
  parent.contains = (node) => parent.children.includes(node);
  for (const [focused, next] of [['c', 'cabde'], ['a', 'edcba'], ['d', 'abcde'], ['e', 'eabcd'], ['b', 'xcby'], ['x', 'x']]) {
    const node = parent.children.find(({ key }) => key === focused);
    node.contains = (other) => other === node;
    page.document.activeElement = node;
    moved.length = 0;
    show(next);
    assert.equal(shown(), next);
    assert.ok(!moved.includes(focused), `${focused} stays while ${next} is shown`);
  }
  page.document.activeElement = null;
  assert.equal(drawn.join(''), 'abcdexy');
});

const notice = (id, conversation, at, more = {}) => ({ id, kind: 'negotiation.unread', read: false, at, body: { conversation }, ...more });
const summary = (conversation, unread, at) => ({ conversation, unread, at, with: { id: 'e', name: 'E' } });

test('a conversation read on another device takes its notices off the bell of this one', async () => {
  const { asked, listed, shown, event } = ring();
  asked[0].answer({ items: [notice('1', 'c', '2026-11-26T10:00:00.000+08:00'), notice('2', 'd', '2026-11-26T11:00:00.000+08:00'),
    notice('3', 'gone', '2026-11-26T11:00:00.000+08:00')], unread: 3 });
  await settle();
  assert.equal(asked.length, 1);
  await listed(summary('c', 2, '2026-11-26T10:00:00.000+08:00'));
  await listed(summary('d', 0, '2026-11-26T10:59:59.999+08:00'));
  assert.equal(asked.length, 1, 'unread, and a row older than the notice, tell nothing');
  await listed(summary('c', 0, '2026-11-26T10:00:00.000+08:00'));
  assert.deepEqual([asked[1].method, asked[1].body], ['POST', { ids: ['1'] }]);
  await listed(summary('c', 0, '2026-11-26T10:00:00.000+08:00'));
  assert.equal(asked.length, 2, 'asked for once');
  event('notification.unread_count', { unread: 2 });
  asked[1].answer({ unread: 2 });
  await settle();
  asked[2].answer({ items: [notice('1', 'c', '2026-11-26T10:00:00.000+08:00', { read: true }), notice('2', 'd', '2026-11-26T11:00:00.000+08:00')], unread: 2 });
  await settle();
  assert.equal(shown(), '2');
  await listed(summary('d', 0, '2026-11-26T11:00:00.000+08:00'));
  assert.deepEqual(asked[3].body, { ids: ['2'] });
  asked[3].answer(null);
  await settle();
  await listed(summary('d', 0, '2026-11-26T11:00:00.000+08:00'));
  assert.deepEqual(asked[4].body, { ids: ['2'] }, 'and again where it was not done');
});

test('notices are listed again when a line is back', async () => {
  const { asked, client, shown, stop } = ring();
  asked[0].answer({ items: [], unread: 1 });
  await settle();
  client.emit('user', { id: 'li' });
  assert.equal(asked.length, 2);
  asked[1].answer({ items: [], unread: 0 });
  await settle();
  assert.equal(shown(), 0);
  stop();
  client.emit('user', { id: 'li' });
  assert.equal(asked.length, 2);
});

test('what became of a record is told in words and leads there', async () => {
  const { asked, panel, went } = ring();
  asked[0].answer({ items: [RECORD], unread: 1 });
  for (let n = 0; n < 5; n += 1) await settle();
  assert.match(panel.text, /Exhibitor application: Rejectedno licence/);
  const [items] = panel.children.filter((child) => child.getAttribute?.('class') === 'notices');
  items.children[0].children[0].listeners.get('click')();
  assert.deepEqual(went, ['/desk/exhibitor-applications/0abc']);
  assert.deepEqual(asked[1], { method: 'POST', path: '/v1/notifications/read', body: { ids: ['n1'] }, answer: asked[1].answer });
});

test('what is told of a record is read once that is on the page, and a kind that nobody knows is told all the same', async () => {
  const { asked, panel, arrived } = ring();
  asked[0].answer({ items: [RECORD, { ...RECORD, id: 'n2', kind: 'newer.state_changed', body: { kind: 'newer', id: '1', state: 'x' } }], unread: 2 });
  for (let n = 0; n < 5; n += 1) await settle();
  assert.match(panel.text, /New notification/);
  arrived('/desk/people');
  assert.equal(asked.length, 1);
  arrived('/desk/exhibitor-applications/0abc');
  assert.deepEqual(asked[1].body, { ids: ['n1'] });
});
