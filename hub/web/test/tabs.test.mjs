//! Several tabs of one person in any weather: what was written is said once, in the order of its tab, and every tab shows
//! what the hub has.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../app/sdk/client.js';
import { Clock, FakeHub, MemoryStorage, environment, seeded, settle } from './fake.mjs';

const SEEDS = 40;
const STEPS = 120;
const FAULTS = [null, 'crash_before', 'crash_after', 'lost_ack', { code: 'unavailable' }, { code: 'outcome_unknown' },
  { code: 'conflict' }, { code: 'rate_limited', retry_after_ms: 300 }];

class Weather {
  clock = new Clock();
  hub = new FakeHub(this.clock);
  storage = new MemoryStorage();
  /** @type {Client[]} */
  tabs = [];
  /** By text: which tab wrote it, and as which of all. */
  written = new Map();
  givenUp = new Set();
  #opened = 0;

  constructor(seed) {
    this.seed = seed;
    this.random = seeded(seed * 7919 + 13);
    this.hub.pageSize = this.pick([3, 200]);
    this.hub.say('c', 'wang', 'hello');
  }

  pick = (from) => from[Math.floor(this.random() * from.length)];

  async openTab() {
    this.#opened += 1;
    const locks = this.random() < 0.3 ? { exclusive: undefined } : {};
    const env = { ...environment(this.hub, this.storage, this.seed * 100 + this.#opened), tab: new MemoryStorage(), ...locks };
    const client = new Client(env, 'test/1.0');
    if (!client.resume()) {
      this.hub.down = this.hub.hangs = false;
      await client.signIn({ username: 'li', password: 'right' });
    }
    client.conversation('c').open();
    this.tabs.push(client);
  }

  closeTab(client) {
    client.line.stop();
    this.tabs.splice(this.tabs.indexOf(client), 1);
  }

  write(tab) {
    const text = `m${this.written.size + 1}`;
    this.written.set(text, { tab, order: this.written.size });
    tab.conversation('c').sendText(text);
  }

  giveUp(tab) {
    const failed = this.pick(tab.conversation('c').items().filter((item) => item.message?.state === 'failed'));
    if (failed === undefined) return;
    this.givenUp.add(failed.message.body.text);
    tab.conversation('c').discard(failed.message.id);
  }

  /** Something happens; the steps are weighed by how often they stand here. */
  async step() {
    const { hub, clock, pick } = this;
    const tab = pick(this.tabs);
    const conversation = tab.conversation('c');
    const write = () => this.write(tab);
    const pass = () => clock.advance(pick([1, 10, 100, 1000, 5000, 40_000]));
    await pick([write, write, write, write, write, write, pass, pass, pass,
      () => hub.crash(),
      () => (hub.down = hub.hangs = false), () => (hub.down = hub.hangs = false),
      () => (hub.hangs = true),
      () => (hub.faults.onSend = pick([null, () => pick(FAULTS)])),
      () => hub.live.length > 0 && hub.drop(pick(hub.live), pick([1006, 4001, 4002, 4003, 4004, 4007])),
      () => hub.say('c', 'wang', 'more'),
      () => this.tabs.length < 4 && this.openTab(),
      () => this.tabs.length > 1 && this.closeTab(tab),
      () => this.giveUp(tab),
      () => conversation.leave(), () => conversation.open(), () => conversation.markRead(),
      () => tab.tokens.expire(tab.tokens.kept?.access),
    ])();
    await settle();
  }

  async clears() {
    Object.assign(this.hub, { down: false, hangs: false });
    this.hub.faults.onSend = null;
    for (const tab of this.tabs) {
      tab.conversation('c').open();
      for (const { message } of tab.conversation('c').items()) if (message?.state === 'failed') tab.conversation('c').retry(message.id);
    }
    await this.clock.advance(400_000);
  }

  check() {
    const { hub, seed, tabs, written } = this;
    const said = hub.log('c').filter((entry) => entry.from === 'li').map((entry) => entry.body.text);
    assert.equal(new Set(said).size, said.length, `seed ${seed}: doubled in ${said}`);
    for (const tab of tabs) {
      assert.equal(tab.line.state.phase, 'open', `seed ${seed}`);
      const { log } = tab.conversation('c');
      assert.deepEqual([log.last, tab.unsent], [hub.log('c').length, 0], `seed ${seed}`);
      assert.ok(log.entries.every((entry, at) => entry.seq === log.first + at), `seed ${seed}: a gap`);
    }
    for (const tab of new Set([...written.values()].map((message) => message.tab))) {
      const orders = said.map((text) => written.get(text)).filter((message) => message.tab === tab).map(({ order }) => order);
      assert.deepEqual(orders, orders.toSorted((a, b) => a - b), `seed ${seed}: the order of a tab`);
    }
    const kept = [...this.storage.map].filter(([key]) => key.startsWith('fairhub.unsent.')).map(([, item]) => JSON.parse(item).body.text);
    for (const [text, { tab }] of written) {
      const isThere = said.includes(text) || this.givenUp.has(text) || (kept.includes(text) && !tabs.includes(tab));
      assert.ok(isThere, `seed ${seed}: ${text} is lost`);
    }
  }
}

test('several tabs in any weather lose, double and reorder nothing', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const weather = new Weather(seed);
    await weather.openTab();
    for (let step = 0; step < STEPS; step += 1) await weather.step();
    await weather.clears();
    weather.check();
  }
});
