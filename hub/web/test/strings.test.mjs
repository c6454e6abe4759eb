//! The page's texts: both languages complete, every key used exists, every key is used, no text outside the table.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { TABLE, choose, language, preferred, speak } from '../app/strings.js';
import { MemoryStorage } from './fake.mjs';

const APP = new URL('../app/', import.meta.url);
const files = readdirSync(APP, { recursive: true }).filter((name) => name.endsWith('.js'))
  .map((name) => ({ name, source: readFileSync(new URL(name, APP), 'utf8') }));
const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test('both languages have every text with the same places to fill in', () => {
  for (const [key, row] of Object.entries(TABLE)) {
    assert.equal(row.length, 2, key);
    assert.ok(row.every((text) => text.trim() !== ''), key);
    assert.deepEqual(places(row[0]), places(row[1]), key);
    if (!['app.language', 'app.language_label'].includes(key)) assert.doesNotMatch(row[1], /\p{Script=Han}/u, key);
  }
});

test('every key used exists and every key is used', () => {
  const used = new Set();
  const families = new Set();
  for (const { source } of files) {
    for (const [, key] of source.matchAll(/\bt\('([\w.]+)'/g)) used.add(key);
    for (const [, family] of source.matchAll(/`([\w.]+\.)\$\{/g)) families.add(family);
  }
  for (const key of used) assert.ok(key in TABLE, key);
  for (const key of Object.keys(TABLE)) {
    assert.ok(used.has(key) || [...families].some((family) => key.startsWith(family)), `unused ${key}`);
  }
});

test('every code that the hub tells has words of its own', () => {
  const protocol = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');
  const table = protocol.split('| code | HTTP | close | meaning |')[1]?.split('\n\n')[0] ?? '';
  const codes = [...table.matchAll(/^\| (\w+) \|/gm)].map(([, code]) => code);
  assert.ok(codes.length > 20);
  for (const code of codes) assert.ok(`error.${code}` in TABLE, code);
});

test('every rule on a field that the hub names has words of its own', () => {
  const protocol = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');
  const table = protocol.split('| rule | the field |')[1]?.split('\n\n')[0] ?? '';
  const rules = [...table.matchAll(/^\| (\w+) \|/gm)].map(([, rule]) => rule);
  assert.ok(rules.length > 20);
  for (const rule of rules) assert.ok(`wrong.${rule}` in TABLE, rule);
});

test('every deed that the hub records has words of its own; steps of records have those of their lives', () => {
  const folders = ['../../src/records/', '../../fair/src/'].map((path) => new URL(path, import.meta.url));
  const sources = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.rs') && !name.includes('tests')).map((name) => readFileSync(new URL(name, folder), 'utf8')));
  const deeds = new Set(sources.flatMap((source) => [...source.matchAll(/\baction: "(\w+\.\w+)"/g)].map(([, deed]) => deed)));
  assert.ok(deeds.size > 5);
  for (const deed of deeds) assert.ok(`deed.${deed}` in TABLE, deed);
});

test('no text stands outside the table and no markup is made from strings', () => {
  for (const { name, source } of files) {
    if (!['strings.js', 'words.js', 'words_show.js'].includes(name)) assert.doesNotMatch(source, /\p{Script=Han}/u, name);
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
  }
});

test('every module says what it owns and stays small', () => {
  for (const { name, source } of files) {
    assert.match(source, /^\/\/! /, name);
    assert.match(source, /Never: /, name);
    assert.ok(source.split('\n').length <= 500, name);
  }
});

test("a first visit is in the browser's language and a choice wins", () => {
  const first = [
    [['zh-CN', 'en'], 'zh-CN'], [['zh'], 'zh-CN'], [['zh-Hant-TW'], 'zh-CN'], [['ZH-hk', 'en-GB'], 'zh-CN'],
    [['en-US', 'zh-CN'], 'en'], [['de-DE', 'en'], 'en'], [['fr', 'zh-CN', 'en'], 'zh-CN'], [['ja'], 'en'], [['zha'], 'en'],
    [[], 'en'],
  ];
  for (const [wanted, shown] of first) {
    assert.equal(preferred(null, wanted), shown, String(wanted));
    assert.equal(preferred('klingon', wanted), shown, String(wanted));
    assert.equal(preferred('en', wanted), 'en');
    assert.equal(preferred('zh-CN', wanted), 'zh-CN');
  }
});

test('only a choice is kept: a browser that changes its languages before one is followed', (context) => {
  const page = { localStorage: new MemoryStorage(), document: { documentElement: { lang: '' } }, navigator: { languages: ['de'] } };
  for (const [name, value] of Object.entries(page)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    context.after(() => (before === undefined ? delete globalThis[name] : Object.defineProperty(globalThis, name, before)));
  }
  speak();
  assert.equal(page.document.documentElement.lang, 'en');
  page.navigator.languages = ['zh-CN'];
  speak();
  assert.equal(page.document.documentElement.lang, 'zh-CN');
  choose('en');
  assert.deepEqual([language(), page.document.documentElement.lang], ['en', 'en']);
});
