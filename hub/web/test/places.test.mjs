//! The places: their addresses, who they are for, what they weigh, and that nobody is led out of the page.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { linksOf } from '../app/frame/nav.js';
import { PLACES, find, inside, roleOf } from '../app/frame/places.js';

const APP = fileURLToPath(new URL('../app/', import.meta.url));
const ROLES = ['guest', 'individual', 'media', 'enterprise', 'institution', 'committee'];
/** What a first visit to `/` may weigh. **Source**: the page's plan. */
const FIRST_LOAD_BYTES_MAX = 150 * 1024;

test('each address finds its place with what stands in it', () => {
  assert.equal(find('/')?.place.name, 'home');
  assert.deepEqual(find('/chat/0abc')?.params, { id: '0abc' });
  assert.equal(find('/chat')?.place.name, find('/chat/0abc')?.place.name);
  for (const nowhere of ['/chat/', '/chat/A', '/chat/a/b', '/nothing', '', '/signin/', '/chat/..', `/chat/${'a'.repeat(65)}`]) assert.equal(find(nowhere), null, nowhere);
});

test('nobody is led out of the page, nor back to where they sign in', () => {
  for (const out of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', '/nothing', '/signin', '/signin?next=/desk', '', null]) {
    assert.equal(inside(out, '/desk'), '/desk', String(out));
  }
  for (const path of ['/chat/0abc', '/account', '/desk?x=1']) assert.equal(inside(path, '/desk'), path);
});

test('every link of the navigation is a place that its role may see, and each role has some', () => {
  for (const role of ROLES) {
    const links = linksOf(role);
    assert.ok(links.length >= 2, role);
    for (const { path } of links) assert.ok(find(path)?.place.who.includes(role), `${role} ${path}`);
  }
  assert.equal(roleOf(null), 'guest');
  assert.equal(roleOf({ id: 'u', name: 'n', kind: 'institution' }), 'institution');
});

test('the module of every place is there', () => {
  for (const { load, path } of PLACES) {
    const [, file] = /import\('([^']+)'\)/.exec(String(load)) ?? [];
    assert.ok(file !== undefined && existsSync(join(APP, 'frame', file)), path);
  }
});

/** What a module imports at once, with what those do. */
function closure(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const source = readFileSync(file, 'utf8').replace(/^\s*\*.*$/gm, '');
  for (const [, path] of source.matchAll(/^(?:import|export) [^;]*?from '(\.[^']+)';/gm)) closure(join(dirname(file), path), found);
  return found;
}

test('a first view of a public place loads little, and nothing of the places it does not show', () => {
  const always = ['index.html', 'early.js', 'style.css', 'places.css', 'show.css', 'icon.svg'].map((name) => join(APP, name));
  const sheets = [...readFileSync(join(APP, 'index.html'), 'utf8').matchAll(/href="\/([\w.]+\.css)"/g)].map(([, name]) => join(APP, name));
  for (const sheet of sheets) assert.ok(always.includes(sheet), sheet);
  for (const place of ['home', 'exhibitors', 'exhibits', 'booth', 'exhibit']) {
    const modules = [...closure(join(APP, 'main.js'), closure(join(APP, `places/${place}.js`)))];
    const bytes = [...modules, ...always].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
    assert.ok(bytes <= FIRST_LOAD_BYTES_MAX, `${place}: ${bytes} bytes`);
    assert.ok(modules.length >= 10, 'the closure is followed');
    for (const file of modules) assert.ok(!new RegExp(`places/(?!${place}\\.js)|thread_pane|drawn/form|drawn/rich_field|drawn/gallery|kinds/booths`).test(file), `${place}: ${file}`);
  }
});
