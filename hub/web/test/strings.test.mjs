//! The page's texts: both languages complete, every key used exists, every key is used, no text outside the table.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { TABLE } from '../app/strings.js';

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

test('no text stands outside the table and no markup is made from strings', () => {
  for (const { name, source } of files) {
    if (name !== 'strings.js') assert.doesNotMatch(source, /\p{Script=Han}/u, name);
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
