//! The SDK where the world around it fails: storage that refuses, listeners that throw, other tabs, a hub that does not
//! hear a sign-out, requests that no frame takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../app/sdk/client.js';
import { Emitter } from '../app/sdk/emitter.js';
import { Outbox } from '../app/sdk/outbox.js';
import { Sturdy } from '../app/sdk/storage.js';
import { LEAVING_MAX } from '../app/sdk/tokens.js';
import { WireError } from '../app/sdk/wire.js';
import { Clock, FakeHub, MemoryStorage, environment, settle } from './fake.mjs';

const MINUTES_15 = 15 * 60_000;

/** A storage of so many characters. */
class SmallStorage extends MemoryStorage {
  room = Infinity;
  setItem = (key, value) => {
    const others = [...this.map].reduce((sum, [k, v]) => sum + (k === key ? 0 : k.length + v.length), 0);
    if (others + key.length + String(value).length > this.room) throw new Error('QuotaExceededError');
    this.map.set(key, String(value));
  };
}

/** What a browser gives that allows none. */
const forbidden = new Proxy({}, {
  get() {
    throw new Error('SecurityError');
  },
});

function world() {
  const clock = new Clock();
  return { clock, hub: new FakeHub(clock) };
}

async function signedIn(hub, env) {
  const client = new Client(env, 'test/1.0');
  await client.signIn({ username: 'li', password: 'right' });
  await hub.clock.advance(100);
  return client;
}

const leaving = (storage) => [...storage.map.keys()].filter((key) => key.startsWith('fairhub.leaving.'));
const said = (hub) => hub.log('c').map((entry) => entry.body?.text);

test('a browser that forbids storage costs only what outlives the page', async () => {
  const { clock, hub } = world();
  for (const storage of [forbidden, new Sturdy(() => { throw new Error('SecurityError'); })]) {
    const client = await signedIn(hub, { ...environment(hub, storage, storage === forbidden ? 3 : 4), tab: storage, exclusive: undefined });
    assert.equal(client.line.state.phase, 'open');
    client.conversation('c').sendText('kept in memory');
    await clock.advance(MINUTES_15 * 3);
    assert.equal(client.unsent, 0);
    assert.equal(client.line.state.phase, 'open', 'and the tokens were renewed');
    await client.signOut();
    assert.equal(new Client({ ...environment(hub), storage }, 'test/1.0').resume(), false);
  }
  assert.deepEqual(said(hub), ['kept in memory', 'kept in memory']);
});

test('a storage that fills up ends no session: the old refresh token does not stay behind the new one', async () => {
  const { clock, hub } = world();
  const storage = new SmallStorage();
  const client = await signedIn(hub, environment(hub, storage));
  storage.room = 0;
  await clock.advance(MINUTES_15 * 4);
  assert.ok(hub.refreshes >= 3);
  assert.deepEqual([client.line.state.phase, client.user.id], ['open', 'li']);
  const shown = JSON.parse(storage.getItem('fairhub.session'));
  assert.ok(shown === null || hub.tokens.has(shown.refresh), 'another tab would end the session with a used one');
  storage.room = Infinity;
  await clock.advance(MINUTES_15);
  const other = new Client(environment(hub, storage, 8), 'test/1.0');
  assert.equal(other.resume(), true);
  await clock.advance(100);
  assert.equal(other.line.state.phase, 'open');
});

test('an unsent message that storage no longer takes keeps what is there of it', () => {
  const storage = new SmallStorage();
  const outbox = new Outbox(storage, 'li');
  const item = outbox.add({ id: 'm', conversation: 'c', at: 1, kind: 'text', body: { text: 'x' } });
  storage.room = 0;
  item.tried = true;
  outbox.save(item);
  assert.equal(outbox.of('c')[0].tried, true);
  assert.equal(new Outbox(storage, 'li').of('c')[0].body.text, 'x', 'for the next page');
});

test('a kept session or device that is damaged costs a sign-in and no more', async () => {
  const { clock, hub } = world();
  for (const damaged of ['', '{', '5', 'null', '[]', '{}', '{"access":"a"}', '{"access":"a","refresh":"r","user":{}}', '{"access":1,"refresh":"r","user":{"id":"li"}}']) {
    const storage = new MemoryStorage();
    storage.setItem('fairhub.session', damaged);
    storage.setItem('fairhub.device', 'x'.repeat(5_000));
    storage.setItem('fairhub.unsent.li.m', damaged);
    assert.equal(new Client(environment(hub, storage), 'test/1.0').resume(), false, damaged);
    const client = await signedIn(hub, environment(hub, storage));
    assert.deepEqual([client.line.state.phase, client.unsent], ['open', 0], damaged);
    await client.signOut();
    await clock.advance(100);
  }
  assert.ok(hub.frames.every((frame) => frame.length < 1_000));
});

