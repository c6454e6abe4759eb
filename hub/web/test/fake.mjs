//! Owns: a virtual clock and a scripted hub as the network peer of the SDK's tests. Never: shipped.

/** Time that moves only when told; due timers run in order, with promises settled in between. */
export class Clock {
  time = Date.parse('2026-11-23T08:00:00+08:00');
  #began = this.time;
  #timers = new Map();
  #next = 1;
  /** How far the client's wall clock is from the hub's. */
  skew = 0;
  now = () => this.time + this.skew;
  ticks = () => this.time - this.#began;
  setTimeout = (f, ms) => {
    this.#timers.set(this.#next, { at: this.time + ms, f });
    return this.#next++;
  };
  clearTimeout = (id) => void this.#timers.delete(id);
  get pending() {
    return this.#timers.size;
  }

  async advance(ms) {
    const until = this.time + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, t]) => t.at <= until).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].f();
      await settle();
    }
    this.time = until;
    await settle();
  }
}

/** Lets every promise that can settle do so. */
export async function settle() {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

export class MemoryStorage {
  map = new Map();
  getItem = (k) => this.map.get(k) ?? null;
  setItem = (k, v) => void this.map.set(k, String(v));
  removeItem = (k) => void this.map.delete(k);
  key = (i) => [...this.map.keys()][i] ?? null;
  get length() {
    return this.map.size;
  }
}

/** Deterministic numbers in [0, 1). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One hub: durable logs, sockets, tokens; `faults` decides what goes wrong. */
export class FakeHub {
  down = false;
  hangs = false;
  logs = new Map();
  epochs = new Map();
  marks = new Map();
  sockets = [];
  opens = [];
  frames = [];
  sends = [];
  tokens = new Map();
  refreshes = 0;
  expiresIn = 900;
  /** onSend(socket, d, commit) may answer 'lost_ack', 'crash_before', 'crash_after', 'silent' or an error object. */
  faults = { onSend: null, onOpen: null, onRequest: null, onFetch: null, refresh: null, beforeOpened: null };
  pageSize = 200;

  constructor(clock) {
    this.clock = clock;
    this.seq = 0;
    const hub = this;
    this.WebSocket = class {
      constructor(url, protocols) {
        this.protocols = protocols;
        this.subscribed = new Set();
        this.closed = false;
        hub.sockets.push(this);
        clock.setTimeout(() => {
          if (this.closed || hub.hangs) return;
          if (hub.down) hub.drop(this, 1006);
          else this.onopen?.({});
        }, 5);
      }
      send(text) {
        if (this.closed) throw new Error('closed');
        hub.frames.push(text);
        for (const line of text.split('\n')) hub.receive(this, JSON.parse(line));
      }
      close() {
        this.closed = true;
      }
    };
  }

  get live() {
    return this.sockets.filter((s) => !s.closed && s.user);
  }

  fetch = async (path, init) => {
    if (this.down) throw new Error('refused');
    if (this.faults.onFetch?.(path, init) === 'silent') return new Promise(() => undefined);
    const body = init.body ? JSON.parse(init.body) : {};
    const answer = (status, value) => ({ ok: status < 400, status, text: async () => JSON.stringify(value) });
    if (path === '/v1/sessions') {
      if (body.password !== 'right') return answer(401, { type: '/problems/unauthenticated', detail: 'wrong' });
      return answer(200, this.mint(body.username));
    }
    if (path === '/v1/sessions/refresh') {
      this.refreshes += 1;
      if (this.faults.refresh) return answer(...this.faults.refresh(body));
      const user = this.tokens.get(body.refresh_token);
      if (user === undefined) return answer(401, { type: '/problems/unauthenticated' });
      this.tokens.delete(body.refresh_token);
      return answer(200, this.mint(user));
    }
    return answer(200, {});
  };

  mint(user) {
    const n = ++this.seq;
    this.tokens.set(`access-${n}`, user);
    this.tokens.set(`refresh-${n}`, user);
    return { access_token: `access-${n}`, refresh_token: `refresh-${n}`, expires_in: this.expiresIn,
      user: { id: user, name: user, kind: 'enterprise' } };
  }

  log(id) {
    if (!this.logs.has(id)) this.logs.set(id, []);
    return this.logs.get(id);
  }

  append(id, from, kind, more = {}) {
    const log = this.log(id);
    const entry = { seq: log.length + 1, kind, from, side: from === 'li' ? 'a' : 'b', at: new Date(this.clock.time).toISOString(), ...more };
    log.push(entry);
    return entry;
  }

  /** Appends and tells the subscribed. */
  say(id, from, text, more = {}) {
    const entry = this.append(id, from, 'text', { body: { text }, ...more });
    this.publish(id, entry);
    return entry;
  }

  publish(id, entry) {
    for (const socket of this.live) {
      if (socket.subscribed.has(id)) this.tell(socket, { ev: 'negotiation.message', room: id, seq: entry.seq, d: entry });
    }
  }

  tell(socket, ...objects) {
    if (!socket.closed) socket.onmessage?.({ data: objects.map((o) => JSON.stringify(o)).join('\n') });
  }

  drop(socket, code, reason = '') {
    if (socket.closed) return;
    socket.closed = true;
    socket.user = undefined;
    socket.onclose?.({ code, reason });
  }

  crash() {
    this.down = true;
    for (const socket of this.sockets) this.drop(socket, 1006);
  }

  receive(socket, { id, op, d }) {
    const forced = this.faults.onRequest?.(op, d, socket);
    if (forced === 'silent' || socket.closed) return;
    const ok = (value) => this.tell(socket, { id, ok: value });
    const error = (e) => this.tell(socket, { id, error: { message: e.code, ...e } });
    if (forced) return error(forced);
    const [area, verb] = op.split('.');
    if (op === 'session.open') {
      const user = this.tokens.get(d.token);
      if (user === undefined) return error({ code: 'unauthenticated' });
      socket.user = user;
      return ok({ session: 's', user: { id: user, name: user, kind: 'enterprise' }, ping_s: 25,
        now: new Date(this.clock.time).toISOString(), limits: {} });
    }
    if (op === 'session.refresh' || op === 'ping') return ok({});
    if (op === 'inbox.list') return ok(this.inbox(d));
    if (area !== 'negotiation' || id === undefined) return undefined;
    if (verb === 'open') return this.open(socket, d, ok, error);
    if (verb === 'send') return this.send(socket, d, ok, error);
    if (verb === 'history') {
      const older = this.log(d.conversation).filter((e) => e.seq < d.before).slice(-d.limit);
      return ok({ entries: older, more: (older[0]?.seq ?? 1) > 1 });
    }
    if (verb === 'read') {
      this.marks.set(`${d.conversation} ${socket.user}`, d.seq);
      return ok({ unread: this.log(d.conversation).length - d.seq });
    }
    if (verb === 'recall') {
      const entry = this.append(d.conversation, socket.user, 'recall', { target: d.seq });
      this.publish(d.conversation, entry);
      return ok({ seq: entry.seq });
    }
    if (verb === 'leave') socket.subscribed.delete(d.conversation);
    return ok({});
  }

  inbox({ cursor = '0', limit }) {
    const all = [...this.logs.keys()].map((c) => this.summary(c));
    const to = Number(cursor) + Math.min(limit, this.pageSize);
    return { conversations: all.slice(Number(cursor), to), ...(to < all.length ? { next: String(to) } : {}) };
  }

  summary(id) {
    const head = this.log(id).length;
    return { conversation: id, side: 'a', with: { id: 'e', name: 'E' }, context: { kind: 'enterprise', id: 'e' }, head, preview: '',
      unread: 0, assignee: null, state: 'open', at: new Date(this.clock.time).toISOString() };
  }

  open(socket, d, ok, error) {
    this.opens.push(d);
    const forced = this.faults.onOpen?.(d);
    if (forced) return error(forced);
    const log = this.log(d.conversation);
    const rest = d.after === undefined ? log.slice(-d.limit) : log.slice(d.after, d.after + Math.min(d.limit, this.pageSize));
    const more = d.after !== undefined && d.after + rest.length < log.length;
    if (!more) socket.subscribed.add(d.conversation);
    const head = this.summary(d.conversation);
    this.faults.beforeOpened?.(d);
    return ok({ conversation: head, epoch: this.epochs.get(d.conversation) ?? 1,
      head: head.head, entries: rest, more, read: {}, unread: 0, online: [] });
  }

  send(socket, d, ok, error) {
    this.sends.push(d);
    const log = this.log(d.conversation);
    const held = log.find((e) => e.from === socket.user && e.client_msg_id === d.client_msg_id);
    const fault = held ? null : this.faults.onSend?.(d);
    if (fault === 'crash_before') return this.crash();
    if (fault !== null && typeof fault === 'object') return error(fault);
    const entry = held ?? this.append(d.conversation, socket.user, d.kind, { body: d.body, client_msg_id: d.client_msg_id });
    if (fault === 'crash_after') return this.crash();
    if (!held) this.publish(d.conversation, entry);
    if (fault === 'lost_ack') return this.drop(socket, 1006);
    return ok({ seq: entry.seq, at: entry.at, duplicate: held !== undefined });
  }
}

/** A client wired to a fake hub, alone in its browser. */
export function environment(hub, storage = new MemoryStorage(), seed = 7) {
  const random = seeded(seed);
  let made = 0;
  return { WebSocket: hub.WebSocket, fetch: hub.fetch, storage, clock: hub.clock, random, socketUrl: 'ws://hub/v1/ws',
    newId: () => `${seed}-${++made}-${Math.floor(random() * 1e9)}`, locale: () => 'zh-CN',
    exclusive: (_name, body) => body() };
}
