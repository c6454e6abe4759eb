//! Owns: the real hub as a child process: start, kill, start again on the same port and data. Never: another's process.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_MS = 60_000;

/** A hub in demo mode on a free port of loopback, with its own data folder. */
export class Hub {
  #child = null;
  #output = [];

  /** `history`: whether the demo's people have done anything yet. @param {string} binary @param {{history?: boolean}} [with_] */
  constructor(binary, { history = true } = {}) {
    this.binary = binary;
    this.history = history;
    this.data = mkdtempSync(join(tmpdir(), 'fairhub-e2e-'));
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    this.port ??= await freePort();
    const env = { ...process.env, FAIRHUB_DATA: this.data, FAIRHUB_LISTEN: `127.0.0.1:${this.port}`, FAIRHUB_LIMITS_PER_IP: '1000', FAIRHUB_DEMO_HISTORY: String(this.history) };
    const child = spawn(this.binary, ['--demo'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => this.#keep(String(data)));
    const until = Date.now() + READY_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}\n${this.output}`);
      if (Date.now() > until) throw new Error(`the hub was not ready in time\n${this.output}`);
      if (await ready(this.url)) return;
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  /** SIGKILL, as a crash. */
  async kill() {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const ended = new Promise((wake) => child.once('exit', wake));
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await ended;
  }

  async remove() {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  get output() {
    return this.#output.join('').slice(-8000);
  }

  #keep(text) {
    this.#output.push(text);
    if (this.#output.length > 2000) this.#output.splice(0, 1000);
  }
}

async function ready(url) {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