test('what one listener throws costs neither the other listeners nor the rest of a frame', async (context) => {
  const faults = [];
  const before = Emitter.fault;
  Emitter.fault = (fault) => faults.push(fault.message);
  context.after(() => (Emitter.fault = before));
  const { clock, hub } = world();
  const client = await signedIn(hub, environment(hub));
  const conversation = client.conversation('c');
  conversation.open();
  await clock.advance(10);
  const heard = [];
  conversation.on('entry', () => {
    throw new Error('cannot draw');
  });
  conversation.on('entry', (entry) => heard.push(entry.body.text));
  const entries = ['a', 'b'].map((text) => hub.append('c', 'wang', 'text', { body: { text } }));
  const asked = client.line.request('ping');
  await settle();
  const answer = hub.frames.length; // the ping was answered at once; now events and an answer in one frame
  assert.ok(answer > 0);
  await asked;
  hub.tell(hub.live[0], ...entries.map((entry) => ({ ev: 'negotiation.message', room: 'c', seq: entry.seq, d: entry })));
  assert.deepEqual(heard, ['a', 'b']);
  assert.deepEqual(faults, ['cannot draw', 'cannot draw']);
  client.on('state', () => {
    throw new Error('cannot draw the line');
  });
  hub.drop(hub.live[0], 1006);
  await clock.advance(5_000);
  assert.equal(client.line.state.phase, 'open', 'the line comes back whatever the page does with it');
});

test('a session that was ended while the line was down is over at the next attempt, not when its token ends', async () => {
  const { clock, hub } = world();
  const client = await signedIn(hub, environment(hub));
  let code = '';
  client.on('signed_out', (ended) => (code = ended));
  hub.faults.onRequest = (op) => (op === 'session.open' ? { code: 'session_revoked' } : undefined);
  hub.drop(hub.live[0], 1006);
  await clock.advance(5_000);
  assert.equal(code, 'session_revoked');
  assert.equal(client.user, null);
  assert.equal(client.tokens.kept, null);
});

test('a conversation that is left while it opens is left at the hub too', async () => {
  const { clock, hub } = world();
  for (const id of ['c', 'd']) hub.say(id, 'wang', 'hello');
  const client = await signedIn(hub, environment(hub));
  for (const id of ['c', 'd']) {
    client.conversation(id).open();
    client.conversation(id).leave(); // a quick reader goes through the list
  }
  client.conversation('d').open();
  await clock.advance(100);
  assert.deepEqual([...hub.live[0].subscribed], ['d'], 'members would be shown as here');
  assert.equal(client.conversation('d').phase, 'live');
  client.conversation('d').leave();
  client.conversation('d').open();
  client.conversation('d').leave();
  await clock.advance(100);
  assert.deepEqual([...hub.live[0].subscribed], []);
});

test('what one tab gave up or sent is not sent by another that had found it', async () => {
  const { clock, hub } = world();
  const storage = new MemoryStorage();
  const first = await signedIn(hub, environment(hub, storage, 1));
  hub.faults.onSend = () => ({ code: 'conflict' });
  const [refused, kept] = ['refused', 'kept'].map((text) => first.conversation('c').sendText(text));
  await clock.advance(100);
  hub.crash();
  const second = new Client(environment(hub, storage, 2), 'test/1.0');
  second.resume();
  assert.equal(second.conversation('c').items().length, 2);
  first.conversation('c').discard(refused.id);
  first.line.stop();
  hub.faults.onSend = null;
  hub.down = false;
  second.conversation('c').retry(refused.id);
  await clock.advance(60_000);
  assert.deepEqual(said(hub), ['kept']);
  assert.equal(second.unsent, 0);
  assert.equal(kept.state, 'waiting');
});

test('a sign-out that does not reach the hub is told later, as long as it matters', async () => {
  const { clock, hub } = world();
  const storage = new MemoryStorage();
  const asked = [];
  hub.faults.onFetch = (path, init) => void (init.method === 'DELETE' && asked.push(init.headers.authorization));
  const client = await signedIn(hub, environment(hub, storage));
  const { access, refresh } = client.tokens.kept;
  hub.crash();
  await client.signOut();
  assert.deepEqual([client.user, client.tokens.kept], [null, null]);
  assert.equal(leaving(storage).length, 1);
  assert.ok(![...storage.map.values()].some((value) => value.includes(refresh)), 'nobody can take the session up again');
  hub.down = false;
  await clock.advance(60_000);
  assert.deepEqual(asked, [`Bearer ${access}`]);
  assert.deepEqual(leaving(storage), []);
  await clock.advance(MINUTES_15);
  assert.equal(asked.length, 1);
});

test('the next page tells of a sign-out too, and nobody does when its token has ended', async () => {
  for (const [pause, told] of [[60_000, 1], [MINUTES_15 + 1, 0]]) {
    const { clock, hub } = world();
    const storage = new MemoryStorage();
    const client = await signedIn(hub, environment(hub, storage));
    hub.crash();
    const env = client.env;
    await client.signOut();
    env.clock = { ...env.clock, setTimeout: () => 0 }; // that page is closed
    clock.time += pause;
    let asked = 0;
    hub.down = false;
    hub.faults.onFetch = (_path, init) => void (asked += init.method === 'DELETE' ? 1 : 0);
    const next = new Client(environment(hub, storage, 8), 'test/1.0');
    await settle();
    assert.equal(asked, told);
    assert.deepEqual(leaving(storage), []);
    assert.equal(next.resume(), false);
  }
});

test('no more sign-outs are kept than the bound', async () => {
  const { hub } = world();
  const storage = new MemoryStorage();
  const client = await signedIn(hub, environment(hub, storage));
  for (let n = 0; n < LEAVING_MAX + 3; n += 1) {
    hub.down = false;
    if (client.user === null) await client.signIn({ username: 'li', password: 'right' });
    hub.crash();
    await client.signOut();
  }
  assert.equal(leaving(storage).length, LEAVING_MAX);
});

test('a request that no frame takes is refused here and the line stands', async () => {
  const { clock, hub } = world();
  const client = await signedIn(hub, environment(hub));
  const conversation = client.conversation('c');
  conversation.open();
  await clock.advance(10);
  const item = conversation.sendText('值'.repeat(30_000));
  await clock.advance(10);
  assert.deepEqual([item.state, item.code], ['failed', 'too_large']);
  assert.deepEqual([client.line.state.phase, hub.sends.length], ['open', 0]);
  conversation.discard(item.id);
  conversation.sendText('short');
  await clock.advance(10);
  assert.deepEqual(said(hub), ['short']);
});

test('a hint to wait that is no sensible time is none', () => {
  const hint = (retry_after_ms) => new WireError('overloaded', { retry_after_ms }).retryAfterMs;
  assert.deepEqual([undefined, null, NaN, -5, 'soon', {}].map(hint), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual([900, '900', 2 ** 40, Infinity].map(hint), [900, 900, 3600_000, 3600_000]);
});

test('answers that are late, doubled or of nobody change nothing', async () => {
  const { clock, hub } = world();
  const client = await signedIn(hub, environment(hub));
  const conversation = client.conversation('c');
  conversation.open();
  await clock.advance(10);
  const [socket] = hub.live;
  hub.faults.onRequest = (op) => (op === 'negotiation.claim' ? 'silent' : undefined);
  let answers = 0;
  conversation.act('claim').then(() => (answers += 1));
  await settle();
  const { id } = JSON.parse(hub.frames.at(-1).split('\n').at(-1));
  hub.tell(socket, { id: id + 1000, ok: {} }, { id, ok: { seq: 1 } }, { id, ok: { seq: 2 } }, { id, error: { code: 'conflict' } });
  await settle();
  assert.equal(answers, 1);
  for (const text of ['', '[]', '3', 'null', '"x"', '{', '{"id":"1","ok":{}}', '{"ev":7}', '{"ev":"unheard.of"}']) socket.onmessage({ data: text });
  const entry = hub.append('c', 'wang', 'text', { body: { text: 'once' } });
  for (let n = 0; n < 3; n += 1) hub.publish('c', entry);
  assert.deepEqual(conversation.items().map((item) => item.entry.body.text), ['once']);
  assert.equal(client.line.state.phase, 'open');
});
